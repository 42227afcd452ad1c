"""The same counts from tables of distances, in torch, on any device."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from perturbdash.metrics.distances import candidates, compare
from perturbdash.metrics.nearness import COSINE, L1, L2, SQUARES, Counts, Nearness
from perturbdash.statistics.rowwise import row_blocks

if TYPE_CHECKING:
    from perturbdash.metrics.pair import Pair
    from perturbdash.metrics.truth import Truth

Index = NDArray[np.int64]
ROWS_AT_ONCE = 1024


def nearness(pair: Pair) -> Nearness:
    """Count by Euclidean distance and by angle."""
    own = pair.row_index()
    # Angles come from products, whose rounding is absolute.
    counts = {
        SQUARES: _count(pair.truth, *pair.to_truths()),
        L2: _count(pair.truth, pair.distances()[L2], own),
        COSINE: _count(pair.truth, pair.cosine_distances(), own, scale=1.0),
    }
    return Nearness(counts, _farther(pair))


def city_block_counts(pair: Pair) -> Counts:
    """Count by city-block distance."""
    return _count(pair.truth, pair.distances()[L1], pair.row_index())


def _farther(pair: Pair) -> NDArray[np.float64]:
    index, present = pair.row_index(), torch.from_numpy(pair.index >= 0).to(pair.rows.device)
    copies = torch.bincount(index[present], minlength=len(pair.rows)).to(torch.float64)
    distance = pair.to_predictions()
    farther = torch.empty(len(index), dtype=torch.float64, device=index.device)
    for block in row_blocks(len(index), ROWS_AT_ONCE):
        found = distance[block]
        nearer, tie = compare(found, found.gather(1, index[block, None]))
        farther[block] = (~nearer & ~tie).to(torch.float64) @ copies
        farther[block] += 0.5 * (tie.to(torch.float64) @ copies)
    return farther.numpy(force=True)


def _count(truth: Truth, distance: Tensor, index: Tensor, *, scale: float | None = None) -> Counts:
    """Count the other candidates nearer than the own truth and as near.

    Parameters
    ----------
    distance
        ``(n_rows, n_perturbations)`` to the observed profiles.
    index
        ``(n_perturbations,)``: the row of each.
    scale
        As for :func:`compare`.
    """
    chosen = candidates(truth)
    counts = torch.empty((2, len(index)), dtype=torch.int64, device=distance.device)
    itself = torch.arange(len(index), device=distance.device)
    for block in row_blocks(len(index), ROWS_AT_ONCE):
        found = distance[index[block]]
        own = itself[block, None]
        nearer, tie = compare(found, found.gather(1, own), scale=scale)
        others = chosen & (itself != own)
        counts[0, block] = (nearer & others).sum(1)
        counts[1, block] = (tie & others).sum(1)
    return Counts(*counts.numpy(force=True))
