"""Which tests are significant, from the few p-values that can be."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from perturbdash.statistics.pvalues import benjamini_hochberg, p_of, two_sided_p
from perturbdash.statistics.rowwise import compiled, for_row_blocks

_ROUNDING = 1e-6


def significant(t: Tensor, df: Tensor, level: float) -> Tensor:
    """Return where the adjusted p-value of t lies below a level, without the p-values of what cannot.

    A p below the level needs a t beyond the normal quantile, since every t distribution has heavier tails.

    Parameters
    ----------
    t, df
        ``(n_conditions, n_genes)``, float64; NaN is not significant and does not count as a gene.
    level
        Between 0 and 1.

    Examples
    --------
    >>> t = torch.tensor([[9.0, 0.5, 3.0, torch.nan]], dtype=torch.float64)
    >>> significant(t, torch.full_like(t, 20.0), 0.05).tolist()
    [[True, False, True, False]]
    """
    if t.device.type == "cpu":
        return _significant_compiled(t, df, level)
    return benjamini_hochberg(two_sided_p(t, df)) < level


def _significant_compiled(t: Tensor, df: Tensor, level: float) -> Tensor:
    least = NormalDist().inv_cdf(1 - level / 2) * (1 - _ROUNDING)
    values, degrees = (x.contiguous().numpy() for x in (t, df))
    found = np.zeros(values.shape, dtype=np.bool_)

    def work(block: slice) -> None:
        n, row, gene = _beyond(values[block], least)
        p = np.empty(len(row))
        p_of(values[block][row, gene], degrees[block][row, gene], p)
        order = np.lexsort((p, row))
        _mark(row[order], gene[order], p[order], n, level, found[block])

    for_row_blocks(work, len(values))
    return torch.from_numpy(found)


@compiled
def _beyond(
    t: NDArray[np.float64], least: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Count the tested genes of each row, and list rows and genes of an absolute t above ``least``."""
    n_rows, n_genes = t.shape
    n, entries = np.zeros(n_rows, np.int64), 0
    row, gene = np.empty(t.size, np.int64), np.empty(t.size, np.int64)
    for i in range(n_rows):
        values = t[i]
        for j in range(n_genes):
            n[i] += values[j] == values[j]
            row[entries], gene[entries] = i, j
            entries += abs(values[j]) > least
            if entries == t.size:
                return n, row, gene
    return n, row[:entries], gene[:entries]


@compiled
def _mark(
    row: NDArray[np.int64],
    gene: NDArray[np.int64],
    p: NDArray[np.float64],
    n: NDArray[np.int64],
    level: float,
    found: NDArray[np.bool_],
) -> None:
    """Mark the genes up to the last of their row whose scaled p lies below the level; entries sorted by p."""
    start = 0
    for i in range(len(n)):
        stop = start
        while stop < len(row) and row[stop] == i:
            stop += 1
        below = False
        for entry in range(stop - 1, start - 1, -1):
            below = below or p[entry] * n[i] / (entry - start + 1) < level
            found[i, gene[entry]] = below
        start = stop
