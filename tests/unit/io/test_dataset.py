"""A data set says what each cell is, from real files and made ones."""

import os
import subprocess
import sys
import time

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from perturbdash.errors import DataError, SettingsError
from perturbdash.io.dataset import read
from tests.unit.io.made import GENES, cells, screen, written


@pytest.fixture(scope="module")
def norman(shared):
    return read(shared / "data" / "norman19_k562_perturbench_250g.h5ad")


def test_norman(norman, shared):
    obs = anndata.read_h5ad(shared / "data" / "norman19_k562_perturbench_250g.h5ad").obs
    assert norman.schema.perturbation_key == "perturbation"
    assert norman.schema.control == "control"
    assert norman.schema.separator == "+"
    assert norman.schema.space == "log1p"
    assert norman.contexts == ("all",)
    assert len(norman.perturbations) == 33
    assert sum(len(parts) == 2 for parts in norman.parts.values()) == 15
    labels = np.array([*norman.perturbations, "left out", "control"], dtype=object)[norman.label_codes]
    assert labels.tolist() == obs["perturbation"].astype(str).tolist()
    assert norman.targets["TMSB4X"] == ("TMSB4X",)
    assert norman.split is None


def test_the_counts_of_norman(norman):
    counts = norman.with_schema(layer="counts_recovered")
    assert counts.schema.space == "counts"
    assert counts.schema.totals_key == "ncounts"
    assert counts.totals.shape == (3375,)
    assert norman.schema.layer is None


def test_two_studies_in_one_file(shared):
    data = read(shared / "data" / "perturbench_devel.h5ad")
    assert data.schema.context_key == "cell_type"
    assert data.contexts == ("A172", "T98G", "U87MG", "k562")
    assert data.cell_counts[:, -1].tolist() == [100, 100, 100, 100]
    assert (data.cell_counts[:, :-1] > 0).sum(axis=1).tolist() == [9, 9, 9, 33]
    studies = next(check for check in data.checks() if check.title == "2 studies in one file")
    assert "mcfaline23: A172, T98G, U87MG; norman19: k562" in studies.text
    pooled = data.with_schema(context_key="none")
    assert any("taken together" in check.text for check in pooled.checks())


def test_one_perturbation_in_five_cell_types(shared):
    data = read(shared / "data" / "kang2018_muscat_1267g.h5ad")
    assert data.schema.context_key == "cluster_id"
    assert data.perturbations == ("IFNB",)
    assert len(data.contexts) == 5
    assert "sample_id" in data.proposals["context_key"].reason
    assert any(check.title == "One perturbation only" for check in data.checks())


def test_a_file_a_store_and_memory_agree(tmp_path):
    import warnings

    adata = screen(cell_type=["a", "b"] * 10 + ["a"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        adata.write_zarr(tmp_path / "cells.zarr")
    found = [read(data) for data in (adata, written(adata, tmp_path), tmp_path / "cells.zarr")]
    for data in found:
        assert data.schema == found[0].schema
        assert data.perturbations == found[0].perturbations
        assert data.genes == GENES
        np.testing.assert_array_equal(data.label_codes, found[0].label_codes)
        np.testing.assert_array_equal(data.context_codes, found[0].context_codes)
    assert [data.name for data in found] == ["data in memory", "cells", "cells"]


def test_missing_labels_are_left_out_and_counted():
    adata = screen(cell_type=pd.Categorical(["a", "b"] * 10 + [None]))
    adata.obs["perturbation"] = adata.obs["perturbation"].astype(object)
    adata.obs.iloc[[0, 7], 0] = [None, np.nan]
    data = read(adata)
    assert data.left_out == {"without a label": 2, "without a context": 1}
    assert np.flatnonzero(data.label_codes == -2).tolist() == [0, 7, 20]
    assert np.flatnonzero(data.context_codes == -1).tolist() == [0, 7, 20]
    assert data.n_cells == 21
    assert data.cell_counts.sum() == 18


def test_a_perturbation_without_cells_left_is_gone():
    lines = ["a"] * 16 + ["b"] * 5
    data = read(screen(line=lines), context_key="line")
    assert data.perturbations == ("KLF1", "MAPK1")
    assert data.label_codes.max() == 1
    assert set(data.parts) == set(data.targets) == {"KLF1", "MAPK1"}


def test_numbers_and_mixed_types_become_labels():
    data = read(cells(["control"] * 3 + [7, 7.0, "7", " 7 "] + [8, 8], key="drug"))
    assert data.perturbations == ("7", "8")
    assert data.cell_counts.tolist() == [[4, 2, 3]]


def test_target_genes_by_symbol():
    adata = screen()
    adata.var["gene_name"] = list(GENES)
    adata.var_names = [f"ENSG{i}" for i in range(len(GENES))]
    data = read(adata)
    assert data.targets["KLF1+MAPK1"] == ("ENSG0", "ENSG1")


def test_targets_are_only_genes_of_the_file():
    data = read(cells(["control"] * 4 + ["KLF1"] * 4 + ["NOGENE"] * 4))
    assert data.targets == {"KLF1": ("KLF1",), "NOGENE": ()}


def test_duplicate_names():
    adata = screen()
    adata.obs_names = ["same"] * 3 + [f"c{i}" for i in range(18)]
    with pytest.raises(
        DataError, match=r"2 cell names repeat an earlier one \(such as 'same'\).*number_duplicates"
    ):
        read(adata)
    data = read(adata, number_duplicates=True)
    assert len(set(data.cell_names)) == 21
    assert data.cell_names[0] == "same"
    assert any(check.title == "Duplicate cell names numbered" for check in data.checks())
    adata = screen()
    adata.var_names = ["A", "A", "B", "C", "D", "E", "F"]
    with pytest.raises(DataError, match="1 gene names repeat an earlier one"):
        read(adata)


def test_an_empty_file():
    with pytest.raises(DataError, match="holds 0 cells"):
        read(screen()[:0].copy())


def test_moments_without_control_are_refused(tmp_path):
    obs = pd.DataFrame(
        {"context": "all", "perturbation": ["A"], "part": "first", "n_cells": [3]}, index=["0"]
    )
    layers = {name: np.ones((1, 2)) for name in ("mean", "m2", "nnz")}
    store = anndata.AnnData(None, obs=obs, var=pd.DataFrame(index=["x", "y"]), layers=layers)
    with pytest.raises(DataError, match="both perturbed cells and cells called"):
        read(written(store, tmp_path))


def test_other_choices():
    data = read(screen(condition=["DMSO"] * 10 + ["drug"] * 11, use=["train"] * 11 + ["test"] * 10))
    assert read(data) is data
    other = data.with_schema(split_key="use").with_schema(control="KLF1")
    assert other.schema.split_key == "use"
    assert other.schema.control == "KLF1"
    changed = other.with_schema(perturbation_key="condition")
    assert changed.schema.control == "DMSO"
    assert changed.perturbations == ("drug",)
    assert other.with_schema(control=None).schema.control == "control"
    assert read(data, split_key="use").schema.split_key == "use"
    with pytest.raises(SettingsError, match="The schema has no colour"):
        data.with_schema(colour="red")


def test_identity_follows_content_and_schema(tmp_path):
    adata = screen(cell_type=["a", "b"] * 10 + ["a"])
    first = read(adata).identity()
    assert first == read(adata.copy()).identity()
    assert first != read(adata, context_key="none").identity()
    assert first != read(adata, space="counts").identity()
    changed = adata.copy()
    changed.obs["perturbation"] = changed.obs["perturbation"].to_numpy()[::-1]
    assert first != read(changed).identity()


def test_identity_of_an_open_data_set_changes_with_its_file(tmp_path):
    path = written(screen(), tmp_path)
    data = read(path)
    first = data.identity()
    assert first == data.identity() == read(path).identity()
    os.utime(path, ns=(1, 1))
    assert data.identity() != first


def test_a_million_cells_are_opened_quickly():
    n_cells = 1_000_000
    rng = np.random.default_rng(0)
    names = np.array(["control", *[f"G{i}" for i in range(500)]], dtype=object)
    obs = pd.DataFrame(
        {
            "perturbation": pd.Categorical.from_codes(rng.integers(0, 501, n_cells), names),
            "cell_type": pd.Categorical.from_codes(rng.integers(0, 3, n_cells), ["a", "b", "c"]),
            "batch": rng.integers(0, 40, n_cells),
        },
        index=pd.RangeIndex(n_cells).astype(str),
    )
    x = sparse.csr_matrix((n_cells, 50), dtype=np.float32)
    adata = anndata.AnnData(x, obs=obs, var=pd.DataFrame(index=[f"G{i}" for i in range(50)]))
    start = time.process_time()
    data = read(adata)
    data.checks()
    assert time.process_time() - start < 5
    assert data.cell_counts.sum() == n_cells


def test_opening_a_data_set_loads_no_torch_scanpy_or_streamlit(tmp_path):
    path = written(screen(), tmp_path)
    code = (
        "import sys; from perturbdash.io.dataset import read; "
        "assert not {'anndata', 'h5py', 'zarr', 'scipy'} & set(sys.modules); "
        f"read({str(path)!r}).checks(); "
        "assert not {'torch', 'scanpy', 'streamlit', 'numba', 'plotly'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
