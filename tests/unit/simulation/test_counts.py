from __future__ import annotations

import numpy as np
import pytest

from perturbdash.simulation.counts import dispersion, draw_counts, draw_totals, expected_log1p
from perturbdash.simulation.settings import SimulationSettings


@pytest.mark.parametrize("alpha", [0.0, 0.3])
def test_counts_have_the_mean_and_the_variance_of_the_model(alpha):
    settings = SimulationSettings(dispersion=alpha)
    fraction, totals = np.array([1e-5, 1e-4, 1e-3]), np.full(200_000, 8000)
    counts = draw_counts(fraction, totals, settings, np.random.default_rng(0))
    mean = 8000 * fraction
    np.testing.assert_allclose(counts.mean(0), mean, rtol=0.03)
    variance = mean + dispersion(fraction, settings) * mean**2
    np.testing.assert_allclose(counts.var(0), variance, rtol=0.06)


def test_totals_have_the_mean_and_the_spread_of_the_settings():
    totals = draw_totals(200_000, SimulationSettings(depth=5000, depth_spread=0.4), np.random.default_rng(0))
    assert totals.mean() == pytest.approx(5000, rel=0.01)
    assert np.log(totals).std() == pytest.approx(0.4, rel=0.01)


@pytest.mark.parametrize("alpha", [0.0, 0.3])
def test_expected_log1p_is_what_cells_average_to(alpha):
    settings = SimulationSettings(dispersion=alpha, depth=3000, depth_spread=0.4)
    fraction = np.geomspace(1e-6, 2e-2, 9)
    rng = np.random.default_rng(1)
    totals = draw_totals(40_000, settings, rng)
    log1p = np.log1p(1e4 * draw_counts(fraction, totals, settings, rng) / totals[:, None])
    error = log1p.std(0) / np.sqrt(len(totals))
    assert (np.abs(expected_log1p(fraction, settings) - log1p.mean(0)) < 4.5 * error).all()
    plain = np.log1p(1e4 * fraction)
    assert (np.abs(plain - log1p.mean(0)) > 4.5 * error).any()


@pytest.mark.parametrize("fraction", [0.02, 0.3])
def test_bins_of_large_counts_are_as_good_as_all_of_them(monkeypatch, fraction):
    from perturbdash.simulation.counts import _expected_at

    settings = SimulationSettings(depth=10_000)
    in_bins = _expected_at(fraction, settings)
    monkeypatch.setattr("perturbdash.simulation.counts.EXACT", 10**6)
    assert in_bins == pytest.approx(_expected_at(fraction, settings), rel=3e-5)


def test_the_spline_agrees_with_the_sum_between_its_knots():
    from perturbdash.simulation.counts import _expected_at

    settings = SimulationSettings()
    fraction = np.exp(np.random.default_rng(2).uniform(np.log(1e-6), np.log(1e-2), 12))
    exact = [_expected_at(value, settings) for value in fraction]
    np.testing.assert_allclose(expected_log1p(fraction, settings), exact, rtol=1e-5)
