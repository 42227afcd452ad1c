"""Columns of a data set that can stand for a repeat: several levels within perturbations, in cells of their own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from perturbdash.io.cell_dataset import CellDataset
    from perturbdash.io.columns import Levels

KINDS: dict[str, str] = {
    "guide": r"guide|sg_?rna|grna|protospacer|spacer|barcode",
    "replicate": r"replicate|(^|_)(bio|tech)?rep($|_|\d)",
    "donor": r"donor|patient|individual|subject|mouse|animal",
    "batch": r"batch|lane|gem|plate|library|chip|(^|_)run($|_)|flow_?cell",
    "sample": r"sample|channel|well",
}
"""What a column is likely to hold, by words in its name, the strictest repeat first."""
OTHER = "level"
CELLS_OF_A_LEVEL = 2.0
"""A level that holds fewer cells than this, on average within a perturbation, is no group to repeat with."""
COLUMNS = ("column", "kind", "n_levels", "n_conditions")


def kind_of(column: str) -> str:
    """Return what a column is likely to hold, ``"level"`` where its name does not say.

    Examples
    --------
    >>> kind_of("sgRNA_id"), kind_of("Replicate"), kind_of("gemgroup"), kind_of("cell_type")
    ('guide', 'replicate', 'batch', 'level')
    """
    name = re.sub(r"[^a-z0-9]+", "_", column.casefold())
    return next((kind for kind, words in KINDS.items() if re.search(words, name)), OTHER)


def halving_columns(dataset: CellDataset, min_perturbations: int) -> pd.DataFrame:
    """Return the ``obs`` columns by which the halves of a calibration could be made, the likely ones first.

    Parameters
    ----------
    min_perturbations
        So many conditions, at least, must have two levels or more.

    Returns
    -------
    Columns column, kind (``guide``, ``replicate``, ``donor``, ``batch``, ``sample``, ``level``), n_levels,
    n_conditions (with two levels or more).
    """
    labels = np.asarray(dataset.label_codes, dtype=np.int64)
    perturbed = np.flatnonzero(labels >= 0)
    condition = np.asarray(dataset.context_codes, dtype=np.int64)[perturbed]
    condition = condition * len(dataset.perturbations) + labels[perturbed]
    found = []
    for column in dataset.columns.names:
        if dataset.columns.series(column).dtype.kind not in "ObUiu":
            continue
        levels = dataset.columns.levels(column)
        n = 0 if levels is None else _n_conditions(levels, perturbed, condition)
        if levels is not None and n >= max(1, min_perturbations):
            found.append((column, kind_of(column), len(levels.names), n))
    order = [*KINDS, OTHER]
    found.sort(key=lambda row: (order.index(row[1]), -row[3], row[0]))
    return pd.DataFrame(found, columns=list(COLUMNS))


def _n_conditions(levels: Levels, perturbed: np.ndarray, condition: np.ndarray) -> int:
    """Return how many conditions have two levels or more; 0 where levels are names of single cells."""
    codes = levels.codes[perturbed].astype(np.int64)
    has = codes >= 0
    pairs = np.unique(condition[has] * max(1, len(levels.names)) + codes[has])
    if int(has.sum()) < CELLS_OF_A_LEVEL * pairs.size:
        return 0
    return int((np.unique(pairs // max(1, len(levels.names)), return_counts=True)[1] >= 2).sum())
