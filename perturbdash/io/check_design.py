"""Whether the experiment has what the metrics need: perturbations, cells, controls, contexts, singles, targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perturbdash.io.columns import shown
from perturbdash.io.detect_context import studies as studies_in
from perturbdash.io.schema import Check, finding, passed
from perturbdash.vocabulary import BLOCKS_PER_HALF, CELLS_FOR_HALVES

if TYPE_CHECKING:
    from perturbdash.io.cell_dataset import CellDataset
    from perturbdash.io.dataset import Dataset

FEW_CELLS = 20
FEW_CONTROLS = 100
FEW_PERTURBATIONS = 10


def perturbations(dataset: Dataset) -> Check:
    """Say whether there are enough perturbations for gates and verdicts."""
    per_context = (dataset.cell_counts[:, :-1] > 0).sum(axis=1)
    few = [
        name for name, n in zip(dataset.contexts, per_context.tolist(), strict=True) if n < FEW_PERTURBATIONS
    ]
    if int(per_context.max()) == 1:
        return finding(
            "One perturbation only",
            "Nothing is left to train on or to tell apart: the average, retrieval and verdicts cannot be computed.",
        )
    if few:
        where = "" if len(dataset.contexts) == 1 else f" in {shown(few)}"
        return finding(
            f"Fewer than {FEW_PERTURBATIONS} perturbations{where}",
            f"Gates and verdicts say “too few” there by default (the smallest number is {int(per_context.min())}).",
        )
    return passed("Enough perturbations", f"{len(dataset.perturbations):,} perturbations.")


def cells(dataset: Dataset) -> Check:
    """Say whether conditions have enough cells."""
    counts = dataset.cell_counts[:, :-1]
    counts = counts[counts > 0]
    low, middle, high = int(counts.min()), float(np.median(counts)), int(counts.max())
    n_small = int(np.count_nonzero(counts < CELLS_FOR_HALVES))
    spread = f"{_range(low, high)} cells a condition, median {middle:,.0f}"
    if n_small:
        return finding(
            f"{n_small:,} of {len(counts):,} conditions with fewer than {CELLS_FOR_HALVES} cells",
            f"They cannot be divided into two halves and take no part in the calibration. {spread}.",
        )
    if middle < FEW_CELLS:
        return finding("Few cells a perturbation", f"{spread}: a repeated experiment will agree poorly.")
    return passed("Enough cells", f"{spread}; {CELLS_FOR_HALVES} are needed for two halves.")


def controls(dataset: Dataset) -> Check:
    """Say whether there are enough control cells."""
    controls = dataset.cell_counts[:, -1]
    total = int(controls.sum())
    few = [name for name, n in zip(dataset.contexts, controls.tolist(), strict=True) if n < FEW_CONTROLS]
    if not few:
        return passed(f"{total:,} control cells", _spread_of_controls(dataset))
    where = "" if len(dataset.contexts) == 1 else f" in {shown(few)}"
    text = "All shifts from control share the noise of this one mean, which looks like a shared effect."
    if int(controls.min()) < 2 * BLOCKS_PER_HALF:
        text += f" Fewer than {2 * BLOCKS_PER_HALF} leave some of the control blocks empty."
    return finding(f"Few control cells{where}: {int(controls.min()):,}", text)


def _spread_of_controls(dataset: Dataset) -> str:
    controls = dataset.cell_counts[:, -1]
    if len(controls) == 1:
        return f"Label {dataset.schema.control}."
    return f"{_range(int(controls.min()), int(controls.max()))} in each of {len(controls)} contexts."


def _range(low: int, high: int) -> str:
    return f"{low:,}" if low == high else f"{low:,}–{high:,}"


def contexts(dataset: Dataset) -> Check | None:
    """Say whether each context can be used; nothing where there is one."""
    if dataset.dropped_contexts:
        return finding(
            f"{len(dataset.dropped_contexts):,} contexts cannot be used",
            f"{shown(dataset.dropped_contexts)} lack control or perturbed cells; their cells are left out.",
        )
    if len(dataset.contexts) == 1:
        return None
    return passed(
        "Every context has control cells", f"{len(dataset.contexts)} contexts: {shown(dataset.contexts)}."
    )


def studies(dataset: CellDataset) -> Check | None:
    """Say whether the file holds several studies; nothing otherwise."""
    key = dataset.schema.context_key
    levels = dataset.columns.levels(key) if key else None
    several = studies_in(dataset.columns, levels)
    if several is None or several[0] in (key, dataset.schema.perturbation_key):
        return None
    column, contexts = several
    title = f"{len(contexts):,} studies in one file"
    if not all(contexts.values()):
        names = shown(tuple(contexts))
        return finding(title, f"{column} holds {names}; their cells are taken together within a context.")
    lines = "; ".join(f"{study}: {shown(names)}" for study, names in list(contexts.items())[:4])
    return finding(
        title, f"Each context belongs to one study ({lines}); choose a context to look at one study."
    )


def combinations(dataset: Dataset) -> Check | None:
    """Say whether the singles of combinations are there; nothing without combinations."""
    several = {name: parts for name, parts in dataset.parts.items() if len(parts) > 1}
    if not several:
        return None
    singles = set(dataset.perturbations)
    lacking = [name for name, parts in several.items() if not singles.issuperset(parts)]
    if lacking:
        return finding(
            f"{len(lacking):,} of {len(several):,} combinations lack a single",
            f"The additive baseline is undefined for them: {shown(lacking)}.",
        )
    return passed("Every combination has its singles", f"{len(several):,} combinations.")


def targets(dataset: Dataset) -> Check:
    """Say whether perturbations name genes of the file."""
    lacking = [name for name, parts in dataset.parts.items() if len(dataset.targets[name]) < len(parts)]
    if len(lacking) == len(dataset.parts):
        return finding(
            "No perturbation names a gene of the file",
            "The linear baseline is undefined, and no targeted genes can be taken out.",
        )
    if lacking:
        return finding(
            f"{len(lacking):,} of {len(dataset.parts):,} perturbations target a gene outside the file",
            f"The linear baseline is undefined for them, and their genes cannot be taken out: {shown(lacking)}.",
        )
    return passed("Target genes found", "Every perturbation names genes of the file.")
