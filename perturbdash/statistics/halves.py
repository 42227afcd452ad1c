"""The seeded halves of every condition, the blocks of its control cells, and so the group of each cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from perturbdash.errors import DataError, SettingsError
from perturbdash.vocabulary import BLOCKS_PER_HALF, CONTROL, FIRST, MAX_SEED, SECOND, control_part

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perturbdash.io.cell_dataset import CellDataset

HALVES = (FIRST, SECOND)
_PARTS = tuple(control_part(half, block) for half in HALVES for block in range(BLOCKS_PER_HALF))


@dataclass(frozen=True, eq=False)
class Groups:
    """The group of each cell: a (context, perturbation, half), or a block of the control cells.

    Attributes
    ----------
    codes
        Row of `conditions` for each cell, -1 where the cell is left out; ``(n_cells,)``.
    conditions
        Columns context, perturbation, part, n_cells; one row a group, control first within a context.
    """

    codes: NDArray[np.int32]
    conditions: pd.DataFrame

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Number of cells of each group, ``(n_groups,)``."""
        return self.conditions["n_cells"].to_numpy(np.int64)


def hash_names(names: NDArray[Any], seed: int) -> NDArray[np.uint64]:
    """Return the hash of each name by which random choices are ordered.

    Parameters
    ----------
    names
        Names as Python strings, ``(n,)``.
    seed
        0 to 10¹⁶ − 1.

    Raises
    ------
    SettingsError
        If the seed is out of range.

    Examples
    --------
    >>> hash_names(np.array(["a", "b"], dtype=object), 0)
    array([15049453508330490149,  7695123598714798591], dtype=uint64)
    """
    if not 0 <= seed <= MAX_SEED:
        msg = f"The seed is {seed}; choose a whole number from 0 to {MAX_SEED}."
        raise SettingsError(msg)
    hashes: NDArray[np.uint64] = pd.util.hash_array(
        np.asarray(names, dtype=object), hash_key=f"{seed:016d}", categorize=False
    )
    return hashes


def halves(names: NDArray[Any], conditions: NDArray[Any], *, seed: int) -> NDArray[np.int8]:
    """Split each condition into two random halves that depend on the seed and the names alone.

    Cells are taken in hash order of their names; the ⌊n/2⌋ first are the first half.

    Parameters
    ----------
    names
        Cell names, unique within a condition, ``(n_cells,)``.
    conditions
        An integer for the condition of each cell, ``(n_cells,)``.
    seed
        0 to 10¹⁶ − 1.

    Returns
    -------
    ``(n_cells,)``: 0 for the first half, 1 for the second.

    Raises
    ------
    DataError
        If a condition holds two cells of the same name.

    Examples
    --------
    >>> halves(np.array(["a", "b", "c"], dtype=object), np.zeros(3, dtype=int), seed=0)
    array([1, 0, 1], dtype=int8)
    """
    position, size = positions(names, conditions, seed)
    return (position >= size // 2).astype(np.int8)


def given_halves(names: NDArray[Any], table: pd.DataFrame, *, used: NDArray[np.bool_]) -> NDArray[np.int8]:
    """Return the half of each cell from a table in place of the seeded one.

    Parameters
    ----------
    names
        Cell names, ``(n_cells,)``.
    table
        Columns ``cell`` and ``half`` (``first`` or ``second``), one row a cell, in any order.
    used
        Cells that must have a row; the others may, ``(n_cells,)``.

    Returns
    -------
    ``(n_cells,)``: 0 for the first half, 1 for the second, -1 for a cell without a row.

    Raises
    ------
    SettingsError
        If the table lacks a column, repeats or lacks a cell, holds an unknown one, or another half.
    """
    missing_columns = [column for column in ("cell", "half") if column not in table.columns]
    if missing_columns:
        msg = f"The table of halves has no column {missing_columns[0]!r}; it needs the columns cell and half."
        raise SettingsError(msg)
    cells = pd.Index(table["cell"].astype(str))
    code = pd.Index(HALVES).get_indexer(pd.Index(table["half"].astype(str)))
    _refuse(cells[code < 0], "the table of halves has a half other than first or second for", "correct it")
    _refuse(cells[cells.duplicated()], "the table of halves names more than once", "keep one row a cell")
    unknown = cells[pd.Index(names).get_indexer_for(cells) < 0]
    _refuse(unknown, "the table of halves names cells that the data set does not have,", "use its cell names")
    row = cells.get_indexer(pd.Index(names))
    absent = pd.Index(np.asarray(names)[used & (row < 0)])
    _refuse(absent, "the table of halves has no row for", "add one for every cell")
    half: NDArray[np.int8] = np.where(row >= 0, code[row], -1).astype(np.int8)
    return half


def control_blocks(
    names: NDArray[Any], conditions: NDArray[Any], half: NDArray[np.int8], *, seed: int
) -> NDArray[np.int8]:
    """Deal the cells of each (condition, half) into 10 blocks in hash order, as ``numpy.array_split`` does.

    Parameters
    ----------
    names, conditions, half
        Cell names, integer conditions and halves (0 or 1), ``(n_cells,)``.
    seed
        0 to 10¹⁶ − 1.

    Returns
    -------
    ``(n_cells,)``: 0 to 9.
    """
    position, size = positions(names, np.asarray(conditions, dtype=np.int64) * 2 + half, seed)
    small, longer = np.divmod(size, BLOCKS_PER_HALF)
    in_longer = longer * (small + 1)
    block: NDArray[np.int64] = np.where(
        position < in_longer,
        position // (small + 1),
        longer + (position - in_longer) // np.maximum(small, 1),
    )
    return block.astype(np.int8)


def assign_groups(dataset: CellDataset, *, seed: int, given: pd.DataFrame | None = None) -> Groups:
    """Assign each cell to its group: context, perturbation and half, or block of control cells.

    Parameters
    ----------
    dataset
        The cells; those with the label code -2 are left out.
    seed
        0 to 10¹⁶ − 1; orders the cells of a condition.
    given
        Columns ``cell`` and ``half``, in place of the seeded halves; blocks are then dealt within them.

    Raises
    ------
    SettingsError
        If the seed or the given table cannot be used.
    DataError
        If a condition holds two cells of the same name, or no cell is left.
    """
    labels = np.asarray(dataset.label_codes, dtype=np.int64)
    used = np.flatnonzero(labels >= -1)
    if used.size == 0:
        msg = f"{dataset.name} has no cell with a label; check the perturbation column."
        raise DataError(msg)
    names = np.asarray(dataset.cell_names, dtype=object)
    n_labels = len(dataset.perturbations) + 1
    conditions = np.asarray(dataset.context_codes, dtype=np.int64)[used] * n_labels + labels[used] + 1
    if given is None:
        half = halves(names[used], conditions, seed=seed)
    else:
        half = given_halves(names, given, used=labels >= -1)[used]
    part = half.astype(np.int64) * BLOCKS_PER_HALF
    control = labels[used] == -1
    part[control] += control_blocks(names[used[control]], conditions[control], half[control], seed=seed)
    keys, inverse, counts = np.unique(
        conditions * len(_PARTS) + part, return_inverse=True, return_counts=True
    )
    codes = np.full(labels.size, -1, dtype=np.int32)
    codes[used] = inverse
    return Groups(codes, _conditions(dataset, keys, counts))


def _conditions(dataset: CellDataset, keys: NDArray[np.int64], counts: NDArray[np.int64]) -> pd.DataFrame:
    condition, part = np.divmod(keys, len(_PARTS))
    context, label = np.divmod(condition, len(dataset.perturbations) + 1)
    is_control = label == 0
    labels = np.array([CONTROL, *dataset.perturbations], dtype=object)
    half = np.array(HALVES, dtype=object)[part // BLOCKS_PER_HALF]
    return pd.DataFrame(
        {
            "context": np.array(dataset.contexts, dtype=object)[context],
            "perturbation": labels[label],
            "part": np.where(is_control, np.array(_PARTS, dtype=object)[part], half),
            "n_cells": counts.astype(np.int64),
        }
    )


def positions(
    names: NDArray[Any], conditions: NDArray[Any], seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return each cell's place in the hash order of its condition, and that condition's number of cells.

    Parameters
    ----------
    names, conditions
        As of `halves`, ``(n_cells,)``.
    seed
        0 to 10¹⁶ − 1.

    Raises
    ------
    DataError
        If a condition holds two cells of the same name.
    """
    hashes = hash_names(names, seed)
    order = np.lexsort((hashes, conditions))
    ties = _adjacent_equal(order, hashes, conditions)
    if ties.any():
        _, by_name = np.unique(np.asarray(names, dtype=str), return_inverse=True)
        order = np.lexsort((by_name, hashes, conditions))
        same = _adjacent_equal(order, by_name, conditions)
        if same.any():
            name = names[order[int(np.argmax(same))]]
            msg = f"The cell name {name!r} occurs more than once in a condition; number the cell names."
            raise DataError(msg)
    starts = np.flatnonzero(np.diff(conditions[order], prepend=-1))
    sizes = np.diff(starts, append=order.size)
    position = np.empty(order.size, dtype=np.int64)
    size = np.empty(order.size, dtype=np.int64)
    position[order] = np.arange(order.size) - np.repeat(starts, sizes)
    size[order] = np.repeat(sizes, sizes)
    return position, size


def _adjacent_equal(order: NDArray[Any], values: NDArray[Any], conditions: NDArray[Any]) -> NDArray[np.bool_]:
    ordered, condition = values[order], conditions[order]
    equal: NDArray[np.bool_] = (ordered[1:] == ordered[:-1]) & (condition[1:] == condition[:-1])
    return equal


def _refuse(cells: pd.Index, found: str, remedy: str) -> None:
    if len(cells):
        more = f" and {len(cells) - 1} more" if len(cells) > 1 else ""
        msg = f"{found[0].upper()}{found[1:]} {cells[0]!r}{more}; {remedy}."
        raise SettingsError(msg)
