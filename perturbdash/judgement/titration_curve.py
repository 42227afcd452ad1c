"""A curve of DRF over cells a perturbation, and what it says of numbers of cells beyond the data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TOLERANCE = 0.015
"""Of the form, in DRF: at the most cells, and as much again for each doubling away from there."""
FAR = 32
"""Times the data beyond which no number is given."""
GRID_STEP = 0.05
LEVEL = 0.95


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
