"""Cells in an HDF5 file of AnnData (``.h5ad``), streamed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import h5py

from perturbdash.errors import DataError
from perturbdash.io.deflated import deflated_reader
from perturbdash.io.frames import Frames, read_frames
from perturbdash.io.readers import PieceReader, Reading, SliceReader
from perturbdash.io.runs import RunReader, find_runs
from perturbdash.io.stored import Open, StoredSource

LEVELS_OF_A_TABLE = 4


@contextmanager
def open_h5(path: Path) -> Iterator[h5py.File]:
    """Open an HDF5 file to read.

    Raises
    ------
    DataError
        If there is none, it is not HDF5, or it is cut off.
    """
    if not path.is_file():
        raise DataError(f"There is no file {path}; check its name and folder.")
    try:
        if not h5py.is_hdf5(path):
            raise DataError(f"{path.name} is not an HDF5 file, whatever its name; expected .h5ad or .zarr.")
        file = h5py.File(path, "r", locking="best-effort")
    except OSError as problem:
        cut_off = "truncated" in str(problem)
        found = "is cut off" if cut_off else f"cannot be opened ({problem})"
        raise DataError(f"{path.name} {found}; copy or download it again.") from problem
    with file:
        yield file


class H5adSource(StoredSource):
    """Cells in a ``.h5ad`` file; X dense, CSR or CSC.

    Parameters
    ----------
    path
        The file.
    layer
        Read this layer instead of X.
    frames
        ``obs`` and ``var``, where they are read already.

    Raises
    ------
    DataError
        If the file cannot be read as AnnData, or lacks the matrix.
    """

    def __init__(self, path: Path, *, layer: str | None = None, frames: Frames | None = None) -> None:
        path = Path(path)
        if frames is None:
            with open_h5(path) as file:
                for part in ("obs", "var"):
                    if part in file:
                        refuse_outside(file, file[part], path.name)
                frames = read_frames(file, path.name)
        super().__init__(path, frames=frames, layer=layer)

    def with_layer(self, layer: str | None) -> H5adSource:
        """Return the same cells with another matrix."""
        return self if layer == self.layer else H5adSource(self.path, layer=layer, frames=self.frames)

    @contextmanager
    def element(self) -> Iterator[Any]:
        """Open the file and give the element that holds the matrix."""
        with open_h5(self.path) as file:
            element = matrix_of(file, self.layer, where=self.path.name, layers=self.layers)
            refuse_outside(file, element, self.path.name)
            yield element

    @contextmanager
    def open_arrays(self) -> Iterator[Open]:
        """Open the file and give the element that holds the matrix, and what makes a reader of one of its arrays."""
        with self.element() as element, self.path.open("rb", buffering=0) as raw:
            yield Open(element, partial(_reader, raw.fileno()))

    def identity(self) -> dict[str, object]:
        """Return real path, size, time of change and inode of the file."""
        real = Path(os.path.realpath(self.path))
        found = real.stat()
        facts = {"size": found.st_size, "mtime_ns": found.st_mtime_ns, "inode": found.st_ino}
        return {"path": str(real), **facts}


def _reader(descriptor: int, dataset: h5py.Dataset, reading: Reading) -> PieceReader:
    if reading.few:
        return SliceReader(dataset, reading)
    runs = find_runs(dataset)
    if runs is not None:
        return RunReader(dataset, reading, runs, descriptor)
    return deflated_reader(dataset, reading, descriptor) or SliceReader(dataset, reading)


def matrix_of(group: Any, layer: str | None, *, where: str, layers: tuple[str, ...]) -> Any:
    """Return X or a layer of an open AnnData group of h5py or zarr.

    Raises
    ------
    DataError
        If it is absent.
    """
    if layer is not None:
        if layer not in layers:
            offer = f"choose X or one of: {', '.join(layers)}" if layers else "it has X alone"
            raise DataError(f"{where} has no layer {layer!r}; {offer}.")
        return group["layers"][layer]
    if not has_x(group):
        offer = f"choose one of its layers: {', '.join(layers)}" if layers else "expected cells × genes"
        raise DataError(f"{where} lacks X; {offer}.")
    return group["X"]


def has_x(group: Any) -> bool:
    """Tell whether an open AnnData group of h5py or zarr holds X."""
    return "X" in group and group["X"].attrs.get("encoding-type") != "null"


def refuse_outside(file: h5py.File, element: Any, where: str, depth: int = 0) -> None:
    """Refuse values that HDF5 would fetch from other files: an upload could use them to read the server.

    Raises
    ------
    DataError
        If an external link, an external dataset or a virtual one is found.
    """
    outside = element.file.id != file.id
    if isinstance(element, h5py.Dataset):
        outside |= element.external is not None or element.is_virtual
    elif not outside and depth < LEVELS_OF_A_TABLE:
        for name in element:
            link = element.get(name, getlink=True)
            if isinstance(link, h5py.ExternalLink):
                outside = True
            else:
                refuse_outside(file, element[name], where, depth + 1)
    if outside:
        raise DataError(f"{where} takes values from other files, which is refused; write all into one file.")
