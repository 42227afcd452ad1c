"""Other groups of the same cells: labels permuted within contexts, and halves dealt into nested increments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from perturbdash.statistics.halves import HALVES, Groups, given_halves, halves, positions
from perturbdash.vocabulary import Purpose

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perturbdash.io.cell_dataset import CellDataset

SHARES = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 3 / 4)
"""Of each half, below all of it, at which a titration calibrates."""
ROW_BYTES = 20
"""Of a gene of a group while cells are read: mean and second moment in float64, count in int32."""
PASS_BYTES = 1_500_000_000
"""Of the tables that are filled in one pass over the cells."""


def permuted_labels(
    dataset: CellDataset, *, seed: int, trial: int, given: pd.DataFrame | None = None
) -> CellDataset:
    """Return the data set with the labels of its perturbed cells permuted within each context.

    Cells are taken in hash order of their names, so that the permutation depends on seed, trial and names alone;
    how many cells a label has in a context stays.

    Parameters
    ----------
    seed, trial
        Each trial has a stream of random numbers of its own.
    given
        Columns ``cell`` and ``half``: labels then stay within the halves of a context.

    Raises
    ------
    SettingsError
        If the seed or the given table cannot be used.
    """
    labels = np.asarray(dataset.label_codes).copy()
    perturbed = np.flatnonzero(labels >= 0)
    strata = np.asarray(dataset.context_codes, dtype=np.int64)[perturbed]
    names = np.asarray(dataset.cell_names, dtype=object)
    if given is not None:
        strata = strata * len(HALVES) + given_halves(names, given, used=labels >= -1)[perturbed]
    place, _ = positions(names[perturbed], strata, seed)
    order = perturbed[np.lexsort((place, strata))]
    starts = np.flatnonzero(np.diff(np.sort(strata), prepend=-1))
    rng = np.random.default_rng([seed, Purpose.NULL_LABELS, trial])
    for start, stop in zip(starts, [*starts[1:], order.size], strict=True):
        labels[order[start:stop]] = labels[rng.permutation(order[start:stop])]
    return replace(dataset, label_codes=labels)


def nested_increments(
    dataset: CellDataset, shares: Sequence[float], *, seed: int, given: pd.DataFrame | None = None
) -> list[Groups]:
    """Deal the cells of each perturbation and half into nested increments, in hash order of their names.

    Parameters
    ----------
    shares
        Ascending, above 0 and at most 1: the first increments together hold this share of a half, rounded.
    seed
        0 to 10¹⁶ − 1, of the halves and of the order within them.
    given
        Columns ``cell`` and ``half``, in place of the seeded halves.

    Returns
    -------
    One grouping for each share, of the cells that it has and the share before has not; control cells, and cells
    beyond the last share, are in none.

    Raises
    ------
    SettingsError
        If the seed or the given table cannot be used.
    """
    labels = np.asarray(dataset.label_codes, dtype=np.int64)
    used = np.flatnonzero(labels >= -1)
    names = np.asarray(dataset.cell_names, dtype=object)
    width = len(dataset.perturbations) + 1
    conditions = np.asarray(dataset.context_codes, dtype=np.int64)[used] * width + labels[used] + 1
    if given is None:
        half = halves(names[used], conditions, seed=seed)
    else:
        half = given_halves(names, given, used=labels >= -1)[used]
    keys = conditions * len(HALVES) + half
    place, size = positions(names[used], keys, seed)
    treated = labels[used] >= 0
    level = np.zeros(used.size, dtype=np.int64)
    for share in shares:
        level += place >= cells_of_share(size, share)
    return [
        _grouping(dataset, used[treated & (level == k)], keys[treated & (level == k)])
        for k in range(len(shares))
    ]


def cells_of_share(size: NDArray[np.int64], share: float) -> NDArray[np.int64]:
    """Return how many cells a share of a half is, rounded to the nearest, halves up.

    Examples
    --------
    >>> cells_of_share(np.array([3, 5, 24]), 0.5)
    array([ 2,  3, 12])
    """
    cells: NDArray[np.int64] = np.floor(np.asarray(size) * share + 0.5).astype(np.int64)
    return cells


def groupings_a_pass(n_groups: int, n_genes: int) -> int:
    """Return how many groupings of this size one pass over the cells serves, by the memory that they take.

    Examples
    --------
    >>> groupings_a_pass(1000, 2000), groupings_a_pass(40_000, 20_000)
    (37, 1)
    """
    return max(1, PASS_BYTES // max(1, n_groups * n_genes * ROW_BYTES))


def _grouping(dataset: CellDataset, cells: NDArray[np.intp], keys: NDArray[np.int64]) -> Groups:
    found, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    codes = np.full(len(dataset.label_codes), -1, dtype=np.int32)
    codes[cells] = inverse
    condition, half = np.divmod(found, len(HALVES))
    context, label = np.divmod(condition, len(dataset.perturbations) + 1)
    conditions = pd.DataFrame(
        {
            "context": np.array(dataset.contexts, dtype=object)[context],
            "perturbation": np.array(["", *dataset.perturbations], dtype=object)[label],
            "part": np.array(HALVES, dtype=object)[half],
            "n_cells": counts.astype(np.int64),
        }
    )
    return Groups(codes, conditions)
