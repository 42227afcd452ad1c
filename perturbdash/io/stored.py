"""Cells in AnnData's on-disk encoding, alike in HDF5 and zarr: chunks of the matrix, a sample of its cells."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from perturbdash.errors import DataError
from perturbdash.io.frames import Annotated, Frames
from perturbdash.io.matrix import Matrix, check_indices, describe
from perturbdash.io.source import (
    CHUNK_VALUES,
    Chunk,
    CscChunk,
    CsrChunk,
    DenseChunk,
    Layout,
    blocks_of_rows,
    cuts,
    rows_of_blocks,
)

if TYPE_CHECKING:
    import scipy.sparse

CSC_SAMPLE_ROWS = 256


class Reader(Protocol):
    """Rows of an array on disk; each call may overwrite what the call before returned."""

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Return rows ``start`` to ``stop``."""


@dataclass(frozen=True, slots=True)
class Readers:
    """Readers of an open matrix: of its rows where it is dense, else of its values and their indices."""

    values: Reader
    indices: Reader | None


class StoredSource(Annotated):
    """Cells in a file: everything that does not depend on whether it is HDF5 or zarr."""

    def __init__(self, path: Path, *, frames: Frames, layer: str | None) -> None:
        self.path: Path = path
        self.frames = frames
        self.layer = layer
        self.name = path.stem

    @property
    def layout(self) -> Layout:
        """How the matrix is stored."""
        return self.matrix.layout

    @property
    def n_stored(self) -> int:
        """Number of stored values."""
        return self.matrix.n_stored

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the stored values."""
        return self.matrix.dtype

    @property
    def where(self) -> str:
        """The file and the matrix, for messages."""
        return f"{'X' if self.layer is None else f'layer {self.layer!r}'} of {self.path.name}"

    @cached_property
    def matrix(self) -> Matrix:
        """What the matrix is."""
        with self.element() as element:
            matrix = describe(element, self.where)
        expected = (len(self.cell_names), len(self.genes))
        if (matrix.n_cells, matrix.n_genes) != expected:
            raise DataError(
                f"{self.where} is {matrix.n_cells:,} × {matrix.n_genes:,}, but obs and var name "
                f"{expected[0]:,} cells and {expected[1]:,} genes; write the file again."
            )
        return matrix

    def element(self) -> AbstractContextManager[Any]:
        """Open the file and give the element that holds the matrix."""
        raise NotImplementedError

    def readers(self) -> AbstractContextManager[Readers]:
        """Open the file and give readers of the matrix."""
        raise NotImplementedError

    def chunks(self, values: int = CHUNK_VALUES) -> Iterator[Chunk]:
        """Yield the matrix in order, at most ``values`` stored values (or one row or column) at a time.

        Raises
        ------
        DataError
            If the file cannot be read to its end, or an index lies outside the matrix.
        """
        try:
            with self.readers() as readers:
                if self.layout == "dense":
                    yield from self._dense_chunks(readers.values, values)
                else:
                    yield from self._sparse_chunks(readers, values)
        except OSError as problem:
            raise DataError(
                f"{self.where} cannot be read to its end ({problem}); copy it again."
            ) from problem

    def _dense_chunks(self, reader: Reader, values: int) -> Iterator[Chunk]:
        block = self.matrix.rows_a_block
        rows = max(1, values // max(1, self.n_genes))
        rows = rows // block * block or rows
        for start in range(0, self.n_cells, rows):
            stop = min(start + rows, self.n_cells)
            yield DenseChunk(start, stop, reader.read(start, stop))

    def _sparse_chunks(self, readers: Readers, values: int) -> Iterator[Chunk]:
        kind = CsrChunk if self.layout == "csr" else CscChunk
        indptr = cast(NDArray[np.int64], self.matrix.indptr)
        for start, stop in cuts(indptr, values):
            yield kind(start, stop, *self._sparse_part(readers, start, stop))

    def _sparse_part(
        self, readers: Readers, start: int, stop: int
    ) -> tuple[NDArray[np.int64], NDArray[Any], NDArray[Any]]:
        indptr = cast(NDArray[np.int64], self.matrix.indptr)
        low, high = int(indptr[start]), int(indptr[stop])
        indices = cast(Reader, readers.indices).read(low, high)
        check_indices(indices, self.n_genes if self.layout == "csr" else self.n_cells, self.where)
        return indptr[start : stop + 1] - low, indices, readers.values.read(low, high)

    def sample_rows(self, n_rows: int, seed: int) -> NDArray[np.int64]:
        """Return the sorted positions of the cells that `sample` reads; the first ones where stored by gene."""
        if self.layout == "csc":
            return np.arange(min(n_rows, CSC_SAMPLE_ROWS, self.n_cells), dtype=np.int64)
        return rows_of_blocks(blocks_of_rows(self.n_cells, n_rows, seed))

    def sample(self, n_rows: int, seed: int) -> scipy.sparse.csr_matrix:
        """Read a few cells, cheaply, for detection: ``(len(sample_rows), n_genes)``."""
        try:
            with self.readers() as readers:
                if self.layout == "csc":
                    return self._sample_by_gene(readers, len(self.sample_rows(n_rows, seed)))
                return self._sample_by_cell(readers, blocks_of_rows(self.n_cells, n_rows, seed))
        except OSError as problem:
            raise DataError(f"{self.where} cannot be read ({problem}); copy it again.") from problem

    def _sample_by_cell(self, readers: Readers, blocks: list[tuple[int, int]]) -> scipy.sparse.csr_matrix:
        from scipy.sparse import csr_matrix, vstack

        parts = []
        for start, stop in blocks:
            if self.layout == "dense":
                parts.append(csr_matrix(readers.values.read(start, stop)))
                continue
            indptr, indices, data = self._sparse_part(readers, start, stop)
            shape = (stop - start, self.n_genes)
            parts.append(csr_matrix((data.copy(), indices.astype(np.int64), indptr), shape=shape))
        return csr_matrix(vstack(parts, format="csr"))

    def _sample_by_gene(self, readers: Readers, n_rows: int) -> scipy.sparse.csr_matrix:
        """Read the first entries of each gene, which are its first cells as long as indices are sorted."""
        from scipy.sparse import csc_matrix, csr_matrix

        indptr = cast(NDArray[np.int64], self.matrix.indptr)
        rows, values, columns = [], [], []
        for gene in range(self.n_genes):
            low, high = int(indptr[gene]), int(indptr[gene + 1])
            indices = cast(Reader, readers.indices).read(low, min(high, low + n_rows))
            if np.any(np.diff(indices) <= 0):
                indices = cast(Reader, readers.indices).read(low, high)
            check_indices(indices, self.n_cells, self.where)
            wanted = np.flatnonzero(indices < n_rows)
            if len(wanted):
                rows.append(indices[wanted].astype(np.int64))
                values.append(readers.values.read(low, low + int(wanted[-1]) + 1)[wanted])
                columns.append(np.full(len(wanted), gene, dtype=np.int64))
        if not rows:
            return csr_matrix((n_rows, self.n_genes), dtype=self.dtype)
        coordinates = (np.concatenate(rows), np.concatenate(columns))
        return csr_matrix(csc_matrix((np.concatenate(values), coordinates), shape=(n_rows, self.n_genes)))
