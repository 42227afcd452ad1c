"""Every figure of every page can leave; what a click on SVG or PNG sends to the browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from perturbdash.ui.menu import PAGES
from tests.pages.conftest import Visit
from tests.pages.evaluated import visit_demo

FIGURE_PAGES = [name for name in PAGES if name not in ("start", "methods")]


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERTURBDASH_STORE", str(tmp_path / "store"))


def kinds_by_frame(app: AppTest) -> dict[str, set[str]]:
    """Return which kinds of elements each frame holds, by its key."""
    found: dict[str, set[str]] = {}

    def look(node: Any, frame: str) -> None:
        key = getattr(getattr(node, "proto", None), "id", "") or ""
        name = key.rpartition("-frame-")[2] if "-frame-" in key else frame
        if name:
            found.setdefault(name, set()).add(node.type)
        for child in getattr(node, "children", {}).values():
            look(child, name)

    look(app.main, "")
    return found


@pytest.mark.parametrize("page", FIGURE_PAGES)
def test_every_frame_with_a_figure_offers_svg_and_png(page: str, visit: Visit, monkeypatch):
    app = visit_demo(visit, page, monkeypatch)
    assert not app.exception
    frames = kinds_by_frame(app)
    drawn = {name for name, kinds in frames.items() if "plotly_chart" in kinds}
    assert drawn
    assert {name for name in drawn if "menu_button" not in frames[name]} == set()


def _page() -> None:
    import pandas as pd

    from perturbdash.figures.theme import canvas
    from perturbdash.ui.frame import frame, plot
    from perturbdash.ui.markup import html

    def drawn():
        figure = canvas("light", alt="One bar.", height=200)
        figure.add_bar(x=["<b>A</b>"], y=[1])
        return figure

    with frame(
        "How <many>?",
        html("{n} & all", n="<2"),
        key="f",
        how_to_read="Read it.",
        table=pd.DataFrame({"x": [1.0]}),
        caption=("Bars", html("Truth: <b>all</b> cells, {name}", name="<i>x</i>")),
        printed=drawn,
        subject="KLF1",
    ):
        plot(drawn(), key="f")


def press(app: AppTest, key: str, option: str) -> None:
    """Choose an option of a menu button."""
    from streamlit.proto.WidgetStates_pb2 import WidgetState

    button = next(item for item in app.get("menu_button") if item.proto.id.endswith(key))
    state = WidgetState(id=button.proto.id)
    state.string_trigger_value.data = option
    widgets = app._tree.get_widget_states()
    widgets.widgets.append(state)
    app._tree = app._run(widget_state=widgets)._tree


@pytest.mark.parametrize(("option", "width"), [("85 mm, one column", 85), ("180 mm, two columns", 180)])
@pytest.mark.parametrize("kind", ["svg", "png"])
def test_a_click_sends_the_sheet_with_plain_words_under_a_telling_name(kind: str, option: str, width: int):
    app = AppTest.from_function(_page, default_timeout=30)
    app.query_params["dataset"] = "demo"
    app.run()
    assert not app.get("bidi_component")
    press(app, f"{kind}-f", option)
    assert not app.exception
    (component,) = app.get("bidi_component")
    data = json.loads(component.proto.json)
    assert data["kind"] == kind
    assert data["name"] == f"demo_simulated_KLF1_f_{width}mm.{kind}"
    assert data["sheet"]["width_mm"] == width
    words = " ".join(text["words"] for text in data["sheet"]["texts"])
    assert words.startswith("How <many>? <2 & all. Truth: all cells, <i>x</i>. perturbdash")
    assert "problem" not in data


def test_a_figure_that_shows_no_data_is_not_named_after_those_that_are_loaded(visit: Visit, monkeypatch):
    app = visit_demo(visit, "playground", monkeypatch)
    assert app.selectbox(key="pd-dataset").value == "demo"
    press(app, "svg-playground_curve", "85 mm, one column")
    assert not app.exception
    (data,) = [
        data for item in app.get("bidi_component") if "sheet" in (data := json.loads(item.proto.json or "{}"))
    ]
    assert data["name"] == "playground_curve_85mm.svg"


def test_nothing_is_drawn_for_print_before_somebody_asks():
    app = AppTest.from_function(_failing_page, default_timeout=30).run()
    assert not app.exception
    press(app, "svg-f", "85 mm, one column")
    assert not app.exception
    data = json.loads(app.get("bidi_component")[0].proto.json)
    assert "sheet" not in data
    assert data["problem"] == "No cell is left; load more."


def _failing_page() -> None:
    from perturbdash.errors import DataError
    from perturbdash.ui.frame import frame

    def drawn():
        raise DataError("No cell is left; load more.")

    with frame("How many?", "", key="f", how_to_read="Read it.", printed=drawn):
        pass
