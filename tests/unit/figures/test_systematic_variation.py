"""Violins of cosines with the published ladder, and norm against cosine."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from perturbdash import figures
from tests.unit.figures import tables


def texts(figure) -> str:
    return " | ".join(a.text for a in figure.layout.annotations)


def points(figure) -> list:
    return [t for t in figure.data if t.mode == "markers"]


def outlines(figure) -> list:
    return [t for t in figure.data if t.fill == "toself"]


def test_means_and_standard_errors_are_those_of_the_table():
    table = tables.systematic_variation()
    words = texts(figures.cosine_violins(table))
    for reference in ("control", "centroid"):
        own = table.loc[table["reference"] == reference, "cosine"]
        told = f"<b>{own.mean():.2f}</b> ± {own.std(ddof=1) / np.sqrt(len(own)):.2f}".replace("-", "−")
        assert told in words


def test_the_mean_with_controls_split_has_a_mark():
    table = tables.systematic_variation()
    split = table["cosine_split_control"].mean()
    figure = figures.cosine_violins(table)
    assert f"<b>{split:.2f}</b> controls split" in texts(figure)
    dotted = [s for s in figure.layout.shapes if s.line.dash == "dot"]
    assert [s.x0 for s in dotted] == [pytest.approx(split)]
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
    assert len(figure.to_json()) < 1_500_000
