from __future__ import annotations

import gzip
import pickle
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from perturbdash.errors import PredictionError
from perturbdash.io.predictions import read_predictions
from perturbdash.io.schema import Schema
from tests.unit.io.stand_in import StandIn

GENES = ["G1", "G2", "G3", "G4"]
ONE = StandIn()
TWO = StandIn(contexts=("x", "y"), schema=Schema("perturbation", "ctrl", separator="+", context_key="line"))


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    return pd.DataFrame(rng.random((3, 4)), index=["A", "A+B", "C"], columns=GENES)


def only(source, dataset=ONE, **keywords):
    (found,) = read_predictions(source, dataset, **keywords)
    return found


def check(found, table):
    assert found.conditions == tuple((None, label) for label in table.index)
    np.testing.assert_array_equal(found.profiles, table[list(found.genes)].to_numpy())


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".csv.gz", ".txt", ".parquet"])
@pytest.mark.parametrize("how", ["index", "column", "unnamed", "numbered"])
def test_a_table_of_any_form_gives_the_same_values(table, tmp_path, ending, how):
    path = tmp_path / f"m{ending}"
    frame = table.rename_axis("perturbation")
    if how == "column":
        frame = frame.reset_index()
    elif how == "unnamed":
        frame = table
    elif how == "numbered":
        frame = frame.reset_index().rename(columns={"perturbation": "whatever"})
    index = how != "column"
    if ending == ".parquet":
        frame.to_parquet(path, index=index)
    else:
        frame.to_csv(path, index=index, sep="\t" if ending == ".tsv" else ",")
    found = only(path)
    check(found, table)
    assert (found.name, found.form, found.n_cells) == ("m", "profiles", None)


def test_a_frame_in_memory_equals_its_file(table, tmp_path):
    table.to_csv(tmp_path / "a.csv")
    np.testing.assert_array_equal(only(table).profiles, only(tmp_path / "a.csv").profiles)
    assert only(table).name == "prediction"
    assert only(table, name="mine").name == "mine"


def test_a_table_with_one_name_less_in_its_header_is_read_as_r_writes_it(tmp_path):
    (tmp_path / "r.csv").write_text('"G1","G2"\n"A",1,2\n"B",3,4.5\n')
    found = only(tmp_path / "r.csv")
    assert found.genes == ("G1", "G2")
    np.testing.assert_array_equal(found.profiles, [[1, 2], [3, 4.5]])


def test_semicolons_blank_lines_and_a_byte_order_mark_are_read(tmp_path):
    (tmp_path / "e.csv").write_bytes("\ufeffperturbation;G1;G2\nA;1;2\n\nB;3;4\n".encode())
    np.testing.assert_array_equal(only(tmp_path / "e.csv").profiles, [[1, 2], [3, 4]])


def test_labels_are_read_as_the_data_set_names_them(table):
    table.index = ["ctrl+A", "B;A", "C"]
    assert [label for _, label in only(table).conditions] == ["A", "A+B", "C"]
    table.index = ["A", "B_A", "C"]
    assert [label for _, label in only(table).conditions] == ["A", "A+B", "C"]


@pytest.mark.parametrize("label", ["ctrl", "control", "non-targeting"])
def test_control_rows_are_kept_aside(table, label):
    table.loc[label] = [1.0, 2, 3, 4]
    found = only(table)
    assert len(found.conditions) == 3
    np.testing.assert_array_equal(found.control[None], [1, 2, 3, 4])


def test_gene_order_is_free_and_other_columns_are_named(table):
    frame = table[GENES[::-1]].assign(note="text", n_train=3, OTHER=0.5)
    found = only(frame)
    assert found.genes == tuple(GENES[::-1])
    assert found.extra_genes == ("note", "n_train", "OTHER")
    np.testing.assert_array_equal(found.profiles, table[GENES[::-1]].to_numpy())


@pytest.mark.parametrize("as_level", [False, True])
def test_a_model_column_or_level_makes_several_models(table, as_level):
    both = pd.concat({"m1": table, "m2": table + 1}, names=["model", "perturbation"])
    found = read_predictions(both if as_level else both.reset_index(), ONE, name="file")
    assert [one.name for one in found] == ["m1", "m2"]
    check(found[0], table)
    check(found[1], table + 1)
    assert [one.name for one in read_predictions(both, ONE, models=["m2"])] == ["m2"]


def test_a_single_model_takes_the_given_name_and_ignores_the_filter(table):
    frame = table.assign(method="m1")
    assert only(frame).name == "m1"
    assert only(frame, name="mine").name == "mine"
    assert only(table, name="mine", models=["other"]).name == "mine"


@pytest.mark.parametrize("column", ["context", "line", "Context"])
def test_contexts_are_kept_apart(table, column):
    both = pd.concat([table.assign(**{column: "x"}), (table + 1).assign(**{column: "y"})])
    found = only(both.rename_axis("perturbation"), TWO)
    assert found.conditions[0] == ("x", "A")
    assert found.conditions[3] == ("y", "A")
    np.testing.assert_array_equal(found.profiles[3:], table.to_numpy() + 1)


def test_without_context_a_notice_says_that_it_counts_for_all(table):
    found = only(table, TWO)
    assert found.conditions[0] == (None, "A")
    assert any("every one" in notice for notice in found.notices)


def test_a_context_column_is_no_matter_where_the_data_set_has_none(table):
    check(only(table.assign(context="K562")), table)


def cells(table, n, dtype=float):
    rng = np.random.default_rng(1)
    labels = rng.permutation(np.repeat([*table.index, "ctrl"], n))
    X = rng.poisson(2.0, (len(labels), 4)).astype(dtype) * (1.5 if dtype is float else 1)
    return ad.AnnData(
        X,
        pd.DataFrame({"perturbation": labels}, index=[f"c{i}" for i in range(len(labels))]),
        pd.DataFrame(index=GENES),
    )


@pytest.mark.parametrize("layout", [np.asarray, sparse.csr_matrix, sparse.csc_matrix])
@pytest.mark.parametrize("on_disk", [True, False])
def test_cells_are_streamed_to_centroids(table, tmp_path, layout, on_disk, monkeypatch):
    monkeypatch.setattr("perturbdash.io.prediction_cells.CHUNK_VALUES", 7)
    adata = cells(table, 5)
    naive = pd.DataFrame(adata.X, columns=GENES).groupby(adata.obs["perturbation"].to_numpy()).mean()
    adata.X = layout(adata.X)
    if on_disk:
        adata.write_h5ad(tmp_path / "cells.h5ad")
    found = only(tmp_path / "cells.h5ad" if on_disk else adata)
    assert (found.form, found.integers) == ("cells", False)
    assert dict(zip(found.conditions, found.n_cells, strict=True)) == {(None, p): 5 for p in table.index}
    labels = [label for _, label in found.conditions]
    np.testing.assert_allclose(found.profiles, naive.loc[labels].to_numpy(), rtol=1e-13)
    np.testing.assert_allclose(found.control[None], naive.loc["ctrl"].to_numpy(), rtol=1e-13)


def test_cells_without_a_label_are_left_out_and_counted(table):
    adata = cells(table, 5)
    adata.obs["perturbation"] = [None if i < 4 else p for i, p in enumerate(adata.obs["perturbation"])]
    found = only(adata)
    assert found.n_cells.sum() + 4 <= len(adata)
    assert any(notice.startswith("4 rows") for notice in found.notices)


def test_whole_numbers_of_cells_are_seen_though_their_means_are_not(table):
    assert only(cells(table, 3, dtype=np.float32)).integers


def test_several_models_and_contexts_in_one_file_of_cells(table):
    adata = cells(table, 8)
    adata.obs["model"] = np.tile(["m1", "m2"], len(adata) // 2)
    adata.obs["line"] = np.repeat(["x", "y"], len(adata) // 2)
    found = read_predictions(adata, TWO)
    assert [one.name for one in found] == ["m1", "m2"]
    frame = pd.DataFrame(adata.X, columns=GENES)
    naive = frame.groupby([adata.obs[c].to_numpy() for c in ("model", "line", "perturbation")]).mean()
    for one in found:
        rows = naive.loc[[(one.name, *condition) for condition in one.conditions]]
        np.testing.assert_allclose(one.profiles, rows.to_numpy(), rtol=1e-13)


@pytest.mark.parametrize("where", ["target_gene", "index", "my_column"])
def test_one_row_a_perturbation_as_anndata(table, tmp_path, where):
    obs = pd.DataFrame({"x": ["1", "2", "3"]}, index=table.index)
    if where != "index":
        obs = pd.DataFrame({where: list(table.index)}, index=["0", "1", "2"])
    ad.AnnData(table.to_numpy(), obs, pd.DataFrame(index=GENES)).write_h5ad(tmp_path / "p.h5ad")
    found = only(tmp_path / "p.h5ad")
    check(found, table)
    assert found.form == "profiles"


def test_the_column_of_the_data_set_comes_before_other_names(table):
    obs = pd.DataFrame({"perturbation": ["C", "B", "A"], "mine": ["A", "A+B", "C"]}, index=list("123"))
    adata = ad.AnnData(table.to_numpy(), obs, pd.DataFrame(index=GENES))
    dataset = StandIn(schema=Schema("mine", "ctrl", separator="+"))
    check(only(adata, dataset), table)


def test_gene_names_in_another_column_of_var_are_found(table):
    var = pd.DataFrame({"gene_name": GENES}, index=list("0123"))
    found = only(ad.AnnData(table.to_numpy(), pd.DataFrame(index=table.index), var))
    check(found, table)
    assert any("gene_name" in notice for notice in found.notices)


def test_a_control_mark_of_the_schema_is_read(table):
    dataset = StandIn(schema=Schema("perturbation", "ctrl", control_key="is_ctrl", separator="+"))
    found = only(table.assign(is_ctrl=[False, False, True]), dataset)
    assert [label for _, label in found.conditions] == ["A", "A+B"]
    np.testing.assert_array_equal(found.control[None], table.loc["C"])


def test_empty_rows_count_as_not_predicted(table):
    table.loc["A+B"] = np.nan
    found = only(table)
    assert [label for _, label in found.conditions] == ["A", "C"]
    assert found.notices


BAD_TABLES = {
    "no gene": (lambda t: t.rename(columns=lambda c: "x" + c), "no column for any of the 4 genes"),
    "gap": (lambda t: t.mask(t == t.loc["C", "G2"]), "no value for 'C' in G2"),
    "infinite": (lambda t: t.replace(t.loc["C", "G2"], np.inf), "infinite value for 'C' in G2"),
    "word": (lambda t: t.astype(object).where(t != t.loc["C", "G2"], "high"), "'high' for 'C' in G2"),
    "twice": (lambda t: pd.concat([t, t.loc[["C"]]]), "gives 'C' 2 times"),
    "same by order": (lambda t: t.rename(index={"C": "B+A"}), r"gives 'A\+B' 2 times"),
    "unknown": (lambda t: t.set_axis(["X", "Y", "Z"]), r"No row of .* \(found 'X', 'Y', 'Z'"),
    "numbers": (lambda t: t.reset_index(drop=True), "no column that says which perturbation"),
    "no rows": (lambda t: t.iloc[:0], "is empty"),
    "template": (lambda t: t * np.nan, "looks like a template"),
    "gene twice": (lambda t: t.rename(columns={"G2": "G1"}), "the gene G1 more than once"),
    "unlabelled": (lambda t: t.rename(index={"C": ""}), "1 rows without a perturbation"),
}


@pytest.mark.parametrize("case", BAD_TABLES)
@pytest.mark.parametrize("ending", [None, ".csv"])
def test_a_table_that_cannot_be_used_is_refused_in_one_sentence(table, tmp_path, case, ending):
    break_it, words = BAD_TABLES[case]
    source = break_it(table)
    if ending and case == "numbers":
        pytest.skip("a CSV without labels has a column of numbers")
    if ending:
        source.to_csv(tmp_path / "bad.csv")
        source = tmp_path / "bad.csv"
    with pytest.raises(PredictionError, match=words) as caught:
        read_predictions(source, ONE)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def broken_files(folder: Path) -> dict[str, str]:
    (folder / "p.pkl").write_bytes(pickle.dumps({"A": 1}))
    (folder / "p.npz").write_bytes(b"PK")
    (folder / "p.xlsx").write_bytes(b"PK")
    (folder / "empty.csv").write_bytes(b"")
    (folder / "header.csv").write_text("perturbation,G1,G2\n")
    (folder / "image.csv").write_bytes(bytes(range(256)) * 8)
    (folder / "cut.csv.gz").write_bytes(gzip.compress(b"perturbation,G1\nA,1\n" * 500)[:-20])
    (folder / "plain.csv.gz").write_text("perturbation,G1\nA,1\n")
    (folder / "text.parquet").write_text("perturbation,G1\nA,1\n")
    (folder / "text.h5ad").write_text("perturbation,G1\nA,1\n")
    (folder / "ragged.csv").write_text("perturbation,G1\nA,1\nB,1,2,3\n")
    (folder / "short.csv").write_text('perturbation,G1\n"A"\n')
    return {
        "absent.csv": "There is no file",
        "p.pkl": "never opened",
        "p.npz": "never opened",
        "p.xlsx": "unknown ending",
        "empty.csv": "is empty",
        "header.csv": "is empty",
        "image.csv": "cannot be read|is not text",
        "cut.csv.gz": "cannot be read",
        "plain.csv.gz": "cannot be read",
        "text.parquet": "cannot be read",
        "text.h5ad": "not an HDF5 file",
        "ragged.csv": "Line 3 of ragged.csv has 4 fields",
        "short.csv": "Line 2 of short.csv has 1 fields",
    }


def test_a_file_that_cannot_be_read_is_refused_in_one_sentence(tmp_path):
    for name, words in broken_files(tmp_path).items():
        with pytest.raises(PredictionError, match=words) as caught:
            read_predictions(tmp_path / name, ONE)
        assert "\n" not in str(caught.value), name


def test_cells_that_are_not_numbers_are_refused(table):
    adata = cells(table, 3)
    adata.X[2, 1] = np.nan
    with pytest.raises(PredictionError, match="missing or infinite"):
        read_predictions(adata, ONE)


def test_a_file_between_cells_and_profiles_is_refused(table):
    frame = pd.concat([table, table.loc[["C"]]])
    obs = pd.DataFrame({"perturbation": list(frame.index)}, index=list("0123"))
    with pytest.raises(PredictionError, match="2 rows of 'C' but most conditions have one"):
        read_predictions(ad.AnnData(frame.to_numpy(), obs, pd.DataFrame(index=GENES)), ONE)


def test_unknown_contexts_are_refused_or_left_out(table):
    with pytest.raises(PredictionError, match="predicts for 'z', which the data set does not have"):
        read_predictions(table.assign(context="z"), TWO)
    both = pd.concat([table.assign(context="x"), table.assign(context="z")])
    assert any("z" in notice for notice in only(both.rename_axis("perturbation"), TWO).notices)


def test_something_else_is_refused():
    with pytest.raises(PredictionError, match="not as dict"):
        read_predictions({"A": [1, 2]}, ONE)
