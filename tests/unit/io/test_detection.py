"""What detection proposes for columns, with what reason, and how choices replace it."""

import numpy as np
import pytest

from perturbdash.errors import SchemaError
from perturbdash.io.dataset import read
from tests.unit.io.made import cells, screen

LABELS = ["control"] * 6 + ["KLF1"] * 5 + ["MAPK1"] * 5 + ["KLF1+MAPK1"] * 5
HALF = ["a", "b"] * 11


def relabelled(control: str = "control", separator: str = "+") -> list[str]:
    return [control if label == "control" else label.replace("+", separator) for label in LABELS]


@pytest.mark.parametrize(
    "key",
    [
        "perturbation",
        "condition",
        "target_gene",
        "target",
        "gene",
        "gene_target",
        "drug",
        "treatment",
        "Perturbation",
    ],
)
def test_names_of_perturbation_columns(key):
    data = read(cells(LABELS, key=key, batch=HALF[:21]))
    assert data.schema.perturbation_key == key
    assert data.perturbations == ("KLF1", "KLF1+MAPK1", "MAPK1")
    assert data.proposals["perturbation_key"].reason == "4 different labels, a control label among them."


def test_a_column_with_a_control_label_is_preferred_to_a_better_name():
    data = read(cells(LABELS, key="treatment", perturbation=["A", "B", "C"] * 7))
    assert data.schema.perturbation_key == "treatment"
    assert "perturbation" in data.proposals["perturbation_key"].alternatives


def test_a_control_label_gives_a_column_of_any_name_away():
    assert read(cells(LABELS, key="what_was_done")).schema.perturbation_key == "what_was_done"


def test_columns_that_say_the_same_are_named():
    data = read(cells(LABELS, condition=LABELS, other=[label.upper() for label in LABELS]))
    assert "condition, other divide the cells in the same way" in data.proposals["perturbation_key"].reason


def test_no_perturbation_column():
    with pytest.raises(SchemaError, match=r"No column of obs looks like a perturbation.*out of: batch"):
        read(cells(HALF[:21], key="batch"))


@pytest.mark.parametrize(
    "control",
    ["control", "ctrl", "non-targeting", "NT", "negctrl", "DMSO", "vehicle", "Ctrl", "untreated", " ctrl "],
)
def test_control_labels(control):
    data = read(cells(relabelled(control)))
    assert data.schema.control == control.strip()
    assert data.schema.control_key is None
    assert np.count_nonzero(data.label_codes == -1) == 6


def test_numbered_control_labels_share_a_stem():
    labels = [f"NT_{i % 3}" if label == "control" else label for i, label in enumerate(LABELS)]
    data = read(cells(labels))
    assert data.schema.control == "NT"
    assert data.perturbations == ("KLF1", "KLF1+MAPK1", "MAPK1")
    assert "6 cells with 3 numbered labels" in data.proposals["control"].reason


def test_control_joined_with_control():
    assert read(cells(relabelled("ctrl+ctrl"))).perturbations == ("KLF1", "KLF1+MAPK1", "MAPK1")


@pytest.mark.parametrize(
    "marks", [[True] * 6 + [False] * 15, [1] * 6 + [0] * 15, ["True"] * 6 + ["False"] * 15]
)
@pytest.mark.parametrize("column", ["control", "is_control"])
def test_a_column_marks_control_cells(column, marks):
    data = read(cells(relabelled("AAVS1"), **{column: marks}))
    assert data.schema.control_key == column
    assert data.schema.control == "AAVS1"
    assert data.perturbations == ("KLF1", "KLF1+MAPK1", "MAPK1")
    assert "6 cells are marked by column" in data.proposals["control_key"].reason


def test_marked_cells_need_no_label():
    labels = [None] * 6 + LABELS[6:]
    data = read(cells(labels, control=[True] * 6 + [False] * 15))
    assert np.count_nonzero(data.label_codes == -1) == 6
    assert data.left_out == {}


def test_a_label_that_contradicts_the_marks_is_left_out():
    data = read(cells(relabelled("AAVS1"), marked=[True] * 5 + [False] * 16), control="marked")
    assert data.left_out == {"labelled control but not marked as control": 1}
    assert data.label_codes[5] == -2


def test_a_label_is_preferred_to_marks():
    data = read(cells(LABELS, control=[1] * 6 + [0] * 15))
    assert data.schema.control_key is None
    assert data.proposals["control_key"].alternatives == ("control",)


def test_no_control_cells():
    with pytest.raises(SchemaError, match=r"No label of 'gene' looks like a control.*KLF1"):
        read(cells([label for label in LABELS if label != "control"], key="gene"))
    with pytest.raises(SchemaError, match="All cells are control"):
        read(cells(["control"] * 3, key="gene"), perturbation_key="gene")


def test_a_wrong_control_names_the_nearest_labels():
    with pytest.raises(
        SchemaError, match=r"No cell has the control label 'contrl' in 'perturbation'.*are: control"
    ):
        read(screen(), control="contrl")


@pytest.mark.parametrize("separator", ["+", ";", "|", "_"])
def test_combinations(separator):
    data = read(cells(relabelled(separator=separator)))
    assert data.schema.separator == separator
    assert data.parts == {"KLF1": ("KLF1",), "MAPK1": ("MAPK1",), "KLF1+MAPK1": ("KLF1", "MAPK1")}
    assert "1 of 3 labels" in data.proposals["separator"].reason


def test_a_single_joined_with_control_is_a_single():
    labels = [{"KLF1": "KLF1+ctrl", "MAPK1": "ctrl+MAPK1"}.get(label, label) for label in relabelled("ctrl")]
    data = read(cells(labels))
    assert data.schema.separator == "+"
    assert data.perturbations == ("KLF1", "KLF1+MAPK1", "MAPK1")


def test_both_orders_of_a_combination_are_one():
    labels = [*LABELS[:-2], "MAPK1+KLF1", "MAPK1+KLF1"]
    data = read(cells(labels))
    assert len(data.perturbations) == 3
    assert np.count_nonzero(data.label_codes == data.perturbations.index("KLF1+MAPK1")) == 5


def test_guides_are_offered_not_merged():
    labels = ["control"] * 6 + ["ZAP70_1"] * 4 + ["ZAP70_2"] * 4 + ["KLF1"] * 4
    data = read(cells(labels))
    assert data.schema.separator is None
    assert data.schema.merge_guides is False
    assert data.perturbations == ("KLF1", "ZAP70_1", "ZAP70_2")
    assert data.targets["ZAP70_1"] == ("ZAP70",)
    assert "2 labels look like guides (ZAP70_1 of ZAP70)" in data.proposals["merge_guides"].reason
    assert data.proposals["merge_guides"].alternatives == ("true",)
    merged = data.with_schema(merge_guides=True)
    assert merged.perturbations == ("KLF1", "ZAP70")
    assert np.count_nonzero(merged.label_codes == 1) == 8


def test_labels_with_an_underscore_between_unknown_names_are_whole():
    data = read(cells(["control"] * 6 + ["drug_x"] * 5 + ["drug_y"] * 5))
    assert data.perturbations == ("drug_x", "drug_y")
    assert "2 hold an underscore, but not between two known" in data.proposals["separator"].reason


def test_a_chosen_separator():
    assert read(screen(), separator="none").parts["KLF1+MAPK1"] == ("KLF1+MAPK1",)
    with pytest.raises(SchemaError, match="separator '/' is not understood"):
        read(screen(), separator="/")


@pytest.mark.parametrize("key", ["cell_type", "cell_line", "donor", "cluster", "cluster_id", "Cell line"])
def test_contexts(key):
    data = read(screen(**{key: HALF[:21]}))
    assert data.schema.context_key == key
    assert data.contexts == ("a", "b")
    np.testing.assert_array_equal(data.context_codes, np.tile([0, 1], 11)[:21])


@pytest.mark.parametrize("key", ["batch", "replicate", "guide_id", "gem_group"])
def test_other_columns_are_offered_not_proposed(key):
    data = read(screen(**{key: HALF[:21]}))
    assert data.schema.context_key is None
    assert data.contexts == ("all",)
    assert key in data.proposals["context_key"].alternatives


def test_a_column_nested_in_control_or_treatment_is_never_a_context():
    nested = ["stim" if label != "control" else "ctrl" for label in LABELS]
    one_level_without_control = ["x"] * 6 + ["x", "y", "y"] * 5
    data = read(screen(cell_type=one_level_without_control, donor=nested))
    assert data.schema.context_key is None
    assert data.proposals["context_key"].alternatives == ()
    assert "Not possible" in data.proposals["context_key"].reason
    assert "cell_type" in data.proposals["context_key"].reason


def test_a_column_with_one_level_changes_nothing():
    data = read(screen(cell_type=["k562"] * 21))
    assert data.schema.context_key is None
    assert data.proposals["context_key"].reason == "cell_type has one level (k562), so it changes nothing."


def test_a_cell_type_is_preferred_to_a_study():
    data = read(screen(dataset=HALF[:21], cell_type=HALF[:21]))
    assert data.schema.context_key == "cell_type"
    assert read(screen(dataset=HALF[:21])).schema.context_key == "dataset"


def test_chosen_contexts():
    adata = screen(cell_type=HALF[:21], batch=HALF[:21])
    assert read(adata, context_key="none").contexts == ("all",)
    assert (
        read(adata, context_key="batch").proposals["context_key"].reason.startswith("Chosen: 2 levels (a, b)")
    )
    with pytest.raises(SchemaError, match=r"no column 'celltype2' in obs for the context; .* are: cell_type"):
        read(adata, context_key="celltype2")


def test_contexts_where_nothing_can_be_compared_are_left_out():
    lines = ["a"] * 6 + ["a", "a", "a", "b", "c"] * 3
    lines[0] = "d"
    data = read(screen(line=lines), context_key="line")
    assert data.contexts == ("a",)
    assert data.dropped_contexts == ("b", "c", "d")
    assert data.left_out == {"in a context without control or without perturbed cells": 7}
    assert np.all((data.context_codes >= 0) == (data.label_codes >= -1))
    with pytest.raises(SchemaError, match="No level of 'where' holds both"):
        read(screen(where=LABELS), context_key="where")


@pytest.mark.parametrize("key", ["split", "train_test", "train_test_split", "split_1"])
def test_split_columns(key):
    parts = ["train"] * 11 + ["test"] * 5 + ["val"] * 5
    data = read(screen(**{key: parts}))
    assert data.schema.split_key == key
    assert data.split == {
        ("all", "KLF1"): "train",
        ("all", "MAPK1"): "test",
        ("all", "KLF1+MAPK1"): "val",
    }


def test_words_of_splits():
    parts = ["training"] * 8 + ["Train"] * 3 + ["testing"] * 5 + ["validation"] * 5
    data = read(screen(split=parts))
    assert set(data.split.values()) == {"train", "test", "val"}


def test_a_split_may_differ_between_contexts():
    data = read(screen(cell_type=HALF[:21], split=["train", "test"] * 10 + ["train"]))
    assert data.split["a", "KLF1"] == "train"
    assert data.split["b", "KLF1"] == "test"


def test_a_split_within_a_condition_is_refused():
    parts = (["train"] * 4 + ["test"] * 3) * 3
    data = read(screen(split=parts))
    assert data.split is None
    assert "puts cells of one condition (KLF1) into two parts" in data.proposals["split_key"].reason
    assert data.proposals["split_key"].alternatives == ("split",)
    with pytest.raises(SchemaError, match="two parts of the split"):
        read(screen(split=parts), split_key="split")


def test_a_chosen_split():
    adata = screen(use=["train"] * 11 + ["test"] * 10, split=["one"] * 11 + ["two"] * 10)
    assert read(adata).schema.split_key is None
    assert read(adata, split_key="use").split["all", "MAPK1"] == "test"
    assert read(adata, split_key="none").split is None
    with pytest.raises(SchemaError, match="holds one, two; expected train and test"):
        read(adata, split_key="split")


def test_a_wrong_perturbation_key_names_the_nearest():
    with pytest.raises(
        SchemaError, match=r"no column 'perturbatoin' in obs for the perturbation; .* are: perturbation"
    ):
        read(screen(), perturbation_key="perturbatoin")
