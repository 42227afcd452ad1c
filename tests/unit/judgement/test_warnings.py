"""Each warning fires on what it names, and on nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from perturbdash.judgement.finding import NEAR, Judged, no_effect_findings, target_gene_findings
from perturbdash.judgement.warnings import findings, measured

P, G = 24, 60


def tensor(values: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.asarray(values, dtype=float))


@pytest.fixture
def honest() -> Judged:
    """A model that knows half of each shift, with noise, in the right space."""
    rng = np.random.default_rng(0)
    control = rng.uniform(0.2, 1.5, G)
    effect = rng.normal(0, 0.1, G)
    truth = np.clip(control + effect + rng.normal(0, 0.3, (P, G)) * (rng.random((P, G)) < 0.3), 0, None)
    first, second = (truth + rng.normal(0, 0.05, (P, G)) for _ in range(2))
    predicted = np.clip(control + 0.8 * (truth - control) + rng.normal(0, 0.05, (P, G)), 0, None)
    return Judged(
        context="all",
        model="m",
        predicted=tensor(predicted),
        observed=tensor((first + second) / 2),
        first=tensor(first),
        second=tensor(second),
        degs=torch.zeros((P, G), dtype=torch.bool),
        control=tensor(control),
        control_halves=(tensor(control + 0.02), tensor(control - 0.02)),
        average_effect=tensor(effect),
        n_test=P,
    )


def names(judged: Judged) -> set[str]:
    return {finding.warning for finding in findings(judged)}


def test_an_honest_model_gets_none(honest: Judged) -> None:
    assert names(honest) == set()


def test_one_answer_for_everything_is_a_collapse(honest: Judged) -> None:
    one = (
        honest.control
        + honest.average_effect
        + 0.001 * torch.randn(P, G, generator=torch.Generator().manual_seed(1))
    )
    found = {finding.warning: finding for finding in findings(replace(honest, predicted=one))}
    assert {"collapse", "is_the_mean"} <= set(found)
    assert found["collapse"].value < found["collapse"].threshold == 0.1
    assert found["is_the_mean"].value > 0.99
    assert "m gives nearly the same answer" in found["collapse"].sentence


def test_small_spread_that_points_in_right_directions_is_no_collapse(honest: Judged) -> None:
    shrunk = honest.control + 0.2 * (honest.observed - honest.control)
    found = names(replace(honest, predicted=shrunk))
    assert "collapse" not in found
    assert "scale" in found


@pytest.mark.parametrize(("factor", "expected"), [(0.3, {"scale"}), (1.0, set()), (2.6, {"scale"})])
def test_scale_is_found_by_slope(honest: Judged, factor: float, expected: set[str]) -> None:
    lifted = replace(honest, control=honest.control + 5, observed=honest.observed + 5)
    lifted = replace(lifted, first=honest.first + 5, second=honest.second + 5)
    predicted = lifted.control + factor * (honest.predicted - honest.control) / 0.8
    assert names(replace(lifted, predicted=predicted)) - {"leakage"} == expected


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda y: torch.expm1(y) * 20, "in another space"),
        (lambda y: y - 0.5, "negative values"),
        (lambda y: (y * 10).round(), "whole numbers"),
    ],
)
def test_another_space_is_named(honest: Judged, change, words: str) -> None:
    found = [f for f in findings(replace(honest, predicted=change(honest.predicted))) if f.warning == "space"]
    assert len(found) == 1
    assert words in found[0].sentence


def test_predicted_controls_may_differ_by_their_noise_only(honest: Judged) -> None:
    assert "control_drift" not in names(replace(honest, predicted_control=honest.control + 0.01))
    found = [
        f
        for f in findings(replace(honest, predicted_control=honest.control + 0.3))
        if f.warning == "control_drift"
    ]
    assert found[0].value == pytest.approx(0.3 * np.sqrt(G))


def test_a_copy_of_the_cells_is_leakage(honest: Judged) -> None:
    found = [f for f in findings(replace(honest, predicted=honest.observed)) if f.warning == "leakage"]
    assert found[0].value == pytest.approx(0.25, abs=0.01)


def test_missing_train_and_identical_predictions_are_counted(honest: Judged) -> None:
    doubled = honest.predicted.clone()
    doubled[1] = doubled[0]
    judged = replace(honest, predicted=doubled, n_missing=3, n_train_predicted=2)
    values = {finding.warning: finding.value for finding in findings(judged)}
    assert values == {"missing": 3, "train_predictions": 2, "identical": 1}


def test_a_model_that_predicts_nothing_does_not_break(honest: Judged) -> None:
    empty = {name: getattr(honest, name)[:0] for name in ("predicted", "observed", "first", "second", "degs")}
    assert names(replace(honest, **empty, n_missing=P)) == {"missing"}


def test_verdict_that_rests_on_the_targets_is_named() -> None:
    kept = {("all", "m", "nir"): "beats", ("all", "m", "wmse"): "beats", ("all", "m", "mse"): "loses"}
    dropped = {
        ("all", "m", "nir"): "no_difference",
        ("all", "m", "wmse"): "beats",
        ("all", "m", "mse"): "beats",
    }
    labels = {"nir": "NIR", "wmse": "weighted MSE", "mse": "MSE"}
    p_dropped = {("all", "m", "nir"): 0.3, ("all", "m", "wmse"): 0.01, ("all", "m", "mse"): 0.01}
    found = target_gene_findings(kept, dropped, labels, p_dropped=p_dropped)
    assert [finding.warning for finding in found] == ["target_gene_only"]
    assert "NIR" in found[0].sentence
    assert (found[0].value, found[0].threshold) == (0.3, 0.05)


def test_shared_effect_that_is_noise_and_no_metric_are_findings_of_the_data() -> None:
    assert no_effect_findings("all", 0.5, 0.45, any_informative=True) == []
    found = no_effect_findings("all", 0.7, 0.02, any_informative=False)
    assert [finding.warning for finding in found] == ["no_effect", "no_effect"]
    assert found[0].model == ""
    assert "noise in the control mean" in found[0].sentence


def close(judged: Judged) -> dict[str, float]:
    return {finding.warning: finding.value for finding in measured(judged) if finding.near}


def test_a_value_near_a_threshold_is_close_and_no_finding(honest: Judged) -> None:
    lifted = replace(honest, control=honest.control + 5, observed=honest.observed + 5)
    lifted = replace(lifted, first=honest.first + 5, second=honest.second + 5)
    for factor, expected in ((0.6, True), (0.75, False), (1.7, True), (1.3, False)):
        predicted = lifted.control + factor * (honest.observed - honest.control)
        judged = replace(lifted, predicted=predicted)
        assert ("scale" in close(judged)) is expected
        assert "scale" not in names(judged)
        if expected:
            sentence = next(f.sentence for f in measured(judged) if f.warning == "scale")
            assert sentence.startswith("Close, not a finding: ")


def test_nothing_is_a_finding_and_close_at_once(honest: Judged) -> None:
    for share in np.linspace(0, 1, 21):
        predicted = honest.first + share * (honest.predicted - honest.first)
        found = [
            finding
            for finding in measured(replace(honest, predicted=predicted))
            if finding.warning == "leakage"
        ]
        assert len(found) <= 1
        for finding in found:
            assert finding.near == (finding.value >= finding.threshold)
            assert finding.value < finding.threshold * NEAR


def test_drift_of_the_controls_is_close_below_their_noise(honest: Judged) -> None:
    noise = float((honest.control_halves[0] - honest.control_halves[1]).norm())
    for factor, expected in ((0.6, False), (0.8, True), (1.1, False)):
        step = torch.full((G,), factor * noise / np.sqrt(G), dtype=torch.float64)
        assert (
            "control_drift" in close(replace(honest, predicted_control=honest.control + step))
        ) is expected


def test_a_shared_effect_with_some_noise_is_close() -> None:
    (found,) = no_effect_findings("all", 0.5, 0.42, any_informative=True)
    assert found.near
    assert not any(one.near for one in no_effect_findings("all", 0.5, 0.3, any_informative=True))
