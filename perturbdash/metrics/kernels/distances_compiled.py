"""Distances between all pairs of profiles, compiled; the others are transposed, a row for each gene."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perturbdash.statistics.rowwise import compiled

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

GENES_A_PASS = 8
# Sums of so many others, for both distances, stay in the first cache beside eight genes of them.
_OTHERS_A_TILE = 512


@compiled
def _add_eight(y: Vector, x: Matrix, left: int, right: int, l1: Vector, l2: Vector) -> None:
    y0, y1, y2, y3, y4, y5, y6, y7 = y[0], y[1], y[2], y[3], y[4], y[5], y[6], y[7]
    # One-dimensional views: indexing rows of a matrix here costs several times more.
    x0, x1, x2, x3 = x[0, left:right], x[1, left:right], x[2, left:right], x[3, left:right]
    x4, x5, x6, x7 = x[4, left:right], x[5, left:right], x[6, left:right], x[7, left:right]
    for j in range(len(l1)):
        d0, d1, d2, d3 = y0 - x0[j], y1 - x1[j], y2 - x2[j], y3 - x3[j]
        d4, d5, d6, d7 = y4 - x4[j], y5 - x5[j], y6 - x6[j], y7 - x7[j]
        l1[j] += ((abs(d0) + abs(d1)) + (abs(d2) + abs(d3))) + ((abs(d4) + abs(d5)) + (abs(d6) + abs(d7)))
        l2[j] += ((d0 * d0 + d1 * d1) + (d2 * d2 + d3 * d3)) + ((d4 * d4 + d5 * d5) + (d6 * d6 + d7 * d7))


@compiled
def pairwise(rows: Matrix, others: Matrix, l1: Matrix, l2: Matrix, start: int, stop: int) -> None:
    """Add city-block and squared Euclidean distances of rows start to stop to ``l1`` and ``l2``.

    ``others`` is ``(n_genes, n_others)``; the number of genes is a multiple of eight.
    """
    n_genes, n_others = others.shape
    for left in range(0, n_others, _OTHERS_A_TILE):
        right = min(left + _OTHERS_A_TILE, n_others)
        for g in range(0, n_genes, GENES_A_PASS):
            x = others[g : g + GENES_A_PASS]
            for i in range(start, stop):
                _add_eight(
                    rows[i, g : g + GENES_A_PASS], x, left, right, l1[i, left:right], l2[i, left:right]
                )


@compiled
def masked_squares(
    rows: Matrix, others: Matrix, keep: NDArray[np.bool_], squares: Matrix, start: int, stop: int
) -> None:
    """Add squared Euclidean distances over the genes that each row keeps; ``others`` as in ``pairwise``."""
    for i in range(start, stop):
        out = squares[i]
        for g in range(others.shape[0]):
            if keep[i, g]:
                y = rows[i, g]
                x = others[g]
                for j in range(len(out)):
                    difference = y - x[j]
                    out[j] += difference * difference
