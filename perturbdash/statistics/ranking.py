"""Ranks and largest values within each row of a matrix of conditions × genes.

Two values are equal to the ranks when they agree after rounding to 39 bits of their mantissa, so to about
1e-12 relative: two orders of summation leave differences of 1e-16 between numbers that are the same. The bits
that rounding frees hold the gene, so that one sort of integers carries it along; from 8,193 genes on the gene
takes a bit more for every doubling.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from perturbdash.statistics.rowwise import compiled, for_row_blocks

LEAST_INDEX_BITS = 13
_MAGNITUDE = 0x7FFF_FFFF_FFFF_FFFF
_INFINITY = 0x7FF0_0000_0000_0000


def index_bits(n_genes: int) -> int:
    """Return how many low bits of a sortable integer hold the gene.

    Examples
    --------
    >>> index_bits(2_000), index_bits(8_192), index_bits(8_193)
    (13, 13, 14)
    """
    return max(LEAST_INDEX_BITS, (n_genes - 1).bit_length())


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
    if values.device.type == "cpu":
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
    source = np.ascontiguousarray(values.numpy(), dtype=np.float64)
    bits = index_bits(source.shape[1])
    ranks = np.empty(source.shape)

    def work(block: slice) -> None:
        keys = source[block].copy().view(np.int64)
        pack(keys, bits)
        keys.sort(axis=1)
        _average_ranks(keys, bits, ranks[block])

    for_row_blocks(work, len(source))
    return torch.from_numpy(ranks)


@compiled
def pack(keys: NDArray[np.int64], bits: int) -> None:
    """Turn the bits of float64 values into integers of the same order, in place.

    The value is rounded and the column stands in the low ``bits``; NaN is larger than everything.
    """
    half = 1 << (bits - 1)
    nan = (_MAGNITUDE >> bits) << bits
    for i in range(keys.shape[0]):
        row = keys[i]
        for j in range(len(row)):
            magnitude = row[j] & _MAGNITUDE
            key = ((magnitude + half) >> bits) << bits
            key = key if row[j] >= 0 else -key
            row[j] = (nan if magnitude > _INFINITY else key) | j


@compiled
def doubled_ranks(row: NDArray[np.int64], bits: int, ranks: NDArray[np.int32]) -> None:
    """Write twice the average rank of each column of one sorted row of keys; 0 for NaN."""
    column, nan = (1 << bits) - 1, _MAGNITUDE >> bits
    n_equal = 0
    for place in range(len(row)):
        ranks[row[place] & column] = 2 * (place + 1)
        n_equal += (row[place] >> bits) == (row[place - 1] >> bits)
    if n_equal == 0 and (row[-1] >> bits) != nan:
        return
    start = 0
    while start < len(row):
        value = row[start] >> bits
        stop = start + 1
        while stop < len(row) and (row[stop] >> bits) == value:
            stop += 1
        rank = 0 if value == nan else start + stop + 1
        if rank == 0 or stop > start + 1:
            for j in range(start, stop):
                ranks[row[j] & column] = rank
        start = stop


@compiled
def _average_ranks(keys: NDArray[np.int64], bits: int, ranks: NDArray[np.float64]) -> None:
    doubled = np.empty(keys.shape[1], dtype=np.int32)
    for i in range(keys.shape[0]):
        doubled_ranks(keys[i], bits, doubled)
        out = ranks[i]
        for j in range(len(out)):
            out[j] = np.nan if doubled[j] == 0 else 0.5 * doubled[j]


def _rank_rows_torch(values: Tensor) -> Tensor:
    shift = index_bits(values.shape[1])
    nan = (_MAGNITUDE >> shift) << shift
    bits = values.to(torch.float64).contiguous().view(torch.int64)
    magnitude = bits & _MAGNITUDE
    rounded = ((magnitude + (1 << (shift - 1))) >> shift) << shift
    keys = torch.where(bits >= 0, rounded, -rounded)
    keys = torch.where(magnitude > _INFINITY, nan, keys)
    ordered = keys.sort(dim=1).values
    below = torch.searchsorted(ordered, keys)
    upto = torch.searchsorted(ordered, keys, right=True)
    ranks = (below + upto + 1).to(torch.float64) / 2
    return torch.where(keys == nan, torch.nan, ranks)
