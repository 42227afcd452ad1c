"""Differential expression of the Norman cells: scanpy's own numbers, stored and live."""

from __future__ import annotations

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scanpy as sc
import torch

from perturbdash.io.dataset import read
from perturbdash.statistics.accumulate import moments
from perturbdash.statistics.context import context_statistics
from perturbdash.statistics.de import rest, welch

FILE = "data/norman19_k562_perturbench_250g.h5ad"


@pytest.fixture(scope="module")
def norman(shared):
    cells = ad.read_h5ad(shared / FILE)
    cells.X = cells.X.astype(np.float64)
    return cells


@pytest.fixture(scope="module")
def statistics(shared):
    halves = pd.read_csv(shared / "golden/norman250/halves.csv")
    table = moments(read(shared / FILE), halves=halves, device="cpu")
    return context_statistics(table, "all", torch.device("cpu"))


def assert_same_tests(tests, row, table, *, p_rtol):
    np.testing.assert_allclose(tests.t[row].numpy(), table["t"], rtol=1e-6)
    np.testing.assert_allclose(tests.p[row].numpy(), table["p"], rtol=p_rtol)
    np.testing.assert_allclose(tests.p_adj[row].numpy(), table["p_adj"], rtol=p_rtol)


@pytest.mark.parametrize("name", ["control_all_cells", "rest_first_half"])
def test_stored_numbers_of_scanpy(name, norman, statistics, shared):
    golden = pd.read_csv(shared / f"golden/norman250/scanpy_de_{name}.csv.gz", float_precision="round_trip")
    group = statistics.all_cells if name == "control_all_cells" else statistics.first
    reference = statistics.control if name == "control_all_cells" else rest(group)
    tests = welch(group, reference, method="t-test_overestim_var")
    assert sorted(golden["perturbation"].unique()) == list(statistics.perturbations)
    for row, perturbation in enumerate(statistics.perturbations):
        table = golden[golden["perturbation"] == perturbation].set_index("gene").loc[norman.var_names]
        assert_same_tests(tests, row, table, p_rtol=1e-5)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("method", ["t-test", "t-test_overestim_var"])
@pytest.mark.parametrize("reference", ["control", "rest"])
def test_scanpy_on_the_same_cells(method, reference, norman, statistics):
    cells = norman if reference == "control" else norman[norman.obs["perturbation"] != "control"]
    cells = ad.AnnData(cells.X, obs=cells.obs[["perturbation"]].copy(), var=cells.var[[]].copy())
    cells.uns["log1p"] = {"base": None}
    sc.tl.rank_genes_groups(cells, "perturbation", reference=reference, method=method)
    other = statistics.control if reference == "control" else rest(statistics.all_cells)
    tests = welch(statistics.all_cells, other, method=method)
    names = {"names": "gene", "scores": "t", "pvals": "p", "pvals_adj": "p_adj"}
    for row, perturbation in enumerate(statistics.perturbations):
        table = sc.get.rank_genes_groups_df(cells, perturbation).rename(columns=names).set_index("gene")
        assert_same_tests(tests, row, table.loc[cells.var_names], p_rtol=1e-6)
