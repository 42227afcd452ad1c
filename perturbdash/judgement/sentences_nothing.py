"""Why nothing can be said where no headline metric can tell anything, in numbers that need no model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from perturbdash.judgement.sentences import NOTHING, counted, joined, two
from perturbdash.metrics.registry import METRICS
from perturbdash.vocabulary import BDS_GATE, GLOBAL_MEAN, POOLED, POSITIVE_CONTROLS

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result

NOISE_SHARE = 0.1
"""From here on a part of the shared effect is called noise in the control mean, as in the warning `no_effect`."""
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
        return span(self.conditions["n_cells"].astype(int).tolist())


def ground(result: Result, context: str) -> Ground:
    """Return what the data of a context consist of, or of all contexts for ``"pooled"``."""
    contexts = result.contexts if context == POOLED else (context,)
    table = result.systematic_variation
    dataset = result.dataset
    n_control = dict(zip(dataset.contexts, dataset.cell_counts[:, -1].tolist(), strict=True))
    return Ground(
        context=context,
        contexts=tuple(contexts),
        conditions=table[table["context"].isin(contexts) & (table["reference"] == "control")],
        n_control=tuple(n_control[name] for name in contexts),
        n_genes=len(dataset.genes),
    )


def nothing_reason(result: Result, context: str) -> str:
    """Say that no headline metric can tell anything, on how much data, and what that means."""
    base, gates = ground(result, context), gates_of(result, context)
    headline = [metric for metric in result.settings.headline if metric in gates]
    others = [metric for metric in gates if metric not in headline]
    able = [METRICS[metric].label for metric in others if gates[metric] == "informative"]
    some = f"{joined(able[:3])}{f' and {len(able) - 3} more' if len(able) > 3 else ''}"
    besides = (
        f"; of the {len(others)} others, {some} can" if able else f", nor can any of the {len(others)} others"
    )
    each = "in each of " if len(base.contexts) > 1 and len(base.conditions) == _full(base) else "in "
    where = f" {each}{len(base.contexts)} contexts" if len(base.contexts) > 1 else ""
    means = "Noise would explain any score here."
    if all(gates[metric] == "too_few" for metric in headline):
        few = base.n_perturbations < result.settings.min_perturbations
        means = (
            "So few perturbations cannot tell skill from luck." if few else "Too few of them have a value."
        )
    return (
        f"{NOTHING}: none of the {len(headline)} can tell a repeated experiment from the average{besides}. "
        f"{counted(base.n_perturbations, 'perturbation')}{where}, {base.cells} cells each. {means} That is no "
        "failure of a model and no reason to pick another metric: this experiment does not hold the answer."
    )


def _full(base: Ground) -> int:
    return base.n_perturbations * len(base.contexts)


def gates_of(result: Result, context: str) -> dict[str, str]:
    """Return the gate of each metric in a context."""
    return {metric: gate for (name, metric), gate in result.gates.items() if name == context}


def why_nothing_can_be_said(result: Result, context: str) -> list[Evidence]:
    """Return three numbers that need no model: DEGs, BDS of a repeat, and the shared effect with controls split."""
    base = ground(result, context)
    return [_degs(result, base), _repeat(result, base), _shared_effect(base)]


def _degs(result: Result, base: Ground) -> Evidence:
    table = result.conditions
    n_degs = table.loc[table["context"].isin(base.contexts), "n_degs"]
    answering = int((n_degs > 0).sum())
    n = len(base.conditions)
    title = "No gene answers" if not answering else f"{answering} of {counted(n, 'condition')} with a DEG"
    undefined = " Sign and every metric on DEGs are undefined." if not answering else ""
    text = f"Adjusted p below 0.05 against control, {counted(base.n_genes, 'gene')}, all cells.{undefined}"
    return Evidence(f"{int(n_degs.sum()):,}", f"DEGs in {counted(n, 'condition')}", title, text)


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
    n = f"{span(list(base.n_control))} control cells{' a context' if len(base.contexts) > 1 else ''}"
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


def span(numbers: Sequence[int]) -> str:
    """Write the least and the greatest number, or the one that there is."""
    if not numbers:
        return "0"
    low, high = min(numbers), max(numbers)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
