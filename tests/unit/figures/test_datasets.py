"""Scores against the shared effect, calibration across data sets, DEGs and cells."""

from __future__ import annotations

import numpy as np
import pytest

from perturbdash import figures, published
from perturbdash.vocabulary import HEADLINE
from tests.unit.figures import tables


def texts(figure) -> str:
    return " | ".join(a.text for a in figure.layout.annotations)


def named(figure, words: str):
    return next(trace for trace in figure.data if trace.name and words in trace.name)


def scatter(own=None, **settings):
    given = published.scores_against_cosine()
    return figures.score_against_shared_effect(given, tables.own_scores() if own is None else own, **settings)


@pytest.mark.parametrize("reference", ["control", "centroid"])
def test_published_points_and_their_line_are_those_of_the_table(reference: str):
    table = published.scores_against_cosine()
    figure = scatter(reference=reference)
    points = named(figure, "published")
    np.testing.assert_allclose(points.x, table["cosine"], rtol=1e-6)
    np.testing.assert_allclose(points.y, table[reference], rtol=1e-6)
    line = next(s for s in figure.layout.shapes if s.line.dash is None)
    slope = np.polyfit(table["cosine"], table[reference], 1)[0]
    assert (line.y1 - line.y0) / (line.x1 - line.x0) == pytest.approx(slope)


def test_both_correlations_stand_in_the_corner_and_the_shown_one_is_bold():
    words = texts(scatter(reference="centroid", correlations={"control": 0.99, "centroid": -0.342}))
    assert "r = 0.99 against control" in words
    assert "r = <b>−0.34</b> against the centroid" in words


def test_a_dotted_line_leads_to_the_form_with_the_controls_split():
    figure = scatter()
    (dotted,) = [s for s in figure.layout.shapes if s.line.dash == "dot"]
    assert sorted([dotted.x0, dotted.x1]) == [0.2, 0.55]
    assert dotted.y0 == dotted.y1 == 0.5
    assert list(named(figure, "controls split").x) == [np.float32(0.2)]
    near = scatter(tables.own_scores().assign(cosine_split_control=0.54))
    assert not [s for s in near.layout.shapes if s.line.dash == "dot"]


def test_an_average_without_a_score_is_marked_on_the_axis_and_models_stay():
    own = tables.own_scores()
    own.loc[own["kind"] != "model", "score"] = np.nan
    figure = scatter(own, reference="centroid")
    mark = named(figure, "no score")
    assert mark.y[0] == pytest.approx(figure.layout.yaxis.range[0])
    assert named(figure, "sharp").x[0] == pytest.approx(0.55)


def test_models_have_their_colours_and_the_average_is_ink():
    styles = figures.model_styles(("sharp", "collapsed"))
    figure = scatter(styles=styles)
    for name, style in styles.items():
        assert named(figure, name).marker.color == style.colour("light")
    assert named(figure, "yours, the average").marker.color == "#1A1F26"


def test_headline_metrics_are_the_first_rows_above_the_line():
    table = tables.across_calibration()
    figure = figures.calibration_across(table)
    ticks = figure.layout.yaxis.ticktext
    assert [tick.startswith("<b>") for tick in ticks[: len(HEADLINE) + 1]] == [True] * len(HEADLINE) + [False]
    (line,) = figure.layout.shapes
    assert line.y0 == line.y1 == len(HEADLINE) - 0.5
    assert len(ticks) == table["metric"].nunique()


@pytest.mark.parametrize("value", ["drf", "bds"])
def test_cells_hold_the_value_its_number_and_its_gate(value: str):
    table = tables.across_calibration()
    figure = figures.calibration_across(table, value=value)
    heat = figure.data[0]
    metrics = list(dict.fromkeys(table["metric"]))
    order = [*HEADLINE, *(m for m in metrics if m not in HEADLINE)]
    wide = table.pivot(index="metric", columns="name", values=value).loc[order, ["all", "other"]]
    np.testing.assert_allclose(heat.z, wide.clip(0, 1), rtol=1e-6)
    numbers = next(t for t in figure.data if t.type == "scatter" and t.mode == "text")
    by_place = {
        (int(y), round(float(x))): text for x, y, text in zip(numbers.x, numbers.y, numbers.text, strict=True)
    }
    for row, metric in enumerate(order):
        for column, name in enumerate(["all", "other"]):
            raw = wide.loc[metric, name]
            expected = "–" if np.isnan(raw) else f"{raw:.2f}".replace("-", "−")
            assert by_place[row, column] == expected
    known = table[table[value].notna()]
    for gate, words in (("informative", "informative"), ("weak", "weak"), ("too_few", "too few")):
        assert len(next(t for t in figure.data if t.name == words).x) == (known["gate"] == gate).sum()


def test_a_value_below_zero_has_the_colour_of_zero_and_its_number():
    table = tables.across_calibration(names=("all",))
    figure = figures.calibration_across(table)
    below = table["drf"].min()
    assert below < 0
    assert np.nanmin(figure.data[0].z) == 0
    assert (
        f"−{abs(below):.2f}" in next(t for t in figure.data if t.type == "scatter" and t.mode == "text").text
    )


def test_sizes_lie_where_their_numbers_say():
    figure = figures.degs_and_cells(tables.sizes(33, ("Xu", "RPE1")), tables.sizes(20, ("mine",)))
    theirs, own = named(figure, "published"), named(figure, "yours")
    np.testing.assert_allclose(theirs.x, np.log10([50, 100]), rtol=1e-6)
    np.testing.assert_allclose(theirs.y, np.sqrt([0, 3]), rtol=1e-6)
    assert own.marker.size[0] < theirs.marker.size[0]
    assert "<b>mine</b>" in texts(figure)
