"""Chunks of a file, cut down to the genes that are wanted before they reach the table of moments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perturbdash.io.source import Chunk, CscChunk, CsrChunk, DenseChunk
from perturbdash.statistics import normalise
from perturbdash.statistics.matrices import as_count, checked_pointers
from perturbdash.statistics.rowwise import compiled

Array = NDArray[Any]


def log1p_chunks(chunks: Iterable[Chunk], totals: NDArray[np.float64], name: str) -> Iterator[Chunk]:
    """Yield chunks of whole rows of counts as log1p of counts per 10,000, before genes are left out.

    Parameters
    ----------
    chunks
        By row, the first row of all being 0.
    totals
        Of each row, NaN for its sum.
    name
        The data set's name, for errors.
    """
    for chunk in chunks:
        if isinstance(chunk, CsrChunk):
            pointers = checked_pointers(chunk.indptr, chunk.indices, name)
            data = _log1p(pointers, chunk.data, totals[chunk.start : chunk.stop], name)
            yield CsrChunk(chunk.start, chunk.stop, pointers, chunk.indices, data)
        elif isinstance(chunk, DenseChunk):
            rows, columns = chunk.values.shape
            pointers = np.arange(rows + 1, dtype=np.int64) * columns
            flat = np.ascontiguousarray(chunk.values).reshape(-1)
            data = _log1p(pointers, flat, totals[chunk.start : chunk.stop], name)
            yield DenseChunk(chunk.start, chunk.stop, data.reshape(rows, columns))


def _log1p(indptr: NDArray[np.int64], data: Array, totals: NDArray[np.float64], name: str) -> Array:
    out = np.empty(data.size, dtype=np.float32)
    status = normalise.normalise_rows(indptr, as_count(data), totals, (0, indptr.size - 1), out)
    normalise.refuse_status(status, name)
    return out


def chosen_genes(chunks: Iterable[Chunk], columns: NDArray[np.int64], n_genes: int) -> Iterator[Chunk]:
    """Yield the values of some genes, numbered by their place among these.

    Parameters
    ----------
    chunks
        Of a matrix of `n_genes`, indices checked.
    columns
        Rising positions of the genes that are wanted.
    """
    place = np.full(n_genes, -1, dtype=np.int32)
    place[columns] = np.arange(columns.size, dtype=np.int32)
    for chunk in chunks:
        match chunk:
            case DenseChunk():
                yield DenseChunk(chunk.start, chunk.stop, chunk.values[:, columns])
            case CsrChunk():
                indices = np.empty(chunk.indices.size, dtype=np.int32)
                data, indptr = np.empty_like(chunk.data), np.empty_like(chunk.indptr)
                kept = keep_genes(chunk.indptr, chunk.indices, chunk.data, place, indptr, indices, data)
                yield CsrChunk(chunk.start, chunk.stop, indptr, indices[:kept], data[:kept])
            case CscChunk():
                yield from _chosen_columns(chunk, columns)


def _chosen_columns(chunk: CscChunk, columns: NDArray[np.int64]) -> Iterator[CscChunk]:
    low, high = (int(end) for end in np.searchsorted(columns, [chunk.start, chunk.stop]))
    if low == high:
        return
    local = columns[low:high] - chunk.start
    lengths = np.diff(chunk.indptr)
    wanted = np.zeros(lengths.size, dtype=np.bool_)
    wanted[local] = True
    values = np.repeat(wanted, lengths)
    indptr = np.concatenate([[0], np.cumsum(lengths[local])]).astype(np.int64)
    yield CscChunk(low, high, indptr, chunk.indices[: values.size][values], chunk.data[: values.size][values])


@compiled
def keep_genes(
    indptr: Array, indices: Array, data: Array, place: Array, kept_indptr: Array, kept: Array, values: Array
) -> int:
    """Copy the stored values whose gene has a place, with that place as gene; return how many there are."""
    n = 0
    kept_indptr[0] = 0
    for row in range(indptr.size - 1):
        for j in range(indptr[row], indptr[row + 1]):
            gene = place[indices[j]]
            if gene >= 0:
                kept[n] = gene
                values[n] = data[j]
                n += 1
        kept_indptr[row + 1] = n
    return n
