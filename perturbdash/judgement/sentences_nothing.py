"""What can be said where no headline metric can tell anything: why, what remains, and what would help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from perturbdash.judgement.calibration import BDS_GATE
from perturbdash.judgement.sentences import NOTHING, Name, Sentence, counted, joined, two
from perturbdash.metrics.registry import METRICS
from perturbdash.vocabulary import ALL_CELLS, GLOBAL_MEAN, POOLED, POSITIVE_CONTROLS

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result

NOISE_SHARE = 0.1
"""From here on a part of the shared effect is called noise in the control mean, as in the warning `no_effect`."""
RUNNERS_UP = ("mse", "mae")
AVERAGES = {
    "mean": "the mean of the other perturbations",
    "control": "the control",
    GLOBAL_MEAN: "the mean of all perturbations",
}


@dataclass(frozen=True)
class Evidence:
    """A number that needs no model: the value, its unit, what follows, and what it is."""

    value: str
    unit: str
    title: str
    text: str


@dataclass(frozen=True)
class Point:
    """An item of a list: what is said, and the number behind it."""

    said: Sentence
    behind: str = ""


@dataclass(frozen=True)
class Ground:
    """What the data of one context, or of all, consist of.

    Parameters
    ----------
    conditions
        Rows of ``systematic_variation`` against control: one a perturbation and context.
    n_control
        Control cells of each context.
    """

    context: str
    contexts: tuple[str, ...]
    conditions: pd.DataFrame
    n_control: tuple[int, ...]
    n_genes: int

    @property
    def n_perturbations(self) -> int:
        """Different perturbations."""
        return int(self.conditions["perturbation"].nunique())

    @property
    def where(self) -> str:
        """Words for several contexts, or empty."""
        return f" in {len(self.contexts)} contexts" if len(self.contexts) > 1 else ""

    @property
    def cells(self) -> str:
        """Fewest and most cells of a condition."""
        return _range(self.conditions["n_cells"].astype(int).tolist())


def ground(result: Result, context: str) -> Ground:
    """Return what the data of a context consist of, or of all contexts for ``"pooled"``."""
    contexts = result.contexts if context == POOLED else (context,)
    table = result.systematic_variation
    dataset = result.dataset
    control = dataset.context_codes[dataset.label_codes == -1]
    return Ground(
        context=context,
        contexts=tuple(contexts),
        conditions=table[table["context"].isin(contexts) & (table["reference"] == "control")],
        n_control=tuple(int((control == dataset.contexts.index(name)).sum()) for name in contexts),
        n_genes=len(dataset.genes),
    )


def nothing_reason(result: Result, context: str) -> str:
    """Say that no headline metric can tell anything, on how much data, and what that means."""
    base, gates = ground(result, context), _gates(result, context)
    headline = [metric for metric in result.settings.headline if metric in gates]
    others = [metric for metric in gates if metric not in headline]
    able = [METRICS[metric].label for metric in others if gates[metric] == "informative"]
    few = all(gates[metric] == "too_few" for metric in headline)
    some = f"{joined(able[:3])}{f' and {len(able) - 3} more' if len(able) > 3 else ''}"
    besides = f"of the {len(others)} others, {some} can" if able else f"nor any of the {len(others)} others"
    each = "in each of " if len(base.contexts) > 1 and len(base.conditions) == _full(base) else "in "
    where = f" {each}{len(base.contexts)} contexts" if len(base.contexts) > 1 else ""
    means = (
        "So few perturbations cannot tell skill from luck." if few else "Noise would explain any score here."
    )
    return (
        f"{NOTHING}: none of the {len(headline)} can tell a repeated experiment from the average; {besides}. "
        f"{counted(base.n_perturbations, 'perturbation')}{where}, {base.cells} cells each. {means} That is no "
        "failure of a model and no reason to pick another metric: this experiment does not hold the answer."
    )


def _full(base: Ground) -> int:
    return base.n_perturbations * len(base.contexts)


def _gates(result: Result, context: str) -> dict[str, str]:
    return {metric: gate for (name, metric), gate in result.gates.items() if name == context}


def why_nothing_can_be_said(result: Result, context: str) -> list[Evidence]:
    """Return three numbers that need no model: DEGs, BDS of a repeat, and the shared effect with controls split."""
    base = ground(result, context)
    return [_degs(result, base), _repeat(result, base), _shared_effect(base)]


def _degs(result: Result, base: Ground) -> Evidence:
    table = result.degs
    own = table[table["context"].isin(base.contexts) & (table["reference"] == "control")]
    answering = len(own[["context", "perturbation"]].drop_duplicates())
    n = len(base.conditions)
    title = "No gene answers" if not answering else f"{answering} of {counted(n, 'condition')} with a DEG"
    undefined = " Sign and every metric on DEGs are undefined." if not answering else ""
    text = f"Adjusted p below 0.05 against control, {counted(base.n_genes, 'gene')}, all cells.{undefined}"
    return Evidence(f"{len(own):,}", f"DEGs in {counted(n, 'condition')}", title, text)


def _repeat(result: Result, base: Ground) -> Evidence:
    table = result.calibration_summary
    chosen = table[(table["context"] == base.context) & (table["positive_control"] == POSITIVE_CONTROLS[0])]
    rows: dict[str, dict[Any, Any]] = {row["metric"]: row for row in chosen.to_dict("records")}
    metric = next((m for m in result.settings.headline if m in rows and rows[m]["n"]), None)
    if metric is None:
        alone = base.n_perturbations < 2
        text = (
            "The average is the mean of the other perturbations, and there is no other."
            if alone
            else "No perturbation has a value on a headline metric, for a repeat or for the average."
        )
        return Evidence("–", "BDS of a repeat", "Nothing to compare a repeat with", text)
    row = rows[metric]
    low, high = 100 * row["bds_low"], 100 * row["bds_high"]
    average = AVERAGES.get(row["negative_control"], str(row["negative_control"]).replace("_", " "))
    text = (
        f"{low:.0f} to {high:.0f} %. So often one half of the cells predicts the other better than {average} does; "
        f"50 % is chance (DRF {two(row['drf_mean'])}, n = {int(row['n'])})."
    )
    return Evidence(f"{100 * row['bds']:.0f} %", f"BDS of {METRICS[metric].label}", _repeat_title(row), text)


def _repeat_title(row: dict[Any, Any]) -> str:
    if row["bds_low"] > BDS_GATE:
        few = row["gate"] == "too_few"
        return "A repeat is better, on too few perturbations" if few else "A repeat is better, by too little"
    if row["bds"] > BDS_GATE:
        return "A repeat is not safely better than the average"
    return "A repeat is no better than the average"


def _shared_effect(base: Ground) -> Evidence:
    published, split = shared_effect(base)
    n = f"{_range(list(base.n_control))} control cells{' a context' if len(base.contexts) > 1 else ''}"
    if np.isnan(published):
        alone = "One perturbation has no effect in common with another."
        text = alone if base.n_perturbations < 2 else "The cosines are undefined."
        return Evidence("–", "systematic variation", "No shared effect to measure", text)
    noise = published - split > NOISE_SHARE
    title = "The shared effect is not control noise"
    if noise:
        title = f"{'The' if split < NOISE_SHARE else 'Part of the'} shared effect is control noise"
    alike = f" {n} make all shifts look alike." if noise else f" {n}."
    text = (
        f"Mean cosine of a shift to the average effect: {two(published)} as published; with the controls split in "
        f"two, {two(split)}.{alike}"
    )
    return Evidence(
        two(split), f"instead of {two(published)}" if noise else "with controls split", title, text
    )


def shared_effect(base: Ground) -> tuple[float, float]:
    """Return the mean cosine to the average effect, as published and with the controls split.

    Averaged within each context, then over contexts.
    """
    means = base.conditions.groupby("context")[["cosine", "cosine_split_control"]].mean().mean()
    return float(means["cosine"]), float(means["cosine_split_control"])


def still_said(result: Result, context: str, models: Sequence[str]) -> list[Point]:
    """Return what can be said nevertheless: other contexts, warnings, losses, and whether the files match."""
    points = _other_contexts(result, context)
    warned = [point for model in models for point in _warned(result, context, model)]
    if warned:
        points += [*warned[:-1], Point(warned[-1].said, "Warnings need no gate.")]
    points += [point for model in models for point in _missed(result, context, model)]
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
    first = own.drop_duplicates("warning")
    return [
        Point(_with_name(row["sentence"], model), "This needs no gate.") for row in first.to_dict("records")
    ]


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
    theirs = mean.get(baseline, np.nan)
    against = "no pattern, 0" if np.isnan(theirs) else f"{_four(theirs)} of {baseline.replace('_', ' ')}"
    return [Point(said, f"{_four(mean[model])} against {against}, n = {int(row['n'])}.")]


def _four(value: float) -> str:
    return two(value) if abs(value) >= 0.1 else f"{value:.4f}".replace("-", "\N{MINUS SIGN}")


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
    base, gates = ground(result, context), _gates(result, context)
    needed = result.settings.min_perturbations
    published, split = shared_effect(base)
    points = []
    if any(gates.get(metric) == "too_few" for metric in result.settings.headline):
        behind = f"{counted(base.n_perturbations, 'perturbation')}{base.where} now."
        if base.n_perturbations > 2:
            behind += " The number needed is a setting on Start; fewer make every interval wider."
        points.append(Point((f"More perturbations: a metric needs a value on {needed} of them.",), behind))
    if published - split > NOISE_SHARE:
        said = "More control cells first: they are shared by all shifts."
        now = f"{_range(list(base.n_control))}{' a context' if base.where else ''} now."
        points.append(Point((said,), now))
    points.append(Point(("More cells a perturbation.",), f"{base.cells} now."))
    degs = result.degs
    own = degs[degs["context"].isin(base.contexts) & (degs["reference"] == "control")]
    if len(own[["context", "perturbation"]].drop_duplicates()) < len(base.conditions) / 2:
        said = "Genes that answer, or perturbations that do more."
        points.append(Point((said,), f"The panel of {base.n_genes:,} genes may have left them out."))
    return points


def _range(numbers: Sequence[int]) -> str:
    if not numbers:
        return "0"
    low, high = min(numbers), max(numbers)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
