"""Outcomes of the verdict on arrays where the answer is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from perturbdash.judgement.scores import Scores
from perturbdash.judgement.settings import Settings
from perturbdash.judgement.verdict import Position, position_of, verdict_table
from perturbdash.metrics.outcome import REASONS
from perturbdash.vocabulary import ALL_CELLS, HEADLINE

N = 30
SETTINGS = Settings(n_resamples=2000)


def table_of(
    model, baselines, *, gates=None, metrics=HEADLINE, settings=SETTINGS, reasons=None, truth_defined=None
):
    """Judge values ``(n_metrics, n_labels)`` of one model against named baselines."""
    scores = Scores(ALL_CELLS, metrics, tuple(f"P{i:02d}" for i in range(np.shape(model)[1])), ("all",))
    scores.scope[:] = True
    scores.truth_defined[:] = True if truth_defined is None else np.asarray(truth_defined)[..., None]
    for name, kind, values in [
        ("m", "model", model),
        *((name, "baseline", v) for name, v in baselines.items()),
    ]:
        scores.kinds[name] = kind
        scores.value[name] = np.asarray(values, dtype=float)[..., None]
        scores.reason[name] = np.zeros(scores.value[name].shape, dtype=np.int8)
        if reasons and name in reasons:
            scores.reason[name][:] = np.asarray(reasons[name])[..., None]
    gates = {("all", metric): "informative" for metric in metrics} if gates is None else gates
    return verdict_table(scores, gates, {}, settings).set_index("metric")


@pytest.fixture
def noise():
    return np.random.default_rng(1).normal(0, 0.05, (len(HEADLINE), N))


def better(values, by):
    """Move values by an amount in the good direction of each headline metric."""
    return values + np.array([-by, by, by, by])[:, None]


def test_a_model_that_is_better_than_all_baselines_beats(noise) -> None:
    base = np.full((4, N), 0.5)
    table = table_of(better(base, 0.2) + noise, {"mean": base, "control": better(base, -0.1)})
    assert set(table["outcome"]) == {"beats"}
    assert set(table["baseline"]) == {"mean"}
    np.testing.assert_allclose(table["difference"].abs(), 0.2, atol=0.05)
    assert (table["difference"] > 0).all()
    assert (table["low"] < table["difference"]).all()
    assert (table["difference"] < table["high"]).all()
    assert (table["p_holm"] >= table["p_value"]).all()


def test_one_baseline_that_is_as_good_is_enough_to_show_no_difference(noise) -> None:
    base = np.full((4, N), 0.5)
    equal = better(base, 0.2) + np.random.default_rng(2).normal(0, 0.05, (4, N))
    table = table_of(better(base, 0.2) + noise, {"mean": base, "matching_mean": equal})
    assert set(table["outcome"]) == {"no_difference"}
    assert set(table["baseline"]) == {"matching_mean"}
    assert (table["detectable_difference"] > 0).all()


def test_worse_than_one_baseline_loses_even_if_better_than_another(noise) -> None:
    base = np.full((4, N), 0.5)
    table = table_of(base + noise, {"mean": better(base, 0.2), "control": better(base, -0.2)})
    assert set(table["outcome"]) == {"loses"}


@pytest.mark.parametrize("sign", [1, -1])
def test_a_baseline_in_other_words_neither_beats_nor_loses_by_rounding(noise, sign: int) -> None:
    base = better(np.full((4, N), 0.5), 0.0) + noise
    table = table_of(base * (1 + sign * 4e-16), {"mean": base})
    assert set(table["outcome"]) == {"no_difference"}
    assert (table["difference"] == 0).all()
    assert (table["p_value"] == 1).all()


def test_a_baseline_defined_on_too_few_takes_no_part(noise) -> None:
    base = np.full((4, N), 0.5)
    rare = better(base, 0.4)
    rare[:, : N // 2] = np.nan
    table = table_of(better(base, 0.2) + noise, {"mean": base, "additive": rare})
    assert set(table["baseline"]) == {"mean"}
    assert set(table["outcome"]) == {"beats"}


def test_a_baseline_without_pattern_takes_part_with_zero(noise) -> None:
    base = np.zeros((4, N))
    mean = base.copy()
    mean[1] = np.nan
    reasons = {"mean": np.zeros((4, N), dtype=np.int8)}
    reasons["mean"][1] = REASONS.index("constant prediction")
    table = table_of(noise, {"mean": mean, "control": better(base, -0.5)}, reasons=reasons)
    assert table.loc["pearson_delta_centroid", "baseline"] == "mean (no pattern: 0)"
    assert table.loc["pearson_delta_centroid", "outcome"] == "no_difference"


def test_a_model_missing_on_more_than_a_fifth_is_undefined(noise) -> None:
    base = np.full((4, N), 0.5)
    model = better(base, 0.2) + noise
    model[:, :7] = np.nan
    reasons = {"m": np.zeros((4, N), dtype=np.int8)}
    reasons["m"][:, :7] = REASONS.index("missing")
    table = table_of(model, {"mean": base}, reasons=reasons)
    assert set(table["outcome"]) == {"undefined"}
    assert set(table["reason"]) == {"missing"}


def test_what_the_truth_does_not_define_counts_against_nobody(noise) -> None:
    base = np.full((4, N), 0.5)
    model = better(base, 0.2) + noise
    model[:, :15] = np.nan
    defined = np.ones((4, N), dtype=bool)
    defined[:, :15] = False
    table = table_of(model, {"mean": base}, truth_defined=defined)
    assert set(table["n"]) == {15}
    assert set(table["outcome"]) == {"beats"}


def test_too_few_perturbations_are_said() -> None:
    base = np.full((4, 9), 0.5)
    assert set(table_of(better(base, 0.3), {"mean": base})["outcome"]) == {"too_few"}


def test_without_baseline_it_is_undefined() -> None:
    table = table_of(np.full((4, N), 0.5), {})
    assert set(table["outcome"]) == {"undefined"}
    assert set(table["reason"]) == {"no baseline"}


def test_only_informative_headline_metrics_are_corrected(noise) -> None:
    base = np.full((4, N), 0.5)
    gates = {("all", metric): "informative" if metric == "nir" else "weak" for metric in HEADLINE}
    table = table_of(better(base, 0.2) + noise, {"mean": base}, gates=gates)
    assert table["p_holm"].notna().to_dict() == {m: m == "nir" for m in HEADLINE}
    assert table["gate"]["wmse"] == "weak"


def test_positions_are_placed_between_negative_control_and_repeat() -> None:
    halves = []
    for truth, shift in (("first_half", 0.0), ("second_half", 0.1)):
        scores = Scores(truth, ("wmse", "nir"), tuple(f"P{i}" for i in range(12)), ("all",))
        shape = scores.truth_defined.shape
        for name, wmse, nir in (("mean", 4.0, 0.5), ("d", 2.0, 0.9), ("m", 3.0, 0.7 + shift)):
            scores.value[name] = np.broadcast_to(np.array([wmse, nir])[:, None, None], shape).copy()
        halves.append(scores)
    position: Position = position_of(halves, "m", ["mean", "mean"], "d")
    np.testing.assert_allclose(position.model[:, 0, 0], [1.0, 0.25])
    np.testing.assert_allclose(position.repeat[:, 0, 0], [2.0, 0.4])
    halves[0].value["d"][0, 0, 0] = np.nan
    np.testing.assert_allclose(position_of(halves, "m", ["mean", "mean"], "d").model[0, 0, 0], 1.0)


def test_pooled_rows_average_contexts() -> None:
    scores = Scores(ALL_CELLS, ("nir",), tuple(f"P{i:02d}" for i in range(N)), ("A", "B"))
    scores.scope[:], scores.truth_defined[:] = True, True
    rng = np.random.default_rng(0)
    for name, kind, level in (("m", "model", (0.9, 0.7)), ("mean", "baseline", (0.5, 0.5))):
        scores.kinds[name] = kind
        scores.value[name] = np.broadcast_to(level, (1, N, 2)) + rng.normal(0, 0.01, (1, N, 2))
        scores.reason[name] = np.zeros((1, N, 2), dtype=np.int8)
    gates = {(context, "nir"): "informative" for context in ("A", "B", "pooled")}
    table = verdict_table(scores, gates, {}, SETTINGS).set_index("context")
    np.testing.assert_allclose(table["difference"], [0.4, 0.2, 0.3], atol=0.02)
    assert isinstance(table, pd.DataFrame)
    assert table.loc["pooled", "n"] == N
