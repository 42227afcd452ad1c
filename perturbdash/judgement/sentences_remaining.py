"""What can still be said where no headline metric can tell anything, and what would help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from perturbdash.judgement.sentences import Name, Sentence, counted, joined
from perturbdash.judgement.sentences_nothing import NOISE_SHARE, ground, shared_effect, span
from perturbdash.metrics.registry import METRICS
from perturbdash.vocabulary import ALL_CELLS, POOLED

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result

MOST_POINTS = 4
"""Points of one kind in a list; the others are counted."""
RUNNERS_UP = ("mse", "mae")
"""Metrics on which a loss is named where no headline metric shows one."""


@dataclass(frozen=True)
class Point:
    """An item of a list: what is said, and the number behind it."""

    said: Sentence
    behind: str = ""


def still_said(result: Result, context: str, models: Sequence[str]) -> list[Point]:
    """Return what can be said nevertheless: other contexts, warnings, losses, and whether the files match."""
    points = _other_contexts(result, context)
    warned = [point for model in models for point in _warned(result, context, model)]
    if len(warned) > MOST_POINTS:
        rest = counted(len(warned) - MOST_POINTS + 1, "more warning")
        warned = [*warned[: MOST_POINTS - 1], Point((f"And {rest}.",), "“All tables” has each.")]
    if warned:
        points += [
            *warned[:-1],
            Point(warned[-1].said, f"{warned[-1].behind} Warnings need no gate.".strip()),
        ]
    missed = [point for model in models for point in _missed(result, context, model)]
    points += missed[:MOST_POINTS]
    if len(missed) > MOST_POINTS:
        points.append(Point((f"So are {len(missed) - MOST_POINTS} other models, on some metric.",)))
    points += _matched(result, models)
    return points


def _other_contexts(result: Result, context: str) -> list[Point]:
    """Name the contexts in which some headline metric can tell something."""
    found = []
    for (name, metric), gate in result.gates.items():
        if name not in (context, POOLED) and gate == "informative" and metric in result.settings.headline:
            found.append(name)
    if not found:
        return []
    named = list(dict.fromkeys(found))
    return [
        Point((f"Some headline metric can tell something in {joined(named)}.",), "Choose it in the sidebar.")
    ]


def _warned(result: Result, context: str, model: str) -> list[Point]:
    table = result.warnings
    own = table[(table["model"] == model) & (table["context"].isin(ground(result, context).contexts))]
    points = []
    for _, rows in own.groupby("warning", sort=False):
        several = f"In {len(rows)} contexts, the first: {rows['context'].iloc[0]}." if len(rows) > 1 else ""
        points.append(Point(_with_name(str(rows["sentence"].iloc[0]), model), several))
    return points


def _with_name(sentence: str, model: str) -> Sentence:
    before, found, after = sentence.partition(model)
    return (before, Name(model), after) if found else (sentence,)


def _missed(result: Result, context: str, model: str) -> list[Point]:
    """Name one metric on which a model is worse than a baseline; a loss needs no gate."""
    verdict = result.verdict
    here = (verdict["context"] == context) & (verdict["model"] == model) & (verdict["outcome"] == "loses")
    lost: dict[str, dict[Any, Any]] = {row["metric"]: row for row in verdict[here].to_dict("records")}
    wanted = [*result.settings.headline, *RUNNERS_UP]
    metric = next((name for name in wanted if name in lost), None)
    if metric is None:
        return []
    row = lost[metric]
    means = result.metric_summary
    means = means[(means["context"] == context) & (means["metric"] == metric) & (means["truth"] == ALL_CELLS)]
    mean = dict(zip(means["prediction"], means["mean"], strict=True))
    baseline = str(row["baseline"]).partition(" (")[0]
    label = METRICS[metric].label
    said = ("A loss can be seen where a win cannot: ", Name(model), f" is worse than a baseline on {label}.")
    own, theirs = mean[model], mean.get(baseline, np.nan)
    digits = 2 if min(abs(own), abs(theirs)) >= 0.1 else 4
    against = (
        "no pattern, 0"
        if np.isnan(theirs)
        else f"{theirs:.{digits}f} of the baseline {baseline.replace('_', ' ')}"
    )
    behind = f"{own:.{digits}f} against {against}, n = {int(row['n'])}."
    return [Point(said, behind.replace("-", "\N{MINUS SIGN}"))]


def _matched(result: Result, models: Sequence[str]) -> list[Point]:
    reports = [prediction.report for prediction in result.aligned if prediction.name in models]
    if not reports:
        return []
    lacking = [report for report in reports if report.genes_missing or report.perturbations_missing]
    if lacking:
        return [Point((report.sentence(),)) for report in lacking]
    first = reports[0]
    each = "" if len(reports) == 1 else " in each"
    behind = f"{counted(first.perturbations_matched, 'perturbation')} and {counted(first.genes_matched, 'gene')}{each}."
    return [Point((f"The {'file matches' if len(reports) == 1 else 'files match'} the data set.",), behind)]


def would_help(result: Result, context: str) -> list[Point]:
    """Return what would make metrics able to tell something, the most useful first."""
    base = ground(result, context)
    needed = result.settings.min_perturbations
    published, split = shared_effect(base)
    points = []
    if base.n_perturbations < needed:
        behind = f"{counted(base.n_perturbations, 'perturbation')}{base.where} now."
        if base.n_perturbations > 2:
            behind += " The number needed is a setting on Start; fewer make every interval wider."
        points.append(Point((f"More perturbations: a metric needs a value on {needed} of them.",), behind))
    if published - split > NOISE_SHARE:
        said = "More control cells first: they are shared by all shifts."
        now = f"{span(list(base.n_control))}{' a context' if base.where else ''} now."
        points.append(Point((said,), now))
    if base.n_perturbations > 1:
        points.append(Point(("More cells a perturbation.",), f"{base.cells} now."))
    table = result.conditions
    answering = table.loc[table["context"].isin(base.contexts), "n_degs"] > 0
    if int(answering.sum()) < len(base.conditions) / 2:
        said = "Genes that answer, or perturbations that do more."
        points.append(Point((said,), f"The panel of {base.n_genes:,} genes may have left them out."))
    return points
