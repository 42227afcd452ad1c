"""Dynamic range fraction, BDS and gate, on small arrays worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from perturbdash.judgement.calibration import calibration_summary, calibration_table, dynamic_range
from perturbdash.judgement.scores import Scores
from perturbdash.judgement.settings import Settings
from perturbdash.vocabulary import FIRST_HALF, SECOND_HALF

METRICS = ("mse", "pearson_delta_centroid", "nir")
NEGATIVE = {"mse": "mean", "pearson_delta_centroid": "control", "nir": "global_mean"}


def scores(negative, positive, truth=FIRST_HALF, metrics=METRICS, n_contexts=1) -> Scores:
    """Build scores in which every negative control has the values ``(n_metrics, n_labels[, n_contexts])``."""
    negative = np.asarray(negative, dtype=float).reshape(len(metrics), -1, n_contexts)
    positive = np.asarray(positive, dtype=float).reshape(negative.shape)
    made = Scores(
        truth,
        metrics,
        tuple(f"P{i:02d}" for i in range(negative.shape[1])),
        tuple(f"C{i}" for i in range(n_contexts)),
    )
    made.scope[:] = True
    made.truth_defined[:] = True
    for name, values in (("mean", negative), ("control", negative), ("global_mean", negative)):
        made.value[name], made.kinds[name] = values, "negative_control"
    for name in ("interpolated_duplicate", "technical_duplicate"):
        made.value[name], made.kinds[name] = positive, "positive_control"
    for name in made.value:
        made.reason[name] = np.zeros(negative.shape, dtype=np.int8)
        made.computed[name] = np.ones(len(metrics), dtype=bool)
    return made


def ranged(s: Scores, *, published=False, same=None):
    same = np.zeros(s.scope.shape, dtype=bool) if same is None else same
    return dynamic_range(s, "interpolated_duplicate", nothing_significant=same, published=published)


def test_lower_is_better_counts_the_error_that_is_removed() -> None:
    range_ = ranged(scores([[4.0], [0.0], [0.5]], [[1.0], [0.4], [0.75]]))
    np.testing.assert_allclose(range_.drf[:, 0, 0], [0.75, 0.4, 0.5])
    assert (range_.better == 1).all()


def test_worse_than_the_negative_control_is_clipped_at_minus_one() -> None:
    range_ = ranged(scores([[1.0], [0.5], [0.5]], [[5.0], [-0.9], [0.0]]))
    np.testing.assert_allclose(range_.drf[:, 0, 0], [-1, -1, -1])
    assert (range_.better == 0).all()


def test_nothing_to_gain_is_no_range_and_not_nan() -> None:
    range_ = ranged(scores([[0.0], [1.0], [1.0]], [[0.5], [0.2], [0.3]]))
    np.testing.assert_array_equal(range_.drf[:, 0, 0], [0, 0, 0])
    assert range_.no_range.all()


def test_negative_beyond_perfect_is_no_range() -> None:
    made = scores([[-0.1]], [[0.1]], metrics=("mse_unbiased",))
    assert ranged(made).no_range.all()


def test_undefined_controls_stay_undefined() -> None:
    range_ = ranged(scores([[np.nan], [0.0], [0.5]], [[1.0], [np.nan], [0.6]]))
    assert np.isnan(range_.drf[:2]).all()
    assert np.isnan(range_.better[:2]).all()


def test_repeat_that_equals_the_average_gains_nothing() -> None:
    made = scores([[1.0], [0.1], [0.5]], [[1.0], [np.nan], [0.2]])
    range_ = ranged(made, same=np.ones(made.scope.shape, dtype=bool))
    np.testing.assert_array_equal(range_.drf, np.zeros_like(range_.drf))
    np.testing.assert_array_equal(range_.better, np.full_like(range_.better, 0.5))


def test_published_mode_adds_its_epsilon_and_has_no_other_rule() -> None:
    made = scores([[0.0], [0.1], [0.5]], [[0.5], [np.nan], [0.2]])
    range_ = ranged(made, published=True, same=np.ones(made.scope.shape, dtype=bool))
    assert range_.drf[0, 0, 0] == -1
    assert np.isnan(range_.drf[1, 0, 0])
    np.testing.assert_allclose(range_.drf[2, 0, 0], (0.2 - 0.5) / (0.5 + 1e-6))


def test_table_names_the_controls_and_both_values() -> None:
    made = scores([[4.0, 2.0], [0.0, 0.1], [0.5, 0.5]], [[1.0, 1.0], [0.4, 0.3], [0.75, 0.5]])
    table = calibration_table([ranged(made)], made)
    assert len(table) == 6
    assert dict(zip(table["metric"], table["negative_control"], strict=True)) == NEGATIVE
    row = table[(table["metric"] == "mse") & (table["perturbation"] == "P01")].iloc[0]
    assert (row["negative"], row["positive"], row["drf"], row["truth"]) == (2.0, 1.0, 0.5, "first_half")


@pytest.fixture
def twenty() -> Scores:
    rng = np.random.default_rng(4)
    negative = np.stack([np.full(20, 1.0), np.zeros(20), np.full(20, 0.5)])
    positive = np.stack([rng.uniform(0.2, 0.6, 20), rng.normal(0, 0.2, 20), rng.uniform(0.8, 1, 20)])
    return scores(negative, positive)


def test_gate_opens_only_where_a_repeat_is_safely_better(twenty: Scores) -> None:
    summary = calibration_summary([ranged(twenty)], twenty, Settings(n_resamples=2000)).set_index("metric")
    assert summary["gate"].to_dict()["mse"] == "informative"
    assert summary["gate"].to_dict()["nir"] == "informative"
    assert summary["gate"].to_dict()["pearson_delta_centroid"] in {"weak", "uninformative"}
    assert (summary["n"] == 20).all()
    assert (summary["drf_low"] <= summary["drf_mean"]).all()
    assert (summary["drf_mean"] <= summary["drf_high"]).all()


def test_few_perturbations_close_every_gate(twenty: Scores) -> None:
    summary = calibration_summary([ranged(twenty)], twenty, Settings(n_resamples=500, min_perturbations=21))
    assert set(summary["gate"]) == {"too_few"}


def test_a_perturbation_is_the_mean_of_the_two_truths_that_are_defined() -> None:
    first = scores([[4.0, 4.0], [0, 0], [0.5, 0.5]], [[1.0, 3.0], [np.nan, 0.5], [0.75, 1.0]])
    second = scores(
        [[4.0, 4.0], [0, 0], [0.5, 0.5]], [[3.0, 3.0], [0.5, 0.5], [np.nan, np.nan]], truth=SECOND_HALF
    )
    summary = calibration_summary(
        [ranged(first), ranged(second)], first, Settings(n_resamples=200)
    ).set_index("metric")
    np.testing.assert_allclose(summary.loc["mse", "drf_mean"], np.mean([0.5, 0.25]))
    assert summary.loc["pearson_delta_centroid", "n"] == 2
    np.testing.assert_allclose(summary.loc["nir", "drf_mean"], np.mean([0.5, 1.0]))


def test_undefined_and_no_range_are_counted() -> None:
    made = scores([[0.0, 4.0], [0, 0], [0.5, 0.5]], [[1.0, 3.0], [np.nan, 0.5], [0.75, 1.0]])
    summary = calibration_summary([ranged(made)], made, Settings(n_resamples=200)).set_index("metric")
    assert summary.loc["mse", ["n", "n_undefined", "n_no_range"]].tolist() == [2, 0, 1]
    assert summary.loc["pearson_delta_centroid", ["n", "n_undefined", "n_no_range"]].tolist() == [1, 1, 0]


def test_pooled_averages_within_and_then_over_contexts() -> None:
    negative = np.full((3, 12, 2), [1.0, 1.0])
    positive = np.stack([np.full((12, 2), [0.5, 0.1])] * 3)
    positive[0, :6, 1] = np.nan
    made = scores(negative, positive, n_contexts=2)
    summary = calibration_summary([ranged(made)], made, Settings(n_resamples=200)).set_index(
        ["context", "metric"]
    )
    np.testing.assert_allclose(summary.loc[("pooled", "mse"), "drf_mean"], (0.5 + 0.9) / 2)
    assert summary.loc[("C1", "mse"), "n"] == 6
    assert summary.loc[("pooled", "mse"), "n"] == 12


def test_what_is_shown_beside_the_summary_stands_behind_its_columns(twenty: Scores) -> None:
    summary = calibration_summary([ranged(twenty)], twenty, Settings(n_resamples=200))
    assert ",".join(summary.columns) == (
        "context,metric,positive_control,negative_control,drf_mean,drf_low,drf_high,drf_median,"
        "bds,bds_low,bds_high,n,n_undefined,n_no_range,gate,median_range"
    )


def test_an_explicit_negative_control_takes_the_place_of_each_metrics_own() -> None:
    made = scores([[4.0], [0.0], [0.5]], [[1.0], [0.4], [0.75]])
    made.value["control"] = np.array([[[2.0]], [[np.nan]], [[0.0]]])
    same = np.zeros(made.scope.shape, dtype=bool)
    range_ = dynamic_range(
        made, "technical_duplicate", nothing_significant=same, published=False, negative_control="control"
    )
    np.testing.assert_allclose(range_.drf[:, 0, 0], [0.5, np.nan, 0.75])
    assert range_.negative_names == ("control",) * 3
    assert ranged(made).negative_names == tuple(NEGATIVE[metric] for metric in METRICS)
