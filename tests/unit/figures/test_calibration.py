"""DRF bars with gates, and DRF by perturbation."""

from __future__ import annotations

import numpy as np
import pytest

from perturbdash import figures
from perturbdash.figures.calibration.gate_marks import GATE_SYMBOLS
from perturbdash.figures.metric_words import label
from perturbdash.figures.placement import Frame
from perturbdash.metrics.registry import METRICS
from tests.unit.figures import tables


@pytest.fixture
def summary():
    return tables.calibration_summary()


def own(summary):
    return summary[summary["positive_control"] == "interpolated_duplicate"].set_index("metric")


def on_drf(figure, kind):
    return [t for t in figure.data if t.type == kind and t.xaxis in (None, "x")]


def test_each_metric_stands_once_with_its_gate(summary):
    drawn = {}
    for trace in on_drf(figures.drf_bars(summary), "scatter"):
        if trace.customdata is not None:
            drawn |= {
                m: (trace.marker.symbol, float(x)) for m, x in zip(trace.customdata, trace.x, strict=True)
            }
    defined = own(summary).dropna(subset="drf_mean")
    assert set(drawn) == set(defined.index)
    for metric, (symbol, x) in drawn.items():
        assert symbol == GATE_SYMBOLS[defined.loc[metric, "gate"]]
        assert x == pytest.approx(defined.loc[metric, "drf_mean"], rel=1e-6)


def test_intervals_are_those_of_the_table(summary):
    table = own(summary)
    for trace in on_drf(figures.drf_bars(summary), "scatter"):
        rows = table.loc[list(trace.customdata if trace.customdata is not None else [])]
        if len(rows):
            np.testing.assert_allclose(trace.x + trace.error_x.array, rows["drf_high"], rtol=1e-5)
            np.testing.assert_allclose(
                trace.x - trace.error_x.arrayminus, rows["drf_low"], rtol=1e-4, atol=1e-6
            )


def test_the_largest_is_on_top_and_undefined_ones_at_the_bottom(summary):
    figure = figures.drf_bars(summary)
    labels = [text.replace("<b>", "").replace("</b>", "") for text in figure.layout.yaxis.ticktext]
    assert labels[-1] == label("lfc_nmae")
    assert labels[0] == label(own(summary)["drf_mean"].idxmax()).replace(
        "1,000 highest genes", "1,000 highest"
    )
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]


def test_families_stay_together_in_the_other_order(summary):
    figure = figures.drf_bars(summary, order="family")
    words = {label(m).replace("1,000 highest genes", "1,000 highest"): METRICS[m].family for m in METRICS}
    families = [words[t.replace("<b>", "").replace("</b>", "")] for t in figure.layout.yaxis.ticktext]
    assert families == sorted(families, key=families.index)
    assert len(set(np.round(np.diff(figure.layout.yaxis.tickvals), 3))) == 2


def test_a_metric_without_value_keeps_its_row_with_the_reason(summary):
    words = [a.text for a in figures.drf_bars(summary).layout.annotations]
    assert any(text.replace("<br>", " ").startswith("– fewer than 10 genes") for text in words)
    given = figures.drf_bars(summary, reasons={"lfc_nmae": "no perturbation has 10 DEGs or more"})
    assert "– no perturbation has 10 DEGs or<br>more" in [a.text for a in given.layout.annotations]


def test_reasons_of_neighbouring_rows_have_room_for_two_lines(summary):
    lacking = summary["metric"].isin(list(METRICS)[:3])
    table = summary.assign(drf_mean=summary["drf_mean"].mask(lacking))
    places = np.diff(figures.drf_bars(table).layout.yaxis.tickvals)
    assert places[0] == 1
    assert places[-1] > 1.3


def test_gate_lines_stand_at_their_values(summary):
    dotted = {(s.xref, s.x0) for s in figures.drf_bars(summary).layout.shapes if s.line.dash == "dot"}
    assert dotted == {("x", 0.05), ("x2", 0.5)}


def test_n_is_in_ink_where_it_is_below_the_total(summary):
    trace = next(t for t in figures.drf_bars(summary).data if t.type == "scatter" and t.mode == "text")
    colours = dict(zip(trace.text, trace.textfont.color, strict=True))
    assert colours["7"] != colours["33"]


def test_the_other_positive_control_has_its_own_rows(summary):
    other = summary["positive_control"] == "technical_duplicate"
    changed = summary.assign(drf_mean=summary["drf_mean"].where(~other, 0.123))
    figure = figures.drf_bars(changed, positive_control="technical_duplicate")
    values = np.concatenate([np.asarray(t.x) for t in on_drf(figure, "bar")])
    np.testing.assert_allclose(values, 0.123, rtol=1e-5)
    missing = figures.drf_bars(summary[~other], positive_control="technical_duplicate")
    assert "technical duplicate" in missing.layout.annotations[0].text


@pytest.mark.parametrize("counts", [0, 1, 6, 20])
def test_counts_stand_on_an_axis_of_whole_numbers(counts):
    covariate = tables.covariate().assign(value=lambda t: np.arange(len(t)) % (counts + 1))
    axis = by_perturbation(tables.calibration(), covariate).layout.xaxis
    assert axis.tick0 == 0
    assert axis.dtick in (1, 2, 5)


def test_the_words_of_a_mean_cover_no_point():
    calibration, covariate = tables.calibration(), tables.covariate()
    figure = by_perturbation(calibration, covariate)
    points = np.array(list(drawn_points(figure).values()))
    frame = Frame(tuple(figure.layout.xaxis.range), tuple(figure.layout.yaxis.range))
    for words in (a for a in figure.layout.annotations if a.text.startswith("mean ")):
        left, bottom = frame.pixels(words.x, words.y)
        left -= {"left": 0, "center": 3.6 * len(words.text), "right": 7.2 * len(words.text)}[words.xanchor]
        bottom -= {"bottom": 0, "top": 14}[words.yanchor]
        x, y = frame.pixels(*points.T).T
        covered = (x > left) & (x < left + 7.2 * len(words.text)) & (y > bottom) & (y < bottom + 14)
        assert not covered.any()


def by_perturbation(calibration, covariate, **settings):
    defaults = {"metric": "nir", "x_label": "number of DEGs", "x_is_integer": True}
    return figures.drf_by_perturbation(calibration, covariate, **(defaults | settings))


def drawn_points(figure):
    return {
        n: (x, y)
        for t in figure.data
        if t.mode == "markers" and t.marker.symbol != "line-ns-open"
        for n, x, y in zip(t.customdata, t.x, t.y, strict=True)
    }


def test_a_perturbation_has_the_mean_of_its_defined_truths():
    calibration, covariate = tables.calibration(), tables.covariate()
    calibration.loc[calibration.index[1], "drf"] = np.nan
    points = drawn_points(by_perturbation(calibration, covariate))
    expected = calibration.groupby("perturbation")["drf"].mean().dropna()
    assert set(points) == set(expected.index)
    for name, (_, y) in points.items():
        assert y == pytest.approx(expected[name], rel=1e-5, abs=1e-6)


def test_whole_numbers_are_spread_by_less_than_half():
    covariate = tables.covariate()
    for name, (x, _) in drawn_points(by_perturbation(tables.calibration(), covariate)).items():
        assert abs(x - covariate.set_index("perturbation").loc[name, "value"]) <= 0.18 + 1e-6


def test_means_of_classes_are_drawn():
    calibration, covariate = tables.calibration(), tables.covariate()
    both = calibration.groupby("perturbation")["drf"].mean().dropna()
    value = covariate.set_index("perturbation").loc[both.index, "value"]
    figure = by_perturbation(calibration, covariate)
    bars = [t.y[0] for t in figure.data if t.mode == "lines"]
    expected = [both[value == 0].mean(), both[(value >= 1) & (value <= 2)].mean(), both[value >= 3].mean()]
    np.testing.assert_allclose(bars, expected)
    low, high = figure.layout.xaxis.range
    said = [a for a in figure.layout.annotations if a.text.startswith("mean")]
    assert len(said) == 3
    assert all(low <= a.x <= high for a in said)


def test_large_counts_open_the_crowd_at_zero_with_true_numbers_on_the_ticks():
    figure = by_perturbation(tables.calibration(), tables.covariate(most=900))
    assert "500" in figure.layout.xaxis.ticktext
    assert max(x for x, _ in drawn_points(figure).values()) < 31


def test_a_metric_without_values_says_so():
    figure = by_perturbation(tables.calibration(), tables.covariate(), metric="mse")
    assert figure.layout.annotations[0].text == "No perturbation has a DRF of MSE."


def test_bold_names_are_those_that_count_and_the_shown_one_is_tinted(summary):
    figure = figures.drf_bars(summary, headline=["mse"], marked="nir")
    texts = dict(zip(figure.layout.yaxis.ticktext, figure.layout.yaxis.tickvals, strict=True))
    assert [text for text in texts if text.startswith("<b>")] == ["<b>MSE</b>"]
    (tint,) = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    assert tint.y0 < texts[label("nir")] < tint.y1
    assert not [s for s in figures.drf_bars(summary).layout.shapes if s.type == "rect"]


def test_families_have_their_names_above_their_first_row(summary):
    figure = figures.drf_bars(summary, order="family")
    heads = [a for a in figure.layout.annotations if a.text == "<b>Retrieval</b>"]
    first = next(m for m in METRICS if METRICS[m].family == "retrieval")
    place = next(
        value
        for text, value in zip(figure.layout.yaxis.ticktext, figure.layout.yaxis.tickvals, strict=True)
        if text.replace("<b>", "").replace("</b>", "") == label(first)
    )
    assert [place - 1 < head.y < place for head in heads] == [True]


def test_bars_and_symbols_carry_their_metric_for_a_click(summary):
    figure = figures.drf_bars(summary)
    for trace in figure.data:
        if trace.type == "bar" or (trace.xaxis == "x2" and trace.mode == "markers"):
            assert len(trace.customdata) == len(trace.x)
            assert set(trace.customdata) <= set(METRICS)


def test_perturbations_without_a_value_keep_their_place_and_are_counted():
    calibration, covariate = tables.calibration(), tables.covariate()
    lacking = list(covariate["perturbation"][:3])
    calibration["drf"] = calibration["drf"].mask(calibration["perturbation"].isin(lacking))
    calibration = calibration[calibration["metric"] == "nir"]
    figure = by_perturbation(calibration, covariate)
    ticks = [t for t in figure.data if t.mode == "markers" and t.marker.symbol == "line-ns-open"]
    expected = set(calibration.groupby("perturbation")["drf"].mean().loc[lambda s: s.isna()].index)
    assert set(lacking) <= expected
    assert {name for t in ticks for name in t.customdata} == expected
    assert f"{len(expected)} without a value" in [a.text for a in figure.layout.annotations]


def test_those_without_range_are_open():
    calibration, covariate = tables.calibration(), tables.covariate()
    name = next(n for n in drawn_points(by_perturbation(calibration, covariate)) if "+" not in n)
    calibration["no_range"] = calibration["perturbation"] == name
    figure = by_perturbation(calibration, covariate)
    found = {n for t in figure.data if t.marker.symbol == "circle-open" for n in t.customdata}
    assert found == {name}


def test_the_unselected_fade_in_the_browser_as_they_do_here():
    figure = by_perturbation(tables.calibration(), tables.covariate(), selected=["GENE0"])
    for trace in (t for t in figure.data if t.mode == "markers"):
        assert trace.unselected.marker.opacity == 0.15
        for name, opacity in zip(trace.customdata, trace.marker.opacity, strict=True):
            assert (opacity > 0.5) == (name == "GENE0")
