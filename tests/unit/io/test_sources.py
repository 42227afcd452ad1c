"""Files that cannot be read say so in one sentence; names and annotations are read without the matrix."""

import os
import warnings

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from perturbdash.errors import DataError
from perturbdash.io.opening import is_moments_store, open_source
from tests.unit.io.made import GENES, screen, written


def one_sentence(error: pytest.ExceptionInfo) -> str:
    text = str(error.value)
    assert "\n" not in text
    assert text.endswith(".")
    return text


def test_no_file(tmp_path):
    with pytest.raises(DataError, match="There is no file") as error:
        open_source(tmp_path / "absent.h5ad")
    one_sentence(error)


def test_a_file_that_is_not_hdf5(tmp_path):
    (tmp_path / "a.h5ad").write_text("cell,gene\n")
    with pytest.raises(DataError, match="not an HDF5 file") as error:
        open_source(tmp_path / "a.h5ad")
    one_sentence(error)


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_file_that_is_cut_off(tmp_path, share):
    path = written(screen(), tmp_path)
    os.truncate(path, int(path.stat().st_size * share))
    with pytest.raises(DataError, match=r"a?cells\.h5ad is cut off; copy or download") as error:
        open_source(path)
    one_sentence(error)


@pytest.mark.parametrize("part", ["obs", "var"])
def test_a_file_without_annotations(tmp_path, part):
    path = written(screen(), tmp_path)
    with h5py.File(path, "a") as file:
        del file[part]
    with pytest.raises(DataError, match=f"lacks {part}; expected an AnnData") as error:
        open_source(path)
    one_sentence(error)


@pytest.mark.parametrize("layers", [{}, {"counts": np.ones((21, len(GENES)))}])
def test_a_file_without_x(tmp_path, layers):
    adata = screen()
    adata.X = None
    adata.layers.update(layers)
    source = open_source(written(adata, tmp_path))
    assert source.obs.shape == (21, 1)
    with pytest.raises(
        DataError, match="lacks X; choose one of its layers: counts" if layers else "lacks X; expected"
    ):
        source.sample(10, 0)


def test_a_folder_that_is_not_zarr(tmp_path):
    with pytest.raises(DataError, match="not a zarr group"):
        open_source(tmp_path)


def test_something_else():
    with pytest.raises(DataError, match="not as dict"):
        open_source({})


@pytest.mark.parametrize("damage", ["shape", "indptr", "indices", "text"])
def test_a_matrix_that_contradicts_itself(tmp_path, damage):
    path = written(screen(), tmp_path)
    with h5py.File(path, "a") as file:
        if damage == "shape":
            file["X"].attrs["shape"] = (20, len(GENES))
        elif damage == "indptr":
            file["X/indptr"][3] = 10_000
        elif damage == "indices":
            values = file["X/indices"][:-1]
            del file["X/indices"]
            file["X/indices"] = values
        else:
            del file["X"]
            file["X"] = np.array([["a"] * len(GENES)] * 21, dtype="S1")
    with pytest.raises(DataError, match=r"contradict each other|expected numbers"):
        _ = open_source(path).layout


def test_a_matrix_that_does_not_fit_its_names(tmp_path):
    path = written(screen(), tmp_path)
    with h5py.File(path, "a") as file:
        del file["X"]
        file["X"] = np.ones((3, 2))
    with pytest.raises(
        DataError, match=r"X of cells\.h5ad is 3 × 2, but obs and var name 21 cells and 7 genes"
    ):
        _ = open_source(path).layout


def test_annotations_are_read_without_the_matrix(tmp_path):
    path = written(screen(score=list(range(21))), tmp_path)
    with h5py.File(path, "a") as file:
        del file["X"]
    source = open_source(path)
    pd.testing.assert_frame_equal(source.obs, screen(score=list(range(21))).obs, check_names=False)
    assert source.genes.tolist() == list(GENES)
    assert source.cell_names.dtype == object


def test_numbers_as_names_become_text():
    adata = screen()
    adata.obs.index = [str(i) for i in range(21)]
    source = open_source(adata)
    assert source.cell_names[:2].tolist() == ["0", "1"]


def test_tables_of_anndata_before_0_7(tmp_path):
    """Structured rows, with the categories in ``uns`` and the sparse matrix marked in its old words."""
    path, x = tmp_path / "old.h5ad", sparse.csr_matrix(np.eye(3, dtype=np.float32))
    row = [("index", "S1"), ("kind", "i1"), ("n", "f8")]
    obs = np.array([(b"a", 0, 1.5), (b"b", 1, 2.5), (b"c", 0, 3.5)], dtype=row)
    with h5py.File(path, "w") as file:
        file["obs"], file["var"] = obs, np.array([(b"x",), (b"y",), (b"z",)], dtype=[("index", "S1")])
        file["uns/kind_categories"] = np.array([b"control", b"KLF1"])
        group = file.create_group("X")
        group.attrs.update({"h5sparse_format": "csr", "h5sparse_shape": (3, 3)})
        for part in ("data", "indices", "indptr"):
            group[part] = getattr(x, part)
    source = open_source(path)
    assert source.cell_names.tolist() == ["a", "b", "c"]
    assert source.genes.tolist() == ["x", "y", "z"]
    assert source.obs["kind"].astype(str).tolist() == ["control", "KLF1", "control"]
    assert source.obs["n"].tolist() == [1.5, 2.5, 3.5]
    np.testing.assert_array_equal(source.sample(10, 0).toarray(), np.eye(3))


def test_categories_of_anndata_0_7(tmp_path):
    path = written(screen(), tmp_path)
    with h5py.File(path, "a") as file:
        obs = file["obs"]
        codes, categories = obs["perturbation/codes"][:], obs["perturbation/categories"][:]
        del obs["perturbation"]
        obs.attrs["encoding-version"] = "0.1.0"
        obs["__categories/perturbation"] = categories
        obs["perturbation"] = codes
        obs["perturbation"].attrs["categories"] = obs["__categories/perturbation"].ref
    assert open_source(path).obs["perturbation"].tolist() == screen().obs["perturbation"].tolist()


def test_an_anndata_on_disk_is_streamed_with_the_annotations_in_memory(tmp_path):
    adata = anndata.read_h5ad(written(screen(), tmp_path), backed="r")
    adata.obs["added"] = 1
    source = open_source(adata)
    assert source.path == tmp_path / "cells.h5ad"
    assert "added" in source.obs
    np.testing.assert_array_equal(source.sample(50, 0).toarray(), screen().X.toarray())
    with pytest.raises(DataError, match="to_memory"):
        open_source(adata[:3])
    adata.file.close()


def test_values_in_other_files_are_refused(tmp_path):
    other = tmp_path / "secret.bin"
    other.write_bytes(np.ones(21 * len(GENES), dtype=np.float32).tobytes())
    path = written(screen(), tmp_path)
    with h5py.File(path, "a") as file:
        del file["X"]
        file.create_dataset(
            "X", shape=(21, len(GENES)), dtype="f4", external=[(str(other), 0, h5py.h5f.UNLIMITED)]
        )
    with pytest.raises(DataError, match="takes values from other files"):
        open_source(path).sample(5, 0)


@pytest.mark.parametrize("place", ["obs", "obs/perturbation", "X", "X/data"])
def test_links_to_other_files_are_refused(tmp_path, place):
    other, path = written(screen(), tmp_path, "other.h5ad"), written(screen(), tmp_path)
    with h5py.File(path, "a") as file:
        del file[place]
        file[place] = h5py.ExternalLink(str(other), place)
    with pytest.raises(DataError, match="takes values from other files"):
        open_source(path).sample(5, 0)


def test_virtual_values_are_refused(tmp_path):
    other, path = tmp_path / "other.h5", written(screen(), tmp_path)
    with h5py.File(other, "w") as file:
        file["values"] = np.ones((21, len(GENES)), dtype="f4")
    layout = h5py.VirtualLayout(shape=(21, len(GENES)), dtype="f4")
    layout[:] = h5py.VirtualSource(str(other), "values", shape=(21, len(GENES)))
    with h5py.File(path, "a") as file:
        del file["X"]
        file.create_virtual_dataset("X", layout)
    with pytest.raises(DataError, match="takes values from other files"):
        open_source(path).sample(5, 0)


def test_identity_of_a_file_changes_with_the_file(tmp_path):
    path = written(screen(), tmp_path)
    first = open_source(path).identity()
    assert first == open_source(path).identity()
    os.utime(path, ns=(1, 1))
    assert open_source(path).identity() != first


def test_identity_of_a_zarr_changes_with_any_of_its_files(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        screen().write_zarr(tmp_path / "a.zarr")
    first = open_source(tmp_path / "a.zarr").identity()
    assert first == open_source(tmp_path / "a.zarr").identity()
    chunk = next(path for path in (tmp_path / "a.zarr/X/data").rglob("*") if path.is_file())
    os.utime(chunk, ns=(1, 1))
    assert open_source(tmp_path / "a.zarr").identity() != first


def test_identity_in_memory_changes_with_one_value():
    adata = screen()
    first = open_source(adata).identity()
    assert first == open_source(screen()).identity()
    adata.X.data[-1] += 1
    assert open_source(adata).identity() != first


def moments() -> anndata.AnnData:
    obs = pd.DataFrame(
        {"context": "all", "perturbation": ["control", "A"], "part": ["first_0", "first"], "n_cells": [3, 4]},
        index=["0", "1"],
    )
    layers = {name: np.ones((2, 3)) for name in ("mean", "m2", "nnz")}
    return anndata.AnnData(None, obs=obs, var=pd.DataFrame(index=["x", "y", "z"]), layers=layers)


def test_a_store_of_moments_is_recognised(tmp_path):
    assert is_moments_store(written(moments(), tmp_path))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        moments().write_zarr(tmp_path / "a.zarr")
    assert is_moments_store(tmp_path / "a.zarr")


@pytest.mark.parametrize("change", ["cells", "x", "layer", "column", "text", "absent"])
def test_what_is_not_a_store_of_moments(tmp_path, change):
    adata = screen() if change == "cells" else moments()
    if change == "x":
        adata.X = np.ones((2, 3))
    if change == "layer":
        del adata.layers["m2"]
    if change == "column":
        del adata.obs["part"]
    path = written(adata, tmp_path)
    if change == "text":
        path.write_text("no")
    if change == "absent":
        path.unlink()
    assert not is_moments_store(path)
