"""Several files of cells as the cells of one experiment: their annotations joined, their matrices left apart."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from perturbdash.errors import DataError
from perturbdash.io.frames import Annotated, Frames
from perturbdash.io.source import (
    CHUNK_VALUES,
    CellSource,
    Chunk,
    CsrChunk,
    DenseChunk,
    Layout,
    blocks_of_rows,
)

if TYPE_CHECKING:
    import scipy.sparse

    from perturbdash.io.workers import Workers


@dataclass(frozen=True, eq=False)
class FileOfCells:
    """A file, and what is taken from it.

    Attributes
    ----------
    source
        The file's matrix, without annotations.
    rows
        Rising positions of the cells that are taken, int64 ``(n_taken,)``.
    columns
        Position in the file of each gene, int64 ``(n_genes,)``.
    """

    source: CellSource
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]

    def sampled(self, n_rows: int, seed: int) -> list[NDArray[np.int64]]:
        """Return blocks of positions in `rows` that are cheap to read."""
        if self.source.layout == "csc":
            there = np.isin(self.rows, self.source.sample_rows(n_rows, seed))
            return [np.flatnonzero(there).astype(np.int64)]
        blocks = blocks_of_rows(len(self.rows), n_rows, seed)
        return [np.arange(start, stop, dtype=np.int64) for start, stop in blocks]

    def sample(self, n_rows: int, seed: int) -> list[scipy.sparse.csr_matrix]:
        """Read the cells of `sampled`, a matrix a block, genes in the order of the experiment."""
        blocks = [self.rows[block] for block in self.sampled(n_rows, seed)]
        if self.source.layout == "csc":
            places = np.searchsorted(self.source.sample_rows(n_rows, seed), blocks[0])
            return [self.source.sample(n_rows, seed)[places][:, self.columns]]
        return [_rows_of(self.source, rows)[:, self.columns] for rows in blocks if len(rows)]


class JoinedSource(Annotated):
    """Cells of several files; `perturbdash.io.joining.join_files` makes it.

    The matrix cannot be streamed as one: `files` are read one by one.

    Parameters
    ----------
    files
        At least one.
    frames
        Annotations and names of the cells of all files, in their order.
    name
        Short name for screens.
    """

    path: Path | None = None

    def __init__(self, files: Sequence[FileOfCells], frames: Frames, name: str) -> None:
        self.files = tuple(files)
        self.frames = frames
        self.name = name
        self.layer = self.files[0].source.layer

    @property
    def layout(self) -> Layout:
        """How the matrix of the first file is stored."""
        return self.files[0].source.layout

    @property
    def n_stored(self) -> int:
        """Number of stored values in all files, cells that are not taken included."""
        return sum(file.source.n_stored for file in self.files)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the values of the first file."""
        return self.files[0].source.dtype

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """The position of each file's first cell among all."""
        sizes = [len(file.rows) for file in self.files]
        return tuple(int(start) for start in np.cumsum([0, *sizes[:-1]]))

    def with_layer(self, layer: str | None) -> JoinedSource:
        """Return the same cells with another matrix."""
        if layer == self.layer:
            return self
        files = [replace(file, source=file.source.with_layer(layer)) for file in self.files]
        return JoinedSource(files, self.frames, self.name)

    def chunks(
        self,
        values: int = CHUNK_VALUES,  # noqa: ARG002  as every source
        *,
        start: int = 0,  # noqa: ARG002
        stop: int | None = None,  # noqa: ARG002
        workers: Workers | None = None,  # noqa: ARG002
    ) -> Iterator[Chunk]:
        """Refuse: files may be stored in different ways and orders of genes."""
        raise DataError(
            f"{self.name} lies in several files, which are read one by one; make moments of them first."
        )

    def sample_rows(self, n_rows: int, seed: int) -> NDArray[np.int64]:
        """Return the sorted positions of the cells that `sample` reads.

        Raises
        ------
        DataError
            If files are stored by gene and their first cells are not taken.
        """
        found = [
            block + start
            for file, start, n in zip(self.files, self.starts, self._shares(n_rows), strict=True)
            for block in file.sampled(n, seed)
        ]
        rows = np.concatenate(found)
        if not rows.size:
            raise DataError(
                f"{self.name} is stored by gene, and its first cells are none of those that are asked for, so that "
                "its values cannot be looked at; write it by cell (CSR)."
            )
        return rows

    def sample(self, n_rows: int, seed: int) -> scipy.sparse.csr_matrix:
        """Read a few cells of every file: ``(len(sample_rows), n_genes)``."""
        from scipy.sparse import csr_matrix, vstack

        shares = self._shares(n_rows)
        blocks = [block for file, n in zip(self.files, shares, strict=True) for block in file.sample(n, seed)]
        return csr_matrix(vstack(blocks, format="csr"))

    def identity(self) -> dict[str, object]:
        """Return what changes when the content of a file may have changed, or other cells are taken."""
        rows = hashlib.blake2b(digest_size=16)
        for file in self.files:
            rows.update(file.rows.data)
        return {"files": [file.source.identity() for file in self.files], "rows": rows.hexdigest()}

    def _shares(self, n_rows: int) -> list[int]:
        return [max(1, n_rows * len(file.rows) // self.n_cells) for file in self.files]


def _rows_of(source: CellSource, rows: NDArray[np.int64]) -> scipy.sparse.csr_matrix:
    from scipy.sparse import csr_matrix, vstack

    found = []
    for chunk in source.chunks(start=int(rows[0]), stop=int(rows[-1]) + 1):
        here = rows[(rows >= chunk.start) & (rows < chunk.stop)] - chunk.start
        if isinstance(chunk, DenseChunk):
            found.append(csr_matrix(chunk.values[here]))
        elif isinstance(chunk, CsrChunk):
            shape = (chunk.stop - chunk.start, source.n_genes)
            indices = chunk.indices.astype(np.int64)
            found.append(csr_matrix((chunk.data, indices, chunk.indptr), shape=shape)[here])
    return csr_matrix(vstack(found, format="csr"))
