"""Shifts in single precision, their norms and their city-block distances, compiled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perturbdash.metrics.kernels.columns import NEGLIGIBLE
from perturbdash.metrics.kernels.sums_compiled import summing
from perturbdash.statistics.rowwise import compiled

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Singles = NDArray[np.float32]
Index = NDArray[np.int64]

# Rows of a table of norms: squares over free genes and over all, sums of absolute values over free genes; bounds
# that grow with the errors of each of them; and what turns products into cosines, 0 for a zero shift.
FREE, ALL, CITY, FREE_REACH, ALL_REACH, CITY_REACH, INVERSE, ANGLE_REACH = range(8)
N_NORMS = 8

GENES_A_PASS = 8
GENES_A_PRODUCT = 1024
"""Products over more genes are sums of products over so many: a sum errs by as many roundings as it has terms."""
_OTHERS_A_TILE = 512
UNIT = 2.0**-24
"""What rounding to single precision takes at most, as a share."""
_TINY, _HUGE = 1e-20, 1e20
UNDERFLOW = 1e-30
"""More than single precision loses in numbers too small for it."""


@summing
def _norms(
    y: Vector, reference: Vector, free: Vector, shift: Singles
) -> tuple[float, float, float, float, float]:
    """Write a shift, and sum its squares and those of its profile, over free genes and the others, and its sizes."""
    of_free = of_others = city = profile_free = profile_others = 0.0
    for g in range(len(y)):
        move = y[g] - reference[g]
        shift[g] = move
        of_free += free[g] * (move * move)
        of_others += (1.0 - free[g]) * (move * move)
        city += free[g] * abs(move)
        profile_free += free[g] * (y[g] * y[g])
        profile_others += (1.0 - free[g]) * (y[g] * y[g])
    return of_free, of_others, city, profile_free, profile_others


@compiled
def shifts_and_norms(
    rows: Matrix, reference: Vector, free: Vector, order: Index, shifts: Singles, norms: Matrix
) -> None:
    """Write shifts in single precision with their genes in this order, the number of genes for none, and norms."""
    n_genes = len(reference)
    shift = np.zeros(n_genes + 1, np.float32)
    for i in range(len(rows)):
        of_free, of_others, city, profile_free, profile_others = _norms(rows[i], reference, free, shift)
        out = shifts[i]
        for j in range(len(order)):
            out[j] = shift[order[j]]
        norms[FREE, i], norms[ALL, i], norms[CITY, i] = of_free, of_free + of_others, city
        norms[FREE_REACH, i] = _reach(of_free, profile_free)
        norms[ALL_REACH, i] = _reach(of_free + of_others, profile_free + profile_others)
        norms[CITY_REACH, i] = UNDERFLOW + 4 * UNIT * city + 1e-14 * np.sqrt(n_genes * profile_free)
        if city > _HUGE:
            norms[CITY_REACH, i] = np.inf
        ordinary = _TINY < of_free < _HUGE
        norms[INVERSE, i] = 1.0 / np.sqrt(of_free) if ordinary else np.nan
        if of_free <= NEGLIGIBLE**2 * profile_free:
            norms[INVERSE, i] = 0.0
        norms[ANGLE_REACH, i] = norms[INVERSE, i] * norms[FREE_REACH, i]


@compiled
def _reach(squares: float, profile: float) -> float:
    """Norm of a shift for a bound of errors: what the rounding of its profile leaves in it counts too."""
    return np.inf if squares > _HUGE else np.sqrt(squares) + NEGLIGIBLE * np.sqrt(profile)


@compiled
def _add_eight(rows: Singles, x: Singles, left: int, right: int, distance: Singles) -> None:
    # One-dimensional views: indexing rows of a matrix here costs several times more.
    x0, x1, x2, x3 = x[0, left:right], x[1, left:right], x[2, left:right], x[3, left:right]
    x4, x5, x6, x7 = x[4, left:right], x[5, left:right], x[6, left:right], x[7, left:right]
    for i in range(len(rows)):
        y, out = rows[i], distance[i, left:right]
        y0, y1, y2, y3, y4, y5, y6, y7 = y[0], y[1], y[2], y[3], y[4], y[5], y[6], y[7]
        for j in range(len(out)):
            first = (abs(y0 - x0[j]) + abs(y1 - x1[j])) + (abs(y2 - x2[j]) + abs(y3 - x3[j]))
            second = (abs(y4 - x4[j]) + abs(y5 - x5[j])) + (abs(y6 - x6[j]) + abs(y7 - x7[j]))
            out[j] += first + second


@compiled
def city_block(rows: Singles, others: Singles, n_genes: int, distance: Singles) -> None:
    """Add city-block distances over the first genes, a multiple of eight; ``others`` has a row for each gene."""
    n_others = others.shape[1]
    for left in range(0, n_others, _OTHERS_A_TILE):
        right = min(left + _OTHERS_A_TILE, n_others)
        for g in range(0, n_genes, GENES_A_PASS):
            _add_eight(rows[:, g : g + GENES_A_PASS], others[g : g + GENES_A_PASS], left, right, distance)
