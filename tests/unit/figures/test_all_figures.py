"""What holds for every figure and every HTML block."""

from __future__ import annotations

import json
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from perturbdash import figures
from perturbdash.figures.theme import tokens
from tests.unit.figures import tables
from tests.unit.figures.drawings import DRAW, MANY, WRITE, Tables, standard

EVIL = '<img src=x onerror="alert(1)">&'
NAMED = ("perturbation", "gene", "prediction", "model", "baseline", "sentence", "context", "name")
VOID = {"br", "img", "hr"}


@pytest.fixture(scope="module")
def given() -> Tables:
    return standard()


def shown(figure: go.Figure) -> str:
    """All that the browser gets."""
    return json.dumps(json.loads(figure.to_json()), ensure_ascii=False)


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("name", DRAW)
def test_a_figure_is_valid_transparent_and_has_words_for_those_who_cannot_see_it(given, name, mode):
    figure = DRAW[name](given, mode)
    assert isinstance(figure, go.Figure)
    go.Figure(json.loads(figure.to_json()))
    layout = figure.layout.template.layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert figure.layout.paper_bgcolor is None
    assert len(figure.layout.meta["alt"]) > 30
    assert layout.font.color == tokens(mode).ink
    assert figure.layout.title.text is None
    assert figure.data


@pytest.mark.parametrize("name", DRAW)
def test_modes_differ_in_colour_only(given, name):
    light, dark = (DRAW[name](given, mode) for mode in ("light", "dark"))
    assert [t.type for t in light.data] == [t.type for t in dark.data]
    assert tokens("light").ink not in shown(dark)
    assert light.layout.meta == dark.layout.meta


@pytest.mark.parametrize("name", [*DRAW, *WRITE])
def test_tables_are_not_changed(given, name):
    before = {key: table.copy(deep=True) for key, table in given.items()}
    DRAW[name](given, "light") if name in DRAW else WRITE[name](given)
    for key, table in given.items():
        assert table.equals(before[key]), key


@pytest.mark.parametrize("name", DRAW)
def test_an_empty_table_gives_a_sentence_or_an_empty_panel_not_an_error(given, name):
    empty = {key: table.iloc[:0] for key, table in given.items()}
    figure = DRAW[name](empty, "light")
    words = " ".join(a.text for a in figure.layout.annotations)
    assert len(words) > 10


@pytest.mark.parametrize("name", WRITE)
def test_an_empty_table_gives_a_block_with_words(given, name):
    assert len(WRITE[name]({key: table.iloc[:0] for key, table in given.items()})) > 20


@pytest.mark.parametrize("name", [*DRAW, *WRITE])
def test_undefined_numbers_are_never_written_as_nan_or_zero(given, name):
    undefined = {}
    for key, table in given.items():
        numbers = [c for c in table.select_dtypes(float).columns if c not in ("n", "n_defined")]
        undefined[key] = table.assign(**dict.fromkeys(numbers, np.nan))
    if name in DRAW:
        figure = DRAW[name](undefined, "light")
        written = [a.text for a in figure.layout.annotations]
        for trace in figure.data:
            for texts in (trace.text, trace.hovertext):
                written += [texts] if isinstance(texts, str) else list(texts if texts is not None else [])
        written.append(figure.layout.meta["alt"])
    else:
        written = [WRITE[name](undefined)]
    assert not any("nan" in str(text).lower().split() for text in written)


@pytest.mark.parametrize("name", DRAW)
def test_one_perturbation_or_gene_is_drawn(name):
    DRAW[name](standard(n=1, n_genes=1), "dark").to_json()


@pytest.mark.parametrize("name", DRAW)
def test_eight_models_are_drawn(name):
    DRAW[name](standard(models=MANY), "light").to_json()


@pytest.mark.parametrize("name", DRAW)
def test_5000_perturbations_and_8000_genes_stay_below_a_megabyte(name):
    large = standard(n=5000, n_genes=8000)
    assert len(DRAW[name](large, "light").to_json()) < 1_000_000


@pytest.mark.parametrize("name", DRAW)
def test_points_travel_as_float32(given, name):
    for trace in DRAW[name](given, "light").data:
        for values in (trace.x, trace.y):
            if isinstance(values, np.ndarray) and values.dtype.kind == "f" and values.size > 2:
                assert values.dtype == np.float32


@pytest.fixture(scope="module")
def poisoned() -> Tables:
    given = standard()
    for table in given.values():
        for column in NAMED:
            if column in table:
                table[column] = table[column].replace(
                    {"GENE0": EVIL, "G0000": EVIL, "sharp": EVIL, "matching_mean": EVIL, "all": EVIL}
                )
    given["warnings"]["sentence"] = EVIL
    return given


@pytest.mark.parametrize("name", DRAW)
def test_names_from_data_are_escaped_in_figures(name, poisoned):
    figure = DRAW[name](poisoned, "light")
    written = [a.text for a in figure.layout.annotations] + [t.name for t in figure.data]
    written += [t.hovertemplate for t in figure.data]
    for trace in figure.data:
        for texts in (trace.text, trace.hovertext):
            written += [texts] if isinstance(texts, str) else list(texts if texts is not None else [])
        if trace.hovertemplate and "%{customdata}" in trace.hovertemplate:
            written += list(trace.customdata)
    for axis in ("xaxis", "yaxis"):
        written += list(figure.layout[axis].ticktext or [])
    assert not any("<img" in str(text) for text in written)


class Outline(HTMLParser):
    """Tags that are opened, in order; fails on a wrong end tag."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.classes: set[str] = set()
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.classes |= set((dict(attrs).get("class") or "").split())
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", WRITE)
def test_blocks_are_well_formed_and_hold_nothing_that_streamlit_removes(given, name):
    outline = Outline(WRITE[name](given))
    assert not {"svg", "a", "script", "img", "style"} & set(outline.tags)


@pytest.mark.parametrize("name", WRITE)
def test_names_from_data_are_escaped_in_blocks(name, poisoned):
    text = WRITE[name](poisoned)
    assert "<img" not in text
    assert "&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;" in text
    Outline(text)


@pytest.mark.parametrize("name", WRITE)
def test_every_class_of_a_block_is_in_the_style_sheet(given, name):
    css = figures.blocks_css()
    plain = {"pd-line-2", "pd-gate-uninformative"}
    for name_ in Outline(WRITE[name](given)).classes - plain:
        assert f".{name_}" in css, name_


def test_context_is_chosen_or_the_first(given):
    two = tables.verdict(context="A")
    other = tables.verdict(("lonely",), context="B")
    both = pd.concat([two, other], ignore_index=True)
    assert "lonely" not in figures.score_strip_html(both)
    assert "lonely" in figures.score_strip_html(both, context="B")


def test_nothing_heavy_is_loaded_before_the_first_figure():
    code = (
        "import sys, perturbdash as p; p.figures; "
        "assert not {'plotly', 'torch', 'pandas', 'streamlit'} & set(sys.modules), 'at import'; "
        "p.figures.drf_bars; assert 'plotly' in sys.modules; "
        "assert not {'torch', 'streamlit', 'anndata', 'scanpy'} & set(sys.modules), 'at first use'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_all_names_of_the_package_exist():
    for name in figures.__all__:
        assert callable(getattr(figures, name))
    with pytest.raises(AttributeError, match="nothing_of_this_name"):
        figures.nothing_of_this_name  # noqa: B018
