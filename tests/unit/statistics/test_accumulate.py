from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from threading import Event

import anndata
import numpy as np
import pandas as pd
import pytest
import torch
from scipy import sparse

from perturbdash.errors import Cancelled, DataError, SettingsError
from perturbdash.io import readers, runs, workers
from perturbdash.io.dataset import read
from perturbdash.io.opening import open_source
from perturbdash.statistics import accumulate, normalise
from perturbdash.statistics.accumulate import moments
from perturbdash.statistics.halves import assign_groups
from perturbdash.statistics.moments import COLUMNS, merge
from perturbdash.statistics.scatter import DeviceTable
from tests.unit.statistics.cells import Cells, counts, dataset, permuted, taken

LAYOUTS = {"csr": sparse.csr_matrix, "csc": sparse.csc_matrix, "dense": np.ascontiguousarray}
DTYPES = ["float32", "float64", "int32", "int64", "int16", "uint8", "float16", ">f4"]


def read_only(matrix):
    for array in (matrix.data, matrix.indices, matrix.indptr) if sparse.issparse(matrix) else (matrix,):
        array.flags.writeable = False
    return matrix


def stored(values, layout, dtype="float64", index=np.int32):
    matrix = LAYOUTS[layout](values.astype(dtype) if layout == "dense" else values)
    if layout != "dense":
        matrix.data = matrix.data.astype(dtype)
        matrix.indices = matrix.indices.astype(index)
    return read_only(matrix)


def expected(cells: Cells, values, seed=0, halves=None):
    groups = assign_groups(cells, seed=seed, given=halves)
    members = [values[groups.codes == code].astype(np.float64) for code in range(len(groups.conditions))]
    mean = np.stack([x.mean(0) for x in members])
    m2 = np.stack([((x - x.mean(0)) ** 2).sum(0) for x in members])
    return mean, m2, np.stack([(x > 0).sum(0) for x in members])


def assert_equal(found, mean, m2, nnz, rtol=1e-12):
    np.testing.assert_allclose(found.mean, mean, rtol=rtol, atol=rtol)
    np.testing.assert_allclose(found.m2, m2, rtol=rtol, atol=rtol)
    assert (found.nnz == nnz).all()
    assert found.nnz.dtype == np.int64


def on_device(cells, monkeypatch, **settings):
    """Take the torch path, on the processor."""

    def table(dataset, groups, totals, device):
        name, n_genes = dataset.name, dataset.source.n_genes
        return DeviceTable(groups, n_genes, totals=totals, name=name, device=torch.device("cpu"))

    with monkeypatch.context() as patch:
        patch.setattr(accumulate, "_table", table)
        return moments(cells, **settings)


@pytest.fixture(params=["compiled", "torch"])
def compute(request, monkeypatch):
    if request.param == "compiled":
        return lambda cells, **settings: moments(cells, device="cpu", **settings)
    return lambda cells, **settings: on_device(cells, monkeypatch, **settings)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_moments_equal_numpy(layout, dtype, compute):
    values = counts()
    if dtype in ("float32", "float64"):
        values = np.log1p(values).astype(dtype)
    cells = dataset(stored(values, layout, dtype))
    assert_equal(compute(cells), *expected(cells, values))


@pytest.mark.parametrize("layout", ["csr", "csc"])
def test_long_indices(layout, compute):
    values = np.log1p(counts())
    cells = dataset(stored(values, layout, index=np.int64))
    assert cells.source.matrix.indices.dtype == np.int64
    assert_equal(compute(cells), *expected(cells, values))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_negative_values_count_as_not_above_zero(layout, compute):
    values = counts()
    values[values > 0] -= 1.5
    cells = dataset(stored(values, layout))
    assert (values < 0).any()
    assert_equal(compute(cells), *expected(cells, values))


def test_stored_zeros_are_zeros(compute):
    values = counts()
    cells = dataset(stored(values, "csr"))
    with_zeros = sparse.csr_matrix(values)
    with_zeros.data = with_zeros.data.copy()
    with_zeros.data[::3] = 0.0
    cells.source.matrix = with_zeros
    assert_equal(compute(cells), *expected(cells, with_zeros.toarray()))


def test_unsorted_genes_of_a_row(compute):
    values = counts()
    matrix = sparse.csr_matrix(values)
    for row in range(matrix.shape[0]):
        part = slice(matrix.indptr[row], matrix.indptr[row + 1])
        matrix.indices[part] = matrix.indices[part][::-1].copy()
        matrix.data[part] = matrix.data[part][::-1].copy()
    cells = dataset(matrix)
    assert_equal(compute(cells), *expected(cells, values))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("space", ["log1p", "counts"])
def test_chunk_size_does_not_matter(layout, space, compute):
    cells = dataset(stored(counts(), layout), space=space)
    whole = compute(cells)
    for size in (1, 50, 997):
        cells.source.values = size
        part = compute(cells)
        assert_equal(part, whole.mean, whole.m2, whole.nnz)
        assert part.conditions.equals(whole.conditions)


@pytest.mark.parametrize("layout", ["csr", "dense"])
def test_row_order_does_not_matter(layout, compute):
    cells = dataset(stored(np.log1p(counts()), layout))
    first, second = compute(cells, seed=4), compute(permuted(cells), seed=4)
    assert first.conditions.equals(second.conditions)
    assert_equal(second, first.mean, first.m2, first.nnz)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_large_mean_and_small_spread(layout, compute):
    rng = np.random.default_rng(0)
    values = rng.normal(1e3, 1e-2, (4000, 3))
    cells = dataset(stored(values, layout), n_perturbations=1)
    cells.source.values = 3000
    mean, m2, _ = expected(cells, values)
    groups = assign_groups(cells, seed=0)
    naive = []
    for code, n in enumerate(groups.sizes):
        x = values[groups.codes == code]
        naive.append((x**2).sum(0) - x.sum(0) ** 2 / n)
    assert np.abs(np.array(naive) / m2 - 1).max() > 1e-7
    found = compute(cells)
    assert np.abs(found.m2 / m2 - 1).max() < 1e-9
    np.testing.assert_allclose(found.mean, mean, rtol=1e-14)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_merged_parts_keep_the_digits_of_a_small_spread(layout, compute):
    values = np.random.default_rng(0).normal(1e3, 1e-2, (4000, 3))
    cells = dataset(stored(values, layout), n_perturbations=1)
    parts = [np.arange(first, 4000, 3) for first in range(3)]
    members = defaultdict(list)
    for rows in parts:
        groups = assign_groups(taken(cells, rows), seed=0)
        for code, key in enumerate(groups.conditions[COLUMNS[:3]].itertuples(index=False, name=None)):
            members[key].append(values[rows][groups.codes == code])
    merged = merge([compute(taken(cells, rows)) for rows in parts])
    for key, mean, m2 in zip(
        merged.conditions[COLUMNS[:3]].itertuples(index=False, name=None), merged.mean, merged.m2, strict=True
    ):
        x = np.concatenate(members[key])
        assert np.abs(m2 / ((x - x.mean(0)) ** 2).sum(0) - 1).max() < 1e-9
        np.testing.assert_allclose(mean, x.mean(0), rtol=1e-14)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_counts_of_a_small_spread_keep_their_digits(layout, compute):
    rng = np.random.default_rng(0)
    values = np.rint(rng.normal([1e6, 3e6, 6e6], [300, 900, 100], (4000, 3)))
    cells = dataset(stored(values, layout), n_perturbations=1, space="counts")
    cells.source.values = 3000
    scaled = (values / (values.sum(1, keepdims=True) / 1e4)).astype(np.float32).astype(np.float64)
    mean, m2, _ = expected(cells, np.log1p(scaled).astype(np.float32))
    found = compute(cells)
    assert (mean / np.sqrt(m2 / 300)).min() > 1e4
    assert np.abs(found.m2 / m2 - 1).max() < 1e-9


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_counts_are_normalised_as_scanpy_does(layout, dtype, compute):
    import scanpy as sc

    values = counts(n_genes=60)
    values[3, 5], values[7, 9] = 150, 210
    values[11] = 0
    reference = anndata.AnnData(sparse.csr_matrix(values.astype(np.float32)))
    with pytest.warns(UserWarning, match="zero counts"):
        sc.pp.normalize_total(reference, target_sum=1e4)
    sc.pp.log1p(reference)
    cells = dataset(stored(values, layout, dtype), space="counts")
    assert_equal(compute(cells), *expected(cells, reference.X.toarray()), rtol=1e-6)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_counts_that_are_not_whole_are_normalised_too(layout, compute):
    values = counts() * 0.7
    cells = dataset(stored(values, layout), space="counts")
    scaled = np.log1p(values / values.sum(1, keepdims=True) * 1e4)
    assert_equal(compute(cells), *expected(cells, scaled), rtol=1e-6)


def test_more_cells_than_are_tabulated_give_the_same_numbers(monkeypatch):
    cells = dataset(stored(counts(), "csc"), space="counts")
    tabulated = moments(cells, device="cpu")
    monkeypatch.setattr(normalise, "MOST_TABULATED", 399)
    found = moments(cells, device="cpu")
    assert np.array_equal(found.mean, tabulated.mean)
    assert np.array_equal(found.m2, tabulated.m2)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_totals_of_a_column_take_the_place_of_row_sums(layout, compute):
    values = counts()
    cells = dataset(stored(values, layout), space="counts", totals_key="total")
    totals = values.sum(1) + np.random.default_rng(0).integers(1, 50, values.shape[0])
    cells.source.obs["total"] = totals
    scaled = np.log1p(values / totals[:, None] * 1e4)
    assert_equal(compute(cells), *expected(cells, scaled), rtol=1e-6)
    with pytest.raises(AssertionError):
        assert_equal(compute(replace(cells, totals_key=None)), *expected(cells, scaled), rtol=1e-6)


@pytest.mark.parametrize("totals", [["a"] * 400, [np.nan] * 400, [-1.0] * 400])
def test_totals_that_are_not_counts_are_refused(totals):
    cells = dataset(stored(counts(), "csr"), space="counts", totals_key="total")
    cells.source.obs["total"] = totals
    with pytest.raises(DataError, match="'total' of cell totals"):
        moments(cells, device="cpu")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_counts_without_a_total_are_refused(layout, compute):
    cells = dataset(stored(counts(), layout), space="counts", totals_key="total")
    cells.source.obs["total"] = np.r_[0.0, np.ones(399)]
    with pytest.raises(DataError, match="total of 0"):
        compute(cells)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_negative_counts_are_refused(layout, compute):
    values = counts()
    values[5, 4] = -2
    with pytest.raises(DataError, match="negative values"):
        compute(dataset(stored(values, layout), space="counts"))


@pytest.mark.parametrize("space", ["log1p", "counts"])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite_are_named(layout, bad, space, compute):
    values = counts() + 0.0
    cells = dataset(values, space=space)
    used = np.flatnonzero(cells.label_codes >= -1)
    values[used[[2, 90]], 8] = bad
    values[used[7], 30] = bad
    cells.source.matrix = stored(values, layout)
    with pytest.raises(DataError, match=r"gene 'g8' in 2 cells \(and 1 more genes\)"):
        compute(cells)


def test_values_of_cells_that_are_left_out_do_not_matter(compute):
    values = np.log1p(counts())
    cells = dataset(values)
    spoilt = values.copy()
    spoilt[cells.label_codes == -2] = np.nan
    for layout in LAYOUTS:
        cells.source.matrix = stored(spoilt, layout)
        assert_equal(compute(cells), *expected(cells, values))


def test_a_gene_held_twice_is_refused(compute):
    matrix = sparse.csr_matrix(np.log1p(counts()))
    row = int(np.flatnonzero(np.diff(matrix.indptr) > 2)[0])
    matrix.indices[matrix.indptr[row] + 1] = matrix.indices[matrix.indptr[row]]
    cells = dataset(matrix)
    cells.labels[row] = "P1"
    with pytest.raises(DataError, match="holds one gene of a cell twice"):
        compute(cells)


@pytest.mark.parametrize("layout", ["csr", "csc"])
@pytest.mark.parametrize("space", ["log1p", "counts"])
@pytest.mark.parametrize("index", [-1, 400])
def test_indices_beyond_the_matrix_are_refused(layout, space, index, compute):
    matrix = LAYOUTS[layout](counts())
    matrix.indices[0] = index
    cells = dataset(matrix, space=space)
    cells.labels[:] = "P1"
    with pytest.raises(DataError, match="index lies outside"):
        compute(cells)


def test_pointers_that_fall_are_refused(compute):
    matrix = sparse.csr_matrix(counts())
    cells = dataset(matrix)
    matrix.indptr[3] = matrix.indptr[5]
    with pytest.raises(DataError, match="pointers do not fit"):
        compute(cells)


def test_given_halves_are_used(compute):
    values = np.log1p(counts())
    cells = dataset(stored(values, "csr"))
    table = pd.DataFrame({"cell": cells.cell_names, "half": "first"})
    table.loc[::3, "half"] = "second"
    found = compute(cells, halves=table)
    assert_equal(found, *expected(cells, values, halves=table))


def test_progress_reaches_the_end_and_can_cancel():
    cells = dataset(stored(counts(), "csr"))
    cells.source.values = 500
    shares = []
    moments(cells, device="cpu", progress=lambda share, text: shares.append((share, text)))
    assert len(shares) > 3
    assert [share for share, _ in shares] == sorted(share for share, _ in shares)
    assert shares[-1] == (1.0, "Reading cells: 400 of 400 cells")

    def cancel(share, text):
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        moments(cells, device="cpu", progress=cancel)


def test_a_reading_that_takes_long_can_be_cancelled_before_its_chunk_is_there(tmp_path, monkeypatch):
    anndata.AnnData(sparse.csr_matrix(counts())).write_h5ad(tmp_path / "a.h5ad")
    cells = dataset(open_source(tmp_path / "a.h5ad").sample(400, 0))
    cells.source = open_source(tmp_path / "a.h5ad")
    go_on, told = Event(), []

    def cancel(share, text):
        told.append((share, text))
        go_on.set()
        raise Cancelled("stopped")

    monkeypatch.setattr(workers, "SECONDS_BETWEEN_CALLS", 0.01)
    monkeypatch.setattr(readers, "PIECE_BYTES", 1)
    monkeypatch.setattr(readers, "CHUNKS_OF_A_PIECE", 1)
    monkeypatch.setattr(runs, "read_into", lambda *_: go_on.wait(20))
    with pytest.raises(Cancelled):
        moments(cells, device="cpu", progress=cancel)
    assert told == [(0.0, "Reading cells: 0 of 400 cells")]


def test_the_pass_that_adds_up_the_counts_of_columns_can_be_cancelled():
    cells = dataset(stored(counts(), "csc"), space="counts")
    cells.source.values = 500
    texts = []
    moments(cells, device="cpu", progress=lambda share, text: texts.append(text.split(":")[0]))
    assert sorted(set(texts)) == ["Adding up the counts of cells", "Reading cells"]


def test_a_real_file_with_given_halves(shared):
    path = shared / "data" / "norman19_k562_perturbench_250g.h5ad"
    table = pd.read_csv(shared / "golden" / "norman250" / "halves.csv")
    data = read(path)
    found = moments(data, halves=table, device="cpu")
    values = next(iter(data.source.with_layer(None).chunks(10**9)))
    whole = sparse.csr_matrix((values.data, values.indices, values.indptr), shape=(data.n_cells, 250))
    assert_equal(found, *expected(data, whole.toarray(), halves=table))
    assert found.n_cells.sum() == data.n_cells
    assert len(found.conditions) == 2 * len(data.perturbations) + 20


def test_one_pass_over_the_cells():
    cells = dataset(stored(counts(), "csr"), space="counts")
    moments(cells, device="cpu")
    assert cells.source.passes == 1


def test_unknown_device_is_refused():
    with pytest.raises(SettingsError, match="choose auto, cpu or cuda"):
        moments(dataset(stored(counts(), "csr")), device="abacus")


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("space", ["log1p", "counts"])
def test_torch_equals_the_compiled_loops(layout, space, monkeypatch):
    cells = dataset(stored(counts(3000, 50), layout), space=space)
    cells.source.values = 20_000
    compiled, scattered = moments(cells, device="cpu"), on_device(cells, monkeypatch)
    assert_equal(scattered, compiled.mean, compiled.m2, compiled.nnz, rtol=1e-10)
