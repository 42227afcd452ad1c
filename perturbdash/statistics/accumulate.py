"""One pass over the cells of a data set to its moments."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

import numpy as np

from perturbdash.errors import DataError
from perturbdash.io.source import CscChunk, CsrChunk, DenseChunk
from perturbdash.statistics.device import resolve
from perturbdash.statistics.halves import Groups, assign_groups
from perturbdash.statistics.matrices import as_count, refuse_outside
from perturbdash.statistics.moments import Moments
from perturbdash.statistics.normalise import add_totals, given_totals
from perturbdash.statistics.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from perturbdash.io.dataset import Dataset
    from perturbdash.io.source import Chunk
    from perturbdash.vocabulary import Progress


class _Accumulator(Protocol):
    def add_csr(self, chunk: CsrChunk) -> None: ...
    def add_csc(self, chunk: CscChunk) -> None: ...
    def add_dense(self, chunk: DenseChunk) -> None: ...
    def finish(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]: ...
    def close(self) -> None: ...


def moments(
    dataset: Dataset,
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
    dataset: Dataset, groupings: Sequence[Groups], *, device: str = "auto", progress: Progress | None = None
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
        tables: list[_Accumulator] = []
        for groups in groupings:
            tables.append(_table(dataset, groups, totals, device))
            open_tables.callback(tables[-1].close)
        for chunk in _chunks(dataset, progress):
            for table in tables:
                _add(table, chunk)
        found = [table.finish() for table in tables]
    for groups, (mean, m2, _) in zip(groupings, found, strict=True):
        if not (np.isfinite(mean).all() and np.isfinite(m2).all()):
            _refuse_values(dataset, groups)
    genes = tuple(dataset.genes)
    return [
        Moments(groups.conditions, genes, *arrays) for groups, arrays in zip(groupings, found, strict=True)
    ]


def _table(dataset: Dataset, groups: Groups, totals: NDArray[np.float64] | None, device: str) -> _Accumulator:
    n_genes = dataset.source.n_genes
    if device != "cpu":
        chosen = resolve(device)
        if chosen.type != "cpu":
            from perturbdash.statistics.scatter import DeviceTable

            return DeviceTable(groups, n_genes, totals=totals, name=dataset.name, device=chosen)
    return Table(groups, n_genes, totals=totals, name=dataset.name)


def _add(table: _Accumulator, chunk: Chunk) -> None:
    match chunk:
        case CsrChunk():
            table.add_csr(chunk)
        case CscChunk():
            table.add_csc(chunk)
        case DenseChunk():
            table.add_dense(chunk)


def _chunks(dataset: Dataset, progress: Progress | None, text: str = "Reading cells") -> Iterator[Chunk]:
    """Yield the chunks, reporting after each the share of rows (columns, for CSC) that is done."""
    source = dataset.source
    size, unit = (source.n_genes, "genes") if source.layout == "csc" else (source.n_cells, "cells")
    for chunk in source.chunks():
        yield chunk
        if progress is not None:
            progress(chunk.stop / max(size, 1), f"{text}: {chunk.stop:,} of {size:,} {unit}")


def _totals(dataset: Dataset, progress: Progress | None) -> NDArray[np.float64] | None:
    """Return the cell totals where X holds counts: the column's, else NaN for "the row's sum", which CSC needs."""
    if dataset.schema.space != "counts":
        return None
    totals = given_totals(dataset)
    if totals is not None:
        return totals
    source = dataset.source
    if source.layout != "csc":
        return np.full(source.n_cells, np.nan)
    totals = np.zeros(source.n_cells)
    for chunk in _chunks(dataset, progress, "Adding up the counts of cells"):
        if isinstance(chunk, CscChunk):
            refuse_outside(chunk.indices, source.n_cells, dataset.name)
            add_totals(chunk.indices, as_count(chunk.data), totals)
    return totals


def _refuse_values(dataset: Dataset, groups: Groups) -> None:
    """Read the cells again to say where the values are that made the moments not finite."""
    bad = np.zeros(dataset.source.n_genes, dtype=np.int64)
    for chunk in dataset.source.chunks():
        cells, genes = _not_finite(chunk)
        np.add.at(bad, genes[groups.codes[cells] >= 0], 1)
    affected = np.flatnonzero(bad)
    if affected.size == 0:
        msg = f"{dataset.name} holds values too large for a sum of squares; expected log1p values or counts."
        raise DataError(msg)
    first = affected[0]
    more = f" (and {affected.size - 1:,} more genes)" if affected.size > 1 else ""
    cells_word = "cell" if bad[first] == 1 else "cells"
    msg = (
        f"{dataset.name} holds values that are NaN or infinite: gene {dataset.genes[first]!r} in "
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
