"""A matrix in AnnData's on-disk encoding, alike in HDF5 and zarr: what it is, its chunks, a sample of its cells."""

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
from perturbdash.io.frames import Frames
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
    import pandas as pd
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


@dataclass(frozen=True, slots=True)
class Matrix:
    """What a stored matrix is, known without reading its values."""

    layout: Layout
    n_cells: int
    n_genes: int
    n_stored: int
    dtype: np.dtype[Any]
    indptr: NDArray[np.int64] | None
    rows_a_block: int


def describe(element: Any, where: str) -> Matrix:
    """Return what the element of an open file is.

    Parameters
    ----------
    element
        A group with ``data``, ``indices`` and ``indptr``, or an array, of h5py or zarr.
    where
        The file and the element, for messages.

    Raises
    ------
    DataError
        If it is not a matrix, or a sparse one that contradicts itself.
    """
    kind = str(element.attrs.get("encoding-type", element.attrs.get("h5sparse_format", "")))
    if not hasattr(element, "shape"):
        if not kind.startswith(("csr", "csc")):
            raise DataError(f"{where} is stored as {kind or 'a group'}; expected a dense, CSR or CSC matrix.")
        return _describe_sparse(element, "csr" if kind.startswith("csr") else "csc", where)
    if len(element.shape) != 2 or element.dtype.kind not in "iufb":
        raise DataError(
            f"{where} has shape {tuple(element.shape)} and type {element.dtype}; expected numbers, cells × genes."
        )
    n_cells, n_genes = (int(size) for size in element.shape)
    rows = int(element.chunks[0]) if element.chunks else 1
    return Matrix("dense", n_cells, n_genes, n_cells * n_genes, _native(element.dtype), None, rows)


def _describe_sparse(element: Any, layout: Layout, where: str) -> Matrix:
    missing = [part for part in ("data", "indices", "indptr") if part not in element]
    shape = element.attrs.get("shape", element.attrs.get("h5sparse_shape"))
    if missing or shape is None:
        raise DataError(
            f"{where} is a sparse matrix without {', '.join(missing) or 'a shape'}; write the file again."
        )
    n_cells, n_genes = (int(size) for size in shape)
    indptr = np.asarray(element["indptr"][:]).astype(np.int64)
    n_major = n_cells if layout == "csr" else n_genes
    n_stored = int(element["data"].shape[0])
    whole = len(indptr) == n_major + 1 and indptr[0] == 0 and indptr[-1] == n_stored
    if not whole or element["indices"].shape[0] != n_stored or bool(np.any(np.diff(indptr) < 0)):
        raise DataError(
            f"{where} is a sparse matrix whose parts contradict each other; write the file again."
        )
    return Matrix(layout, n_cells, n_genes, n_stored, _native(element["data"].dtype), indptr, 1)


def _native(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return np.dtype(dtype).newbyteorder("=")


class StoredSource:
    """Cells in a file: everything that does not depend on whether it is HDF5 or zarr."""

    def __init__(self, path: Path, *, frames: Frames, layer: str | None) -> None:
        self.path: Path = path
        self.frames = frames
        self.layer = layer
        self.name = path.stem

    @property
    def obs(self) -> pd.DataFrame:
        """Annotation of the cells."""
        return self.frames.obs

    @property
    def var(self) -> pd.DataFrame:
        """Annotation of the genes."""
        return self.frames.var

    @property
    def cell_names(self) -> NDArray[np.object_]:
        """Names of the cells as str, ``(n_cells,)``."""
        return self.frames.cell_names

    @property
    def genes(self) -> NDArray[np.object_]:
        """Names of the genes as str, ``(n_genes,)``."""
        return self.frames.genes

    @property
    def layers(self) -> tuple[str, ...]:
        """Layers that could be read instead of X."""
        return self.frames.layers

    @property
    def layout(self) -> Layout:
        """How the matrix is stored."""
        return self.matrix.layout

    @property
    def n_cells(self) -> int:
        """Number of rows."""
        return self.matrix.n_cells

    @property
    def n_genes(self) -> int:
        """Number of columns."""
        return self.matrix.n_genes

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
                f"{self.where} is {matrix.n_cells:,} × {matrix.n_genes:,}, but obs and var name {expected[0]:,} cells "
                f"and {expected[1]:,} genes; write the file again."
            )
        return matrix

    def element(self) -> AbstractContextManager[Any]:
        """Open the file and give the element that holds the matrix."""
        raise NotImplementedError

    def readers(self) -> AbstractContextManager[Readers]:
        """Open the file and give readers of the matrix."""
        raise NotImplementedError

    def chunks(self, values: int = CHUNK_VALUES) -> Iterator[Chunk]:
        """Yield the matrix in order, about ``values`` stored values at a time (at least one row or column).

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
                f"{self.where} cannot be read to its end ({problem}); copy the file again."
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
        """Return the sorted positions of the cells that `sample` reads; the first ones of a matrix stored by gene."""
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
            raise DataError(f"{self.where} cannot be read ({problem}); copy the file again.") from problem

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
        """Read the first entries of each gene, which are the first cells as long as the indices are sorted."""
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


def check_indices(indices: NDArray[Any], limit: int, where: str) -> None:
    """Refuse indices outside ``range(limit)``, which would make compiled code write outside its tables.

    Raises
    ------
    DataError
        If an index is negative or too large.
    """
    if not len(indices):
        return
    # A negative index reads as a huge unsigned one, so that a single pass finds both kinds.
    unsigned = indices.view(indices.dtype.str.replace("i", "u")) if indices.dtype.kind == "i" else indices
    if int(unsigned.max()) >= limit:
        raise DataError(
            f"{where} holds an index outside its {limit:,} rows or columns; write the file again."
        )
