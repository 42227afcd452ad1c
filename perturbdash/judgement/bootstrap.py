"""Bootstrap of statistics over perturbations, and the BCa interval that is read from it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from perturbdash.judgement.draws import DRAWS_AT_ONCE, times_drawn
from perturbdash.judgement.units import Drawable, Floats

VALUES_IN_A_BLOCK = 1_000_000
"""The allocator hands arrays of this size out again; much larger ones are new pages each time."""
COLUMNS_IN_A_BLOCK = 32
SAME = 1e-12


def product(left: Floats, right: Floats) -> Floats:
    """Multiply matrices by torch: on a busy machine its threads wait quietly, those of numpy's library spin."""
    import torch

    found: Floats = (torch.from_numpy(left) @ torch.from_numpy(right)).numpy()
    return found


def bootstrap(drawable: Drawable, *, seed: int, n_resamples: int) -> list[Floats]:
    """Draw units with replacement and return each statistic, ``(n_columns, n_resamples)``."""
    n_columns, n_contexts, n = drawable.counts.shape
    patterns, pattern_of = _patterns(drawable.counts)
    flat = [sums.reshape(-1, n) for sums in drawable.sums]
    drawn = [np.empty((n_columns, n_resamples)) for _ in flat]
    size = min(DRAWS_AT_ONCE // n, VALUES_IN_A_BLOCK // (n_columns * n_contexts))
    stop = 0
    for times in times_drawn(seed, n, n_resamples, at_once=max(1, size)):
        start, stop = stop, stop + times.shape[1]
        counts = product(patterns.reshape(-1, n), times).reshape(len(patterns), n_contexts, -1)
        weights = _weights(counts) if len(patterns) == 1 else _weights(counts)[pattern_of]
        for sums, out in zip(flat, drawn, strict=True):
            totals = product(sums, times).reshape(n_columns, n_contexts, -1)
            totals *= weights
            totals.sum(1, out=out[:, start:stop])
    return drawn


def _patterns(counts: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """Distinct counts over contexts and units, and which of them each column has."""
    if (counts == counts[:1]).all():
        return counts[:1], np.zeros(len(counts), dtype=np.intp)
    patterns, inverse = np.unique(counts, axis=0, return_inverse=True)
    return patterns, inverse.ravel()


def _weights(counts: Floats) -> Floats:
    """Weigh each sum in the mean over contexts, the second axis: nothing where no value is behind it."""
    present = counts > 0
    shares = counts * present.sum(1, keepdims=True)
    weights: Floats = np.divide(1.0, shares, out=np.zeros_like(shares), where=present)
    return weights


def bca(drawn: Floats, value: Floats, without_each: Floats, *, level: float) -> tuple[Floats, Floats]:
    """Return the ends of the bias-corrected and accelerated interval of each row.

    Source: Efron 1987, 10.1080/01621459.1987.10478410.

    Parameters
    ----------
    drawn
        ``(n_columns, n_resamples)`` bootstrap distribution; its rows are sorted in place.
    value
        ``(n_columns,)`` the statistic itself.
    without_each
        ``(n_columns, n_units)`` the statistic without each unit in turn.
    level
        Probability that the interval shall hold.

    Returns
    -------
    ``(n_columns,)`` low and high; both are the value where every resample gives the same.
    """
    acceleration = _acceleration(without_each)
    low, high = np.empty_like(value), np.empty_like(value)
    for start in range(0, len(drawn), COLUMNS_IN_A_BLOCK):
        block = slice(start, start + COLUMNS_IN_A_BLOCK)
        low[block], high[block] = _ends(drawn[block], value[block], acceleration[block], level)
    return low, high


def _ends(drawn: Floats, value: Floats, acceleration: Floats, level: float) -> tuple[Floats, Floats]:
    n_resamples = drawn.shape[1]
    drawn.sort(axis=1)
    tolerance = SAME * np.maximum.reduce([-drawn[:, 0], drawn[:, -1], np.abs(value)])
    below = (drawn < (value - tolerance)[:, None]).sum(1)
    above = (drawn > (value + tolerance)[:, None]).sum(1)
    share = (below + 0.5 * (n_resamples - below - above)) / n_resamples
    bias = ndtri(np.clip(share, 0.5 / n_resamples, 1 - 0.5 / n_resamples))
    ends = []
    for tail in ((1 - level) / 2, (1 + level) / 2):
        z = bias + ndtri(tail)
        stretch = 1 - acceleration * z
        with np.errstate(divide="ignore"):
            corrected = np.where(stretch > 0, bias + z / stretch, np.copysign(np.inf, z))
        ends.append(_quantile(drawn, ndtr(corrected)))
    same = drawn[:, -1] - drawn[:, 0] <= tolerance
    return np.where(same, value, ends[0]), np.where(same, value, ends[1])


def _acceleration(without_each: Floats) -> Floats:
    """Skewness of the jackknife, a sixth of it over the root of the number of units."""
    deviation = without_each.mean(1, keepdims=True) - without_each
    squares = (deviation**2).sum(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        acceleration = (deviation**3).sum(1) / (6 * squares**1.5)
    return np.where(squares > 0, acceleration, 0.0)


def _quantile(ordered: Floats, share: Floats) -> Floats:
    """Linear quantile of each sorted row at its own share."""
    last = ordered.shape[1] - 1
    place = share * last
    low = np.floor(place).astype(np.intp)
    high = np.minimum(low + 1, last)
    rows = np.arange(len(ordered))
    first, second = ordered[rows, low], ordered[rows, high]
    weight = place - low
    with np.errstate(invalid="ignore"):
        between: Floats = first + weight * (second - first)
    return np.where(weight == 0, first, between)
