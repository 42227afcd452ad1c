"""Which observed profiles lie nearer to a prediction than its own, compiled.

All pairs are measured in single precision. Whoever is nearer or farther by more than that can err by is
counted at once; the few that remain are measured again gene by gene in double precision, so that every count
is that of exact distances.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from perturbdash.metrics.kernels.shifts_compiled import (
    ALL,
    ALL_REACH,
    ANGLE_REACH,
    CITY_REACH,
    FREE,
    FREE_REACH,
    GENES_A_PASS,
    GENES_A_PRODUCT,
    INVERSE,
    UNDERFLOW,
    UNIT,
)
from perturbdash.metrics.kernels.sums_compiled import summing
from perturbdash.statistics.rowwise import compiled

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Singles = NDArray[np.float32]
Index = NDArray[np.int64]

TIE = 1e-12
"""Two distances that differ by a smaller share are equal: their rounding differs."""

# What is measured, and over which genes.
SQUARES, CITY_BLOCK, ANGLE, ALL_SQUARES = range(4)


class Predicted(NamedTuple):
    """Distinct predicted profiles, those of them that are measured now, and who gets them.

    Parameters
    ----------
    rows
        ``(n_rows, n_genes)``.
    norms
        ``(N_NORMS, n_now)`` of the rows from ``first`` on.
    first
        The first row that is measured now.
    member_start, members
        Perturbations by row.
    """

    rows: Matrix
    norms: Matrix
    first: int
    member_start: Index
    members: Index


class Observed(NamedTuple):
    """Observed profiles, and what is compared.

    Parameters
    ----------
    profiles, norms, reference
        ``(n_perturbations, n_genes)``, ``(N_NORMS, n_perturbations)`` and ``(n_genes,)``.
    free
        ``(n_genes,)``: 1 for a gene that nobody targets, else 0.
    chosen
        ``(n_perturbations,)``: who is a candidate.
    dropped_start, dropped
        Genes that each perturbation leaves out where all genes count.
    """

    profiles: Matrix
    norms: Matrix
    reference: Vector
    free: Vector
    chosen: NDArray[np.bool_]
    dropped_start: Index
    dropped: Index


@summing
def _squares(y: Vector, x: Vector, keep: Vector) -> float:
    total = 0.0
    for g in range(len(y)):
        difference = y[g] - x[g]
        total += keep[g] * difference * difference
    return total


@summing
def _city(y: Vector, x: Vector, keep: Vector) -> float:
    total = 0.0
    for g in range(len(y)):
        total += keep[g] * abs(y[g] - x[g])
    return total


@summing
def _product(y: Vector, x: Vector, c: Vector, keep: Vector) -> float:
    total = 0.0
    for g in range(len(y)):
        total += keep[g] * (y[g] - c[g]) * (x[g] - c[g])
    return total


@compiled
def _measure(kind: int, y: Vector, y_norms: Vector, observed: Observed, q: int, keep: Vector) -> float:
    x = observed.profiles[q]
    if kind == CITY_BLOCK:
        return _city(y, x, keep)
    if kind != ANGLE:
        return _squares(y, x, keep)
    if y_norms[INVERSE] == 0.0 or observed.norms[INVERSE, q] == 0.0:
        return 1.0
    norm = np.sqrt(y_norms[FREE]) * np.sqrt(observed.norms[FREE, q])
    return 1.0 - _product(y, x, observed.reference, keep) / float(norm)


@compiled
def _ties(kind: int, other: float, own: float) -> bool:
    # Angles come from products, whose rounding is absolute.
    scale = 1.0 if kind == ANGLE else max(other, own)
    return abs(other - own) <= TIE * scale


@compiled
def _approximate(
    kind: int, row: Singles, y: Vector, norms: Matrix, n_genes: int, value: Vector, margin: Vector
) -> None:
    """Write what single precision gives for one row, and by how much that may be off.

    ``row`` holds products of shifts or city-block distances. What is out of the range of single precision gets
    a margin or a value that decides nothing: infinity or NaN.
    """
    rounding = (min(n_genes, GENES_A_PRODUCT) + n_genes / GENES_A_PRODUCT + 16) * UNIT
    if kind == CITY_BLOCK:
        steps, own, reach = (n_genes / GENES_A_PASS + 16) * UNIT, y[CITY_REACH], norms[CITY_REACH]
        for q in range(len(row)):
            value[q] = row[q]
            margin[q] = steps * value[q] + own + reach[q]
    elif kind == ANGLE:
        inverse, others, own, reach = y[INVERSE], norms[INVERSE], y[ANGLE_REACH], norms[ANGLE_REACH]
        for q in range(len(row)):
            value[q] = 1.0 - row[q] * inverse * others[q]
            margin[q] = rounding * own * reach[q] + 4 * TIE
    else:
        size = ALL if kind == ALL_SQUARES else FREE
        own, own_reach = y[size], y[ALL_REACH if kind == ALL_SQUARES else FREE_REACH]
        squares, reach = norms[size], norms[ALL_REACH if kind == ALL_SQUARES else FREE_REACH]
        for q in range(len(row)):
            both = own + squares[q]
            value[q] = both - 2.0 * row[q]
            margin[q] = 2 * rounding * own_reach * reach[q] + 1e-10 * both
            margin[q] += UNDERFLOW * (1 + own_reach) * (1 + reach[q])


@compiled
def _settle(
    kind: int,
    p: int,
    own: float,
    value: Vector,
    margin: Vector,
    y: Vector,
    y_norms: Vector,
    observed: Observed,
    keep: Vector,
) -> tuple[int, int]:
    """Count who is nearer than ``own`` and who as near, measuring exactly whom the margins leave in doubt."""
    chosen = observed.chosen
    nearer = tied = clear = others = 0
    slack = 2 * TIE * own
    value[p] = np.nan
    for q in range(len(value)):
        gap, bound = value[q] - own, margin[q] + slack
        near, far = chosen[q] & (gap < -bound), chosen[q] & (gap > bound)
        nearer += near
        clear += near | far
        others += chosen[q]
    if clear < others - chosen[p]:
        for q in range(len(value)):
            gap, bound = value[q] - own, margin[q] + slack
            if q == p or not chosen[q] or gap < -bound or gap > bound:
                continue
            other = _measure(kind, y, y_norms, observed, q, keep)
            if _ties(kind, other, own):
                tied += 1
            elif other < own:
                nearer += 1
    return nearer, tied


@compiled
def _leave_out(y: Vector, observed: Observed, p: int, value: Vector, keep: Vector) -> None:
    """Take the dropped genes of a perturbation out of approximate squares, and out of what exact ones keep."""
    for entry in range(observed.dropped_start[p], observed.dropped_start[p + 1]):
        g = observed.dropped[entry]
        keep[g] = 0.0
        for q in range(len(value)):
            difference = y[g] - observed.profiles[q, g]
            value[q] -= difference * difference


@compiled
def _put_back(observed: Observed, p: int, keep: Vector) -> None:
    for entry in range(observed.dropped_start[p], observed.dropped_start[p + 1]):
        keep[observed.dropped[entry]] = 1.0


@compiled
def count_nearer(
    kind: int,
    approximations: Singles,
    predicted: Predicted,
    observed: Observed,
    own: Vector,
    counts: Index,
    start: int,
    stop: int,
) -> None:
    """Count, for all who get the rows start to stop, the other candidates that are nearer and as near.

    Parameters
    ----------
    approximations
        ``(n_now, n_perturbations)``, products of shifts or city-block distances.
    own
        ``(n_perturbations,)``, exact distances to the own truths where they are known, else NaN.
    counts
        ``(n_perturbations, 2)``.
    """
    n, n_genes = observed.profiles.shape
    value, margin, moved = np.empty(n), np.empty(n), np.empty(n)
    everything = kind == ALL_SQUARES
    keep = np.ones(n_genes) if everything else observed.free
    for r in range(start, stop):
        here = r - predicted.first
        y, y_norms = predicted.rows[r], predicted.norms[:, here].copy()
        first, last = predicted.member_start[r], predicted.member_start[r + 1]
        if first < last:
            _approximate(kind, approximations[here], y_norms, observed.norms, n_genes, value, margin)
        for place in range(first, last):
            p = predicted.members[place]
            if kind == ANGLE and y_norms[INVERSE] == 0.0:
                counts[p, 0], counts[p, 1] = 0, observed.chosen.sum() - observed.chosen[p]
                continue
            moved[:] = value
            if everything:
                _leave_out(y, observed, p, moved, keep)
            exact = _measure(kind, y, y_norms, observed, p, keep) if np.isnan(own[p]) else own[p]
            counts[p, 0], counts[p, 1] = _settle(kind, p, exact, moved, margin, y, y_norms, observed, keep)
            if everything:
                _put_back(observed, p, keep)


@compiled
def count_farther(
    products: Singles,
    predicted: Predicted,
    observed: Observed,
    own: Vector,
    farther: Vector,
    start: int,
    stop: int,
) -> None:
    """Add, for each truth, how many predictions lie farther than its own, for the rows start to stop.

    A row counts as often as it is predicted, and half at a tie. Squares over all genes but the truth's dropped
    ones; ``own`` holds those of each perturbation's own prediction.
    """
    n, n_genes = observed.profiles.shape
    value, margin, keep = np.empty(n), np.empty(n), np.ones(n_genes)
    dropped_start, dropped, profiles = observed.dropped_start, observed.dropped, observed.profiles
    for r in range(start, stop):
        copies = float(predicted.member_start[r + 1] - predicted.member_start[r])
        if copies == 0:
            continue
        here, y = r - predicted.first, predicted.rows[r]
        y_norms = predicted.norms[:, here].copy()
        _approximate(ALL_SQUARES, products[here], y_norms, observed.norms, n_genes, value, margin)
        for p in range(n):
            gap, bound = value[p] - own[p], margin[p] + 2 * TIE * own[p]
            for entry in range(dropped_start[p], dropped_start[p + 1]):
                gap -= (y[dropped[entry]] - profiles[p, dropped[entry]]) ** 2
            if gap > bound:
                farther[p] += copies
            elif not gap < -bound and own[p] == own[p]:
                cuts = dropped[dropped_start[p] : dropped_start[p + 1]]
                keep[cuts] = 0.0
                other = _squares(y, profiles[p], keep)
                keep[cuts] = 1.0
                if _ties(ALL_SQUARES, other, own[p]):
                    farther[p] += 0.5 * copies
                elif other > own[p]:
                    farther[p] += copies
