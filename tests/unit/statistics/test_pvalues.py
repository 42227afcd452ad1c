from __future__ import annotations

import mpmath
import numpy as np
import pytest
import torch
from scipy import stats

from perturbdash.statistics import pvalues
from perturbdash.statistics.pvalues import benjamini_hochberg, two_sided_p

DEGREES = [0.5, 1.0, 1.3, 2.0, 3.7, 10.0, 57.0, 312.0, 5000.0, 1e5, 1e6]
BH_PATHS = [pvalues._benjamini_hochberg_compiled, pvalues._benjamini_hochberg_torch]


def p_of(t, df):
    return two_sided_p(torch.tensor(np.atleast_2d(t)), torch.tensor([[df]], dtype=torch.float64)).numpy()[0]


@pytest.mark.parametrize("df", DEGREES)
def test_equals_scipy_from_the_middle_to_the_far_tail(df):
    t = np.concatenate([np.logspace(-3, 1.57, 4000), np.logspace(1.5, 12, 1000)])
    expected = 2 * stats.t.sf(t, df)
    kept = expected > 1e-300
    assert kept.sum() > 3500
    np.testing.assert_allclose(p_of(t, df)[kept], expected[kept], rtol=1e-8)


@pytest.mark.parametrize("df", DEGREES)
@pytest.mark.parametrize("t", [0.0, 1e-30, 1e-9, 1e-4, 0.7, 6.0, 30.0])
def test_equals_the_beta_function_at_high_precision(t, df):
    with mpmath.workdps(250):
        x = mpmath.mpf(df) / (mpmath.mpf(df) + mpmath.mpf(t) ** 2)
        lower = mpmath.betainc(mpmath.mpf(df) / 2, 0.5, x, 1, regularized=True)
        expected = float(1 - lower)
    np.testing.assert_allclose(p_of(t, df), expected, rtol=1e-9)


def test_beyond_the_smallest_number_p_is_zero():
    assert p_of([60.0, 1e5, 1e200, np.inf, -np.inf], 1e4).tolist() == [0.0] * 5
    assert p_of([np.inf, -np.inf], 1.0).tolist() == [0.0, 0.0]


def test_p_is_even_in_t_falls_with_t_and_keeps_nan():
    t = np.linspace(0, 30, 5000)
    p = p_of(t, 9.0)
    np.testing.assert_array_equal(p, p_of(-t, 9.0))
    assert p[0] == 1
    assert (np.diff(p) < 0).all()
    assert np.isnan(p_of([np.nan], 9.0)).all()
    assert np.isnan(p_of([1.0], np.nan)).all()


def test_rows_in_blocks_equal_rows_alone():
    rng = np.random.default_rng(0)
    t, df = torch.tensor(rng.normal(size=(60, 11))), torch.tensor(rng.uniform(1, 50, (60, 11)))
    alone = torch.cat([two_sided_p(t[i : i + 1], df[i : i + 1]) for i in range(60)])
    torch.testing.assert_close(two_sided_p(t, df), alone, rtol=0, atol=0)


def many_p(n_rows=60, n_genes=401):
    rng = np.random.default_rng(3)
    p = rng.random((n_rows, n_genes)) ** rng.integers(1, 60, (n_rows, 1))
    p[:, ::5] = p[:, 1:2]
    p[:, ::9] = 1.0
    p[0, :7] = 0.0
    return p


@pytest.mark.parametrize("adjust", BH_PATHS)
def test_adjusted_p_equal_scipy(adjust):
    p = many_p()
    expected = stats.false_discovery_control(p, axis=1)
    np.testing.assert_allclose(adjust(torch.tensor(p)).numpy(), expected, rtol=1e-11)


@pytest.mark.parametrize("adjust", BH_PATHS)
def test_nan_stays_and_does_not_count_as_a_gene(adjust):
    p = many_p()
    p[:, 3::4] = np.nan
    p[5] = np.nan
    adjusted = adjust(torch.tensor(p)).numpy()
    np.testing.assert_array_equal(np.isnan(adjusted), np.isnan(p))
    for own, out in zip(np.delete(p, 5, 0), np.delete(adjusted, 5, 0), strict=True):
        there = ~np.isnan(own)
        np.testing.assert_allclose(out[there], stats.false_discovery_control(own[there]), rtol=1e-11)


@pytest.mark.parametrize("n_genes", [0, 1, 8191, 8192, 20_000])
def test_any_number_of_genes(n_genes):
    p = np.random.default_rng(4).random((2, n_genes)) ** 9
    expected = stats.false_discovery_control(p, axis=1) if n_genes else p
    np.testing.assert_allclose(benjamini_hochberg(torch.tensor(p)).numpy(), expected, rtol=1e-10)
