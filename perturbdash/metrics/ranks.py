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


def rank_shifts(truth: Truth, rows: Tensor, index: NDArray[np.int64], reference: Reference) -> Ranks:
    """Rank the genes of shifts, once for each distinct pair of profile and reference.

    Parameters
    ----------
    rows, index
        Distinct profiles, and which of them a perturbation gets; -1 for none.
    """
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


def rank_correlation(predicted: Ranks, observed: Ranks, n_genes: NDArray[np.int64]) -> Floats:
    """Correlate ranks; sums of ranks are exact, so nothing cancels.

    Parameters
    ----------
    n_genes
        ``(n_perturbations,)``: genes that are ranked.

    Returns
    -------
    ``(n_perturbations,)``, NaN where one side is missing or has all its genes tied.
    """
    n = torch.from_numpy(n_genes.astype(np.float64)).to(predicted.values.device)
    cross = torch.full_like(n, torch.nan)
    pairs = ((predicted.index >= 0) & (observed.index >= 0)).nonzero()[:, 0]
    for block in row_blocks(len(pairs), predicted.values.shape[1]):
        p = pairs[block]
        products = predicted.values[predicted.index[p]].mul_(observed.values[observed.index[p]])
        cross[p] = products.sum(1)
    first, second = (_sums(ranks) for ranks in (predicted, observed))
    covariance = cross - first[0] * second[0] / n
    spreads = [squares - sums**2 / n for sums, squares in (first, second)]
    correlation: Floats = (covariance / (spreads[0] * spreads[1]).sqrt()).clamp(-1, 1).numpy(force=True)
    return correlation


def _sums(ranks: Ranks) -> tuple[Tensor, Tensor]:
    """Sum and sum of squares of ranks for each perturbation; NaN without ranks."""
    sums = ranks.values.sum(1)
    squares = torch.linalg.vecdot(ranks.values, ranks.values)
    missing = ranks.index < 0
    index = ranks.index.clamp(min=0)
    return torch.where(missing, torch.nan, sums[index]), torch.where(missing, torch.nan, squares[index])
