"""Null check and titration: each value stands where it belongs."""

from __future__ import annotations

import numpy as np
import pytest

from perturbdash import figures
from perturbdash.figures.calibration.gate_marks import GATE_SYMBOLS
from perturbdash.figures.theme import tokens
from tests.unit.figures import depth_tables as tables

NEEDED = {"cells": 160.0, "cells_low": 120.0, "cells_high": 260.0}


def named(figure, name):
    return [trace for trace in figure.data if trace.name == name]


def drawn_titration(**settings):
    return figures.titration_curve(
        tables.titration_levels(), tables.titration_curve(), metric="nir", **settings
    )


def test_a_metric_that_passes_on_permuted_labels_is_full_and_in_the_colour_of_a_finding():
    table = tables.null_check()
    figure = figures.null_marks(table)
    (passed,) = named(figure, "permuted, passes its gate")
    assert set(passed.customdata) == {tables.SHINES}
    assert len(passed.x) == 3
    assert passed.marker.symbol == "diamond"
    assert passed.marker.color == tokens("light").warning_text
    (quiet,) = named(figure, "labels permuted")
    assert tables.SHINES not in quiet.customdata
    own = table[(table["trial"] > 0) & (table["positive_control"] == "interpolated_duplicate")]
    own = own[(own["gate"] != "informative") & own["drf_mean"].notna()]
    np.testing.assert_allclose(sorted(quiet.x), sorted(own["drf_mean"]), rtol=1e-6)


def test_labels_as_they_are_keep_their_gates_and_intervals():
    table = tables.null_check()
    own = table[(table["trial"] == 0) & (table["positive_control"] == "interpolated_duplicate")]
    own = own[own["drf_mean"].notna()].set_index("metric")
    figure = figures.null_marks(table)
    drawn = {
        str(metric): (trace.marker.symbol, float(x))
        for trace in figure.data
        if trace.error_x.array is not None
        for metric, x in zip(trace.customdata, trace.x, strict=True)
    }
    assert set(drawn) == set(own.index)
    for metric, (symbol, x) in drawn.items():
        assert symbol == GATE_SYMBOLS[own.loc[metric, "gate"]]
        assert x == pytest.approx(own.loc[metric, "drf_mean"], rel=1e-6)


def test_a_lane_without_any_value_says_so():
    figure = figures.null_marks(tables.null_check())
    assert "no perturbation has a value" in " ".join(note.text for note in figure.layout.annotations)


def test_levels_stand_at_their_cells_with_gate_and_interval():
    levels = tables.titration_levels()
    (measured,) = named(drawn_titration(), "measured, symbol: gate")
    np.testing.assert_allclose(measured.x, levels["cells"], rtol=1e-6)
    np.testing.assert_allclose(measured.y, levels["drf_mean"], rtol=1e-6)
    assert list(measured.marker.symbol) == [GATE_SYMBOLS[gate] for gate in levels["gate"]]
    np.testing.assert_allclose(measured.y + measured.error_y.array, levels["drf_high"], rtol=1e-5)
    assert ["not used" in text for text in measured.hovertext] == [True, *[False] * 5]


def test_the_curve_is_dashed_beyond_the_data_and_without_a_gap():
    figure = drawn_titration()
    (inside,), (outside,) = named(figure, "curve"), named(figure, "beyond the data")
    assert inside.line.dash == "solid"
    assert outside.line.dash == "dash"
    assert float(inside.x[-1]) == float(outside.x[0]) <= 96 < float(outside.x[1])


def test_what_is_needed_is_drawn_on_the_line_of_the_target():
    (mark,) = named(drawn_titration(target=0.8, needed=NEEDED), "cells that it takes")
    assert (float(mark.x[0]), float(mark.y[0])) == (160.0, pytest.approx(0.8))
    assert float(mark.error_x.array[0]) == 100
    assert float(mark.error_x.arrayminus[0]) == 40
    open_end = NEEDED | {"cells_high": float("inf")}
    (mark,) = named(drawn_titration(target=0.8, needed=open_end), "cells that it takes")
    assert "120 or more" in mark.hovertext[0]
    assert 160 + float(mark.error_x.array[0]) > 384
    assert not named(
        drawn_titration(target=0.8, needed=NEEDED | {"cells": float("nan")}), "cells that it takes"
    )


def test_without_a_curve_the_levels_still_stand():
    figure = figures.titration_curve(
        tables.titration_levels(), tables.titration_curve().iloc[:0], metric="nir", target=0.5
    )
    assert "no curve fits" in figure.layout.meta["alt"]
    assert not named(figure, "curve")
    assert named(figure, "measured, symbol: gate")
