"""Cells in AnnData's on-disk encoding, alike in HDF5 and zarr: chunks of the matrix, a sample of its cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from perturbdash.errors import DataError
from perturbdash.io.frames import Annotated, Frames
from perturbdash.io.matrix import Matrix, check_indices, describe
from perturbdash.io.readers import PieceReader, Readers, Reading
from perturbdash.io.source import (
    CHUNK_BYTES,
    CHUNK_VALUES,
    Chunk,
    CscChunk,
    CsrChunk,
    DenseChunk,
    Layout,
    Part,
    blocks_of_rows,
    cuts,
    part_of,
    rows_of_blocks,
)
from perturbdash.io.stored_sample import read_sample
from perturbdash.io.workers import Workers

if TYPE_CHECKING:
    import scipy.sparse

CSC_SAMPLE_ROWS = 256


@dataclass(frozen=True, slots=True)
class Open:
    """An open matrix: the element that holds it, and what makes a reader of one of its arrays."""

    element: Any
    reader: Callable[[Any, Reading], PieceReader]


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

    def open_arrays(self) -> AbstractContextManager[Open]:
        """Open the file and give the element that holds the matrix, and what makes a reader of one of its arrays."""
        raise NotImplementedError

    @contextmanager
    def readers(self, workers: Workers | None = None, *, few: bool = False) -> Iterator[Readers]:
        """Open the file and give readers of the matrix; indices are refused where they lie outside of it."""
        with self.open_arrays() as opened, nullcontext(workers) if workers else Workers() as threads:
            reading = Reading(threads, few=few)
            if self.layout == "dense":
                yield Readers(opened.reader(opened.element, reading), None)
                return
            limit = self.n_genes if self.layout == "csr" else self.n_cells
            inside = replace(reading, check=partial(check_indices, limit=limit, where=self.where))
            values = opened.reader(opened.element["data"], reading)
            yield Readers(values, opened.reader(opened.element["indices"], inside))

    def chunks(
        self,
        values: int = CHUNK_VALUES,
        *,
        start: int = 0,
        stop: int | None = None,
        workers: Workers | None = None,
    ) -> Iterator[Chunk]:
        """Yield the matrix in order, at most ``values`` stored values (or one row or column) at a time.

        ``start`` and ``stop`` bound the rows, or the columns where the matrix is stored by gene; chunks name
        positions in the whole matrix. ``workers`` are the threads that read, by default threads of its own.

        Raises
        ------
        DataError
            If the file cannot be read to its end, an index lies outside the matrix, or the part does.
        """
        part = part_of(self.n_genes if self.layout == "csc" else self.n_cells, start, stop, self.where)
        values = max(1, min(values, CHUNK_BYTES // self.matrix.value_bytes))
        try:
            with self.readers(workers) as readers:
                if self.layout == "dense":
                    yield from self._dense_chunks(readers.values, values, part)
                else:
                    yield from self._sparse_chunks(readers, values, part)
        except OSError as problem:
            raise DataError(
                f"{self.where} cannot be read to its end ({problem}); copy it again."
            ) from problem

    def _dense_chunks(self, reader: PieceReader, values: int, part: Part) -> Iterator[Chunk]:
        block = self.matrix.rows_a_block
        rows = max(1, values // max(1, self.n_genes))
        rows = rows // block * block or rows
        for start in range(*part, rows):
            stop = min(start + rows, part[1])
            yield DenseChunk(start, stop, reader.read(start, stop))

    def _sparse_chunks(self, readers: Readers, values: int, part: Part) -> Iterator[Chunk]:
        kind = CsrChunk if self.layout == "csr" else CscChunk
        indptr = cast(NDArray[np.int64], self.matrix.indptr)
        for start, stop in cuts(indptr, values, part):
            yield kind(start, stop, *self._sparse_part(readers, start, stop))

    def _sparse_part(
        self, readers: Readers, start: int, stop: int
    ) -> tuple[NDArray[np.int64], NDArray[Any], NDArray[Any]]:
        indptr = cast(NDArray[np.int64], self.matrix.indptr)
        low, high = int(indptr[start]), int(indptr[stop])
        indices = cast(PieceReader, readers.indices).read(low, high)
        return indptr[start : stop + 1] - low, indices, readers.values.read(low, high)

    def sample_rows(self, n_rows: int, seed: int) -> NDArray[np.int64]:
        """Return the sorted positions of the cells that `sample` reads; the first ones where stored by gene."""
        if self.layout == "csc":
            return np.arange(min(n_rows, CSC_SAMPLE_ROWS, self.n_cells), dtype=np.int64)
        return rows_of_blocks(blocks_of_rows(self.n_cells, n_rows, seed))

    def sample(self, n_rows: int, seed: int) -> scipy.sparse.csr_matrix:
        """Read a few cells, cheaply, for detection: ``(len(sample_rows), n_genes)``."""
        try:
            with self.readers(few=self.layout != "csc") as readers:
                return read_sample(readers, self.matrix, self.sample_rows(n_rows, seed))
        except OSError as problem:
            raise DataError(f"{self.where} cannot be read ({problem}); copy it again.") from problem
