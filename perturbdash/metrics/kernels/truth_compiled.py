"""What metrics need of a truth, row by row, compiled: weights, lists of genes, sums."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perturbdash.metrics.kernels.sums_compiled import summing
from perturbdash.statistics.rowwise import compiled

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

_EQUAL = 1e-12


@compiled
def weigh(t: Matrix, without: Mask, weights: Matrix) -> None:
    """Write squared, rescaled sizes of t that sum to 1 in a row; ``without`` may have no column.

    Rows of equal t differ by rounding alone; their weights would be noise and are NaN.
    """
    for i in range(len(t)):
        out = weights[i]
        if without.shape[1] == 0 and _is_finite(t[i]):
            low, high = _range(t[i])
        else:
            low, high = _range_with_holes(t[i], without[i])
        if not high - low > _EQUAL * high:
            out[:] = np.nan
            continue
        _rescale(t[i], low, high, out)
        if without.shape[1] > 0:
            for g in range(len(out)):
                if without[i, g]:
                    out[g] = 0.0
        _divide(out)


@summing
def _is_finite(values: Vector) -> bool:
    total = 0.0
    for g in range(len(values)):
        total += values[g] * 0.0  # NaN where a value is not finite
    return total == 0.0


def _range(t: Vector) -> tuple[float, float]:
    """Least and largest size of finite statistics."""
    low, high = np.inf, 0.0
    for g in range(len(t)):
        low, high = min(low, abs(t[g])), max(high, abs(t[g]))
    return low, high


_range = compiled(_range, fastmath={"nnan", "nsz", "reassoc"})


@compiled
def _range_with_holes(t: Vector, without: NDArray[np.bool_]) -> tuple[float, float]:
    """Least size, and largest finite one, of what is not left out; NaN where one of them is not known."""
    low, high = np.inf, -np.inf
    for g in range(len(t)):
        if len(without) > 0 and without[g]:
            continue
        size = abs(t[g])
        if size != size:
            return np.nan, np.nan
        low = min(low, size)
        high = max(high, size if size < np.inf else -np.inf)
    return low, high


@compiled
def _rescale(t: Vector, low: float, high: float, out: Vector) -> None:
    for g in range(len(t)):
        size = abs(t[g])
        share = ((high if size > high else size) - low) / (high - low)
        out[g] = share * share


@summing
def _divide(out: Vector) -> None:
    """Divide by the sum."""
    total = 0.0
    for g in range(len(out)):
        total += out[g]
    for g in range(len(out)):
        out[g] /= total


@compiled
def largest(values: Matrix, eligible: Mask, k: Index, marked: Mask) -> None:
    """Mark the first k largest absolute values of each row; ties go to the gene that comes first."""
    for i in range(len(values)):
        source, room = values[i], k[i]
        if room == 0:
            continue
        top, genes, held = np.empty(room), np.empty(room, np.int64), 0
        for g in range(len(source)):
            size = abs(source[g])
            if not eligible[i, g] or not size >= 0 or (held == room and size <= top[room - 1]):
                continue
            place = held if held < room else room - 1
            held = min(held + 1, room)
            while place > 0 and top[place - 1] < size:
                top[place], genes[place] = top[place - 1], genes[place - 1]
                place -= 1
            top[place], genes[place] = size, g
        for place in range(held):
            marked[i, genes[place]] = True


@compiled
def eligible_genes(profiles: Matrix, control: Vector, without: Mask, eligible: Mask) -> None:
    """Mark genes that are in the profile or not in control; ``without`` may have no column."""
    for i in range(len(profiles)):
        for g in range(profiles.shape[1]):
            dropped = without.shape[1] > 0 and without[i, g]
            eligible[i, g] = not dropped and not (profiles[i, g] == 0.0 and control[g] != 0.0)


@compiled
def count_true(mask: Mask, counts: Index) -> None:
    """Count the genes of each row."""
    for i in range(len(mask)):
        count = 0
        for g in range(mask.shape[1]):
            count += mask[i, g]
        counts[i] = count


@compiled
def list_true(mask: Mask, start: Index, row: Index, genes: Index, first: int) -> None:
    """Write row and gene of what is marked, the rows from ``first`` on, each from its ``start`` on."""
    for i in range(len(mask)):
        entry = start[first + i]
        if start[first + i + 1] == entry:
            continue
        for g in range(mask.shape[1]):
            if mask[i, g]:
                row[entry], genes[entry] = first + i, g
                entry += 1


@compiled
def finite_rows(rows: Matrix, finite: Mask) -> None:
    """Say which rows hold finite values alone."""
    for i in range(len(rows)):
        finite[i] = _is_finite(rows[i])


@summing
def noise_of_mean(m2: Matrix, n: Vector, without: Mask, noise: Vector) -> None:
    """Mean over genes of the sampling variance of a mean; NaN below two cells; ``without`` may have no column."""
    for i in range(len(m2)):
        row, total, kept = m2[i], 0.0, len(m2[i])
        if without.shape[1] == 0:
            for g in range(len(row)):
                total += row[g]
        else:
            for g in range(len(row)):
                total += 0.0 if without[i, g] else row[g]
                kept -= without[i, g]
        noise[i] = total / (n[i] - 1) / n[i] / kept if n[i] >= 2 else np.nan
