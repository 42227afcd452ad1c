"""Sentences about what a data set lets metrics tell, made by rule from tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from perturbdash.judgement.answer import Answer
from perturbdash.judgement.calibration import SMALL_RANGE
from perturbdash.judgement.resampling import APPROXIMATE_BELOW
from perturbdash.metrics.registry import METRICS
from perturbdash.vocabulary import BDS_GATE, CELLS_FOR_HALVES, DRF_GATE, POSITIVE_CONTROLS, PositiveControl

TELLS = "can tell a repeated experiment from the average"
AS_PUBLISHED = (
    "Calibration as published by Miller et al. 2025: the first half alone is the truth and the second repeats it; "
    "the negative control is the control mean for metrics on Δcentroid and the average for all others."
)


@dataclass(frozen=True)
class Advice:
    """Why nothing can be said, in numbers, and what would help."""

    title: str
    why: str
    what_helps: str


def calibration_answer(
    rows: pd.DataFrame, *, headline: Sequence[str], min_perturbations: int, positive_control: PositiveControl
) -> Answer:
    """Say how many metrics can tell a repeated experiment from the average, and by which rule.

    Parameters
    ----------
    rows
        Of the table ``calibration_summary``: one context and one positive control.
    headline
        The metrics that count in a verdict.
    """
    n = len(rows)
    informative = int((rows["gate"] == "informative").sum())
    if informative == n:
        sentence = f"All {n} metrics {TELLS}."
    elif informative:
        sentence = f"{informative} of {n} metrics {TELLS}."
    elif not (rows["n"] + rows["n_undefined"]).any():
        sentence = "No perturbation can be tested, so no metric can be calibrated."
    elif (rows["gate"] == "too_few").all():
        sentence = "Too few perturbations to say what any metric can tell."
    else:
        sentence = f"No metric {TELLS}."
    said = [_others(rows), _headline(rows, headline, positive_control), _rule(min_perturbations)]
    return Answer(sentence, " ".join(part for part in said if part))


def _others(rows: pd.DataFrame) -> str:
    """Count the metrics that are not informative, by gate."""
    words = {
        "weak": ("is weak", "are weak"),
        "uninformative": ("is uninformative", "are uninformative"),
        "too_few": ("has too few perturbations", "have too few perturbations"),
    }
    counts = rows["gate"].value_counts()
    parts = [
        f"{counts[gate]} {one if counts[gate] == 1 else many}"
        for gate, (one, many) in words.items()
        if gate in counts
    ]
    left_out = int((rows["gate"] != "informative").sum())
    if left_out in (0, len(rows)):
        return ""
    return f"{_listed(parts)}; {'it does' if left_out == 1 else 'these do'} not count in any verdict."


def _headline(rows: pd.DataFrame, headline: Sequence[str], positive_control: PositiveControl) -> str:
    if positive_control != POSITIVE_CONTROLS[0]:
        return "Verdicts follow the interpolated duplicate, whatever is shown here."
    own = rows[rows["metric"].isin(headline)]
    failing = [METRICS[metric].label for metric in own.loc[own["gate"] != "informative", "metric"]]
    if not failing:
        return "All headline metrics can."
    if not (rows["gate"] == "informative").any():
        return "No model can be judged here."
    if len(failing) == len(own):
        return "No headline metric can, so no model can be judged here."
    return f"Of the headline metrics, {_listed(failing)} cannot."


def _rule(min_perturbations: int) -> str:
    return (
        f"A metric is informative where the DRF interval lies above {DRF_GATE} and that of BDS above {BDS_GATE}, "
        f"with {min_perturbations} perturbations or more, so a repeat must close at least {DRF_GATE:.0%} of the "
        "gap between the average and perfect; no paper gives a threshold, this is the rule here."
    ).replace("%", " %")


def calibration_advice(
    rows: pd.DataFrame, *, headline: Sequence[str], min_perturbations: int, n_cells: pd.Series
) -> Advice | None:
    """Say why no headline metric is informative, and what would help; ``None`` where one is.

    Parameters
    ----------
    rows
        As for `calibration_answer`.
    n_cells
        Cells of each perturbation.
    """
    own = rows[rows["metric"].isin(headline)]
    if own.empty or (own["gate"] == "informative").any():
        return None
    title = "Why, and what would help"
    if not (rows["gate"] == "informative").any():
        own = rows
    most, tested = int(own["n"].max()), int((own["n"] + own["n_undefined"]).max())
    if most == 0:
        return Advice(title, *_no_value(tested, n_cells, min_perturbations))
    if (own["gate"] == "too_few").all():
        why = f"At most {_perturbations(most)} a value, and the rule asks for {min_perturbations}."
        return Advice(title, why, _lower(most) + " More perturbations help more than more cells.")
    best = own[own["gate"] != "too_few"].sort_values("drf_mean", ascending=False).iloc[0]
    why = (
        "A repeat of the experiment is hardly nearer to the truth than the average is. The best of these metrics, "
        f"{METRICS[str(best['metric'])].label}, has DRF {_interval(best, 'drf_mean', 'drf')} and BDS "
        f"{_interval(best, 'bds', 'bds')}, n = {int(best['n'])}."
    )
    helps = (
        f"More cells for each perturbation make repeats agree ({_cells(n_cells)}); so do stronger effects."
    )
    too_few = own[own["gate"] == "too_few"]
    if too_few["n"].max() > 1:
        helps += f" Some have too few perturbations. {_lower(int(too_few['n'].max()))}"
    return Advice(title, why, helps)


def _no_value(tested: int, n_cells: pd.Series, min_perturbations: int) -> tuple[str, str]:
    if len(n_cells) and (n_cells < CELLS_FOR_HALVES).all():
        why = (
            f"Half of the cells is the truth and the other half repeats it, so a perturbation needs "
            f"{CELLS_FOR_HALVES} cells or more; {_cells(n_cells)}."
        )
        return why, "Load data with more cells for each perturbation."
    if tested == 0:
        return "No perturbation is tested.", "Change the folds in the settings on Start, or load other data."
    if tested == 1:
        return (
            "There is one perturbation, so there is no average of others that a repeat could be told from.",
            f"Load data with more perturbations; the rule asks for {min_perturbations}.",
        )
    why = f"None of {tested} perturbations has a value: a control of the calibration is undefined for each."
    return why, "Load data with more cells for each perturbation."


def _perturbations(n: int) -> str:
    return f"{n} perturbation has" if n == 1 else f"{n} perturbations have"


def _lower(most: int) -> str:
    if most < 2:
        return "Load data with more perturbations."
    return (
        f"Lower “Fewest perturbations” in the settings on Start to {most} to see their gates, with wide "
        "intervals, or load data with more perturbations."
    )


def _cells(n_cells: pd.Series) -> str:
    low, high = int(n_cells.min()), int(n_cells.max())
    return (
        f"here {low:,} each" if low == high else f"here {low:,} to {high:,}, median {n_cells.median():,.0f}"
    )


def calibration_remarks(rows: pd.DataFrame) -> list[str]:
    """Return what to know about each row of ``calibration_summary`` in a few words, mostly nothing."""
    found = []
    for n, n_no_range, median_range in zip(rows["n"], rows["n_no_range"], rows["median_range"], strict=True):
        parts = ["interval approximate"] if 0 < n < APPROXIMATE_BELOW else []
        if median_range < SMALL_RANGE:
            parts.append("hardly any range")
        if n_no_range:
            parts.append(f"no range for {n_no_range}")
        found.append(", ".join(parts))
    return found


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:z.2f}".replace("-", "−")


def _interval(row: pd.Series, value: str, stem: str) -> str:
    low, high = _number(row[f"{stem}_low"]), _number(row[f"{stem}_high"])
    return f"{_number(row[value])} ({low} to {high})"


def left_out(n_too_small: int, n_always_train: int, *, given_halves: bool = False) -> str:
    """Say how many conditions take no part in a calibration, and why; empty where all do.

    Parameters
    ----------
    given_halves
        Whether the halves are not random, so that one may be empty in spite of many cells.

    Examples
    --------
    >>> left_out(1, 0)
    '1 takes no part: fewer than 4 cells.'
    """
    parts = []
    if n_too_small:
        few = f"{CELLS_FOR_HALVES // 2} cells in a half" if given_halves else f"{CELLS_FOR_HALVES} cells"
        parts.append(f"{n_too_small:,} {_takes(n_too_small)} no part: fewer than {few}.")
    if n_always_train:
        parts.append(f"{n_always_train:,} {_takes(n_always_train)} no part: never tested.")
    return " ".join(parts)


def _takes(n: int) -> str:
    return "takes" if n == 1 else "take"


def without_a_value(reasons: pd.Series) -> str:
    """Count the perturbations without a value by reason, the most frequent first; empty where there are none.

    Parameters
    ----------
    reasons
        One a perturbation, empty where it has a value.

    Examples
    --------
    >>> without_a_value(pd.Series(["", "no DEG", "no DEG"]))
    '2 without a value: no DEG'
    """
    counts = reasons[reasons != ""].value_counts()
    if counts.empty:
        return ""
    words = [f"{reason}" if len(counts) == 1 else f"{n:,} {reason}" for reason, n in counts.items()]
    return f"{int(counts.sum()):,} without a value: {', '.join(words)}"
