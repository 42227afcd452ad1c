"""What the scorecard says in words: who beats what, who loses where, and what cannot be told and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from perturbdash.judgement.sentences import (
    ModelVerdict,
    Name,
    Sentence,
    Strong,
    counted,
    joined,
    some_labels,
    two,
)
from perturbdash.judgement.settings import Settings
from perturbdash.judgement.verdict import ALPHA, BASELINE_DEFINED_ON
from perturbdash.metrics.registry import METRICS
from perturbdash.vocabulary import ALL_CELLS, BDS_GATE, DRF_GATE, POSITIVE_CONTROLS

NAMED = 4
NO_LOSS = "No model loses to a baseline on a metric that can tell anything."

Row = Mapping[Any, Any]


def skill_words(headline: Sequence[str]) -> dict[str, str]:
    """Return the kind of skill that each headline metric stands for, or its label where two share a skill.

    Examples
    --------
    >>> skill_words(["wmse", "nir"]), skill_words(["wmse", "mse"])
    ({'wmse': 'size', 'nir': 'identity'}, {'wmse': 'weighted MSE', 'mse': 'MSE'})
    """
    skills = [METRICS[metric].skill for metric in headline]
    return {
        metric: skill if skill and skills.count(skill) == 1 else METRICS[metric].label
        for metric, skill in zip(headline, skills, strict=True)
    }


def hero(verdicts: Sequence[ModelVerdict]) -> Sentence:
    """Say which model beats every baseline on how many headline metrics, best first; at most five by name.

    Parameters
    ----------
    verdicts
        At least one, best first, with at least one informative headline metric.

    Examples
    --------
    >>> a, b = (ModelVerdict(name, k, 3, (), ()) for name, k in (("a", 2), ("b", 0)))
    >>> "".join(hero([a, b]))
    'a beats every baseline on 2 of the 3 headline metrics that can tell anything here; b on none.'
    """
    first, others = verdicts[0], verdicts[1:]
    if others and first.informative == 1 and not first.beats:
        return ("No model beats every baseline on the one headline metric that can tell anything here.",)
    parts: list[str] = [Name(first.model), f" {first.predicate}"]
    named = others if len(others) <= NAMED else others[: NAMED - 1]
    for place, one in enumerate(named):
        parts += ["; " if place == 0 else ", ", Name(one.model), f" on {one.beats or 'none'}"]
    rest = others[len(named) :]
    if rest:
        most = max(one.beats for one in rest)
        same = most == min(one.beats for one in rest)
        parts.append(f", the other {len(rest)} on {'' if same else 'at most '}{most or 'none'}")
    return (*parts, ".")


def losses(verdicts: Sequence[ModelVerdict], headline: Sequence[str]) -> Sentence:
    """Say on what each model is worse than some baseline: headline skills by name, others counted."""
    losers = [one for one in verdicts if one.loses_headline or one.loses_other]
    if not losers:
        return (NO_LOSS,)
    parts: list[str] = ["Loses to a baseline: "]
    named = losers if len(losers) <= NAMED else losers[: NAMED - 1]
    for place, one in enumerate(named):
        parts += ["; " if place else "", Name(one.model), f" on {_lost(one, skill_words(headline))}"]
    if len(losers) > len(named):
        parts.append(f"; and {len(losers) - len(named)} more models")
    return (*parts, ".")


def _lost(one: ModelVerdict, words: Mapping[str, str]) -> str:
    skills = joined([words[metric] for metric in one.loses_headline])
    n = len(one.loses_other)
    if not n:
        return skills
    others = counted(n, "other metric")
    return f"{skills + ' and on ' if skills else ''}{others} ({some_labels(one.loses_other)})"


def what_can_be_told(
    calibration_summary: pd.DataFrame, context: str, headline: Sequence[str], *, needed: int
) -> Sentence:
    """Say which kinds of skill can be told in a context, and for the others why not, in numbers.

    Parameters
    ----------
    needed
        Perturbations with a value that a metric needs.
    """
    rows = _headline_rows(calibration_summary, context, headline)
    words = skill_words(headline)
    told = [words[row["metric"]] for row in rows if row["gate"] == "informative"]
    parts: list[str] = []
    if told:
        parts.append(f"{_capital(joined(told))} can be told on this data.")
    for row in rows:
        if row["gate"] != "informative":
            skill = _capital(words[row["metric"]])
            parts += [" " if parts else "", Strong(f"{skill} cannot"), f": {why_shut(row, needed)}."]
    return tuple(parts)


def _headline_rows(table: pd.DataFrame, context: str, headline: Sequence[str]) -> list[Row]:
    chosen = table[(table["context"] == context) & (table["positive_control"] == POSITIVE_CONTROLS[0])]
    by_metric: dict[str, Row] = {row["metric"]: row for row in chosen.to_dict("records")}
    return [by_metric[metric] for metric in headline if metric in by_metric]


def why_shut(row: Row, needed: int) -> str:
    """Say why a metric does not pass the gate, from its row of ``calibration_summary``."""
    n, total = int(row["n"]), int(row["n"] + row["n_undefined"])
    if n == 0:
        return "no perturbation has a value"
    if row["gate"] == "too_few":
        of = f" of {total}" if total > n else ""
        return (
            f"{n}{of} {'perturbation has' if n == 1 else 'perturbations have'} a value, {needed} are needed"
        )
    reasons = []
    if not row["bds_low"] > BDS_GATE:
        reasons.append(
            f"a repeated experiment is not safely better than the average ({_interval(row, 'bds')})"
        )
    if not row["drf_low"] > DRF_GATE:
        reasons.append(f"a repeat does not safely close {DRF_GATE:.0%} of the gap ({_interval(row, 'drf')})")
    few = f"only {n} of {total} perturbations have a value, and on them " if total > n else ""
    return few.replace("%", " %") + joined(reasons).replace("%", " %")


def _interval(row: Row, name: str) -> str:
    mean = row["drf_mean"] if name == "drf" else row["bds"]
    return f"{name.upper()} {two(mean)}, {two(row[f'{name}_low'])} to {two(row[f'{name}_high'])}"


def rule(n_informative: int, settings: Settings) -> str:
    """Say by which test a model beats the baselines."""
    holm = f", Holm over the {n_informative}" if n_informative > 1 else ""
    return (
        "Beats: better than every baseline, largest p of the paired sign-flip tests "
        f"({settings.n_resamples:,} flips){holm}, below {ALPHA}."
    )


def left_out_baselines(metric_summary: pd.DataFrame, verdict: pd.DataFrame, context: str) -> str:
    """Say which baselines are defined on too few perturbations for any metric that can tell; empty where none."""
    told = verdict[(verdict["context"] == context) & (verdict["gate"] == "informative")]
    n = told.groupby("metric")["n"].max()
    rows = metric_summary[
        (metric_summary["context"] == context)
        & (metric_summary["truth"] == ALL_CELLS)
        & (metric_summary["kind"] == "baseline")
        & metric_summary["metric"].isin(n.index)
    ]
    share = rows["n_defined"] / rows["metric"].map(n)
    most = rows.assign(share=share).groupby("prediction", sort=False)[["share", "n_defined"]].max()
    few = most[(most["share"] < BASELINE_DEFINED_ON) & (most["n_defined"] > 0)]
    if few.empty:
        return ""
    named = [f"{str(name).replace('_', ' ')} (n = {n_})" for name, n_ in few["n_defined"].items()]
    verb = "is" if len(named) == 1 else "are"
    share_words = f"{BASELINE_DEFINED_ON:.0%}".replace("%", " %")
    return f"{_capital(joined(named))} {verb} defined on fewer than {share_words} and not compared."


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
