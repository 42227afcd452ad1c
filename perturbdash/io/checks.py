"""Whether a file is in order, in plain words, each with its consequence."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from perturbdash.io import check_design
from perturbdash.io.columns import shown, simplified
from perturbdash.io.detect_labels import control_label_rank
from perturbdash.io.labels import guide_gene
from perturbdash.io.schema import Check, finding, passed
from perturbdash.io.space import PANEL_GENES, likely_space

if TYPE_CHECKING:
    from perturbdash.io.cell_dataset import CellDataset
    from perturbdash.io.dataset import Dataset
    from perturbdash.io.moments_dataset import MomentsDataset

FEW_GENES = 1_000


def all_checks(dataset: CellDataset) -> tuple[Check, ...]:
    """Return all checks of cells, findings first.

    Parameters
    ----------
    dataset
        The data set; nothing is read beyond what opening it read.
    """
    made = [make(dataset) for make in (*CHECKS, *CELL_CHECKS)]
    return _findings_first(made)


def store_checks(dataset: MomentsDataset) -> tuple[Check, ...]:
    """Return all checks of a store of moments, findings first.

    Parameters
    ----------
    dataset
        The data set; no values are read.
    """
    return _findings_first([*(make(dataset) for make in CHECKS), _no_cells(), _halves(dataset)])


def _findings_first(made: Iterable[Check | None]) -> tuple[Check, ...]:
    found = [check for check in made if check is not None]
    return tuple(sorted(found, key=lambda check: check.level != "finding"))


def _no_cells() -> Check:
    return finding(
        "A store of moments, without cells",
        "Scores, calibration and verdicts come from moments. Other halves, permuted labels, fewer cells and an "
        "embedding of cells need the file of cells.",
    )


def _halves(dataset: MomentsDataset) -> Check:
    facts = dataset.facts
    if facts.halves == "given":
        return finding(
            "Halves given when the store was made", "They are not drawn by a seed, and are taken as they are."
        )
    if facts.seed is None:
        return finding(
            "The store does not say how its halves were drawn",
            "They are taken as they are; the seed draws everything else.",
        )
    return passed(f"Halves drawn with seed {facts.seed}", "The same seed draws everything else.")


def _genes(dataset: Dataset) -> Check:
    n_genes = len(dataset.genes)
    if n_genes < FEW_GENES:
        return finding(
            f"{n_genes:,} genes only",
            "Probably a subset. Retrieval and top-k metrics are easier to satisfy; say so when you compare.",
        )
    return passed("Enough genes", f"{n_genes:,} genes.")


def _left_out(dataset: Dataset) -> Check:
    if not dataset.left_out:
        return passed("Every cell has a label")
    reasons = "; ".join(f"{n:,} {reason}" for reason, n in dataset.left_out.items())
    return finding(f"{sum(dataset.left_out.values()):,} of {dataset.n_cells:,} cells left out", f"{reasons}.")


def _cell_names(dataset: CellDataset) -> Check:
    if dataset.flags.number_duplicates and dataset.cell_names is not dataset.source.cell_names:
        return finding(
            "Duplicate cell names numbered",
            "Halves are drawn by name, so they depend on the order of the cells with the same name.",
        )
    return passed("Cell names unique", f"{dataset.n_cells:,} names.")


def _gene_names(dataset: Dataset) -> Check:
    return passed("Gene names unique", f"{len(dataset.genes):,} names.")


def _values(dataset: CellDataset) -> Check:
    return passed(
        "No missing, infinite or negative values", f"In a sample of {dataset.values.n_sampled:,} cells."
    )


def _empty_cells(dataset: CellDataset) -> Check:
    n_empty = dataset.values.n_empty
    if n_empty:
        return finding(
            f"{n_empty:,} of {dataset.values.n_sampled:,} sampled cells are empty",
            "A cell without any value counts as zero expression of every gene.",
        )
    return passed("No empty cells", f"In a sample of {dataset.values.n_sampled:,} cells.")


def _space(dataset: CellDataset) -> Check:
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


def _other_controls(dataset: Dataset) -> Check | None:
    likely = [name for name in dataset.perturbations if control_label_rank(name) is not None]
    if not likely:
        return None
    return finding(
        f"{shown(likely)} looks like control too",
        f"Only {dataset.schema.control} counts as control; this counts as a perturbation.",
    )


def _guides(dataset: CellDataset) -> Check | None:
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
    check_design.perturbations,
    check_design.cells,
    check_design.controls,
    check_design.contexts,
    _left_out,
    _other_controls,
    check_design.combinations,
    check_design.targets,
    _gene_names,
    _spelling,
)
CELL_CHECKS: tuple[Callable[[CellDataset], Check | None], ...] = (
    check_design.studies,
    _guides,
    _space,
    _cell_names,
    _values,
    _empty_cells,
)
