"""One perturbation gene by gene: scatter, volcano, top genes, agreement."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from perturbdash import figures
from tests.unit.figures import tables


@pytest.fixture
def genes():
    return tables.genes()


@pytest.fixture
def predicted(genes):
    return tables.predicted(genes)


def words(figure):
    return " | ".join(a.text for a in figure.layout.annotations)


def drawn(figure):
    return {
        data if isinstance(data, str) else data[0]: (float(x), float(y))
        for t in figure.data
        if t.customdata is not None
        for data, x, y in zip(t.customdata, t.x, t.y, strict=True)
    }


def test_agreement_is_pearson_and_least_squares(genes, predicted):
    found = figures.agreement(genes, predicted).set_index("prediction")
    for name, own in predicted.groupby("prediction"):
        fit = stats.linregress(genes["observed"], own["shift"])
        degs = genes["deg"].to_numpy()
        r_degs = stats.pearsonr(genes["observed"][degs], own["shift"].to_numpy()[degs]).statistic
        np.testing.assert_allclose(found.loc[name], [fit.rvalue, r_degs, fit.slope], rtol=1e-10)


def test_agreement_aligns_by_gene_name(genes, predicted):
    shuffled = predicted.sample(frac=1, random_state=0)
    one, other = (
        figures.agreement(genes, t).set_index("prediction").sort_index() for t in (predicted, shuffled)
    )
    pd.testing.assert_frame_equal(one, other)


def test_a_prediction_without_shift_has_no_correlation(genes):
    flat = pd.DataFrame({"gene": genes["gene"], "prediction": "mean", "kind": "baseline", "shift": 1e-17})
    assert figures.agreement(genes, flat)[["r", "r_degs", "slope"]].isna().all(axis=None)
    figure = figures.observed_against_predicted(genes, flat, prediction="mean", reference="centroid")
    assert "r – · DEGs – · slope –" in words(figure)


def test_two_degs_have_no_correlation(predicted):
    genes = tables.genes().assign(deg=lambda t: t.index < 2)
    assert figures.agreement(genes, predicted)["r_degs"].isna().all()


def test_each_gene_stands_at_its_shifts_and_the_axes_are_the_same(genes, predicted):
    figure = figures.observed_against_predicted(genes, predicted, prediction="sharp")
    own = predicted[predicted["prediction"] == "sharp"].set_index("gene")["shift"]
    observed = genes.set_index("gene")["observed"]
    points = drawn(figure)
    assert len(points) == len(genes)
    for name, (x, y) in points.items():
        assert (x, y) == pytest.approx((observed[name], own[name]), rel=1e-5, abs=1e-7)
    assert figure.layout.xaxis.range == figure.layout.yaxis.range
    assert figure.layout.yaxis.scaleanchor == "x"
    identity = figure.layout.shapes[0]
    assert (identity.x0, identity.x1) == (identity.y0, identity.y1) == figure.layout.xaxis.range


def test_the_root_scale_has_signed_roots_and_true_ticks(genes, predicted):
    figure = figures.observed_against_predicted(genes, predicted, prediction="sharp", scale="root")
    x, _ = drawn(figure)["G0001"]
    assert x == pytest.approx(-np.sqrt(1.25), rel=1e-5)
    assert {"−1", "−0.5", "0", "0.5"} <= set(figure.layout.xaxis.ticktext)
    shape = figure.layout.shapes[0]
    assert shape.x0 == shape.y0


def test_degs_are_large_with_an_outline_and_the_crowd_is_faint(genes, predicted):
    crowd, degs, _ = (
        t for t in figures.observed_against_predicted(genes, predicted, prediction="sharp").data
    )
    assert crowd.marker.opacity == 0.42
    assert degs.marker.size > crowd.marker.size
    assert degs.marker.line.width > 1
    assert set(degs.customdata) == set(genes.loc[genes["deg"], "gene"])


def test_a_marked_gene_has_a_ring_and_a_bold_name(genes, predicted):
    figure = figures.observed_against_predicted(genes, predicted, prediction="sharp", gene="G0002")
    ring = figure.data[-1]
    assert ring.marker.symbol == "circle-open"
    assert float(ring.x[0]) == pytest.approx(-0.8)
    assert "<b>G0002</b>" in words(figure)
    assert "<b>G0002</b>" in words(figures.volcano(genes, gene="G0002"))
    assert any("▸" in t for t in figures.top_genes(genes, predicted, gene="G0200").layout.yaxis.ticktext)


def test_a_prediction_in_a_wrong_scale_is_drawn_at_the_edge_and_counted(genes, predicted):
    wild = predicted.assign(
        shift=predicted["shift"].where(predicted["prediction"] != "sharp", predicted["shift"] * 90)
    )
    low, high = figures.shift_range(genes, wild)
    assert high - low < 5
    figure = figures.observed_against_predicted(genes, wild, prediction="sharp")
    assert "off the scale" in words(figure)
    assert all(low <= y <= high for _, y in drawn(figure).values())


def test_all_panels_can_share_a_range(genes, predicted):
    ranges = figures.shift_range(genes, predicted)
    panels = [
        figures.observed_against_predicted(genes, predicted, prediction=name, ranges=ranges)
        for name in ("mean", "sharp", "collapsed")
    ]
    assert len({panel.layout.xaxis.range for panel in panels}) == 1
    assert ranges[0] < genes["observed"].min()
    assert ranges[1] > genes["observed"].max()


def test_a_perturbation_that_is_not_predicted_says_so(genes, predicted):
    figure = figures.observed_against_predicted(genes, predicted, prediction="absent")
    assert "no prediction of this perturbation" in words(figure)


def test_panels_can_do_without_webgl():
    genes = tables.genes(8000)
    predicted = tables.predicted(genes)
    kinds = {
        webgl: {
            t.type
            for t in figures.observed_against_predicted(
                genes, predicted, prediction="sharp", webgl=webgl
            ).data
        }
        for webgl in (True, False)
    }
    assert kinds == {True: {"scattergl", "scatter"}, False: {"heatmap", "scatter"}}


def test_the_volcano_is_against_control_whatever_the_reference_of_the_shift(genes):
    moved = genes.assign(observed=genes["observed"] + 5)
    x, y = drawn(figures.volcano(moved))["G0000"]
    assert x == pytest.approx(0.9, rel=1e-5)
    assert y == pytest.approx(-np.log10(genes["p_adj"][0]), rel=1e-5)


def test_p_zero_is_drawn_at_the_top_as_a_triangle(genes):
    genes.loc[0, "p_adj"] = 0.0
    figure = figures.volcano(genes)
    points = drawn(figure)
    assert points["G0000"][1] == max(y for _, y in points.values())
    assert np.isfinite(points["G0000"][1])
    assert "1 with p = 0" in words(figure)


def test_all_p_zero_and_all_p_one_are_drawn(genes):
    for p in (0.0, 1.0):
        ys = [y for _, y in drawn(figures.volcano(genes.assign(p_adj=p))).values()]
        assert np.isfinite(ys).all()


def test_top_genes_are_those_with_the_largest_t_whatever_its_sign(genes, predicted):
    figure = figures.top_genes(genes, predicted, 5)
    names = [re.sub("<[^>]*>|, target", "", text) for text in figure.layout.yaxis.ticktext]
    assert names == genes.loc[genes["t"].abs().sort_values(ascending=False).index[:5], "gene"].tolist()


def test_infinite_t_comes_first_and_undefined_t_not_at_all(genes, predicted):
    genes.loc[100, "t"] = -np.inf
    genes.loc[0, "t"] = np.nan
    figure = figures.top_genes(genes, predicted, 3)
    assert "G0100" in figure.layout.yaxis.ticktext[0]
    assert not any("G0000" in t for t in figure.layout.yaxis.ticktext)


def test_the_line_joins_the_smallest_and_the_largest(genes, predicted):
    figure = figures.top_genes(genes, predicted, 1)
    shifts = [*predicted.loc[predicted["gene"] == "G0001", "shift"], -1.25]
    np.testing.assert_allclose(figure.data[0].x[:2], [min(shifts), max(shifts)], rtol=1e-5)


def test_baselines_come_before_models_in_the_legend(genes, predicted):
    names = [t.name for t in figures.top_genes(genes, predicted.iloc[::-1]).data if t.showlegend is not False]
    assert names[:2] == ["observed", "mean (baseline)"]
    assert set(names[2:]) == {"sharp", "collapsed"}


def test_a_top_gene_off_the_scale_stands_at_the_edge_with_its_value(genes, predicted):
    strongest = genes.loc[genes["t"].abs().idxmax(), "gene"]
    name = predicted["prediction"].iloc[-1]
    far = (predicted["gene"] == strongest) & (predicted["prediction"] == name)
    for value, mark in ((900.0, "900.0 ▸"), (-900.0, "◂ −900.0")):
        figure = figures.top_genes(genes, predicted.assign(shift=predicted["shift"].mask(far, value)))
        low, high = figure.layout.xaxis.range
        own = next(t for t in figure.data if t.name == name)
        place = list(own.customdata).index(strongest)
        assert own.text[place] == mark
        assert low < own.x[place] < high
        assert sum(map(bool, own.text)) == 1
        assert high - low < 10


def test_targeted_genes_have_a_square_and_a_word_on_every_figure(genes, predicted):
    targets = genes.assign(target=genes["gene"].isin(["G0100", "G0002"]))
    scatter = figures.observed_against_predicted(targets, predicted, prediction="sharp")
    for figure in (scatter, figures.volcano(targets)):
        (square,) = (t for t in figure.data if t.marker.symbol == "square-open")
        assert len(square.x) == 2
        assert "<i>G0100</i>, target" in words(figure)
    assert any(
        "G0002</b>" in t and t.endswith(", target")
        for t in figures.top_genes(targets, predicted).layout.yaxis.ticktext
    )
    none = figures.observed_against_predicted(genes.assign(target=False), predicted, prediction="sharp")
    assert not [t for t in none.data if t.marker.symbol == "square-open"]


def test_a_marked_gene_is_seen_where_the_crowd_is_a_density():
    genes = tables.genes(8000)
    predicted = tables.predicted(genes)
    figure = figures.observed_against_predicted(
        genes, predicted, prediction="sharp", webgl=False, gene="G7777"
    )
    assert "heatmap" in {t.type for t in figure.data}
    ring = figure.data[-1]
    own = predicted[(predicted["prediction"] == "sharp") & (predicted["gene"] == "G7777")]["shift"].item()
    assert float(ring.y[0]) == pytest.approx(own, rel=1e-5)
    assert "<b>G7777</b>" in words(figure)


def test_the_hover_of_points_that_do_not_stand_at_their_numbers_has_the_true_ones(genes, predicted):
    figure = figures.observed_against_predicted(genes, predicted, prediction="sharp", scale="root")
    own = predicted[predicted["prediction"] == "sharp"].set_index("gene")["shift"]
    for trace in figure.data:
        for row in trace.customdata if trace.customdata is not None else []:
            assert row[2] == pytest.approx(own[row[0]], abs=6e-4)
            assert "customdata[2]" in trace.hovertemplate


def test_few_points_carry_no_words_of_their_own(genes, predicted):
    for figure in (
        figures.observed_against_predicted(genes, predicted, prediction="sharp"),
        figures.volcano(genes),
    ):
        for trace in figure.data:
            assert trace.text is None
            assert trace.hovertext is None


def test_stems_end_at_the_distance_and_the_own_truth_is_in_ink_at_its_rank():
    table = tables.nearest()
    figure = figures.nearest_stems(table, perturbation="GENE1")
    ink = figures.tokens("light").ink
    points = [t for t in figure.data if t.mode == "markers"]
    found = {(row[0], round(row[1], 3)) for t in points for row in t.customdata}
    assert found == {(r["candidate"], round(r["distance"], 3)) for r in table.to_dict("records")}
    own = [t for t in points if t.marker.color == ink]
    assert [row[0] for t in own for row in t.customdata] == ["GENE1"] * 3
    assert [row[2] for t in own for row in t.customdata] == [
        "rank 32, its own truth",
        "rank 1, its own truth",
        "rank 32, its own truth",
    ]
    assert "<b>GENE1 32</b>" in figure.layout.yaxis.ticktext
    for trace in figure.data:
        if trace.mode == "lines":
            assert (trace.x[0::3] == 0).all()


def test_a_prediction_far_from_every_truth_ends_at_the_edge_with_its_distance():
    table = tables.nearest()
    far = table.assign(distance=table["distance"].mask(table["prediction"] == "sharp", 900.0))
    figure = figures.nearest_stems(far, perturbation="GENE1")
    assert figure.layout.xaxis.range[1] < 20
    texts = [text for t in figure.data if t.mode == "markers+text" for text in t.text]
    assert "900.0 ▸ " in texts


def test_a_gene_stands_at_its_shift_in_every_perturbation():
    observed, predicted = tables.gene_observed(), tables.gene_predicted()
    figure = figures.gene_strips(observed, predicted, gene="G0001", perturbation="GENE3")
    first = next(t for t in figure.data if t.customdata is not None)
    np.testing.assert_allclose(first.x, observed["observed"], rtol=1e-5)
    assert [row[0] for row in first.customdata] == observed["perturbation"].tolist()
    assert "<b>GENE3</b>" in words(figure)
    assert [text.split(">")[2].split("<")[0] for text in figure.layout.yaxis.ticktext] == [
        "observed",
        "mean (baseline)",
        "sharp",
        "collapsed",
    ]


def test_strips_fade_what_is_not_selected_and_count_what_is_off_the_scale():
    observed, predicted = tables.gene_observed(), tables.gene_predicted()
    wild = predicted.assign(shift=predicted["shift"].mask(predicted["prediction"] == "sharp", 50.0))
    figure = figures.gene_strips(observed, wild, gene="G0001", selected=["GENE3"])
    first = next(t for t in figure.data if t.customdata is not None)
    assert (first.marker.opacity < 0.2).sum() == len(observed) - 1
    assert "33 off the scale ▸" in words(figure)
