"""What is wrong with a prediction, each finding with its number and a plain sentence."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from perturbdash.judgement.finding import NEAR, Finding, Judged, close, find
from perturbdash.judgement.row_measures import n_distinct_rows, per_row
from perturbdash.judgement.warnings_space import control_drift, leakage, space

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
    own, observed = judged.of_predicted, judged.of_observed
    ratio = own.variance / max(observed.variance, np.finfo(float).tiny)
    cosine, cosine_observed = own.mean_cosine, observed.mean_cosine
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


def _is_the_mean(judged: Judged) -> Finding | None:
    if bool(judged.average_effect.isnan().any()):
        return None
    median = float(np.median(judged.of_predicted.cosine))
    observed = float(np.median(judged.of_observed.cosine))
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


def _scale(judged: Judged) -> list[Finding]:
    """Slope over all genes, and ratio of norms; medians over perturbations."""

    def sums(predicted: torch.Tensor, observed: torch.Tensor) -> torch.Tensor:
        observed = observed - judged.control
        centred = observed - observed.mean(1, keepdim=True)
        product = ((predicted - judged.control) * centred).sum(1)
        return torch.stack([centred.square_().sum(1), product], dim=1)

    spread, product = per_row(sums, judged.predicted, judged.observed).T
    norms, own_norms = judged.of_observed.norm, judged.of_predicted.norm
    slopes = product[spread > 0] / spread[spread > 0]
    ratios = own_norms[norms > 0] / norms[norms > 0]
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
    distinct = n_distinct_rows(judged.predicted)
    repeated = len(judged.predicted) - distinct
    if not repeated:
        return None
    sentence = (
        f"{judged.model} gives {len(judged.predicted)} perturbations only {distinct} different profiles."
    )
    return find(judged, "identical", repeated, 0.0, sentence)
