"""Embeddings of cells that a file brings along in ``obsm``: named without reading them, two columns read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from perturbdash.errors import DataError
from perturbdash.io.memory import MemorySource
from perturbdash.io.stored import StoredSource

if TYPE_CHECKING:
    from perturbdash.io.source import CellSource

NUMBERS = "fiu"
PLANE = 2


@dataclass(frozen=True, slots=True)
class Embedding:
    """An array of ``obsm`` with at least two columns of numbers.

    Parameters
    ----------
    name
        Key in ``obsm``.
    n_columns
        How many columns it has; the first two are drawn.
    """

    name: str
    n_columns: int


def embeddings(source: CellSource) -> tuple[Embedding, ...]:
    """Return what ``obsm`` holds that can be drawn, those of exactly two columns first, then by name.

    Raises
    ------
    DataError
        If the file cannot be opened, or takes values from other files.
    """
    with _obsm(source) as arrays:
        found = [Embedding(str(name), int(array.shape[1])) for name, array in arrays.items()]
    return tuple(sorted(found, key=lambda item: (item.n_columns > PLANE, item.name)))


def read_embedding(source: CellSource, name: str) -> NDArray[np.float32]:
    """Return the first two columns of an embedding, ``(n_cells, 2)``; nothing else of the file is read.

    Parameters
    ----------
    name
        One of `embeddings`.

    Raises
    ------
    DataError
        If there is no such embedding, or it cannot be read.
    """
    with _obsm(source) as arrays:
        if name not in arrays:
            offer = f"found {', '.join(sorted(arrays))}" if arrays else "it has none of two columns or more"
            raise DataError(f"{source.name} has no embedding {name!r} in obsm; {offer}.")
        try:
            return np.asarray(arrays[name][:, :PLANE], dtype=np.float32)
        except Exception as problem:  # codecs raise what they like
            raise DataError(f"obsm {name!r} of {source.name} cannot be read ({problem}).") from problem


@contextmanager
def _obsm(source: CellSource) -> Iterator[Mapping[str, Any]]:
    """Open ``obsm`` and give its arrays that can be drawn, unread where they lie in a file."""
    if isinstance(source, MemorySource):
        yield _drawable(source.adata.obsm, source.n_cells)
    elif not isinstance(source, StoredSource):
        yield {}
    elif source.path.is_dir():
        from perturbdash.io.zarr_store import open_zarr

        yield _drawable(open_zarr(source.path).get("obsm", {}), source.n_cells)
    else:
        from perturbdash.io.h5ad import open_h5, refuse_outside

        with open_h5(source.path) as file:
            if "obsm" in file:
                refuse_outside(file, file["obsm"], source.path.name)
            yield _drawable(file.get("obsm", {}), source.n_cells)


def _drawable(arrays: Any, n_cells: int) -> dict[str, Any]:
    """Return the arrays of numbers with a row for each cell and two columns or more."""
    return {str(name): array for name in _names(arrays) if _is_drawable(array := arrays[name], n_cells)}


def _names(arrays: Any) -> list[str]:
    return list(arrays.keys()) if hasattr(arrays, "keys") else []


def _is_drawable(array: Any, n_cells: int) -> bool:
    shape: tuple[int, ...] = getattr(array, "shape", ())
    dtype = getattr(array, "dtype", None)
    if len(shape) != PLANE or dtype is None or not hasattr(array, "__getitem__") or hasattr(array, "nnz"):
        return False
    return bool(shape[0] == n_cells and shape[1] >= PLANE and np.dtype(dtype).kind in NUMBERS)
