"""Whether a file is in order, in plain words, each with its consequence."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from perturbdash.io.columns import simplified
from perturbdash.io.detect_context import studies
from perturbdash.io.detect_labels import control_label_rank
from perturbdash.io.labels import guide_gene
from perturbdash.io.schema import Check
from perturbdash.io.space import PANEL_GENES, likely_space
from perturbdash.vocabulary import BLOCKS_PER_HALF, CELLS_FOR_HALVES

if TYPE_CHECKING:
    from perturbdash.io.dataset import Dataset

FEW_GENES = 1_000
FEW_CELLS = 20
FEW_CONTROLS = 100
FEW_PERTURBATIONS = 10


def finding(title: str, text: str) -> Check:
    """Return a check that found something worth knowing."""
    return Check("finding", title, text)


def passed(title: str, text: str = "") -> Check:
    """Return a check that found nothing."""
    return Check("passed", title, text)


def all_checks(dataset: Dataset) -> tuple[Check, ...]:
    """Return all checks of a data set, findings first.

    Parameters
    ----------
    dataset
        The data set; nothing is read beyond what opening it read.
    """
    made = [check for make in CHECKS if (check := make(dataset)) is not None]
    return tuple(sorted(made, key=lambda check: check.level != "finding"))


def shown(names: list[str] | tuple[str, ...], most: int = 3) -> str:
    """Return some names and how many more there are.

    Examples
    --------
    >>> shown(["a", "b", "c", "d", "e"])
    'a, b, c and 2 more'
    """
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest:,} more" if rest > 0 else "")


def _genes(dataset: Dataset) -> Check:
    n_genes = len(dataset.genes)
    if n_genes < FEW_GENES:
        return finding(
            f"{n_genes:,} genes only",
            "Probably a subset. Retrieval and top-k metrics are easier to satisfy; say so when you compare.",
        )
    return passed("Enough genes", f"{n_genes:,} genes.")


def _perturbations(dataset: Dataset) -> Check:
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


def _cells(dataset: Dataset) -> Check:
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


def _controls(dataset: Dataset) -> Check:
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


def _contexts(dataset: Dataset) -> Check | None:
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


def _studies(dataset: Dataset) -> Check | None:
    key = dataset.schema.context_key
    levels = dataset.columns.levels(key) if key else None
    several = studies(dataset.columns, levels)
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


def _left_out(dataset: Dataset) -> Check:
    if not dataset.left_out:
        return passed("Every cell has a label")
    reasons = "; ".join(f"{n:,} {reason}" for reason, n in dataset.left_out.items())
    return finding(f"{sum(dataset.left_out.values()):,} of {dataset.n_cells:,} cells left out", f"{reasons}.")


def _cell_names(dataset: Dataset) -> Check:
    if dataset.flags.number_duplicates and dataset.cell_names is not dataset.source.cell_names:
        return finding(
            "Duplicate cell names numbered",
            "Halves are drawn by name, so they depend on the order of the cells with the same name.",
        )
    return passed("Cell names unique", f"{dataset.n_cells:,} names.")


def _gene_names(dataset: Dataset) -> Check:
    return passed("Gene names unique", f"{len(dataset.genes):,} names.")


def _values(dataset: Dataset) -> Check:
    return passed(
        "No missing, infinite or negative values", f"In a sample of {dataset.values.n_sampled:,} cells."
    )


def _empty_cells(dataset: Dataset) -> Check:
    n_empty = dataset.values.n_empty
    if n_empty:
        return finding(
            f"{n_empty:,} of {dataset.values.n_sampled:,} sampled cells are empty",
            "A cell without any value counts as zero expression of every gene.",
        )
    return passed("No empty cells", f"In a sample of {dataset.values.n_sampled:,} cells.")


def _space(dataset: Dataset) -> Check:
    proposal = dataset.proposals["space"]
    if dataset.schema.space != likely_space(dataset.values):
        return finding(
            f"The values do not look like {dataset.schema.space}",
            f"{proposal.reason.removeprefix('Chosen. ')} You chose {dataset.schema.space}: scores follow that choice.",
        )
    if (
        dataset.schema.space == "counts"
        and dataset.schema.totals_key is None
        and len(dataset.genes) < PANEL_GENES
    ):
        return finding(
            "Totals of a panel of genes",
            "Counts are scaled by sums over the genes here, which are not library sizes: a strong effect on few "
            "genes moves all others. A column of totals would help.",
        )
    return passed(f"Values are {dataset.schema.space}", proposal.reason)


def _combinations(dataset: Dataset) -> Check | None:
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


def _targets(dataset: Dataset) -> Check:
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


def _other_controls(dataset: Dataset) -> Check | None:
    likely = [name for name in dataset.perturbations if control_label_rank(name) is not None]
    if not likely:
        return None
    return finding(
        f"{shown(likely)} looks like control too",
        f"Only {dataset.schema.control} counts as control; this counts as a perturbation.",
    )


def _guides(dataset: Dataset) -> Check | None:
    if dataset.schema.merge_guides or not dataset.proposals["merge_guides"].alternatives:
        return None
    genes = {part for parts in dataset.parts.values() for part in parts if guide_gene(part)}
    return finding(
        f"{len(genes):,} labels look like guides",
        "Each guide counts as a perturbation of its own, and guides of one gene are easily confused; merge them?",
    )


def _spelling(dataset: Dataset) -> Check:
    forms: dict[str, list[str]] = {}
    for name in dataset.perturbations:
        forms.setdefault(simplified(name), []).append(name)
    differ = [names for names in forms.values() if len(names) > 1]
    if differ:
        return finding(
            f"{len(differ):,} labels differ in spelling alone",
            f"They count as different perturbations: {shown(differ[0])}.",
        )
    return passed("No label in two spellings")


CHECKS: tuple[Callable[[Dataset], Check | None], ...] = (
    _genes,
    _perturbations,
    _cells,
    _controls,
    _contexts,
    _studies,
    _left_out,
    _other_controls,
    _guides,
    _combinations,
    _targets,
    _space,
    _cell_names,
    _gene_names,
    _values,
    _empty_cells,
    _spelling,
)
