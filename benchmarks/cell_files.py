"""Files of cells, written chunk by chunk of rows in the layout that anndata gives them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from scipy import sparse

Layout = Literal["csr", "csc", "dense"]
INT32_END = 2**31


class CellFile(Protocol):
    """A file of cells that grows by rows."""

    def append(self, rows: sparse.csr_matrix) -> None:
        """Write the next cells, ``(n, n_genes)``."""

    def close(self) -> None:
        """Write what is known only now."""


def create(
    path: Path,
    obs: pd.DataFrame,
    var: pd.DataFrame,
    *,
    layout: Layout,
    compression: str | None,
    expected_values: int,
) -> CellFile:
    """Write the names and annotations, and return what takes the cells.

    Parameters
    ----------
    path
        ``.h5ad``, or ``.zarr`` for a store of format 3.
    obs, var
        Annotations of all cells and genes.
    layout
        How X is stored; CSC is put together in memory and written at the end.
    compression
        HDF5's ``gzip`` or ``lzf``, or None; a zarr store is compressed as anndata does.
    expected_values
        Stored values of the whole file, by which chunks are sized.
    """
    group, finish = _opened(path, obs, var)
    options = {"compression": compression} if compression else {}
    shape = (len(obs), len(var))
    if layout == "dense":
        return _Dense(group, shape, options, finish)
    if layout == "csc":
        return _Csc(group, options, finish)
    return _Csr(group, shape, options, expected_values, finish)


def _opened(path: Path, obs: pd.DataFrame, var: pd.DataFrame) -> tuple[Any, Callable[[], object]]:
    """Return the root group with annotations in it, and what closes it."""
    import anndata as ad

    cells = ad.AnnData(obs=obs, var=var)
    if path.suffix == ".zarr":
        import zarr

        with _zarr_3():
            cells.write_zarr(path)
        return zarr.open_group(path, mode="r+", use_consolidated=False), lambda: _consolidate(path)
    import h5py

    cells.write_h5ad(path)
    file = h5py.File(path, "r+")
    return file, file.close


def _consolidate(path: Path) -> None:
    import zarr

    with _zarr_3():
        zarr.consolidate_metadata(path)


@contextmanager
def _zarr_3() -> Iterator[None]:
    """Let anndata write format 3 without shards; it consolidates metadata, which the format does not name yet."""
    import anndata as ad

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Consolidated metadata")
        with ad.settings.override(auto_shard_zarr_v3=False, zarr_write_format=3):
            yield


def _array(group: Any, name: str, shape: tuple[int, ...], dtype: type, options: dict[str, Any]) -> Any:
    """Create a one-dimensional array that can be resized, or a matrix that cannot."""
    import h5py

    if not isinstance(group, h5py.Group):
        return group.create_array(name, shape=shape, dtype=np.dtype(dtype))
    resizable = {"maxshape": (None,), "chunks": True} if len(shape) == 1 else {}
    return group.create_dataset(name, shape=shape, dtype=dtype, **resizable, **options)


class _Csr:
    def __init__(
        self,
        root: Any,
        shape: tuple[int, int],
        options: dict[str, Any],
        expected_values: int,
        finish: Callable[[], object],
    ) -> None:
        group = root.create_group("X")
        group.attrs.update(
            {"encoding-type": "csr_matrix", "encoding-version": "0.1.0", "shape": np.array(shape).tolist()}
        )
        self._group, self._options, self._finish = group, options, finish
        self._data = _array(group, "data", (expected_values,), np.float32, options)
        self._indices = _array(group, "indices", (expected_values,), np.int32, options)
        self._starts = [np.zeros(1, np.int64)]
        self._end = 0

    def append(self, rows: sparse.csr_matrix) -> None:
        start, self._end = self._end, self._end + rows.nnz
        for array, values in ((self._data, rows.data), (self._indices, rows.indices)):
            if self._end > array.shape[0]:
                array.resize((self._end,))
            array[start : self._end] = values
        self._starts.append(start + rows.indptr[1:].astype(np.int64))

    def close(self) -> None:
        for array in (self._data, self._indices):
            array.resize((self._end,))
        starts = np.concatenate(self._starts)
        dtype = np.int32 if self._end < INT32_END else np.int64
        _array(self._group, "indptr", starts.shape, dtype, self._options)[...] = starts.astype(dtype)
        self._finish()


class _Dense:
    def __init__(
        self, root: Any, shape: tuple[int, int], options: dict[str, Any], finish: Callable[[], object]
    ) -> None:
        self._data = _array(root, "X", shape, np.float32, options)
        self._data.attrs.update({"encoding-type": "array", "encoding-version": "0.2.0"})
        self._end, self._finish = 0, finish

    def append(self, rows: sparse.csr_matrix) -> None:
        start, self._end = self._end, self._end + rows.shape[0]
        self._data[start : self._end] = rows.toarray()

    def close(self) -> None:
        self._finish()


class _Csc:
    def __init__(self, root: Any, options: dict[str, Any], finish: Callable[[], object]) -> None:
        self._root, self._options, self._finish = root, options, finish
        self._parts: list[sparse.csr_matrix] = []

    def append(self, rows: sparse.csr_matrix) -> None:
        self._parts.append(rows)

    def close(self) -> None:
        import anndata as ad
        from scipy import sparse

        matrix = sparse.vstack(self._parts, format="csr").tocsc()
        with _zarr_3():
            ad.io.write_elem(self._root, "X", matrix, dataset_kwargs=self._options)
        self._finish()
