"""Cells in a zarr store of AnnData (``.zarr``, versions 2 and 3), streamed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from perturbdash.errors import DataError
from perturbdash.io.frames import Frames, read_frames
from perturbdash.io.h5ad import matrix_of
from perturbdash.io.stored import Open, StoredSource
from perturbdash.io.zarr_chunks import zarr_reader

GROUP_FILES = ("zarr.json", ".zgroup")


def is_zarr(path: Path) -> bool:
    """Tell whether a folder is a zarr group."""
    return path.is_dir() and any((path / name).is_file() for name in GROUP_FILES)


def open_zarr(path: Path) -> Any:
    """Open a zarr group to read.

    Raises
    ------
    DataError
        If the folder is none.
    """
    import zarr

    if not is_zarr(path):
        raise DataError(
            f"The folder {path.name} is not a zarr group; expected an AnnData in a .zarr or .h5ad."
        )
    try:
        return zarr.open_group(str(path), mode="r")
    except Exception as problem:
        raise DataError(f"{path.name} cannot be opened as zarr ({problem}); write it again.") from problem


class ZarrSource(StoredSource):
    """Cells in a ``.zarr`` folder; X dense, CSR or CSC.

    Parameters
    ----------
    path
        The folder.
    layer
        Read this layer instead of X.
    frames
        ``obs`` and ``var``, where they are read already.

    Raises
    ------
    DataError
        If the folder cannot be read as AnnData, or lacks the matrix.
    """

    def __init__(self, path: Path, *, layer: str | None = None, frames: Frames | None = None) -> None:
        path = Path(path)
        super().__init__(path, frames=frames or read_frames(open_zarr(path), path.name), layer=layer)

    def with_layer(self, layer: str | None) -> ZarrSource:
        """Return the same cells with another matrix."""
        return self if layer == self.layer else ZarrSource(self.path, layer=layer, frames=self.frames)

    @contextmanager
    def element(self) -> Iterator[Any]:
        """Open the folder and give the element that holds the matrix."""
        yield matrix_of(open_zarr(self.path), self.layer, where=self.path.name, layers=self.layers)

    @contextmanager
    def open_arrays(self) -> Iterator[Open]:
        """Open the folder and give the element that holds the matrix, and what makes a reader of one of its arrays."""
        with self.element() as element:
            yield Open(element, partial(zarr_reader, filled=self.layout == "dense"))

    def identity(self) -> dict[str, object]:
        """Return the real path, and one digest of name, size, time of change and inode of all files in it."""
        real = Path(os.path.realpath(self.path))
        digest, n_files = hashlib.blake2b(digest_size=16), 0
        for file in sorted(path for path in real.rglob("*") if path.is_file()):
            found = file.stat()
            facts = (file.relative_to(real).as_posix(), found.st_size, found.st_mtime_ns, found.st_ino)
            digest.update(repr(facts).encode())
            n_files += 1
        return {"path": str(real), "files": n_files, "digest": digest.hexdigest()}
