"""Small data sets of cells for the tests of this folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd
from scipy import sparse

GENES = ("KLF1", "MAPK1", "TGFBR2", "ZAP70", "GAPDH", "ACTB", "IRF4")


def values(n_cells: int, n_genes: int, *, seed: int = 0, integers: bool = False) -> np.ndarray:
    rng = np.random.default_rng(seed)
    counts = rng.poisson(1.0, size=(n_cells, n_genes)).astype(np.float64)
    return counts if integers else np.log1p(counts * rng.uniform(1, 3, size=(n_cells, 1)))


def cells(
    labels: Sequence[Any],
    *,
    key: str = "perturbation",
    genes: Sequence[str] = GENES,
    integers: bool = False,
    **columns: Any,
) -> anndata.AnnData:
    obs = pd.DataFrame({key: list(labels), **columns}, index=[f"cell{i}" for i in range(len(labels))])
    for name in obs.columns:
        if obs[name].dtype == object and all(isinstance(value, str) for value in obs[name]):
            obs[name] = pd.Categorical(obs[name])
    x = sparse.csr_matrix(values(len(labels), len(genes), integers=integers).astype(np.float32))
    return anndata.AnnData(x, obs=obs, var=pd.DataFrame(index=list(genes)))


def screen(**columns: Any) -> anndata.AnnData:
    return cells(["control"] * 6 + ["KLF1"] * 5 + ["MAPK1"] * 5 + ["KLF1+MAPK1"] * 5, **columns)


def written(adata: anndata.AnnData, folder: Path, name: str = "cells.h5ad", **options: Any) -> Path:
    path = folder / name
    adata.write_h5ad(path, **options)
    return path
