"""Arrows from both references, and the ranges that all panels share."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from perturbdash import figures
from perturbdash.figures.reference import Ranges, arrows_drawn, marked_by_rule
from tests.unit.figures import tables


@pytest.fixture
def plane():
    return tables.plane()


def panel(plane, prediction="observed", reference="control", **settings):
    points, anchors = plane
    return figures.reference_arrows(
        points,
        anchors,
        (0.67, 0.17),
        tables.cosines(),
        prediction=prediction,
        reference=reference,
        **settings,
    )


def arrows(figure):
    return [t for t in figure.data if t.mode == "lines+markers"]


def targets(figure):
    return [t for t in figure.data if t.customdata is not None]


def words(figure):
    return " | ".join(a.text for a in figure.layout.annotations)


@pytest.mark.parametrize(("reference", "row"), [("control", 0), ("centroid", 1)])
def test_all_arrows_start_at_the_reference_and_end_at_the_points(plane, reference, row):
    points, anchors = plane
    (trace,) = arrows(panel(plane, reference=reference))
    np.testing.assert_allclose(trace.x[0::3], anchors["pc1"][row], rtol=1e-6)
    np.testing.assert_allclose(trace.y[0::3], anchors["pc2"][row], rtol=1e-6)
    assert np.isnan(trace.x[2::3]).all()
    own = points[points["prediction"] == "observed"]
    inside = np.arange(len(own)) != 3
    np.testing.assert_allclose(trace.x[1::3][inside], own["pc1"][inside], rtol=1e-6)
    np.testing.assert_allclose(trace.y[1::3][inside], own["pc2"][inside], rtol=1e-6)


def test_a_far_point_leaves_the_range_and_is_named_with_its_value(plane):
    ranges = figures.shared_ranges(*plane)
    assert ranges.y[0] > -1
    figure = panel(plane)
    assert "GENE3, PC 2 −3.60<br>off the scale" in words(figure)
    (trace,) = arrows(figure)
    assert ranges.holds(trace.x[1::3].astype(float), trace.y[1::3].astype(float)).all()


def test_a_cut_arrow_keeps_its_direction(plane):
    points, _ = plane
    (trace,) = arrows(panel(plane))
    tail, drawn = np.array([trace.x[9], trace.y[9]]), np.array([trace.x[10], trace.y[10]])
    true = points.loc[3, ["pc1", "pc2"]].to_numpy(dtype=float)
    cross = np.cross(np.append(drawn - tail, 0), np.append(true - tail, 0))[2]
    assert abs(cross) < 1e-4
    assert (drawn - tail) @ (true - tail) > 0


def test_many_points_off_the_scale_are_counted():
    points, anchors = tables.plane()
    far = points["prediction"] == "sharp"
    points.loc[far, ["pc1", "pc2"]] *= 100
    assert "33 of 33 off the scale" in words(panel((points, anchors), "sharp"))


def test_a_prediction_in_a_wrong_scale_does_not_flatten_the_others(plane):
    points, anchors = plane
    usual = figures.shared_ranges(points, anchors)
    far = points.assign(pc1=points["pc1"].where(points["prediction"] != "sharp", points["pc1"] * 1000))
    wide = figures.shared_ranges(far, anchors)
    assert usual.x[1] - usual.x[0] <= wide.x[1] - wide.x[0] < 3 * (usual.x[1] - usual.x[0])


def test_ranges_hold_both_anchors_and_few_points_entirely():
    points, anchors = tables.plane(5, models=())
    points.loc[0, "pc2"] = 9.0
    ranges = figures.shared_ranges(points, anchors)
    assert ranges.holds(points["pc1"].to_numpy(), points["pc2"].to_numpy()).all()
    assert ranges.holds(anchors["pc1"].to_numpy(), anchors["pc2"].to_numpy()).all()


def test_marked_arrows_are_thick_and_named(plane):
    figure = panel(plane, marked=["GENE1"])
    thin, thick = arrows(figure)
    assert thick.line.width > 2 * thin.line.width
    own = tables.plane()[0].iloc[1]
    np.testing.assert_allclose([thick.x[1], thick.y[1]], [own["pc1"], own["pc2"]], rtol=1e-6)
    assert len(thick.x) == 3
    assert "<b>GENE1</b>" in words(figure)


def test_the_reference_in_use_is_filled(plane):
    drawn = panel(plane, reference="centroid").data
    symbols = [t.marker.symbol for t in drawn if t.mode == "markers" and t.customdata is None]
    assert symbols == ["square-open", "x"]


def test_the_corner_says_the_cosine_over_all_genes(plane):
    assert "pairwise cosine 0.13" in words(panel(plane))


def test_a_missing_anchor_says_so(plane):
    points, anchors = plane
    figure = panel((points, anchors.assign(pc1=np.nan)), reference="centroid")
    assert "the perturbed centroid is undefined" in words(figure)
    assert not arrows(figure)


def test_no_points_at_all_still_give_ranges():
    points, anchors = tables.plane(3)
    ranges = figures.shared_ranges(points.iloc[:0], anchors.iloc[:0])
    assert ranges.x[0] < ranges.x[1]


def test_undefined_points_are_left_out():
    points, anchors = tables.plane(4, models=("m",))
    points.loc[points["prediction"] == "m", "pc1"] = [np.nan, 1.0, 2.0, 3.0]
    (trace,) = arrows(panel((points, anchors), "m"))
    assert len(trace.x) == 9
    assert [row[0] for row in targets(panel((points, anchors), "m"))[0].customdata] == [
        "GENE1",
        "GENE2+GENE3",
        "GENE3",
    ]
    assert isinstance(points, pd.DataFrame)


def test_both_references_are_two_rows_with_the_same_heads_and_ranges(plane):
    _, anchors = plane
    figure = panel(plane, reference=("control", "centroid"))
    first, second = arrows(figure)
    assert (first.yaxis, second.yaxis) == ("y", "y2")
    np.testing.assert_allclose(first.x[0::3], anchors["pc1"][0], rtol=1e-6)
    np.testing.assert_allclose(second.x[0::3], anchors["pc1"][1], atol=1e-9)
    assert figure.layout.xaxis.range == figure.layout.xaxis2.range
    assert figure.layout.yaxis.domain[0] > figure.layout.yaxis2.domain[1]
    inside = np.arange(len(first.x) // 3) != 3
    np.testing.assert_allclose(first.x[1::3][inside], second.x[1::3][inside], rtol=1e-6)


def test_heads_can_be_selected_and_opened_by_name(plane):
    (heads,) = targets(panel(plane))
    assert heads.marker.opacity == 0
    assert [row[0] for row in heads.customdata] == plane[0]["perturbation"][:33].tolist()
    assert heads.customdata[3][2] == -3.6


def test_arrows_outside_a_selection_are_pale(plane):
    pale, normal = arrows(panel(plane, selected=["GENE1", "GENE4"]))
    assert pale.marker.opacity < 0.2 < normal.marker.opacity
    assert len(normal.x) == 6
    (everything,) = arrows(panel(plane))
    assert len(everything.x) == 99


def test_of_a_large_screen_some_arrows_are_drawn_and_marked_ones_always():
    points, _ = tables.plane(5000)
    drawn = arrows_drawn(points, keep=["GENE4321"])
    assert len(drawn) in (400, 401)
    assert "GENE4321" in drawn
    assert arrows_drawn(points[points["perturbation"].isin(drawn[:50])]) == list(
        dict.fromkeys(points[points["perturbation"].isin(drawn[:50])]["perturbation"])
    )


def test_the_longest_in_the_panel_and_the_farthest_from_it_are_marked():
    points = pd.DataFrame(
        {
            "prediction": "observed",
            "perturbation": ["A", "B", "C", "OFF"],
            "pc1": [2.0, -1.5, 1.0, 50.0],
            "pc2": [0.0, 0.0, 0.1, 0.0],
        }
    )
    anchors = pd.DataFrame(
        {"anchor": ["control mean", "perturbed centroid"], "pc1": [0.0, 0.5], "pc2": [0.0, 0.0]}
    )
    ranges = Ranges((-2, 2.5), (-1, 1))
    assert marked_by_rule(points, anchors, ranges) == ("A", "B")
    assert marked_by_rule(points, anchors, ranges, among=["B", "C"]) == ("B", "C")
    assert marked_by_rule(points.iloc[:0], anchors, ranges) == ()


def test_each_angle_is_a_point_of_its_strip_and_the_median_is_written():
    angles = tables.angles()
    figure = figures.angle_strips(angles)
    points = targets(figure)
    assert len(points) == 6
    own = angles[(angles["prediction"] == "sharp") & (angles["reference"] == "centroid")]
    np.testing.assert_allclose(points[3].x, own["angle"], rtol=1e-5)
    assert f"<b>{own['angle'].median():.0f}°</b>" in words(figure)
    assert "n = 32 of 33" in words(figure)
    assert figure.layout.xaxis.range == (0, 180)


def test_one_reference_has_one_strip_a_prediction_and_nothing_is_said_of_no_direction():
    angles = tables.angles()
    angles.loc[angles["prediction"] == "collapsed", "angle"] = np.nan
    figure = figures.angle_strips(angles, references=["control"], selected=["GENE1"])
    assert len(targets(figure)) == 2
    assert "points nowhere" in words(figure)
    assert (targets(figure)[0].marker.opacity < 0.2).sum() == 32


def test_above_500_perturbations_only_selected_points_are_drawn():
    figure = figures.angle_strips(tables.angles(600), selected=["GENE1"])
    assert [t.customdata for t in targets(figure)] == [("GENE1",)] * 6
    assert not targets(figures.angle_strips(tables.angles(600)))
