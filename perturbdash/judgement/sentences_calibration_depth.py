"""Sentences about a calibration with permuted labels, and with fewer and more cells."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from perturbdash.judgement.answer import Answer
from perturbdash.judgement.sentences import counted, joined, two
from perturbdash.judgement.titration_curve import FAR
from perturbdash.metrics.registry import METRICS
from perturbdash.statistics.regrouping import SHARES

MOST_NAMED = 3
FAR_FROM = 8
"""Times the data from where a number is said to be far away."""
CONTROL_AGAIN = (
    "{it} from the control mean; any perturbed profile is nearer to the truth than that, whatever its label."
)


def null_answer(spread: pd.DataFrame, *, trials: int, headline: Sequence[str]) -> Answer:
    """Say which metrics pass their gate on permuted labels.

    Parameters
    ----------
    spread
        Of `perturbdash.judgement.null_check.NullCheck`: one context and one positive control.
    headline
        The metrics that count in a verdict.
    """
    often = counted(trials, "trial")
    shine = spread[spread["null_informative"] > 0].sort_values(
        "null_informative", ascending=False, kind="stable"
    )
    without = int((spread["null_n"] == 0).sum())
    if without == len(spread):
        return Answer(f"No metric has a value when labels are permuted ({often}).", "")
    told = int((spread["gate"] == "informative").sum())
    if shine.empty:
        sentence = f"No metric passes its gate when labels are permuted ({often})."
        muted = [f"So what {counted(told, 'informative metric')} can tell here is not noise."] if told else []
    else:
        sentence = _shines(shine, trials)
        counts = spread["metric"].isin(headline) & (spread["null_informative"] > 0)
        muted = [_headline(list(spread.loc[counts, "metric"])) or _not_headline(len(shine))]
        if (shine["negative_control"] == "control").all():
            muted.append(CONTROL_AGAIN.format(it="It starts" if len(shine) == 1 else "They start"))
    if without:
        have = "has" if without == 1 else "have"
        muted.append(f"{counted(without, 'metric')} {have} no value on permuted labels: no gene differs.")
    return Answer(sentence, " ".join(muted))


def _shines(shine: pd.DataFrame, trials: int) -> str:
    names = _names(list(shine["metric"]))
    most, fewest = int(shine["null_informative"].max()), int(shine["null_informative"].min())
    times = f"{most}" if most == fewest else f"{fewest} to {most}"
    passes, be = ("passes its gate", "it") if len(shine) == 1 else ("pass their gates", "they")
    said = f"{names} {passes} on permuted labels, in {times} of {counted(trials, 'trial')}"
    return f"{said}, so {be} cannot be believed here."


def _names(metrics: Sequence[str]) -> str:
    """Name up to three metrics and count the others; those whose label has a comma stand in quotes.

    Examples
    --------
    >>> _names(["mae", "pearson_delta_control_top20"]), _names(["mse", "mae", "wmse", "nir"])
    ('MAE and “Pearson Δcontrol, top 20”', 'MSE, MAE, weighted MSE and 1 more')
    """
    labels = [METRICS[metric].label for metric in metrics]
    words = [f"“{label}”" if "," in label else label for label in labels[:MOST_NAMED]]
    rest = len(labels) - len(words)
    return joined([*words, f"{rest} more"] if rest else words)


def _not_headline(n: int) -> str:
    return "It is not a headline metric." if n == 1 else "None of them is a headline metric."


def _headline(metrics: Sequence[str]) -> str:
    if not metrics:
        return ""
    verb = "counts" if len(metrics) == 1 else "count"
    return f"{_names(metrics)} {verb} in the verdict: choose another headline metric."


def titration_answer(target: Mapping[Hashable, Any], gate: Mapping[Hashable, Any]) -> Answer:
    """Say how far a repeat comes with the cells of the data, and how many a target and the gate would take.

    Parameters
    ----------
    target, gate
        Rows of `perturbdash.judgement.titration.Titration.needed_for` of the same metric.
    """
    name = METRICS[str(target["metric"])].label
    drf, aim = float(target["drf_now"]), two(float(target["target"]))
    if math.isnan(drf):
        return Answer(f"No perturbation has a DRF on {name}.", _no_curve(target))
    begin = f"With {_cells(target['cells_now'])} cells a perturbation a repeat closes {two(drf)} of the gap on {name}"
    status = str(target["status"])
    end = f"{two(float(target['end']))} ({two(float(target['end_low']))} to {two(float(target['end_high']))})"
    said = {
        "reached": f"for {aim}, {_about(target)} {_do(target)} enough",
        "needed": f"{_about(target)} would be needed for {aim}",
        "far": f"{aim} is far, more than {FAR} times these cells",
        "not_reachable": f"{aim} is not reachable with more cells",
        "no_curve": f"how many it would take for {aim} is not said",
    }[status]
    muted = [
        _no_curve(target) if status == "no_curve" else "",
        f"With cells without end the curve comes to {end}."
        if status in ("far", "not_reachable", "needed")
        else "",
        _far(target) if status == "needed" else "",
        "" if status == "no_curve" else _gate(gate),
    ]
    return Answer(f"{begin}; {said}.", " ".join(part for part in muted if part))


def need_words(row: Mapping[Hashable, Any]) -> str:
    """Return in a few words how many cells a perturbation a question takes, for a table.

    Examples
    --------
    >>> row = {"status": "needed", "cells": 113.0, "cells_low": 84.0, "cells_high": float("inf"), "reason": ""}
    >>> need_words(row), need_words(row | {"status": "far"})
    ('110 (84 or more)', 'more than 32 times')
    """
    status = str(row["status"])
    if status in ("reached", "needed"):
        found = f"{_cells(row['cells'])} {_ends(row)}".strip()
        return found if status == "needed" else f"reached, {found}"
    return {"far": f"more than {FAR} times", "not_reachable": "not reachable"}.get(status, "–")


def _no_curve(row: Mapping[Hashable, Any]) -> str:
    reason = str(row["reason"])
    return f"{reason[0].upper()}{reason[1:]}, so there is no curve and no number." if reason else ""


def _gate(row: Mapping[Hashable, Any]) -> str:
    status, above = str(row["status"]), f"above {two(float(row['target']))}"
    return {
        "reached": f"Its interval lies {above}, as the gate asks.",
        "needed": f"For an interval {above}, as the gate asks, {_about(row)} would be needed.",
        "far": f"For an interval {above}, as the gate asks, it would take more than {FAR} times these cells.",
        "not_reachable": f"Its interval does not come to lie {above}, as the gate asks, with any number of cells.",
    }.get(status, "")


def _far(row: Mapping[Hashable, Any]) -> str:
    times = float(row["cells"]) / float(row["cells_now"])
    return f"That is {times:.0f} times the data, far beyond what was measured." if times >= FAR_FROM else ""


def _about(row: Mapping[Hashable, Any]) -> str:
    return f"about {_cells(row['cells'])} {_ends(row)}".strip()


def _do(row: Mapping[Hashable, Any]) -> str:
    return "is" if _cells(row["cells"]) == "1" else "are"


def _ends(row: Mapping[Hashable, Any]) -> str:
    low, high = float(row["cells_low"]), float(row["cells_high"])
    if math.isnan(low):
        return ""
    if math.isinf(low):
        return ""
    return f"({_cells(low)} or more)" if math.isinf(high) else f"({_cells(low)} to {_cells(high)})"


def _cells(value: float) -> str:
    """Write a number of cells with two significant digits.

    Examples
    --------
    >>> _cells(113.4), _cells(1268.0), _cells(7.4)
    ('110', '1,300', '7')
    """
    return f"{float(f'{float(value):.2g}'):,.0f}"


def levels_sentence(shares: Sequence[float]) -> str:
    """Say at which shares of the cells everything was calibrated, and whether fewer were not possible.

    Examples
    --------
    >>> levels_sentence((0.5, 0.75, 1.0))
    'Calibrated with 50 %, 75 % and 100 % of the cells of each half; with fewer, some would have less than two.'
    """
    words = joined([f"{100 * share:.3g} %" for share in shares])
    rest = "; with fewer, some would have less than two" if len(shares) <= len(SHARES) else ""
    return f"Calibrated with {words} of the cells of each half{rest}."
