"""Names and annotations of cells and genes, read from a file without touching its matrix."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perturbdash.errors import DataError


@dataclass(frozen=True)
class Frames:
    """``obs``, ``var``, the names in them, and the layers of a file."""

    obs: pd.DataFrame
    var: pd.DataFrame
    cell_names: NDArray[np.object_]
    genes: NDArray[np.object_]
    layers: tuple[str, ...]

    @classmethod
    def of(cls, obs: pd.DataFrame, var: pd.DataFrame, layers: tuple[str, ...]) -> Frames:
        """Take the names from the indices of both frames."""
        return cls(obs, var, names(obs.index), names(var.index), layers)


class Annotated:
    """The part of a source that its frames answer."""

    frames: Frames

    @property
    def obs(self) -> pd.DataFrame:
        """Annotation of the cells."""
        return self.frames.obs

    @property
    def var(self) -> pd.DataFrame:
        """Annotation of the genes."""
        return self.frames.var

    @property
    def cell_names(self) -> NDArray[np.object_]:
        """Names of the cells as str, ``(n_cells,)``."""
        return self.frames.cell_names

    @property
    def genes(self) -> NDArray[np.object_]:
        """Names of the genes as str, ``(n_genes,)``."""
        return self.frames.genes

    @property
    def layers(self) -> tuple[str, ...]:
        """Layers that could be read instead of X."""
        return self.frames.layers

    @property
    def n_cells(self) -> int:
        """Number of rows."""
        return len(self.frames.cell_names)

    @property
    def n_genes(self) -> int:
        """Number of columns."""
        return len(self.frames.genes)


def names(index: pd.Index[Any]) -> NDArray[np.object_]:
    """Return the entries of an index as an object array of str.

    Examples
    --------
    >>> names(pd.Index([3, "a"]))
    array(['3', 'a'], dtype=object)
    """
    return np.asarray(index.astype(str), dtype=object)


def read_frames(group: Any, where: str) -> Frames:
    """Read ``obs`` and ``var`` of an open AnnData group of h5py or zarr.

    Parameters
    ----------
    group
        The root of the file.
    where
        The file, for messages.

    Raises
    ------
    DataError
        If one is missing or cannot be decoded.
    """
    absent = [part for part in ("obs", "var") if part not in group]
    if absent:
        raise DataError(
            f"{where} lacks {' and '.join(absent)}; expected an AnnData file with X (or layers), obs and var."
        )
    layers = tuple(sorted(map(str, group["layers"].keys()))) if "layers" in group else ()
    return Frames.of(_frame(group, "obs", where), _frame(group, "var", where), layers)


def _frame(group: Any, part: str, where: str) -> pd.DataFrame:
    from anndata.io import read_elem

    element = group[part]
    try:
        if getattr(getattr(element, "dtype", None), "names", None):
            return _compound(group, part)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frame = read_elem(element)
    except Exception as problem:
        raise DataError(f"{part} of {where} cannot be read ({problem}); write the file again.") from problem
    if not isinstance(frame, pd.DataFrame):
        raise DataError(f"{part} of {where} is not a table; expected an AnnData file.")
    return frame


def _compound(group: Any, part: str) -> pd.DataFrame:
    """Read the table of structured rows that anndata wrote before 0.7, its categories kept in ``uns``."""
    table = group[part][:]
    columns: dict[str, Any] = {name: table[name] for name in table.dtype.names}
    columns = {name: _decoded(column) for name, column in columns.items()}
    index_name = next(name for name in ("_index", "index", *columns) if name in columns)
    index = columns.pop(index_name)
    uns = group.get("uns", {})
    for name, codes in columns.items():
        if f"{name}_categories" in uns and codes.dtype.kind in "iu":
            categories = _decoded(np.atleast_1d(uns[f"{name}_categories"][()]))
            columns[name] = pd.Categorical.from_codes(codes, pd.Index(categories).astype(str))
    return pd.DataFrame(columns, index=pd.Index(index))


def _decoded(values: NDArray[Any]) -> NDArray[Any]:
    if values.dtype.kind not in "SO":
        return values
    return np.array([value.decode() if isinstance(value, bytes) else value for value in values], dtype=object)
