"""What a verdict on one metric says in words: state, difference, against whom, or why nothing can be said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from perturbdash.figures.metric_words import (
    GATE_WORDS,
    OUTCOME_MARKS,
    OUTCOME_WORDS,
    baseline_label,
    is_error,
    why_undefined,
)
from perturbdash.figures.numbers import bounds, count, decimals_for, number
from perturbdash.figures.tables import of_context

Row = Mapping[Any, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """The words of one cell.

    Parameters
    ----------
    state
        ``beats``, ``no_difference``, ``loses``, ``shut`` (by the gate), ``too_few`` or ``undefined``.
    lines
        First what, then the number, then against whom or what could be shown.
    """

    state: str
    mark: str
    lines: tuple[str, ...]

    @property
    def title(self) -> str:
        """All of it in one line."""
        return ", ".join(line for line in self.lines if line)


def say(row: Row, calibration: Row | None) -> Said:
    """Put the verdict on one metric into words.

    Parameters
    ----------
    row
        Of the verdict.
    calibration
        Row of the calibration's summary for the same metric, if any.
    """
    metric = str(row["metric"])
    outcome = str(row["outcome"])
    if outcome == "undefined" or (calibration is not None and calibration["n"] == 0):
        return Said("undefined", "–", ("undefined", _reason(row, metric)))
    if outcome == "too_few" or row["gate"] == "too_few":
        n = row["n"] if outcome == "too_few" or calibration is None else calibration["n"]
        return Said("too_few", "–", ("too few", f"n = {count(n)}"))
    if row["gate"] != "informative":
        drf = "" if calibration is None else f", DRF {number(calibration['drf_mean'])}"
        return Said("shut", "", ("cannot be told", f"gate: {GATE_WORDS[str(row['gate'])]}{drf}"))
    return Said(outcome, OUTCOME_MARKS[outcome], (OUTCOME_WORDS[outcome], *_numbers(row, metric, outcome)))


def _reason(row: Row, metric: str) -> str:
    reason = row.get("reason")
    if isinstance(reason, str) and reason:
        return reason
    return why_undefined(metric) or "no value"


def _numbers(row: Row, metric: str, outcome: str) -> tuple[str, str]:
    values = [float(row[name]) for name in ("difference", "low", "high")]
    decimals = decimals_for(metric, values, error=is_error(metric))
    told = f"{number(values[0], decimals)} {bounds(values[1], values[2], decimals)}".rstrip()
    against = baseline_label(str(row["baseline"]))
    if outcome == "beats":
        return f"by {told}", f"over {against}"
    if outcome == "loses":
        return told, f"against {against}"
    return told, f"n = {count(row['n'])} could show {number(row['detectable_difference'], decimals)}"


def calibration_rows(calibration_summary: pd.DataFrame | None, context: str | None) -> dict[str, Row]:
    """Return the calibration of each metric with the headline positive control."""
    if calibration_summary is None or calibration_summary.empty:
        return {}
    table = of_context(calibration_summary, context)
    table = table[table["positive_control"] == "interpolated_duplicate"]
    return {str(row["metric"]): row for row in table.to_dict("records")}


def counted(verdict: pd.DataFrame) -> tuple[int, int]:
    """Return on how many headline metrics that can tell anything a model beats every baseline, and of how many."""
    informative = verdict["headline"].astype(bool) & (verdict["gate"] == "informative")
    return int((informative & (verdict["outcome"] == "beats")).sum()), int(informative.sum())


def by_count(verdict: pd.DataFrame, models: list[str]) -> list[str]:
    """Return models in the order of the metrics on which they beat every baseline, then as they were loaded."""
    wins = [counted(verdict[verdict["model"] == model])[0] for model in models]
    return [models[i] for i in np.argsort([-k for k in wins], kind="stable")]
