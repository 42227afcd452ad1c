"""Measures of profiles made block by block, against whole tables."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from perturbdash.judgement.row_measures import n_distinct_rows, per_row, profile_measures, whole_numbers


@pytest.fixture
def profiles() -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(2).gamma(2, 0.5, (37, 3000)))


def test_measures_are_those_of_the_whole_table(profiles: torch.Tensor):
    control, effect = profiles[3], profiles.mean(0) - profiles[3]
    found = profile_measures(profiles, control, effect)
    shifts = (profiles - control).numpy()
    norms = np.linalg.norm(shifts, axis=1)
    units = shifts / np.where(norms > 0, norms, 1)[:, None]
    pairs = (units @ units.T)[np.triu_indices(37, 1)]
    np.testing.assert_allclose(found.norm, norms)
    np.testing.assert_allclose(
        found.cosine, units @ effect.numpy() / np.linalg.norm(effect.numpy()), rtol=1e-12, atol=1e-15
    )
    np.testing.assert_allclose(found.total, np.expm1(profiles.numpy()).sum(1))
    assert (found.lowest, found.highest) == (profiles.min().item(), profiles.max().item())
    assert found.variance == pytest.approx(profiles.numpy().var(0, ddof=1).sum())
    assert found.mean_cosine == pytest.approx(pairs.mean())


def test_profiles_that_are_all_the_same_do_not_vary(profiles: torch.Tensor):
    same = profiles[:1].repeat(20, 1)
    found = profile_measures(same, profiles[1], profiles[2])
    assert found.variance <= 1e-25
    assert found.mean_cosine == pytest.approx(1)


def test_rows_keep_their_order(profiles: torch.Tensor):
    np.testing.assert_array_equal(per_row(lambda rows: rows[:, 0], profiles), profiles[:, 0].numpy())


def test_rows_that_differ_in_one_gene_are_told_apart(profiles: torch.Tensor):
    rows = torch.cat([profiles[:5], profiles[:5], profiles[:1]])
    assert n_distinct_rows(rows) == 5
    rows[7, -1] += 1
    assert n_distinct_rows(rows) == 6
    assert n_distinct_rows(torch.tensor([[0.0], [-0.0]])) == 1


def test_one_broken_number_is_found(profiles: torch.Tensor):
    rounded = profiles.round()
    assert whole_numbers(rounded)
    rounded[-1, -1] += 0.5
    assert not whole_numbers(rounded)
