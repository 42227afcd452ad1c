"""One pair of ranges for all panels of the plane, which a few far points do not stretch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perturbdash.figures.models import OBSERVED

Floats = NDArray[np.float64]
FEWEST_TO_DROP = 10
REACH = 1.5
LARGEST_GROWTH = 1.6
MARGIN = 0.09


@dataclass(frozen=True, slots=True)
class Ranges:
    """Ranges of both axes, the same in all panels."""

    x: tuple[float, float]
    y: tuple[float, float]

    def holds(self, x: Floats, y: Floats) -> NDArray[np.bool_]:
        """Return which points lie within."""
        across = (x >= self.x[0]) & (x <= self.x[1])
        return across & (y >= self.y[0]) & (y <= self.y[1])


def shared_ranges(points: pd.DataFrame, anchors: pd.DataFrame) -> Ranges:
    """Return ranges that hold the anchors and what was observed, far outliers left out, and predictions near them.

    A point is a far outlier when it lies more than 1.5 times the middle nine tenths outside these.
    A prediction in a wrong scale widens a range to at most 1.6 times what the observed points need.

    Parameters
    ----------
    points
        Columns prediction (``"observed"`` or a name), perturbation, pc1, pc2.
    anchors
        Columns anchor (``"control mean"``, ``"perturbed centroid"``), pc1, pc2.
    """
    observed = points["prediction"] == OBSERVED
    base = points[observed] if observed.any() else points
    return Ranges(
        _range(base["pc1"], points["pc1"], anchors["pc1"]),
        _range(base["pc2"], points["pc2"], anchors["pc2"]),
    )


def _range(observed: pd.Series, everything: pd.Series, anchors: pd.Series) -> tuple[float, float]:
    fixed = anchors.dropna().to_numpy(dtype=float)
    return range_round(np.concatenate([_core(observed), fixed]), np.concatenate([_core(everything), fixed]))


def range_round(fixed: Floats, everything: Floats) -> tuple[float, float]:
    """Return a range, with a margin, that holds what is fixed and widens to at most 1.6 times that for the rest.

    Parameters
    ----------
    fixed, everything
        Finite values; where nothing is fixed, the range holds everything.

    Examples
    --------
    >>> low, high = range_round(np.array([0.0, 1.0]), np.array([0.5, 9.0]))
    >>> round(low, 3), round(high, 3)
    (-0.117, 1.417)
    """
    low, high = _ends(fixed if fixed.size else everything)
    room = (LARGEST_GROWTH - 1) / 2 * (high - low)
    wide_low, wide_high = _ends(everything) if everything.size else (low, high)
    low, high = max(min(low, wide_low), low - room), min(max(high, wide_high), high + room)
    margin = MARGIN * (high - low) or 1.0
    return low - margin, high + margin


def _ends(values: Floats) -> tuple[float, float]:
    return (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)


def _core(values: pd.Series) -> Floats:
    """Return the values without far outliers; all of them where they are few."""
    finite: Floats = values[np.isfinite(values)].to_numpy(dtype=float)
    if finite.size < FEWEST_TO_DROP:
        return finite
    low, high = np.quantile(finite, [0.05, 0.95])
    reach = REACH * (high - low)
    core: Floats = finite[(finite >= low - reach) & (finite <= high + reach)]
    return core
