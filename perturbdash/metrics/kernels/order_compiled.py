"""Shifts sorted by size, a row at a time: their ranks, and where listed genes stand among them, compiled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perturbdash.metrics.kernels.columns import NEGLIGIBLE, ROUNDING
from perturbdash.metrics.kernels.sums_compiled import summing
from perturbdash.statistics.ranking import doubled_ranks
from perturbdash.statistics.rowwise import compiled

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Index = NDArray[np.int64]


@summing
def shift_rows(
    rows: Matrix,
    references: Matrix,
    items: Index,
    dropped_start: Index,
    dropped: Index,
    shifts: Matrix,
    zero: NDArray[np.bool_],
) -> None:
    """Subtract references from profiles; NaN where a gene is dropped, 0 where a difference is rounding.

    ``items`` is ``(n_shifts, 3)``: profile, reference, and the perturbation whose targets are dropped. ``zero``
    says which whole shift is nothing beside its profile.
    """
    for i in range(len(items)):
        y, c, out = rows[items[i, 0]], references[items[i, 1]], shifts[i]
        person = items[i, 2]
        size = norm = 0.0
        for g in range(len(y)):
            shift = y[g] - c[g]
            shift = 0.0 if abs(shift) <= ROUNDING * abs(y[g]) else shift
            out[g] = shift
            size += shift * shift
            norm += y[g] * y[g]
        if dropped_start[person] < dropped_start[person + 1]:
            for entry in range(dropped_start[person], dropped_start[person + 1]):
                out[dropped[entry]] = np.nan
            size = norm = 0.0
            for g in range(len(y)):
                if out[g] == out[g]:
                    size += out[g] * out[g]
                    norm += y[g] * y[g]
        zero[i] = size <= NEGLIGIBLE**2 * norm


@compiled
def rank_table(keys: Index, bits: int, ranks: NDArray[np.int32]) -> None:
    """Write twice the average ranks of sorted keys, a row for a row."""
    for i in range(len(keys)):
        doubled_ranks(keys[i], bits, ranks[i])


@compiled
def correlate(
    keys: Index,
    bits: int,
    member_start: Index,
    members: Index,
    observed: NDArray[np.int32],
    sums: Matrix,
    start: int,
) -> None:
    """Sum products of ranks, ranks and their squares for all who get the sorted shifts from ``start`` on.

    ``observed`` holds twice the ranks of the observed shifts; ``sums`` is ``(n_perturbations, 3)``.
    """
    ranks = np.empty(keys.shape[1], dtype=np.int32)
    for i in range(len(keys)):
        doubled_ranks(keys[i], bits, ranks)
        total = squares = np.int64(0)
        for g in range(len(ranks)):
            rank = np.int64(ranks[g])
            total += rank
            squares += rank * rank
        for place in range(member_start[start + i], member_start[start + i + 1]):
            p = members[place]
            other = observed[p]
            cross = np.int64(0)
            for g in range(len(ranks)):
                cross += np.int64(ranks[g]) * np.int64(other[g])
            sums[p, 0], sums[p, 1], sums[p, 2] = cross, total, squares


@compiled
def pick(
    keys: Index,
    bits: int,
    zero: NDArray[np.bool_],
    member_start: Index,
    members: Index,
    list_start: Index,
    genes: Index,
    size: Index,
    start: int,
) -> None:
    """Take the rounded sizes of listed genes from keys that are not sorted yet."""
    for i in range(len(keys)):
        for place in range(member_start[start + i], member_start[start + i + 1]):
            p = members[place]
            for entry in range(list_start[p], list_start[p + 1]):
                size[entry] = 0 if zero[i] else abs(keys[i, genes[entry]] >> bits)


@compiled
def _count_below(row: Index, key: int, low: int) -> int:
    """Count keys below one, of which at least ``low`` are; most often the next one is not."""
    if low < len(row) and row[low] >= key:
        return low
    low, high = min(low + 1, len(row)), len(row)
    if low < high and row[low] >= key:
        return low
    while low < high:
        middle = (low + high) >> 1
        if row[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _count_genes_before(row: Index, bits: int, left: int, right: int, gene: int) -> int:
    before = 0
    for place in range(left, right):
        before += (row[place] & ((1 << bits) - 1)) < gene
    return before


@compiled
def locate(
    keys: Index,
    bits: int,
    zero: NDArray[np.bool_],
    member_start: Index,
    members: Index,
    dropped_start: Index,
    list_start: Index,
    genes: Index,
    size: Index,
    k: Index,
    above: Index,
    upto: Index,
    among: NDArray[np.bool_],
    start: int,
) -> None:
    """For each gene of a list: how many shifts are larger, how many at least as large, and if it is among k.

    ``keys`` are sorted by shift with its sign, so shifts of one size stand in two places. Ties in the k first
    go by gene order.
    """
    for i in range(len(keys)):
        row = keys[i]
        for place in range(member_start[start + i], member_start[start + i + 1]):
            p = members[place]
            n_kept = len(row) - (dropped_start[p + 1] - dropped_start[p])
            for entry in range(list_start[p], list_start[p + 1]):
                m = size[entry]
                # Beyond the first and from the second on: up and down by this size; in between: smaller ones.
                beyond_down = _count_below(row, -m << bits, 0)
                down = _count_below(row, (1 - m) << bits, beyond_down)
                up = _count_below(row, m << bits, 0)
                beyond_up = _count_below(row, (m + 1) << bits, up)
                if zero[i]:
                    up, beyond_up, beyond_down = 0, n_kept, 0
                above[entry] = n_kept - beyond_up + beyond_down
                upto[entry] = n_kept if m == 0 else n_kept - up + down
                position = above[entry]
                if position < k[p] and k[p] < upto[entry]:
                    position += _count_genes_before(row, bits, up, beyond_up, genes[entry])
                    if m > 0:
                        position += _count_genes_before(row, bits, beyond_down, down, genes[entry])
                among[entry] = position < k[p]


@compiled
def average_precision(
    list_start: Index, upto: Index, n_genes: int, area: Vector, start: int, stop: int
) -> None:
    """Mean over the entries of a list of the precision at their threshold, for perturbations start to stop."""
    counts = np.zeros(n_genes + 1, dtype=np.int64)
    for p in range(start, stop):
        counts[:] = 0
        for entry in range(list_start[p], list_start[p + 1]):
            counts[upto[entry]] += 1
        positives, total = 0, 0.0
        for n in range(1, n_genes + 1):
            if counts[n] > 0:
                positives += counts[n]
                total += counts[n] * positives / n
        area[p] = total / (list_start[p + 1] - list_start[p])
