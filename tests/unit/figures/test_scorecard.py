"""Forest, positions, the strip, all scores, warning cards."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from perturbdash import figures
from perturbdash.figures.metric_words import label
from perturbdash.figures.scorecard.outcomes import say
from perturbdash.metrics.registry import METRICS
from tests.unit.figures import tables


@pytest.fixture
def verdict():
    return tables.verdict()


@pytest.fixture
def summary():
    return tables.calibration_summary()


def informative(verdict, model):
    drawn = (verdict["gate"] == "informative") & (verdict["metric"] != "pearson_expression")
    return verdict[(verdict["model"] == model) & drawn].set_index("metric")


def lane(figure, model):
    return next(t for t in figure.data if t.hovertext is not None and f"<b>{model}</b>" in t.hovertext[0])


def cell(html, model, metric):
    """Cells of one row of the table, by model."""
    return next(
        r for r in html.split("<tr>") if f"> {label(metric)} <" in r or f"<b>{label(metric)}</b>" in r
    )


def test_only_informative_metrics_are_drawn_in_both_figures(verdict):
    expected = len(informative(verdict, "sharp"))
    both = figures.forest(verdict, dynamic_range=tables.dynamic_range()), figures.positions(verdict)
    ticks = [figure.layout.yaxis.ticktext for figure in both]
    assert ticks[0] == ticks[1]
    assert len(ticks[0]) == expected
    assert f"<b>{label('wmse')}</b>" in ticks[0]
    assert not any("direction" in t for t in ticks[0])


def test_differences_are_divided_by_the_dynamic_range(verdict):
    trace = lane(figures.forest(verdict, dynamic_range=tables.dynamic_range()), "sharp")
    own = informative(verdict, "sharp")
    np.testing.assert_allclose(sorted(trace.x), sorted(own["difference"] / 0.5), rtol=1e-5)
    assert np.allclose(trace.error_x.array, 0.2, atol=1e-5)


def test_filled_is_beats_or_loses_and_open_is_no_difference(verdict):
    trace = lane(figures.forest(verdict, dynamic_range=tables.dynamic_range()), "collapsed")
    own = informative(verdict, "collapsed")
    assert sum("open" in s for s in trace.marker.symbol) == (own["outcome"] == "no_difference").sum() > 0


def test_a_value_off_the_scale_is_written_at_the_edge(verdict):
    row = verdict.index[(verdict["model"] == "collapsed") & (verdict["metric"] == "wmse")][0]
    verdict.loc[row, ["difference", "low", "high"]] = [-3.5, -4.0, -3.0]
    figure = figures.forest(verdict, dynamic_range=tables.dynamic_range())
    trace = lane(figure, "collapsed")
    place = list(trace.text).index("◂ −7.00")
    assert trace.marker.opacity[place] == 0
    assert figure.layout.xaxis.range[0] > -2.5
    assert trace.x[place] > figure.layout.xaxis.range[0]


def test_the_grey_band_is_what_could_not_be_shown_for_the_first_model(verdict):
    band = next(
        t for t in figures.forest(verdict, dynamic_range=tables.dynamic_range()).data if t.type == "bar"
    )
    np.testing.assert_allclose(band.x, 2 * 0.12 / 0.5, rtol=1e-5)
    np.testing.assert_allclose(np.asarray(band.base, dtype=float), -0.12 / 0.5, rtol=1e-5)


def test_without_dynamic_range_every_row_fits(verdict):
    trace = lane(figures.forest(verdict), "sharp")
    assert np.abs(trace.x).max() <= 1


def test_lanes_of_a_row_are_nearer_to_each_other_than_to_the_next_row():
    figure = figures.positions(tables.verdict(("a", "b", "c")))
    places = sorted(float(y) for model in "abc" for y in lane(figure, model).y)
    first = places[:3]
    assert first[1] - first[0] < places[3] - first[2]


def test_an_undefined_model_keeps_its_lane_with_the_reason(verdict):
    row = verdict.index[(verdict["model"] == "sharp") & (verdict["metric"] == "nir")][0]
    verdict.loc[row, ["difference", "low", "high", "p_value", "detectable_difference"]] = np.nan
    verdict["outcome"] = verdict["outcome"].where(verdict.index != row, "undefined")
    verdict["reason"] = verdict["reason"].where(verdict.index != row, "missing")
    assert "– undefined: missing" in [a.text for a in figures.forest(verdict).layout.annotations]


def test_the_hardest_baseline_of_each_row_is_named(verdict):
    verdict.loc[verdict["model"] == "collapsed", "baseline"] = "mean (no pattern: 0)"
    trace = next(t for t in figures.forest(verdict).data if t.type == "scatter" and t.mode == "text")
    assert set(trace.text) == {" matching …"}
    assert trace.cliponaxis is False
    assert (np.asarray(trace.x) < figures.forest(verdict).layout.xaxis.range[1]).all()


def test_positions_are_not_clipped_but_drawn_at_the_edge_with_their_value(verdict):
    row = verdict.index[(verdict["model"] == "sharp") & (verdict["metric"] == "nir")][0]
    verdict.loc[row, "position"] = 4.5
    trace = lane(figures.positions(verdict), "sharp")
    assert "4.50 ▸" in trace.text
    assert max(trace.x) < 2.3


def test_nothing_informative_leaves_a_sentence():
    nothing = tables.verdict(nothing=True)
    for figure in (figures.forest(nothing), figures.positions(nothing)):
        assert "No metric passes the gate" in figure.layout.annotations[0].text


def row_of(**changes):
    base = {
        "metric": "nir",
        "outcome": "beats",
        "gate": "informative",
        "baseline": "matching_mean",
        "difference": 0.36,
        "low": 0.27,
        "high": 0.45,
        "n": 33,
        "detectable_difference": 0.09,
        "reason": "",
    }
    return base | changes


@pytest.mark.parametrize(
    ("changes", "state", "lines"),
    [
        ({}, "beats", ("beats", "by 0.36 (0.27 to 0.45)", "over matching mean")),
        (
            {"outcome": "no_difference", "difference": -0.02, "low": -0.1, "high": 0.05},
            "no_difference",
            ("no difference shown", "−0.02 (−0.10 to 0.05)", "n = 33 could show 0.09"),
        ),
        (
            {"outcome": "loses", "difference": -0.08, "low": -0.17, "high": -0.04},
            "loses",
            ("loses", "−0.08 (−0.17 to −0.04)", "against matching mean"),
        ),
        ({"gate": "weak"}, "shut", ("cannot be told", "gate: weak, DRF 0.57")),
        ({"gate": "too_few"}, "too_few", ("too few", "n = 33")),
        ({"outcome": "too_few", "n": 7}, "too_few", ("too few", "n = 7")),
        ({"outcome": "undefined", "reason": "no baseline"}, "undefined", ("undefined", "no baseline")),
    ],
)
def test_a_cell_says_what_the_verdict_is(changes, state, lines):
    said = say(row_of(**changes), {"n": 33, "drf_mean": 0.57})
    assert (said.state, said.lines) == (state, lines)


def test_a_metric_that_no_perturbation_defines_is_undefined_with_its_reason():
    said = say(row_of(metric="direction_match_degs", gate="too_few"), {"n": 0, "drf_mean": np.nan})
    assert said.state == "undefined"
    assert said.lines[1] == "no gene differs from control"


def test_a_small_error_is_not_written_as_zero():
    said = say(row_of(metric="wmse", difference=0.0123, low=0.008, high=0.02), None)
    assert said.lines[1] == "by 0.0123 (0.0080 to 0.0200)"


def test_the_strip_counts_and_sorts(verdict, summary):
    swapped = verdict.assign(model=verdict["model"].map({"sharp": "second", "collapsed": "first"}))
    html = figures.score_strip_html(swapped, summary, ["first", "second"])
    assert html.index("second</span>") < html.index("first</span>")
    assert "<b>3</b> of 3" in html
    assert "<b>0</b> of 3" in html
    assert html.count("pd-cell pd-beats") == 3
    assert html.count("pd-cell pd-shut") == 2


def test_the_strip_has_the_skills_in_their_order(verdict, summary):
    heads = re.findall(r"<b>(size|pattern|identity|sign)</b>", figures.score_strip_html(verdict, summary))
    assert heads == ["size", "pattern", "identity", "sign"]


def test_every_other_metric_has_a_small_cell(verdict, summary):
    html = figures.score_strip_html(verdict, summary)
    body = html.split("<tbody>")[1].split("</tbody>")[0]
    assert body.count('class="pd-bar ') == 2 * (len(METRICS) - 4)
    assert f"{len(METRICS) - 4} other metrics" in html


def test_nothing_informative_is_counted_as_nothing():
    html = figures.score_strip_html(tables.verdict(nothing=True), tables.calibration_summary(nothing=True))
    assert html.count("nothing to count") == 2
    assert "pd-beats" not in html.split("</tbody>")[0]


def test_a_strip_without_headline_metrics_still_names_the_models(verdict, summary):
    html = figures.score_strip_html(verdict.assign(headline=False), summary)
    assert "sharp" in html
    assert "pd-cell" not in html


def test_scores_show_all_cells_only(verdict, summary):
    html = figures.scores_table_html(tables.metric_summary(), verdict, summary)
    assert "7.77" not in html


def test_the_hardest_baseline_is_underlined_and_a_short_mean_says_its_n(verdict, summary):
    scores = tables.metric_summary()
    html = figures.scores_table_html(scores, verdict, summary)
    row = cell(html, "sharp", "nir")
    value = scores.query("metric == 'nir' and prediction == 'matching_mean' and truth == 'all_cells'")[
        "mean"
    ].item()
    assert f'<u title="hardest to beat">{value:.2f}</u>' in row
    assert row.count("<u ") == 1
    assert '<span class="pd-few">n = 4</span>' in row


def test_a_baseline_without_pattern_is_underlined_as_undefined(verdict, summary):
    scores = tables.metric_summary()
    mean = (scores["metric"] == "pearson_delta_centroid") & (scores["prediction"] == "mean")
    scores.loc[mean, "mean"] = np.nan
    verdict.loc[verdict["metric"] == "pearson_delta_centroid", "baseline"] = "mean (no pattern: 0)"
    row = cell(figures.scores_table_html(scores, verdict, summary), "sharp", "pearson_delta_centroid")
    assert re.search(r'<u title="[^"]*counts as 0"><span class="pd-undefined"[^>]*>–</span></u>', row)


def test_a_hardest_baseline_that_is_partly_without_pattern_says_so(verdict, summary):
    scores = tables.metric_summary()
    scores.loc[(scores["metric"] == "nir") & (scores["prediction"] == "matching_mean"), "n_defined"] = 8
    row = cell(figures.scores_table_html(scores, verdict, summary), "sharp", "nir")
    assert 'it counts as 0, the mean shown leaves these out"><span class="pd-few">n = 8</span>' in row


def test_where_baselines_are_folded_the_hardest_says_the_same(verdict, summary):
    scores = tables.metric_summary()
    scores.loc[(scores["metric"] == "nir") & (scores["prediction"] == "matching_mean"), "n_defined"] = 8
    row = cell(figures.scores_table_html(scores, verdict, summary), "sharp", "nir")
    folded = row.split('class="pd-hardest"')[1].split("</td>")[0]
    assert "where it predicts no pattern it counts as 0" in folded


def test_shut_metrics_stand_last_greyed_and_without_marks(verdict, summary):
    html = figures.scores_table_html(tables.metric_summary(), verdict, summary)
    open_rows, shut_rows = html.split("pd-shut-rows")
    assert "direction match" not in open_rows
    assert label("pearson_expression") in shut_rows
    assert "aria-label" in open_rows.split('class="pd-mark"')[0]
    assert 'title="beats">▲' in open_rows
    assert "▲</span>" not in shut_rows.split("</table>")[0]


def test_nothing_informative_greys_all_rows_headline_first():
    nothing = tables.calibration_summary(nothing=True)
    html = figures.scores_table_html(tables.metric_summary(), tables.verdict(nothing=True), nothing)
    assert f"Shut by the gate: all {len(METRICS)}" in html
    assert html.count("<tbody") == 1
    assert html.index(label("direction_match_degs")) < html.index(label("rmse"))


def test_more_than_two_models_fold_the_baselines(summary):
    models = ("a", "b", "c")
    html = figures.scores_table_html(tables.metric_summary(models), tables.verdict(models), summary)
    assert "pd-scores pd-folded" in html
    assert ">matching mean</span>" in html


def test_every_row_of_the_table_has_the_same_columns(verdict, summary):
    html = figures.scores_table_html(tables.metric_summary(), verdict, summary)
    body = [row for row in html.split("<tr>")[2:] if "<td" in row]
    assert {row.count("<td") for row in body} == {3 + len(tables.BASELINES) + 4}
    head = html.split("<thead>")[1].split("</thead>")[0].split("<tr>")[1]
    assert head.count("<th ") == 4 + len(tables.BASELINES) + 4


def test_small_numbers_have_four_decimals_in_their_row(verdict, summary):
    row = cell(figures.scores_table_html(tables.metric_summary(), verdict, summary), "sharp", "mse")
    assert re.search(r">0\.00\d\d<", row) or re.search(r"0\.00\d\d", row)


def test_data_without_models_still_has_a_table(summary):
    scores = tables.metric_summary(models=())
    html = figures.scores_table_html(scores, tables.verdict().iloc[:0], summary)
    assert "matching mean" in html
    assert "pd-model" not in html


def test_cards_hold_number_sentence_and_owner():
    html = figures.warning_cards_html(tables.warnings(), tables.MODELS)
    assert html.count("pd-card") == 1 + 4
    assert "<b>0.0015</b> of the observed variance" in html
    assert "<b>0.995</b>" in html
    assert "data set" in html
    assert "7 more checks without a finding: scale, space, control drift" in html


def test_a_finding_without_number_has_none():
    html = figures.warning_cards_html(tables.warnings().query("warning == 'target_gene_only'"))
    assert "pd-value" not in html
    assert "nan" not in html.lower()


def test_data_that_cannot_tell_anything_have_a_card_without_a_number():
    row = ["all", "", "no_effect", 0.0, 1.0, "No metric can tell a repeat from the average."]
    html = figures.warning_cards_html(pd.DataFrame([row], columns=tables.warnings().columns))
    assert "No metric can tell" in html
    assert "pd-value" not in html


def test_models_that_are_not_shown_have_no_card():
    html = figures.warning_cards_html(tables.warnings(), ["sharp"])
    assert "Collapse" not in html.split("pd-rest")[0]
    assert "Target gene only" in html
    assert "data set" in html


def test_no_finding_is_one_line():
    html = figures.warning_cards_html(tables.warnings().iloc[:0])
    assert "pd-cards" not in html
    assert html.startswith('<p class="pd-rest">11 checks without a finding')


def test_contexts_share_a_card():
    both = pd.concat([tables.warnings(), tables.warnings().assign(context="other")])
    html = figures.warning_cards_html(both.query("warning == 'collapse'"))
    assert html.count('<section class="pd-card">') == 1
    assert "In 2 contexts" in html


def test_only_the_rows_that_are_asked_for_are_drawn(verdict):
    some = figures.forest(verdict, metrics=["nir", "wmse", "direction_match_degs"])
    assert list(some.layout.yaxis.ticktext) == [f"<b>{label('wmse')}</b>", f"<b>{label('nir')}</b>"]
    assert list(figures.positions(verdict, metrics=["mse"]).layout.yaxis.ticktext) == [label("mse")]
    assert some.layout.height < figures.forest(verdict).layout.height


def test_long_names_break_between_their_words():
    html = figures.score_strip_html(tables.verdict(("my_long-model",)), tables.calibration_summary())
    assert "my_<wbr>long-<wbr>model</span>" in html


def near(n_models=1):
    rows = [
        ["all", f"m{i}", "leakage", 0.55 + i / 100, 0.5, "Close, not a finding: below 0.5."]
        for i in range(n_models)
    ]
    return pd.DataFrame(rows, columns=tables.warnings().columns)


def test_a_value_near_a_threshold_has_a_plain_card_and_its_rule():
    html = figures.warning_cards_html(tables.warnings().iloc[:1], near=near())
    assert html.count('<section class="pd-card">') == 1
    assert html.count('<section class="pd-card pd-near">') == 1
    assert "within a factor of 1.4" in html
    assert "9 more checks" in html
    assert "within a factor" not in figures.warning_cards_html(tables.warnings())


def test_a_finding_has_no_plain_card_beside_it():
    found = near().assign(value=0.3)
    assert "pd-near" not in figures.warning_cards_html(found, near=near())


def test_models_share_a_card_where_there_are_many():
    many = near(9).assign(warning="scale")
    html = figures.warning_cards_html(many)
    assert html.count("<section") == 1
    assert "9 models" in html
    assert "m4</span>" in html
    assert "m5</span>" not in html
    assert "and 4 more" in html
    assert figures.warning_cards_html(many.iloc[:8]).count("<section") == 8


def test_cards_of_contexts_that_cannot_tell_are_one():
    rows = [
        ["A", "", "no_effect", 0.0, 1.0, "No metric can tell."],
        ["B", "", "no_effect", 0.0, 1.0, "No metric."],
    ]
    rows.append(["A", "", "no_effect", 0.3, 0.1, "Noise in the control mean."])
    html = figures.warning_cards_html(pd.DataFrame(rows, columns=tables.warnings().columns))
    assert html.count("<section") == 2
    assert "In 2 contexts, the first: A" in html


def lanes(figure):
    return {t.name: t for t in figure.data if t.mode == "markers+text"}


def test_strata_have_a_lane_for_each_prediction_in_each_class():
    table = tables.strata()
    drawn = lanes(figures.strata_means(table))
    assert set(drawn) == {"matching mean (baseline)", "sharp", "collapsed"}
    own = table[table["prediction"] == "sharp"]
    np.testing.assert_allclose(drawn["sharp"].x, own["mean"], rtol=1e-6)
    assert len({float(y) for trace in drawn.values() for y in trace.y}) == 9
    assert drawn["sharp"].error_x.array[0] == pytest.approx(0.1, abs=1e-6)
    assert drawn["sharp"].error_x.array[2] == 0


def test_a_class_says_its_n_and_that_it_is_too_small_for_an_interval():
    words = figures.strata_means(tables.strata()).layout.yaxis.ticktext
    assert "n = 12<" in words[0]
    assert "n = 6, no interval" in words[2]


def test_differences_are_those_of_models_in_the_rows_of_the_means():
    table = tables.strata()
    means, differences = lanes(figures.strata_means(table)), lanes(figures.strata_differences(table))
    assert set(differences) == {"sharp", "collapsed"}
    assert list(differences["sharp"].y) == list(means["sharp"].y)
    assert "against matching mean" in differences["sharp"].hovertext[0]


def test_a_prediction_far_from_all_others_is_written_at_the_edge_of_strata():
    table = tables.strata(("sharp", "collapsed", "wild"))
    table.loc[table["prediction"] == "wild", ["mean", "low", "high"]] = [-800.0, -900.0, -700.0]
    figure = figures.strata_means(table)
    assert figure.layout.xaxis.range[0] > 0
    assert lanes(figure)["wild"].text[0] == "◂ −800"
    assert lanes(figure)["sharp"].text[0] == ""


def test_a_class_of_strong_effects_is_not_off_the_scale():
    table = tables.strata()
    strong = table["place"] == 2
    table.loc[strong, "difference"] = table.loc[strong, "difference"] * 40
    figure = figures.strata_differences(table)
    assert figure.layout.xaxis.range[1] > 8


def test_contexts_say_what_they_lack_and_what_each_model_beats():
    verdict = pd.concat([tables.verdict(), tables.verdict(context="pooled")])
    html = figures.context_outcomes_html(tables.context_outcomes(), verdict)
    rows = html.split("<tbody>")[1].split("<tr>")[1:]
    assert "all together" in rows[0]
    assert "3 of 3" in rows[0]
    assert rows[0].count("pd-bar-beats") == 3
    assert "4 perturbations, 10 are needed" in rows[2]
    assert "0 of 0" not in html
    assert {row.count("<td") for row in rows} == {1 + len(tables.MODELS)}


def test_strata_name_their_predictions_in_print_only():
    table = tables.strata()
    for draw in (figures.strata_means, figures.strata_differences):
        plain, named = draw(table), draw(table, legend=True)
        assert not plain.layout.showlegend
        assert named.layout.showlegend
        shown = {t.name for t in named.data if t.showlegend is not False and t.name}
        assert {"sharp", "collapsed"} <= shown
        assert any("baseline" in name for name in shown) == (draw is figures.strata_means)
        assert named.layout.height - plain.layout.height == named.layout.margin.t - plain.layout.margin.t > 0
