"""A small screen of counts in one file, and in four that are stored in different ways and orders of genes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import zarr
from scipy import sparse

from perturbdash.io.dataset import read
from perturbdash.statistics.accumulate import moments
from perturbdash.statistics.moments import Moments

N_CELLS, N_GENES = 600, 37
SCHEMA = {"perturbation_key": "gene", "context_key": "cell_line"}


@dataclass(frozen=True)
class Screen:
    whole: Path
    files: tuple[Path, ...]
    cells: ad.AnnData

    def reference(self, **settings) -> Moments:
        """The moments of the one file, on this machine."""
        return moments(read(self.whole, **SCHEMA), device="cpu", **settings)


def write_screen(folder: Path) -> Screen:
    rng = np.random.default_rng(0)
    counts = rng.poisson(rng.gamma(0.5, 1.0, N_GENES), (N_CELLS, N_GENES)).astype(np.float32)
    counts[:, 0] += 1
    obs = pd.DataFrame(
        {
            "gene": pd.Categorical(rng.choice(["control", "control", "A", "B", "g3"], N_CELLS)),
            "cell_line": pd.Categorical(rng.choice(["k", "r"], N_CELLS)),
            "total": counts.sum(1).astype(float),
        },
        index=[f"cell-{i}" for i in rng.permutation(N_CELLS)],
    )
    cells = ad.AnnData(
        sparse.csr_matrix(counts), obs=obs, var=pd.DataFrame(index=[f"g{i}" for i in range(N_GENES)])
    )
    cells.write_h5ad(folder / "whole.h5ad")
    shuffled = rng.permutation(N_GENES)
    by_row, by_gene = cells[:170].copy(), cells[170:300, shuffled].copy()
    dense, more = cells[300:430].copy(), cells[430:, shuffled[::-1]].copy()
    by_gene.X, dense.X = sparse.csc_matrix(by_gene.X), dense.X.toarray()
    files = tuple(folder / name for name in ("a.h5ad", "d.h5ad", "c.h5ad", "b.zarr"))
    for part, path in zip((by_row, by_gene, dense), files, strict=False):
        part.write_h5ad(path)
    with zarr.config.set({"default_zarr_format": 2}), ad.settings.override(zarr_write_format=2):
        _write_zarr(more, files[3])
    return Screen(folder / "whole.h5ad", files, cells)


def _write_zarr(cells: ad.AnnData, path: Path) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # anndata announces its next format
        cells.write_zarr(path)


def assert_same(found: Moments, expected: Moments) -> None:
    assert found.genes == expected.genes
    assert found.conditions.equals(expected.conditions)
    for name in ("mean", "m2"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-10, atol=1e-12)
    assert (found.nnz == expected.nnz).all()
