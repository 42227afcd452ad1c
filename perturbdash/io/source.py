"""What every source of cells offers: names, ``obs``, and chunks of its matrix as it is stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from perturbdash.errors import DataError
from perturbdash.vocabulary import Purpose

if TYPE_CHECKING:
    import pandas as pd
    import scipy.sparse

    from perturbdash.io.workers import Workers

Layout = Literal["csr", "csc", "dense"]
Part = tuple[int, int]

CHUNK_VALUES = 48_000_000
CHUNK_BYTES = 192_000_000
SAMPLE_BLOCKS = 16


@dataclass(frozen=True, slots=True)
class CsrChunk:
    """Cells ``start`` to ``stop``, stored by cell; the next chunk may overwrite the arrays.

    ``indptr`` starts at 0 and has ``stop - start + 1`` entries; ``indices`` are genes.
    """

    start: int
    stop: int
    indptr: NDArray[np.int64]
    indices: NDArray[Any]
    data: NDArray[Any]


@dataclass(frozen=True, slots=True)
class CscChunk:
    """Genes ``start`` to ``stop`` of all cells, stored by gene; the next chunk may overwrite the arrays.

    ``indptr`` starts at 0 and has ``stop - start + 1`` entries; ``indices`` are cells.
    """

    start: int
    stop: int
    indptr: NDArray[np.int64]
    indices: NDArray[Any]
    data: NDArray[Any]


@dataclass(frozen=True, slots=True)
class DenseChunk:
    """Cells ``start`` to ``stop``, ``(stop - start, n_genes)``; the next chunk may overwrite the array."""

    start: int
    stop: int
    values: NDArray[Any]


Chunk = CsrChunk | CscChunk | DenseChunk


class CellSource(Protocol):
    """A matrix of cells × genes on disk or in memory, with its annotations; opening it reads no values."""

    @property
    def name(self) -> str:
        """Short name for screens."""

    @property
    def path(self) -> Path | None:
        """Where it lies; None in memory."""

    @property
    def layout(self) -> Layout:
        """How the matrix is stored, which decides what kind of chunk it yields."""

    @property
    def n_cells(self) -> int:
        """Number of rows."""

    @property
    def n_genes(self) -> int:
        """Number of columns."""

    @property
    def n_stored(self) -> int:
        """Number of stored values; all of them where the matrix is dense."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the stored values."""

    @property
    def obs(self) -> pd.DataFrame:
        """Annotation of the cells."""

    @property
    def var(self) -> pd.DataFrame:
        """Annotation of the genes."""

    @property
    def cell_names(self) -> NDArray[np.object_]:
        """Names of the cells as str, ``(n_cells,)``."""

    @property
    def genes(self) -> NDArray[np.object_]:
        """Names of the genes as str, ``(n_genes,)``."""

    @property
    def layer(self) -> str | None:
        """The layer that is read; None for X."""

    @property
    def layers(self) -> tuple[str, ...]:
        """Layers that could be read instead of X."""

    def with_layer(self, layer: str | None) -> CellSource:
        """Return the same cells with another matrix."""

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
        """

    def sample_rows(self, n_rows: int, seed: int) -> NDArray[np.int64]:
        """Return the sorted positions of the cells that `sample` reads."""

    def sample(self, n_rows: int, seed: int) -> scipy.sparse.csr_matrix:
        """Read a few cells, cheaply, for detection: ``(len(sample_rows), n_genes)``."""

    def identity(self) -> dict[str, object]:
        """Return what changes when the content may have changed."""


def cuts(indptr: NDArray[np.int64], values: int, part: Part | None = None) -> Iterator[Part]:
    """Yield ranges of rows of a part (of all) that hold at most ``values`` stored values each, or one row.

    Examples
    --------
    >>> list(cuts(np.array([0, 2, 4, 9, 9]), 4))
    [(0, 2), (2, 3), (3, 4)]
    >>> list(cuts(np.array([0, 2, 4, 9, 9]), 4, (1, 3)))
    [(1, 2), (2, 3)]
    """
    start, end = part or (0, len(indptr) - 1)
    while start < end:
        reach = int(np.searchsorted(indptr, indptr[start] + values, side="right")) - 1
        stop = min(max(reach, start + 1), end)
        yield start, stop
        start = stop


def part_of(n_major: int, start: int, stop: int | None, where: str) -> Part:
    """Return the rows (columns, where stored by gene) that ``start`` and ``stop`` mean, of ``n_major``.

    Raises
    ------
    DataError
        If they lie outside of the matrix.
    """
    end = n_major if stop is None else stop
    if not 0 <= start <= end <= n_major:
        raise DataError(f"{where} has no part from {start:,} to {end:,}; it has {n_major:,}.")
    return start, end


def blocks_of_rows(n_cells: int, n_rows: int, seed: int) -> list[tuple[int, int]]:
    """Return at most ``SAMPLE_BLOCKS`` separate ranges of rows, spread over all and cheap to read."""
    if n_cells <= n_rows:
        return [(0, n_cells)]
    n_blocks = min(SAMPLE_BLOCKS, n_rows)
    length = n_rows // n_blocks
    edges = np.linspace(0, n_cells, n_blocks + 1).astype(np.int64)
    rng = np.random.default_rng([seed, Purpose.SPACE_SAMPLE])
    starts = [int(rng.integers(low, high - length + 1)) for low, high in pairwise(edges)]
    return [(start, start + length) for start in starts]


def rows_of_blocks(blocks: list[tuple[int, int]]) -> NDArray[np.int64]:
    """Return the rows of the ranges, in order."""
    return np.concatenate([np.arange(start, stop, dtype=np.int64) for start, stop in blocks])
