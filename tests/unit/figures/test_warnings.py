"""Pictures behind warnings, and the probe: what is drawn where."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from perturbdash.figures import scorecard, warnings
from perturbdash.figures.metric_words import tick_label
from perturbdash.figures.print import sheet
from perturbdash.figures.scorecard.probe import TELLING, telling_metrics
from perturbdash.figures.warnings.scales import angle_place, log_ticks
from perturbdash.figures.warnings.strips import short
from perturbdash.vocabulary import HEADLINE
from tests.unit.figures.drawings import standard
from tests.unit.figures.warning_tables import STEPS, WARNING_DRAW, limits, probe

EVIL = "<img src=x>"


@pytest.fixture(scope="module")
def given():
    return standard()


def overview(**changes):
    table = probe("sharp")
    table = table[table["step"] != ""].reset_index(drop=True)
    for (metric, stepped), values in changes.get("cells", {}).items():
        rows = (table["metric"] == metric) & (table["step"] == stepped)
        for name, value in values.items():
            table.loc[rows, name] = value
    return table


def cell(figure, metric, stepped):
    """Colour and text of one cell."""
    heat = figure.data[0]
    row = [
        words.replace(",<br>", ", ").replace("<b>", "").replace("</b>", "")
        for words in figure.layout.yaxis.ticktext
    ]
    column = [words.replace("<br>", " ") for words in figure.layout.xaxis.ticktext]
    at = row.index(tick_label(metric)), column.index(stepped)
    return float(heat.z[at[0]][at[1]]), heat.text[at[0]][at[1]]


@pytest.mark.parametrize(
    ("stepped", "change", "text", "sign"),
    [
        ("half the mean", 0.4, "+0.40<br>▲", 1),
        ("shuffled", -0.01, "−0.01<br>=", 1),
        ("half the mean", -0.01, "−0.01", -1),
        ("shuffled", -0.7, "−0.70", -1),
        ("noise 1 sd", 3.0, "+3.00<br>▲", 1),
    ],
)
def test_what_is_fooled_has_a_sign_and_the_warm_side_of_the_scale(stepped, change, text, sign):
    same = {"change_in_range": change, "rank": 3.0}
    figure = scorecard.probe_overview(overview(cells={("nir", stepped): same}))
    shade, words = cell(figure, "nir", stepped)
    assert words == text
    assert np.sign(shade) == sign
    assert abs(shade) <= 1


def test_a_rank_that_moves_is_written_and_one_that_rises_is_bold():
    moved = {("nir", "shuffled"): {"rank": 1.0, "change_in_range": -0.5}, ("wmse", "shuffled"): {"rank": 6.0}}
    figure = scorecard.probe_overview(overview(cells=moved))
    assert cell(figure, "nir", "shuffled")[1] == "−0.50<br><b>3→1</b>"
    assert cell(figure, "wmse", "shuffled")[1].endswith("3→6")


def test_rows_are_the_headline_and_then_what_gets_better():
    table = overview(cells={("mse", step): {"change_in_range": 9.0} for step in STEPS.values()})
    rows = telling_metrics(table)
    assert len(rows) == TELLING
    assert set(rows[:4]) == set(HEADLINE)
    assert "mse" in rows[4:]
    gain = table.groupby("metric")["change_in_range"].max()
    assert gain[rows[4:]].min() >= gain.drop(rows).max()


def test_curves_begin_at_nothing_and_end_at_their_names():
    table = probe("sharp")
    figure = scorecard.probe_curves(table, treatment="scaled", axis="times", metrics=["nir", "mse"])
    curves = {trace.name: trace for trace in figure.data if trace.mode == "lines+markers"}
    assert set(curves) == {"NIR", "MSE"}
    assert all(trace.y[list(trace.x).index(1)] == 0 for trace in curves.values())
    assert curves["NIR"].line.width > curves["MSE"].line.width
    names = [note for note in figure.layout.annotations if note.xref == "x"]
    assert {note.text for note in names} == {"<b>NIR</b>", "MSE"}


def test_names_at_the_ends_do_not_touch():
    figure = scorecard.probe_curves(probe("sharp"), treatment="blended", axis="share")
    heights = sorted(note.y for note in figure.layout.annotations if note.xref == "x")
    span = figure.layout.yaxis.range[1] - figure.layout.yaxis.range[0]
    assert min(np.diff(heights)) * 340 / span > 14


def test_thresholds_lie_where_their_value_is(given):
    figure = warnings.leakage_ratios(given["ratios"], given["ratio_limits"], model="m")
    places = [shape.x0 for shape in figure.layout.shapes if shape.line.dash == "dash"]
    np.testing.assert_allclose(places, np.sqrt([0.5, 0.7]))
    figure = warnings.cosines_to_the_average(given["mean_cosines"], given["mean_limits"], model="m")
    places = [shape.x0 for shape in figure.layout.shapes if shape.line.dash == "dash"]
    np.testing.assert_allclose(places, angle_place([0.99, 0.95]))
    figure = warnings.slopes(given["sizes"], given["scale_limits"], model="m")
    assert [shape.line.dash for shape in figure.layout.shapes] == ["dash", "solid", "dash"]


def test_medians_are_written(given):
    figure = warnings.slopes(given["sizes"], given["scale_limits"], model="m")
    words = " ".join(note.text for note in figure.layout.annotations)
    for column in ("slope", "ratio"):
        assert f"median <b>{short(float(given['sizes'][column].median()))}</b>" in words


def test_lines_of_equal_ratio_go_through_their_points(given):
    figure = warnings.norms(given["sizes"], given["scale_limits"], model="m")
    lines = [trace for trace in figure.data if trace.mode == "lines"]
    for trace, ratio in zip(lines, (0.5, 1.0, 2.0), strict=True):
        np.testing.assert_allclose(np.asarray(trace.y) - np.asarray(trace.x), np.log10(ratio), atol=1e-6)


def test_profiles_without_a_total_are_counted(given):
    figure = warnings.implied_totals(given["totals"], given["space_limits"], model="m")
    below = int((given["totals"]["predicted"] <= 0).sum())
    assert any(f"({below} at or below 0 not drawn)" in note.text for note in figure.layout.annotations)


def test_a_prediction_that_is_always_the_same_needs_no_density():
    points = pd.DataFrame(
        {"perturbation": [f"P{i}" for i in range(40)], "ratio": 0.25 + 1e-17 * np.arange(40)}
    )
    figure = warnings.leakage_ratios(points, limits(("ratio", 0.5, "0.5"), ("ratio", 0.7, "0.7")), model="m")
    assert not any(trace.fill for trace in figure.data)


def test_squares_hold_every_name_once_and_mark_what_is_missing():
    names = [f"P{i}" for i in range(90)]
    states = ["missing" if i % 9 == 0 else "predicted" for i in range(90)]
    table = pd.DataFrame({"strip": "test perturbations", "name": names, "state": states})
    heat = warnings.presence(table, model="m").data[0]
    shown = [words for row in heat.hovertext for words in row if words]
    assert sorted(words.split(":")[0] for words in shown) == sorted(names)
    assert sum(words == "×" for row in heat.text for words in row) == 10
    assert int((np.asarray(heat.z) == 1).sum()) == 10


def test_the_mean_of_both_cosines_is_marked(given):
    figure = warnings.published_against_split(given["split_cosines"], given["gap_limits"])
    means = given["split_cosines"][["cosine", "cosine_split_control"]].mean()
    cross = figure.data[-1]
    np.testing.assert_allclose([cross.x[0], cross.y[0]], means, rtol=1e-6)
    dashed = next(trace for trace in figure.data if trace.line.dash == "dash")
    np.testing.assert_allclose(np.asarray(dashed.x) - np.asarray(dashed.y), 0.1, atol=1e-6)


def test_a_win_that_is_gone_is_open_and_says_p(given):
    figure = warnings.with_and_without_targets(given["target_verdicts"], given["target_limits"], model="m")
    symbols = [trace.marker.symbol for trace in figure.data if trace.mode == "markers"]
    assert symbols == ["circle", "circle-open"] * 2
    words = " ".join(note.text for note in figure.layout.annotations)
    assert "beats<br>p = 0.0010" in words
    assert "no difference shown<br>p = 0.40" in words


def test_names_of_files_and_genes_are_escaped():
    genes = pd.DataFrame({"gene": [EVIL], "observed": [1.0], "difference": [0.4], "between_halves": [0.0]})
    lines = limits(("halves", 0.1, "two halves"), ("predicted", 0.4, "predicted"))
    profiles = pd.DataFrame({"profile": [1], "perturbations": [2], "names": [f"{EVIL}, B"]})
    squares = pd.DataFrame({"strip": ["genes"], "name": [EVIL], "state": ["missing"]})
    drawn = (
        warnings.control_drift(genes, lines, model=EVIL),
        warnings.shared_profiles(profiles, limits(("profiles", 1.0, "one each")), model=EVIL),
        warnings.presence(squares, model=EVIL),
    )
    for figure in drawn:
        made = figure.to_plotly_json()
        made["layout"].pop("meta")
        assert EVIL not in str(made)


def test_powers_of_ten_are_written_as_such():
    assert log_ticks(1e3, 1e20)[1][-1].startswith("10<sup>")
    assert log_ticks(0.001, 3.0)[1] == ["0.001", "0.01", "0.1", "1"]


@pytest.mark.parametrize("name", WARNING_DRAW)
def test_every_picture_has_a_print_sheet(given, name):
    figure = WARNING_DRAW[name](given, "light")
    made = sheet([figure, figure], width_mm=180, title="Question?", caption=["Source."], across=2)
    assert len(made.panels) == 2
    assert made.as_json()["panels"][0]["figure"]["layout"]["paper_bgcolor"] == "#FFFFFF"
