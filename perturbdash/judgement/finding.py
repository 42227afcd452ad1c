"""A finding, and what it is about: one model beside what was observed, or the data set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import torch

from perturbdash.judgement.row_measures import ProfileMeasures, profile_measures
from perturbdash.statistics.systematic import NOISE_THRESHOLD

NEAR = 1.4
"""How near to its threshold a value is worth a word: within this factor of it.

A model that knows the exact truth has 0.5 in the check of leakage, and honest models lie above 0.7, which is 1.4
times as much.
"""
WARNING_COLUMNS = ("context", "model", "warning", "value", "threshold", "sentence")


@dataclass(frozen=True)
class Finding:
    """One warning: the number, the threshold it passed and a sentence; ``model`` is empty for the data set.

    It is ``near`` where the value does not pass the threshold, but lies within the factor `NEAR` of it.
    """

    context: str
    model: str
    warning: str
    value: float
    threshold: float
    sentence: str
    near: bool = False


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
    perturbations
        ``(n_perturbations,)`` their names.
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
    perturbations: tuple[str, ...] = ()

    @cached_property
    def of_predicted(self) -> ProfileMeasures:
        """Measures of the predicted profiles."""
        return profile_measures(self.predicted, self.control, self.average_effect)

    @cached_property
    def of_observed(self) -> ProfileMeasures:
        """Measures of the observed profiles."""
        return profile_measures(self.observed, self.control, self.average_effect)

    def with_observed_of(self, other: Judged) -> Judged:
        """Return the same, with what was measured of the same observed profiles beside another model."""
        same = replace(self)
        same.__dict__["of_observed"] = other.of_observed
        return same


def find(judged: Judged, warning: str, value: float, threshold: float, sentence: str) -> Finding:
    """Return a finding about a model."""
    return Finding(judged.context, judged.model, warning, float(value), float(threshold), sentence)


def close(judged: Judged, warning: str, value: float, threshold: float, sentence: str) -> Finding:
    """Return a value of a model that is near a threshold and no finding."""
    words = f"Close, not a finding: {sentence}"
    return Finding(judged.context, judged.model, warning, float(value), float(threshold), words, near=True)


def target_gene_findings(
    kept: Mapping[tuple[str, str, str], str],
    dropped: Mapping[tuple[str, str, str], str],
    labels: Mapping[str, str],
    *,
    p_dropped: Mapping[tuple[str, str, str], float],
    alpha: float = 0.05,
) -> list[Finding]:
    """Return a finding for each headline verdict that rests on the targeted genes.

    Parameters
    ----------
    kept, dropped
        Outcome by (context, model, metric), with the targeted genes and without.
    labels
        Words for each metric.
    p_dropped, alpha
        The p that decides without the targeted genes, which is the number of the finding, and its threshold.
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
            p = float(p_dropped.get((context, model, metric), np.nan))
            found.append(Finding(context, model, "target_gene_only", p, alpha, sentence))
    return found


def no_effect_findings(
    context: str, published: float, split: float, *, any_informative: bool, gap: float = NOISE_THRESHOLD
) -> list[Finding]:
    """Return what must be said of the data set itself: a shared effect that is noise, or no metric that can tell.

    A gap that is near its threshold is among them.

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
    elif published - split > gap / NEAR:
        sentence = (
            f"Close, not a finding: the mean cosine to the average effect is {published:.2f} as published and "
            f"{split:.2f} with the controls split; a gap above {gap:g} is noise in the control mean."
        )
        found.append(Finding(context, "", "no_effect", published - split, gap, sentence, near=True))
    if not any_informative:
        sentence = "No metric can tell a repeated experiment from the average on this data set."
        found.append(Finding(context, "", "no_effect", 0.0, 1.0, sentence))
    return found
