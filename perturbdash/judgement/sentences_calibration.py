"""Sentences about a calibration made again: other halves, other negative controls, a control half of its own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from perturbdash.judgement.answer import Answer
from perturbdash.judgement.halving_columns import OTHER
from perturbdash.judgement.sentences import GATE_WORDS, counted, joined, some_labels, two
from perturbdash.metrics.registry import METRICS
from perturbdash.vocabulary import Mode

if TYPE_CHECKING:
    from perturbdash.judgement.column_halves import ColumnHalves

MOST_NAMED = 3

NEGATIVE_WORDS = {
    "mean": "the average of the training perturbations",
    "control": "the control mean",
    "global_mean": "one mean of all centroids",
}
SHORT_WORDS = {"mean": "the average", "control": "the control mean", "global_mean": "one mean for all"}
WHY_USED: dict[Mode, dict[str, str]] = {
    "default": {
        "mean": "What a model must beat. For correlations on Δcentroid it is the reference itself and has no value; in "
        "retrieval it is made from the competitors and not from the perturbation itself, so that it is not at chance "
        "(0.19 with 10 perturbations without signal, 0.47 with 100).",
        "control": "Used where the average has no shift to correlate. Elsewhere it misleads: any perturbed profile is "
        "nearer to the truth than the control mean, so that R² Δcentroid from it was informative on data with permuted "
        "labels, 8 times of 8.",
        "global_mean": "The same vector for every perturbation, so that retrieval is 0.5 on average: chance. It is "
        "scored for retrieval alone.",
    },
    "published": {
        "mean": "Used for all metrics that are not on Δcentroid, also for retrieval, where it is not at chance (0.19 "
        "with 10 perturbations without signal, 0.47 with 100).",
        "control": "Used for every metric on Δcentroid, also for R², which it calls informative on data with permuted "
        "labels, 8 times of 8.",
        "global_mean": "Not used; it is scored for retrieval alone.",
    },
}
"""By rules and negative control: why a metric starts from it, and where it would mislead."""


def kind_words(kind: str, column: str) -> tuple[str, str, str]:
    """Return a repeat by a column, a random one, and what the column holds, in words.

    Examples
    --------
    >>> kind_words("guide", "sgRNA")
    ('another guide', 'the same guides', 'the guide')
    """
    if kind == OTHER:
        return f"other levels of “{column}”", "the same levels", f"“{column}”"
    return f"another {kind}", f"the same {kind}s", f"the {kind}"


def halves_answer(rows: pd.DataFrame, halves: ColumnHalves, *, metric: str, kind: str) -> Answer:
    """Say what a repeat by a column closes of the gap of one metric, beside a random one of the same cells.

    Parameters
    ----------
    rows
        Of the table ``halves_compared``: one context and one positive control.
    metric
        Whose DRF is said.
    kind
        What the column holds (`perturbdash.judgement.halving_columns.kind_of`).
    """
    row = rows[rows["metric"] == metric].iloc[0]
    muted = [f"Difference {difference_words(row.to_dict())}." if int(row["n_paired"]) else ""]
    muted += [_informative(rows, ("random", "column"), ("random halves", f"“{halves.column}”"))]
    muted += [halves_left_out(halves)]
    return Answer(_repeat_sentence(row, halves.column, kind), " ".join(part for part in muted if part))


def _repeat_sentence(row: pd.Series, column: str, kind: str) -> str:
    other, same, what = kind_words(kind, column)
    name = METRICS[str(row["metric"])].label
    if not int(row["n_paired"]):
        return f"On {name} no perturbation has a value by both halves."
    said = (
        f"A repeat with {other} closes {two(row['drf_column'])} of the gap on {name}, with {same} "
        f"{two(row['drf_random'])}"
    )
    low, high = float(row["difference_low"]), float(row["difference_high"])
    if high < 0:
        return f"{said}: part of what random halves call reproducible belongs to {what}."
    if low > 0:
        return f"{said}: nothing of what random halves call reproducible belongs to {what}."
    return f"{said}; no difference is shown."


def difference_words(row: Mapping[Any, Any]) -> str:
    """Return a paired difference of DRF with its interval and n.

    Examples
    --------
    >>> difference_words({"difference": -0.14, "difference_low": -0.2, "difference_high": -0.08, "n_paired": 44})
    '−0.14 (−0.20 to −0.08), n = 44'
    """
    value, low, high = (float(row[name]) for name in ("difference", "difference_low", "difference_high"))
    ends = "" if math.isnan(low) else f" ({two(low)} to {two(high)})"
    return f"{two(value)}{ends}, n = {int(row['n_paired'])}"


def halves_left_out(halves: ColumnHalves) -> str:
    """Say what takes no part in a comparison by a column, by reason; empty where everything does."""
    said = []
    lacking = sum(halves.reasons.values())
    if lacking:
        why = ", ".join(f"{n:,} {reason}" for reason, n in halves.reasons.items())
        verb = "takes" if lacking == 1 else "take"
        said.append(f"{lacking:,} of {counted(len(halves.conditions), 'condition')} {verb} no part: {why}.")
    if halves.n_without_value:
        said.append(
            f"{counted(halves.n_without_value, 'perturbed cell')} without a value are left out of both."
            if halves.n_without_value > 1
            else "1 perturbed cell without a value is left out of both."
        )
    return " ".join(said)


def _informative(rows: pd.DataFrame, sides: tuple[str, str], words: tuple[str, str]) -> str:
    """Count the metrics that are informative on each side, and name those that are on one alone."""
    one, other = ((rows[f"gate_{side}"] == "informative") for side in sides)
    said = [
        f"Of {counted(len(rows), 'metric')}, {int(one.sum())} are informative by {words[0]} and {int(other.sum())} by "
        f"{words[1]}"
    ]
    for lost, name in ((one & ~other, words[0]), (other & ~one, words[1])):
        if lost.any():
            said.append(f"by {name} alone: {some_labels(list(rows.loc[lost, 'metric']))}")
    return f"{'; '.join(said)}."


def halvings_answer(spread: pd.DataFrame, *, metric: str) -> Answer:
    """Say which gates changed from one halving to another.

    Parameters
    ----------
    spread
        As `perturbdash.judgement.halvings.spread` returns it: one context and one positive control.
    metric
        Whose range of DRF is said.
    """
    n = int(spread["n_halvings"].max())
    changed = spread[spread["n_other_gates"] > 0]
    if changed.empty:
        sentence = f"No gate of {counted(len(spread), 'metric')} changed over {n} halvings."
    else:
        named = [
            f"{METRICS[str(row['metric'])].label} ({row['gates']})"
            for row in changed.head(MOST_NAMED).to_dict("records")
        ]
        rest = len(changed) - len(named)
        sentence = f"{len(changed)} of {counted(len(spread), 'gate')} changed over {n} halvings: " + (
            f"{', '.join(named)} and {rest} more." if rest else f"{joined(named)}."
        )
    row = spread[spread["metric"] == metric].iloc[0]
    if math.isnan(float(row["drf_mean"])):
        return Answer(sentence, f"{METRICS[metric].label} has no DRF in any of them.")
    low, high = two(float(row["drf_lowest"])), two(float(row["drf_highest"]))
    return Answer(
        sentence,
        f"DRF of {METRICS[metric].label} lies between {low} and {high}. Halves, folds and resamples are drawn anew "
        "each time; the cells stay.",
    )


def negative_answer(rows: pd.DataFrame) -> Answer:
    """Say how many metrics would have another gate from another negative control.

    Parameters
    ----------
    rows
        Of the table ``negative_controls``: one context, one positive control and one mode.
    """
    used = rows[rows["used"].astype(bool)].set_index("metric")["gate"]
    others = rows[~rows["used"].astype(bool) & rows["drf_mean"].notna()]
    flips = others[others["gate"] != others["metric"].map(used)]
    told = flips[(flips["gate"] == "informative") & (flips["metric"].map(used) != "informative")]
    n = int(flips["metric"].nunique())
    metrics = counted(len(used), "metric")
    if n == 0:
        sentence = f"From another negative control, no gate of {metrics} would change."
    else:
        sentence = f"{n} of {metrics} would have another gate from another negative control."
    return Answer(sentence, _flipped(told))


def _flipped(told: pd.DataFrame) -> str:
    """Name the metrics that another control calls informative, control by control."""
    parts = [
        f"{some_labels(list(dict.fromkeys(rows['metric'])))} from {NEGATIVE_WORDS[str(control)]}"
        for control, rows in told.groupby("negative_control", sort=False)
    ]
    return f"Called informative where the control in use does not: {'; '.join(parts)}." if parts else ""


def own_control_answer(
    rows: pd.DataFrame, *, metric: str, control_cells: Sequence[tuple[int, int]]
) -> Answer:
    """Say what is left of the score of a repeat once it has control cells of its own.

    Parameters
    ----------
    rows
        Of the table ``own_control``: one context and one positive control.
    metric
        Whose scores are said; a metric on Δcontrol.
    control_cells
        Cells of the two halves, by context.
    """
    row = rows[rows["metric"] == metric].iloc[0]
    name = METRICS[metric].label
    shared, own = two(float(row["positive_shared"])), two(float(row["positive_own"]))
    average = SHORT_WORDS[str(row["negative_control"])]
    sentence = (
        f"With control cells of its own, a repeat scores {own} on {name} instead of {shared}, and {average} "
        f"{two(float(row['negative_own']))} instead of {two(float(row['negative_shared']))}."
    )
    if not int(row["n_own"]):
        sentence = f"On {name} no perturbation has a value with control cells of its own."
    changed = rows[rows["gate_shared"] != rows["gate_own"]]
    gates = [
        f"{METRICS[str(r['metric'])].label} ({GATE_WORDS[r['gate_shared']]} to {GATE_WORDS[r['gate_own']]})"
        for r in changed.head(MOST_NAMED).to_dict("records")
    ]
    rest = len(changed) - len(gates)
    said = (
        f"{len(changed)} of {counted(len(rows), 'gate')} {'changes' if len(changed) == 1 else 'change'}: "
        f"{', '.join(gates)}{f' and {rest} more' if rest else ''}."
        if gates
        else f"No gate of {counted(len(rows), 'metric')} changes."
    )
    fewest = min((min(pair) for pair in control_cells), default=0)
    return Answer(
        sentence,
        f"DRF {two(float(row['drf_own']))} instead of {two(float(row['drf_shared']))}, difference "
        f"{difference_words(row.to_dict())}. {said} Both sides carry the noise of a half of the control cells (the "
        f"smallest has {counted(fewest, 'cell')}), so with few of them both scores err low.",
    )
