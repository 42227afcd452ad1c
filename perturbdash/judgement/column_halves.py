"""Halves by a column of the data: guides of a gene, replicates or batches in place of random halves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from perturbdash.errors import SettingsError
from perturbdash.io.columns import Levels, shown
from perturbdash.statistics.halves import HALVES, halves, hash_names, positions
from perturbdash.vocabulary import CELLS_FOR_HALVES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perturbdash.io.cell_dataset import CellDataset

CELLS_IN_A_HALF = CELLS_FOR_HALVES // 2
ONE_LEVEL = "one level"
NO_VALUE = "no value"
FEW_CELLS = f"fewer than {CELLS_IN_A_HALF} cells in a half"


@dataclass(frozen=True, eq=False)
class ColumnHalves:
    """Halves in which no level of a column lies on both sides.

    Parameters
    ----------
    column
        Name of the ``obs`` column.
    table
        Columns ``cell`` and ``half``, one row for each cell that has one.
    conditions
        One row a context and perturbation: context, perturbation, n_cells (with a value), n_without_value,
        n_levels, n_first, n_second, reason (why it takes no part in a calibration, empty where it does).
    n_levels
        Levels over all cells.
    random_controls
        Contexts whose control cells are halved at random, since they have one level, or some no value.
    """

    column: str
    table: pd.DataFrame
    conditions: pd.DataFrame
    n_levels: int
    random_controls: tuple[str, ...]

    @property
    def reasons(self) -> dict[str, int]:
        """Number of conditions that take no part, by reason."""
        counts = self.conditions.loc[self.conditions["reason"] != "", "reason"].value_counts()
        return {str(reason): int(n) for reason, n in counts.items()}

    @property
    def n_without_value(self) -> int:
        """Perturbed cells without a value."""
        return int(self.conditions["n_without_value"].sum())

    def record(self) -> dict[str, object]:
        """Return what ``run.json`` says of them."""
        return {
            "column": self.column,
            "levels": self.n_levels,
            "conditions": len(self.conditions),
            "conditions_left_out": self.reasons,
            "cells_without_value": self.n_without_value,
            "controls_halved_at_random": list(self.random_controls),
        }


def column_halves(
    dataset: CellDataset, column: str, *, seed: int = 0, leave_out: bool = False
) -> ColumnHalves:
    """Divide the levels of a column within each condition into two groups, so that no level lies in both halves.

    A column of two levels in the whole data set gives its halves in the order of their names. Else the levels of a
    condition are taken in hash order of their names: the ⌊k/2⌋ first are ``first``, the rest ``second``. Control
    cells are divided in the same way within their context; where they have one level, or some have no value, they
    are halved at random.

    Parameters
    ----------
    seed
        0 to 10¹⁶ − 1, of the hash order.
    leave_out
        Leave perturbed cells without a value out instead of refusing the column.

    Raises
    ------
    SettingsError
        If there is no such column, perturbed cells have no value, or no condition has two halves.
    """
    found = _levels(dataset, column)
    cells = _Cells.of(dataset)
    codes = found.codes[cells.rows]
    n_lacking = int(np.count_nonzero((codes < 0) & ~cells.control))
    if n_lacking and not leave_out:
        raise SettingsError(
            f"{n_lacking:,} of {int((~cells.control).sum()):,} perturbed cells have no value in column {column!r}; "
            "expected one for each: leave those cells out of the data, or choose another column."
        )
    half = _divided(codes, cells.condition, found.names, seed)
    random, half = _controls(cells, codes, half, seed)
    conditions = _conditions(dataset, cells, codes, half)
    if not (conditions["reason"] == "").any():
        raise SettingsError(_no_halves(column, found, conditions))
    has = half >= 0
    table = pd.DataFrame(
        {
            "cell": cells.names[has],
            "half": np.array(HALVES, dtype=object)[half[has]],
        }
    )
    contexts = tuple(dataset.contexts[i] for i in random)
    return ColumnHalves(column, table, conditions, len(found.names), contexts)


def matched_halves(dataset: CellDataset, given: ColumnHalves, *, seed: int = 0) -> pd.DataFrame:
    """Return random halves of the same cells with the same sizes, in every condition, as halves by a column.

    What differs between the two is then which cells lie in a half, and nothing else.

    Returns
    -------
    Columns ``cell`` and ``half``.
    """
    cells = _Cells.of(dataset)
    names = cells.names
    row = pd.Index(given.table["cell"]).get_indexer(pd.Index(names))
    has = row >= 0
    first = given.table["half"].to_numpy()[row[has]] == HALVES[0]
    condition = cells.condition[has]
    n_first = np.bincount(condition, weights=first)[condition]
    place, _ = positions(names[has], condition, seed)
    half = np.where(place < n_first, *HALVES).astype(object)
    return pd.DataFrame({"cell": names[has], "half": half})


def _levels(dataset: CellDataset, column: str) -> Levels:
    columns = dataset.columns
    if column not in columns.names:
        raise SettingsError(
            f"There is no obs column {column!r} for halves; found {shown(columns.names, 12) or 'none'}."
        )
    found = columns.levels(column)
    if found is None:
        raise SettingsError(
            f"Column {column!r} has a value of its own for almost every cell; expected labels such as guides, "
            "replicates or batches: choose another column."
        )
    return found


@dataclass(frozen=True, eq=False)
class _Cells:
    """The labelled cells: rows in the data set, names, an integer for the condition, and who is control."""

    rows: NDArray[np.intp]
    names: NDArray[np.object_]
    condition: NDArray[np.int64]
    control: NDArray[np.bool_]
    n_labels: int

    @classmethod
    def of(cls, dataset: CellDataset) -> _Cells:
        labels = np.asarray(dataset.label_codes, dtype=np.int64)
        rows = np.flatnonzero(labels >= -1)
        n_labels = len(dataset.perturbations) + 1
        context = np.asarray(dataset.context_codes, dtype=np.int64)[rows]
        names = np.asarray(dataset.cell_names, dtype=object)[rows]
        return cls(rows, names, context * n_labels + labels[rows] + 1, labels[rows] == -1, n_labels)


def _divided(
    codes: NDArray[np.int32], condition: NDArray[np.int64], names: tuple[str, ...], seed: int
) -> NDArray[np.int8]:
    """Return the half of each cell by its level, -1 where it has none."""
    half = np.full(codes.size, -1, dtype=np.int8)
    has = codes >= 0
    present = np.unique(codes[has])
    if present.size == len(HALVES):
        half[has] = np.searchsorted(present, codes[has])
        return half
    order = np.lexsort((np.arange(len(names)), hash_names(np.array(names, dtype=object), seed)))
    rank = np.empty(len(names), dtype=np.int64)
    rank[order] = np.arange(len(names))
    pairs, inverse = np.unique(condition[has] * max(1, len(names)) + rank[codes[has]], return_inverse=True)
    _, start, n = np.unique(pairs // max(1, len(names)), return_index=True, return_counts=True)
    place = np.arange(pairs.size) - np.repeat(start, n)
    half[has] = (place >= np.repeat(n // 2, n)).astype(np.int8)[inverse]
    return half


def _controls(
    cells: _Cells, codes: NDArray[np.int32], half: NDArray[np.int8], seed: int
) -> tuple[list[int], NDArray[np.int8]]:
    """Halve control cells at random where the column does not; return those contexts, and all halves."""
    half = half.copy()
    random = []
    for condition in np.unique(cells.condition[cells.control]):
        own = cells.condition == condition
        if (codes[own] < 0).any() or np.unique(half[own]).size < len(HALVES):
            half[own] = halves(cells.names[own], cells.condition[own], seed=seed)
            random.append(int(condition) // cells.n_labels)
    return random, half


def _conditions(
    dataset: CellDataset, cells: _Cells, codes: NDArray[np.int32], half: NDArray[np.int8]
) -> pd.DataFrame:
    """Count cells and levels of each perturbed condition, and say why some take no part."""
    own = ~cells.control
    keys, condition = np.unique(cells.condition[own], return_inverse=True)
    lacking, side = codes[own] < 0, half[own]

    def counted(chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.bincount(condition[chosen], minlength=keys.size).astype(np.int64)

    n_codes = int(codes.max(initial=0)) + 1
    pairs = np.unique(condition[~lacking].astype(np.int64) * n_codes + codes[own][~lacking])
    n_levels = np.bincount(pairs // n_codes, minlength=keys.size)
    n_first, n_second = counted(side == 0), counted(side == 1)
    few = np.minimum(n_first, n_second) < CELLS_IN_A_HALF
    reason = np.select([n_levels == 0, n_levels == 1, few], [NO_VALUE, ONE_LEVEL, FEW_CELLS], default="")
    context, label = np.divmod(keys, cells.n_labels)
    return pd.DataFrame(
        {
            "context": np.array(dataset.contexts, dtype=object)[context],
            "perturbation": np.array(dataset.perturbations, dtype=object)[label - 1],
            "n_cells": counted(~lacking),
            "n_without_value": counted(lacking),
            "n_levels": n_levels,
            "n_first": n_first,
            "n_second": n_second,
            "reason": reason.astype(object),
        }
    )


def _no_halves(column: str, found: Levels, conditions: pd.DataFrame) -> str:
    counts = conditions["reason"].value_counts()
    why = ", ".join(f"{int(n):,} with {reason}" for reason, n in counts.items())
    return (
        f"Column {column!r} has {len(found.names):,} levels ({shown(found.names, 5) or 'no value'}) and makes no two "
        f"halves of any condition: {why}; expected two levels or more within perturbations: choose another column."
    )
