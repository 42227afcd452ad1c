"""Curves and strips of ranks, the matrix of distances, and ROC curves of groups."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from perturbdash import figures
from perturbdash.figures.cloud import FADED, take_crowds
from perturbdash.figures.print import fades, printable
from perturbdash.figures.retrieval.matrix_axes import runs
from perturbdash.figures.theme import tokens
from tests.unit.figures import retrieval_tables as given

EVIL = "<img src=x>&"


def texts(figure) -> list[str]:
    return [annotation.text for annotation in figure.layout.annotations]


def trace_of(figure, words: str):
    """The line whose hover begins with these words."""
    return next(t for t in figure.data if (t.hovertemplate or "").startswith(words))


def heat(figure) -> list:
    return [trace for trace in figure.data if trace.type == "heatmap"]


def marks(figure, symbol: str) -> set[tuple[int, int]]:
    found = [t for t in figure.data if t.type == "scatter" and t.marker.symbol == symbol]
    return {(int(y), int(x)) for t in found for x, y in zip(t.x, t.y, strict=True)}


def test_curves_are_the_share_of_ranks_up_to_k_and_end_at_the_last_candidate():
    table = given.ranks()
    figure = figures.first_places(table, n_candidates=33, baseline="matching_mean")
    own = table.loc[table["prediction"] == "collapsed", "rank"].to_numpy()
    curve = trace_of(figure, "collapsed")
    assert curve.x.tolist() == list(range(1, 34))
    assert curve.y == pytest.approx([(own <= k).mean() for k in range(1, 34)])
    assert curve.line.shape == "hv"


def test_the_repeat_is_dashed_and_says_that_its_truth_is_a_half_and_the_baseline_is_dotted():
    figure = figures.first_places(given.ranks(), n_candidates=33, baseline="matching_mean")
    repeat, baseline = trace_of(figure, "a repeat, truth: a half"), trace_of(figure, "matching mean")
    assert (repeat.line.dash, baseline.line.dash) == ("dash", "dot")
    table = given.ranks()
    both = table.loc[table["truth"] != "all_cells", "rank"].to_numpy()
    assert repeat.y[0] == pytest.approx((both == 1).mean())


def test_names_at_the_left_edge_hold_the_share_of_first_places_and_do_not_touch():
    figure = figures.first_places(given.ranks(models=("a", "b", "c", "d", "e", "f")), n_candidates=33)
    names = [a for a in figure.layout.annotations if a.text != "chance"]
    assert "<b>a 100 %</b>" in texts(figure)
    places = sorted(a.y for a in names)
    assert min(np.diff(places)) > 0.059
    assert places[0] >= -0.03
    assert places[-1] <= 1.04


def test_of_5000_candidates_curves_keep_their_ends():
    table = given.ranks(5000)
    curve = trace_of(figures.first_places(table, n_candidates=5000), "collapsed")
    own = table.loc[table["prediction"] == "collapsed", "rank"]
    assert len(curve.x) < 500
    assert (curve.x[0], curve.x[-1]) == (1, 5000)
    assert curve.y[0] == pytest.approx((own == 1).mean())
    assert curve.y[-1] == 1


@pytest.mark.parametrize("n", [2, 33, 50, 51, 500])
def test_bars_count_every_perturbation_once_and_the_tick_is_the_median(n: int):
    table = given.ranks(n)
    figure = figures.rank_strip(table, n_candidates=n, baseline="matching_mean")
    bars = {re.split(", rank", t.hovertext[0])[0]: t for t in figure.data if t.type == "bar"}
    assert list(bars) == ["sharp", "collapsed", "matching mean", "a repeat"]
    for words, trace in bars.items():
        counts = [float(re.search(r": ([\d.]+) of", text)[1]) for text in trace.hovertext]
        assert sum(counts) == n, words
        assert len(counts) <= 50
    ticks = next(t for t in figure.data if t.type == "scatter")
    medians = [table.loc[table["prediction"] == name, "rank"].median() for name in ("sharp", "collapsed")]
    assert ticks.x[:2].tolist() == pytest.approx(medians)


def test_a_repeat_with_one_truth_is_counted_once():
    table = given.ranks()
    figure = figures.rank_strip(table[table["truth"] != "second_half"], n_candidates=33)
    bars = next(t for t in figure.data if t.type == "bar" and t.hovertext[0].startswith("a repeat"))
    assert sum(float(re.search(r": ([\d.]+) of 33", text)[1]) for text in bars.hovertext) == 33


def test_the_mean_of_the_metric_stands_at_the_right_and_the_repeat_below_a_line():
    table = given.ranks()
    figure = figures.rank_strip(table, n_candidates=33, metric="pds_l1")
    mean = table.loc[table["prediction"] == "collapsed", "value"].mean()
    assert f"PDS (L1) <b>{mean:.2f}</b>" in texts(figure)
    assert figure.layout.yaxis.ticktext[-1].endswith("<br>truth: a half")
    assert len([s for s in figure.layout.shapes if s.line.dash == "dot"]) == 1


def test_a_disc_is_nearest_and_right_and_a_cross_nearest_and_wrong():
    table = given.rank_matrix(6)
    figure = figures.distance_matrix(table, n_candidates=6)
    assert marks(figure, "circle") == {(0, 0), (2, 2), (4, 4)}
    assert marks(figure, "x") == {(1, 2), (3, 4), (5, 0)}
    own = {(s.y0 + 0.5, s.x0 + 0.5) for s in figure.layout.shapes if s.line.width == 1.5}
    assert own == {(i, i) for i in range(6)}
    assert np.array_equal(heat(figure)[0].z, table.to_numpy())
    assert "own truth is the nearest for 3 of 6" in figure.layout.meta["alt"]


def test_a_row_whose_own_truth_is_not_shown_has_no_box_and_no_mark_without_its_nearest():
    table = given.rank_matrix(6)
    figure = figures.distance_matrix(table[["GENE0", "GENE3"]], n_candidates=6)
    assert marks(figure, "circle") == {(0, 0)}
    assert marks(figure, "x") == {(5, 0)}
    assert len([s for s in figure.layout.shapes if s.line.width == 1.5]) == 2


def test_blocks_keep_the_nearest_so_that_the_diagonal_survives():
    n = 611
    values = np.full((n, n), 300, dtype=np.uint16)
    np.fill_diagonal(values, 1)
    values[0, 600] = 2
    names = [f"P{i}" for i in range(n)]
    figure = figures.distance_matrix(pd.DataFrame(values, index=names, columns=names), n_candidates=n)
    (drawn,) = heat(figure)
    assert drawn.z.shape == (204, 204)
    assert (np.diag(drawn.z) == 1).all()
    assert drawn.z[0, 200] == 2
    assert (drawn.dx, drawn.x0) == (3, 1)
    assert (drawn.z == 300).sum() == 204 * 203 - 1


def test_small_matrices_have_names_and_large_ones_their_groups_with_sizes():
    assert len(figures.distance_matrix(given.rank_matrix(60), n_candidates=60).layout.xaxis.ticktext) == 60
    table = given.rank_matrix(80)
    groups = {name: "group 1" if i < 50 else "group 2" for i, name in enumerate(table.index)}
    figure = figures.distance_matrix(table, n_candidates=80, groups=groups)
    assert list(figure.layout.xaxis.ticktext) == ["1<br>n 50", "2<br>n 30"]
    assert list(figure.layout.yaxis.ticktext) == ["group 1", "group 2"]
    boxes = {(s.x0, s.x1, s.y0, s.y1) for s in figure.layout.shapes if s.line.color == tokens("light").ink}
    assert boxes == {(-0.5, 49.5, -0.5, 49.5), (49.5, 79.5, 49.5, 79.5)}


def test_neighbours_of_one_group_are_a_run():
    assert runs(list("abcd"), {"a": "x", "b": "x", "d": "x"}) == [("x", 0, 2), ("", 2, 3), ("x", 3, 4)]


def test_every_cell_can_be_clicked_and_names_its_row_and_a_box_takes_in_whole_rows_of_large_ones():
    figure = figures.distance_matrix(given.rank_matrix(6), n_candidates=6)
    handles = figure.data[-1]
    assert handles.marker.opacity == 0
    assert [handles.customdata[i] for i in (0, 5, 6)] == ["GENE0", "GENE0", "GENE1"]
    assert "rank 2" in handles.hovertext[1]
    large = figures.distance_matrix(given.rank_matrix(100), n_candidates=100)
    assert len(large.data[-1].customdata) == 100
    (crowd,) = take_crowds(large)
    inside = crowd.inside({"x": [70, 80], "y": [0.6, 3.2]})
    assert inside == list(given.rank_matrix(100).index[1:4])
    assert not figures.distance_matrix(given.rank_matrix(100), n_candidates=100, handles=False).data[-1].meta


def test_rows_that_are_not_selected_fade_and_print_says_so():
    figure = figures.distance_matrix(given.rank_matrix(6), n_candidates=6, selected=["GENE1", "elsewhere"])
    strong, pale = heat(figure)
    assert (strong.opacity, pale.opacity) == (1.0, FADED)
    assert np.flatnonzero(~np.isnan(strong.z).all(1)).tolist() == [1]
    assert np.isnan(pale.z[1]).all()
    assert fades(figure)
    assert (
        len(heat(figures.distance_matrix(given.rank_matrix(6), n_candidates=6, selected=["elsewhere"]))) == 1
    )


def test_the_colour_of_distances_spans_what_there_is():
    table = given.rank_matrix(6)
    away = (table / 2).astype(np.float32)
    (drawn,) = heat(figures.distance_matrix(table, away, n_candidates=6, colour="distance"))
    assert (drawn.zmin, drawn.zmax) == (0.5, 3.0)
    assert np.array_equal(drawn.z, away.to_numpy())


def test_a_square_matrix_is_drawn_square_and_a_chosen_row_is_marked():
    figure = figures.distance_matrix(given.rank_matrix(6), n_candidates=6, chosen="GENE3")
    assert figure.layout.yaxis.scaleanchor == "x"
    (box,) = [s for s in figure.layout.shapes if s.line.color == tokens("light").petrol]
    assert (box.y0, box.y1, box.x1) == (2.5, 3.5, 5.5)
    wide = figures.distance_matrix(given.rank_matrix(6).iloc[:3], n_candidates=6)
    assert wide.layout.yaxis.scaleanchor is None


def test_one_candidate_leaves_nothing_to_tell_apart():
    figure = figures.distance_matrix(given.rank_matrix(1), n_candidates=1)
    assert texts(figure) == ["One perturbation: nothing to tell apart."]


def test_names_from_data_are_escaped_in_the_matrix():
    table = given.rank_matrix(3).rename(index={"GENE0": EVIL}, columns={"GENE0": EVIL})
    for groups in ({}, {EVIL: EVIL, "GENE1": EVIL}):
        figure = figures.distance_matrix(table, n_candidates=3, groups=groups)
        written = [*figure.layout.xaxis.ticktext, *figure.layout.yaxis.ticktext, *figure.data[-1].hovertext]
        assert not any("<img" in text for text in written)
    printed = printable(figures.distance_matrix(table, n_candidates=3, handles=False), width=400, height=400)
    assert "<img" not in str(printed["layout"])


def test_areas_stand_in_the_corner_the_largest_on_top():
    figure = figures.group_roc(
        given.group_curves(("a", "b")), given.group_areas(("a", "b")), group="group 1", members="X, Y …"
    )
    own = sorted((a for a in figure.layout.annotations if a.xanchor == "right"), key=lambda a: -a.y)
    assert [a.text for a in own] == ["a <b>0.90</b>", "b <b>0.85</b>"]
    assert "<b>group 1</b>, 5 of 25" in texts(figure)[0]
    lines = [t for t in figure.data if t.mode == "lines"]
    assert len(lines) == 2
    assert lines[0].y.tolist() == [0.5, 0.75, 1.0, 1.0]


def test_a_group_without_a_curve_says_what_it_needs():
    areas = given.group_areas().assign(auc=np.nan)
    assert "three members" in texts(figures.group_roc(given.group_curves(), areas, group="group 1"))[0]
