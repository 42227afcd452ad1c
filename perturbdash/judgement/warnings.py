"""What is wrong with a prediction, each finding with its number and a plain sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from perturbdash.judgement.finding import NEAR, Finding, Judged, close, find
from perturbdash.judgement.warnings_space import control_drift, leakage, space
from perturbdash.statistics.geometry import mean_pairwise_cosine

if TYPE_CHECKING:
    pass

Floats = NDArray[np.float64]

COLLAPSE_VARIANCE = 0.1
COLLAPSE_COSINE = 0.3
MEAN_COSINE = 0.99
MEAN_COSINE_OBSERVED = 0.95
SCALE_LOW, SCALE_HIGH = 0.5, 2.0


def findings(judged: Judged) -> list[Finding]:
    """Return the warnings about one model in one context that need no verdict."""
    return [finding for finding in measured(judged) if not finding.near]


def measured(judged: Judged) -> list[Finding]:
    """Return the warnings about one model in one context, and the values that are near to one."""
    found: list[Finding | None] = [_missing(judged), _train_predictions(judged)]
    if len(judged.predicted):
        found += [space(judged), control_drift(judged), leakage(judged), *_scale(judged)]
    if len(judged.predicted) > 1:
        found += [_collapse(judged), _is_the_mean(judged), _identical(judged)]
    return [finding for finding in found if finding is not None]


def _collapse(judged: Judged) -> Finding | None:
    predicted, observed = judged.predicted - judged.control, judged.observed - judged.control
    ratio = _total_variance(predicted) / max(_total_variance(observed), np.finfo(float).tiny)
    cosine, cosine_observed = mean_pairwise_cosine(predicted), mean_pairwise_cosine(observed)
    alike = cosine - cosine_observed
    if not (ratio < COLLAPSE_VARIANCE * NEAR and alike > COLLAPSE_COSINE / NEAR):
        return None
    if not (ratio < COLLAPSE_VARIANCE and alike > COLLAPSE_COSINE):
        return close(
            judged,
            "collapse",
            ratio,
            COLLAPSE_VARIANCE,
            f"a collapse has less than {COLLAPSE_VARIANCE:g} of the observed variance and a mean pairwise cosine more "
            f"than {COLLAPSE_COSINE:g} above the observed one; here {cosine:.2f}, observed {cosine_observed:.2f}.",
        )
    return find(
        judged,
        "collapse",
        ratio,
        COLLAPSE_VARIANCE,
        f"{judged.model} gives nearly the same answer for every perturbation: its shifts vary by "
        f"{ratio:.2g} of the observed variance and their mean pairwise cosine is {cosine:.2f} "
        f"(observed {cosine_observed:.2f}).",
    )


def _total_variance(shifts: torch.Tensor) -> float:
    return float((shifts - shifts.mean(0)).square().sum() / (len(shifts) - 1))


def _is_the_mean(judged: Judged) -> Finding | None:
    if bool(judged.average_effect.isnan().any()):
        return None
    median = _median_cosine(judged.predicted - judged.control, judged.average_effect)
    observed = _median_cosine(judged.observed - judged.control, judged.average_effect)
    if not (1 - median < (1 - MEAN_COSINE) * NEAR and observed < MEAN_COSINE_OBSERVED):
        return None
    if not median > MEAN_COSINE:
        sentence = f"above {MEAN_COSINE:g} it would be the average; observed {observed:.2f}."
        return close(judged, "is_the_mean", median, MEAN_COSINE, sentence)
    return find(
        judged,
        "is_the_mean",
        median,
        MEAN_COSINE,
        f"Whatever the perturbation, {judged.model} predicts the average effect: median cosine to it "
        f"{median:.3f}, observed {observed:.2f}.",
    )


def _median_cosine(shifts: torch.Tensor, effect: torch.Tensor) -> float:
    norms = shifts.norm(dim=1) * effect.norm()
    cosines = torch.where(norms > 0, shifts @ effect / norms, torch.zeros_like(norms))
    return float(np.median(cosines.cpu().numpy()))


def _scale(judged: Judged) -> list[Finding]:
    """Slope over all genes, and ratio of norms; medians over perturbations."""
    predicted, observed = judged.predicted - judged.control, judged.observed - judged.control
    centred = observed - observed.mean(1, keepdim=True)
    spread = centred.square().sum(1)
    slopes = ((predicted * centred).sum(1) / spread)[spread > 0].cpu().numpy()
    norms = observed.norm(dim=1)
    ratios = (predicted.norm(dim=1) / norms)[norms > 0].cpu().numpy()
    measured = {
        "slope of predicted on observed shifts": float(np.median(slopes)) if slopes.size else np.nan,
        "ratio of the norms of predicted and observed shifts": float(np.median(ratios))
        if ratios.size
        else np.nan,
    }
    for words, value in measured.items():
        if value < SCALE_LOW or value > SCALE_HIGH:
            threshold = SCALE_LOW if value < SCALE_LOW else SCALE_HIGH
            size = "too small" if value < SCALE_LOW else "too large"
            sentence = (
                f"The shifts of {judged.model} are {size}: the {words} is {value:.2f} "
                f"(median over {len(norms)} perturbations; 1 is the right size)."
            )
            return [find(judged, "scale", value, threshold, sentence)]
    for words, value in measured.items():
        if value < SCALE_LOW * NEAR or value > SCALE_HIGH / NEAR:
            threshold = SCALE_LOW if value < 1 else SCALE_HIGH
            side = "below" if value < 1 else "above"
            sentence = f"the {words}; {side} {threshold:g} it would be one, 1 is the right size."
            return [close(judged, "scale", value, threshold, sentence)]
    return []


def _missing(judged: Judged) -> Finding | None:
    if not judged.n_missing and not judged.genes_missing:
        return None
    said = []
    if judged.n_missing:
        said.append(
            f"{judged.model} does not predict {judged.n_missing} of {judged.n_test} test perturbations; "
            "they count against no other model."
        )
    if judged.genes_missing:
        said.append(
            f"{judged.model} lacks {judged.genes_missing} genes of the data set; they are scored for no model."
        )
    return find(judged, "missing", judged.n_missing or judged.genes_missing, 0.0, " ".join(said))


def _train_predictions(judged: Judged) -> Finding | None:
    if not judged.n_train_predicted:
        return None
    sentence = f"{judged.model} also predicts {judged.n_train_predicted} training perturbations; these are not scored."
    return find(judged, "train_predictions", judged.n_train_predicted, 0.0, sentence)


def _identical(judged: Judged) -> Finding | None:
    distinct = len(torch.unique(judged.predicted, dim=0))
    repeated = len(judged.predicted) - distinct
    if not repeated:
        return None
    sentence = (
        f"{judged.model} gives {len(judged.predicted)} perturbations only {distinct} different profiles."
    )
    return find(judged, "identical", repeated, 0.0, sentence)
