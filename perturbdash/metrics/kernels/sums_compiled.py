"""Sums over genes, compiled: one pass for the means, one for what is measured about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from perturbdash.metrics.kernels.columns import (
    ABSOLUTE,
    CENTROID,
    CONTROL,
    NONE,
    NORM,
    ROUNDING,
    SAME_SIGN,
    SQUARED,
    TOTAL,
)
from perturbdash.statistics.rowwise import compiled

Function = TypeVar("Function", bound=Callable[..., Any])
Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Index = NDArray[np.int64]

# Sums may be reordered into vector lanes; NaN and infinities keep their meaning.
_REORDER = {"reassoc", "contract", "nsz", "arcp"}

# Places of the first and second pass's sums over a stretch of genes.
_Y, _X, _C, _M, _YY, _W, _WY, _WX, _WC, _WM, _WYY = range(11)
_SQ, _AB, _WSQ, _P0, _Q0, _P1, _Q1, _P2, _Q2, _WP1, _WQ1, _WP2, _WQ2 = range(13)


def summing(function: Function) -> Function:
    """Compile a loop of sums."""
    return compiled(function, fastmath=_REORDER)


@summing
def _first_pass(y: Vector, x: Vector, c: Vector, m: Vector, w: Vector, into: Vector) -> None:
    sy = sx = sc = sm = syy = sw = swy = swx = swc = swm = swyy = 0.0
    for g in range(len(y)):
        sy += y[g]
        sx += x[g]
        sc += c[g]
        sm += m[g]
        syy += y[g] * y[g]
        sw += w[g]
        swy += w[g] * y[g]
        swx += w[g] * x[g]
        swc += w[g] * c[g]
        swm += w[g] * m[g]
        swyy += w[g] * y[g] * y[g]
    into[_Y] += sy
    into[_X] += sx
    into[_C] += sc
    into[_M] += sm
    into[_YY] += syy
    into[_W] += sw
    into[_WY] += swy
    into[_WX] += swx
    into[_WC] += swc
    into[_WM] += swm
    into[_WYY] += swyy


@summing
def _second_pass(
    y: Vector, x: Vector, c: Vector, m: Vector, w: Vector, mean: Vector, wmean: Vector, into: Vector
) -> None:
    y0, x0, y1, x1, y2, x2 = mean[0], mean[1], mean[2], mean[3], mean[4], mean[5]
    wy1, wx1, wy2, wx2 = wmean[2], wmean[3], wmean[4], wmean[5]
    sq = ab = wsq = p0 = q0 = p1 = q1 = p2 = q2 = wp1 = wq1 = wp2 = wq2 = 0.0
    for g in range(len(y)):
        error = y[g] - x[g]
        sq += error * error
        ab += abs(error)
        wsq += w[g] * error * error
        a0 = y[g] - y0
        p0 += a0 * a0
        q0 += a0 * (x[g] - x0)
        yc, xc = y[g] - c[g], x[g] - c[g]
        p1 += (yc - y1) * (yc - y1)
        q1 += (yc - y1) * (xc - x1)
        wp1 += w[g] * (yc - wy1) * (yc - wy1)
        wq1 += w[g] * (yc - wy1) * (xc - wx1)
        ym, xm = y[g] - m[g], x[g] - m[g]
        p2 += (ym - y2) * (ym - y2)
        q2 += (ym - y2) * (xm - x2)
        wp2 += w[g] * (ym - wy2) * (ym - wy2)
        wq2 += w[g] * (ym - wy2) * (xm - wx2)
    into[_SQ] += sq
    into[_AB] += ab
    into[_WSQ] += wsq
    into[_P0] += p0
    into[_Q0] += q0
    into[_P1] += p1
    into[_Q1] += q1
    into[_P2] += p2
    into[_Q2] += q2
    into[_WP1] += wp1
    into[_WQ1] += wq1
    into[_WP2] += wp2
    into[_WQ2] += wq2


@summing
def _means(y: float, x: float, c: float, m: float, total: float) -> Vector:
    mean = np.empty(6)
    mean[0], mean[1] = y / total, x / total
    mean[2], mean[3] = (y - c) / total, (x - c) / total
    mean[4], mean[5] = (y - m) / total, (x - m) / total
    return mean


@summing
def whole(
    rows: Matrix,
    index: Index,
    observed: Matrix,
    control: Vector,
    centroids: Matrix,
    fold: Index,
    weights: Matrix,
    dropped_start: Index,
    dropped: Index,
    plain: Matrix,
    weighted: Matrix,
    start: int,
    stop: int,
) -> None:
    """Sum over all genes but the dropped ones, unweighted and weighted, for perturbations start to stop."""
    n_genes = observed.shape[1]
    for p in range(start, stop):
        if index[p] < 0:
            plain[p, :] = np.nan
            weighted[p, :] = np.nan
            continue
        y, x, m, w = rows[index[p]], observed[p], centroids[fold[p]], weights[p]
        cuts = dropped[dropped_start[p] : dropped_start[p + 1]]
        first, second = np.zeros(11), np.zeros(13)
        left = 0
        for k in range(len(cuts) + 1):
            right = cuts[k] if k < len(cuts) else n_genes
            _first_pass(
                y[left:right], x[left:right], control[left:right], m[left:right], w[left:right], first
            )
            left = right + 1
        total = float(n_genes - len(cuts))
        mean = _means(first[_Y], first[_X], first[_C], first[_M], total)
        wmean = _means(first[_WY], first[_WX], first[_WC], first[_WM], first[_W])
        left = 0
        for k in range(len(cuts) + 1):
            right = cuts[k] if k < len(cuts) else n_genes
            _second_pass(
                y[left:right],
                x[left:right],
                control[left:right],
                m[left:right],
                w[left:right],
                mean,
                wmean,
                second,
            )
            left = right + 1
        out, wout = plain[p], weighted[p]
        out[TOTAL], out[NORM], out[SQUARED], out[ABSOLUTE] = total, first[_YY], second[_SQ], second[_AB]
        wout[TOTAL], wout[NORM], wout[SQUARED] = first[_W], first[_WYY], second[_WSQ]
        out[SAME_SIGN] = wout[SAME_SIGN] = wout[ABSOLUTE] = np.nan
        out[NONE], out[NONE + 1], out[NONE + 2] = mean[0], second[_P0], second[_Q0]
        out[CONTROL], out[CONTROL + 1], out[CONTROL + 2] = mean[2], second[_P1], second[_Q1]
        out[CENTROID], out[CENTROID + 1], out[CENTROID + 2] = mean[4], second[_P2], second[_Q2]
        wout[NONE] = wout[NONE + 1] = wout[NONE + 2] = np.nan
        wout[CONTROL], wout[CONTROL + 1], wout[CONTROL + 2] = wmean[2], second[_WP1], second[_WQ1]
        wout[CENTROID], wout[CENTROID + 1], wout[CENTROID + 2] = wmean[4], second[_WP2], second[_WQ2]


@compiled
def _gather(
    rows_y: Vector, rows_x: Vector, control: Vector, centroid: Vector, genes: Index,
    y: Vector, x: Vector, c: Vector, m: Vector,
) -> None:  # fmt: skip
    for entry in range(len(genes)):
        g = genes[entry]
        y[entry], x[entry], c[entry], m[entry] = rows_y[g], rows_x[g], control[g], centroid[g]


@summing
def listed(
    rows: Matrix,
    index: Index,
    observed: Matrix,
    control: Vector,
    centroids: Matrix,
    fold: Index,
    list_start: Index,
    genes: Index,
    table: Matrix,
    start: int,
    stop: int,
) -> None:
    """Sum over one list of genes for each of the perturbations start to stop."""
    some = np.empty((4, 64))
    for p in range(start, stop):
        out = table[p]
        if index[p] < 0:
            out[:] = np.nan
            continue
        chosen = genes[list_start[p] : list_start[p + 1]]
        n = len(chosen)
        if n > some.shape[1]:
            some = np.empty((4, n))
        y, x, c, m = some[0, :n], some[1, :n], some[2, :n], some[3, :n]
        _gather(rows[index[p]], observed[p], control, centroids[fold[p]], chosen, y, x, c, m)
        sy = sx = sc = sm = norm = squared = absolute = same = 0.0
        for g in range(n):
            error = y[g] - x[g]
            sy += y[g]
            sx += x[g]
            sc += c[g]
            sm += m[g]
            norm += y[g] * y[g]
            squared += error * error
            absolute += abs(error)
            move = y[g] - c[g]
            moves = move * (x[g] - c[g]) > 0 and abs(move) > ROUNDING * abs(y[g])
            same += 1.0 if moves else 0.0
        mean = _means(sy, sx, sc, sm, float(n))
        p0 = q0 = p1 = q1 = p2 = q2 = 0.0
        for g in range(n):
            a, b = y[g] - mean[0], x[g] - mean[1]
            p0 += a * a
            q0 += a * b
            a, b = y[g] - c[g] - mean[2], x[g] - c[g] - mean[3]
            p1 += a * a
            q1 += a * b
            a, b = y[g] - m[g] - mean[4], x[g] - m[g] - mean[5]
            p2 += a * a
            q2 += a * b
        out[TOTAL], out[NORM], out[SQUARED], out[ABSOLUTE] = float(n), norm, squared, absolute
        out[SAME_SIGN] = same
        out[NONE], out[NONE + 1], out[NONE + 2] = mean[0], p0, q0
        out[CONTROL], out[CONTROL + 1], out[CONTROL + 2] = mean[2], p1, q1
        out[CENTROID], out[CENTROID + 1], out[CENTROID + 2] = mean[4], p2, q2
