"""What is drawn when perturbations are resampled: sums over units, brought to one shape column by column."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Blocks = NDArray[np.generic]


@dataclass(frozen=True)
class Drawable:
    """Columns that are defined on the same number of units, each with exactly its own units.

    Parameters
    ----------
    columns
        ``(n_columns,)`` indices of the columns.
    sums
        For each array of values ``(n_columns, n_contexts, n_units)``: sum of the values of a unit.
    counts
        ``(n_columns, n_contexts, n_units)``: number of values behind the sum.
    """

    columns: Counts
    sums: tuple[Floats, ...]
    counts: Floats

    @property
    def n_units(self) -> int:
        """Number of units that are drawn."""
        return int(self.counts.shape[-1])

    def statistics(self) -> list[Floats]:
        """Mean over contexts of the mean over units, ``(n_columns,)`` for each array of values."""
        n = self.counts.sum(-1)
        return [mean_over_contexts(sums.sum(-1), n) for sums in self.sums]

    def without_each(self) -> list[Floats]:
        """Return the same statistics without each unit in turn, ``(n_columns, n_units)``."""
        n = self.counts.sum(-1, keepdims=True) - self.counts
        return [mean_over_contexts(sums.sum(-1, keepdims=True) - sums, n) for sums in self.sums]

    def contributions(self) -> Floats:
        """Split the first statistic into what its units add to it, ``(n_columns, n_units)``."""
        n = self.counts.sum(-1, keepdims=True)
        n_contexts = (n > 0).sum(1, keepdims=True)
        shares: Floats = (self.sums[0] / np.maximum(n, 1) / n_contexts).sum(1)
        return shares


def mean_over_contexts(sums: Floats, counts: Floats) -> Floats:
    """Mean over contexts, the second axis, of ``sums / counts``; a context without values is left out."""
    if sums.shape[1] == 1:
        return _divide(sums[:, 0], counts[:, 0])
    present = counts > 0
    within = np.where(present, _divide(sums, counts), 0.0)
    return _divide(within.sum(1), present.sum(1))


def _divide(sums: Floats, counts: NDArray[Any]) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        quotient: Floats = sums / counts
    return quotient


def with_contexts(values: Floats) -> Floats:
    """Return ``(n_units, n_columns)`` values with an axis of one context."""
    values = np.asarray(values, dtype=np.float64)
    if values.ndim not in (2, 3):
        raise ValueError(
            f"values have {values.ndim} axes; expected units, columns and, where several, contexts"
        )
    return values[:, :, None] if values.ndim == 2 else values


def defined_units(values: Floats) -> Counts:
    """Count, for each column, the rows of ``(n_rows, n_columns, n_contexts)`` with a value somewhere."""
    n: Counts = (~np.isnan(values)).any(2).sum(0).astype(np.int64)
    return n


def distinct_columns(arrays: Sequence[Floats]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return one of each set of columns that are the same, and which of those every column is.

    Predictions that say the same, such as two averages, have the same scores, which are then resampled once.

    Parameters
    ----------
    arrays
        ``(n_rows, n_columns, n_contexts)`` each.

    Examples
    --------
    >>> distinct_columns([np.array([[1.0, 2.0, 1.0]])[:, :, None]])
    (array([0, 1]), array([0, 1, 0]))
    """
    seen: dict[bytes, int] = {}
    first: list[int] = []
    which = np.empty(arrays[0].shape[1], dtype=np.intp)
    for column in range(len(which)):
        digest = hashlib.blake2b(digest_size=16)
        for values in arrays:
            digest.update(values[:, column].tobytes())
        which[column] = seen.setdefault(digest.digest(), len(seen))
        if len(first) < len(seen):
            first.append(column)
    return np.array(first, dtype=np.intp), which


def drawables(arrays: Sequence[Floats], blocks: Blocks | None) -> Iterator[Drawable]:
    """Sum values into units and group the columns by their number of units.

    Parameters
    ----------
    arrays
        ``(n_rows, n_columns, n_contexts)`` each, NaN in the same places.
    blocks
        ``(n_rows,)`` codes; rows of one code are one unit. Without it each row is its own.
    """
    defined = ~np.isnan(arrays[0])
    counts = _by_unit(defined.astype(np.float64), blocks)
    sums = [_by_unit(np.where(defined, values, 0.0), blocks) for values in arrays]
    present: NDArray[np.bool_] = np.any(counts, axis=1)
    n_units = present.sum(1)
    for n in np.unique(n_units):
        columns = np.flatnonzero(n_units == n)
        take = np.argsort(~present[columns], axis=1, kind="stable")[:, None, :n]
        picked = [np.take_along_axis(array[columns], take, axis=2) for array in (*sums, counts)]
        yield Drawable(columns=columns, sums=tuple(picked[:-1]), counts=picked[-1])


def _by_unit(rows: Floats, blocks: Blocks | None) -> Floats:
    """Return ``(n_columns, n_contexts, n_units)`` sums of ``(n_rows, n_columns, n_contexts)`` values."""
    if blocks is not None:
        order = np.argsort(blocks, kind="stable")
        _, starts = np.unique(np.asarray(blocks)[order], return_index=True)
        rows = np.add.reduceat(rows[order], starts, axis=0) if len(starts) else rows
    return np.ascontiguousarray(rows.transpose(1, 2, 0))
