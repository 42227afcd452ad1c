"""Cells of an AnnData in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from perturbdash.errors import DataError
from perturbdash.io.frames import Annotated, Frames
from perturbdash.io.source import (
    CHUNK_VALUES,
    Chunk,
    CscChunk,
    CsrChunk,
    DenseChunk,
    Layout,
    blocks_of_rows,
    cuts,
    part_of,
    rows_of_blocks,
)

if TYPE_CHECKING:
    import anndata
    import scipy.sparse

    from perturbdash.io.workers import Workers

IN_MEMORY = "data in memory"


class MemorySource(Annotated):
    """Cells of an AnnData; its matrix is used where it lies, never copied.

    Parameters
    ----------
    adata
        X (or the layer) as an array or a CSR or CSC matrix of scipy.
    layer
        Read this layer instead of X.
    name
        Short name for screens.

    Raises
    ------
    DataError
        If the matrix is absent or of another kind.
    """

    path: Path | None = None

    def __init__(self, adata: anndata.AnnData, *, layer: str | None = None, name: str = IN_MEMORY) -> None:
        self._adata = adata
        self.layer = layer
        self.name = name
        self.frames = Frames.of(adata.obs, adata.var, tuple(sorted(adata.layers)))

    @property
    def adata(self) -> anndata.AnnData:
        """The AnnData itself, not to be changed."""
        return self._adata

    @property
    def layout(self) -> Layout:
        """How the matrix is stored."""
        kind: Layout = getattr(self.matrix, "format", "dense")
        return kind

    @property
    def n_stored(self) -> int:
        """Number of stored values."""
        return int(self.matrix.size)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the stored values."""
        dtype: np.dtype[Any] = np.dtype(self.matrix.dtype)
        return dtype

    @cached_property
    def matrix(self) -> Any:
        """The matrix itself."""
        from scipy.sparse import issparse

        if self.layer is not None and self.layer not in self.layers:
            offer = f"choose X or one of: {', '.join(self.layers)}" if self.layers else "it has X alone"
            raise DataError(f"The AnnData has no layer {self.layer!r}; {offer}.")
        matrix = self._adata.X if self.layer is None else self._adata.layers[self.layer]
        if matrix is None:
            raise DataError(
                f"The AnnData lacks X; choose one of its layers: {', '.join(self.layers) or 'none'}."
            )
        if issparse(matrix):
            return matrix if matrix.format in ("csr", "csc") else matrix.tocsr()
        if not isinstance(matrix, np.ndarray):
            found = type(matrix).__name__
            raise DataError(f"The matrix is a {found}; expected an array or a CSR or CSC matrix in memory.")
        return np.asarray(matrix)

    def with_layer(self, layer: str | None) -> MemorySource:
        """Return the same cells with another matrix."""
        return self if layer == self.layer else MemorySource(self._adata, layer=layer, name=self.name)

    def chunks(
        self,
        values: int = CHUNK_VALUES,
        *,
        start: int = 0,
        stop: int | None = None,
        workers: Workers | None = None,  # noqa: ARG002  nothing is read
    ) -> Iterator[Chunk]:
        """Yield the matrix in order, at most ``values`` stored values (or one row or column) at a time.

        ``start`` and ``stop`` bound the rows, or the columns where the matrix is stored by gene; chunks name
        positions in the whole matrix.

        Raises
        ------
        DataError
            If the part lies outside of the matrix.
        """
        matrix = self.matrix
        part = part_of(self.n_genes if self.layout == "csc" else self.n_cells, start, stop, self.name)
        if self.layout == "dense":
            rows = max(1, values // max(1, self.n_genes))
            for low in range(*part, rows):
                high = min(low + rows, part[1])
                yield DenseChunk(low, high, matrix[low:high])
            return
        kind = CsrChunk if self.layout == "csr" else CscChunk
        indptr = matrix.indptr.astype(np.int64)
        for low, high in cuts(indptr, values, part):
            stored = slice(int(indptr[low]), int(indptr[high]))
            places = indptr[low : high + 1] - stored.start
            yield kind(low, high, places, matrix.indices[stored], matrix.data[stored])

    def sample_rows(self, n_rows: int, seed: int) -> NDArray[np.int64]:
        """Return the sorted positions of the cells that `sample` reads."""
        return rows_of_blocks(blocks_of_rows(self.n_cells, n_rows, seed))

    def sample(self, n_rows: int, seed: int) -> scipy.sparse.csr_matrix:
        """Return a few cells for detection: ``(len(sample_rows), n_genes)``."""
        from scipy.sparse import csr_matrix

        return csr_matrix(self.matrix[self.sample_rows(n_rows, seed)])

    def identity(self) -> dict[str, object]:
        """Return a digest of the values and names."""
        return {"content": self._content}

    @cached_property
    def _content(self) -> str:
        digest = hashlib.blake2b(digest_size=16)
        for names in (self.cell_names, self.genes):
            digest.update("\0".join(names).encode())
            digest.update(b"\1")
        matrix = self.matrix
        parts = (matrix,) if self.layout == "dense" else (matrix.indptr, matrix.indices, matrix.data)
        for part in parts:
            digest.update(f"{self.layout} {part.dtype.str} {part.shape}".encode())
            digest.update(np.ascontiguousarray(part).view(np.uint8).data)
        return digest.hexdigest()
