"""Arrays of zarr stores whose chunks are files with one known codec, decoded without zarr's machinery."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from perturbdash.io.readers import ChunkReader, PieceReader, Reading, Shape, SliceReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_LITTLE_ENDIAN = {"name": "bytes", "configuration": {"endian": "little"}}
_BYTES_WITHOUT_ORDER = {"name": "bytes"}


class ChunkFiles:
    """The chunk files of one array, and how they are decoded.

    Parameters
    ----------
    array
        Open array of zarr, in a folder.
    codec
        Name of what its chunks are compressed with; None for nothing.
    filled
        Whether a chunk without a file is one of fill values, which zarr leaves out, rather than a lost one.
    """

    def __init__(self, array: Any, codec: str | None, *, filled: bool) -> None:
        self._folder = Path(array.store_path.store.root) / array.store_path.path
        self._name: Callable[[tuple[int, ...]], str] = array.metadata.encode_chunk_key
        self._fill = array.fill_value if filled else None
        self._decode = _decoders()[codec]

    def __call__(self, place: tuple[int, ...], out: NDArray[Any]) -> None:
        """Read and decode the chunk at a place of the grid.

        Raises
        ------
        OSError
            If it is damaged or lost.
        """
        name = self._name(place)
        try:
            stored = (self._folder / name).read_bytes()
        except FileNotFoundError:
            if self._fill is None:
                raise OSError(f"the chunk {name} of {self._folder.name} is missing") from None
            out[...] = self._fill
            return
        try:
            self._decode(stored, out)
        except Exception as problem:  # codecs raise what they like
            raise OSError(f"the chunk {name} of {self._folder.name} is damaged: {problem}") from problem


def zarr_reader(array: Any, reading: Reading, *, filled: bool) -> PieceReader:
    """Return the fastest reader of an open array of zarr.

    Parameters
    ----------
    array
        The array.
    reading
        How it is read.
    filled
        As of `ChunkFiles`.
    """
    from zarr.storage import LocalStore

    codec = _codec(array.metadata.to_dict()) if isinstance(array.store_path.store, LocalStore) else "unknown"
    if codec not in _decoders() or not array.dtype.isnative:
        return SliceReader(array, reading)
    return ChunkReader(Shape.of(array), reading, ChunkFiles(array, codec, filled=filled))


def _codec(metadata: dict[str, Any]) -> str | None:
    """Return the name of the only codec between the chunks and their bytes; "unknown" where there is more."""
    if metadata["zarr_format"] == 2:
        simple = not metadata["filters"] and metadata["order"] == "C"
        compressor = metadata["compressor"]
        return "unknown" if not simple else None if compressor is None else str(compressor["id"])
    codecs = list(metadata["codecs"])
    if not codecs or codecs[0] not in (_LITTLE_ENDIAN, _BYTES_WITHOUT_ORDER) or len(codecs) > 2:
        return "unknown"
    return str(codecs[1]["name"]) if len(codecs) == 2 else None


def _decoders() -> dict[str | None, Callable[[bytes, NDArray[Any]], None]]:
    from numcodecs import blosc, zstd

    return {None: _copy, "zstd": zstd.decompress, "blosc": blosc.decompress}


def _copy(stored: bytes, out: NDArray[Any]) -> None:
    out[...] = np.frombuffer(stored, dtype=out.dtype).reshape(out.shape)
