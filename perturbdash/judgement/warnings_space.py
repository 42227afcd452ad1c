"""Findings on the space of a prediction, its controls, and whether it has seen these very cells."""

from __future__ import annotations

import numpy as np
import torch

from perturbdash.judgement.finding import NEAR, Finding, Judged, close, find

SPACE_FOLD = 3.0
LEAKAGE = 0.5


def space(judged: Judged) -> Finding | None:
    """Find values that are no log1p of counts per 10,000."""
    predicted, observed = judged.predicted, judged.observed
    lowest = float(predicted.min())
    if bool((predicted == predicted.round()).all()) and not bool((observed == observed.round()).all()):
        sentence = (
            f"All values of {judged.model} are whole numbers: are these counts? The data are log1p of counts."
        )
        return find(judged, "space", float(predicted.max()), 0.0, sentence)
    if lowest < 0:
        sentence = (
            f"{judged.model} holds negative values (lowest {lowest:.2f}): are these shifts or scaled values? "
            "Expected are log1p profiles."
        )
        return find(judged, "space", lowest, 0.0, sentence)
    sizes = {
        "maximum": (float(predicted.max()), float(observed.max())),
        "implied total": (_implied_total(predicted), _implied_total(observed)),
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


def _implied_total(profiles: torch.Tensor) -> float:
    """Median over perturbations of the counts that log1p profiles stand for."""
    return float(np.median(torch.expm1(profiles.clamp(max=50.0)).sum(1).cpu().numpy()))


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


def distance_ratios(judged: Judged) -> torch.Tensor:
    """Return ‖y − first‖²/‖second − first‖² on genes that are not DEGs, ``(n_perturbations,)``, NaN where undefined."""
    rest = (~judged.degs).to(judged.predicted.dtype)
    own = ((judged.predicted - judged.first).square() * rest).sum(1)
    repeat = ((judged.second - judged.first).square() * rest).sum(1)
    return torch.where(repeat > 0, own / repeat, torch.nan)


def leakage(judged: Judged) -> Finding | None:
    """Find a prediction that is nearer to one half of the cells than an honest one can be."""
    ratios = distance_ratios(judged).cpu().numpy()
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
