"""Rank correlation of predicted and observed shifts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from perturbdash.metrics.outcome import Floats
from perturbdash.metrics.shifts import shifts
from perturbdash.statistics.ranking import rank_rows
from perturbdash.statistics.rowwise import row_blocks
from perturbdash.vocabulary import Reference

if TYPE_CHECKING:
    from perturbdash.metrics.truth import Truth


@dataclass(frozen=True)
class Ranks:
    """Ranks of shifts within distinct rows.

    Parameters
    ----------
    values
        ``(n_rows, n_genes)``; 0 where a gene is dropped.
    index
        ``(n_perturbations,)`` into the rows; -1 for none.
    """

    values: Tensor
    index: Tensor

    def sums(self) -> tuple[Floats, Floats]:
        """Sum and sum of squares of ranks for each perturbation; NaN without ranks."""
        missing, index = self.index < 0, self.index.clamp(min=0)
        sums = (self.values.sum(1), torch.linalg.vecdot(self.values, self.values))
        total, squares = (torch.where(missing, torch.nan, s[index]).numpy(force=True) for s in sums)
        return total, squares


def correlation_of(
    cross: Floats,
    total: Floats,
    squares: Floats,
    other_total: Floats,
    other_squares: Floats,
    *,
    n_genes: NDArray[np.int64],
) -> Floats:
    """Correlate ranks from their sums, which are exact, so that nothing cancels.

    Parameters
    ----------
    cross
        ``(n_perturbations,)``, sums of products of the ranks of both sides.
    total, squares, other_total, other_squares
        ``(n_perturbations,)``, sums of ranks and of their squares.
    n_genes
        ``(n_perturbations,)``: genes that are ranked.

    Returns
    -------
    ``(n_perturbations,)``, NaN where one side is missing or has all its genes tied.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        covariance = cross - total * other_total / n_genes
        spread = (squares - total**2 / n_genes) * (other_squares - other_total**2 / n_genes)
        correlation: Floats = np.clip(covariance / np.sqrt(spread), -1, 1)
    return correlation


def rank_correlation(truth: Truth, rows: Tensor, index: NDArray[np.int64], reference: Reference) -> Floats:
    """Correlate the ranks of predicted and observed shifts in torch, on any device, ``(n_perturbations,)``.

    Parameters
    ----------
    rows, index
        Distinct profiles, and which of them a perturbation gets; -1 for none.
    """

    def rank_observed() -> Ranks:
        own = np.where(truth.exists(), np.arange(len(index)), -1)
        return _rank_shifts(truth, truth.observed, own, reference)

    observed = truth.remember(("rank table", reference), rank_observed)
    predicted = _rank_shifts(truth, rows, index, reference)
    cross = torch.full((len(index),), torch.nan, dtype=torch.float64, device=rows.device)
    pairs = ((predicted.index >= 0) & (observed.index >= 0)).nonzero()[:, 0]
    for block in row_blocks(len(pairs), predicted.values.shape[1]):
        p = pairs[block]
        products = predicted.values[predicted.index[p]].mul_(observed.values[observed.index[p]])
        cross[p] = products.sum(1)
    return correlation_of(
        cross.numpy(force=True), *predicted.sums(), *observed.sums(), n_genes=truth.n_genes()
    )


def _rank_shifts(truth: Truth, rows: Tensor, index: NDArray[np.int64], reference: Reference) -> Ranks:
    """Rank the genes of shifts, once for each distinct pair of profile and reference."""
    device = rows.device
    places = torch.from_numpy(index).to(device)
    present = places >= 0
    references, which = truth.references(reference)
    pairs = torch.stack([places, which], 1)[present]
    if truth.drop_targets:
        distinct, inverse = pairs, torch.arange(len(pairs), device=device)
    else:
        distinct, inverse = torch.unique(pairs, dim=0, return_inverse=True)
    values = shifts(rows, references, rows=distinct[:, 0], which=distinct[:, 1])
    if truth.drop_targets:
        values.masked_fill_(truth.targets[present], torch.nan)
    values = rank_rows(values) if len(values) else rows.new_full((1, rows.shape[1]), torch.nan)
    if truth.drop_targets and len(distinct):
        values.masked_fill_(truth.targets[present], 0.0)
    ranked = torch.full_like(places, -1)
    ranked[present] = inverse
    return Ranks(values, ranked)
