"""Counts to log1p of counts per 10,000, cell by cell, in the pass over the cells."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from perturbdash.errors import DataError
from perturbdash.statistics.rowwise import compiled

if TYPE_CHECKING:
    from perturbdash.io.cell_dataset import CellDataset

Array = NDArray[Any]

TARGET = 10_000.0
"""Counts of a cell after normalisation."""

FINE, NO_TOTAL, NOT_A_COUNT = 0, 1, 2

TABULATED = 8
"""Counts of each cell that are tabulated where values come gene by gene."""

MOST_TABULATED = 8_000_000
"""Cells up to which they are: the table is to stay below 256 MB."""

_LOOKED_UP = 128  # where all values of a cell are small integers, each logarithm is taken once a cell


def given_totals(dataset: CellDataset) -> NDArray[np.float64] | None:
    """Return the cell totals in the schema's ``obs`` column, or None where row sums are the totals.

    Parameters
    ----------
    dataset
        The cells and their schema.

    Returns
    -------
    Counts, ``(n_cells,)``.

    Raises
    ------
    DataError
        If the column holds something that is not a number, or a value that is negative or not finite.
    """
    key = dataset.schema.totals_key
    if key is None:
        return None
    try:
        totals: NDArray[np.float64] = dataset.source.obs[key].to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        totals = np.array([np.nan])
    if not (np.isfinite(totals) & (totals >= 0)).all():
        msg = f"The column {key!r} of cell totals holds values that are not counts; choose another or none."
        raise DataError(msg)
    return totals


@partial(compiled, fastmath={"reassoc"})
def row_facts(values: Array) -> tuple[float, np.integer[Any]]:
    """Return the sum of counts, in float64 in which it is exact, and the largest, -1 if one is not looked up."""
    total, highest, others = 0.0, np.int32(0), np.int32(0)
    for j in range(values.size):
        x = np.float64(values[j])
        total += x
        count = np.int32(x if (x >= 0.0) & (x < _LOOKED_UP) else 0.0)
        highest = max(highest, count)
        others |= np.int32(np.float64(count) != x)
    return total, np.int32(-1) if others else highest


@compiled
def normalise_rows(indptr: Array, data: Array, totals: Array, rows: tuple[int, int], out: Array) -> int:
    """Normalise the stored counts of cells into `out`, rounded to float32 as scanpy does; return a status.

    `totals` is NaN for a cell whose total is the sum of its row; `rows` is a pair, first and last row + 1.
    """
    table = np.zeros(_LOOKED_UP, dtype=np.float32)
    status = FINE
    for row in range(rows[0], rows[1]):
        values, normalised = data[indptr[row] : indptr[row + 1]], out[indptr[row] : indptr[row + 1]]
        total, highest = row_facts(values)
        if not np.isnan(totals[row]):
            total = totals[row]
        if highest < 0 or total == 0.0:
            status = max(status, _normalise_each(values, total, normalised))
            continue
        for count in range(1, highest + 1):
            table[count] = _log1p(np.float64(count), total)
        for j in range(values.size):
            normalised[j] = table[np.uint64(np.int64(values[j]))]
    return status


@compiled
def _normalise_each(values: Array, total: float, normalised: Array) -> int:
    status = FINE
    for j in range(values.size):
        x = np.float64(values[j])
        if x < 0.0:
            status = NOT_A_COUNT
        elif x == 0.0:
            normalised[j] = 0.0
        elif total == 0.0:
            status = max(status, NO_TOTAL)
        else:
            normalised[j] = _log1p(x, total)
    return status


@compiled
def _log1p(count: float, total: float) -> float:
    value: float = np.log1p(np.float64(np.float32(count / (total / TARGET))))
    return value


@compiled
def tabulate(totals: Array, cells: tuple[int, int], table: Array) -> None:
    """Write the normalised counts 0, 1, 2 ... of cells `cells[0]` to `cells[1]` - 1 into the rows of `table`."""
    for cell in range(cells[0], cells[1]):
        for count in range(table.shape[1]):
            table[cell, count] = _log1p(np.float64(count), totals[cell]) if count else np.float32(0.0)


@compiled
def normalise_values(
    cells: Array, data: Array, totals: Array, table: Array, span: tuple[int, int], out: Array
) -> int:
    """Normalise stored counts in any order; `span` is the first value and the last + 1.

    `cells` holds the cell of each count, `table` what `tabulate` wrote.
    """
    status = FINE
    for j in range(span[0], span[1]):
        x = np.float64(data[j])
        cell = np.uint64(cells[j])
        total = totals[cell]
        count = np.int64(data[j])
        if x < 0.0:
            status = NOT_A_COUNT
        elif total == 0.0 and x != 0.0:
            status = max(status, NO_TOTAL)
        elif count >= 0 and count < table.shape[1] and count == data[j]:
            out[j] = table[cell, np.uint64(count)]
        elif x != 0.0:
            out[j] = _log1p(x, total)
        else:
            out[j] = 0.0
    return status


@compiled
def add_totals(cells: Array, data: Array, totals: Array) -> None:
    """Add stored counts to the totals of their cells."""
    for j in range(data.size):
        totals[cells[j]] += np.float64(data[j])


def refuse_status(status: int, name: str) -> None:
    """Raise the ``DataError`` that a status stands for.

    Parameters
    ----------
    status
        The largest that a kernel of this module returned.
    name
        The data set's name.
    """
    if status == NOT_A_COUNT:
        msg = f"{name} was to hold counts but has negative values; say space log1p, or choose another layer."
        raise DataError(msg)
    if status == NO_TOTAL:
        msg = f"{name} has a cell with counts but a total of 0; choose another column of totals or none."
        raise DataError(msg)
