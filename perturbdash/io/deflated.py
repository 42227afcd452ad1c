"""HDF5 datasets compressed with gzip, decoded past the HDF5 library, which decodes one chunk after another."""

from __future__ import annotations

import os
import zlib
from typing import TYPE_CHECKING, Any, cast

import h5py
import numpy as np
from numpy.typing import NDArray

from perturbdash.io.readers import ChunkReader, Reading, Shape
from perturbdash.io.runs import lies_in_file

try:
    from isal.igzip_lib import IsalError
    from isal.isal_zlib import decompress
except ImportError:  # no wheel for this machine
    from zlib import decompress

    DAMAGED: tuple[type[Exception], ...] = (zlib.error,)
else:
    DAMAGED = (cast(type[Exception], IsalError), zlib.error)  # its stub calls the class an instance

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGER_AT_MOST = 1.01  # a chunk that cannot be compressed grows by some bytes in 16,384
_HEADER = 64


class DeflatedChunks:
    """The chunks of one dataset: where they lie in the file, and how they are decoded."""

    def __init__(self, places: dict[tuple[int, ...], tuple[int, int]], descriptor: int) -> None:
        self._places = places
        self._descriptor = descriptor

    def __call__(self, place: tuple[int, ...], out: NDArray[Any]) -> None:
        """Read and decode the chunk at a place of the grid.

        Raises
        ------
        OSError
            If it is damaged.
        """
        offset, size = self._places[place]
        if size > out.nbytes * _LONGER_AT_MOST + _HEADER:
            raise OSError(f"the chunk at byte {offset:,} is longer than what it holds")
        stored = os.pread(self._descriptor, size, offset)
        try:
            decoded = decompress(stored, bufsize=out.nbytes + 1)
        except DAMAGED as problem:
            raise OSError(f"the chunk at byte {offset:,} is damaged: {problem}") from problem
        if len(decoded) != out.nbytes:
            raise OSError(
                f"the chunk at byte {offset:,} holds {len(decoded):,} bytes instead of {out.nbytes:,}"
            )
        out[...] = np.frombuffer(decoded, dtype=out.dtype).reshape(out.shape)


def deflated_reader(dataset: h5py.Dataset, reading: Reading, descriptor: int) -> ChunkReader | None:
    """Return a reader of ``dataset``, or None where only the HDF5 library can decode it.

    Every chunk must exist and be compressed with gzip and nothing else.
    """
    if dataset.chunks is None or not lies_in_file(dataset) or _filters(dataset) != [h5py.h5z.FILTER_DEFLATE]:
        return None
    found: list[h5py.h5d.StoreInfo] = []
    dataset.id.chunk_iter(found.append)
    grid = [-(-size // width) for size, width in zip(dataset.shape, dataset.chunks, strict=True)]
    if len(found) != np.prod(grid) or any(info.filter_mask for info in found):
        return None
    places = {_place(info.chunk_offset, dataset.chunks): (info.byte_offset, info.size) for info in found}
    return ChunkReader(Shape.of(dataset), reading, DeflatedChunks(places, descriptor))


def _filters(dataset: h5py.Dataset) -> list[int]:
    properties = dataset.id.get_create_plist()
    return [properties.get_filter(i)[0] for i in range(properties.get_nfilters())]


def _place(offset: Sequence[int], chunks: Sequence[int]) -> tuple[int, ...]:
    return tuple(at // width for at, width in zip(offset, chunks, strict=True))
