"""The curve of DRF over cells a perturbation, and what it says beyond the data.

The form follows from signal and noise. Truth and repeat are means of n/2 cells, so each holds a perturbation's own
signal S and noise 2N/n. Then a correlation of the two is S / (S + 2N/n) on average, n / (n + b) with b = 2N/S; for
a squared error the DRF is (n − b) / (n + b) = −1 + 2n / (n + b), from −1 where there are no cells. Perturbations of
different strength stretch the curve, thresholds of significance steepen it, and inert perturbations lower its end:

    DRF(n) = L + (A − L) / (1 + (b/n)^h)

with L known for each metric and A, b, h fitted by weighted least squares. The form is not exact: a level is trusted
to 0.015 at the data's end and 0.015 more a doubling further down, which makes its weight; beyond the data the curve
may drift by as much. Weak expectations, h near 1 and A near a perfect score, hold it where the levels say little.
An interval is that of resampled perturbations, each with a curve drawn among those that fit it about as well. Where
the curve misses the levels by more than that and their noise explain, there is none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from perturbdash.judgement.bootstrap import product
from perturbdash.judgement.titration_curve import FAR, TOLERANCE, Curve, Forms
from perturbdash.metrics.registry import METRICS

Floats = NDArray[np.float64]

REFUSED = 0.99
STEEPNESS = np.array([0.5, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0, 2.75])
STEEPNESS_SPREAD = 0.5
END_SPREAD = 0.25
"""How far below a perfect score the curve is expected to end: inert perturbations, lists that never match wholly."""
HALFWAY_STEP = 0.1
ROOTED = ("rmse", "mae", "l2_heg1000", "lfc_nmae")
FEWEST_LEVELS = 4


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
