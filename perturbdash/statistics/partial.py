"""Moments of numbered groups, as parts of the cells give them, and their merge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Partial:
    """What one part of the cells says of the groups that occur in it.

    Attributes
    ----------
    groups
        Numbers of the groups, rising, int32 ``(n_groups,)``.
    n_cells
        Cells of each group, int64 ``(n_groups,)``.
    mean, m2
        Mean and centred second moment in log1p space, float64 ``(n_groups, n_genes)``.
    nnz
        Cells above zero, any integer ``(n_groups, n_genes)``.
    """

    groups: NDArray[np.int32]
    n_cells: NDArray[np.int64]
    mean: NDArray[np.float64]
    m2: NDArray[np.float64]
    nnz: NDArray[Any]


def merge_partials(parts: Sequence[Partial]) -> Partial:
    """Merge what disjoint sets of cells say, over the same genes in the same order.

    Parameters
    ----------
    parts
        At least one.

    Examples
    --------
    >>> def one(group, x):
    ...     row = np.array([[x]])
    ...     return Partial(np.array([group], np.int32), np.array([1]), row, 0 * row, row.astype(np.int32))
    >>> both = merge_partials([one(3, 1.0), one(0, 2.0), one(3, 5.0)])
    >>> both.groups.tolist(), both.mean.ravel().tolist(), both.m2.ravel().tolist()
    ([0, 3], [2.0, 3.0], [0.0, 8.0])
    """
    if len(parts) == 1:
        return parts[0]
    groups = np.unique(np.concatenate([part.groups for part in parts])).astype(np.int32)
    whole = empty(groups, parts[0].mean.shape[1], parts[0].nnz.dtype)
    for part in parts:
        add(whole, part, np.searchsorted(groups, part.groups))
    return whole


def empty(groups: NDArray[np.int32], n_genes: int, count_type: np.dtype[Any]) -> Partial:
    """Return the moments of no cells, to which others are added."""
    mean, m2 = np.zeros((2, len(groups), n_genes))
    n_cells = np.zeros(len(groups), dtype=np.int64)
    return Partial(groups, n_cells, mean, m2, np.zeros(mean.shape, dtype=count_type))


def add(whole: Partial, part: Partial, rows: NDArray[np.intp]) -> None:
    """Add the groups of a part to some rows of a whole, in place.

    The pairwise update of Chan, Golub & LeVeque (1979), Stanford STAN-CS-79-773, in float64.

    Parameters
    ----------
    rows
        The row of each group of the part, no row twice.
    """
    from perturbdash.statistics.merging import merge_rows

    before, added = whole.n_cells[rows], part.n_cells
    after = before + added
    share = added / after
    merge_rows(
        np.asarray(rows, dtype=np.int64),
        share,
        before * share,
        np.ascontiguousarray(part.mean),
        np.ascontiguousarray(part.m2),
        np.ascontiguousarray(part.nnz, dtype=whole.nnz.dtype),
        whole.mean,
        whole.m2,
        whole.nnz,
    )
    whole.n_cells[rows] = after
