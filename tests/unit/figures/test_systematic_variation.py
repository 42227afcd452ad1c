"""Violins of cosines with the published ladder, and norm against cosine."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from perturbdash import figures
from perturbdash.figures.cloud import take_crowds
from tests.unit.figures import tables


def texts(figure) -> str:
    return " | ".join(a.text for a in figure.layout.annotations)


def points(figure) -> list:
    """The traces of perturbations."""
    return [t for t in figure.data if t.mode == "markers" and t.customdata is not None]


def outlines(figure) -> list:
    return [t for t in figure.data if t.fill == "toself"]


def test_means_and_standard_errors_are_those_of_the_table():
    table = tables.systematic_variation()
    words = texts(figures.cosine_violins(table))
    for reference in ("control", "centroid"):
        own = table.loc[table["reference"] == reference, "cosine"]
        told = f"<b>{own.mean():.2f}</b> ± {own.std(ddof=1) / np.sqrt(len(own)):.2f}".replace("-", "−")
        assert told in words


def test_every_form_has_its_line_and_its_numbers():
    table = tables.systematic_variation()
    figure = figures.cosine_violins(table)
    names = {
        "cosine": "as published",
        "cosine_leave_one_out": "leave one out",
        "cosine_split_control": "controls split",
    }
    dashes = {"cosine": "solid", "cosine_leave_one_out": "dash", "cosine_split_control": "dot"}
    for reference, axis in (("control", "y2"), ("centroid", "y")):
        own = table[table["reference"] == reference]
        for form, words in names.items():
            drawn = [s.x0 for s in figure.layout.shapes if s.yref == axis and s.line.dash == dashes[form]]
            if own[form].isna().all():
                assert not drawn
                continue
            mean, error = own[form].mean(), own[form].sem(ddof=1)
            assert drawn == [pytest.approx(mean)]
            assert f"<b>{mean:z.2f}</b> ± {error:.2f} {words}".replace("-", "−") in texts(figure)
    without = figures.cosine_violins(table.assign(cosine_split_control=np.nan))
    assert "controls split" not in texts(without)


@pytest.mark.parametrize(("n", "violins", "clouds"), [(14, 0, 2), (15, 2, 2), (500, 2, 2), (501, 2, 0)])
def test_few_are_points_and_many_are_a_density(n, violins, clouds):
    figure = figures.cosine_violins(
        tables.systematic_variation(n), pd.DataFrame(columns=["dataset", "n", "cosine"])
    )
    assert len(outlines(figure)) == violins
    assert len(points(figure)) == clouds


def test_violins_end_at_the_data():
    table = tables.systematic_variation()
    for trace, reference in zip(
        outlines(figures.cosine_violins(table)), ("control", "centroid"), strict=True
    ):
        own = table.loc[table["reference"] == reference, "cosine"]
        assert min(trace.x) == pytest.approx(own.min())
        assert max(trace.x) == pytest.approx(own.max())


def test_this_data_set_stands_at_its_rank():
    table = tables.systematic_variation()
    mean = table.loc[table["reference"] == "control", "cosine"].mean()
    figure = figures.cosine_violins(table, name="mine")
    ladder = next(t for t in figure.data if t.mode == "text")
    place = next(i for i, words in enumerate(ladder.text) if "mine" in words)
    values = next(t for t in figure.data if t.mode == "markers+text").x
    assert values[place] == pytest.approx(mean)
    assert list(values) == sorted(values)
    assert len(values) == 11


def test_the_unselected_fade():
    table = tables.systematic_variation()
    for figure in (
        figures.cosine_violins(table, selected=["GENE0"]),
        figures.norm_against_cosine(table, ["GENE0"]),
    ):
        for trace in points(figure):
            for name, opacity in zip(trace.customdata, trace.marker.opacity, strict=True):
                assert (opacity > 0.5) == (name == "GENE0")


def test_a_combination_is_a_cross():
    figure = figures.norm_against_cosine(tables.systematic_variation())
    for trace in points(figure):
        crosses = {"+" in name for name in trace.customdata}
        assert crosses == {trace.marker.symbol == "cross"}


def test_perturbations_without_any_shift_are_counted():
    table = tables.systematic_variation()
    table.loc[table["perturbation"] == "GENE1", ["shift_norm", "cosine"]] = 0.0
    assert "1 without any shift count as 0" in texts(figures.cosine_violins(table))


def test_norms_are_drawn_against_cosines_of_one_reference():
    table = tables.systematic_variation()
    figure = figures.norm_against_cosine(table, reference="centroid")
    own = table[table["reference"] == "centroid"].set_index("perturbation")
    for trace in points(figure):
        np.testing.assert_allclose(trace.x, own.loc[list(trace.customdata), "shift_norm"], rtol=1e-6)
        np.testing.assert_allclose(trace.y, own.loc[list(trace.customdata), "cosine"], rtol=1e-6)
    assert figure.layout.dragmode == "select"


def test_at_most_seven_are_named():
    figure = figures.norm_against_cosine(tables.systematic_variation(300))
    assert 0 < len(figure.layout.annotations) <= 7


def test_undefined_cosines_say_why():
    table = tables.systematic_variation(1).assign(cosine=np.nan)
    assert "two perturbations or more" in texts(figures.cosine_violins(table))


def test_above_20000_the_figure_says_that_it_shows_a_sample():
    large = tables.systematic_variation(40_000)
    figure = figures.norm_against_cosine(large)
    assert "of them drawn" in texts(figure)
    (crowd,) = [c for c in take_crowds(figure) if len(c.names) > 20_000]
    assert crowd.axes == ("x", "y")
    assert len(figure.to_json()) < 1_500_000


def test_above_500_only_the_selected_are_points():
    table = tables.systematic_variation(600)
    figure = figures.cosine_violins(table, selected=["GENE0", "GENE3"])
    assert [sorted(trace.customdata) for trace in points(figure)] == [["GENE0", "GENE3"]] * 2
    assert all(np.min(trace.marker.opacity) > 0.5 for trace in points(figure))


def test_each_context_stands_on_the_ladder_and_the_shown_one_is_bold():
    table = pd.concat([tables.systematic_variation(context=c, seed=i) for i, c in enumerate(("one", "two"))])
    figure = figures.cosine_violins(table, context="two")
    words = next(t for t in figure.data if t.mode == "text").text
    assert len(words) == 12
    assert [("<b>" in w) for w in words if "one" in w.split("<span")[0]] == [False]
    assert [w.startswith("<b>two</b>") for w in words if "two" in w.split("<span")[0]] == [True]
    assert {name for t in points(figure) for name in t.customdata} == set(table["perturbation"])
    own = table[(table["context"] == "two") & (table["reference"] == "control")]
    assert f"<b>{own['cosine'].mean():.2f}</b>" in texts(figure)


def pairs(n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    edges = np.linspace(-1, 1, 101)
    counts = pd.DataFrame({"low": edges[:-1], "high": edges[1:], "pairs": 0})
    counts.loc[60:79, "pairs"] = n
    both = pd.concat([counts.assign(reference=r) for r in ("control", "centroid")], ignore_index=True)
    means = pd.DataFrame({"reference": ["control", "centroid"], "mean": [0.4, -0.123], "n_pairs": 20 * n})
    return both, means


@pytest.mark.parametrize(("n", "bars"), [(50, 4), (500, 10), (5000, 20)])
def test_few_pairs_have_few_bins_and_none_is_lost(n: int, bars: int):
    counts, means = pairs(n)
    figure = figures.pairwise_cosines(counts, means)
    assert [len(trace.x) for trace in figure.data] == [bars, bars]
    for trace in figure.data:
        told = [int(text.split(": ")[1].removesuffix(" pairs").replace(",", "")) for text in trace.hovertext]
        assert sum(told) == 20 * n
        assert trace.x.min() - trace.width / 2 == pytest.approx(0.2, abs=1e-6)
    assert "mean <b>−0.12</b>" in texts(figure)
    assert [s.x0 for s in figure.layout.shapes] == [0.4, -0.123]


def test_without_a_pair_the_figure_says_so():
    counts, means = pairs(0)
    assert "two perturbations or more" in texts(figures.pairwise_cosines(counts, means))
