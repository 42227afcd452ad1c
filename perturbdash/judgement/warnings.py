"""What is wrong with a prediction, each finding with its number and a plain sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from perturbdash.statistics.geometry import mean_pairwise_cosine

if TYPE_CHECKING:
    pass

Floats = NDArray[np.float64]

COLLAPSE_VARIANCE = 0.1
COLLAPSE_COSINE = 0.3
MEAN_COSINE = 0.99
MEAN_COSINE_OBSERVED = 0.95
SCALE_LOW, SCALE_HIGH = 0.5, 2.0
SPACE_FOLD = 3.0
LEAKAGE = 0.5
WARNING_COLUMNS = ("context", "model", "warning", "value", "threshold", "sentence")


@dataclass(frozen=True)
class Finding:
    """One warning: the number, the threshold it passed and a sentence; ``model`` is empty for the data set."""

    context: str
    model: str
    warning: str
    value: float
    threshold: float
    sentence: str


@dataclass(frozen=True)
class Judged:
    """One model beside what was observed, on the test perturbations that it predicts, in one context.

    Parameters
    ----------
    predicted, observed, first, second
        Profiles ``(n_perturbations, n_genes)``: of the model, of all cells, and of the two halves.
    degs
        ``(n_perturbations, n_genes)`` bool: differentially expressed against control, all cells.
    control
        ``(n_genes,)`` control mean.
    control_halves
        The control means of the two halves.
    average_effect
        ``(n_genes,)`` mean of the training centroids minus the control mean; NaN where undefined.
    """

    context: str
    model: str
    predicted: torch.Tensor
    observed: torch.Tensor
    first: torch.Tensor
    second: torch.Tensor
    degs: torch.Tensor
    control: torch.Tensor
    control_halves: tuple[torch.Tensor, torch.Tensor]
    average_effect: torch.Tensor
    predicted_control: torch.Tensor | None = None
    n_missing: int = 0
    n_test: int = 0
    n_train_predicted: int = 0
    genes_missing: int = 0
    notes: tuple[str, ...] = field(default=())


def findings(judged: Judged) -> list[Finding]:
    """Return the warnings about one model in one context that need no verdict."""
    found: list[Finding | None] = [_missing(judged), _train_predictions(judged)]
    if len(judged.predicted):
        found += [_space(judged), _control_drift(judged), _leakage(judged), *_scale(judged)]
    if len(judged.predicted) > 1:
        found += [_collapse(judged), _is_the_mean(judged), _identical(judged)]
    return [finding for finding in found if finding is not None]


def _find(judged: Judged, warning: str, value: float, threshold: float, sentence: str) -> Finding:
    return Finding(judged.context, judged.model, warning, float(value), float(threshold), sentence)


def _collapse(judged: Judged) -> Finding | None:
    predicted, observed = judged.predicted - judged.control, judged.observed - judged.control
    ratio = _total_variance(predicted) / max(_total_variance(observed), np.finfo(float).tiny)
    cosine, cosine_observed = mean_pairwise_cosine(predicted), mean_pairwise_cosine(observed)
    if not (ratio < COLLAPSE_VARIANCE and cosine - cosine_observed > COLLAPSE_COSINE):
        return None
    return _find(
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
    if not (median > MEAN_COSINE and observed < MEAN_COSINE_OBSERVED):
        return None
    return _find(
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
            return [_find(judged, "scale", value, threshold, sentence)]
    return []


def _space(judged: Judged) -> Finding | None:
    predicted, observed = judged.predicted, judged.observed
    lowest = float(predicted.min())
    if bool((predicted == predicted.round()).all()) and not bool((observed == observed.round()).all()):
        sentence = (
            f"All values of {judged.model} are whole numbers: are these counts? The data are log1p of counts."
        )
        return _find(judged, "space", float(predicted.max()), 0.0, sentence)
    if lowest < 0:
        sentence = (
            f"{judged.model} holds negative values (lowest {lowest:.2f}): are these shifts or scaled values? "
            "Expected are log1p profiles."
        )
        return _find(judged, "space", lowest, 0.0, sentence)
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
            return _find(judged, "space", fold, limit, sentence)
    return None


def _implied_total(profiles: torch.Tensor) -> float:
    """Median over perturbations of the counts that log1p profiles stand for."""
    return float(np.median(torch.expm1(profiles.clamp(max=50.0)).sum(1).cpu().numpy()))


def _control_drift(judged: Judged) -> Finding | None:
    if judged.predicted_control is None:
        return None
    first, second = judged.control_halves
    drift = float((judged.predicted_control - judged.control).norm())
    noise = float((first - second).norm())
    if not drift > noise:
        return None
    sentence = (
        f"{judged.model} predicts other controls than were measured: distance {drift:.2f}, "
        f"while two halves of the controls lie {noise:.2f} apart."
    )
    return _find(judged, "control_drift", drift, noise, sentence)


def _leakage(judged: Judged) -> Finding | None:
    rest = (~judged.degs).to(judged.predicted.dtype)
    own = ((judged.predicted - judged.first).square() * rest).sum(1)
    repeat = ((judged.second - judged.first).square() * rest).sum(1)
    usable = (repeat > 0) & ~own.isnan() & ~repeat.isnan()
    if not bool(usable.any()):
        return None
    ratio = float(np.median((own[usable] / repeat[usable]).cpu().numpy()))
    if not ratio < LEAKAGE:
        return None
    sentence = (
        f"{judged.model} is nearer to one half of the cells than the other half is ({ratio:.2f} of the squared "
        "distance, on genes that did not answer): it may have seen these cells."
    )
    return _find(judged, "leakage", ratio, LEAKAGE, sentence)


def _missing(judged: Judged) -> Finding | None:
    if not judged.n_missing and not judged.genes_missing:
        return None
    what = []
    if judged.n_missing:
        what.append(f"{judged.n_missing} of {judged.n_test} test perturbations")
    if judged.genes_missing:
        what.append(f"{judged.genes_missing} genes of the data set")
    sentence = f"{judged.model} does not predict {' and '.join(what)}; they count against no other model."
    return _find(judged, "missing", judged.n_missing or judged.genes_missing, 0.0, sentence)


def _train_predictions(judged: Judged) -> Finding | None:
    if not judged.n_train_predicted:
        return None
    sentence = f"{judged.model} also predicts {judged.n_train_predicted} training perturbations; these are not scored."
    return _find(judged, "train_predictions", judged.n_train_predicted, 0.0, sentence)


def _identical(judged: Judged) -> Finding | None:
    distinct = len(torch.unique(judged.predicted, dim=0))
    repeated = len(judged.predicted) - distinct
    if not repeated:
        return None
    sentence = (
        f"{judged.model} gives {len(judged.predicted)} perturbations only {distinct} different profiles."
    )
    return _find(judged, "identical", repeated, 0.0, sentence)


def target_gene_findings(
    kept: Mapping[tuple[str, str, str], str],
    dropped: Mapping[tuple[str, str, str], str],
    labels: Mapping[str, str],
) -> list[Finding]:
    """Return a finding for each headline verdict that rests on the targeted genes.

    Parameters
    ----------
    kept, dropped
        Outcome by (context, model, metric), with the targeted genes and without.
    labels
        Words for each metric.
    """
    found = []
    for (context, model, metric), outcome in kept.items():
        without = dropped.get((context, model, metric))
        if outcome == "beats" and without not in (None, "beats"):
            words = {"no_difference": "no difference shown", "too_few": "too few"}.get(
                str(without), str(without)
            )
            sentence = (
                f"{model} beats every baseline on {labels[metric]} only through the genes that were targeted: "
                f"without them it is “{words}”."
            )
            found.append(Finding(context, model, "target_gene_only", np.nan, np.nan, sentence))
    return found


def no_effect_findings(
    context: str, published: float, split: float, *, any_informative: bool, gap: float = 0.1
) -> list[Finding]:
    """Return what must be said of the data set itself: a shared effect that is noise, or no metric that can tell.

    Parameters
    ----------
    published, split
        Mean cosine to the average effect in the published form, and with the controls split.
    """
    found = []
    if published - split > gap:
        sentence = (
            f"Part of the shared effect is noise in the control mean: the mean cosine to the average effect is "
            f"{published:.2f} as published and {split:.2f} with the controls split."
        )
        found.append(Finding(context, "", "no_effect", published - split, gap, sentence))
    if not any_informative:
        sentence = "No metric can tell a repeated experiment from the average on this data set."
        found.append(Finding(context, "", "no_effect", 0.0, 1.0, sentence))
    return found
