"""Axes of the pictures behind warnings, with true numbers on their ticks."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perturbdash.figures.numbers import MINUS
from perturbdash.figures.roots import root, root_ticks
from perturbdash.figures.warnings.strips import Scale

Floats = NDArray[np.float64]
CLOSE = 2.0
"""Powers of ten that leave room for 2 and 5 between them."""
COSINES = (1.0, 0.99, 0.95, 0.8, 0.5, 0.0, -0.5, -0.8, -1.0)


def angle_place(cosines: ArrayLike) -> Floats:
    """Return minus the angle in degrees, so that equal directions lie at the right and near 1 is not crowded.

    Examples
    --------
    >>> angle_place([1.0, 0.0]).round().tolist()
    [-0.0, -90.0]
    """
    return np.asarray(-np.degrees(np.arccos(np.clip(np.asarray(cosines, dtype=float), -1, 1))), dtype=float)


def angle_ticks(low: float, high: float) -> tuple[list[float], list[str]]:
    """Return places of cosines on an axis of angles."""
    near = [value for value in COSINES if low - 0.3 <= value <= high + 0.3]
    return angle_place(near).tolist(), [f"{value:g}".replace("-", MINUS) for value in near]


def cosine_scale(title: str) -> Scale:
    """Return an axis of cosines in equal steps of the angle."""
    return Scale(title, angle_place, angle_ticks)


def root_scale(title: str) -> Scale:
    """Return a signed root axis."""
    return Scale(title, root, root_ticks)


def log_place(values: ArrayLike) -> Floats:
    """Return logarithms to the base 10, NaN below zero."""
    given = np.asarray(values, dtype=float)
    return np.asarray(np.log10(np.where(given > 0, given, np.nan)), dtype=float)


def log_ticks(low: float, high: float) -> tuple[list[float], list[str]]:
    """Return powers of ten, and 2 and 5 between them where there is room.

    Examples
    --------
    >>> log_ticks(80.0, 1200.0)[1]
    ['100', '200', '500', '1,000']
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    decades = last - first
    step = max(1, decades // 6)
    steps = (1, 2, 5) if math.log10(high / low) <= CLOSE else (1,)
    values = [k * 10.0**power for power in range(first, last + 1, step) for k in steps]
    shown = [value for value in values if low * 0.95 <= value <= high * 1.05]
    return [math.log10(value) for value in shown], [
        f"{value:,g}" if value < 1e6 else f"10<sup>{math.log10(value):.0f}</sup>" for value in shown
    ]


def log_scale(title: str) -> Scale:
    """Return a logarithmic axis."""
    return Scale(title, log_place, log_ticks)
