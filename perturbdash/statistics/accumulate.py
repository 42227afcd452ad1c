"""One pass over the cells of a data set to its moments."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, NoReturn, Protocol

import numpy as np

from perturbdash.errors import DataError
from perturbdash.io.source import CscChunk, CsrChunk, DenseChunk
from perturbdash.io.streaming import stream
from perturbdash.statistics.device import resolve
from perturbdash.statistics.halves import Groups, assign_groups
from perturbdash.statistics.matrices import as_count, refuse_outside
from perturbdash.statistics.moments import Moments
from perturbdash.statistics.normalise import add_totals, given_totals
from perturbdash.statistics.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from perturbdash.io.cell_dataset import CellDataset
    from perturbdash.io.source import Chunk
    from perturbdash.vocabulary import Progress


class Accumulator(Protocol):
    """A table of moments that grows chunk by chunk."""

    def add_csr(self, chunk: CsrChunk) -> None:
        """Add rows whose zeros are not stored."""

    def add_csc(self, chunk: CscChunk) -> None:
        """Add columns, every cell in them."""

    def add_dense(self, chunk: DenseChunk) -> None:
        """Add whole rows."""

    def finish(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
        """Return mean, m2 and nnz, ``(n_groups, n_genes)``; the table is spent."""

    def close(self) -> None:
        """Give back threads and memory."""


def moments(
    dataset: CellDataset,
    *,
    seed: int = 0,
    halves: pd.DataFrame | None = None,
    device: str = "auto",
    progress: Progress | None = None,
) -> Moments:
    """Reduce the cells of a data set to moments, in one pass and in memory set by a chunk and the result.

    Parameters
    ----------
    dataset
        Cells and their schema; counts are normalised to log1p of counts per 10,000 on the way.
    seed
        0 to 10¹⁶ − 1, of the random halves and control blocks.
    halves
        Columns ``cell`` and ``half`` in place of the random halves.
    device
        ``"auto"``, ``"cpu"`` or ``"cuda"``.
    progress
        Called after each chunk; it may raise ``Cancelled``.

    Returns
    -------
    Moments of every (context, perturbation, half) and control block with at least one cell.

    Raises
    ------
    DataError
        If the matrix is damaged, or holds values that are not finite, or not counts where it should.
    SettingsError
        If the seed, the halves or the device cannot be used.
    """
    groups = assign_groups(dataset, seed=seed, given=halves)
    (found,) = moments_of(dataset, [groups], device=device, progress=progress)
    return found


def moments_of(
    dataset: CellDataset,
    groupings: Sequence[Groups],
    *,
    device: str = "auto",
    progress: Progress | None = None,
) -> list[Moments]:
    """Reduce the cells of a data set to the moments of several groupings of them, in one pass.

    Parameters
    ----------
    groupings
        What group each cell is in, each with a table of moments of its own in memory.
    dataset, device, progress
        As of `moments`, which also says what is raised.
    """
    totals = _totals(dataset, progress)
    with ExitStack() as open_tables:
        tables: list[Accumulator] = []
        for groups in groupings:
            tables.append(_table(dataset, groups, totals, device))
            open_tables.callback(tables[-1].close)
        for chunk in stream(dataset.source, progress):
            for table in tables:
                add_chunk(table, chunk)
        found = [table.finish() for table in tables]
    for groups, (mean, m2, _) in zip(groupings, found, strict=True):
        if not (np.isfinite(mean).all() and np.isfinite(m2).all()):
            again = stream(dataset.source, progress, text="Looking for values that are not finite")
            refuse_values(again, groups.codes, genes=dataset.genes, name=dataset.name)
    genes = tuple(dataset.genes)
    return [
        Moments(groups.conditions, genes, *arrays) for groups, arrays in zip(groupings, found, strict=True)
    ]


def _table(
    dataset: CellDataset, groups: Groups, totals: NDArray[np.float64] | None, device: str
) -> Accumulator:
    return open_table(groups, dataset.source.n_genes, totals=totals, name=dataset.name, device=device)


def open_table(
    groups: Groups, n_genes: int, *, totals: NDArray[np.float64] | None, name: str, device: str
) -> Accumulator:
    """Return an empty table of moments, to be closed; parameters as of `perturbdash.statistics.table.Table`."""
    if device != "cpu":
        chosen = resolve(device)
        if chosen.type != "cpu":
            from perturbdash.statistics.scatter import DeviceTable

            return DeviceTable(groups, n_genes, totals=totals, name=name, device=chosen)
    return Table(groups, n_genes, totals=totals, name=name)


def add_chunk(table: Accumulator, chunk: Chunk) -> None:
    """Add a chunk of any layout to a table."""
    match chunk:
        case CsrChunk():
            table.add_csr(chunk)
        case CscChunk():
            table.add_csc(chunk)
        case DenseChunk():
            table.add_dense(chunk)


def _totals(dataset: CellDataset, progress: Progress | None) -> NDArray[np.float64] | None:
    """Return the cell totals where X holds counts: the column's, else NaN for "the row's sum", which CSC needs."""
    if dataset.schema.space != "counts":
        return None
    totals = given_totals(dataset)
    if totals is not None:
        return totals
    source = dataset.source
    if source.layout != "csc":
        return np.full(source.n_cells, np.nan)
    chunks = stream(source, progress, text="Adding up the counts of cells")
    return sums_of_cells(chunks, source.n_cells, dataset.name)


def sums_of_cells(chunks: Iterable[Chunk], n_cells: int, name: str) -> NDArray[np.float64]:
    """Return the sum of the counts of each cell from chunks of columns, ``(n_cells,)``."""
    totals = np.zeros(n_cells)
    for chunk in chunks:
        if isinstance(chunk, CscChunk):
            refuse_outside(chunk.indices, n_cells, name)
            add_totals(chunk.indices, as_count(chunk.data), totals)
    return totals


def refuse_values(
    chunks: Iterable[Chunk],
    codes: NDArray[np.int32],
    *,
    genes: Sequence[str] | NDArray[np.object_],
    name: str,
) -> NoReturn:
    """Raise the ``DataError`` that says where the values are that made the moments not finite.

    Parameters
    ----------
    chunks
        The cells, read once more.
    codes
        The group of each cell, -1 where it is left out.
    genes, name
        Names of the genes, and of the data set.
    """
    bad = np.zeros(len(genes), dtype=np.int64)
    for chunk in chunks:
        cells, columns = _not_finite(chunk)
        np.add.at(bad, columns[codes[cells] >= 0], 1)
    affected = np.flatnonzero(bad)
    if affected.size == 0:
        msg = f"{name} holds values too large for a sum of squares; expected log1p values or counts."
        raise DataError(msg)
    first = affected[0]
    more = f" (and {affected.size - 1:,} more genes)" if affected.size > 1 else ""
    cells_word = "cell" if bad[first] == 1 else "cells"
    msg = (
        f"{name} holds values that are NaN or infinite: gene {genes[first]!r} in "
        f"{bad[first]:,} {cells_word}{more}; expected finite values, so repair or remove them."
    )
    raise DataError(msg)


def _not_finite(chunk: Chunk) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return cell and gene of each value of a chunk that is not finite."""
    if isinstance(chunk, DenseChunk):
        rows, genes = np.nonzero(~np.isfinite(chunk.values))
        return rows + chunk.start, genes
    at = np.flatnonzero(~np.isfinite(chunk.data[: chunk.indptr[-1]]))
    major = np.searchsorted(chunk.indptr, at, side="right") - 1 + chunk.start
    minor = chunk.indices[at].astype(np.int64)
    return (major, minor) if isinstance(chunk, CsrChunk) else (minor, major)
