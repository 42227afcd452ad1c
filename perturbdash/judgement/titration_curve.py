"""The curve of DRF over cells a perturbation, and what it says beyond the data.

The form follows from signal and noise. Truth and repeat are means of n/2 cells, so each holds a perturbation's own
signal S and noise N/n. Then a correlation of the two is S / (S + N/n) on average, n / (n + b) with b = N/S; for a
squared error the DRF is (n − b) / (n + b) = −1 + 2n / (n + b), from −1 where there are no cells. Perturbations of
different strength stretch the curve, thresholds of significance steepen it, and inert perturbations lower its end:

    DRF(n) = L + (A − L) / (1 + (b/n)^h)

with L known for each metric and A, b, h fitted by weighted least squares. The form is not exact: a level is trusted
to 0.015 at the data's end and 0.015 more a doubling further down, which makes its weight; beyond the data the curve
may drift by as much. Where it misses the levels by more than that and their noise explain, there is no curve.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from perturbdash.judgement.bootstrap import product
from perturbdash.metrics.registry import METRICS

Floats = NDArray[np.float64]

TOLERANCE = 0.015
"""Of the form, in DRF: at the most cells, and as much again for each doubling away from there."""
FAR = 32
"""Times the data beyond which no number is given."""
FEWEST_LEVELS = 4
REFUSED = 0.99
STEEPNESS = np.array([0.5, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0, 2.75])
STEEPNESS_SPREAD = 0.5
END_SPREAD = 0.25
"""How far below a perfect score the curve is expected to end: inert perturbations, lists that never match wholly."""
HALFWAY_STEP = 0.1
GRID_STEP = 0.05
LEVEL = 0.95
ROOTED = ("rmse", "mae", "l2_heg1000", "lfc_nmae")


@dataclass(frozen=True)
class Forms:
    """Curves, one a row: ``start + (end − start) / (1 + (halfway/n)^steepness)``, arrays ``(n_curves,)``."""

    start: float
    end: Floats
    halfway: Floats
    steepness: Floats

    def at(self, cells: Floats) -> Floats:
        """Return the DRF ``(n_curves, n_cells)``."""
        share = 1 / (1 + (self.halfway[:, None] / cells) ** self.steepness[:, None])
        values: Floats = self.start + (self.end - self.start)[:, None] * share
        return values


@dataclass(frozen=True)
class Need:
    """How many cells a perturbation a question takes.

    Parameters
    ----------
    status
        ``reached`` with the data; ``needed``; ``far``: more than 32 times the data; ``not_reachable``: the end of
        the curve, with its interval, lies below; ``no_curve``.
    cells, low, high
        With their 95 % interval; NaN where no number is given, an end is infinite where it lies beyond 64 times.
    reason
        Why there is no number.
    """

    status: str
    cells: float = np.nan
    low: float = np.nan
    high: float = np.nan
    reason: str = ""


@dataclass(frozen=True)
class Curve:
    """A fitted curve, and curves that resampled perturbations allow.

    Parameters
    ----------
    cells
        Cells a perturbation of the levels that were fitted, ascending.
    fitted
        The best curve, one row.
    drawn
        One for each resample.
    drift
        ``(n_resamples,)`` standard normal: how far each drifts from the form beyond the data.
    """

    cells: Floats
    fitted: Forms
    drawn: Forms
    drift: Floats

    @property
    def most(self) -> float:
        """Cells a perturbation in the data."""
        return float(self.cells[-1])

    @property
    def end(self) -> tuple[float, float, float]:
        """DRF with cells without end, with its interval."""
        low, high = np.quantile(self.drawn.end, _tails())
        return float(self.fitted.end[0]), float(low), float(high)

    def at(self, cells: Floats) -> tuple[Floats, Floats, Floats]:
        """Return DRF, and both ends of its 95 % interval, at numbers of cells ``(n_cells,)``."""
        cells = np.asarray(cells, dtype=np.float64)
        low, high = np.quantile(self._drawn_at(cells), _tails(), axis=0)
        best = self.fitted.at(cells)[0]
        return best, np.minimum(low, best), np.maximum(high, best)

    def needed(self, target: float, *, now: float, short: float = 0.0) -> Need:
        """Return how many cells lift the DRF to a target.

        Parameters
        ----------
        now
            The DRF of the data itself.
        short
            The most cells of a level that was measured to be short of the target.
        """
        grid = self._grid()
        best = _crossing(grid, self.fitted.at(grid), target)[0]
        each = _crossing(grid, self._drawn_at(grid), target)
        return self._need(best, each, reached=now >= target, possible=self.end[2] >= target, short=short)

    def gate(self, threshold: float, *, low: float, short: float = 0.0) -> Need:
        """Return how many cells lift the lower end of the DRF's interval over a threshold.

        Parameters
        ----------
        low
            That end in the data itself.
        short
            As in `needed`.
        """
        grid = self._grid()
        drawn = self._drawn_at(grid)
        bottom = np.quantile(drawn, _tails()[0], axis=0)
        best = _crossing(grid, bottom[None], threshold)[0]
        each = _crossing(grid, drawn - (np.median(drawn, axis=0) - bottom), threshold)
        return self._need(best, each, reached=low > threshold, possible=self.end[2] > threshold, short=short)

    def _need(self, best: float, each: Floats, *, reached: bool, possible: bool, short: float) -> Need:
        ordered = np.sort(each)
        last = len(ordered) - 1
        low, high = (float(ordered[round(tail * last)]) for tail in _tails())
        if reached:
            best = min(max(best, short), self.most)
            return Need("reached", best, min(low, best), max(best, min(high, self.most)))
        if not possible:
            return Need("not_reachable", reason="the end of the curve lies below, with its interval")
        if best > FAR * self.most:
            return Need("far", low=low, high=np.inf, reason=f"more than {FAR} times the cells of the data")
        best = max(best, self.most)
        return Need("needed", best, min(max(low, self.most), best), max(high, best))

    def _drawn_at(self, cells: Floats) -> Floats:
        beyond = np.maximum(np.log2(cells / self.most), 0)
        return self.drawn.at(cells) + TOLERANCE * self.drift[:, None] * beyond

    def _grid(self) -> Floats:
        grid: Floats = np.exp(
            np.arange(np.log(self.cells[0] / 2), np.log(2 * FAR * self.most) + GRID_STEP, GRID_STEP)
        )
        return grid


def start_of(metric: str, positive_control: str) -> float:
    """Return the DRF that a metric goes to where there are hardly any cells.

    A repeat of noise is no worse than the average by correlation or rank, but its error adds to that of the truth.
    The interpolated duplicate is then the average itself.

    Examples
    --------
    >>> start_of("mse", "technical_duplicate"), start_of("nir", "technical_duplicate")
    (-1.0, 0.0)
    """
    if positive_control != "technical_duplicate":
        return 0.0
    if metric in ROOTED:
        return 1 - float(np.sqrt(2))
    spec = METRICS[metric]
    squared = spec.family == "error" and spec.direction < 0
    return -1.0 if squared or "r2_" in metric else 0.0


def fit(
    cells: Floats, means: Floats, resampled: Floats, *, noise: Floats, start: float, seed: list[int]
) -> Curve | None:
    """Fit the curve to levels, and to each resample of them; None where the form does not fit.

    Parameters
    ----------
    cells
        ``(n_levels,)`` cells a perturbation, ascending.
    means
        ``(n_levels,)`` DRF.
    resampled
        ``(n_resamples, n_levels)`` DRF of resampled perturbations.
    noise
        ``(n_levels,)`` standard error of a level about a smooth curve.
    start
        DRF without cells.
    seed
        Of the draws among the curves that fit a resample about as well.
    """
    doublings = np.log2(cells[-1] / cells)
    spread = np.sqrt((TOLERANCE * (1 + doublings)) ** 2 + noise**2)
    halfway = np.exp(np.arange(np.log(cells[0] / 4), np.log(2 * FAR * cells[-1]), HALFWAY_STEP))
    b, h = (axis.ravel() for axis in np.meshgrid(halfway, STEEPNESS))
    shape = 1 / (1 + (b[:, None] / cells) ** h[:, None]) / spread
    of_data = _heights(shape, (means[None] - start) / spread, 1 - start)
    if of_data.misfit.min() > chi2.ppf(REFUSED, len(cells) - 3):
        return None
    unlikely = (np.log(h) / STEEPNESS_SPREAD) ** 2
    best = int(np.argmax(of_data.weighed(unlikely)[0]))
    of_draws = _heights(shape, (resampled - start) / spread, 1 - start)
    rng = np.random.default_rng(seed)
    weighed = of_draws.weighed(unlikely) - 0.5 * np.log(of_draws.precision)
    weight = np.cumsum(np.exp(weighed - weighed.max(1, keepdims=True)), axis=1)
    picked = (weight < rng.random((len(weight), 1)) * weight[:, -1:]).sum(1)
    rows = np.arange(len(picked))
    ends = of_draws.height[rows, picked]
    ends = ends + rng.standard_normal(len(picked)) / np.sqrt(of_draws.precision[picked])
    return Curve(
        cells,
        Forms(start, start + of_data.height[0, [best]], b[[best]], h[[best]]),
        Forms(start, start + np.clip(ends, 0, 1 - start), b[picked], h[picked]),
        rng.standard_normal(len(picked)),
    )


@dataclass(frozen=True)
class _Heights:
    """For each row of levels and each shape the best height, 0 to ``most``, and its misfit, ``(n_rows, n_shapes)``.

    Misfits are squares in units of the spread of the levels; ``precision`` of a height, ``(n_shapes,)``.
    """

    height: Floats
    misfit: Floats
    precision: Floats
    most: float

    def weighed(self, unlikely: Floats) -> Floats:
        """Return the logarithm of the weight of each shape, for shapes that are themselves so unlikely."""
        short = (self.most - self.height) / END_SPREAD
        weight: Floats = -0.5 * (self.misfit + unlikely + short**2)
        return weight


def _heights(shape: Floats, levels: Floats, most: float) -> _Heights:
    """Return the best heights of shapes ``(n_shapes, n_levels)`` that are divided by the spread of the levels."""
    measured = (shape**2).sum(1)
    along = product(levels, np.ascontiguousarray(shape.T))
    precision = measured + END_SPREAD**-2
    height = np.clip((along + most * END_SPREAD**-2) / precision, 0, most)
    misfit = (levels**2).sum(1, keepdims=True) - 2 * height * along + height**2 * measured
    return _Heights(height, misfit, precision, most)


def _crossing(cells: Floats, curves: Floats, target: float) -> Floats:
    """Return where each curve first reaches a target, infinity where it does not, ``(n_curves,)``."""
    over = curves >= target
    first = over.argmax(1)
    found: Floats = cells[first]
    rows = np.flatnonzero(over.any(1) & (first > 0))
    at = first[rows]
    before, after = curves[rows, at - 1], curves[rows, at]
    share = (target - before) / (after - before)
    found[rows] = cells[at - 1] * (cells[at] / cells[at - 1]) ** share
    found[~over.any(1)] = np.inf
    return found


def _tails() -> tuple[float, float]:
    return (1 - LEVEL) / 2, (1 + LEVEL) / 2
