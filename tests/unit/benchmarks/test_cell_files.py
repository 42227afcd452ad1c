from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import perturbdash
from benchmarks import make_file
from benchmarks.make_file import Choices, Files, made_once

SMALL = Choices(cells=300, genes=60, perturbations=6)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make_file, "CHUNK_VALUES", 60 * 77)


def dense(files: Files) -> np.ndarray:
    read = ad.read_zarr if files.cells.suffix == ".zarr" else ad.read_h5ad
    matrix = read(files.cells).X
    return matrix.toarray() if sparse.issparse(matrix) else np.asarray(matrix)


@pytest.fixture
def plain(tmp_path: Path) -> Files:
    return made_once(SMALL, tmp_path)


@pytest.mark.parametrize(
    "choices",
    [
        replace(SMALL, compression="gzip"),
        replace(SMALL, layout="csc"),
        replace(SMALL, layout="dense"),
        replace(SMALL, format="zarr"),
        replace(SMALL, format="zarr", layout="dense"),
    ],
    ids=lambda choices: choices.name,
)
def test_one_seed_gives_the_same_cells_and_predictions_in_every_file(
    plain: Files, tmp_path: Path, choices: Choices
) -> None:
    other = made_once(choices, tmp_path)
    np.testing.assert_array_equal(dense(other), dense(plain))
    for ours, theirs in zip(plain.predictions, other.predictions, strict=True):
        pd.testing.assert_frame_equal(pd.read_parquet(ours), pd.read_parquet(theirs))


def test_counts_normalise_to_the_same_cells(plain: Files, tmp_path: Path) -> None:
    counts = dense(made_once(replace(SMALL, values="counts"), tmp_path)).astype(np.float64)
    np.testing.assert_array_equal(counts, counts.round())
    per_cell = np.log1p(counts * 1e4 / counts.sum(1, keepdims=True))
    np.testing.assert_allclose(per_cell, dense(plain), rtol=1e-6)


def test_a_file_is_as_anndata_would_write_it(plain: Files, tmp_path: Path) -> None:
    import h5py

    again = tmp_path / "again.h5ad"
    ad.read_h5ad(plain.cells).write_h5ad(again)
    with h5py.File(plain.cells) as ours, h5py.File(again) as theirs:
        for name in ("data", "indices", "indptr"):
            assert ours["X"][name].dtype == theirs["X"][name].dtype
            assert ours["X"][name].shape == theirs["X"][name].shape
        assert {k: np.asarray(v).tolist() for k, v in ours["X"].attrs.items()} == {
            k: np.asarray(v).tolist() for k, v in theirs["X"].attrs.items()
        }


def test_a_file_is_made_once(plain: Files, tmp_path: Path) -> None:
    before = plain.cells.stat().st_mtime_ns
    assert made_once(SMALL, tmp_path) == plain
    assert plain.cells.stat().st_mtime_ns == before


def test_what_was_left_unfinished_is_made_again(tmp_path: Path) -> None:
    (tmp_path / f"{SMALL.name}.part").mkdir()
    assert made_once(SMALL, tmp_path).cells.is_file()
    assert [path.name for path in tmp_path.iterdir()] == [SMALL.name]


def test_predicted_cells_share_the_observed_control_cells_alone(tmp_path: Path) -> None:
    files = made_once(replace(SMALL, predicted_cells=True), tmp_path)
    observed, predicted = ad.read_h5ad(files.cells), ad.read_h5ad(files.predicted)
    control = (observed.obs["perturbation"] == "control").to_numpy()
    assert predicted.obs.equals(observed.obs)
    np.testing.assert_array_equal(predicted.X[control].toarray(), observed.X[control].toarray())
    assert (predicted.X[~control] != observed.X[~control]).nnz > 0


def test_the_files_are_what_the_package_reads(plain: Files) -> None:
    data = perturbdash.read(plain.cells)
    assert (data.n_cells, len(data.genes), len(data.perturbations)) == (300, 60, 6)
    assert data.schema.space == "log1p"
