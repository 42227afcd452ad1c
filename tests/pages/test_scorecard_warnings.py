"""Every warning opens the picture that proves it."""

from __future__ import annotations

import html
import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import perturbdash
from perturbdash.judgement.behind_warnings import behind_warning
from perturbdash.ui import files
from perturbdash.ui.library import library
from perturbdash.ui.records import Record, Source
from perturbdash.ui.scorecard.behind_words import COLUMNS, NO_METRIC, PICTURES
from tests.pages.conftest import Visit, html_of, wait
from tests.pages.evaluated import visit_demo, visit_scored
from tests.pages.test_scorecard import write_prediction
from tests.pages.warned import WARNED, cells, few_controls, warned

PANELS = {"scale": 2, "space": 2}
WITHOUT_TABLE = {"collapse", NO_METRIC}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(files.DATA_ROOT, str(tmp_path))
    return tmp_path


@pytest.fixture
def visit_warned(visit: Visit, root: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """Open the page on a screen whose predictions have every warning about a model."""
    cells().write_h5ad(root / "warned.h5ad")
    result = warned()
    monkeypatch.setitem(vars(perturbdash), "evaluate", lambda *_, **__: result)
    return wait(visit_scored(visit, "scorecard", "warned.h5ad"))


def cards(app: AppTest) -> list[str]:
    """Return what the buttons of the cards say."""
    return [item.label for item in app.button if (item.key or "").startswith("pd-behind-")]


def click(app: AppTest, words: str) -> AppTest:
    """Open the picture of the first card that says these words."""
    found = next(
        item for item in app.button if item.label == words and (item.key or "").startswith("pd-behind-")
    )
    return found.click().run()


def whole(app: AppTest) -> str:
    """Return all markup, that of a dialog too."""
    return "\n".join(element.proto.body for element in app.get("html"))


def opened(before: int, app: AppTest) -> list[dict]:
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")[before:]]


def test_every_warning_opens_its_picture(visit_warned: AppTest) -> None:
    app = visit_warned
    assert not app.exception
    assert {PICTURES[name].button for name in WARNED} <= set(cards(app))
    charts, tables = len(app.get("plotly_chart")), len(app.dataframe)
    for warning, model in WARNED.items():
        words = PICTURES[warning]
        app = click(app, words.button)
        assert not app.exception, warning
        drawn = opened(charts, app)
        assert len(drawn) == PANELS.get(warning, 1), warning
        assert all(len(figure["layout"]["meta"]["alt"]) > 30 for figure in drawn)
        shown = whole(app)[whole(app).index(words.question) :]
        finding = warned().warnings.query("warning == @warning").iloc[0]
        assert f"warned · {finding['model']} · n = " in shown
        assert html.escape(finding["sentence"]) in shown
        assert len(app.dataframe) == tables + (warning not in WITHOUT_TABLE), warning
        assert model in set(warned().models)


def test_a_card_of_several_models_lets_one_choose(visit_warned: AppTest) -> None:
    app = click(visit_warned, PICTURES["scale"].button)
    assert app.selectbox(key="pd-behind-case").options == ["same", "tripled", "shifted"]
    assert "warned · same · n = 18 perturbations" in whole(app)


def test_links_lead_on_where_a_page_shows_more(visit_warned: AppTest) -> None:
    app = click(visit_warned, PICTURES["collapse"].button)
    link = next(item.proto for item in app.get("page_link") if item.proto.label == "Arrows on Reference")
    assert link.page.endswith("reference")
    assert "dataset=" in link.query_string


def test_what_is_close_opens_the_same_picture(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    app = wait(visit_demo(visit, "scorecard", monkeypatch, context="line_A"))
    charts = len(app.get("plotly_chart"))
    app = click(app, PICTURES["no_effect"].button)
    assert not app.exception
    assert len(opened(charts, app)) == 1
    assert PICTURES["no_effect"].question in whole(app)
    assert "line_A · data set" in whole(app)
    app = click(app, PICTURES["leakage"].button)
    assert not app.exception
    words = " ".join(note["text"] for note in opened(charts, app)[0]["layout"]["annotations"])
    assert "0.5: knows the exact truth" in words
    assert "0.7: honest models lie above" in words


def test_several_contexts_are_chosen_among(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    app = click(visit_demo(visit, "scorecard", monkeypatch), PICTURES["collapse"].button)
    assert not app.exception
    options = app.selectbox(key="pd-behind-case").options
    assert [words.split(", ")[1] for words in options[:2]] == ["line_A", "line_B"]


def test_no_effect_and_no_metric_have_pictures(visit: Visit, root: Path) -> None:
    few_controls().write_h5ad(root / "few.h5ad")
    write_prediction(root / "guess.csv", 14)
    record = Record(Source("root", "few.h5ad")).with_prediction("guess", Source("root", "guess.csv"))
    app = wait(visit("scorecard", dataset=library().address(record.only_settings({"n_resamples": 200}))))
    assert not app.exception
    assert "Nothing can be said" in html_of(app)
    assert not app.get("plotly_chart")
    for name in ("no_effect", NO_METRIC):
        app = click(app, PICTURES[name].button)
        assert not app.exception
        assert len(opened(0, app)) == 1
        assert PICTURES[name].question in whole(app)


def test_every_column_of_a_table_has_words() -> None:
    for warning, model in WARNED.items():
        table = behind_warning(warned(), warning, context="all", models=[model])
        assert set(table.columns) - {"model", "context"} <= set(COLUMNS), warning
