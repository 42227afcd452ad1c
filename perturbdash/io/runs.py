"""Unfiltered HDF5 datasets read past the HDF5 library, straight from the file into a reused buffer."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Runs:
    """Where the rows of a dataset lie: run i starts with row ``first[i]`` at byte ``offset[i]`` of the file."""

    first: NDArray[np.int64]
    offset: NDArray[np.int64]
    n_rows: int
    row_bytes: int


def find_runs(dataset: h5py.Dataset) -> Runs | None:
    """Return where the values of ``dataset`` lie, or None where only the HDF5 library can tell.

    Runs exist for contiguous datasets and for chunked ones without any filter whose chunks span whole rows.
    """
    if not _is_plain(dataset):
        return None
    row_bytes = dataset.dtype.itemsize * int(np.prod(dataset.shape[1:], dtype=np.int64))
    if dataset.chunks is None:
        offset = dataset.id.get_offset()
        if offset is None:
            return None
        return Runs(np.zeros(1, np.int64), np.array([offset], np.int64), dataset.shape[0], row_bytes)
    if dataset.chunks[1:] != dataset.shape[1:]:
        return None
    return _chunk_runs(dataset, row_bytes)


def _is_plain(dataset: h5py.Dataset) -> bool:
    return (
        hasattr(os, "preadv")
        and dataset.size > 0
        and dataset.dtype.kind in "iuf"
        and dataset.dtype.isnative
        and not dataset.is_virtual
        and dataset.external is None
        and dataset.file.userblock_size == 0
        and dataset.id.get_create_plist().get_nfilters() == 0
    )


def _chunk_runs(dataset: h5py.Dataset, row_bytes: int) -> Runs | None:
    rows_a_chunk = dataset.chunks[0]
    found: list[tuple[int, int]] = []
    dataset.id.chunk_iter(lambda info: found.append((info.chunk_offset[0], info.byte_offset)))
    n_rows = dataset.shape[0]
    if len(found) != -(-n_rows // rows_a_chunk):
        return None
    table = np.array(sorted(found), dtype=np.int64)
    first, offset = table[:, 0], table[:, 1]
    starts = np.flatnonzero(np.diff(offset, prepend=offset[0] - 1) != rows_a_chunk * row_bytes)
    return Runs(first[starts], offset[starts], n_rows, row_bytes)


class RunReader:
    """Rows of one dataset by ``preadv``; each call overwrites what the call before returned."""

    def __init__(self, dataset: h5py.Dataset, runs: Runs, descriptor: int) -> None:
        self._runs = runs
        self._descriptor = descriptor
        self._row_shape = dataset.shape[1:]
        self._buffer: NDArray[Any] = np.empty((0, *self._row_shape), dtype=dataset.dtype)

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Return rows ``start`` to ``stop``."""
        self._buffer = grown(self._buffer, stop - start)
        target = memoryview(self._buffer.data).cast("B") if stop > start else memoryview(b"")
        runs, done = self._runs, 0
        run = int(np.searchsorted(runs.first, start, side="right")) - 1
        while start < stop:
            end = int(runs.first[run + 1]) if run + 1 < len(runs.first) else runs.n_rows
            length = (min(end, stop) - start) * runs.row_bytes
            place = int(runs.offset[run]) + (start - int(runs.first[run])) * runs.row_bytes
            self._fill(target[done : done + length], place)
            start, done, run = min(end, stop), done + length, run + 1
        return self._buffer[: done // runs.row_bytes]

    def _fill(self, target: memoryview, place: int) -> None:
        while len(target):
            got = os.preadv(self._descriptor, [target], place)
            if got == 0:
                raise OSError("the file ends before its last value")
            target, place = target[got:], place + got


class LibraryReader:
    """Rows of one dataset by the HDF5 library, decoded into a reused buffer."""

    def __init__(self, dataset: h5py.Dataset) -> None:
        self._dataset = dataset
        self._buffer: NDArray[Any] = np.empty((0, *dataset.shape[1:]), dtype=dataset.dtype.newbyteorder("="))

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Return rows ``start`` to ``stop``."""
        self._buffer = grown(self._buffer, stop - start)
        part = self._buffer[: stop - start]
        if part.size:
            self._dataset.read_direct(part, np.s_[start:stop])
        return part


def grown(buffer: NDArray[Any], n_rows: int) -> NDArray[Any]:
    """Return ``buffer``, or a larger one where it holds fewer than ``n_rows`` rows."""
    if len(buffer) >= n_rows:
        return buffer
    return np.empty((n_rows, *buffer.shape[1:]), dtype=buffer.dtype)
