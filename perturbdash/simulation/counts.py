"""Counts of a gene in cells: negative binomial draws, and what their log1p is on average."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perturbdash.simulation.settings import SimulationSettings

Floats = NDArray[np.float64]

PER = 10_000.0
DEPTH_NODES = 11
GRID = 96
TAIL = 1e-12
EXACT = 400
BINS = 200


def dispersion(fraction: Floats, settings: SimulationSettings) -> Floats:
    """Return the negative binomial dispersion of genes by their share of a cell; variance is m + dispersion·m²."""
    result: Floats = settings.dispersion * (1 + 1 / (PER * fraction))
    return result


def draw_totals(n: int, settings: SimulationSettings, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the totals of ``n`` cells: lognormal whole numbers with the mean of the settings."""
    spread = settings.depth_spread
    logs = np.log(settings.depth) - spread**2 / 2 + spread * rng.standard_normal(n)
    totals: NDArray[np.int64] = np.maximum(1, np.rint(np.exp(logs))).astype(np.int64)
    return totals


def draw_counts(
    fraction: Floats, totals: NDArray[np.int64], settings: SimulationSettings, rng: np.random.Generator
) -> NDArray[np.int32]:
    """Return counts of the cells of one condition.

    Parameters
    ----------
    fraction
        ``(n_genes,)`` each gene's share of a cell.
    totals
        ``(n_cells,)``.

    Returns
    -------
    NDArray
        ``(n_cells, n_genes)``, gamma-Poisson.
    """
    means = totals[:, None] * fraction[None, :]
    phi = dispersion(fraction, settings)
    if settings.dispersion > 0:
        means = means * rng.gamma(1 / phi, phi, size=means.shape)
    return rng.poisson(means).astype(np.int32)


def expected_log1p(fraction: Floats, settings: SimulationSettings) -> Floats:
    """Return the expectation of ln(1 + 10,000 · count / total) over cells, for genes with these shares of a cell.

    The sum over counts and the Gauss-Hermite sum over totals are taken on a grid of shares and interpolated by a
    cubic spline, since with a dispersion that follows from the mean nothing else matters.

    Parameters
    ----------
    fraction
        Any shape, above 0.

    Returns
    -------
    NDArray
        The same shape, log1p of counts per 10,000.
    """
    from scipy.interpolate import CubicSpline

    logs = np.log(fraction)
    low, high = float(logs.min()) - 1e-6, float(logs.max()) + 1e-6
    grid = np.linspace(low, high, GRID)
    table = np.array([_expected_at(np.exp(value), settings) for value in grid])
    result: Floats = CubicSpline(grid, table)(logs)
    return result


def _expected_at(fraction: float, settings: SimulationSettings) -> float:
    """Return the expectation for one share of a cell; counts above ``EXACT`` are taken together in narrow bins."""
    from scipy import stats

    nodes, weights = np.polynomial.hermite_e.hermegauss(DEPTH_NODES)
    spread = settings.depth_spread
    totals = np.exp(np.log(settings.depth) - spread**2 / 2 + spread * nodes)
    means = totals * fraction
    phi = float(dispersion(np.array(fraction), settings))
    law = stats.nbinom(1 / phi, 1 / (1 + phi * means)) if phi > 0 else stats.poisson(means)
    highest = int(np.max(law.isf(TAIL))) + 1
    k = np.arange(1, min(highest, EXACT) + 1)[:, None]
    expected = (law.pmf(k) * np.log1p(PER * k / totals)).sum(0)
    if highest > EXACT:
        edges = np.unique(np.geomspace(EXACT, highest, BINS).astype(np.int64))[:, None]
        middle = (edges[:-1] + 1 + edges[1:]) / 2
        expected += (-np.diff(law.sf(edges), axis=0) * np.log1p(PER * middle / totals)).sum(0)
    return float(expected @ (weights / weights.sum()))
