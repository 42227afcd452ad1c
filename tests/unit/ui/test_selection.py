"""Finding perturbations by name, in a list, in a box and in a link."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perturbdash.figures.cloud import FADED, SAMPLE, Crowd, cloud, faded, take_crowds
from perturbdash.figures.systematic_variation import norm_against_cosine
from perturbdash.io.labels import Naming
from perturbdash.ui.name_search import search
from perturbdash.ui.pasted_list import Found, Names, find, read_list
from perturbdash.ui.selection_controls import chip_label
from perturbdash.ui.selection_notice import listed

OWN = ["KLF1", "KLF10", "GATA1", "CEBPA+KLF1", "BAK1", "AKLF1", "TP53", "tp53", "control gene 5"]
PARTS = {"CEBPA+KLF1": ("CEBPA", "KLF1")}


def names_of(own: list[str], separator: str = "+") -> Names:
    known = frozenset(part for name in own for part in name.split("+"))
    spelled = {"+".join(sorted(name.split("+"))): name for name in own}
    naming = Naming("control", separator, known=known, spelled=spelled)
    return Names(own, canonical=naming.match, separator=separator)


NAMES = names_of(OWN)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("klf1", ["KLF1", "KLF10", "CEBPA+KLF1", "AKLF1"]),
        ("KLF1+cebpa", ["CEBPA+KLF1"]),
        ("cebpa", ["CEBPA+KLF1"]),
        ("  gata1 ", ["GATA1"]),
        ("klf1 ceb", ["CEBPA+KLF1"]),
        ("tp53", ["TP53", "tp53"]),
        ("zz", []),
        ("", OWN),
        ("   ", OWN),
    ],
)
def test_search_has_the_exact_name_first_then_what_starts_with_it_then_what_contains_it(query, found):
    assert search(OWN, query, parts=PARTS) == found


@settings(deadline=None)
@given(
    st.lists(st.text("ABab+1", min_size=1, max_size=6), unique=True),
    st.text("ABab+1", min_size=1, max_size=3),
)
def test_search_finds_every_name_that_contains_the_query_once(own, query):
    found = search(own, query, parts={})
    assert len(found) == len(set(found))
    assert {name for name in own if query.casefold() in name.casefold()} <= set(found) <= set(own)


@pytest.mark.parametrize("sign", ["\n", "\r\n", "\t", ",", ";", ", ", " ", "\n\n", " ;\n"])
def test_a_list_is_parted_by_lines_tabs_commas_semicolons_and_spaces(sign):
    found = read_list(sign.join(["KLF1", "GATA1", "BAK1"]) + sign, NAMES)
    assert found == Found(names=("KLF1", "GATA1", "BAK1"))


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("KLF1+CEBPA", "CEBPA+KLF1"),
        ("CEBPA + KLF1", "CEBPA+KLF1"),
        ("klf1+cebpa", "CEBPA+KLF1"),
        ("CEBPA_KLF1", "CEBPA+KLF1"),
        ("CEBPA|KLF1", "CEBPA+KLF1"),
        ("KLF1+ctrl", "KLF1"),
        ("ctrl+KLF1", "KLF1"),
        ("CTRL+klf1", "KLF1"),
        ("gata1", "GATA1"),
        ('"GATA1"', "GATA1"),
        ("'gata1'", "GATA1"),
    ],
)
def test_another_spelling_is_understood_and_said(label, name):
    written = label.strip("\"'")
    respelled = () if written == name else ((written, name),)
    assert read_list(label, NAMES) == Found(names=(name,), respelled=respelled)


def test_whatever_is_not_selected_is_reported():
    found = read_list("KLF1, NOPE\nTp53; klf1\ncontrol\nNOPE KLF1+ctrl\nno such thing", NAMES)
    assert found.names == ("KLF1",)
    assert found.missing == ("NOPE", "no such thing")
    assert found.ambiguous == (("Tp53", ("TP53", "tp53")),)
    assert found.controls == ("control",)
    assert found.doubled == ("klf1", "KLF1+ctrl")
    assert found.n_labels == 7
    assert not found.is_complete


def test_names_with_signs_of_a_list_stay_whole():
    names = names_of(["Nilotinib, 10 uM", "BAK1", "JQ1 (+)", "A", "B"])
    assert read_list("Nilotinib, 10 uM\nJQ1 (+)\nBAK1", names).names == (
        "Nilotinib, 10 uM",
        "JQ1 (+)",
        "BAK1",
    )
    assert read_list("nilotinib, 10 um", names).names == ("Nilotinib, 10 uM",)
    assert read_list("A + Q", names).missing == ("A + Q",)


def test_a_semicolon_joins_only_where_the_data_set_joins_by_it():
    own = ["A", "B", "A+B"]
    assert read_list("A;B", names_of(own)).names == ("A", "B")
    assert read_list("A;B", names_of(own, ";")).names == ("A+B",)
    assert read_list("C;D", names_of([*own, "C+D"])).names == ("C+D",)


@pytest.mark.parametrize(
    "text", ['["KLF1", "GATA1"]', 'c("KLF1", "GATA1")', "('KLF1', 'GATA1')", "[KLF1 GATA1]"]
)
def test_a_list_out_of_code_is_read(text):
    assert read_list(text, NAMES) == Found(names=("KLF1", "GATA1"))


@settings(deadline=None)
@given(st.text('KLF1GATB+,;\n\t "()_cntrol', max_size=60))
def test_every_label_of_any_text_is_in_the_report(text):
    found = read_list(text, NAMES)
    assert set(found.names) <= set(OWN)
    assert len(set(found.names)) == len(found.names)
    labels = [*found.names, *found.doubled, *found.missing, *found.controls]
    labels += [label for label, _ in (*found.ambiguous, *found.respelled)]
    words = re.findall(r"[A-Za-z0-9]+(?!\()\b", text)
    assert [word for word in words if not any(word in label for label in labels)] == []


def test_a_list_of_all_of_5000_perturbations_is_read_quickly():
    own = [f"G{i:05}" for i in range(5000)]
    found = read_list("\n".join(name.lower() for name in reversed(own)), names_of(own))
    assert found.names == tuple(reversed(own))


def test_names_of_a_link_are_found_as_those_of_a_list():
    found = find(["KLF1+CEBPA", "GATA1", "gone"], NAMES)
    assert found.names == ("CEBPA+KLF1", "GATA1")
    assert found.missing == ("gone",)


def test_the_chip_counts_names_three_and_cuts_what_is_long():
    assert chip_label(["A"]) == "1 perturbation: A"
    assert chip_label([f"P{i}" for i in range(8)]) == "8 perturbations: P0, P1, P2 …"
    assert chip_label(["x" * 80]) == f"1 perturbation: {'x' * 23}…"
    assert chip_label(["a*b"]) == r"1 perturbation: a\*b"
    assert listed([f"P{i}" for i in range(14)]).endswith("P11 and 2 more, which Select lists")


CROWDED = 25_000


@pytest.fixture(scope="module")
def crowded():
    rng = np.random.default_rng(0)
    x, y = rng.uniform(0, 10, CROWDED), rng.normal(0, 1, CROWDED)
    return x.astype(np.float32), y.astype(np.float32), [f"P{i:05}" for i in range(CROWDED)]


def test_a_box_over_a_density_takes_in_the_points_that_are_not_drawn(crowded):
    x, y, names = crowded
    drawn = cloud(x, y, names=names, marker={"opacity": 0.8}, hover="{name}")
    assert len(drawn.traces[1].x) == SAMPLE
    import plotly.graph_objects as go

    figure = go.Figure(drawn.traces)
    crowds = take_crowds(figure)
    assert [len(crowd.names) for crowd in crowds] == [CROWDED]
    box = {"xref": "x", "yref": "y", "x": [7.5, 2.5], "y": [-0.5, 0.5]}
    expected = {name for name, a, b in zip(names, x, y, strict=True) if 2.5 <= a <= 7.5 and -0.5 <= b <= 0.5}
    assert len(expected) > 3000
    assert set(crowds[0].inside(box)) == expected
    assert crowds[0].inside({**box, "xref": "x2"}) == []
    assert len(figure.to_json()) < 1_000_000
    assert take_crowds(figure) == []


def test_a_lasso_takes_in_what_lies_inside_it_and_nothing_else(crowded):
    x, y, names = crowded
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    lasso = {"x": (5 + 2 * np.cos(angle)).tolist(), "y": np.sin(angle).tolist()}
    inside = set(Crowd(x, y, names).inside(lasso))
    radius = ((x - 5) / 2) ** 2 + y**2
    assert {name for name, r in zip(names, radius, strict=True) if r < 0.99} <= inside
    assert inside.isdisjoint(name for name, r in zip(names, radius, strict=True) if r > 1)


def test_a_lasso_with_a_dent_leaves_the_dent_out():
    crowd = Crowd(np.float32([1, 5, 5, np.nan]), np.float32([1, 4, 1, 1]), ["a", "dent", "b", "nowhere"])
    assert crowd.inside({"x": [0, 5, 10, 10, 0], "y": [5, 2, 5, 0, 0]}) == ["a", "b"]


def test_selected_points_are_drawn_over_a_density(crowded):
    x, y, names = crowded
    chosen = names[7:4000:31]
    marker = {"opacity": faded(names, chosen, opacity=0.8)}
    sample = cloud(x, y, names=names, marker=marker, hover="{name}").traces[1]
    strong = {name for name, o in zip(sample.customdata, sample.marker.opacity, strict=True) if o > FADED}
    assert strong == set(chosen)


def test_norms_of_a_large_screen_carry_their_crowd_to_the_server_only(crowded):
    import pandas as pd

    x, y, names = crowded
    table = pd.DataFrame(
        {
            "context": "all",
            "perturbation": names,
            "reference": "control",
            "cosine": np.tanh(y),
            "shift_norm": x,
            "n_cells": 50,
        }
    )
    figure = norm_against_cosine(table)
    before = len(figure.to_json())
    crowds = take_crowds(figure)
    assert sum(len(crowd.names) for crowd in crowds) == CROWDED
    assert len(figure.to_json()) < before / 2
