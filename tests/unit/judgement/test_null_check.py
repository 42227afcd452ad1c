"""Permuted labels leave nothing to tell: what is informative on them shines on noise."""

from __future__ import annotations

import anndata as ad
import numpy as np
import pandas as pd
import pytest

import perturbdash
from perturbdash.errors import Cancelled, SettingsError
from perturbdash.judgement.null_check import NullCheck, null_check
from perturbdash.judgement.recalibration import recalibrate
from perturbdash.judgement.result import Result
from perturbdash.simulation.settings import SimulationSettings
from perturbdash.simulation.simulate import simulate
from perturbdash.statistics.accumulate import moments
from perturbdash.statistics.regrouping import permuted_labels
from perturbdash.vocabulary import HEADLINE


@pytest.fixture(scope="module")
def cells() -> ad.AnnData:
    """Strong effects, in two contexts."""
    settings = SimulationSettings(
        n_genes=80,
        n_singles=16,
        n_combinations=0,
        cells_per_perturbation=50,
        n_control_cells=200,
        contexts=("one", "two"),
        seed=6,
    )
    return simulate(settings).to_anndata()


@pytest.fixture(scope="module")
def result(cells) -> Result:
    return perturbdash.evaluate(cells, context_key="cell_line", store=False, n_resamples=200)


@pytest.fixture(scope="module")
def check(result) -> NullCheck:
    return null_check(result, 2)


def test_strong_effects_are_informative_and_permuted_labels_are_not(check):
    table = check.table
    headline = table[table["metric"].isin(HEADLINE) & (table["positive_control"] == "interpolated_duplicate")]
    for metric in ("wmse", "pearson_delta_centroid", "nir"):
        own = headline[headline["metric"] == metric]
        assert set(own.loc[own["trial"] == 0, "gate"]) == {"informative"}
        assert "informative" not in set(own.loc[own["trial"] > 0, "gate"])
    assert headline.loc[headline["trial"] > 0, "drf_mean"].max() < 0.05


def test_the_first_rows_are_the_calibration_of_the_result(result, check):
    own = check.table[check.table["trial"] == 0].drop(columns=["trial", "labels"])
    pd.testing.assert_frame_equal(own.reset_index(drop=True), result.calibration_summary)
    assert set(check.table.loc[check.table["trial"] > 0, "labels"]) == {"permuted"}
    assert set(check.table["context"]) == {"one", "two", "pooled"}


def test_a_trial_is_the_calibration_of_cells_that_really_have_other_labels(cells, result, check):
    permuted = permuted_labels(result.dataset, seed=0, trial=2)
    names = np.array([*permuted.perturbations, "control"], dtype=object)
    other = cells.copy()
    other.obs["perturbation"] = pd.Categorical(names[permuted.label_codes])
    expected = perturbdash.evaluate(other, context_key="cell_line", store=False, n_resamples=200)
    found = check.table[check.table["trial"] == 2].drop(columns=["trial", "labels"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(found, expected.calibration_summary)


def test_the_order_of_rows_does_not_matter(cells, check):
    order = np.random.default_rng(3).permutation(cells.n_obs)
    result = perturbdash.evaluate(cells[order].copy(), context_key="cell_line", store=False, n_resamples=200)
    pd.testing.assert_frame_equal(null_check(result, 2).table, check.table, rtol=1e-8)


def test_one_pass_for_each_trial_gives_the_same(result, check, monkeypatch):
    monkeypatch.setattr("perturbdash.statistics.regrouping.PASS_BYTES", 1)
    other = null_check(result, 2)
    assert (check.passes, other.passes) == (1, 2)
    pd.testing.assert_frame_equal(other.table, check.table)


def test_more_trials_begin_with_the_same_ones(result, check):
    other = null_check(result, 3)
    pd.testing.assert_frame_equal(other.table[other.table["trial"] <= 2], check.table)
    drf = other.table.pivot_table(
        index=["context", "metric", "positive_control"], columns="trial", values="drf_mean"
    )
    assert (drf[2] != drf[3]).any()


def test_the_spread_counts_trials_with_an_open_gate(check):
    spread = check.spread
    assert len(spread) == (check.table["trial"] == 0).sum()
    rows = check.table[check.table["trial"] > 0].groupby(["context", "metric", "positive_control"])
    for row in spread.to_dict("records"):
        own = rows.get_group((row["context"], row["metric"], row["positive_control"]))
        assert row["null_informative"] == (own["gate"] == "informative").sum()
        assert row["null_n"] == own["drf_mean"].notna().sum()
        if row["null_n"]:
            assert row["null_highest"] == own["drf_mean"].max()


def test_the_result_itself_is_left_alone(result, check):
    again = recalibrate(result, moments(result.dataset, seed=0, device="cpu"))
    pd.testing.assert_frame_equal(again.summary, result.calibration_summary)


@pytest.mark.parametrize("trials", [0, 21, True, 2.5])
def test_trials_are_one_to_twenty(result, trials):
    with pytest.raises(SettingsError, match="whole number from 1 to 20"):
        null_check(result, trials)


def test_it_stops_when_asked(result):
    def stop(share: float, text: str) -> None:
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        null_check(result, 1, progress=stop)


def test_progress_goes_up(result):
    shares = []
    null_check(result, 2, progress=lambda share, text: shares.append(share))
    assert shares == sorted(shares)
    assert 0 < shares[-1] <= 1
