"""Where genes stand when a row is sorted from its largest value down, compiled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perturbdash.statistics.rowwise import compiled

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Index = NDArray[np.int64]


@compiled
def _count_below(ordered: Vector, value: float) -> int:
    low, high = 0, len(ordered)
    while low < high:
        middle = (low + high) >> 1
        if ordered[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _count_upto(ordered: Vector, value: float, below: int) -> int:
    if below + 1 >= len(ordered) or ordered[below + 1] != value:
        return min(below + 1, len(ordered))
    low, high = below + 1, len(ordered)
    while low < high:
        middle = (low + high) >> 1
        if ordered[middle] == value:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def locate(
    scores: Matrix,
    ordered: Matrix,
    index: Index,
    list_start: Index,
    genes: Index,
    k: Index,
    above: Index,
    upto: Index,
    among: NDArray[np.bool_],
    start: int,
    stop: int,
) -> None:
    """For each gene of a list: how many score higher, how many at least as high, and if it is among the k first.

    ``ordered`` holds the rows of ``scores``, ascending. Ties in the k first go by gene order.
    """
    n_genes = scores.shape[1]
    for p in range(start, stop):
        if index[p] < 0:
            continue
        row, sorted_row = scores[index[p]], ordered[index[p]]
        for entry in range(list_start[p], list_start[p + 1]):
            gene = genes[entry]
            value = row[gene]
            below = _count_below(sorted_row, value)
            upto[entry] = n_genes - below
            above[entry] = n_genes - _count_upto(sorted_row, value, below)
            place = above[entry]
            if place < k[p] and k[p] < upto[entry]:
                for g in range(gene):
                    if row[g] == value:
                        place += 1
            among[entry] = place < k[p]


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
