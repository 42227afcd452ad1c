"""A store of moments as a data set: what it says of the cells, what is derived, what is refused."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest

from perturbdash.errors import DataError, SchemaError, SettingsError
from perturbdash.io.dataset import read
from perturbdash.io.moments_dataset import MomentsDataset
from perturbdash.io.store_facts import StoreFacts
from perturbdash.statistics.accumulate import moments
from perturbdash.statistics.moments_file import write_moments
from perturbdash.vocabulary import control_part

GENES = ("KLF1", "BAK1", "SET", "G4")


def cells() -> anndata.AnnData:
    """Two contexts, singles and a combination, a split, some cells that are left out."""
    labels = ["non-targeting"] * 12 + ["KLF1"] * 6 + ["BAK1;KLF1"] * 6 + ["drug"] * 6 + [None] * 2
    rng = np.random.default_rng(0)
    obs = pd.DataFrame({"guide": labels * 2, "line": ["K562"] * 32 + ["A549"] * 32})
    obs["split"] = np.where(obs["guide"] == "KLF1", "train", "test")
    obs.index = pd.Index([f"c{i}" for i in range(64)])
    x = np.log1p(rng.poisson(3.0, (64, 4)).astype(np.float32))
    return anndata.AnnData(x, obs=obs, var=pd.DataFrame(index=list(GENES)))


@pytest.fixture(scope="module")
def screen():
    return read(cells(), context_key="line", split_key="split", space="log1p")


@pytest.fixture
def store(screen, tmp_path) -> Path:
    path = tmp_path / "screen.h5ad"
    write_moments(path, moments(screen, seed=5), StoreFacts.of(screen, seed=5).texts())
    return path


def minimal(path: Path, *, rows: pd.DataFrame | None = None, genes=GENES) -> Path:
    """Write the layers and columns alone, as anndata of somebody else would."""
    if rows is None:
        control = [
            ("all", "control", control_part(half, i)) for half in ("first", "second") for i in range(10)
        ]
        treated = [("all", name, half) for name in ("KLF1", "BAK1+KLF1") for half in ("first", "second")]
        rows = pd.DataFrame([*control, *treated], columns=["context", "perturbation", "part"]).assign(
            n_cells=7
        )
    rows.index = rows.index.astype(str)
    layers = {name: np.ones((len(rows), len(genes))) for name in ("mean", "m2", "nnz")}
    anndata.AnnData(None, obs=rows, var=pd.DataFrame(index=list(genes)), layers=layers).write_h5ad(path)
    return path


def test_a_store_says_what_its_cells_said(screen, store):
    found = read(store)
    assert isinstance(found, MomentsDataset)
    for name in ("name", "genes", "perturbations", "contexts", "split", "parts", "targets", "left_out"):
        assert getattr(found, name) == getattr(screen, name), name
    assert asdict(found.schema) == asdict(screen.schema)
    assert (found.cell_counts == screen.cell_counts).all()
    assert (found.n_cells, found.n_control, found.n_left_out) == (64, 24, 4)
    assert found.halves_seed == 5
    assert not found.given_halves


@pytest.mark.parametrize(
    "label", ["KLF1+BAK1", "BAK1_KLF1", "KLF1+ctrl", "non-targeting", "NT", "drug", "new"]
)
def test_labels_from_elsewhere_mean_the_same_as_for_the_cells(screen, store, label):
    assert read(store).canonical(label) == screen.canonical(label)


def test_parts_and_targets_of_a_store_that_says_nothing_come_from_labels_and_genes(tmp_path):
    found = read(minimal(tmp_path / "other.h5ad"))
    assert found.name == "other"
    assert found.parts == {"KLF1": ("KLF1",), "BAK1+KLF1": ("BAK1", "KLF1")}
    assert found.targets == {"KLF1": ("KLF1",), "BAK1+KLF1": ("BAK1", "KLF1")}
    assert found.contexts == ("all",)
    assert found.schema.context_key is None
    assert found.halves_seed is None
    assert found.given_halves
    assert found.n_cells == 24 * 7
    assert any("how its halves were drawn" in check.title for check in found.checks())


def test_a_context_without_control_is_left_out(tmp_path):
    rows = pd.DataFrame(
        {
            "context": ["a", "a", "b"],
            "perturbation": ["control", "X", "X"],
            "part": ["first_0", "first", "first"],
        }
    )
    found = read(minimal(tmp_path / "a.h5ad", rows=rows.assign(n_cells=[5, 6, 7])))
    assert found.contexts == ("a",)
    assert found.dropped_contexts == ("b",)
    assert sum(found.left_out.values()) == 7


def test_what_needs_cells_says_so_in_a_sentence(store):
    with pytest.raises(DataError, match=r"A titration needs the single cells.*open the file of cells"):
        read(store).cells_for("A titration")


def test_a_schema_cannot_be_chosen_for_a_store(store):
    with pytest.raises(SchemaError, match="context_key, control"):
        read(store, control="NT", context_key="none")
    assert read(read(store)).halves_seed == 5


def test_a_store_is_another_one_once_its_file_changes(store):
    before = read(store).identity()
    assert read(store).identity() == before
    with h5py.File(store, "a") as file:
        file["layers/mean"][0, 0] = 9.0
    assert read(store).identity() != before


def rows_with(**changes: object) -> pd.DataFrame:
    rows = pd.DataFrame(
        {"context": "all", "perturbation": ["control", "A", "A"], "part": ["first_0", "first", "second"]}
    )
    return rows.assign(**{"n_cells": [3, 4, 5], **changes})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"part": ["first_0", "first", "third"]}, "names the halves 'third'"),
        ({"part": ["first", "first", "second"]}, "names the blocks of control 'first'"),
        ({"part": ["first_0", "first", "first"]}, "the same group twice"),
        ({"n_cells": [3, 0, 5]}, "a group without cells"),
        ({"n_cells": [3, 1.5, 5]}, "no whole numbers"),
        (
            {"perturbation": "A", "part": ["first", "second", "first"], "context": ["a", "a", "b"]},
            "cells called",
        ),
        ({"context": ["all", None, "all"]}, "not a readable store"),
    ],
)
def test_what_cannot_be_moments_is_refused_with_the_reason(tmp_path, changes, words):
    path = minimal(tmp_path / "bad.h5ad", rows=rows_with(**changes))
    with pytest.raises(DataError, match=words):
        read(path)


def test_a_gene_twice_is_refused(tmp_path):
    with pytest.warns(UserWarning, match="not unique"):
        path = minimal(tmp_path / "bad.h5ad", rows=rows_with(), genes=("G1", "G1"))
    with pytest.raises(DataError, match="gene name twice"):
        read(path)


@pytest.mark.parametrize(
    ("name", "text"), [("parts", "no json"), ("schema", '{"nothing": 1}'), ("halves", "guessed")]
)
def test_damaged_facts_are_refused(store, name, text):
    with h5py.File(store, "a") as file:
        del file[f"uns/perturbdash/{name}"]
        file[f"uns/perturbdash/{name}"] = text
    with pytest.raises(DataError, match="make it again from the cells"):
        read(store)


def test_layers_of_another_shape_are_refused(store):
    with h5py.File(store, "a") as file:
        del file["layers/nnz"]
        file["layers/nnz"] = np.ones((2, 2))
    with pytest.raises(DataError, match="have the shape"):
        read(store)


def test_a_store_takes_no_values_from_other_files(store, tmp_path):
    with h5py.File(tmp_path / "secret.h5", "w") as other:
        other["values"] = np.ones((2, 2))
    with h5py.File(store, "a") as file:
        del file["layers/mean"]
        file["layers/mean"] = h5py.ExternalLink(tmp_path / "secret.h5", "values")
    with pytest.raises(DataError, match="takes values from other files"):
        read(store)


def test_facts_of_several_files_are_merged(screen):
    facts = StoreFacts.of(screen, seed=1)
    both = facts.merged(StoreFacts(name="other", seed=1, n_cells=6, parts={"X": ("X",)}, left_out={"odd": 2}))
    assert both.n_cells == 70
    assert both.parts["X"] == ("X",)
    assert both.left_out == {**screen.left_out, "odd": 2}
    with pytest.raises(SettingsError, match="with one seed"):
        facts.merged(StoreFacts(name="other", seed=2))
    with pytest.raises(SchemaError, match="two parts of the split"):
        facts.merged(StoreFacts(name="other", seed=1, split={("K562", "KLF1"): "test"}))
