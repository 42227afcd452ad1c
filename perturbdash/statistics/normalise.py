"""Counts to log1p of counts per 10,000, cell by cell, in the pass over the cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from perturbdash.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perturbdash.io.dataset import Dataset
    from perturbdash.io.source import CscChunk

TARGET = 10_000.0
_TABLE = 128  # counts below this are looked up: most values of a cell are a few small integers

NOT_A_COUNT = 1
NO_TOTAL = 2


def given_totals(dataset: Dataset) -> NDArray[np.float64] | None:
    """Return the cell totals of the schema's ``obs`` column, or None where row sums are the totals.

    Parameters
    ----------
    dataset
        The cells and their schema.

    Returns
    -------
    ``(n_cells,)``, counts.

    Raises
    ------
    DataError
        If the column holds something that is not a number, or a value that is not finite or negative.
    """
    key = dataset.schema.totals_key
    if key is None:
        return None
    try:
        totals = dataset.source.obs[key].to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        totals = np.array([np.nan])
    if not (np.isfinite(totals) & (totals >= 0)).all():
        msg = f"The column {key!r} of cell totals holds values that are not counts; choose another or none."
        raise DataError(msg)
    return totals


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def normalise_row(values, total, out, table, stamp, serial):  # type: ignore[no-untyped-def]  # noqa: ANN201
    """Write log1p(10,000 · value / total), rounded to float32 as scanpy does, into `out`; return a status.

    `table[k]` holds the result for the count k where `stamp[k]` is `serial`, a number of this row alone.
    """
    divisor = total / TARGET
    status = 0
    for j in range(values.size):
        x = np.float64(values[j])
        if x < 0.0:
            status = NOT_A_COUNT
        if x != 0.0 and not total > 0.0 and total == total:
            status = NO_TOTAL
        if x >= 0.0 and x < _TABLE and x == np.floor(x):
            k = np.uint64(x)
            if stamp[k] != serial:
                stamp[k] = serial
                table[k] = _log1p(x, divisor)
            out[j] = table[k]
        else:
            out[j] = _log1p(x, divisor)
    return status


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def _log1p(x, divisor):  # type: ignore[no-untyped-def]  # noqa: ANN202
    if x == 0.0:
        return np.float32(0.0)
    return np.float32(np.log1p(np.float64(np.float32(x / divisor))))


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def row_sum(values):  # type: ignore[no-untyped-def]  # noqa: ANN201
    """Sum the counts of one cell in float64, in which integers are exact."""
    total = 0.0
    for j in range(values.size):
        total += np.float64(values[j])
    return total
