"""Rows of arrays on disk, read piece by piece by several threads into buffers that are used again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from perturbdash.errors import DataError
from perturbdash.io.workers import Workers

PIECE_BYTES = 1 << 21
CHUNKS_OF_A_PIECE = 16

Array = NDArray[Any]
Check = Callable[[Array], None]


@dataclass(frozen=True, slots=True)
class Reading:
    """How an array is read: by which threads, and what is asked of each piece while it is in the cache.

    ``few`` says that so little is read that finding where all of it lies would cost more than it saves.
    """

    workers: Workers
    check: Check | None = None
    few: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """Shape and type of a stored array, and of the chunks that it is stored in (of one row where in none)."""

    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: np.dtype[Any]

    @classmethod
    def of(cls, array: Any) -> Shape:
        """Take them from an open array of h5py or zarr."""
        shape = tuple(int(size) for size in array.shape)
        chunks = tuple(int(size) for size in array.chunks or (1, *shape[1:]))
        return cls(shape, chunks, np.dtype(array.dtype).newbyteorder("="))

    @property
    def row_bytes(self) -> int:
        """Bytes of a row."""
        return self.dtype.itemsize * int(np.prod(self.shape[1:], dtype=np.int64))

    @property
    def rows_of_a_piece(self) -> int:
        """Rows that a thread reads at a time: some chunks, at least one."""
        wanted = PIECE_BYTES // max(1, self.row_bytes * self.chunks[0])
        most = CHUNKS_OF_A_PIECE if self.chunks[0] > 1 else wanted
        return self.chunks[0] * max(1, min(wanted, most))


class PieceReader:
    """Rows of one array; each call of `read` overwrites what the call before returned."""

    decodes = False  # whether short ranges are worth a second thread

    def __init__(self, shape: Shape, reading: Reading) -> None:
        self.shape = shape
        self._reading = reading
        self._buffer: Array = np.empty((0, *shape.shape[1:]), dtype=shape.dtype)

    def read(self, start: int, stop: int) -> Array:
        """Return rows ``start`` to ``stop``."""
        if len(self._buffer) < stop - start:
            rows = (with_room(stop - start), *self.shape.shape[1:])
            self._buffer = np.empty(rows, dtype=self.shape.dtype)
        part = self._buffer[: stop - start]
        if not part.size:
            return part

        def work(low: int, high: int) -> None:
            piece = part[low - start : high - start]
            self.fill(low, high, piece)
            self._check(piece)

        self._reading.workers.run(work, pieces(start, stop, self.shape.rows_of_a_piece))
        return part

    def gather(self, starts: NDArray[np.int64], stops: NDArray[np.int64]) -> Array:
        """Return the rows of many short ranges one after another, in memory of their own."""
        edges = np.concatenate([[0], np.cumsum(stops - starts)]).tolist()
        ranges = list(zip(starts.tolist(), stops.tolist(), pairwise(edges), strict=True))
        out: Array = np.empty((edges[-1], *self.shape.shape[1:]), dtype=self.shape.dtype)

        def work(low: int, high: int) -> None:
            for start, stop, (at, end) in ranges[low:high]:
                if start < stop:
                    self.fill(start, stop, out[at:end])

        threads = self._reading.workers.n if self.decodes else 1
        self._reading.workers.run(work, pieces(0, len(ranges), max(1, -(-len(ranges) // threads))))
        self._check(out)
        return out

    def _check(self, piece: Array) -> None:
        if self._reading.check is not None:
            self._reading.check(piece)

    def fill(self, start: int, stop: int, target: Array) -> None:
        """Write rows ``start`` to ``stop`` into ``target``; several threads call this at once."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Readers:
    """Readers of an open matrix: of its rows where it is dense, else of its values and their indices."""

    values: PieceReader
    indices: PieceReader | None


class SliceReader(PieceReader):
    """Rows of an array by slices of the library that it was opened with."""

    def __init__(self, array: Any, reading: Reading) -> None:
        super().__init__(Shape.of(array), reading)
        self._array = array

    def fill(self, start: int, stop: int, target: Array) -> None:
        """Write rows ``start`` to ``stop`` into ``target``."""
        try:
            target[...] = self._array[start:stop]
        except (OSError, DataError):
            raise
        except Exception as problem:  # codecs raise what they like
            raise OSError(str(problem)) from problem


class Load(Protocol):
    """Read one chunk by its place in the grid into an array of the chunk's shape."""

    def __call__(self, place: tuple[int, ...], out: Array) -> None:
        """Read the chunk, or raise ``OSError`` where it is damaged."""


class ChunkReader(PieceReader):
    """Rows of an array of compressed chunks, each decoded by the thread that needs it."""

    decodes = True

    def __init__(self, shape: Shape, reading: Reading, load: Load) -> None:
        super().__init__(shape, reading)
        self._load = load
        widths = zip(shape.shape[1:], shape.chunks[1:], strict=True)
        self._across = list(np.ndindex(*(-(-size // width) for size, width in widths)))
        self._of_thread = threading.local()

    def fill(self, start: int, stop: int, target: Array) -> None:
        """Write rows ``start`` to ``stop`` into ``target``."""
        height = self.shape.chunks[0]
        for row in range(start // height, -(-stop // height)):
            low, high = row * height, min((row + 1) * height, self.shape.shape[0])
            inside = target[max(low, start) - start : min(high, stop) - start]
            if inside.shape == self.shape.chunks:
                self._load((row, *self._across[0]), inside)
            elif len(inside) == high - low:
                self._decode(row, inside)
            else:
                inside[...] = self._kept(row, high - low)[max(low, start) - low : min(high, stop) - low]

    def _kept(self, row: int, n_rows: int) -> Array:
        """Return a row of chunks of which a part is wanted; each thread keeps its last one, for its other parts."""
        last: tuple[int, Array] | None = getattr(self._of_thread, "last", None)
        if last is None or last[0] != row:
            last = (row, np.empty((n_rows, *self.shape.shape[1:]), dtype=self.shape.dtype))
            self._decode(*last)
            self._of_thread.last = last
        return last[1]

    def _decode(self, row: int, target: Array) -> None:
        tile = np.empty(self.shape.chunks, dtype=self.shape.dtype)
        for across in self._across:
            self._load((row, *across), tile)
            starts = [at * width for at, width in zip(across, self.shape.chunks[1:], strict=True)]
            place = target[
                (slice(None), *(slice(at, at + w) for at, w in zip(starts, tile.shape[1:], strict=True)))
            ]
            place[...] = tile[tuple(slice(size) for size in place.shape)]


def with_room(n: int) -> int:
    """Return a little more than ``n``, for chunks are of about the same size, and fresh memory is slow."""
    return n + n // 16


def pieces(start: int, stop: int, step: int) -> list[tuple[int, int]]:
    """Cut a range at the multiples of ``step``.

    Examples
    --------
    >>> pieces(3, 17, 5)
    [(3, 5), (5, 10), (10, 15), (15, 17)]
    """
    edges = [start, *range((start // step + 1) * step, stop, step), stop]
    return list(pairwise(edges))
