"""Signed square root axes with true numbers on the ticks: the crowd at zero opens, identity stays a line."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perturbdash.figures.numbers import MINUS

STEPS = (0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 50, 100, 500, 1000, 5000, 10000, 50000)
NEAREST = 0.055


def root(values: ArrayLike) -> NDArray[np.float64]:
    """Return the signed square root.

    Examples
    --------
    >>> root([-4.0, 0.0, 0.25]).tolist()
    [-2.0, 0.0, 0.5]
    """
    values = np.asarray(values, dtype=float)
    return np.asarray(np.sign(values) * np.sqrt(np.abs(values)), dtype=float)


def root_ticks(low: float, high: float) -> tuple[list[float], list[str]]:
    """Return places on a root axis and the true numbers to write there; ticks that would touch are left out.

    Parameters
    ----------
    low, high
        Range in true numbers.

    Examples
    --------
    >>> root_ticks(-1.0, 1.0)[1]
    ['−1', '−0.5', '−0.1', '0', '0.1', '0.5', '1']
    """
    width = float(root(high) - root(low)) or 1.0
    kept = [0.0] if low <= 0 <= high else []
    for step in reversed(STEPS):
        for value in (step, -step):
            far = all(abs(float(root(value) - root(other))) / width > NEAREST * 1.8 for other in kept)
            if low <= value <= high and far:
                kept.append(value)
    kept.sort()
    return [float(root(value)) for value in kept], [f"{value:,g}".replace("-", MINUS) for value in kept]
