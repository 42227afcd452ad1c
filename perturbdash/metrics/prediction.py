"""Profiles that somebody predicts for the perturbations of one context."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from perturbdash.vocabulary import Kind


@dataclass(frozen=True)
class Prediction:
    """Distinct predicted profiles, and which of them each perturbation gets.

    Parameters
    ----------
    name
        As in tables.
    kind
        Baseline, control or model.
    rows
        ``(n_distinct, n_genes)`` float64, log1p, genes as in the truth.
    index
        ``(n_perturbations,)`` int64 into ``rows``; -1 where there is no prediction.
    """

    name: str
    kind: Kind
    rows: Tensor
    index: Tensor
