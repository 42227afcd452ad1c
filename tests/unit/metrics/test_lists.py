"""What is made of a truth row by row: the compiled loops and torch give the same, and what numpy gives."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from perturbdash.metrics import lists, weights
from perturbdash.statistics.ranking import top_k_mask
from tests.unit.metrics.cases import group

SHAPE = (30, 41)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("density", [0.0, 0.2, 1.0])
def test_lists_are_the_places_of_a_mask(rng, density):
    mask = torch.from_numpy(rng.random(SHAPE) < density)
    compiled, portable = lists._list_compiled(mask), lists._list_torch(mask)
    row, genes = np.nonzero(mask.numpy())
    for found in (compiled, portable):
        np.testing.assert_array_equal(found.row, row)
        np.testing.assert_array_equal(found.genes, genes)
        np.testing.assert_array_equal(found.sizes, mask.sum(1))


def test_the_largest_with_ties_holes_and_more_asked_for_than_there_are(rng):
    values = rng.integers(-4, 5, SHAPE).astype(float)
    values[3, ::2], values[4, 5], values[5] = np.nan, np.inf, np.nan
    eligible = torch.from_numpy(rng.random(SHAPE) < 0.8)
    eligible[6] = False
    k = torch.from_numpy(rng.integers(0, 50, SHAPE[0]))
    found = lists.mark_largest(torch.from_numpy(values), k, eligible)
    assert torch.equal(found, top_k_mask(torch.from_numpy(values).abs(), k, eligible))
    assert found[4, 5] or not eligible[4, 5] or k[4] == 0


def test_genes_that_only_control_has_are_no_change_to_list(rng):
    profiles = torch.from_numpy(rng.integers(0, 2, SHAPE).astype(float))
    control = torch.from_numpy(rng.integers(0, 2, SHAPE[1]).astype(float))
    without = torch.from_numpy(rng.random(SHAPE) < 0.1)
    expected = ~((profiles == 0) & (control != 0))
    assert torch.equal(lists.non_dropout(profiles, control, None), expected)
    assert torch.equal(lists.non_dropout(profiles, control, without), expected & ~without)


@pytest.mark.parametrize("some", [False, True])
def test_noise_of_a_mean(rng, some):
    cells = group([rng.normal(size=(n, SHAPE[1])) for n in (0, 1, 2, 9)])
    without = torch.from_numpy(rng.random((4, SHAPE[1])) < 0.3) if some else None
    compiled, portable = lists._mean_noise_compiled(cells, without), lists._mean_noise_torch(cells, without)
    assert torch.isnan(compiled[:2]).all()
    torch.testing.assert_close(compiled, portable, rtol=1e-12, atol=0, equal_nan=True)


@pytest.mark.parametrize("some", [False, True])
def test_weights_with_infinite_equal_and_unknown_statistics(rng, some):
    t = rng.normal(size=SHAPE)
    t[0], t[1] = 2.0, 3.0 * (1 + 1e-15 * rng.normal(size=SHAPE[1]))
    t[2, 4], t[3, :2], t[4], t[5, 7] = np.inf, -np.inf, np.inf, np.nan
    without = torch.from_numpy(rng.random(SHAPE) < 0.2) if some else None
    values = torch.from_numpy(t)
    compiled, portable = weights._weigh_compiled(values, without), weights._weigh_torch(values, without)
    torch.testing.assert_close(compiled, portable, rtol=1e-12, atol=0, equal_nan=True)
    assert torch.isnan(compiled[[0, 1, 4]]).all()
    assert not torch.isnan(compiled[6:]).any()
    if some:
        assert (compiled[6:][without[6:]] == 0).all()


def test_a_row_with_a_hole_is_not_finite(rng):
    rows = rng.normal(size=SHAPE)
    rows[1, 3], rows[2, 40], rows[3, 0] = np.nan, np.inf, -np.inf
    assert np.flatnonzero(~lists.finite_rows(torch.from_numpy(rows))).tolist() == [1, 2, 3]
