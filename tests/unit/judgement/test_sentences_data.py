import numpy as np
import pandas as pd
import pytest

from perturbdash.judgement.sentences_data import (
    calibration_advice,
    calibration_answer,
    calibration_remarks,
)
from perturbdash.judgement.sentences_systematic import systematic_answer, zero_shift_sentence
from perturbdash.statistics.systematic import COLUMNS, summary
from perturbdash.vocabulary import HEADLINE

OTHERS = ("mse", "mae", "rmse", "jaccard_top20")
PUBLISHED = pd.DataFrame({"cosine": [0.76, 0.56, 0.5, 0.32, 0.2, 0.16]})


def rows(gates: dict[str, str], **changes: object) -> pd.DataFrame:
    """Rows of the summary with these gates; the numbers are those of an informative metric."""
    table = pd.DataFrame(
        {
            "metric": list(gates),
            "gate": list(gates.values()),
            "drf_mean": np.linspace(0.5, 0.4, len(gates)),
            "drf_low": 0.3,
            "drf_high": 0.7,
            "bds": 0.8,
            "bds_low": 0.6,
            "bds_high": 0.9,
            "n": 33,
            "n_undefined": 0,
            "n_no_range": 0,
            "median_range": 0.4,
        }
    )
    return table.assign(**changes)


def answer(table: pd.DataFrame, positive="interpolated_duplicate"):
    return calibration_answer(table, headline=HEADLINE, min_perturbations=10, positive_control=positive)


def advice(table: pd.DataFrame, n_cells=(80, 100, 100)):
    return calibration_advice(table, headline=HEADLINE, min_perturbations=10, n_cells=pd.Series(n_cells))


def every(gate: str) -> dict[str, str]:
    return dict.fromkeys((*HEADLINE, *OTHERS), gate)


def test_the_answer_counts_what_is_informative_and_the_rest_by_gate():
    gates = every("informative") | {"nir": "weak", "mse": "weak", "mae": "uninformative", "rmse": "too_few"}
    said = answer(rows(gates))
    assert said.sentence == "4 of 8 metrics can tell a repeated experiment from the average."
    assert "2 are weak, 1 is uninformative and 1 has too few perturbations; these do not count" in said.muted
    assert "Of the headline metrics, NIR cannot." in said.muted


def test_the_rule_names_both_gates_and_the_smallest_n():
    muted = answer(rows(every("informative"))).muted
    assert "DRF interval lies above 0.05 and that of BDS above 0.5, with 10 perturbations or more" in muted
    assert "at least 5 % of the gap" in muted


@pytest.mark.parametrize(
    ("gate", "sentence"),
    [
        ("informative", "All 8 metrics can tell a repeated experiment from the average."),
        ("weak", "No metric can tell a repeated experiment from the average."),
        ("too_few", "Too few perturbations to say what any metric can tell."),
    ],
)
def test_all_alike(gate: str, sentence: str):
    said = answer(rows(every(gate)))
    assert said.sentence == sentence
    assert ("All headline metrics can." in said.muted) == (gate == "informative")
    assert ("No model can be judged here." in said.muted) == (gate != "informative")


def test_headline_metrics_that_all_fail_are_said_beside_others_that_do_not():
    gates = every("informative") | dict.fromkeys(HEADLINE, "weak")
    assert "No headline metric can, so no model can be judged here." in answer(rows(gates)).muted
    found = advice(rows(gates))
    assert found is not None
    assert "weighted MSE, has DRF 0.50 (0.30 to 0.70) and BDS 0.80 (0.60 to 0.90), n = 33" in found.why


def test_another_positive_control_says_which_one_verdicts_follow():
    muted = answer(rows(every("informative")), "technical_duplicate").muted
    assert "Verdicts follow the interpolated duplicate" in muted
    assert "headline" not in muted


def test_no_advice_where_a_headline_metric_can_tell():
    assert advice(rows(every("weak") | {"nir": "informative"})) is None


def test_too_few_names_the_largest_n_as_what_to_lower_to():
    found = advice(rows(every("too_few"), n=[9, 9, 7, 0, 9, 9, 9, 9]))
    assert found.why == "At most 9 perturbations have a value, and the rule asks for 10."
    assert "to 9 to see their gates" in found.what_helps


def test_nothing_informative_names_the_best_of_those_judged_and_the_cells():
    gates = every("weak") | {"wmse": "too_few"}
    found = advice(rows(gates, n=[4, *[33] * 7]))
    assert "Pearson Δcentroid" in found.why
    assert "weighted MSE" not in found.why
    assert "here 80 to 100, median 100" in found.what_helps
    assert "to 4 to see their gates" in found.what_helps
    assert "here 50 each" in advice(rows(every("weak")), n_cells=(50, 50)).what_helps


@pytest.mark.parametrize(
    ("n_undefined", "why"), [(1, "There is one perturbation"), (6, "None of 6 perturbations has a value")]
)
def test_no_value_at_all_says_what_is_missing(n_undefined: int, why: str):
    found = advice(rows(every("too_few"), n=0, n_undefined=n_undefined))
    assert found.why.startswith(why)
    assert "Lower" not in found.what_helps


def test_remarks_flag_small_n_small_range_and_no_range():
    table = rows(
        dict.fromkeys(["mse", "mae", "nir", "wmse"], "weak"),
        n=[19, 20, 33, 0],
        median_range=[0.5, 5e-5, 0.5, np.nan],
        n_no_range=[0, 0, 3, 0],
    )
    assert calibration_remarks(table) == ["interval approximate", "hardly any range", "no range for 3", ""]


def shifts(control: list[float], split: float = 0.0, context: str = "all") -> pd.DataFrame:
    """A table of cosines; the split-control form lies lower by ``split``, Δcentroid is the negative."""
    found = []
    for i, value in enumerate(control):
        found.append((context, f"P{i}", "control", value, value, value - split, 1.0, 9))
        found.append((context, f"P{i}", "centroid", -value, -value, np.nan, 1.0, 9))
    return pd.DataFrame(found, columns=list(COLUMNS))


@pytest.mark.parametrize(
    ("cosine", "strength", "among"),
    [
        (0.9, "Strong", "more than all 6"),
        (0.52, "Strong", "more than 4 of 6"),
        (0.35, "Moderate", "more than 3 of 6"),
        (0.21, "Moderate", "more than 2 of 6"),
        (0.17, "Weak", "more than 1 of 6"),
        (0.1, "Weak", "less than all 6"),
    ],
)
def test_a_data_set_is_placed_among_the_published(cosine: float, strength: str, among: str):
    said = systematic_answer(summary(shifts([cosine - 0.01, cosine + 0.01])), PUBLISHED, "all")
    expected = f"{strength} systematic variation: mean cosine {cosine:.2f} to the average effect, {among}"
    assert said.sentence == f"{expected} published data sets."
    assert f"{cosine:.2f} ± 0.01 (standard error)" in said.muted
    assert f"−{cosine:.2f} ± 0.01." in said.muted


@pytest.mark.parametrize(("split", "noisy"), [(0.09, False), (0.11, True)])
def test_noise_in_the_control_mean_is_said_with_numbers(split: float, noisy: bool):
    said = systematic_answer(summary(shifts([0.6, 0.8], split)), PUBLISHED, "all")
    assert said.sentence.endswith("part of this is noise in the control mean.") == noisy
    assert said.sentence.startswith("Strong") != noisy
    assert f"and {0.7 - split:.2f} ± 0.10 with the controls split" in said.muted


def test_metrics_reward_the_average_only_where_the_cosine_is_clearly_positive():
    reward = "Metrics on Δcontrol reward the average"
    assert reward in systematic_answer(summary(shifts([0.5, 0.6])), PUBLISHED, "all").muted
    assert reward not in systematic_answer(summary(shifts([-0.5, 0.6])), PUBLISHED, "all").muted


def test_other_contexts_are_named_with_their_values():
    table = pd.concat([shifts([0.4, 0.6], context=name) for name in "ABCDEF"])
    muted = systematic_answer(summary(table), PUBLISHED, "B").muted
    assert "this is B; A has 0.50, C has 0.50, D has 0.50, E has 0.50 and 1 more." in muted
    assert "context" not in systematic_answer(summary(shifts([0.4, 0.6])), PUBLISHED, "all").muted


def test_one_perturbation_has_no_cosine():
    said = systematic_answer(summary(shifts([np.nan])), PUBLISHED, "all")
    assert said.sentence.startswith("One perturbation has no average effect")


def test_zero_shifts_are_named_by_reference():
    zeros = pd.DataFrame({"reference": ["control", "control", "centroid"], "perturbation": ["A", "B", "C"]})
    said = zero_shift_sentence(zeros)
    assert said.startswith("A, B do not differ from the control mean at all; C does not differ from")
    assert zero_shift_sentence(zeros.iloc[:0]) == ""
    many = pd.DataFrame({"reference": "control", "perturbation": [f"P{i}" for i in range(8)]})
    assert "P4 and 3 more" in zero_shift_sentence(many)
