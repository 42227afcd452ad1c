"""What is checked and converted in the stored arrays of a chunk before a compiled loop may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from perturbdash.errors import DataError
from perturbdash.statistics import kernels

if TYPE_CHECKING:
    from numpy.typing import NDArray


def as_float(data: NDArray[Any]) -> NDArray[Any]:
    """Return stored values as float32 or float64 in the machine's byte order, without a copy where they are.

    Parameters
    ----------
    data
        Values of any real type.
    """
    if data.dtype in (np.float32, np.float64) and data.dtype.isnative:
        return data
    return data.astype(np.float64)


def as_count(data: NDArray[Any]) -> NDArray[Any]:
    """Return stored counts in one of the four types that the loops are compiled for.

    Parameters
    ----------
    data
        Counts of any real type.
    """
    if data.dtype in (np.float32, np.float64, np.int32, np.int64) and data.dtype.isnative:
        return data
    return data.astype(np.int32 if data.dtype.itemsize <= 2 and data.dtype.kind in "iub" else np.float64)


def checked_pointers(indptr: NDArray[Any], indices: NDArray[Any], name: str) -> NDArray[np.int64]:
    """Return the pointers of a sparse chunk as int64.

    Parameters
    ----------
    indptr, indices
        Of the chunk; pointers start at 0.
    name
        The data set's name.

    Raises
    ------
    DataError
        If pointers fall, or point beyond the stored values.
    """
    pointers = np.asarray(indptr, dtype=np.int64)
    if pointers[0] != 0 or (np.diff(pointers) < 0).any() or pointers[-1] > indices.size:
        msg = f"The sparse matrix of {name} is damaged: its pointers do not fit its values; write the file again."
        raise DataError(msg)
    return pointers


def refuse_outside(indices: NDArray[Any], size: int, name: str) -> None:
    """Raise ``DataError`` if an index lies outside of the matrix.

    Parameters
    ----------
    indices
        Of the stored values of a chunk.
    size
        Number of genes (CSR) or cells (CSC) that the indices count.
    name
        The data set's name.
    """
    if indices.size and (indices.min() < 0 or indices.max() >= size):
        refuse_status(kernels.OUT_OF_RANGE, name)


def refuse_status(status: int, name: str) -> None:
    """Raise the ``DataError`` that the status of a loop over stored values stands for.

    Parameters
    ----------
    status
        The largest that the threads returned.
    name
        The data set's name.
    """
    if status == kernels.OUT_OF_RANGE:
        msg = f"The sparse matrix of {name} is damaged: an index lies outside of it; write the file again."
        raise DataError(msg)


def refuse_duplicates(indptr: NDArray[np.int64], indices: NDArray[Any], size: int, name: str) -> None:
    """Raise ``DataError`` if a sparse chunk holds two values for one cell and gene.

    Parameters
    ----------
    indptr, indices
        Of the chunk.
    size
        Number of genes (CSR) or cells (CSC) that the indices count.
    name
        The data set's name.
    """
    refuse_outside(indices, size, name)
    if kernels.has_duplicates(indptr, indices, size):
        msg = f"The sparse matrix of {name} holds one gene of a cell twice; call sum_duplicates() and write it again."
        raise DataError(msg)
