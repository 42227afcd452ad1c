"""Many files of cells give what one file gives, on this machine."""

from __future__ import annotations

import json
import shutil
import sys

import anndata as ad
import numpy as np
import pandas as pd
import pytest

import perturbdash as pdash
from perturbdash.cli import main
from perturbdash.errors import DataError, SchemaError, SettingsError
from perturbdash.io.dataset import read
from perturbdash.statistics.cluster.files import open_files
from perturbdash.statistics.cluster.part import Plan
from perturbdash.statistics.cluster.reducing import reduce
from perturbdash.statistics.halves import assign_groups
from perturbdash.statistics.partial import merge_partials
from tests.cluster.screen import N_GENES, SCHEMA, Screen, assert_same


@pytest.mark.parametrize("rows", [None, 1000, 64, 7])
def test_files_of_any_layout_and_order_equal_one_file(screen: Screen, rows) -> None:
    for files in (screen.files, screen.files[::-1]):
        assert_same(pdash.moments(files, rows=rows, seed=3, **SCHEMA), screen.reference(seed=3))


def test_one_file_is_reduced_as_ever(screen: Screen) -> None:
    found, expected = pdash.moments(screen.whole, device="cpu", **SCHEMA), screen.reference()
    assert (found.mean == expected.mean).all()
    assert (found.m2 == expected.m2).all()
    assert_same(found, expected)


def test_given_halves_are_drawn_over_all_files(screen: Screen) -> None:
    names = screen.cells.obs_names
    table = pd.DataFrame({"cell": names, "half": np.where(np.arange(len(names)) % 3, "first", "second")})
    assert_same(pdash.moments(screen.files, halves=table, **SCHEMA), screen.reference(halves=table))


def test_a_column_of_totals_is_taken_from_every_file(screen: Screen) -> None:
    found = pdash.moments(screen.files, totals_key="total", rows=50, **SCHEMA)
    assert_same(found, screen.reference())


@pytest.mark.parametrize("only", [["g5", "g30", "g2"], [f"g{i}" for i in range(N_GENES)]])
def test_genes_are_left_out_after_cells_are_scaled(screen: Screen, only) -> None:
    found, expected = pdash.moments(screen.files, only_genes=only, rows=80, **SCHEMA), screen.reference()
    place = [expected.genes.index(gene) for gene in only]
    assert_same(found, expected.take_genes(place))


def test_log1p_values_over_some_genes(screen: Screen, tmp_path) -> None:
    cells = screen.cells.copy()
    cells.X = cells.X.log1p() * 0.9
    cells[:250].write_h5ad(tmp_path / "a.h5ad")
    cells[250:].write_h5ad(tmp_path / "b.h5ad")
    cells.write_h5ad(tmp_path / "whole.h5ad")
    only = ["g7", "g1"]
    found = pdash.moments([tmp_path / "a.h5ad", tmp_path / "b.h5ad"], only_genes=only, **SCHEMA)
    whole = pdash.moments(tmp_path / "whole.h5ad", **SCHEMA)
    assert_same(found, whole.take_genes([7, 1]))
    assert_same(whole, pdash.moments(tmp_path / "whole.h5ad", rows=31, **SCHEMA))


def test_a_part_says_no_more_than_its_groups(screen: Screen) -> None:
    dataset = open_files(screen.files, **SCHEMA)
    groups = assign_groups(dataset, seed=0)
    parts = list(Plan(rows=40).parts(dataset, groups))
    assert len(parts) > 8
    found = [reduce(part) for part in parts]
    for part, partial in zip(parts, found, strict=True):
        assert partial.groups.tolist() == sorted(set(partial.groups.tolist()))
        assert len(partial.groups) < len(groups.conditions)
        assert partial.nnz.dtype == np.int32
        assert partial.n_cells.sum() == (part.codes >= 0).sum()
        assert part.codes.itemsize == 1
    whole = merge_partials(found)
    assert (whole.n_cells == groups.sizes).all()


def test_contexts_and_blocks_of_genes_are_joined_from_stores(screen: Screen, tmp_path) -> None:
    expected = screen.reference()
    blocks = [expected.genes[:20], expected.genes[20:]]
    stores = []
    for context in ("r", "k"):
        for number, genes in enumerate(blocks):
            stores.append(tmp_path / f"{context}{number}.h5ad")
            kept = {"contexts": [context], "only_genes": genes}
            pdash.moments(screen.files, out=stores[-1], rows=100, **kept, **SCHEMA)
    joined = pdash.moments(stores, out=tmp_path / "joined.h5ad")
    assert_same(joined, expected)
    opened = read(tmp_path / "joined.h5ad")
    assert opened.n_cells == 600
    assert opened.contexts == ("k", "r")
    assert opened.targets["g3"] == ("g3",)
    assert opened.schema.perturbation_key == "gene"


def test_stores_that_share_groups_or_differ_are_refused(screen: Screen, tmp_path) -> None:
    first, again, other = (tmp_path / name for name in ("first.h5ad", "again.h5ad", "other.h5ad"))
    pdash.moments(screen.files[0], out=first, **SCHEMA)
    pdash.moments(screen.files[1], out=again, **SCHEMA)
    pdash.moments(screen.files[1], out=other, seed=1, **SCHEMA)
    with pytest.raises(DataError, match="groups that an earlier store holds too"):
        pdash.moments([first, again])
    with pytest.raises(SchemaError, match="another schema or seed"):
        pdash.moments([first, other])
    with pytest.raises(DataError, match="expected one of both"):
        pdash.moments([first, screen.files[1]])
    with pytest.raises(SettingsError, match="joined as they are"):
        pdash.moments([first], contexts=["k"])


def test_other_genes_are_refused_by_name(screen: Screen, tmp_path) -> None:
    other = screen.cells[:100, :35].copy()
    other.obs_names = [f"other-{i}" for i in range(100)]
    other.var_names = [*other.var_names[:34], "new"]
    other.write_h5ad(tmp_path / "other.h5ad")
    with pytest.raises(
        DataError, match=r"has 1 more \(new\) and lacks 3 of them \(g34, g35, g36\); expected"
    ):
        pdash.moments([screen.whole, tmp_path / "other.h5ad"], **SCHEMA)


def test_repeated_cells_are_refused_or_numbered(screen: Screen, tmp_path) -> None:
    copy = tmp_path / "copy.h5ad"
    shutil.copy(screen.files[0], copy)
    with pytest.raises(DataError, match="170 cell names repeat"):
        pdash.moments([screen.files[0], copy], **SCHEMA)
    numbered = [
        pdash.moments(files, number_duplicates=True, **SCHEMA) for files in _both(screen.files[0], copy)
    ]
    assert numbered[0].n_cells.sum() == 340
    assert_same(*numbered)
    with pytest.raises(DataError, match="named twice"):
        pdash.moments([copy, copy], **SCHEMA)


def _both(one, other):
    return [one, other], [other, one]


def test_a_file_that_changed_is_refused(screen: Screen, tmp_path) -> None:
    path = tmp_path / "cells.h5ad"
    shutil.copy(screen.files[0], path)
    dataset = open_files([path], **SCHEMA)
    (part,) = Plan(rows=1000).parts(dataset, assign_groups(dataset, seed=0))
    reduce(part)
    shutil.copy(screen.files[0], path)
    with pytest.raises(DataError, match=r"has changed since the work was planned \(mtime_ns\)"):
        reduce(part)
    path.unlink()
    with pytest.raises(DataError, match="expected one that every machine sees"):
        reduce(part)


def test_values_that_are_not_finite_are_named(screen: Screen, tmp_path) -> None:
    cells = screen.cells.copy()
    cells.X = cells.X.toarray()
    cells.X[1:20:2, 4] = np.nan
    cells.X = cells.X.astype(np.float32)
    cells.write_h5ad(tmp_path / "nan.h5ad")
    cells[::2].write_h5ad(tmp_path / "fine.h5ad")
    dataset = open_files([tmp_path / "fine.h5ad"], **SCHEMA)
    assert dataset.n_cells == 300
    with pytest.raises(DataError, match="NaN"):
        pdash.moments(tmp_path / "nan.h5ad", **SCHEMA)


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"contexts": ["x"], **SCHEMA}, SettingsError, "found k, r"),
        ({"contexts": ["k"], "perturbation_key": "gene"}, SettingsError, "name the context key"),
        ({"contexts": ["k"], "context_key": "line"}, SchemaError, "no column 'line'"),
        ({"only_genes": ["g1", "G99"], **SCHEMA}, SettingsError, "1 of the 2 genes"),
        ({"only_genes": ["g1", "g1"], **SCHEMA}, SettingsError, "named twice"),
        ({"out": "store.csv", **SCHEMA}, SettingsError, "ends in .h5ad"),
        ({"out": "absent/store.h5ad", **SCHEMA}, SettingsError, "a folder that is there"),
        ({"key": "gene"}, SettingsError, "has no key"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(screen: Screen, settings, error, words) -> None:
    with pytest.raises(error, match=words):
        pdash.moments(screen.files, **settings)


def test_without_dask_a_scheduler_is_one_sentence(screen: Screen, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SettingsError, match=r"pip install 'perturbdash\[cluster\]'"):
        pdash.moments(screen.whole, scheduler="tcp://127.0.0.1:8786", **SCHEMA)


def test_the_command_line_writes_a_store_that_opens(screen: Screen, tmp_path, capsys) -> None:
    genes, out = tmp_path / "genes.txt", tmp_path / "store.h5ad"
    genes.write_text("g3\ng1\n\n", encoding="utf-8")
    words = ["moments", *map(str, screen.files), "--out", str(out), "--only-genes", str(genes), "--json"]
    words += ["--perturbation-key", "gene", "--context-key", "cell_line", "--context", "k", "--rows", "90"]
    assert main(words) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["contexts"] == ["k"]
    assert said["genes"] == 2
    store = ad.read_h5ad(out)
    assert list(store.var_names) == ["g3", "g1"]
    assert store.obs["n_cells"].sum() == said["cells"] == (screen.cells.obs["cell_line"] == "k").sum()
    assert main([*words[:-1], "0"]) == 1
    assert "--rows is 0; expected a whole number of 1 or more" in capsys.readouterr().err
    assert main(["moments", str(tmp_path / "absent.h5ad"), "--out", str(out)]) == 1
    assert capsys.readouterr().err.count("\n") == 1
