"""Ranks and largest values within each row of a matrix of conditions × genes.

Two values are equal to the ranks when they agree after rounding to 39 bits of their mantissa, so to about
1e-12 relative: two orders of summation leave differences of 1e-16 between numbers that are the same.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from perturbdash.statistics.rowwise import compiled, for_row_blocks

INDEX_BITS = 13
_LARGEST_INDEX = 1 << INDEX_BITS
_MAGNITUDE = 0x7FFF_FFFF_FFFF_FFFF
_INFINITY = 0x7FF0_0000_0000_0000
_NAN_KEY = (_MAGNITUDE >> INDEX_BITS) << INDEX_BITS


def rank_rows(values: Tensor) -> Tensor:
    """Rank the values of each row from 1 upwards, ties taking the average of their ranks.

    Parameters
    ----------
    values
        ``(n_rows, n_genes)``, float64. NaN gets no rank and takes none from others.

    Returns
    -------
    Tensor
        ``(n_rows, n_genes)``, float64; NaN where ``values`` is NaN.

    Examples
    --------
    >>> rank_rows(torch.tensor([[0.5, -1.0, 0.5, 2.0]], dtype=torch.float64)).tolist()
    [[2.5, 1.0, 2.5, 4.0]]
    """
    if values.device.type == "cpu" and values.shape[1] <= _LARGEST_INDEX:
        return _rank_rows_compiled(values)
    return _rank_rows_torch(values)


def top_k_mask(values: Tensor, k: int | Tensor, eligible: Tensor | None = None) -> Tensor:
    """Mark the ``k`` largest values of each row; exact ties go to the gene that comes first.

    Parameters
    ----------
    values
        ``(n_rows, n_genes)``. NaN and minus infinity are never marked.
    k
        How many to mark, one number or one a row ``(n_rows,)``; a row with fewer eligible values marks all
        of them.
    eligible
        Boolean ``(n_rows, n_genes)`` or ``(n_genes,)``: the values that may be marked; all by default.

    Returns
    -------
    Tensor
        Boolean ``(n_rows, n_genes)``.

    Examples
    --------
    >>> top_k_mask(torch.tensor([[3.0, 1.0, 3.0, 3.0]]), 2).tolist()
    [[True, False, True, False]]
    """
    allowed = ~torch.isnan(values) if eligible is None else eligible & ~torch.isnan(values)
    keys = torch.where(allowed, values, -torch.inf)
    n_rows, n_genes = keys.shape
    wanted = torch.as_tensor(k, device=keys.device).expand(n_rows).clamp(0, n_genes)
    if n_rows == 0 or n_genes == 0 or int(wanted.max()) == 0:
        return torch.zeros_like(allowed)
    largest = torch.topk(keys, int(wanted.max()), dim=1).values
    threshold = largest.gather(1, (wanted - 1).clamp(min=0)[:, None])
    threshold = torch.where(wanted[:, None] > 0, threshold, torch.inf)
    above = keys > threshold
    tied = (keys == threshold) & (threshold > -torch.inf)
    free = (wanted - above.sum(1)).clamp(min=0)
    crowded = (tied.sum(1) > free).nonzero()[:, 0]
    if len(crowded):
        rows = tied[crowded]
        tied[crowded] = rows & (rows.cumsum(1) <= free[crowded, None])
    return above | tied


def warm() -> None:
    """Load or compile the loops of this module."""
    _rank_rows_compiled(torch.zeros((1, 2), dtype=torch.float64))


def _rank_rows_compiled(values: Tensor) -> Tensor:
    bits = np.ascontiguousarray(values.numpy(), dtype=np.float64).view(np.int64)
    ranks = np.empty(bits.shape)

    def work(block: slice) -> None:
        keys = np.empty(bits[block].shape, dtype=np.int64)
        _pack(bits[block], keys)
        keys.sort(axis=1)
        _average_ranks(keys, ranks[block])

    for_row_blocks(work, len(bits))
    return torch.from_numpy(ranks)


@compiled
def _pack(bits: NDArray[np.int64], keys: NDArray[np.int64]) -> None:
    """Turn float64 bits into integers of the same order, rounded, with the gene in the low bits."""
    half = 1 << (INDEX_BITS - 1)
    for i in range(bits.shape[0]):
        source = bits[i]
        target = keys[i]
        for j in range(len(source)):
            magnitude = source[j] & _MAGNITUDE
            if magnitude > _INFINITY:
                target[j] = _NAN_KEY | j
            else:
                key = ((magnitude + half) >> INDEX_BITS) << INDEX_BITS
                target[j] = (key if source[j] >= 0 else -key) | j


@compiled
def _average_ranks(keys: NDArray[np.int64], ranks: NDArray[np.float64]) -> None:
    gene = (1 << INDEX_BITS) - 1
    nan = _NAN_KEY >> INDEX_BITS
    for i in range(keys.shape[0]):
        row = keys[i]
        out = ranks[i]
        start = 0
        while start < len(row):
            value = row[start] >> INDEX_BITS
            stop = start + 1
            while stop < len(row) and (row[stop] >> INDEX_BITS) == value:
                stop += 1
            rank = np.nan if value == nan else 0.5 * (start + stop + 1)
            for j in range(start, stop):
                out[row[j] & gene] = rank
            start = stop


def _rank_rows_torch(values: Tensor) -> Tensor:
    bits = values.to(torch.float64).contiguous().view(torch.int64)
    magnitude = bits & _MAGNITUDE
    rounded = ((magnitude + (1 << (INDEX_BITS - 1))) >> INDEX_BITS) << INDEX_BITS
    keys = torch.where(bits >= 0, rounded, -rounded)
    keys = torch.where(magnitude > _INFINITY, _NAN_KEY, keys)
    ordered = keys.sort(dim=1).values
    below = torch.searchsorted(ordered, keys)
    upto = torch.searchsorted(ordered, keys, right=True)
    ranks = (below + upto + 1).to(torch.float64) / 2
    return torch.where(keys == _NAN_KEY, torch.nan, ranks)
