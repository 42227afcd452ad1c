from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import rankdata

from perturbdash.statistics import ranking
from perturbdash.statistics.ranking import top_k_mask

PATHS = [ranking._rank_rows_compiled, ranking._rank_rows_torch]


def tied_values(n_rows: int = 60, n_genes: int = 301) -> np.ndarray:
    rng = np.random.default_rng(1)
    values = rng.normal(size=(n_rows, n_genes)).round(1) * 10.0 ** rng.integers(-12, 3, (n_rows, 1))
    values[:, ::7] = 0.0
    values[:, 1::7] = -0.0
    values[0, :3] = [np.inf, -np.inf, np.inf]
    values[1] = 4.0
    return values


@pytest.mark.parametrize("rank", PATHS)
def test_ranks_equal_scipy_with_ties_signed_zeros_and_infinities(rank):
    values = tied_values()
    np.testing.assert_array_equal(rank(torch.from_numpy(values)).numpy(), rankdata(values, axis=1))


@pytest.mark.parametrize("rank", PATHS)
def test_rounding_noise_does_not_break_a_tie_but_a_real_difference_does(rank):
    values = torch.tensor([[0.3, 0.1 + 0.2, 1.0, 1.0 - 1e-16, 5.0, 5.0 * (1 + 1e-11)]], dtype=torch.float64)
    assert rank(values).tolist() == [[1.5, 1.5, 3.5, 3.5, 5.0, 6.0]]


@pytest.mark.parametrize("rank", PATHS)
def test_nan_takes_no_rank(rank):
    values = torch.tensor([[2.0, torch.nan, 1.0, -torch.nan, torch.inf]], dtype=torch.float64)
    np.testing.assert_array_equal(rank(values).numpy(), [[2.0, np.nan, 1.0, np.nan, 3.0]])


@pytest.mark.parametrize("rank", PATHS)
@pytest.mark.parametrize("n_genes", [1, 2**13, 2**13 + 1, 20_000])
def test_any_number_of_genes(rank, n_genes):
    values = np.random.default_rng(3).normal(size=(2, n_genes)).round(2)
    values[:, ::11] = np.nan
    expected = rankdata(values, axis=1, nan_policy="omit")
    np.testing.assert_array_equal(rank(torch.from_numpy(values)).numpy(), expected)


def test_the_largest_column_has_room_in_its_bits():
    for n_genes in (1, 2, 8_192, 8_193, 65_536, 65_537):
        assert n_genes - 1 < 1 << ranking.index_bits(n_genes)


@pytest.mark.parametrize("rank", PATHS)
def test_input_stays_as_it_was_and_may_be_a_view_or_empty(rank):
    values = np.random.default_rng(5).integers(-9, 9, size=(30, 50)).astype(float)
    before = values.copy()
    tensor = torch.from_numpy(values).T
    np.testing.assert_array_equal(rank(tensor).numpy(), rankdata(before.T, axis=1))
    np.testing.assert_array_equal(values, before)
    assert rank(torch.empty((0, 5), dtype=torch.float64)).shape == (0, 5)


def naive_top_k(values, k, eligible):
    mask = np.zeros(values.shape, dtype=bool)
    for i, row in enumerate(values):
        candidates = [j for j in range(len(row)) if eligible[i, j] and np.isfinite(row[j])]
        best = sorted(candidates, key=lambda j: (-row[j], j))
        mask[i, best[: k[i]]] = True
    return mask


def test_top_k_gives_ties_to_the_first_genes():
    rng = np.random.default_rng(4)
    values = rng.integers(0, 6, size=(200, 40)).astype(float)
    values[5, ::3] = np.nan
    values[6] = -np.inf
    eligible = rng.random(values.shape) < 0.7
    eligible[7] = False
    k = rng.integers(0, 60, 200)
    mask = top_k_mask(torch.from_numpy(values), torch.from_numpy(k), torch.from_numpy(eligible))
    np.testing.assert_array_equal(mask.numpy(), naive_top_k(values, k, eligible))
    same = top_k_mask(torch.from_numpy(values), 9)
    np.testing.assert_array_equal(same.numpy(), naive_top_k(values, [9] * 200, np.ones(values.shape, bool)))


def test_top_k_counts_infinite_values_and_takes_one_mask_for_all_rows():
    values = torch.tensor([[1.0, torch.inf, 2.0, torch.inf], [3.0, 0.0, 9.0, 1.0]])
    eligible = torch.tensor([True, True, False, True])
    assert top_k_mask(values, 2, eligible).tolist() == [
        [False, True, False, True],
        [True, False, False, True],
    ]


@pytest.mark.parametrize(("shape", "k"), [((0, 4), 2), ((3, 0), 2), ((3, 4), 0)])
def test_top_k_of_nothing_is_nothing(shape, k):
    assert not top_k_mask(torch.zeros(shape), k).any()
