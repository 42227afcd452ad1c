"""Permuted labels and nested increments: counts kept, and the same whatever the order of rows."""

from __future__ import annotations

import anndata as ad
import numpy as np
import pandas as pd
import pytest

from perturbdash.io.dataset import read
from perturbdash.statistics.accumulate import moments, moments_of
from perturbdash.statistics.halves import assign_groups
from perturbdash.statistics.moments import merge
from perturbdash.statistics.regrouping import SHARES, nested_increments, permuted_labels

N_GENES = 7


@pytest.fixture(scope="module")
def cells() -> ad.AnnData:
    rng = np.random.default_rng(8)
    labels = np.repeat(["control", "A", "B", "C", "D"], [60, 40, 33, 17, 5])
    lines = np.where(rng.random(labels.size) < 0.4, "one", "two")
    obs = pd.DataFrame(
        {"perturbation": labels, "cell_line": lines}, index=[f"cell{i}" for i in range(labels.size)]
    )
    counts = rng.poisson(3.0, size=(labels.size, N_GENES)).astype(np.float32)
    return ad.AnnData(counts, obs=obs, var=pd.DataFrame(index=[f"G{i}" for i in range(N_GENES)]))


@pytest.fixture(scope="module")
def dataset(cells):
    return read(cells, context_key="cell_line")


def labels_by_name(dataset, codes) -> pd.Series:
    return pd.Series(np.asarray(codes), index=dataset.cell_names).sort_index()


def test_a_permutation_keeps_controls_and_how_many_cells_each_label_has_in_a_context(dataset):
    permuted = permuted_labels(dataset, seed=0, trial=1)
    before, after = dataset.label_codes, permuted.label_codes
    assert (before != after).any()
    np.testing.assert_array_equal(before == -1, after == -1)
    np.testing.assert_array_equal(permuted.cell_counts, dataset.cell_counts)
    assert before is dataset.label_codes


def test_each_trial_and_each_seed_permutes_anew_and_always_the_same(dataset):
    codes = [
        tuple(permuted_labels(dataset, seed=seed, trial=trial).label_codes)
        for seed in (0, 1)
        for trial in (1, 2, 3)
    ]
    assert len(set(codes)) == 6
    assert codes[0] == tuple(permuted_labels(dataset, seed=0, trial=1).label_codes)


def test_a_permutation_hangs_on_names_and_not_on_the_order_of_rows(cells, dataset):
    order = np.random.default_rng(1).permutation(cells.n_obs)
    other = read(cells[order].copy(), context_key="cell_line")
    mine, theirs = (
        labels_by_name(data, permuted_labels(data, seed=4, trial=2).label_codes) for data in (dataset, other)
    )
    pd.testing.assert_series_equal(mine, theirs)


def test_given_halves_are_kept_by_a_permutation(dataset):
    half = np.where(np.arange(dataset.n_cells) % 3 == 0, "first", "second")
    given = pd.DataFrame({"cell": dataset.cell_names, "half": half})
    permuted = permuted_labels(dataset, seed=0, trial=1, given=given)
    before, after = (
        pd.crosstab([data.context_codes, half], data.label_codes) for data in (dataset, permuted)
    )
    pd.testing.assert_frame_equal(before, after)
    assert (permuted.label_codes != dataset.label_codes).any()


def test_several_groupings_in_one_pass_are_what_each_gives_alone(dataset):
    groupings = [assign_groups(permuted_labels(dataset, seed=0, trial=trial), seed=0) for trial in (1, 2, 3)]
    together = moments_of(dataset, groupings, device="cpu")
    for groups, found in zip(groupings, together, strict=True):
        (alone,) = moments_of(dataset, [groups], device="cpu")
        pd.testing.assert_frame_equal(found.conditions, alone.conditions)
        np.testing.assert_array_equal(found.mean, alone.mean)
        np.testing.assert_array_equal(found.m2, alone.m2)


def test_increments_are_disjoint_nested_and_together_the_halves(dataset):
    increments = nested_increments(dataset, (*SHARES, 1.0), seed=0)
    dealt = np.sum([groups.codes >= 0 for groups in increments], axis=0)
    np.testing.assert_array_equal(dealt, (dataset.label_codes >= 0).astype(int))
    whole = moments(dataset, seed=0, device="cpu")
    treated = whole.conditions["perturbation"] != "control"
    merged = merge(moments_of(dataset, increments, device="cpu"))
    pd.testing.assert_frame_equal(
        merged.conditions, whole.conditions[treated].reset_index(drop=True), check_dtype=False
    )
    np.testing.assert_allclose(merged.mean, whole.mean[treated.to_numpy()], rtol=1e-12)
    np.testing.assert_allclose(merged.m2, whole.m2[treated.to_numpy()], rtol=1e-10, atol=1e-12)


def test_levels_have_the_rounded_share_of_each_half(dataset):
    whole = assign_groups(dataset, seed=0).conditions.set_index(["context", "perturbation", "part"])[
        "n_cells"
    ]
    shares = (0.25, 0.5)
    first, second = nested_increments(dataset, shares, seed=0)
    count = first.conditions.set_index(["context", "perturbation", "part"])["n_cells"]
    both = count.add(
        second.conditions.set_index(["context", "perturbation", "part"])["n_cells"], fill_value=0
    )
    for key, n in whole[whole.index.get_level_values("perturbation") != "control"].items():
        assert count.get(key, 0) == int(0.25 * n + 0.5)
        assert both.get(key, 0) == int(0.5 * n + 0.5)


def test_increments_hang_on_names_and_not_on_the_order_of_rows(cells, dataset):
    order = np.random.default_rng(2).permutation(cells.n_obs)
    other = read(cells[order].copy(), context_key="cell_line")
    for mine, theirs in zip(
        nested_increments(dataset, SHARES, seed=3), nested_increments(other, SHARES, seed=3), strict=True
    ):
        pd.testing.assert_series_equal(
            labels_by_name(dataset, mine.codes), labels_by_name(other, theirs.codes)
        )
