"""Single cells read again: a stratified sample that depends on names alone, and the values of chosen cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from perturbdash.errors import DataError
from perturbdash.io.assign import IS_CONTROL
from perturbdash.io.source import CscChunk, CsrChunk, DenseChunk
from perturbdash.io.streaming import stream
from perturbdash.statistics.halves import hash_names, positions
from perturbdash.statistics.matrices import as_count, as_float, checked_pointers, refuse_outside
from perturbdash.statistics.normalise import given_totals, normalise_rows, refuse_status
from perturbdash.vocabulary import MAX_SEED, Purpose

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from perturbdash.io.cell_dataset import CellDataset
    from perturbdash.io.source import Chunk
    from perturbdash.vocabulary import Progress

MOST_CELLS = 20_000
VALUES_AT_ONCE = 4_000_000
"""Stored values of a chunk, beside which its kept values stand with their cells and genes."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class CellSample:
    """Cells that stand for all of a data set or of one context.

    Parameters
    ----------
    rows
        Positions in the source, ``(n,)``, in an order that depends on seed and names alone.
    quota
        Of each condition at most so many were taken.
    of
        How many cells there were to choose from.
    """

    rows: Ints
    quota: int
    of: int

    @property
    def is_whole(self) -> bool:
        """Whether no cell was left out."""
        return len(self.rows) == self.of


def choose_cells(
    dataset: CellDataset, *, seed: int, most: int = MOST_CELLS, context: str | None = None
) -> CellSample:
    """Take the same number of cells of every condition, all of those that have fewer.

    Within a condition, a context and a perturbation or the control of a context, cells are taken in the order of a
    seeded hash of their names: whatever the order of rows, the same cells come.

    Parameters
    ----------
    dataset
        The cells and what each of them is.
    most
        Cells to take at most; where there are more conditions than that, one cell of each of so many.
    context
        Take cells of this context alone.
    """
    usable = (dataset.context_codes >= 0) & (dataset.label_codes >= IS_CONTROL)
    if context is not None:
        usable &= dataset.context_codes == dataset.contexts.index(context)
    rows = np.flatnonzero(usable)
    width = len(dataset.perturbations) + 1
    conditions = dataset.context_codes[rows].astype(np.int64) * width + dataset.label_codes[rows] + 1
    names = dataset.cell_names[rows]
    derived = int(np.random.default_rng([seed, Purpose.CELL_SAMPLE]).integers(MAX_SEED))
    quota = quota_for(np.unique(conditions, return_counts=True)[1], most)
    place, _ = positions(names, conditions, derived)
    kept = np.flatnonzero(place < quota)
    by_hash = np.lexsort((names[kept], hash_names(names[kept], derived)))
    taken = kept[by_hash][:most]
    return CellSample(rows[taken].astype(np.int64), quota, len(rows))


def quota_for(sizes: NDArray[np.integer[Any]], most: int) -> int:
    """Return the largest number of cells that each group may give so that together they give at most ``most``.

    Parameters
    ----------
    sizes
        Cells of each group.

    Examples
    --------
    >>> quota_for(np.array([5, 2, 9]), 10), quota_for(np.array([5, 2, 9]), 16), quota_for(np.array([1, 1]), 1)
    (4, 9, 1)
    """
    ordered = np.sort(sizes)
    if ordered.sum() <= most:
        return int(ordered.max(initial=0))
    before = np.cumsum(ordered) - ordered
    left = len(ordered) - np.arange(len(ordered))
    shares = (most - before) // left
    return max(1, int(shares[int(np.argmax(ordered > shares))]))


def read_cells(
    dataset: CellDataset, rows: Ints, *, genes: Ints | None = None, progress: Progress | None = None
) -> csr_matrix:
    """Read chosen cells in one pass, keeping nothing else.

    Parameters
    ----------
    rows
        Positions of distinct cells, in the order in which they are wanted.
    genes
        Positions of the genes to keep; all by default. Cell totals are always over all genes.
    progress
        Called after each chunk; it may raise ``Cancelled``.

    Returns
    -------
    scipy.sparse.csr_matrix
        ``(len(rows), len(genes))`` float32 in log1p space; zeros are not stored.

    Raises
    ------
    DataError
        If the matrix is damaged, or holds values that are not finite, or not counts where it should.
    """
    reading = _Reading(dataset, rows, genes)
    for chunk in stream(dataset.source, progress, values=VALUES_AT_ONCE):
        reading.add(chunk)
    return reading.finish()


class _Reading:
    """Stored values of the chosen cells, gathered chunk by chunk."""

    def __init__(self, dataset: CellDataset, rows: Ints, genes: Ints | None) -> None:
        source = dataset.source
        self._dataset, self._rows = dataset, rows
        self._genes = np.arange(source.n_genes) if genes is None else genes
        self._cell_place = _places(rows, source.n_cells)
        self._gene_place = _places(self._genes, source.n_genes)
        self._counts = dataset.schema.space == "counts"
        self._sums = np.zeros(len(rows))
        self._parts: list[tuple[Ints, Ints, NDArray[Any]]] = []

    def add(self, chunk: Chunk) -> None:
        """Keep what a chunk holds of the chosen cells and genes, and add it to the cells' totals."""
        match chunk:
            case CsrChunk():
                self._add_rows(chunk)
            case CscChunk():
                self._add_columns(chunk)
            case DenseChunk():
                self._add_dense(chunk)

    def _add_rows(self, chunk: CsrChunk) -> None:
        indptr = checked_pointers(chunk.indptr, chunk.indices, self._dataset.name)
        own = np.flatnonzero(self._cell_place[chunk.start : chunk.stop] >= 0)
        lengths = np.diff(indptr)[own]
        at = np.repeat(indptr[own] - (np.cumsum(lengths) - lengths), lengths) + np.arange(lengths.sum())
        genes = chunk.indices[at]
        refuse_outside(genes, self._dataset.source.n_genes, self._dataset.name)
        cells = np.repeat(self._cell_place[own + chunk.start], lengths)
        self._keep(cells, genes.astype(np.int64), chunk.data[at])

    def _add_columns(self, chunk: CscChunk) -> None:
        indptr = checked_pointers(chunk.indptr, chunk.indices, self._dataset.name)
        stored = int(indptr[-1])
        refuse_outside(chunk.indices[:stored], len(self._cell_place), self._dataset.name)
        cells = self._cell_place[chunk.indices[:stored]]
        at = np.flatnonzero(cells >= 0)
        genes = np.searchsorted(indptr, at, side="right") - 1 + chunk.start
        self._keep(cells[at], genes.astype(np.int64), chunk.data[at])

    def _add_dense(self, chunk: DenseChunk) -> None:
        own = np.flatnonzero(self._cell_place[chunk.start : chunk.stop] >= 0)
        block = chunk.values[own]
        at, genes = np.nonzero(block)
        self._keep(self._cell_place[own + chunk.start][at], genes.astype(np.int64), block[at, genes])

    def _keep(self, cells: Ints, genes: Ints, values: NDArray[Any]) -> None:
        values = as_count(values) if self._counts else as_float(values)
        if self._counts:
            self._sums += np.bincount(cells, weights=values, minlength=len(self._sums))
        kept = self._gene_place[genes] >= 0
        self._parts.append((cells[kept], self._gene_place[genes[kept]], values[kept]))

    def finish(self) -> csr_matrix:
        """Return the values in log1p space."""
        from scipy.sparse import csr_matrix

        cells, genes, values = (
            np.concatenate(column) if column else np.empty(0) for column in _columns(self._parts)
        )
        shape = (len(self._rows), len(self._genes))
        matrix = csr_matrix((values, (cells.astype(np.int64), genes.astype(np.int64))), shape=shape)
        if not np.isfinite(matrix.data).all():
            raise DataError(
                f"{self._dataset.name} holds values that are NaN or infinite; expected finite values, so repair or "
                "remove them."
            )
        if self._counts:
            given = given_totals(self._dataset)
            totals = self._sums if given is None else given[self._rows]
            out = np.empty(matrix.nnz, dtype=np.float32)
            status = normalise_rows(
                matrix.indptr.astype(np.int64), as_count(matrix.data), totals, (0, shape[0]), out
            )
            refuse_status(status, self._dataset.name)
            matrix.data = out
        matrix.eliminate_zeros()
        return matrix.astype(np.float32)


def _places(positions: Ints, size: int) -> Ints:
    """Return for each of ``size`` positions its place among the chosen ones, -1 where it is none."""
    found = np.full(size, -1, dtype=np.int64)
    found[positions] = np.arange(len(positions))
    return found


def _columns(parts: list[tuple[Ints, Ints, NDArray[Any]]]) -> list[list[NDArray[Any]]]:
    return [[part[i] for part in parts] for i in range(3)]
