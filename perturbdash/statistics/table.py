"""The table of moments that grows chunk by chunk on the processor, filled by threads over disjoint parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from perturbdash.io.readers import with_room
from perturbdash.io.workers import Workers
from perturbdash.statistics import kernels, normalise
from perturbdash.statistics.matrices import (
    as_count,
    as_float,
    checked_pointers,
    refuse_duplicates,
    refuse_outside,
    refuse_status,
)
from perturbdash.statistics.threads import even_spans, pointer_spans, shares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perturbdash.io.source import CscChunk, CsrChunk, DenseChunk
    from perturbdash.statistics.halves import Groups


class Table:
    """Moments of groups of cells, to which chunks are added.

    Parameters
    ----------
    groups
        The group of each cell.
    n_genes
        Number of columns.
    totals
        Cell totals by which counts are normalised, NaN where the row's sum is meant, ``(n_cells,)``; None
        where the chunks hold log1p values already.
    name
        The data set's name, for errors.
    """

    def __init__(
        self, groups: Groups, n_genes: int, *, totals: NDArray[np.float64] | None, name: str
    ) -> None:
        self._codes, self._sizes, self._totals, self._name = groups.codes, groups.sizes, totals, name
        shape = (self._sizes.size, n_genes)
        self._mean = np.zeros(shape)
        self._m2 = np.zeros(shape)
        self._count = np.zeros(shape, dtype=np.int32)
        self._negative: NDArray[np.int32] | None = None
        self._seen = np.zeros(shape[0], dtype=np.int64)
        self._zeros_missing = False
        self._normalised = np.empty(0, dtype=np.float32)
        self._tabulated: NDArray[np.float32] | None = None
        self._workers = Workers()
        self._threads, self._run = self._workers.n, self._workers.run

    def close(self) -> None:
        """End the threads."""
        self._workers.close()

    def add_csr(self, chunk: CsrChunk) -> None:
        """Add a chunk of rows whose zeros are not stored.

        Parameters
        ----------
        chunk
            Counts where totals were given, log1p values elsewhere.

        Raises
        ------
        DataError
            If the chunk is malformed, or holds what cannot be counts.
        """
        indptr, indices = checked_pointers(chunk.indptr, chunk.indices, self._name), chunk.indices
        rows, codes = self._sorted(chunk.start, chunk.stop)
        data = self._log1p_rows(chunk.start, indptr, chunk.data)
        spans = shares(codes, np.diff(indptr)[rows], self._threads)
        outcomes = self._run(
            lambda a, b: kernels.add_rows(
                indptr, indices, data, rows[a:b], codes[a:b], self._mean, self._m2, self._count
            ),
            spans,
        )
        self._zeros_missing = True
        refuse_status(max((outcome[0] for outcome in outcomes), default=kernels.FINE), self._name)
        if not all(outcome[2] for outcome in outcomes):
            refuse_duplicates(indptr, indices, self._mean.shape[1], self._name)
        if min((outcome[1] for outcome in outcomes), default=0.0) < 0:
            if self._negative is None:
                self._negative = np.zeros_like(self._count)
            kernels.count_negative(indptr, indices, data, rows, codes, self._negative)

    def add_dense(self, chunk: DenseChunk) -> None:
        """Add a chunk of whole rows; parameters and errors as `add_csr`."""
        values = np.ascontiguousarray(chunk.values)
        n_genes = values.shape[1]
        rows, codes = self._sorted(chunk.start, chunk.stop)
        indptr = np.arange(values.shape[0] + 1, dtype=np.int64) * n_genes
        data = self._log1p_rows(chunk.start, indptr, values.reshape(-1)).reshape(values.shape)
        self._run(
            lambda a, b: kernels.add_block(
                data, rows[a:b], codes[a:b], self._seen, self._mean, self._m2, self._count
            ),
            shares(codes, np.ones(rows.size, dtype=np.int64), self._threads),
        )

    def add_csc(self, chunk: CscChunk) -> None:
        """Add a chunk of whole columns, every cell in it; parameters and errors as `add_csr`."""
        indptr, indices = checked_pointers(chunk.indptr, chunk.indices, self._name), chunk.indices
        data = self._log1p_values(indices, chunk.data)
        outcomes = self._run(
            lambda a, b: kernels.add_columns(
                indptr,
                indices,
                data,
                (a, b, chunk.start),
                self._codes,
                self._sizes,
                self._mean,
                self._m2,
                self._count,
            ),
            pointer_spans(indptr, self._threads),
        )
        refuse_status(max((outcome[0] for outcome in outcomes), default=kernels.FINE), self._name)
        if not all(outcome[1] for outcome in outcomes):
            refuse_duplicates(indptr, indices, self._codes.size, self._name)

    def finish(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
        """Return mean, m2 and nnz ``(n_groups, n_genes)``; the table is spent."""
        if self._zeros_missing:
            self._run(
                lambda a, b: kernels.finish((a, b), self._sizes, self._count, self._mean, self._m2),
                even_spans(self._sizes.size, self._threads),
            )
        nnz = self._count.astype(np.int64)
        if self._negative is not None:
            nnz -= self._negative
        return self._mean, self._m2, nnz

    def _sorted(self, start: int, stop: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Return the chunk's rows that belong to a group, sorted by group, and their groups."""
        codes = self._codes[start:stop]
        rows = np.argsort(codes, kind="stable").astype(np.int64, copy=False)
        rows = rows[np.searchsorted(codes[rows], 0) :]
        return rows, codes[rows]

    def _log1p_rows(self, start: int, indptr: NDArray[np.int64], data: NDArray[Any]) -> NDArray[Any]:
        if self._totals is None:
            return as_float(data)
        counts, out = as_count(data), self._buffer(data)
        totals = self._totals[start : start + indptr.size - 1]
        spans = pointer_spans(indptr, self._threads)
        statuses = self._run(
            lambda a, b: normalise.normalise_rows(indptr, counts, totals, (a, b), out), spans
        )
        normalise.refuse_status(max(statuses, default=0), self._name)
        return out

    def _log1p_values(self, cells: NDArray[Any], data: NDArray[Any]) -> NDArray[Any]:
        if self._totals is None:
            return as_float(data)
        refuse_outside(cells, self._totals.size, self._name)
        counts, totals, out = as_count(data), self._totals, self._buffer(data)
        if self._tabulated is None:
            n_counts = normalise.TABULATED if totals.size <= normalise.MOST_TABULATED else 0
            table = np.empty((totals.size, n_counts), dtype=np.float32)
            spans = even_spans(totals.size, self._threads)
            self._run(lambda a, b: normalise.tabulate(totals, (a, b), table), spans)
            self._tabulated = table
        table = self._tabulated
        statuses = self._run(
            lambda a, b: normalise.normalise_values(cells, counts, totals, table, (a, b), out),
            even_spans(data.size, self._threads),
        )
        normalise.refuse_status(max(statuses, default=0), self._name)
        return out

    def _buffer(self, data: NDArray[Any]) -> NDArray[np.float32]:
        if self._normalised.size < data.size:
            self._normalised = np.empty(with_room(data.size), dtype=np.float32)
        return self._normalised[: data.size]
