"""Labels name perturbations by rules; other notations of the same perturbation are recognised."""

import itertools

import pytest

from perturbdash.io.labels import Naming, control_rank, guide_gene, split_label

KNOWN = frozenset({"A", "B", "C", "ZAP70", "HLA_DRA"})


@pytest.mark.parametrize(
    "word",
    ["control", "CTRL", "non-targeting", "Non_Targeting_00012", "NT", "NT_3", "NTC1", "negctrl", "NegCtrl0", "DMSO",
     "DMSO_TF", "vehicle", "untreated", "unperturbed", "WT", "mock", "PBS", "scramble"],
)  # fmt: skip
def test_words_for_control(word):
    assert control_rank(word) is not None


@pytest.mark.parametrize(
    "word", ["WT1", "KLF1", "NTRK1", "CTRL2A", "PBSN", "treated", "NT5E", "controlled", "NEGR1"]
)
def test_words_for_something_else(word):
    assert control_rank(word) is None


@pytest.mark.parametrize("separator", ["+", ";", "|", " + "])
def test_parts_are_sorted_and_control_is_left_out(separator):
    rules = Naming("ctrl", separator.strip())
    for parts in itertools.permutations(["B", "A", "ctrl"]):
        assert rules.canonical(separator.join(parts)) == "A+B"
    assert rules.canonical(f"A{separator}ctrl") == rules.canonical(f"ctrl{separator}A") == "A"
    assert rules.canonical(f"ctrl{separator}ctrl") == rules.canonical("ctrl") == "control"
    assert rules.canonical(f"A{separator}A") == "A"


def test_a_separator_at_an_end_is_part_of_the_label():
    assert split_label("CD4+", "+") == ("CD4+",)
    assert Naming("ctrl", "+").canonical("CD4+") == "CD4+"


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("B_A", "A+B"),
        ("A_ctrl", "A"),
        ("ZAP70_1", "ZAP70_1"),
        ("A_X", "A_X"),
        ("HLA_DRA", "HLA_DRA"),
        ("A_B_C", "A+B+C"),
    ],
)
def test_an_underscore_separates_only_known_names(label, expected):
    assert Naming("ctrl", "_", known=KNOWN).canonical(label) == expected


def test_guides():
    assert guide_gene("ZAP70_sg2") == guide_gene("ZAP70_g2") == guide_gene("ZAP70_2") == "ZAP70"
    assert guide_gene("KRTAP5-1") is None
    merged = Naming("NT", "+", merge_guides=True)
    assert merged.canonical("ZAP70_1") == "ZAP70"
    assert merged.canonical("B_2+A_1") == "A+B"
    assert merged.canonical("NT_4") == "control"
    assert Naming("NT", "+").canonical("ZAP70_1") == "ZAP70_1"


def test_numbered_controls_share_their_stem():
    rules = Naming("NT")
    assert rules.canonical("NT_1") == rules.canonical("NT12") == "control"
    assert Naming("WT").canonical("WT1") == "WT1"
    assert Naming("NT", known=frozenset({"NT5"})).canonical("NT5") == "NT5"


def test_labels_from_elsewhere_are_matched():
    rules = Naming("non-targeting", "+", known=KNOWN, spelled={"A": "A", "A+B": "B+A", "none": "none"})
    for label in ("A+B", "B+A", "B;A", "A|B", "A_B", " B_A "):
        assert rules.match(label) == "B+A"
    for label in ("A", "A+ctrl", "ctrl_A", "A;control"):
        assert rules.match(label) == "A"
    for label in ("ctrl", "control", "non-targeting", "NT", "ctrl+ctrl"):
        assert rules.match(label) == "control"
    assert rules.match("none") == "none"
    assert rules.match("C+A") == "A+C"
    assert rules.match("NEW") == "NEW"


def test_the_control_label_may_be_any_word():
    rules = Naming("AAVS1", "+")
    assert rules.canonical("AAVS1") == "control"
    assert rules.canonical("AAVS1+A") == "A"


def test_a_gene_that_is_called_like_a_control_is_a_gene():
    rules = Naming("non-targeting", "+", known=frozenset({"CTRL", "A"}))
    assert rules.canonical("A+CTRL") == "A+CTRL"
    assert rules.canonical("A+ctrl") == "A"
