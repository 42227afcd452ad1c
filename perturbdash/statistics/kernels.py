"""The compiled loops over cells: Welford's update for every (group, gene), by rows, columns and blocks.

Sparse loops see the values that are not zero; `finish` merges the zeros analytically. Several threads
may run one loop on disjoint groups (rows, blocks) or genes (columns). Welford (1962), 10.2307/1266577.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perturbdash.statistics.rowwise import compiled

FINE, OUT_OF_RANGE = 0, 1

Array = NDArray[Any]

_GENES_PER_BLOCK = 1024  # one block of both float64 moments stays in the first-level cache
_COLUMNS_PER_BLOCK = 8  # columns written together: one cache line of a result row


@compiled
def add_rows(
    indptr: Array,
    indices: Array,
    data: Array,
    rows: Array,
    groups: Array,
    mean: Array,
    m2: Array,
    count: Array,
) -> tuple[int, float, np.bool_]:
    """Add CSR `rows`, sorted by group; return a status, the lowest value, and whether genes stood in order."""
    lowest = 0.0
    ordered: np.bool_ = np.bool_(True)
    n_genes = mean.shape[1]
    for k in range(rows.size):
        group = groups[k]
        mean_row, m2_row, count_row = mean[group], m2[group], count[group]
        previous = np.int64(-1)
        for j in range(indptr[rows[k]], indptr[rows[k] + 1]):
            gene = np.int64(indices[j])
            ordered &= gene > previous
            previous = gene
            if gene < 0 or gene >= n_genes:
                return OUT_OF_RANGE, lowest, ordered
            x = np.float64(data[j])
            if x != 0.0:
                i = np.uint64(gene)  # unsigned: numba then omits the wrap-around of negative indices
                n = count_row[i] + 1
                count_row[i] = n
                delta = x - mean_row[i]
                moved = mean_row[i] + delta / n
                mean_row[i] = moved
                m2_row[i] += delta * (x - moved)
                lowest = min(lowest, x)
    return FINE, lowest, ordered


@compiled
def count_negative(
    indptr: Array, indices: Array, data: Array, rows: Array, groups: Array, negative: Array
) -> None:
    """Count the values below zero of CSR `rows` for every (group, gene)."""
    for k in range(rows.size):
        negative_row = negative[groups[k]]
        for j in range(indptr[rows[k]], indptr[rows[k] + 1]):
            if data[j] < 0:
                negative_row[indices[j]] += 1


@compiled
def has_duplicates(indptr: Array, indices: Array, size: int) -> bool:
    """Say whether a row (CSR) or column (CSC) holds one of `size` indices twice."""
    last_seen = np.full(size, -1, dtype=np.int64)
    for row in range(indptr.size - 1):
        for j in range(indptr[row], indptr[row + 1]):
            if last_seen[indices[j]] == row:
                return True
            last_seen[indices[j]] = row
    return False


@compiled
def add_block(
    values: Array, rows: Array, groups: Array, seen: Array, mean: Array, m2: Array, positive: Array
) -> None:
    """Add dense `rows`, sorted by group; `seen` is the number of cells added so far, by group."""
    n_genes = values.shape[1]
    first = 0
    while first < rows.size:
        group = groups[first]
        last = first
        while last < rows.size and groups[last] == group:
            last += 1
        for start in range(0, n_genes, _GENES_PER_BLOCK):
            stop = min(start + _GENES_PER_BLOCK, n_genes)
            _add_segment(
                values[:, start:stop],
                rows[first:last],
                seen[group],
                mean[group][start:stop],
                m2[group][start:stop],
                positive[group][start:stop],
            )
        seen[group] += last - first
        first = last


@compiled
def _add_segment(values: Array, rows: Array, seen: int, mean: Array, m2: Array, positive: Array) -> None:
    for k in range(rows.size):
        x_row = values[rows[k]]
        share = 1.0 / (seen + k + 1)
        for i in range(mean.size):
            x = np.float64(x_row[i])
            delta = x - mean[i]
            moved = mean[i] + delta * share
            mean[i] = moved
            m2[i] += delta * (x - moved)
            positive[i] += x > 0.0


@compiled
def add_columns(
    indptr: Array,
    indices: Array,
    data: Array,
    genes: tuple[int, int, int],
    codes: Array,
    sizes: Array,
    mean: Array,
    m2: Array,
    positive: Array,
) -> tuple[int, np.bool_]:
    """Write the moments of whole CSC columns; return a status and whether cells stood in order.

    `genes` holds the first column here, the last + 1, and the column of the result where `indptr` starts;
    `codes` the group of each cell, -1 for none; `sizes` the number of cells of each group.
    """
    ordered: np.bool_ = np.bool_(True)
    n_groups = sizes.size
    means, m2s = np.empty((2, _COLUMNS_PER_BLOCK, n_groups))
    counts, above = np.empty((2, _COLUMNS_PER_BLOCK, n_groups), dtype=np.int32)
    for start in range(genes[0], genes[1], _COLUMNS_PER_BLOCK):
        stop = min(start + _COLUMNS_PER_BLOCK, genes[1])
        means[:], m2s[:], counts[:], above[:] = 0.0, 0.0, 0, 0
        for column in range(start, stop):
            c = column - start
            mean_row, m2_row, count_row, above_row = means[c], m2s[c], counts[c], above[c]
            previous = np.int64(-1)
            for j in range(indptr[column], indptr[column + 1]):
                cell = np.int64(indices[j])
                ordered &= cell > previous
                previous = cell
                if cell < 0 or cell >= codes.size:
                    return OUT_OF_RANGE, ordered
                group = codes[cell]
                x = np.float64(data[j])
                if group >= 0 and x != 0.0:
                    i = np.uint64(group)
                    n = count_row[i] + 1
                    count_row[i] = n
                    delta = x - mean_row[i]
                    moved = mean_row[i] + delta / n
                    mean_row[i] = moved
                    m2_row[i] += delta * (x - moved)
                    above_row[i] += x > 0.0
        for group in range(n_groups):
            for column in range(start, stop):
                c, gene = column - start, column + genes[2]
                n, total = np.float64(counts[c, group]), np.float64(sizes[group])
                value = means[c, group]
                mean[group, gene] = value * (n / total)
                m2[group, gene] = m2s[c, group] + value * value * (n * (total - n) / total)
                positive[group, gene] = above[c, group]
    return FINE, ordered


@compiled
def finish(groups: tuple[int, int], sizes: Array, count: Array, mean: Array, m2: Array) -> None:
    """Merge the zeros of groups `groups[0]` to `groups[1]` - 1 into the moments of their non-zero values."""
    for group in range(groups[0], groups[1]):
        total = np.float64(sizes[group])
        mean_row, m2_row, count_row = mean[group], m2[group], count[group]
        for i in range(mean_row.size):
            n = np.float64(count_row[i])
            value = mean_row[i]
            mean_row[i] = value * (n / total)
            m2_row[i] += value * value * (n * (total - n) / total)


def warm() -> None:
    """Compile every loop for the usual types, or load it from the cache: several seconds, once a machine."""
    from perturbdash.statistics.normalise import add_totals, normalise_rows, normalise_values, tabulate

    indptr, rows, groups = np.array([0, 1, 2]), np.arange(2), np.zeros(2, dtype=np.int32)
    sizes = np.array([2])
    mean, m2 = np.zeros((2, 1, 2))
    count = np.zeros((1, 2), dtype=np.int32)
    span = (0, 1)
    for index_type in (np.int32, np.int64):
        indices = np.array([0, 1], dtype=index_type)
        has_duplicates(indptr, indices, 2)
        for data_type in (np.float32, np.float64):
            data = np.ones(2, dtype=data_type)
            add_rows(indptr, indices, data, rows, groups, mean, m2, count)
            count_negative(indptr, indices, data, rows, groups, count)
            add_columns(indptr, indices, data, (0, 2, 0), groups, sizes, mean, m2, count)
    out, table = np.empty(2, dtype=np.float32), np.empty((1, 2), dtype=np.float32)
    tabulate(np.ones(1), span, table)
    for count_type in (np.float32, np.float64, np.int32, np.int64):
        data = np.ones(2, dtype=count_type)
        normalise_rows(indptr, data, np.full(2, np.nan), span, out)
        for index_type in (np.int32, np.int64):
            normalise_values(np.zeros(2, dtype=index_type), data, np.ones(1), table, span, out)
            add_totals(np.zeros(2, dtype=index_type), data, np.ones(1))
    for data_type in (np.float32, np.float64):
        add_block(np.ones((2, 2), dtype=data_type), rows, groups, np.zeros(1, np.int64), mean, m2, count)
    finish(span, sizes, count, mean, m2)
