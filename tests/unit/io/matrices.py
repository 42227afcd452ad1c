"""One small matrix of cells, written in every format and layout, and put together again from chunks."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import anndata
import h5py
import numpy as np
import pandas as pd
from scipy import sparse

from perturbdash.io.source import CscChunk, CsrChunk, DenseChunk

N_CELLS, N_GENES = 137, 41
LAYOUTS = {"dense": np.asarray, "csr": sparse.csr_matrix, "csc": sparse.csc_matrix}


def matrix(dtype: str = "float32") -> np.ndarray:
    rng = np.random.default_rng(3)
    x = rng.poisson(0.4, size=(N_CELLS, N_GENES)).astype(np.float64)
    x[:, 7] = 0
    x[11:14] = 0
    return (x if dtype[0] in "iu" else x * 1.37).astype(dtype)


def made(layout: str, dtype: str = "float32", layer: bool = False) -> anndata.AnnData:
    x = LAYOUTS[layout](matrix(dtype))
    obs = pd.DataFrame(index=[f"c{i}" for i in range(N_CELLS)])
    var = pd.DataFrame(index=[f"g{i}" for i in range(N_GENES)])
    if layer:
        return anndata.AnnData(sparse.csr_matrix(x.shape), obs=obs, var=var, layers={"counts": x})
    return anndata.AnnData(x, obs=obs, var=var)


def joined(source, values: int, start: int = 0, stop: int | None = None) -> np.ndarray:
    """Put the chunks of a part of the matrix where they belong; the rest is 0."""
    whole = np.zeros((source.n_cells, source.n_genes), dtype=source.dtype)
    reached = start
    for chunk in source.chunks(values, start=start, stop=stop):
        assert chunk.start == reached
        assert chunk.stop > chunk.start
        reached = chunk.stop
        if isinstance(chunk, DenseChunk):
            assert chunk.stop - chunk.start == 1 or chunk.values.size <= values
            whole[chunk.start : chunk.stop] = chunk.values
            continue
        assert chunk.stop - chunk.start == 1 or len(chunk.data) <= values
        assert chunk.indptr[0] == 0
        size = chunk.stop - chunk.start
        parts = (chunk.data, chunk.indices, chunk.indptr)
        if isinstance(chunk, CsrChunk):
            whole[chunk.start : chunk.stop] = sparse.csr_matrix(parts, shape=(size, N_GENES)).toarray()
        else:
            assert isinstance(chunk, CscChunk)
            whole[:, chunk.start : chunk.stop] = sparse.csc_matrix(parts, shape=(N_CELLS, size)).toarray()
    n_major = source.n_genes if source.layout == "csc" else source.n_cells
    assert reached == (n_major if stop is None else stop)
    return whole


def stored_plain(path: Path, adata: anndata.AnnData) -> None:
    adata.write_h5ad(path)


def stored_gzip(path: Path, adata: anndata.AnnData) -> None:
    adata.write_h5ad(path, compression="gzip")


def stored_lzf(path: Path, adata: anndata.AnnData) -> None:
    adata.write_h5ad(path, compression="lzf")


def stored_contiguous(path: Path, adata: anndata.AnnData) -> None:
    rewritten(path, adata, {})


def stored_in_small_chunks(path: Path, adata: anndata.AnnData) -> None:
    rewritten(path, adata, {"chunks": True, "small": True})


def stored_in_scattered_chunks(path: Path, adata: anndata.AnnData) -> None:
    rewritten(path, adata, {"chunks": True, "small": True, "backwards": True})


def replaced(path: Path, name: str, values: np.ndarray, **how: Any) -> None:
    """Store one array of a file in another way."""
    with h5py.File(path, "a") as file:
        attributes = dict(file[name].attrs)
        del file[name]
        file.create_dataset(name, data=values, **how).attrs.update(attributes)


def rewritten(path: Path, adata: anndata.AnnData, how: dict) -> None:
    """Write with another physical order of the values than anndata's."""
    adata.write_h5ad(path)
    with h5py.File(path, "a") as file:
        names = ["X"] if isinstance(file["X"], h5py.Dataset) else ["X/data", "X/indices"]
        for name in names:
            values, attributes = file[name][:], dict(file[name].attrs)
            del file[name]
            chunks = (13, *values.shape[1:]) if how.get("small") else None
            dataset = file.create_dataset(name, shape=values.shape, dtype=values.dtype, chunks=chunks)
            starts = range(0, len(values), 13) if chunks else [0]
            for start in sorted(starts, reverse=how.get("backwards", False)):
                stop = start + 13 if chunks else len(values)
                dataset[start:stop] = values[start:stop]
            dataset.attrs.update(attributes)


def stored_zarr(version: int):
    def write(path: Path, adata: anndata.AnnData) -> None:
        with warnings.catch_warnings(), anndata.settings.override(zarr_write_format=version):
            warnings.simplefilter("ignore")
            adata.write_zarr(path)

    return write


FORMATS = {
    "plain": ("a.h5ad", stored_plain),
    "gzip": ("a.h5ad", stored_gzip),
    "lzf": ("a.h5ad", stored_lzf),
    "contiguous": ("a.h5ad", stored_contiguous),
    "small": ("a.h5ad", stored_in_small_chunks),
    "scattered": ("a.h5ad", stored_in_scattered_chunks),
    "zarr2": ("a.zarr", stored_zarr(2)),
    "zarr3": ("a.zarr", stored_zarr(3)),
}
