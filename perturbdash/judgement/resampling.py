"""Intervals and tests over perturbations: BCa bootstrap, Wilson, Holm; paired tests are taken from ``paired``.

Values are ``(n_units, n_columns)`` or ``(n_units, n_columns, n_contexts)``: a unit is a perturbation in all
its contexts together, units are sorted by name, NaN is undefined. The statistic of a column is the mean over
contexts of the mean over units; a context without values is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from perturbdash.judgement.bootstrap import bca, bootstrap
from perturbdash.judgement.paired import detectable_difference, sign_flip
from perturbdash.judgement.units import (
    Blocks,
    Counts,
    Floats,
    defined_units,
    distinct_columns,
    drawables,
    with_contexts,
)

__all__ = ["Intervals", "bca_mean", "bca_ratio", "detectable_difference", "holm", "sign_flip", "wilson"]

N_RESAMPLES = 10_000
LEVEL = 0.95
APPROXIMATE_BELOW = 20
COLUMNS_AT_ONCE = 1024


@dataclass(frozen=True)
class Intervals:
    """A statistic of each column with its interval; arrays ``(n_columns,)``.

    Parameters
    ----------
    mean
        The statistic, NaN where nothing is defined.
    low, high
        Ends of the interval, NaN below 2 units.
    n
        Number of perturbations with a value in some context.
    approximate
        Fewer than 20 units were resampled.
    """

    mean: Floats
    low: Floats
    high: Floats
    n: Counts
    approximate: NDArray[np.bool_]


def bca_mean(
    values: Floats,
    *,
    seed: int,
    n_resamples: int = N_RESAMPLES,
    level: float = LEVEL,
    blocks: Blocks | None = None,
) -> Intervals:
    """Return the mean of each column with its BCa bootstrap interval over perturbations.

    Source: Efron 1987, 10.1080/01621459.1987.10478410.

    Parameters
    ----------
    values
        ``(n_units, n_columns)`` or ``(n_units, n_columns, n_contexts)``.
    seed
        The result of a column follows from it and the column alone.
    level
        Probability that the interval shall hold.
    blocks
        ``(n_units,)`` codes; perturbations of one code are drawn together.

    Examples
    --------
    >>> intervals = bca_mean(np.arange(30.0)[:, None], seed=0)
    >>> intervals.mean, intervals.low.round(), intervals.high.round()
    (array([14.5]), array([11.]), array([18.]))
    """
    return _intervals(
        (with_contexts(values),), seed=seed, n_resamples=n_resamples, level=level, blocks=blocks
    )


def bca_ratio(
    numerator: Floats,
    denominator: Floats,
    *,
    seed: int,
    n_resamples: int = N_RESAMPLES,
    level: float = LEVEL,
    blocks: Blocks | None = None,
) -> Intervals:
    """Return the ratio of two means with its BCa interval, both means over what is defined in both.

    Parameters
    ----------
    numerator, denominator
        ``(n_units, n_columns)`` or ``(n_units, n_columns, n_contexts)``, paired.
    seed, n_resamples, level, blocks
        As in ``bca_mean``.
    """
    above, below = with_contexts(numerator), with_contexts(denominator)
    either = np.isnan(above) | np.isnan(below)
    pair = (np.where(either, np.nan, above), np.where(either, np.nan, below))
    return _intervals(pair, seed=seed, n_resamples=n_resamples, level=level, blocks=blocks)


def _intervals(
    arrays: tuple[Floats, ...], *, seed: int, n_resamples: int, level: float, blocks: Blocks | None
) -> Intervals:
    first, which = distinct_columns(arrays)
    mean, low, high = (np.full(len(first), np.nan) for _ in range(3))
    approximate = np.ones(len(first), dtype=bool)
    for start in range(0, len(first), COLUMNS_AT_ONCE):
        part = [values[:, first[start : start + COLUMNS_AT_ONCE]] for values in arrays]
        for drawable in drawables(part, blocks):
            columns = drawable.columns + start
            if drawable.n_units == 0:
                continue
            approximate[columns] = drawable.n_units < APPROXIMATE_BELOW
            mean[columns] = _ratio(drawable.statistics())
            if drawable.n_units > 1:
                drawn = _ratio(bootstrap(drawable, seed=seed, n_resamples=n_resamples))
                ends = bca(drawn, mean[columns], _ratio(drawable.without_each()), level=level)
                low[columns], high[columns] = ends
    n = defined_units(arrays[0])
    return Intervals(mean[which], low[which], high[which], n, approximate[which])


def _ratio(statistics: list[Floats]) -> Floats:
    """Return the statistic itself, or the first of two divided by the second."""
    if len(statistics) == 1:
        return statistics[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: Floats = statistics[0] / statistics[1]
    return ratio


def wilson(successes: ArrayLike, n: ArrayLike, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Return the ends of the score interval of a share, NaN where n is 0.

    Source: Wilson 1927, 10.1080/01621459.1927.10502953.

    Parameters
    ----------
    successes
        Number of successes; ties may count one half.
    n
        Number of trials.

    Examples
    --------
    >>> [round(float(end), 3) for end in wilson(8, 10)]
    [0.49, 0.943]
    """
    successes, n = np.asarray(successes, dtype=np.float64), np.asarray(n, dtype=np.float64)
    z = ndtri((1 + level) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = successes / n
        centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)


def holm(p: ArrayLike) -> Floats:
    """Adjust p-values for their number, step down; NaN stays and does not count.

    Source: Holm 1979, Scandinavian Journal of Statistics 6, 65–70.

    Parameters
    ----------
    p
        ``(n_tests,)``.

    Examples
    --------
    >>> holm([0.01, np.nan, 0.04, 0.03])
    array([0.03,  nan, 0.06, 0.06])
    """
    p = np.asarray(p, dtype=np.float64)
    adjusted = np.full(p.shape, np.nan)
    tested = np.flatnonzero(~np.isnan(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    steps = p[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return adjusted
