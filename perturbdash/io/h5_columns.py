"""Columns of a data frame in an HDF5 file of AnnData, read without importing anndata."""

from __future__ import annotations

from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray


def read_column(item: h5py.Dataset | h5py.Group) -> NDArray[Any]:
    """Return a column in any of anndata's encodings of text and numbers.

    Raises
    ------
    ValueError
        If a value is missing.
    """
    if isinstance(item, h5py.Group):
        if "codes" not in item:
            return read_column(item["values"])
        codes = item["codes"][()]
        if codes.size and codes.min() < 0:
            raise ValueError(f"{item.name} lacks values")
        categories: NDArray[Any] = read_column(item["categories"])[codes]
        return categories
    values: NDArray[Any] = item.asstr()[()] if h5py.check_string_dtype(item.dtype) else item[()]
    return values


def read_names(frame: h5py.Group) -> tuple[str, ...]:
    """Return the index of a data frame as text."""
    return tuple(map(str, read_column(frame[frame.attrs["_index"]]).tolist()))


def read_texts(file: h5py.File, entry: str) -> dict[str, str]:
    """Return the plain texts of an entry of ``uns`` by name; empty where it is not there."""
    found = file.get(f"uns/{entry}")
    if not isinstance(found, h5py.Group):
        return {}
    return {
        str(name): str(item.asstr()[()])
        for name, item in found.items()
        if isinstance(item, h5py.Dataset) and item.shape == () and h5py.check_string_dtype(item.dtype)
    }


def int_column(item: h5py.Dataset | h5py.Group) -> NDArray[np.int64]:
    """Return a column of whole numbers.

    Raises
    ------
    ValueError
        If a value is missing or no whole number.
    """
    values = read_column(item)
    whole = values.astype(np.int64)
    if (whole != values).any():
        raise ValueError(f"{item.name} holds values that are no whole numbers")
    return whole
