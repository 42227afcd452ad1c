"""Moments on disk: an AnnData of groups × genes, written and read without importing anndata."""

from __future__ import annotations

import json
import uuid
import zlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pandas as pd

from perturbdash.errors import DataError
from perturbdash.io.h5_columns import int_column, read_column, read_names
from perturbdash.io.moments_dataset import ABOUT
from perturbdash.statistics.moments import COLUMNS, KEYS, Moments

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

LAYERS = ("mean", "m2", "nnz")

_TEXT = h5py.string_dtype()


def write_moments(path: Path, moments: Moments, about: Mapping[str, str] | None = None) -> None:
    """Write moments whole: into a temporary file of the same folder, which then takes the name.

    Parameters
    ----------
    path
        Where to; what lies there is replaced.
    moments
        Rows become observations, genes variables; layers ``mean``, ``m2``, ``nnz``, no X.
    about
        What to note in ``uns["perturbdash"]``: for a store that is to be opened without its cells,
        `perturbdash.io.store_facts.StoreFacts.texts`.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".{path.name}.{uuid.uuid4().hex}.tmp"
    try:
        with h5py.File(temporary, "x") as file:
            _write(file, moments, about or {})
        temporary.replace(path)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def read_moments(path: Path, expected: Mapping[str, str] | None = None) -> Moments:
    """Read moments.

    Parameters
    ----------
    path
        A file of moments, from here or rewritten by anndata.
    expected
        What ``uns["perturbdash"]`` must say; where given, the values must have their checksum too.

    Raises
    ------
    DataError
        If it is not a file of moments, is damaged, or says something else than expected.
    """
    try:
        with h5py.File(path, "r", locking=False) as file:
            moments = _read(file)
            if expected is not None:
                _check_about(file["uns"][ABOUT], expected, moments)
    except (OSError, KeyError, TypeError, ValueError, RuntimeError, AttributeError, IndexError) as error:
        if isinstance(error, FileNotFoundError):
            raise DataError(f"There is no file {path}; give the path of a file of moments.") from error
        msg = f"{path.name} is not a readable file of moments ({error}); make it again from the cells."
        raise DataError(msg) from error
    return moments


def is_moments_file(path: Path) -> bool:
    """Say whether a file holds moments instead of cells, from its layers and columns alone.

    Parameters
    ----------
    path
        Any file.
    """
    try:
        with h5py.File(path, "r", locking=False) as file:
            layers, obs = file.get("layers", {}), file.get("obs", {})
            return all(name in layers for name in LAYERS) and all(column in obs for column in COLUMNS)
    except (OSError, RuntimeError, TypeError, AttributeError):
        return False


def moments_from_file(path: Path) -> Moments:
    """Read and check moments that a user gives in place of cells.

    Parameters
    ----------
    path
        A file of moments.

    Raises
    ------
    DataError
        If it is not one, or holds numbers that cannot be moments.
    """
    moments = read_moments(path)
    moments.check_values()
    return moments


def _write(file: h5py.File, moments: Moments, about: Mapping[str, str]) -> None:
    _encode(file, "anndata", "0.1.0")
    layers = _group(file, "layers")
    stored = {"mean": moments.mean, "m2": moments.m2, "nnz": _narrowed(moments.nnz)}
    for name, values in stored.items():
        _array(layers, name, np.ascontiguousarray(values))
    for name in ("obsm", "obsp", "varm", "varp"):
        _group(file, name)
    conditions = moments.conditions
    rows = conditions[KEYS].agg("|".join, axis=1)
    obs = _frame(file, "obs", rows.tolist(), COLUMNS)
    for column in KEYS:
        _categorical(obs, column, conditions[column])
    _array(obs, "n_cells", moments.n_cells)
    _frame(file, "var", moments.genes, [])
    noted = _group(_group(file, "uns"), ABOUT)
    for name, text in {**about, "checksum": _checksum(moments, stored["nnz"])}.items():
        _encode(noted.create_dataset(name, data=text, dtype=_TEXT), "string", "0.2.0")


def _read(file: h5py.File) -> Moments:
    obs = file["obs"]
    columns: dict[str, Any] = {name: read_column(obs[name]).astype(str).astype(object) for name in KEYS}
    conditions = pd.DataFrame({**columns, "n_cells": int_column(obs["n_cells"])})
    genes = read_names(file["var"])
    mean, m2, nnz = (file["layers"][name][()] for name in LAYERS)
    return Moments(
        conditions,
        genes,
        mean.astype(np.float64, copy=False),
        m2.astype(np.float64, copy=False),
        nnz.astype(np.int64, copy=False),
    )


def _check_about(about: h5py.Group, expected: Mapping[str, str], moments: Moments) -> None:
    found = {name: about[name].asstr()[()] for name in (*expected, "checksum")}
    checksum = _checksum(moments, _narrowed(moments.nnz))
    for name, value in {**expected, "checksum": checksum}.items():
        if found[name] != value:
            raise DataError(f"its {name} is {found[name]!r} instead of {value!r}")


def _checksum(moments: Moments, nnz: NDArray[Any]) -> str:
    names = [moments.genes, *(moments.conditions[column].tolist() for column in COLUMNS)]
    value = zlib.crc32(json.dumps(names).encode())
    for array in (moments.mean, moments.m2, nnz):
        value = zlib.crc32(np.ascontiguousarray(array).view(np.uint8).data, value)
    return f"{value:08x}"


def _narrowed(nnz: NDArray[np.int64]) -> NDArray[Any]:
    fits = not nnz.size or int(nnz.max()) <= np.iinfo(np.int32).max
    return nnz.astype(np.int32) if fits else nnz


def _encode(item: Any, kind: str, version: str) -> None:
    item.attrs["encoding-type"] = kind
    item.attrs["encoding-version"] = version


def _group(parent: h5py.Group, name: str, kind: str = "dict") -> h5py.Group:
    group = parent.create_group(name)
    _encode(group, kind, "0.1.0" if kind == "dict" else "0.2.0")
    return group


def _array(parent: h5py.Group, name: str, values: NDArray[Any]) -> None:
    _encode(parent.create_dataset(name, data=values), "array", "0.2.0")


def _strings(parent: h5py.Group, name: str, values: Sequence[str]) -> None:
    data = np.array(values, dtype=object)
    _encode(parent.create_dataset(name, data=data, dtype=_TEXT), "string-array", "0.2.0")


def _frame(file: h5py.File, name: str, index: Sequence[str], columns: Sequence[str]) -> h5py.Group:
    frame = _group(file, name, "dataframe")
    frame.attrs["_index"] = "_index"
    frame.attrs["column-order"] = np.array(columns, dtype=_TEXT if columns else np.float64)
    _strings(frame, "_index", index)
    return frame


def _categorical(frame: h5py.Group, name: str, values: pd.Series) -> None:
    codes, categories = pd.factorize(values, sort=True)
    column = _group(frame, name, "categorical")
    column.attrs["ordered"] = False
    _strings(column, "categories", [str(category) for category in categories])
    _array(column, "codes", codes.astype(np.int32))
