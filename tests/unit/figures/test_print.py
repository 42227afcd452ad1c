"""Print sheets: geometry, style, captions, and names that must not become markup."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go
import pytest

from perturbdash.figures.cloud import FADED, faded
from perturbdash.figures.print import Sheet, fades, printable, sheet
from perturbdash.figures.print.paper import PER_MM
from perturbdash.figures.print.words import width, wrap
from perturbdash.figures.theme import DARK, LIGHT, canvas
from tests.unit.figures.drawings import DRAW, standard

EVIL = '<script>alert(1)</script>&"'
CAPTION = ["Reference: control, n = 33", "norman · seed 7.", "", "perturbdash\u00a00.1.0"]
PT = 25.4 / 72 * PER_MM
WIDTHS = [85, 180]


def points(n: int = 3, *, height: int = 300, kind: type = go.Scattergl) -> go.Figure:
    figure = canvas("light", alt="Some points.", height=height)
    figure.add_trace(
        kind(x=np.arange(n), y=np.arange(n), mode="markers", marker={"size": 9}, customdata=["secret"] * n)
    )
    return figure


def made(figure: go.Figure, width_mm: float = 180, **settings: object) -> Sheet:
    return sheet([figure], width_mm=width_mm, title="What is it?", caption=CAPTION, **settings)  # type: ignore[arg-type]


def written(found: Sheet) -> str:
    return " ".join(text.words for text in found.texts)


def colours(found: Sheet) -> set[str]:
    return set(re.findall(r"#[0-9A-Fa-f]{6}", json.dumps(found.as_json())))


@pytest.mark.parametrize("width_mm", WIDTHS)
@pytest.mark.parametrize("name", DRAW)
def test_every_figure_becomes_ink_on_white_without_a_grid(name, width_mm):
    found = made(DRAW[name](standard(), "light"), width_mm)
    (panel,) = found.panels
    layout = panel.figure["layout"]
    go.Figure(panel.figure)
    assert layout["paper_bgcolor"] == layout["plot_bgcolor"] == "#FFFFFF"
    axes = [value for key, value in layout.items() if re.fullmatch(r"[xy]axis\d*", key)]
    axes += [layout["template"]["layout"][f"{side}axis"] for side in "xy"]
    assert not any(axis.get("showgrid", False) for axis in axes)
    shown = [
        axis["linecolor"] for axis in axes if axis.get("linecolor") and axis.get("showline") is not False
    ]
    assert set(shown) == {LIGHT.ink}
    assert layout["template"]["layout"]["xaxis"]["linewidth"] == pytest.approx(0.75 * PT)
    assert "Inter" not in json.dumps(
        {key: value for key, value in layout["template"]["layout"].items() if key != "hoverlabel"}
    )
    assert not colours(found) & ({DARK.ink, DARK.background, DARK.muted} - {LIGHT.ink})
    assert found.height_mm < 297


@pytest.mark.parametrize("name", DRAW)
def test_print_holds_no_text_below_six_points_at_full_size(name):
    layout = made(DRAW[name](standard(), "light")).panels[0].figure["layout"]
    sizes = [a["font"]["size"] for a in layout.get("annotations", []) if a.get("font", {}).get("size")]
    assert all(size >= 6 * PT - 1e-6 for size in sizes)


@pytest.mark.parametrize("name", DRAW)
def test_json_is_small_and_the_figure_itself_is_left_as_it_was(name):
    figure = DRAW[name](standard(n=400, n_genes=2000), "light")
    before = figure.to_json()
    assert len(json.dumps(made(figure).as_json())) < len(before) + 8_000
    assert figure.to_json() == before


def test_text_of_12_units_is_7_pt_on_paper_at_both_widths():
    for width_mm in WIDTHS:
        found = made(points(), width_mm)
        points_a_unit = found.width_mm / 25.4 * 72 / found.width
        assert 12 * points_a_unit == pytest.approx(7, abs=0.02)
        assert found.height == pytest.approx(found.height_mm * PER_MM, abs=0.01)
    assert made(points()).width == 874


@pytest.mark.parametrize("width_mm", WIDTHS)
def test_title_panels_and_caption_stand_below_each_other_within_the_sheet(width_mm):
    long = CAPTION[:1] * 24
    found = sheet([points()] * 3, width_mm=width_mm, title="Why? " * 30, caption=long, across=3)
    title = [text for text in found.texts if text.weight == 700 and "Why" in text.words]
    caption = [text for text in found.texts if text.weight == 400]
    assert len(title) > 1
    assert len(caption) > 2
    top, bottom = min(p.y for p in found.panels), max(p.y + p.height for p in found.panels)
    assert max(text.y for text in title) < top
    assert bottom < min(text.y for text in caption)
    assert max(text.y for text in caption) < found.height
    for text in found.texts:
        assert text.x + width(text.words, text.size, bold=text.weight == 700) <= found.width
    for panel in found.panels:
        assert panel.x >= 0
        assert panel.x + panel.width <= found.width + 0.05


def test_the_caption_says_version_and_seed_and_ends_every_sentence():
    found = made(points())
    assert (
        written(found) == "What is it? Reference: control, n = 33. norman · seed 7. perturbdash\u00a00.1.0."
    )
    assert found.title == "What is it?"
    assert found.description == "Some points."


def test_panels_have_letters_and_stand_side_by_side_where_there_is_room():
    wide = sheet([points()] * 4, width_mm=180, title="", caption=[], across=4)
    assert [text.words for text in wide.texts] == ["a", "b", "c", "d"]
    assert len({panel.y for panel in wide.panels}) == 1
    assert [panel.x for panel in wide.panels] == sorted(panel.x for panel in wide.panels)
    narrow = sheet([points()] * 2, width_mm=85, title="", caption=[], across=2)
    assert len({panel.x for panel in narrow.panels}) == 1
    assert not [text for text in made(points()).texts if text.words == "a"]
    many = sheet([points()] * 28, width_mm=180, title="", caption=[], across=4)
    assert [text.words for text in many.texts][-2:] == ["aa", "ab"]
    six = sheet([points()] * 6, width_mm=180, title="", caption=[], across=6)
    assert len({panel.y for panel in six.panels}) == 2


def test_a_narrow_panel_is_laid_out_wider_and_scaled_down():
    tall = [points(height=600, kind=go.Scatter).update_yaxes(tickvals=[0, 1])] * 4
    for width_mm in WIDTHS:
        found = sheet(tall, width_mm=width_mm, title="", caption=[], across=4)
        for panel in found.panels:
            layout = panel.figure["layout"]
            assert layout["width"] >= 254
            assert layout["width"] / layout["height"] == pytest.approx(panel.width / panel.height, rel=0.01)
            assert panel.width / layout["width"] * 7 > 5.4


def test_a_column_of_panels_that_would_fill_pages_is_set_in_two():
    few = sheet([points(height=400)] * 2, width_mm=85, title="", caption=[], across=4)
    many = sheet([points(height=400)] * 4, width_mm=85, title="", caption=[], across=4)
    assert len({panel.x for panel in few.panels}) == 1
    assert len({panel.x for panel in many.panels}) == 2
    assert many.height_mm < 230


def test_rows_with_names_keep_their_height_and_others_stay_nearly_square():
    rows = canvas("light", alt="Rows.", height=900)
    rows.add_bar(x=[1, 2], y=[0, 1], orientation="h").update_yaxes(tickvals=[0, 1], ticktext=["A", "B"])
    assert made(rows, 85).panels[0].height == 900
    assert made(points(height=900), 85).panels[0].height < 1.05 * made(points(), 85).width
    assert made(points(height=300), 85).panels[0].height == 300
    assert made(rows.update_layout(height=4000), 180).height_mm < 240


def test_a_square_matrix_follows_its_width_and_its_names_do_not_touch():
    names = [f"name {i}" for i in range(50)]
    square = canvas("light", alt="Square.", height=660)
    square.add_heatmap(z=np.zeros((50, 50)))
    square.update_xaxes(tickvals=list(range(50)), ticktext=names, tickfont={"size": 8})
    square.update_yaxes(tickvals=list(range(50)), ticktext=names, tickfont={"size": 8}, scaleanchor="x")
    for width_mm, kept in ((85, 25), (180, 50)):
        (panel,) = made(square, width_mm).panels
        assert panel.height <= min(660, panel.width + 60)
        assert len([name for name in panel.figure["layout"]["xaxis"]["ticktext"] if name]) <= kept
        assert panel.figure["layout"]["yaxis"]["ticktext"][0] == "name 0"


def test_points_become_svg_below_20_000_and_carry_nothing_that_only_a_hover_shows():
    assert made(points(19_999)).panels[0].figure["data"][0]["type"] == "scatter"
    assert made(points(20_001)).panels[0].figure["data"][0]["type"] == "scattergl"
    several = sheet([points(15_000)] * 2, width_mm=180, title="", caption=[], across=2)
    assert {panel.figure["data"][0]["type"] for panel in several.panels} == {"scattergl"}
    assert "secret" not in json.dumps(made(points()).as_json())


def test_symbols_and_intervals_are_those_of_print():
    figure = points(kind=go.Scatter)
    figure.data[0].error_x = {"array": [1, 1, 1], "thickness": 2}
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="markers", marker={"size": [9, 18]})
    found = go.Figure(printable(figure, width=874, height=300)).data
    print_px = 96 / 72 / PT
    assert found[0].marker.size * print_px == pytest.approx(5.5, abs=0.2)
    sizes = found[1].marker.size
    assert np.frombuffer(b64decode(sizes["bdata"]), sizes["dtype"]) == pytest.approx([7.2, 14.4])
    assert found[0].error_x.thickness * print_px == pytest.approx(0.9)


def test_zero_lines_and_rules_stay():
    figure = points().update_xaxes(zeroline=True, zerolinecolor=LIGHT.ink)
    figure.add_shape(type="line", x0=0, x1=1, y0=0, y1=1, line={"color": LIGHT.ink})
    layout = printable(figure, width=400, height=300)["layout"]
    assert layout["xaxis"]["zeroline"]
    assert layout["xaxis"]["zerolinecolor"] == LIGHT.ink
    assert len(layout["shapes"]) == 1


def test_names_from_data_stay_words_on_the_sheet():
    found = sheet([points()], width_mm=85, title=EVIL, caption=[EVIL])
    assert written(found).replace(" ", "").count(EVIL.replace(" ", "")) == 2


@pytest.mark.parametrize("name", DRAW)
def test_names_from_data_stay_words_in_a_printed_figure(name, poisoned):
    drawn = json.dumps(made(DRAW[name](poisoned, "light")).panels[0].figure)
    assert "<script" not in drawn


@pytest.fixture(scope="module")
def poisoned() -> dict[str, object]:
    given = standard()
    for table in given.values():
        for column in {"perturbation", "gene", "prediction", "model", "baseline"} & set(table.columns):
            table[column] = table[column].replace({"GENE0": EVIL, "G0000": EVIL, "sharp": EVIL})
    return given


def test_a_figure_that_shows_a_selection_says_so():
    figure = points()
    assert not fades(figure)
    figure.data[0].marker.opacity = faded(["A", "B", "C"], ["A"], opacity=0.8)
    assert fades(figure)
    figure.data[0].marker.opacity = 2 * FADED
    assert not fades(figure)


def test_words_are_wrapped_by_their_widths_and_never_cut():
    words = "Replogle K562 GWPS 1,813 perturbations of one guide each " * 5
    lines = wrap(words, 300, 12)
    assert " ".join(lines).split() == words.split()
    assert all(width(line, 12) <= 300 for line in lines)
    assert all(width(f"{a} {b.split()[0]}", 12) > 300 for a, b in pairwise(lines))
    assert "".join(wrap("W" * 100, 300, 12)) == "W" * 100
    assert all(width(line, 12) <= 300 for line in wrap("W" * 100, 300, 12))
    assert wrap("perturbdash\u00a00.1.0", 40, 12)[0].startswith("perturb")


def test_widths_are_near_those_of_arial():
    assert width("perturbations of the context", 1000) == pytest.approx(12_124, rel=0.02)
