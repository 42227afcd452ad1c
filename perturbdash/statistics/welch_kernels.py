"""Welch's t and everything but one group, a row at a time, compiled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perturbdash.statistics.rowwise import compiled

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

NO_VARIANCE = 1e-9
"""A standard deviation that is a smaller share of the mean is rounding."""


@compiled
def welch_rows(
    n: Vector,
    mean: Matrix,
    m2: Matrix,
    n_as: Vector,
    n_other: Vector,
    mean_other: Matrix,
    m2_other: Matrix,
    t: Matrix,
    df: Matrix,
) -> None:
    """Write t and its degrees of freedom; ``n_as`` is the number of cells to count the reference as."""
    for i in range(len(mean)):
        k = min(i, len(mean_other) - 1)
        own, other, own_m2, other_m2, out, out_df = mean[i], mean_other[k], m2[i], m2_other[k], t[i], df[i]
        scale = 1.0 / (n[i] - 1) / n[i] if n[i] >= 2 else np.nan
        scale_other = 1.0 / (n_other[k] - 1) / n_as[i] if n_other[k] >= 2 else np.nan
        share, share_other = 1.0 / (n[i] - 1), 1.0 / (n_as[i] - 1)
        still, still_other = NO_VARIANCE**2 / n[i], NO_VARIANCE**2 / n_as[i]
        without_variance = 0
        for g in range(len(own)):
            a, b = own_m2[g] * scale, other_m2[g] * scale_other
            error = a + b
            out[g] = (own[g] - other[g]) / np.sqrt(error)
            out_df[g] = error * error / (a * a * share + b * b * share_other)
            without_variance += error <= own[g] * own[g] * still + other[g] * other[g] * still_other
        if without_variance == 0:
            continue
        for g in range(len(own)):
            error = own_m2[g] * scale + other_m2[g] * scale_other
            if error <= own[g] * own[g] * still + other[g] * other[g] * still_other:
                difference = own[g] - other[g]
                equal = abs(difference) <= NO_VARIANCE * max(abs(own[g]), abs(other[g]))
                out[g], out_df[g] = 0.0 if equal else np.copysign(np.inf, difference), 1.0


@compiled
def subtract_rows(
    n: Vector,
    mean: Matrix,
    m2: Matrix,
    total: float,
    total_mean: Vector,
    total_m2: Vector,
    out: Matrix,
    out_m2: Matrix,
) -> None:
    """Write mean and second moment of everything but each group."""
    for i in range(len(mean)):
        weight = n[i] / (total - n[i])
        own, own_m2, rest_mean, rest_m2 = mean[i], m2[i], out[i], out_m2[i]
        for g in range(len(own)):
            delta = own[g] - total_mean[g]
            rest_mean[g] = total_mean[g] - delta * weight
            rest_m2[g] = max(total_m2[g] - own_m2[g] - delta * delta * (weight * total), 0.0)
