"""Single cells in the plane: sampled and laid out, or where the file puts them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from perturbdash.io.assign import IS_CONTROL
from perturbdash.io.obsm import read_embedding
from perturbdash.judgement.needing_cells import CELLS_IN_THE_PLANE
from perturbdash.statistics.cell_sample import MOST_CELLS, choose_cells, read_cells
from perturbdash.statistics.context import Group
from perturbdash.statistics.layout import Floats, principal_components, umap_layout

if TYPE_CHECKING:
    from perturbdash.io.cell_dataset import CellDataset
    from perturbdash.judgement.result import Result
    from perturbdash.vocabulary import Progress

MOST_GENES = 2_000
NEIGHBOURS = 30
READING_SHARE = 0.8

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class CellMap:
    """Cells with a place in the plane.

    Parameters
    ----------
    rows
        Positions of the cells in the source, ``(n,)``.
    xy
        ``(n, 2)`` float32.
    of
        How many cells there were to choose from.
    quota
        Of each condition at most so many were taken; 0 where none was left out.
    scores, shares
        Principal components ``(n, n_components)`` and the share of the variance on each; empty for an embedding of
        the file.
    n_genes
        How many genes the components are made of; 0 for an embedding of the file.
    n_without
        Cells without a place, since the file gives none that is a number.
    """

    rows: Ints
    xy: Floats
    of: int
    quota: int
    scores: Floats
    shares: NDArray[np.float64]
    n_genes: int = 0
    n_without: int = 0


def cell_components(
    result: Result, context: str | None, *, seed: int, progress: Progress | None = None
) -> CellMap:
    """Sample at most 20,000 cells, read them, and place them on their first two principal components.

    Parameters
    ----------
    context
        ``None`` for the cells of all contexts.
    progress
        Called after each chunk of the file and before the components; it may raise ``Cancelled``.
    """
    dataset = result.dataset.cells_for(CELLS_IN_THE_PLANE)
    sample = choose_cells(dataset, seed=seed, context=context)
    genes = variable_genes(result, result.contexts if context is None else (context,))

    def reading(share: float, text: str) -> None:
        if progress is not None:
            progress(READING_SHARE * share, text)

    cells = read_cells(dataset, sample.rows, genes=genes, progress=reading)
    reading(1.0, f"Components of {len(sample.rows):,} cells")
    found = principal_components(cells, seed=seed)
    xy = np.zeros((len(sample.rows), 2), dtype=np.float32)
    width = min(2, found.scores.shape[1])
    xy[:, :width] = found.scores[:, :width]
    quota = 0 if sample.is_whole else sample.quota
    return CellMap(sample.rows, xy, sample.of, quota, found.scores, found.shares, n_genes=len(genes))


def cell_layout(cells: CellMap, *, seed: int, progress: Progress | None = None) -> Floats:
    """Lay sampled cells out by UMAP of their components, ``(n, 2)``; it stops where `umap_layout` says.

    Raises
    ------
    ValueError
        If there are fewer than five cells.
    """
    return umap_layout(cells.scores, n_neighbours=NEIGHBOURS, seed=seed, progress=progress)


def stored_cells(dataset: CellDataset, name: str, context: str | None) -> CellMap:
    """Place all cells where an embedding in the file's ``obsm`` puts them.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    usable = (dataset.context_codes >= 0) & (dataset.label_codes >= IS_CONTROL)
    if context is not None:
        usable &= dataset.context_codes == dataset.contexts.index(context)
    everything = read_embedding(dataset.source, name)
    there = usable & np.isfinite(everything).all(axis=1)
    rows = np.flatnonzero(there).astype(np.int64)
    nothing = np.empty((len(rows), 0), dtype=np.float32)
    n, n_without = int(usable.sum()), int((usable & ~there).sum())
    return CellMap(rows, everything[rows], n, 0, nothing, np.empty(0), n_without=n_without)


def variable_genes(result: Result, contexts: Sequence[str], most: int = MOST_GENES) -> Ints:
    """Return the genes that vary most over the cells of some contexts, as sorted positions in the data set.

    Variances are those of the moments, over all cells and controls together; ties go by the order of genes.
    """
    groups = [
        group
        for context in contexts
        for group in (result.stats[context].all_cells, result.stats[context].control)
    ]
    together = Group(
        torch.cat([group.n for group in groups]),
        torch.cat([group.mean for group in groups]),
        torch.cat([group.m2 for group in groups]),
    ).pooled()
    variance = together.variance()[0].nan_to_num(0.0).cpu().numpy()
    place = {gene: i for i, gene in enumerate(result.dataset.genes)}
    positions = np.array([place[gene] for gene in result.stats[contexts[0]].genes], dtype=np.int64)
    return np.sort(positions[np.argsort(-variance, kind="stable")[:most]])


def sample_of(dataset: CellDataset, rows: Ints, *, seed: int, context: str | None) -> NDArray[np.bool_]:
    """Return which of the cells are drawn as marks where they are more than 20,000, ``(n,)``."""
    if len(rows) <= MOST_CELLS:
        return np.ones(len(rows), dtype=bool)
    drawn = choose_cells(dataset, seed=seed, context=context).rows
    return np.isin(rows, drawn)
