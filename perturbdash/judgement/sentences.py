"""Sentences made by rule from tables: what a page and the command line say first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from perturbdash.metrics.registry import METRICS
from perturbdash.vocabulary import POOLED, POSITIVE_CONTROLS

if TYPE_CHECKING:
    from perturbdash.judgement.column_halves import ColumnHalves
    from perturbdash.judgement.result import Result

NOTHING = "No headline metric can tell anything on this data set"
FIT = "No perturbation was held out: this judges a fit, not a prediction."
NAMED_METRICS = 3
GATE_WORDS = {
    "informative": "informative",
    "weak": "weak",
    "uninformative": "uninformative",
    "too_few": "too few perturbations",
}


class Name(str):
    """A model's name within a sentence; a screen puts the model's symbol before it."""

    __slots__ = ()


class Strong(str):
    """A part of a sentence that is stressed."""

    __slots__ = ()


Sentence = tuple[str, ...]
"""A sentence in parts: text, `Name` and `Strong`."""


def plain(sentence: Sentence) -> str:
    """Return a sentence as text.

    Examples
    --------
    >>> plain((Name("sharp"), " beats the mean."))
    'sharp beats the mean.'
    """
    return "".join(sentence)


def two(value: float) -> str:
    """Write a number with two decimals and a true minus sign, never ``-0.00``.

    Examples
    --------
    >>> two(-0.001), two(-1.5), two(float("nan"))
    ('0.00', '−1.50', '–')
    """
    if math.isnan(value):
        return "–"
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "\N{MINUS SIGN}")


def joined(words: Sequence[str], *, last: str = "and") -> str:
    """Join words as in a sentence.

    Examples
    --------
    >>> joined(["size"]), joined(["size", "sign"]), joined(["size", "pattern", "sign"])
    ('size', 'size and sign', 'size, pattern and sign')
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def counted(n: int, one: str, many: str = "") -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> counted(1, "perturbation"), counted(1200, "perturbation")
    ('1 perturbation', '1,200 perturbations')
    """
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def some_labels(metrics: Sequence[str]) -> str:
    """Name up to three metrics and count the others; those whose label has a comma come last.

    Examples
    --------
    >>> some_labels(["mae", "nir"]), some_labels(["pearson_delta_control_top20", "mse", "mae", "wmse"])
    ('MAE and NIR', 'MSE, MAE, weighted MSE and 1 more')
    """
    labels = [METRICS[metric].label for metric in metrics]
    short = [label for label in labels if "," not in label][:NAMED_METRICS] or labels[:1]
    rest = len(labels) - len(short)
    return joined([*short, f"{rest} more"] if rest else short)


@dataclass(frozen=True)
class ModelVerdict:
    """How one model fares on the headline metrics that can tell anything.

    Parameters
    ----------
    beats, informative
        Counts of headline metrics.
    loses_headline, loses_other
        Names of informative metrics on which the model is worse than some baseline.
    """

    model: str
    beats: int
    informative: int
    loses_headline: tuple[str, ...]
    loses_other: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The verdict in one sentence."""
        return f"{self.model} {self.predicate}"

    @property
    def predicate(self) -> str:
        """The verdict in one sentence that lacks the model's name."""
        if self.informative == 1:
            verb = "beats" if self.beats else "does not beat"
            return f"{verb} every baseline on the one headline metric that can tell anything here"
        return (
            f"beats every baseline on {self.beats or 'none'} of the {self.informative} headline metrics that can "
            "tell anything here"
        )

    @property
    def losses(self) -> str:
        """What the model loses on, or an empty text."""
        lost = (*self.loses_headline, *self.loses_other)
        return f"{self.model} loses to a baseline on {some_labels(lost)}" if lost else ""


def model_verdicts(verdict: pd.DataFrame, context: str) -> list[ModelVerdict]:
    """Return how each model fares in one context, best first.

    Parameters
    ----------
    verdict
        The table ``verdict``.
    context
        A context, or ``"pooled"``.
    """
    here = verdict[(verdict["context"] == context) & (verdict["gate"] == "informative")]
    found = []
    for model in dict.fromkeys(verdict["model"]):
        own = here[here["model"] == model]
        lost = own[own["outcome"] == "loses"]
        found.append(
            ModelVerdict(
                model=model,
                beats=int(((own["outcome"] == "beats") & own["headline"]).sum()),
                informative=int(own["headline"].sum()),
                loses_headline=tuple(lost[lost["headline"]]["metric"]),
                loses_other=tuple(lost[~lost["headline"]]["metric"]),
            )
        )
    return sorted(found, key=lambda one: -one.beats)


def why_nothing(calibration_summary: pd.DataFrame, context: str, headline: Sequence[str]) -> str:
    """Say in numbers why headline metrics are not informative in a context; empty where all are."""
    table = calibration_summary
    chosen = table[
        (table["context"] == context)
        & (table["positive_control"] == POSITIVE_CONTROLS[0])
        & table["metric"].isin(headline)
        & (table["gate"] != "informative")
    ]
    reasons = []
    for row in chosen.to_dict("records"):
        label = METRICS[row["metric"]].label
        if row["gate"] == "too_few":
            reasons.append(f"{label}: {row['n']} perturbations with a value, too few")
        else:
            drf, bds = (
                f"{two(row[mean])} ({two(row[f'{name}_low'])} to {two(row[f'{name}_high'])})"
                for name, mean in (("drf", "drf_mean"), ("bds", "bds"))
            )
            reasons.append(f"{label}: {GATE_WORDS[row['gate']]}, DRF {drf}, BDS {bds}, n = {row['n']}")
    return "; ".join(reasons)


def shown_contexts(contexts: Sequence[str]) -> list[str]:
    """Return the contexts and, where there are several, ``pooled`` first.

    Examples
    --------
    >>> shown_contexts(["A", "B"])
    ['pooled', 'A', 'B']
    """
    return [POOLED, *contexts] if len(contexts) > 1 else list(contexts)


def summary_lines(result: Result) -> list[str]:
    """Return what the command line prints: the verdict, what cannot be told and why, and the warnings."""
    lines = []
    headline = result.settings.headline
    if result.judges_a_fit:
        lines.append(FIT)
    for context in shown_contexts(result.contexts):
        where = f"[{context}] " if len(result.contexts) > 1 else ""
        informative = [metric for metric in headline if result.gates.get((context, metric)) == "informative"]
        why = why_nothing(result.calibration_summary, context, headline)
        if not informative:
            lines.append(f"{where}{NOTHING}: {why}.")
        elif not result.models:
            names = ", ".join(METRICS[metric].label for metric in informative)
            lines.append(
                f"{where}{len(informative)} of {len(headline)} headline metrics can tell anything here: {names}."
            )
        else:
            for one in model_verdicts(result.verdict, context):
                lines.append(f"{where}{one.sentence}.")
                lines += [f"{where}{one.losses}."] if one.losses else []
            lines += [f"{where}Cannot be told: {why}."] if why else []
    for row in result.warnings.to_dict("records"):
        where = f"[{row['context']}] " if len(result.contexts) > 1 else ""
        lines.append(f"{where}warning {row['warning']}: {row['sentence']}")
    return lines


def column_halves_line(halves: ColumnHalves) -> str:
    """Say by which column a calibration was halved, and what takes no part in it."""
    n = len(halves.conditions)
    said = f"Halves by {halves.column!r}, {counted(halves.n_levels, 'level')}: "
    lacking = sum(halves.reasons.values())
    why = ", ".join(f"{reason} {count:,}" for reason, count in halves.reasons.items())
    said += (
        f"{lacking:,} of {counted(n, 'condition')} take no part in the calibration ({why})."
        if lacking
        else f"all {counted(n, 'condition')} take part."
    )
    if halves.random_controls:
        said += f" Control cells are halved at random in {joined(halves.random_controls)}."
    return said


def notice_lines(result: Result) -> list[str]:
    """Return how cells were halved by a column, what was matched of each prediction, and what was noticed."""
    lines = [] if result.column_halves is None else [column_halves_line(result.column_halves)]
    for prediction in result.aligned:
        lines.append(prediction.report.sentence())
        lines += [f"{prediction.name}: {notice}" for notice in prediction.report.notices]
    return lines
