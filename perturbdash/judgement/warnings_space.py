"""Findings on the space of a prediction, its controls, and whether it has seen these very cells."""

from __future__ import annotations

import numpy as np
import torch

from perturbdash.judgement.finding import NEAR, Finding, Judged, close, find
from perturbdash.judgement.row_measures import per_row, whole_numbers

SPACE_FOLD = 3.0
LEAKAGE = 0.5


def space(judged: Judged) -> Finding | None:
    """Find values that are no log1p of counts per 10,000."""
    predicted, observed = judged.predicted, judged.observed
    own_measures, expected_measures = judged.of_predicted, judged.of_observed
    lowest, highest = own_measures.lowest, own_measures.highest
    if whole_numbers(predicted) and not whole_numbers(observed):
        sentence = (
            f"All values of {judged.model} are whole numbers: are these counts? The data are log1p of counts."
        )
        return find(judged, "space", highest, 0.0, sentence)
    if lowest < 0:
        sentence = (
            f"{judged.model} holds negative values (lowest {lowest:.2f}): are these shifts or scaled values? "
            "Expected are log1p profiles."
        )
        return find(judged, "space", lowest, 0.0, sentence)
    sizes = {
        "maximum": (highest, expected_measures.highest),
        "implied total": (
            float(np.median(own_measures.total)),
            float(np.median(expected_measures.total)),
        ),
    }
    for words, (own, expected) in sizes.items():
        fold = own / expected if expected > 0 else np.nan
        if fold > SPACE_FOLD or fold < 1 / SPACE_FOLD:
            limit = SPACE_FOLD if fold > SPACE_FOLD else 1 / SPACE_FOLD
            sentence = (
                f"The {words} of {judged.model} is {own:.3g}, of the observed profiles {expected:.3g}: "
                "is the prediction in another space than log1p of counts per 10,000?"
            )
            return find(judged, "space", fold, limit, sentence)
    for words, (own, expected) in sizes.items():
        fold = own / expected if expected > 0 else np.nan
        if fold > SPACE_FOLD / NEAR or fold < NEAR / SPACE_FOLD:
            limit = SPACE_FOLD if fold > 1 else 1 / SPACE_FOLD
            sentence = f"the {words} is {own:.3g}, observed {expected:.3g}; {SPACE_FOLD:g}-fold would be another space."
            return close(judged, "space", fold, limit, sentence)
    return None


def control_drift(judged: Judged) -> Finding | None:
    """Find predicted controls that differ from the measured ones by more than their noise."""
    if judged.predicted_control is None:
        return None
    first, second = judged.control_halves
    drift = float((judged.predicted_control - judged.control).norm())
    noise = float((first - second).norm())
    if not drift > noise / NEAR:
        return None
    if not drift > noise:
        sentence = f"two halves of the controls lie {noise:.2f} apart."
        return close(judged, "control_drift", drift, noise, sentence)
    sentence = (
        f"{judged.model} predicts other controls than were measured: distance {drift:.2f}, "
        f"while two halves of the controls lie {noise:.2f} apart."
    )
    return find(judged, "control_drift", drift, noise, sentence)


def distance_ratios(judged: Judged) -> np.ndarray:
    """Return ‖y − first‖²/‖second − first‖² on genes that are not DEGs, ``(n_perturbations,)``, NaN where undefined."""

    def ratios(
        predicted: torch.Tensor, first: torch.Tensor, second: torch.Tensor, degs: torch.Tensor
    ) -> torch.Tensor:
        rest = (~degs).to(predicted.dtype)
        own = (predicted - first).square_().mul_(rest).sum(1)
        repeat = (second - first).square_().mul_(rest).sum(1)
        return torch.where(repeat > 0, own / repeat, torch.nan)

    return per_row(ratios, judged.predicted, judged.first, judged.second, judged.degs)


def leakage(judged: Judged) -> Finding | None:
    """Find a prediction that is nearer to one half of the cells than an honest one can be."""
    ratios = distance_ratios(judged)
    if np.isnan(ratios).all():
        return None
    ratio = float(np.nanmedian(ratios))
    if not ratio < LEAKAGE * NEAR:
        return None
    if not ratio < LEAKAGE:
        sentence = (
            f"below {LEAKAGE:g} it would know these very cells, honest models lie above {LEAKAGE * NEAR:g}."
        )
        return close(judged, "leakage", ratio, LEAKAGE, sentence)
    sentence = (
        f"{judged.model} is nearer to one half of the cells than the other half is ({ratio:.2f} of the squared "
        "distance, on genes that did not answer): it may have seen these cells."
    )
    return find(judged, "leakage", ratio, LEAKAGE, sentence)
