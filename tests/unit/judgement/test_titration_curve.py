"""The curve of DRF over cells: it finds a known one, refuses what has another form, and answers for targets."""

from __future__ import annotations

import numpy as np
import pytest

from perturbdash.judgement.curve_fit import fit, start_of
from perturbdash.judgement.titration_curve import FAR, GRID_STEP, Curve

CELLS = np.array([6.0, 12.0, 24.0, 48.0, 72.0, 96.0])
NOISE = np.full(6, 0.004)


def hyperbola(cells, *, end=1.0, half=40.0, start=0.0, steep=1.0):
    return start + (end - start) / (1 + (half / np.asarray(cells, dtype=float)) ** steep)


def fitted(means, *, start=0.0, noise=NOISE, cells=CELLS) -> Curve | None:
    draws = means + np.random.default_rng(0).normal(0, 0.01, size=(200, 1))
    return fit(cells, means, draws, noise=noise, start=start, seed=[0, 1])


@pytest.mark.parametrize(
    "truth",
    [
        {},
        {"half": 150.0},
        {"start": -1.0, "half": 60.0},
        {"steep": 1.8, "half": 30.0},
        {"end": 0.7, "half": 20.0},
    ],
)
def test_a_known_curve_is_found_and_holds_beyond_the_data(truth):
    curve = fitted(hyperbola(CELLS, **truth), start=truth.get("start", 0.0))
    assert curve is not None
    inside = curve.at(CELLS)[0]
    np.testing.assert_allclose(inside, hyperbola(CELLS, **truth), atol=0.03)
    far = np.array([2, 4]) * CELLS[-1]
    _, low, high = curve.at(far)
    true = hyperbola(far, **truth)
    assert (low <= true).all()
    assert (true <= high).all()


def test_what_is_needed_is_where_the_curve_crosses():
    curve = fitted(hyperbola(CELLS))
    need = curve.needed(0.85, now=float(hyperbola(CELLS[-1])))
    true = 40 * 0.85 / 0.15
    assert need.status == "needed"
    assert need.low <= true <= need.high
    assert need.cells == pytest.approx(true, rel=0.25)


def test_the_crossing_is_that_of_the_formula_within_a_step():
    curve = fitted(hyperbola(CELLS))
    need = curve.needed(0.5, now=0.9)
    best = curve.fitted
    share = (0.5 - best.start) / (best.end[0] - best.start)
    exact = best.halfway[0] / (1 / share - 1) ** (1 / best.steepness[0])
    assert need.status == "reached"
    assert need.cells == pytest.approx(exact, rel=GRID_STEP**2)


def test_what_was_measured_to_be_short_is_never_said_to_be_enough():
    curve = fitted(hyperbola(CELLS))
    plain = curve.needed(0.3, now=0.9)
    held = curve.needed(0.3, now=0.9, short=48.0)
    assert plain.cells < 24 < 48 == held.cells
    assert held.low <= held.cells <= held.high


def test_a_target_above_the_end_is_not_reachable():
    means = hyperbola(CELLS, end=0.4, half=4.0, steep=1.5)
    curve = fitted(means, noise=np.full(6, 0.001))
    need = curve.needed(0.95, now=float(means[-1]))
    assert curve.end[2] < 0.95
    assert need.status == "not_reachable"
    assert np.isnan(need.cells)


def test_beyond_thirty_two_times_the_data_there_is_no_number():
    means = hyperbola(CELLS, half=4000.0)
    need = fitted(means).needed(0.9, now=float(means[-1]))
    assert need.status in ("far", "not_reachable")
    assert np.isnan(need.cells)
    assert f"{FAR} times" in need.reason


def test_the_gate_asks_for_the_lower_end_of_the_interval():
    means = hyperbola(CELLS, half=900.0)
    rng = np.random.default_rng(1)
    draws = means * rng.normal(1, 0.4, size=(400, 1))
    curve = fit(CELLS, means, draws, noise=NOISE, start=0.0, seed=[0, 1])
    need = curve.gate(0.05, low=0.02)
    plain = curve.needed(0.05, now=float(means[-1]))
    assert need.status == "needed"
    assert plain.status == "reached"
    assert need.cells > plain.cells
    assert need.low <= need.cells <= need.high
    _, low, _ = curve.at(np.array([need.cells]))
    assert low[0] == pytest.approx(0.05, abs=0.01)
    assert curve.gate(0.05, low=0.06).status == "reached"


def test_levels_of_another_form_have_no_curve():
    assert fitted(np.array([0.5, 0.1, 0.5, 0.1, 0.5, 0.1])) is None
    falling = fitted(np.array([0.8, 0.65, 0.5, 0.35, 0.2, 0.1]))
    assert falling is None


def test_noise_of_the_levels_is_allowed_for():
    means = hyperbola(CELLS) + np.array([0.2, -0.2, 0.15, -0.15, 0.1, -0.1])
    assert fitted(means) is None
    assert fitted(means, noise=np.full(6, 0.15)) is not None


def test_the_same_seed_gives_the_same_curve():
    means = hyperbola(CELLS)
    one, other = fitted(means), fitted(means)
    np.testing.assert_array_equal(one.drawn.end, other.drawn.end)
    np.testing.assert_array_equal(one.drift, other.drift)


def test_intervals_grow_beyond_the_data():
    curve = fitted(hyperbola(CELLS, end=0.9))
    _, low, high = curve.at(CELLS[-1] * np.array([1, 2, 8, 32]))
    assert (np.diff(high - low) > 0).all()


@pytest.mark.parametrize(
    ("metric", "kind", "start"),
    [
        ("mse", "technical_duplicate", -1.0),
        ("weighted_r2_delta_centroid", "technical_duplicate", -1.0),
        ("rmse", "technical_duplicate", 1 - 2**0.5),
        ("pearson_delta_control", "technical_duplicate", 0.0),
        ("mse", "interpolated_duplicate", 0.0),
    ],
)
def test_where_a_curve_starts_is_what_two_means_of_noise_give(metric, kind, start):
    assert start_of(metric, kind) == pytest.approx(start)
    if kind == "technical_duplicate":
        rng = np.random.default_rng(3)
        truth, repeat = rng.normal(size=(2, 200_000))
        gap = {
            "mse": lambda y: np.mean((y - truth) ** 2),
            "rmse": lambda y: np.mean((y - truth) ** 2) ** 0.5,
            "weighted_r2_delta_centroid": lambda y: np.sum((y - truth) ** 2) / np.sum(truth**2),
            "pearson_delta_control": lambda y: 1 - (np.corrcoef(y, truth)[0, 1] if np.ptp(y) else 0.0),
        }[metric]
        average, other = gap(np.zeros_like(truth)), gap(repeat)
        assert (average - other) / average == pytest.approx(start, abs=0.01)
