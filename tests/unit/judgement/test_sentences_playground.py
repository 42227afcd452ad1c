from __future__ import annotations

import pandas as pd
import pytest

from perturbdash.judgement import sentences_playground as sentences
from perturbdash.judgement.playground.story import ANSWERED, FIRST, STEPS

GATES = ("weak", "uninformative", "informative", "informative", "weak")


def answers(gates=GATES, model=0.2, average=0.1, repeat=0.4) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "metric": ANSWERED,
            "model": model,
            "average": average,
            "repeat": repeat,
            "negative_control": [
                "control" if name == "pearson_delta_centroid" else "mean" for name in ANSWERED
            ],
            "negative": 0.1,
            "drf_mean": 0.3,
            "gate": gates,
        }
    )


def test_each_step_says_its_numbers_its_place_and_its_source():
    for step in STEPS:
        said = sentences.story_answer(step, answers(model=0.123, average=0.456, repeat=0.789), step.settings)
        assert said.muted.startswith(f"Step {step.number} of 5.")
        assert step.doi in said.muted
        shown = {1: "0.12", 2: "0.46", 3: "0.12", 4: "0.79", 5: "0.79"}[step.number]
        assert shown in said.sentence
        assert "!" not in said.sentence + said.muted


@pytest.mark.parametrize(
    ("average", "words"), [(0.3, "more than the model"), (0.2, "as much as"), (0.1, "nearly as much as")]
)
def test_the_average_is_compared_with_the_model(average, words):
    assert words in sentences.story_answer(STEPS[1], answers(average=average), FIRST).sentence


def test_the_fourth_step_names_the_cells_and_the_gates():
    said = sentences.story_answer(STEPS[3], answers(), STEPS[3].settings)
    assert said.sentence == "With 16 cells, even repeating the experiment reaches only 0.40."
    assert (
        "Pearson Δcentroid and weighted MSE can tell; Pearson on expression and NIR can hardly tell"
        in said.muted
    )
    assert "Pearson Δcontrol cannot tell." in said.muted


@pytest.mark.parametrize(
    ("gates", "model", "words"),
    [
        (("weak",) * 5, 0.2, "no metric can tell a repeat from the average, so no score says anything"),
        (GATES, 0.2, "two of the five metrics can tell a repeat from the average; the model stands above its "
        "negative control on both"),
        (GATES, 0.05, "above its negative control on none of them"),
        (GATES, [0.2, 0.2, 0.2, 0.0, 0.2], "above its negative control on one of them"),
        (GATES, [0.2, 0.2, float("nan"), 0.2, 0.2], "above its negative control on one of them"),
        (("informative", *["weak"] * 4), 0.2, "one of the five metrics can tell a repeat from the average; the model "
        "stands above its negative control on it"),
        (("informative",) * 5, 0.2, "all five metrics can tell a repeat from the average; the model stands above its "
        "negative control on all five"),
    ],
)  # fmt: skip
def test_own_settings_say_what_can_be_told_and_where_the_model_stands(gates, model, words):
    said = sentences.own_answer(STEPS[0], answers(gates, model), FIRST.at(cells=16, bias=2.0))
    assert said.sentence.startswith("Your own settings: ")
    assert words in said.sentence
    changed = "Changed from step 1: Cells a perturbation 16 instead of 50; Control bias 2.0 instead of 0.0."
    assert changed in said.muted


def test_it_is_said_what_a_model_stands_above():
    said = sentences.own_answer(STEPS[0], answers(), FIRST.at(cells=16)).muted
    assert (
        "Negative control: control for Pearson Δcentroid, where the average has no pattern; the average. "
        in said
    )
    assert "Negative control" not in sentences.own_answer(STEPS[0], answers(("weak",) * 5), FIRST).muted
    nir = answers().query("metric == 'nir'").assign(negative_control="global_mean")
    assert sentences.negative_sentence(nir) == "Negative control: one vector for all perturbations for NIR."
    last = sentences.story_answer(STEPS[4], answers(), STEPS[4].settings).muted
    assert (
        "stands above its negative control on all five metrics. Negative control: the average; control"
        in last
    )


def test_a_model_that_stands_above_no_average_stands_above_none_of_them():
    said = sentences.story_answer(STEPS[4], answers(model=0.05), STEPS[4].settings).muted
    assert " on none of the five metrics." in said
    assert "no of the" not in said


def test_one_gate_for_all_is_said_once():
    assert sentences.gates_sentence(answers(("weak",) * 5)) == (
        "All five metrics can hardly tell a repeat from the average."
    )


def curve(**lines: list[float]) -> pd.DataFrame:
    rows = [
        ("controls", at, line, v)
        for line, own in lines.items()
        for at, v in zip((20, 200, 10_000), own, strict=True)
    ]
    return pd.DataFrame(rows, columns=["knob", "at", "line", "value"])


def test_a_curve_says_between_which_values_its_lines_move():
    said = sentences.curve_sentence(
        curve(cosine=[0.8, 0.5, 0.1], cosine_split_control=[-0.001, 0.001, 0.004])
    )
    assert said == (
        "Control cells from 20 to 10,000: the published form from 0.80 to 0.10; the form with split controls stays at "
        "0.00."
    )
    assert "the model from 0.50 over 0.90 to 0.60" in sentences.curve_sentence(curve(model=[0.5, 0.9, 0.6]))
    assert "the model from 0.50 over 0.10 to 0.60" in sentences.curve_sentence(curve(model=[0.5, 0.1, 0.6]))
    nothing = [float("nan")] * 3
    assert "the model has no value" in sentences.curve_sentence(curve(model=nothing, repeat=[0.1, 0.2, 0.3]))
