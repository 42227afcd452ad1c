"""Sentences about a data set, made by rule from tables: which metrics can tell, and how much is one effect."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from perturbdash.judgement.calibration import BDS_GATE, DRF_GATE, SMALL_RANGE
from perturbdash.judgement.resampling import APPROXIMATE_BELOW
from perturbdash.metrics.registry import METRICS
from perturbdash.vocabulary import CELLS_FOR_HALVES, POSITIVE_CONTROLS, PositiveControl

TELLS = "can tell a repeated experiment from the average"
NAMED_CONTEXTS = 4
NAMED_ZEROS = 5
AS_PUBLISHED = (
    "Calibration as published by Miller et al. 2025: the first half alone is the truth and the second repeats it; "
    "the negative control is the control mean for metrics on Δcentroid and the average for all others."
)


@dataclass(frozen=True)
class Answer:
    """The sentence a page opens with, and what stands muted below it."""

    sentence: str
    muted: str


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
        return Advice(title, *_no_value(tested, min_perturbations))
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


def _no_value(tested: int, min_perturbations: int) -> tuple[str, str]:
    if tested <= 1:
        return (
            "There is one perturbation, so there is no average of others that a repeat could be told from.",
            f"Load data with more perturbations; the rule asks for {min_perturbations}.",
        )
    why = f"None of {tested} perturbations has a value: each needs {CELLS_FOR_HALVES} cells or more to be halved."
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


def systematic_answer(summary: pd.DataFrame, published: pd.DataFrame, context: str) -> Answer:
    """Place a context's systematic variation among the published, and say how much of it is noise.

    Parameters
    ----------
    summary
        ``statistics.systematic.summary`` of every context.
    published
        Column cosine: the mean of each published data set, reference control.
    """
    own = summary[summary["context"] == context]
    control, centroid = (own[own["reference"] == name].iloc[0] for name in ("control", "centroid"))
    value = float(control["cosine"])
    if math.isnan(value):
        return Answer(
            "One perturbation has no average effect to compare its shift with.",
            "Systematic variation is the cosine of each shift to the average shift; it needs two perturbations.",
        )
    below, total = int((published["cosine"] < value).sum()), len(published)
    among = f"mean cosine {_number(value)} to the average effect, {_more_than(below, total)}"
    if control["part_is_noise"]:
        sentence = f"{among[0].upper()}{among[1:]}; part of this is noise in the control mean."
    else:
        sentence = f"{_strength(below, total)} systematic variation: {among}."
    muted = [
        f"Reference control mean, all cells, {int(control['n'])} perturbations: {_with_error(control, 'cosine')} "
        f"(standard error), {_number(control['cosine_leave_one_out'])} without the perturbation itself, and "
        f"{_with_error(control, 'cosine_split_control')} with the controls split, which takes the shared noise away.",
        "Against the perturbed centroid, where the shared part is taken away, it is "
        f"{_with_error(centroid, 'cosine')}.",
        _reward(control),
        _other_contexts(summary, context),
    ]
    return Answer(sentence, " ".join(part for part in muted if part))


def _more_than(below: int, total: int) -> str:
    if below in (0, total):
        return f"{'more' if below else 'less'} than all {total} published data sets"
    return f"more than {below} of {total} published data sets"


def _strength(below: int, total: int) -> str:
    """Strong: more than two thirds of the published; weak: more than less than one third of them."""
    return "Strong" if 3 * below >= 2 * total else "Moderate" if 3 * below >= total else "Weak"


def _reward(control: pd.Series) -> str:
    error = float(control["cosine_se"])
    if math.isnan(error) or control["cosine"] <= 2 * error:
        return ""
    return "Metrics on Δcontrol reward the average here, metrics on Δcentroid do not."


def _other_contexts(summary: pd.DataFrame, context: str) -> str:
    others = summary[(summary["reference"] == "control") & (summary["context"] != context)]
    if others.empty:
        return ""
    parts = [
        f"{name} has {_number(cosine)}"
        for name, cosine in zip(others["context"], others["cosine"], strict=True)
    ]
    more = len(parts) - NAMED_CONTEXTS
    listed = ", ".join(parts[:NAMED_CONTEXTS]) + (f" and {more} more" if more > 0 else "")
    return f"Each context has its own average effect: this is {context}; {listed}."


def zero_shift_sentence(zeros: pd.DataFrame) -> str:
    """Name the perturbations whose cosine counts as 0; empty where there are none.

    Parameters
    ----------
    zeros
        ``statistics.systematic.zero_vectors`` of one context: columns reference, perturbation.
    """
    parts = []
    for reference, words in (("control", "the control mean"), ("centroid", "the perturbed centroid")):
        names = [str(name) for name in zeros.loc[zeros["reference"] == reference, "perturbation"]]
        if not names:
            continue
        more = len(names) - NAMED_ZEROS
        listed = ", ".join(names[:NAMED_ZEROS]) + (f" and {more} more" if more > 0 else "")
        verb = "does" if len(names) == 1 else "do"
        parts.append(f"{listed} {verb} not differ from {words} at all")
    return f"{'; '.join(parts)}: the cosine of a zero shift counts as 0, as published." if parts else ""


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:z.2f}".replace("-", "−")


def _with_error(row: pd.Series, name: str) -> str:
    error = float(row[f"{name}_se"])
    return _number(row[name]) if math.isnan(error) else f"{_number(row[name])} ± {_number(error)}"


def _interval(row: pd.Series, value: str, stem: str) -> str:
    low, high = _number(row[f"{stem}_low"]), _number(row[f"{stem}_high"])
    return f"{_number(row[value])} ({low} to {high})"
