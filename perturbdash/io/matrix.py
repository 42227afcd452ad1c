"""What a stored matrix is, and whether its parts fit together, known before its values are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perturbdash.errors import DataError
from perturbdash.io.source import Layout


@dataclass(frozen=True, slots=True)
class Matrix:
    """What a stored matrix is, known without reading its values; a value has its index among its bytes."""

    layout: Layout
    n_cells: int
    n_genes: int
    n_stored: int
    dtype: np.dtype[Any]
    indptr: NDArray[np.int64] | None
    rows_a_block: int
    value_bytes: int


def describe(element: Any, where: str) -> Matrix:
    """Return what the element of an open file is.

    Parameters
    ----------
    element
        A group with ``data``, ``indices`` and ``indptr``, or an array, of h5py or zarr.
    where
        The file and the element, for messages.

    Raises
    ------
    DataError
        If it is not a matrix, or a sparse one that contradicts itself.
    """
    kind = str(element.attrs.get("encoding-type", element.attrs.get("h5sparse_format", "")))
    if not hasattr(element, "shape"):
        if not kind.startswith(("csr", "csc")):
            raise DataError(f"{where} is stored as {kind or 'a group'}; expected a dense, CSR or CSC matrix.")
        return _describe_sparse(element, "csr" if kind.startswith("csr") else "csc", where)
    if len(element.shape) != 2 or element.dtype.kind not in "iufb":
        raise DataError(
            f"{where} has shape {tuple(element.shape)} and type {element.dtype}; "
            "expected numbers of cells × genes."
        )
    n_cells, n_genes = (int(size) for size in element.shape)
    rows, dtype = int(element.chunks[0]) if element.chunks else 1, _native(element.dtype)
    return Matrix("dense", n_cells, n_genes, n_cells * n_genes, dtype, None, rows, dtype.itemsize)


def _describe_sparse(element: Any, layout: Layout, where: str) -> Matrix:
    missing = [part for part in ("data", "indices", "indptr") if part not in element]
    shape = element.attrs.get("shape", element.attrs.get("h5sparse_shape"))
    if missing or shape is None:
        found = ", ".join(missing) or "a shape"
        raise DataError(f"{where} is a sparse matrix without {found}; write the file again.")
    n_cells, n_genes = (int(size) for size in shape)
    indptr = np.asarray(element["indptr"][:]).astype(np.int64)
    n_major = n_cells if layout == "csr" else n_genes
    n_stored = int(element["data"].shape[0])
    whole = len(indptr) == n_major + 1 and indptr[0] == 0 and indptr[-1] == n_stored
    if not whole or element["indices"].shape[0] != n_stored or bool(np.any(np.diff(indptr) < 0)):
        raise DataError(f"{where} is sparse and its parts contradict each other; write the file again.")
    dtype = _native(element["data"].dtype)
    value_bytes = dtype.itemsize + np.dtype(element["indices"].dtype).itemsize
    return Matrix(layout, n_cells, n_genes, n_stored, dtype, indptr, 1, value_bytes)


def _native(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return np.dtype(dtype).newbyteorder("=")


def check_indices(indices: NDArray[Any], limit: int, where: str) -> None:
    """Refuse indices outside ``range(limit)``, which would make compiled code write outside its tables.

    Raises
    ------
    DataError
        If an index is negative or too large.
    """
    if not len(indices):
        return
    # A negative index reads as a huge unsigned one, so that a single pass finds both kinds.
    unsigned = indices.view(indices.dtype.str.replace("i", "u")) if indices.dtype.kind == "i" else indices
    if int(unsigned.max()) >= limit:
        raise DataError(f"{where} holds an index outside its {limit:,} names; write the file again.")
