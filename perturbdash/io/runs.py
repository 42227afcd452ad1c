"""Unfiltered HDF5 datasets read past the HDF5 library, straight from the file."""

from __future__ import annotations

import os
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from perturbdash.io.readers import PieceReader, Reading, Shape


@dataclass(frozen=True, slots=True)
class Runs:
    """Where the rows of a dataset lie: run i starts with row ``first[i]`` at byte ``offset[i]`` of the file."""

    first: list[int]
    offset: list[int]
    n_rows: int
    row_bytes: int


def find_runs(dataset: h5py.Dataset) -> Runs | None:
    """Return where the values of ``dataset`` lie, or None where only the HDF5 library can tell.

    Runs exist for contiguous datasets and for chunked ones without any filter whose chunks span whole rows.
    """
    if not lies_in_file(dataset) or dataset.id.get_create_plist().get_nfilters():
        return None
    row_bytes = dataset.dtype.itemsize * int(np.prod(dataset.shape[1:], dtype=np.int64))
    if dataset.chunks is None:
        offset = dataset.id.get_offset()
        if offset is None:
            return None
        return Runs([0], [int(offset)], dataset.shape[0], row_bytes)
    if dataset.chunks[1:] != dataset.shape[1:]:
        return None
    return _chunk_runs(dataset, row_bytes)


def lies_in_file(dataset: h5py.Dataset) -> bool:
    """Tell whether the bytes of a dataset are numbers of this machine that the file itself holds."""
    return (
        hasattr(os, "preadv")
        and dataset.size > 0
        and dataset.dtype.kind in "iuf"
        and dataset.dtype.isnative
        and not dataset.is_virtual
        and dataset.external is None
        and dataset.file.userblock_size == 0
    )


def _chunk_runs(dataset: h5py.Dataset, row_bytes: int) -> Runs | None:
    rows_a_chunk = dataset.chunks[0]
    found: list[h5py.h5d.StoreInfo] = []
    dataset.id.chunk_iter(found.append)
    n_rows = dataset.shape[0]
    if len(found) != -(-n_rows // rows_a_chunk):
        return None
    first = np.array([info.chunk_offset[0] for info in found], dtype=np.int64)
    offset = np.array([info.byte_offset for info in found], dtype=np.int64)
    order = np.argsort(first)
    first, offset = first[order], offset[order]
    starts = np.flatnonzero(np.diff(offset, prepend=offset[0] - 1) != rows_a_chunk * row_bytes)
    return Runs(first[starts].tolist(), offset[starts].tolist(), n_rows, row_bytes)


class RunReader(PieceReader):
    """Rows of one dataset by ``preadv``."""

    def __init__(self, dataset: h5py.Dataset, reading: Reading, runs: Runs, descriptor: int) -> None:
        super().__init__(Shape.of(dataset), reading)
        self._runs = runs
        self._descriptor = descriptor

    def fill(self, start: int, stop: int, target: NDArray[Any]) -> None:
        """Write rows ``start`` to ``stop`` into ``target``."""
        runs, left = self._runs, memoryview(target.data).cast("B")
        run = bisect_right(runs.first, start) - 1
        while start < stop:
            end = runs.first[run + 1] if run + 1 < len(runs.first) else runs.n_rows
            length = (min(end, stop) - start) * runs.row_bytes
            place = runs.offset[run] + (start - runs.first[run]) * runs.row_bytes
            read_into(self._descriptor, left[:length], place)
            start, left, run = min(end, stop), left[length:], run + 1


def read_into(descriptor: int, target: memoryview, place: int) -> None:
    """Read bytes of an open file from a place on.

    Raises
    ------
    OSError
        If the file ends before.
    """
    while len(target):
        got = os.preadv(descriptor, [target], place)
        if got == 0:
            raise OSError("the file ends before its last value")
        target, place = target[got:], place + got
