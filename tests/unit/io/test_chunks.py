"""Every format and layout yields, chunk by chunk, exactly what anndata reads at once."""

import warnings
from itertools import pairwise

import anndata
import h5py
import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st

from perturbdash.errors import DataError
from perturbdash.io import runs
from perturbdash.io.opening import open_source
from perturbdash.io.readers import Reading
from perturbdash.io.source import blocks_of_rows
from perturbdash.io.workers import Workers
from tests.unit.io.matrices import (
    FORMATS,
    LAYOUTS,
    N_CELLS,
    N_GENES,
    joined,
    made,
    matrix,
    replaced,
    stored_contiguous,
    stored_plain,
    stored_zarr,
)

DTYPES = ("float32", "float64", "int32", "int64", "uint8")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    paths = {}
    for form, (name, write) in FORMATS.items():
        for layout in LAYOUTS:
            paths[form, layout] = tmp_path_factory.mktemp(f"{form}_{layout}") / name
            write(paths[form, layout], made(layout))
    return paths


@settings(max_examples=80, deadline=None)
@given(
    form=st.sampled_from(sorted(FORMATS)),
    layout=st.sampled_from(sorted(LAYOUTS)),
    chunk=st.one_of(st.integers(1, 400), st.just(10_000)),
)
def test_chunks_join_to_what_was_stored(files, form, layout, chunk):
    source = open_source(files[form, layout])
    assert source.layout == layout
    np.testing.assert_array_equal(joined(source, chunk), matrix())


@settings(max_examples=40, deadline=None)
@given(
    form=st.sampled_from([*sorted(FORMATS), "memory"]),
    layout=st.sampled_from(sorted(LAYOUTS)),
    chunk=st.one_of(st.integers(1, 400), st.just(10_000)),
    ends=st.tuples(st.integers(0, N_GENES), st.integers(0, N_GENES)).map(sorted),
)
def test_a_part_holds_its_rows_or_columns_alone(files, form, layout, chunk, ends):
    source = open_source(made(layout) if form == "memory" else files[form, layout])
    part = (slice(None), slice(*ends)) if layout == "csc" else slice(*ends)
    expected = np.zeros_like(matrix())
    expected[part] = matrix()[part]
    np.testing.assert_array_equal(joined(source, chunk, *ends), expected)


@pytest.mark.parametrize("ends", [(-1, 3), (4, 3), (0, N_CELLS + 1)])
@pytest.mark.parametrize("form", ["plain", "memory"])
def test_a_part_outside_the_matrix_is_refused(files, form, ends):
    source = open_source(made("csr") if form == "memory" else files[form, "csr"])
    with pytest.raises(DataError, match=r"has no part from .*; it has 137"):
        list(source.chunks(start=ends[0], stop=ends[1]))


def test_what_was_stored_is_what_anndata_reads(files):
    for (form, layout), path in files.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read = anndata.read_zarr(path) if form.startswith("zarr") else anndata.read_h5ad(path)
        x = read.X if layout == "dense" else read.X.toarray()
        np.testing.assert_array_equal(x, matrix())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_types_are_kept(tmp_path, dtype, layout):
    adata = made(layout, dtype)
    adata.write_h5ad(tmp_path / "a.h5ad")
    for source in (open_source(tmp_path / "a.h5ad"), open_source(adata)):
        assert source.dtype == np.dtype(dtype)
        assert source.n_stored == (
            N_CELLS * N_GENES if layout == "dense" else np.count_nonzero(matrix(dtype))
        )
        np.testing.assert_array_equal(joined(source, 100), matrix(dtype))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_cells_in_memory_join_too(layout):
    for values in (1, 50, 10_000):
        np.testing.assert_array_equal(joined(open_source(made(layout)), values), matrix())


@pytest.mark.parametrize("name", ["a.h5ad", "a.zarr", None])
def test_a_layer_is_read_instead_of_x(tmp_path, name):
    adata = made("csr", layer=True)
    data = adata if name is None else tmp_path / name
    if name is not None:
        (stored_plain if name.endswith("h5ad") else stored_zarr(3))(tmp_path / name, adata)
    source = open_source(data)
    assert source.layers == ("counts",)
    assert not joined(source, 500).any()
    np.testing.assert_array_equal(joined(source.with_layer("counts"), 500), matrix())
    with pytest.raises(DataError, match=r"no layer 'missing'.*counts"):
        list(source.with_layer("missing").chunks())


def test_int64_indices_pass_as_they_are(tmp_path):
    adata = made("csr")
    adata.X.indices = adata.X.indices.astype(np.int64)
    adata.X.indptr = adata.X.indptr.astype(np.int64)
    stored_plain(tmp_path / "a.h5ad", adata)
    chunks = list(open_source(tmp_path / "a.h5ad").chunks())
    assert chunks[0].indices.dtype == np.int64
    np.testing.assert_array_equal(joined(open_source(tmp_path / "a.h5ad"), 60), matrix())


@pytest.mark.parametrize(
    ("form", "n_runs"), [("plain", 1), ("contiguous", 1), ("gzip", None), ("lzf", None), ("scattered", 2)]
)
def test_plain_values_bypass_the_library(files, form, n_runs):
    with h5py.File(files[form, "csr"]) as file:
        found = runs.find_runs(file["X/data"])
    if n_runs is None:
        assert found is None
    else:
        assert len(found.first) >= n_runs


def test_dense_chunks_narrower_than_a_row_go_through_the_library(tmp_path):
    stored_plain(tmp_path / "a.h5ad", made("dense"))
    replaced(tmp_path / "a.h5ad", "X", matrix(), chunks=(9, 10))
    with h5py.File(tmp_path / "a.h5ad") as file:
        assert runs.find_runs(file["X"]) is None
    np.testing.assert_array_equal(joined(open_source(tmp_path / "a.h5ad"), 500), matrix())


def test_big_endian_values_are_turned(tmp_path):
    stored_plain(tmp_path / "a.h5ad", made("dense"))
    replaced(tmp_path / "a.h5ad", "X", matrix().astype(">f4"))
    source = open_source(tmp_path / "a.h5ad")
    assert source.dtype.isnative
    np.testing.assert_array_equal(joined(source, 500), matrix())


def test_a_chunk_never_written_reads_as_zeros(tmp_path):
    stored_plain(tmp_path / "a.h5ad", made("dense"))
    with h5py.File(tmp_path / "a.h5ad", "a") as file:
        attributes = dict(file["X"].attrs)
        del file["X"]
        dataset = file.create_dataset("X", shape=(N_CELLS, N_GENES), dtype="f4", chunks=(10, N_GENES))
        dataset[:10] = matrix()[:10]
        dataset.attrs.update(attributes)
    found = joined(open_source(tmp_path / "a.h5ad"), 500)
    np.testing.assert_array_equal(found[:10], matrix()[:10])
    assert not found[10:].any()


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_sample_holds_the_cells_it_names(files, form, layout):
    source = open_source(files[form, layout])
    for n_rows in (1, 20, 1000):
        rows = source.sample_rows(n_rows, 0)
        assert len(rows) <= max(n_rows, 1)
        np.testing.assert_array_equal(source.sample(n_rows, 0).toarray(), matrix()[rows])


def test_a_sample_of_genes_with_unsorted_cells_is_whole(tmp_path):
    adata = made("csc")
    x = adata.X
    for gene in range(N_GENES):
        part = slice(x.indptr[gene], x.indptr[gene + 1])
        x.indices[part], x.data[part] = x.indices[part][::-1].copy(), x.data[part][::-1].copy()
    stored_plain(tmp_path / "a.h5ad", adata)
    np.testing.assert_array_equal(open_source(tmp_path / "a.h5ad").sample(20, 0).toarray(), matrix()[:20])


def test_blocks_of_a_sample_do_not_overlap():
    blocks = blocks_of_rows(100_000, 1024, 0)
    assert sum(stop - start for start, stop in blocks) == 1024
    assert all(left[1] <= right[0] for left, right in pairwise(blocks))
    assert blocks == blocks_of_rows(100_000, 1024, 0) != blocks_of_rows(100_000, 1024, 1)


@pytest.mark.parametrize("bad", [N_GENES, -1])
def test_an_index_outside_the_matrix_is_refused(tmp_path, bad):
    stored_plain(tmp_path / "a.h5ad", made("csr"))
    with h5py.File(tmp_path / "a.h5ad", "a") as file:
        file["X/indices"][5] = bad
    with pytest.raises(DataError, match="outside its 41 names"):
        list(open_source(tmp_path / "a.h5ad").chunks())


def test_a_file_that_shrank_is_refused(tmp_path):
    stored_contiguous(tmp_path / "a.h5ad", made("dense"))
    source = open_source(tmp_path / "a.h5ad")
    with h5py.File(tmp_path / "a.h5ad") as file:
        dataset = file["X"]
        reader = runs.RunReader(dataset, Reading(Workers()), runs.find_runs(dataset), 0)
    assert source.n_cells == N_CELLS
    with (tmp_path / "short").open("wb+") as short:
        reader._descriptor = short.fileno()
        with pytest.raises(OSError, match="ends before its last value"):
            reader.read(0, 5)


def test_zarr_versions_are_what_the_files_say(files):
    assert zarr.open_group(str(files["zarr2", "csr"]), mode="r").metadata.zarr_format == 2
    assert zarr.open_group(str(files["zarr3", "csr"]), mode="r").metadata.zarr_format == 3
