"""Centroids joined to their predictions, and cells as marks, in bins, as density."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from perturbdash import figures
from perturbdash.figures.cloud import FADED
from perturbdash.figures.embedding.bins import grid, side_for
from perturbdash.figures.roots import root
from tests.unit.figures import tables

AXES = ("UMAP 1", "UMAP 2")


def panel(points=None, *, prediction="sharp", explained=(0.6, 0.2), **settings):
    points = tables.centroids() if points is None else points
    anchors = tables.centroid_anchors() if explained else tables.centroid_anchors().iloc[:0]
    return figures.centroid_panel(points, anchors, prediction=prediction, explained=explained, **settings)


def named(figure):
    return [trace for trace in figure.data if trace.customdata is not None]


def words(figure):
    return " ".join(note.text for note in figure.layout.annotations)


def marks(figure):
    return sum(len(t.x) for t in figure.data if t.type.startswith("scatter") and t.mode == "markers")


def test_each_predicted_centroid_is_joined_to_its_own_truth():
    points = tables.centroids()
    lines = next(trace for trace in panel(points).data if trace.mode == "lines")
    own = points[points["prediction"] == "sharp"].set_index("perturbation")
    truth = points[points["prediction"] == "observed"].set_index("perturbation").loc[own.index]
    ends = np.column_stack([lines.x, lines.y]).reshape(-1, 3, 2)
    assert len(ends) == len(own)
    np.testing.assert_allclose(ends[:, 0], root(truth[["x", "y"]]), rtol=1e-5)
    np.testing.assert_allclose(ends[:, 1], root(own[["x", "y"]]), rtol=1e-5)


def test_root_axes_write_true_numbers_and_a_layout_by_umap_none():
    axis = panel().layout.xaxis
    written = [float(text.replace("−", "-")) for text in axis.ticktext]
    np.testing.assert_allclose(np.sign(axis.tickvals) * np.square(axis.tickvals), written)
    assert axis.title.text == "PC 1 (60 %)"
    plain = panel(explained=None)
    assert plain.layout.xaxis.showticklabels is False
    assert "UMAP 1" in words(plain)


def test_combinations_are_crosses_and_what_is_not_tested_is_small():
    grey, ink = named(panel())[:2]
    for trace in (grey, ink):
        for (name, _), symbol in zip(trace.customdata, trace.marker.symbol, strict=True):
            assert symbol == ("cross" if "+" in name else "circle")
    assert grey.customdata[0][1] == "observed, not tested"
    assert grey.marker.size < ink.marker.size


def test_a_selection_fades_all_others_in_both_colours():
    for trace in named(panel(selected=["GENE0"])):
        strong = [
            name for (name, _), o in zip(trace.customdata, trace.marker.opacity, strict=True) if o > FADED
        ]
        assert set(strong) <= {"GENE0"}
    assert "GENE0" in words(panel(selected=["GENE0"]))


def test_a_prediction_far_off_is_drawn_at_the_edge_and_said():
    points = tables.centroids()
    points.loc[points["prediction"] == "sharp", ["x", "y"]] *= 1000.0
    figure = panel(points, prediction="sharp")
    low, high = figure.layout.xaxis.range
    assert all(low <= min(t.x) and max(t.x) <= high for t in named(figure))
    assert "off the scale, at the edge" in words(figure)
    assert "off the scale" not in words(panel())


@pytest.mark.parametrize("roots", [True, False])
def test_ranges_hold_everything_observed_and_grow_for_predictions_to_a_limit(roots):
    points, anchors = tables.centroids(), tables.centroid_anchors()
    narrow = figures.plane_ranges(points[points["prediction"] == "observed"], anchors, roots=roots)
    points.loc[points["prediction"] == "sharp", ["x", "y"]] *= 1e4
    wide = figures.plane_ranges(points, anchors, roots=roots)
    own = points.loc[points["prediction"] == "observed", ["x", "y"]].to_numpy()
    own = root(own) if roots else own
    assert wide.holds(*own.T).all()
    for before, after in ((narrow.x, wide.x), (narrow.y, wide.y)):
        assert after[1] - after[0] == pytest.approx(1.6 * (before[1] - before[0]))


def test_panels_share_ranges_and_say_the_mean_length():
    points, anchors = tables.centroids(), tables.centroid_anchors()
    ranges = figures.plane_ranges(points, anchors, roots=True)
    both = [panel(points, prediction=name, ranges=ranges, mean_length=0.604) for name in tables.MODELS]
    assert both[0].layout.xaxis.range == both[1].layout.xaxis.range
    assert "mean length 0.60" in words(both[0])


def test_without_a_model_only_what_was_observed_is_drawn():
    figure = panel(prediction="observed")
    assert {words for trace in named(figure) for _, words in trace.customdata} == {
        "observed",
        "observed, not tested",
    }
    assert not [trace for trace in figure.data if trace.mode == "lines"]


def test_every_label_has_a_symbol_of_its_own_and_control_is_open():
    cells = tables.embedded_cells()
    chosen = ["control", *tables.perturbation_names(7)]
    figure = figures.cells_by_level(cells, chosen, axes=AXES)
    shown = {trace.name: trace for trace in figure.data if trace.name}
    assert set(shown) == {*chosen, "other"}
    assert len({trace.marker.symbol for trace in shown.values()}) == 9
    assert shown["control"].marker.symbol == "square-open"
    for name in chosen:
        assert len(shown[name].x) == (cells["level"] == name).sum()
    assert sum(len(trace.x) for trace in shown.values()) == len(cells)


def test_never_more_than_20000_marks_and_density_above():
    cells = tables.embedded_cells(1000)
    assert len(cells) == 60_000
    figure = figures.cells_by_level(cells, ["control", "GENE0"], axes=AXES)
    assert marks(figure) <= 20_002
    assert {trace.type for trace in figure.data} >= {"heatmap", "contour"}
    by_value = figures.cells_by_value(cells, label="n", axes=AXES, binned=False)
    assert marks(by_value) <= 20_002
    assert "heatmap" in {trace.type for trace in by_value.data}


def test_a_bin_holds_the_mean_of_its_cells_and_few_cells_no_colour():
    rng = np.random.default_rng(0)
    x, y, values = rng.normal(size=(3, 5000))
    values[:100] = np.nan
    found = grid(x, y, values)
    side = side_for(5000)
    edges = [np.linspace(axis.min(), axis.max(), side + 1) for axis in (x, y)]
    place = [
        np.clip(np.searchsorted(e, a, side="right") - 1, 0, side - 1)
        for e, a in zip(edges, (x, y), strict=True)
    ]
    frame = pd.DataFrame({"i": place[1], "j": place[0], "v": values}).dropna()
    own = frame.groupby(["i", "j"])["v"].agg(["mean", "size"])
    assert found.counts.sum() == len(frame)
    for (i, j), row in own.iterrows():
        assert found.counts[i, j] == row["size"]
        if row["size"] >= 3:
            assert found.means[i, j] == pytest.approx(row["mean"])
        else:
            assert np.isnan(found.means[i, j])


def test_a_box_can_be_drawn_wherever_cells_lie():
    cells = tables.embedded_cells()
    figure = figures.cells_by_value(cells, label="n", axes=AXES, binned=True)
    corners = figure.data[-1]
    assert [min(corners.x), max(corners.x)] == pytest.approx([cells["x"].min(), cells["x"].max()], rel=1e-5)
    assert corners.marker.opacity == 0
    assert figure.layout.dragmode == "select"
