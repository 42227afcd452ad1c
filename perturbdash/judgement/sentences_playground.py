"""Sentences of the playground, made by rule from its answers and curves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from perturbdash.judgement.answer import Answer
from perturbdash.judgement.playground.knobs import KNOBS, N_PERTURBATIONS, PlaygroundSettings
from perturbdash.judgement.playground.story import ANSWERED, NAMES, Step
from perturbdash.vocabulary import Gate

if TYPE_CHECKING:
    from collections.abc import Callable

GATE_SAYS: dict[Gate, str] = {
    "informative": "can tell",
    "weak": "can hardly tell",
    "uninformative": "cannot tell",
    "too_few": "too few",
}
ASKS: dict[str, str] = {
    "pearson_expression": "whole profiles",
    "pearson_delta_control": "pattern, from control",
    "pearson_delta_centroid": "pattern, from the average",
    "wmse": "size: share of error removed",
    "nir": "identity: nearer its own truth",
}
"""What each metric of the page asks, in a few words."""
LINES: dict[str, str] = {
    "model": "the model",
    "average": "the average",
    "control": "control",
    "repeat": "a repeat",
    "pds_l1": "PDS by city-block distance",
    "pds_cosine": "PDS by angle",
    "cosine": "the published form",
    "cosine_leave_one_out": "leave one out",
    "cosine_split_control": "the form with split controls",
}
Rows = Mapping[str, "pd.Series"]
NEGATIVES: dict[str, str] = {
    "mean": "the average",
    "control": "control for {metrics}, where the average has no pattern",
    "global_mean": "one vector for all perturbations for {metrics}",
}
"""What a negative control is, in a few words; the average is that of all metrics that are not named."""
NUMBERS = ("no", "one", "two", "three", "four", "five")
AS_MUCH = 0.005
FLAT = 0.01


def story_answer(step: Step, answers: pd.DataFrame, settings: PlaygroundSettings) -> Answer:
    """Say what a step shows, in the numbers of its answers.

    Parameters
    ----------
    answers
        As ``playground.answers`` gives them for the metrics of the page.
    settings
        Those of the step, perhaps with another seed.
    """
    rows = {str(row["metric"]): row for _, row in answers.iterrows()}
    said = _STORY[step.number](rows, settings)
    return Answer(said.sentence, f"Step {step.number} of {len(_STORY)}. {said.muted}")


def own_answer(step: Step, answers: pd.DataFrame, settings: PlaygroundSettings) -> Answer:
    """Say what the reader's own settings show, and how they differ from the step they began with."""
    open_ = answers[answers["gate"] == "informative"]
    above = int((open_["model"] > open_["negative"]).sum())
    if open_.empty:
        sentence = (
            "Your own settings: no metric can tell a repeat from the average, so no score says anything."
        )
    else:
        sentence = (
            f"Your own settings: {_of(len(open_), len(answers))} can tell a repeat from the average; the model stands "
            f"above its negative control on {_among(above, len(open_))}."
        )
    gates = "" if len(open_) == len(answers) else gates_sentence(answers)
    parts = [gates, "" if open_.empty else negative_sentence(open_), _changed(step, settings)]
    return Answer(sentence, " ".join(part for part in parts if part))


def negative_sentence(answers: pd.DataFrame) -> str:
    """Say what the negative control of each metric is, below which a score says nothing."""
    groups = answers.groupby("negative_control", sort=False)["metric"]
    parts = [
        NEGATIVES[str(kind)].format(metrics=_listed([NAMES[str(name)] for name in names]))
        for kind, names in groups
    ]
    return f"Negative control: {'; '.join(parts)}."


def gates_sentence(answers: pd.DataFrame) -> str:
    """Name which metrics can tell a repeat from the average, which hardly, and which cannot."""
    parts = []
    for gate, says in GATE_SAYS.items():
        names = [NAMES[str(name)] for name in answers.loc[answers["gate"] == gate, "metric"]]
        if len(names) == len(answers):
            return f"All {NUMBERS[len(names)]} metrics {says} a repeat from the average."
        if names:
            parts.append(f"{_listed(names)} {says}")
    words = "; ".join(parts)
    return f"{words[0].upper()}{words[1:]}." if words else ""


def curve_sentence(curve: pd.DataFrame) -> str:
    """Say between which values each line of a curve moves while its slider goes from one end to the other.

    Parameters
    ----------
    curve
        As ``playground.curves.curve`` gives it.
    """
    knob = KNOBS[str(curve["knob"].iloc[0])]
    parts = [_moves(LINES[str(line)], own) for line, own in curve.groupby("line", sort=False)]
    low, high = float(curve["at"].min()), float(curve["at"].max())
    return f"{knob.label} from {knob.said(low)} to {knob.said(high)}: {'; '.join(part for part in parts if part)}."


def _moves(name: str, own: pd.DataFrame) -> str:
    values = own.sort_values("at")["value"].dropna().to_numpy()
    if not len(values):
        return f"{name} has no value"
    first, last, low, high = values[0], values[-1], values.min(), values.max()
    if high - low < FLAT:
        return f"{name} stays at {_number(last)}"
    words = f"{name} from {_number(first)} to {_number(last)}"
    beyond = max(high - max(first, last), min(first, last) - low)
    if beyond < 2 * FLAT:
        return words
    between = high if high - max(first, last) == beyond else low
    return f"{name} from {_number(first)} over {_number(between)} to {_number(last)}"


def _score_is_high(rows: Rows, _: PlaygroundSettings) -> Answer:
    model = _value(rows, "pearson_delta_control", "model")
    return Answer(
        f"A model that knows nothing about any perturbation scores {_number(model)}.",
        f"Pearson Δcontrol between predicted and observed shift, mean over {N_PERTURBATIONS} perturbations; on whole "
        f"profiles it is even {_number(_value(rows, 'pearson_expression', 'model'))}. Skill is set to 0: what is "
        "specific in a prediction is a guess. What it gets right is the effect that all perturbations share (Systema, "
        "doi 10.1038/s41587-025-02777-8). Pull Shared effect to 0 and watch the score fall.",
    )


def _so_is_the_average(rows: Rows, _: PlaygroundSettings) -> Answer:
    name = "pearson_delta_control"
    model, average, repeat = (_value(rows, name, column) for column in ("model", "average", "repeat"))
    than = (
        "as much as the model"
        if abs(average - model) < AS_MUCH
        else "more than the model"
        if average > model
        else "nearly as much as the model"
    )
    return Answer(
        f"The average of all perturbations scores {_number(average)}, {than}.",
        f"It says the same of every perturbation. Even repeating the experiment scores {_number(repeat)}: what lies "
        f"between the two is all that Pearson Δcontrol has to tell a good model by. {_gate_of(rows, name)} Systema "
        "(doi 10.1038/s41587-025-02777-8) found the average hard to beat on ten published screens.",
    )


def _move_the_reference(rows: Rows, _: PlaygroundSettings) -> Answer:
    name = "pearson_delta_centroid"
    model, repeat = (_value(rows, name, column) for column in ("model", "repeat"))
    return Answer(
        f"Measured from the average instead of from control, {_number(model)} is left.",
        "Systema (doi 10.1038/s41587-025-02777-8): subtract the perturbed centroid, not the control mean. What all "
        "perturbations share is gone from both sides, and only what is specific counts. The average is now the "
        f"reference itself and has no pattern; a repeat reaches {_number(repeat)}. The arrows start at the average.",
    )


def _ask_for_a_repeat(rows: Rows, settings: PlaygroundSettings) -> Answer:
    repeat = _value(rows, "pearson_delta_centroid", "repeat")
    return Answer(
        f"With {KNOBS['cells'].said(settings.cells)} cells, even repeating the experiment reaches only "
        f"{_number(repeat)}.",
        "Miller et al. (doi 10.1101/2025.10.20.683304): a metric must first tell a repeated experiment from the "
        f"average; the tinted part of each bar is that range. {gates_sentence(_table(rows))} Pull "
        "Cells a perturbation up until the gates open.",
    )


def _now_believe_it(rows: Rows, settings: PlaygroundSettings) -> Answer:
    name = "pearson_delta_centroid"
    model, repeat = (_value(rows, name, column) for column in ("model", "repeat"))
    above = sum(_value(rows, metric, "model") > _value(rows, metric, "negative") for metric in rows)
    return Answer(
        f"A model with skill reaches {_number(model)}, and a repeat of the experiment {_number(repeat)}.",
        f"Pearson Δcentroid, {KNOBS['cells'].said(settings.cells)} cells a perturbation, "
        f"{N_PERTURBATIONS} perturbations. {gates_sentence(_table(rows))} The model stands above "
        f"its negative control on {_of(above, len(rows))}. {negative_sentence(_table(rows))} "
        "Average, repeat and model have moved apart (Miller et al., doi 10.1101/2025.10.20.683304), so that a score "
        "means something.",
    )


_STORY: dict[int, Callable[[Rows, PlaygroundSettings], Answer]] = {
    1: _score_is_high,
    2: _so_is_the_average,
    3: _move_the_reference,
    4: _ask_for_a_repeat,
    5: _now_believe_it,
}


def _table(rows: Rows) -> pd.DataFrame:
    return pd.DataFrame(list(rows.values()))


def _gate_of(rows: Rows, metric: str) -> str:
    return f"It {GATE_SAYS[rows[metric]['gate']]}, DRF {_number(_value(rows, metric, 'drf_mean'))}."


def _changed(step: Step, settings: PlaygroundSettings) -> str:
    parts = [
        f"{KNOBS[name].label} {KNOBS[name].said(value)} instead of "
        f"{KNOBS[name].said(getattr(step.settings, name))}"
        for name, value in settings.differences(step.settings).items()
    ]
    return f"Changed from step {step.number}: {'; '.join(parts)}." if parts else ""


def _of(k: int, n: int) -> str:
    return (
        f"all {NUMBERS[n]} metrics"
        if k == n
        else f"{NUMBERS[k] if k else 'none'} of the {NUMBERS[n]} metrics"
    )


def _among(k: int, n: int) -> str:
    if k < n:
        return f"{NUMBERS[k] if k else 'none'} of them"
    return {1: "it", 2: "both"}.get(n, f"all {NUMBERS[n]}")


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _value(rows: Rows, metric: str, column: str) -> float:
    return float(rows[metric][column])


def _number(value: float) -> str:
    return "no value" if math.isnan(value) else f"{value:z.2f}".replace("-", "−")


assert set(ASKS) == set(ANSWERED)
