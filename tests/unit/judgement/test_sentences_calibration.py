"""Sentences about a calibration made again, from tables of known content."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from perturbdash.judgement import sentences_calibration as sentences
from perturbdash.judgement.column_halves import ColumnHalves


def halves(reasons: tuple[str, ...] = ("", ""), n_without_value: int = 0) -> ColumnHalves:
    conditions = pd.DataFrame(
        {
            "perturbation": [f"P{i}" for i in range(len(reasons))],
            "reason": list(reasons),
            "n_without_value": 0,
        }
    )
    conditions.loc[0, "n_without_value"] = n_without_value
    return ColumnHalves("sgRNA", pd.DataFrame(columns=["cell", "half"]), conditions, 24, ())


def compared(difference: tuple[float, float, float] = (-0.14, -0.2, -0.08), n: int = 44) -> pd.DataFrame:
    low, high = difference[1:]
    return pd.DataFrame(
        {
            "metric": ["pearson_delta_centroid", "nir", "mae"],
            "negative_control": ["control", "global_mean", "mean"],
            "drf_random": [0.45, 0.5, 0.1],
            "drf_column": [0.31, 0.4, np.nan],
            "gate_random": ["informative", "informative", "weak"],
            "gate_column": ["weak", "informative", "too_few"],
            "difference": difference[0],
            "difference_low": low,
            "difference_high": high,
            "n_paired": [n, n, 0],
        }
    )


def test_what_belongs_to_the_guide_is_said_with_both_numbers() -> None:
    answer = sentences.halves_answer(compared(), halves(), metric="pearson_delta_centroid", kind="guide")
    assert answer.sentence == (
        "A repeat with another guide closes 0.31 of the gap on Pearson Δcentroid, with the same guides 0.45: part of "
        "what random halves call reproducible belongs to the guide."
    )
    assert answer.muted == (
        "Difference −0.14 (−0.20 to −0.08), n = 44. Of 3 metrics, 2 are informative by random halves and 1 by “sgRNA”; "
        "by random halves alone: Pearson Δcentroid."
    )


@pytest.mark.parametrize(
    ("difference", "end"),
    [((0.01, -0.02, 0.04), "; no difference is shown."), ((0.1, 0.05, 0.2), "belongs to the guide.")],
)
def test_no_difference_and_a_better_repeat_are_told_apart(difference, end) -> None:
    said = sentences.halves_answer(compared(difference), halves(), metric="nir", kind="guide").sentence
    assert said.endswith(end)
    assert "part of" not in said


def test_a_metric_without_a_pair_says_so_and_other_columns_have_their_name() -> None:
    said = sentences.halves_answer(compared(), halves(), metric="mae", kind="guide").sentence
    assert said == "On MAE no perturbation has a value by both halves."
    named = sentences.halves_answer(compared(), halves(), metric="nir", kind="level").sentence
    assert "A repeat with other levels of “sgRNA” closes 0.40" in named


def test_what_is_left_out_is_counted_by_reason() -> None:
    found = halves(("one level", "one level", "", "no value"), n_without_value=3)
    assert sentences.halves_left_out(found) == (
        "3 of 4 conditions take no part: 2 one level, 1 no value. 3 perturbed cells without a value are left out of "
        "both."
    )
    assert sentences.halves_left_out(halves()) == ""


def spread(other: tuple[int, ...]) -> pd.DataFrame:
    names = ["mse", "nir", "wmse", "mae", "rmse"][: len(other)]
    return pd.DataFrame(
        {
            "metric": names,
            "n_halvings": 5,
            "drf_mean": 0.3,
            "drf_lowest": 0.28,
            "drf_highest": 0.34,
            "n_other_gates": list(other),
            "gates": ["informative 4, weak 1" if n else "weak 5" for n in other],
        }
    )


def test_gates_that_changed_are_named_up_to_three() -> None:
    assert sentences.halvings_answer(spread((0, 0)), metric="mse").sentence == (
        "No gate of 2 metrics changed over 5 halvings."
    )
    one = sentences.halvings_answer(spread((0, 1)), metric="mse")
    assert one.sentence == "1 of 2 gates changed over 5 halvings: NIR (informative 4, weak 1)."
    assert one.muted.startswith("DRF of MSE lies between 0.28 and 0.34.")
    many = sentences.halvings_answer(spread((1, 1, 1, 1, 1)), metric="mse").sentence
    assert many.startswith("5 of 5 gates changed")
    assert many.endswith("and 2 more.")
    undefined = spread((0,)).assign(drf_mean=np.nan)
    assert sentences.halvings_answer(undefined, metric="mse").muted == "MSE has no DRF in any of them."


def test_gates_from_another_control_are_counted_and_those_it_flatters_named() -> None:
    rows = pd.DataFrame(
        {
            "metric": ["mse", "mse", "nir", "nir", "mae", "mae"],
            "negative_control": ["mean", "control", "global_mean", "mean", "mean", "control"],
            "used": [True, False] * 3,
            "drf_mean": [0.1, 0.5, 0.4, 0.4, 0.1, np.nan],
            "gate": ["weak", "informative", "informative", "informative", "weak", "too_few"],
        }
    )
    said = sentences.negative_answer(rows)
    assert said.sentence == "1 of 3 metrics would have another gate from another negative control."
    assert said.muted == "Called informative where the control in use does not: MSE from the control mean."
    kept = sentences.negative_answer(rows[rows["metric"] == "nir"])
    assert kept.sentence == "From another negative control, no gate of 1 metric would change."
    assert kept.muted == ""


def own() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "metric": ["pearson_delta_control", "pds_l1"],
            "negative_control": ["mean", "global_mean"],
            "positive_shared": [0.77, 0.9],
            "positive_own": [0.12, 0.8],
            "negative_shared": [0.68, 0.5],
            "negative_own": [0.03, 0.5],
            "drf_shared": [0.31, 0.8],
            "drf_own": [0.09, 0.6],
            "difference": -0.2,
            "difference_low": -0.3,
            "difference_high": -0.1,
            "n_paired": 44,
            "n_own": [44, 0],
            "gate_shared": ["informative", "informative"],
            "gate_own": ["weak", "informative"],
        }
    )


def test_the_ceiling_with_control_cells_of_its_own_is_said() -> None:
    said = sentences.own_control_answer(
        own(), metric="pearson_delta_control", control_cells=[(150, 151), (90, 91)]
    )
    assert said.sentence == (
        "With control cells of its own, a repeat scores 0.12 on Pearson Δcontrol instead of 0.77, and the average 0.03 "
        "instead of 0.68."
    )
    assert "DRF 0.09 instead of 0.31, difference −0.20 (−0.30 to −0.10), n = 44." in said.muted
    assert "1 of 2 gates changes: Pearson Δcontrol (informative to weak)." in said.muted
    assert "(the smallest has 90 cells)" in said.muted
    undefined = sentences.own_control_answer(own(), metric="pds_l1", control_cells=[(1, 1)])
    assert undefined.sentence == "On PDS (L1) no perturbation has a value with control cells of its own."
