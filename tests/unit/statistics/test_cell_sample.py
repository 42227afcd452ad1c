"""The stratified sample of cells, and reading them, against a whole matrix in memory."""

from __future__ import annotations

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scanpy as sc
from scipy import sparse

import perturbdash as pdash
from perturbdash.errors import DataError
from perturbdash.statistics.cell_sample import choose_cells, quota_for, read_cells

SIZES = {"control": 60, "A": 3, "B": 40, "A+B": 17, "C": 25}


def made(*, counts: bool = False, order: np.ndarray | None = None, form: str = "csr") -> ad.AnnData:
    rng = np.random.default_rng(3)
    labels = np.repeat(list(SIZES), list(SIZES.values()))
    labels = np.concatenate([labels, labels])
    n, n_genes = len(labels), 12
    x = rng.poisson(1.2, (n, n_genes)).astype(np.float32)
    x[:, 0] += 1
    if not counts:
        x = np.log1p(x * 0.7)
    obs = pd.DataFrame(
        {"perturbation": labels, "cell_line": np.repeat(["one", "two"], n // 2)},
        index=[f"c{i}" for i in range(n)],
    )
    matrix = {"csr": sparse.csr_matrix, "csc": sparse.csc_matrix, "dense": np.asarray}[form](x)
    found = ad.AnnData(matrix, obs=obs, var=pd.DataFrame(index=[f"G{i}" for i in range(n_genes)]))
    return found if order is None else found[order].copy()


def dataset(**options):
    return pdash.read(made(**options), context_key="cell_line")


def conditions(data, rows):
    keys = zip(data.context_codes[rows].tolist(), data.label_codes[rows].tolist(), strict=True)
    return pd.Series(list(keys)).value_counts()


def test_each_condition_gives_the_same_number_or_all_it_has():
    data = dataset()
    found = choose_cells(data, seed=0, most=100)
    counts = conditions(data, found.rows)
    everything = conditions(data, np.arange(data.n_cells))
    assert len(found.rows) <= 100
    assert found.of == data.n_cells
    assert not found.is_whole
    assert (counts == np.minimum(everything, found.quota).loc[counts.index]).all()
    assert len(counts) == len(everything)
    one_more = np.minimum(everything, found.quota + 1).sum()
    assert one_more > 100


def test_all_cells_where_they_are_few_and_one_context_alone():
    data = dataset()
    assert choose_cells(data, seed=0).is_whole
    one = choose_cells(data, seed=0, context="two")
    assert set(data.context_codes[one.rows]) == {1}
    assert one.of == data.n_cells // 2


def test_the_same_cells_whatever_the_order_of_rows_and_others_under_another_seed():
    order = np.random.default_rng(0).permutation(sum(SIZES.values()) * 2)
    straight, shuffled = dataset(), dataset(order=order)
    first, second = (choose_cells(data, seed=5, most=90) for data in (straight, shuffled))
    assert straight.cell_names[first.rows].tolist() == shuffled.cell_names[second.rows].tolist()
    other = choose_cells(straight, seed=6, most=90)
    assert set(other.rows.tolist()) != set(first.rows.tolist())


def test_more_conditions_than_cells_wanted():
    data = dataset()
    found = choose_cells(data, seed=0, most=4)
    assert len(found.rows) == 4
    assert conditions(data, found.rows).max() == 1


@pytest.mark.parametrize("most", [1, 7, 20, 31, 60])
def test_the_quota_is_the_largest_that_fits(most):
    sizes = np.random.default_rng(most).integers(1, 15, 6)
    own = quota_for(sizes, most)
    brute = max((q for q in range(1, 16) if np.minimum(sizes, q).sum() <= most), default=1)
    assert own == min(brute, sizes.max())


@pytest.mark.parametrize("form", ["csr", "csc", "dense"])
@pytest.mark.parametrize("counts", [False, True])
def test_values_are_those_of_scanpy_in_the_order_asked_for(form, counts, tmp_path):
    adata = made(counts=counts, form=form)
    path = tmp_path / "cells.h5ad"
    adata.write_h5ad(path)
    data = pdash.read(path, context_key="cell_line", space="counts" if counts else "log1p")
    if counts:
        sc.pp.normalize_total(adata, target_sum=1e4)
        sc.pp.log1p(adata)
    whole = adata.X.toarray() if sparse.issparse(adata.X) else np.asarray(adata.X)
    rows = np.random.default_rng(1).permutation(data.n_cells)[:50]
    genes = np.array([7, 2, 9])
    source = data.source
    own = source.chunks
    source.chunks = lambda values=0, workers=None: own(100)
    found = read_cells(data, rows, genes=genes)
    assert found.format == "csr"
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.toarray(), whole[rows][:, genes], rtol=2e-6)
    np.testing.assert_allclose(read_cells(data, rows).toarray(), whole[rows], rtol=2e-6)


def test_values_that_are_not_finite_are_refused():
    adata = made()
    data = pdash.read(adata, context_key="cell_line")
    adata.X.data[5] = np.nan
    with pytest.raises(DataError, match="NaN or infinite"):
        read_cells(data, np.arange(data.n_cells))


def test_progress_is_told_and_can_stop_the_reading():
    def stop(share: float, text: str) -> None:
        assert share > 0
        assert "Reading cells" in text
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_cells(dataset(), np.arange(10), progress=stop)
