from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from perturbdash.errors import Cancelled, DataError
from perturbdash.statistics import store as module
from perturbdash.statistics.accumulate import moments
from perturbdash.statistics.store import (
    default_store,
    entry_key,
    is_moments_file,
    moments_from_file,
    open_moments,
    read_moments,
    write_moments,
)
from tests.unit.statistics.cells import counts, dataset


@pytest.fixture
def cells():
    return dataset(sparse.csr_matrix(np.log1p(counts())))


def assert_same(found, expected):
    assert found.conditions.equals(expected.conditions)
    assert found.genes == expected.genes
    for name in ("mean", "m2", "nnz"):
        first, second = getattr(found, name), getattr(expected, name)
        assert first.dtype == second.dtype
        assert (first == second).all()


def only_entry(folder: Path) -> Path:
    (entry,) = folder.iterdir()
    return entry


def test_second_opening_reads_the_store_and_not_the_cells(cells, tmp_path):
    first = open_moments(cells, seed=3, store=tmp_path, device="cpu")
    assert_same(first, moments(cells, seed=3, device="cpu"))
    passes = cells.source.passes
    second = open_moments(cells, seed=3, store=tmp_path, device="cpu")
    assert cells.source.passes == passes
    assert_same(second, first)
    assert [path.name for path in tmp_path.iterdir()] == [
        f"{entry_key(cells, seed=3, halves=None)}.moments.h5ad"
    ]


def test_anndata_opens_an_entry(cells, tmp_path):
    expected = open_moments(cells, store=tmp_path, device="cpu")
    adata = anndata.read_h5ad(only_entry(tmp_path))
    assert adata.X is None
    assert list(adata.obs.columns) == ["context", "perturbation", "part", "n_cells"]
    for name in ("mean", "m2", "nnz"):
        assert (adata.layers[name] == getattr(expected, name)).all()
    assert tuple(adata.var_names) == expected.genes
    assert adata.obs_names.is_unique
    assert (adata.obs["part"].astype(str).to_numpy() == expected.conditions["part"].to_numpy()).all()
    assert adata.uns["perturbdash"]["seed"] == "0"


def test_moments_rewritten_by_anndata_are_read(cells, tmp_path):
    expected = moments(cells, device="cpu")
    write_moments(tmp_path / "a.h5ad", expected)
    adata = anndata.read_h5ad(tmp_path / "a.h5ad")
    adata.obs["part"] = adata.obs["part"].astype(str)
    adata[::-1].copy().write_h5ad(tmp_path / "b.h5ad", compression="gzip")
    found = moments_from_file(tmp_path / "b.h5ad")
    assert (found.mean == expected.mean[::-1]).all()
    assert found.conditions["part"].tolist() == expected.conditions["part"].tolist()[::-1]


@pytest.mark.parametrize("other", ["seed", "halves", "content", "version"])
def test_what_decides_the_moments_decides_the_entry(cells, tmp_path, other, monkeypatch):
    open_moments(cells, store=tmp_path, device="cpu")
    settings = {}
    if other == "seed":
        settings["seed"] = 1
    elif other == "halves":
        settings["halves"] = pd.DataFrame({"cell": cells.cell_names, "half": "first"})
    elif other == "content":
        cells.source.matrix = cells.source.matrix * 2
    else:
        monkeypatch.setattr(module, "__version__", "0.0.0")
    found = open_moments(cells, store=tmp_path, device="cpu", **settings)
    assert len(list(tmp_path.iterdir())) == 2
    assert_same(found, moments(cells, device="cpu", **settings))


def flip_a_byte_of_a_value(path, cells, expected):
    with h5py.File(path) as file:
        offset = file["layers/mean"].id.get_offset()
    content = bytearray(path.read_bytes())
    content[offset + 17] ^= 1
    path.write_bytes(content)


def put_another_entry_in_its_place(path, cells, expected):
    write_moments(path, expected, {"key": "0" * 32})


def change_a_label(path, cells, expected):
    with h5py.File(path, "r+") as file:
        file["obs/part/codes"][0] += 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda path, cells, expected: path.write_bytes(path.read_bytes()[:-5000]),
        lambda path, cells, expected: path.write_bytes(b""),
        lambda path, cells, expected: path.write_text("not moments"),
        lambda path, cells, expected: anndata.AnnData(np.ones((3, 2))).write_h5ad(path),
        lambda path, cells, expected: write_moments(path, expected),
        flip_a_byte_of_a_value,
        put_another_entry_in_its_place,
        change_a_label,
    ],
)
def test_a_damaged_or_foreign_entry_is_computed_again(cells, tmp_path, damage, caplog):
    expected = open_moments(cells, store=tmp_path, device="cpu")
    entry = only_entry(tmp_path)
    damage(entry, cells, expected)
    with caplog.at_level(logging.WARNING, "perturbdash"):
        assert_same(open_moments(cells, store=tmp_path, device="cpu"), expected)
    assert "is not used" in caplog.text
    passes = cells.source.passes
    assert_same(open_moments(cells, store=tmp_path, device="cpu"), expected)
    assert cells.source.passes == passes


def test_a_store_that_cannot_be_written_is_done_without(cells, tmp_path, caplog):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with caplog.at_level(logging.WARNING, "perturbdash"):
        found = open_moments(cells, store=blocked / "store", device="cpu")
    assert_same(found, moments(cells, device="cpu"))
    assert "cannot be kept" in caplog.text


def test_a_write_that_fails_leaves_nothing_behind(cells, tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    open_moments(cells, store=tmp_path, device="cpu")
    assert list(tmp_path.iterdir()) == []


def test_a_cancelled_pass_leaves_nothing_behind(cells, tmp_path):
    def cancel(share, text):
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        open_moments(cells, store=tmp_path, device="cpu", progress=cancel)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_changes_while_it_is_read_is_not_kept(cells, tmp_path, caplog):
    cells.source.path = Path("cells.h5ad")

    def change(share, text):
        cells.source.matrix = cells.source.matrix * 2

    with caplog.at_level(logging.WARNING, "perturbdash"):
        open_moments(cells, store=tmp_path, device="cpu", progress=change)
    assert list(tmp_path.iterdir()) == []
    assert "changed while it was read" in caplog.text


def test_no_store_asks_for_no_digest_and_writes_nothing(cells, tmp_path, monkeypatch):
    monkeypatch.setenv("PERTURBDASH_STORE", str(tmp_path))
    monkeypatch.setattr(type(cells), "identity", None)
    open_moments(cells, store=False, device="cpu")
    assert list(tmp_path.iterdir()) == []


def test_default_store(monkeypatch, tmp_path, cells):
    monkeypatch.delenv("PERTURBDASH_STORE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_store().name == "moments"
    assert "perturbdash" in default_store().parts
    monkeypatch.setenv("PERTURBDASH_STORE", str(tmp_path / "mine"))
    assert default_store() == tmp_path / "mine"
    open_moments(cells, device="cpu")
    assert only_entry(tmp_path / "mine").suffix == ".h5ad"


def test_moments_from_file_refuses_other_files(cells, tmp_path):
    expected = moments(cells, device="cpu")
    path = tmp_path / "moments.h5ad"
    write_moments(path, expected)
    assert_same(moments_from_file(path), expected)
    assert is_moments_file(path)
    write_moments(path, replace(expected, m2=-expected.m2))
    with pytest.raises(DataError, match="below zero"):
        moments_from_file(path)
    anndata.AnnData(np.ones((3, 2))).write_h5ad(path)
    assert not is_moments_file(path)
    with pytest.raises(DataError, match="not a readable file of moments"):
        moments_from_file(path)
    with pytest.raises(DataError, match="no file"):
        moments_from_file(tmp_path / "absent.h5ad")
    assert not is_moments_file(tmp_path / "absent.h5ad")


def test_names_beyond_ascii_come_back(cells, tmp_path):
    expected = replace(moments(cells, device="cpu"), genes=tuple(f"γ|{gene}" for gene in cells.genes))
    write_moments(tmp_path / "m.h5ad", expected)
    assert_same(read_moments(tmp_path / "m.h5ad"), expected)
