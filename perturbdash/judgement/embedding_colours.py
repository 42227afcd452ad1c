"""What colours cells in the plane, a perturbation, a gene or a column, and what a box round them holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perturbdash.io.columns import levels
from perturbdash.statistics.cell_sample import read_cells
from perturbdash.vocabulary import CONTROL

if TYPE_CHECKING:
    from perturbdash.io.cell_dataset import CellDataset
    from perturbdash.vocabulary import Progress

MOST_LEVELS = 7
OTHER = ""

Ints = NDArray[np.int64]


def perturbation_names(dataset: CellDataset, rows: Ints) -> NDArray[np.object_]:
    """Return what was done to each cell, ``(n,)``, ``control`` where nothing was."""
    names = np.array([*dataset.perturbations, CONTROL], dtype=object)
    found: NDArray[np.object_] = names[dataset.label_codes[rows]]
    return found


def gene_values(
    dataset: CellDataset, rows: Ints, gene: str, *, progress: Progress | None = None
) -> NDArray[np.float32]:
    """Read the log1p expression of one gene in some cells, ``(n,)``, in one pass over the file."""
    column = np.array([dataset.genes.index(gene)], dtype=np.int64)
    found = read_cells(dataset, rows, genes=column, progress=progress)
    return np.asarray(found.toarray()[:, 0], dtype=np.float32)


def colour_columns(dataset: CellDataset) -> tuple[str, ...]:
    """Return the columns of ``obs`` that can colour cells; names of cells, and columns of one value, cannot."""
    columns = dataset.columns
    return tuple(
        name
        for name in columns.names
        if columns.n_values(name) > 1
        and (is_numeric(dataset, name) or columns.n_values(name) < dataset.n_cells)
    )


def is_numeric(dataset: CellDataset, column: str) -> bool:
    """Return whether a column of ``obs`` holds numbers to be shown on a scale."""
    return dataset.columns.series(column).dtype.kind in "fiu"


def column_numbers(dataset: CellDataset, rows: Ints, column: str) -> NDArray[np.float32]:
    """Return the numbers of a column for some cells, ``(n,)``; NaN where there is none."""
    series = dataset.columns.series(column)
    return series.to_numpy(dtype=np.float64, na_value=np.nan)[rows].astype(np.float32)


def column_labels(dataset: CellDataset, rows: Ints, column: str) -> NDArray[np.object_]:
    """Return the labels of a column for some cells, ``(n,)``; empty where there is none."""
    found = levels(dataset.columns.series(column).iloc[rows])
    names = np.array([*found.names, OTHER], dtype=object)
    labels: NDArray[np.object_] = names[found.codes]
    return labels


def largest_levels(labels: NDArray[np.object_], most: int = MOST_LEVELS) -> tuple[str, ...]:
    """Return the labels that most cells have, ties by name; cells without a label do not count."""
    names, counts = np.unique(labels[labels != OTHER].astype(str), return_counts=True)
    return tuple(str(name) for name in names[np.lexsort((names, -counts))][:most])


def chosen_by_rule(
    names: NDArray[np.object_], strongest: Sequence[str], selected: Sequence[str], most: int
) -> tuple[str, ...]:
    """Return which perturbations are coloured without a choice: the selected ones, else those with the longest shift.

    Parameters
    ----------
    names
        Of what was done to each cell that is shown.
    strongest
        Perturbations, the strongest first.
    """
    there = set(names.tolist())
    chosen = set(selected)
    wanted = [name for name in strongest if name in there and (not chosen or name in chosen)]
    return tuple(wanted[:most])


def box_counts(names: NDArray[np.object_], inside: NDArray[np.bool_]) -> pd.DataFrame:
    """Count the cells in a box by what was done to them.

    Parameters
    ----------
    names
        ``(n,)`` as `perturbation_names`.
    inside
        ``(n,)``.

    Returns
    -------
    pandas.DataFrame
        perturbation, inside, shown (cells of it in the figure), share; those with most cells in the box first.

    Examples
    --------
    >>> box_counts(np.array(["A", "B", "A"], dtype=object), np.array([True, False, False]))
      perturbation  inside  shown  share
    0            A       1      2    0.5
    """
    codes, known = pd.factorize(names, sort=True)
    shown = np.bincount(codes, minlength=len(known))
    hit = np.bincount(codes[inside], minlength=len(known))
    table = pd.DataFrame({"perturbation": known, "inside": hit, "shown": shown, "share": hit / shown})
    return table[table["inside"] > 0].sort_values(
        ["inside", "perturbation"], ascending=[False, True], ignore_index=True
    )
