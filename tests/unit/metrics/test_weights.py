from __future__ import annotations

import numpy as np
import torch

from perturbdash.metrics.weights import gene_weights


def weigh(rows, without=None):
    t = torch.tensor(rows, dtype=torch.float64)
    return gene_weights(t, without=None if without is None else torch.tensor(without)).numpy()


def test_squared_and_rescaled_to_sum_one():
    t = np.random.default_rng(0).normal(size=(40, 30))
    size = np.abs(t)
    low, high = size.min(1, keepdims=True), size.max(1, keepdims=True)
    expected = ((size - low) / (high - low)) ** 2
    np.testing.assert_allclose(weigh(t.tolist()), expected / expected.sum(1, keepdims=True), rtol=1e-12)


def test_an_infinite_statistic_counts_as_the_largest_finite_one():
    np.testing.assert_array_equal(weigh([[0.0, 3.0, -np.inf]]), weigh([[0.0, 3.0, -3.0]]))


def test_equal_statistics_have_no_weights():
    rows = [[2.0, -2.0, 2.0], [0.0, 0.0, 0.0], [np.inf, -np.inf, np.inf], [0.3, 0.1 + 0.2, -0.3]]
    assert np.isnan(weigh(rows)).all()


def test_an_unknown_statistic_leaves_no_weights():
    assert np.isnan(weigh([[1.0, np.nan, 2.0]])).all()


def test_a_gene_that_is_taken_out_weighs_nothing_and_moves_nothing():
    with_gene = weigh([[5.0, 1.0, 2.0, 3.0]], without=[[True, False, False, False]])
    np.testing.assert_allclose(with_gene[0, 1:], weigh([[1.0, 2.0, 3.0]])[0])
    assert with_gene[0, 0] == 0
    assert not np.isnan(weigh([[np.nan, 1.0, 2.0]], without=[[True, False, False]])).any()
