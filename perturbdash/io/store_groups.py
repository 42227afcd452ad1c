"""The rows of a store of moments: context, perturbation and part of each, and how many cells it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from perturbdash.errors import DataError
from perturbdash.io.assign import LONELY_CONTEXT
from perturbdash.io.columns import simplified
from perturbdash.io.detect import SYMBOL_COLUMNS
from perturbdash.io.h5_columns import int_column, read_column
from perturbdash.vocabulary import BLOCKS_PER_HALF, CONTROL, FIRST, SECOND, control_part

if TYPE_CHECKING:
    import h5py

KEYS = ("context", "perturbation", "part")
HALVES = (FIRST, SECOND)
BLOCKS = frozenset(control_part(half, block) for half in HALVES for block in range(BLOCKS_PER_HALF))


def read_groups(file: h5py.File) -> pd.DataFrame:
    """Return context, perturbation, part and n_cells of each row."""
    obs = file["obs"]
    columns: dict[str, Any] = {name: read_column(obs[name]).astype(str).astype(object) for name in KEYS}
    return pd.DataFrame({**columns, "n_cells": int_column(obs["n_cells"])})


def read_symbols(var: h5py.Group, genes: tuple[str, ...]) -> dict[str, str]:
    """Return the gene for each name that labels may use: its own, and its symbol in ``var``."""
    symbols: dict[str, str] = {}
    for column in var:
        if simplified(column) in SYMBOL_COLUMNS:
            for symbol, gene in zip(read_column(var[column]).tolist(), genes, strict=True):
                symbols.setdefault(str(symbol), gene)
    return symbols | dict(zip(genes, genes, strict=True))


def refuse_bad_groups(
    groups: pd.DataFrame, genes: tuple[str, ...], shapes: set[tuple[int, ...]], name: str
) -> None:
    """Refuse rows that cannot be the groups of an experiment.

    Raises
    ------
    DataError
        What was found, what was expected, what to do.
    """
    again = "make the store again from the cells."
    if not len(groups) or not genes:
        raise DataError(
            f"{name} holds {len(groups):,} groups and {len(genes):,} genes; expected some: {again}"
        )
    if shapes != {(len(groups), len(genes))}:
        found = " and ".join(sorted(map(str, shapes)))
        raise DataError(
            f"The layers of {name} have the shape {found}; expected {(len(groups), len(genes))}: {again}"
        )
    if len(set(genes)) < len(genes):
        raise DataError(f"{name} holds a gene name twice; genes are matched by name: {again}")
    if groups.duplicated(list(KEYS)).any():
        raise DataError(f"{name} holds the same group twice; merge them first: {again}")
    if (groups["n_cells"] < 1).any():
        raise DataError(f"{name} holds a group without cells; expected one or more: {again}")
    is_control = (groups["perturbation"] == CONTROL).to_numpy()
    for rows, parts, what in (
        (~is_control, set(HALVES), "halves"),
        (is_control, set(BLOCKS), "blocks of control"),
    ):
        if unknown := sorted(set(groups["part"][rows]) - parts):
            raise DataError(
                f"{name} names the {what} {unknown[0]!r}; expected {', '.join(sorted(parts)[:2])} ...: {again}"
            )


def usable_groups(groups: pd.DataFrame, name: str) -> tuple[pd.DataFrame, dict[str, int], tuple[str, ...]]:
    """Return the rows in contexts with control and perturbed cells, and what that leaves out."""
    control = set(groups["context"][groups["perturbation"] == CONTROL])
    perturbed = set(groups["context"][groups["perturbation"] != CONTROL])
    usable = control & perturbed
    if not usable:
        raise DataError(
            f"No context of {name} holds both perturbed cells and cells called {CONTROL!r}; expected both: "
            "make the store again from cells with control."
        )
    inside = groups["context"].isin(usable).to_numpy()
    dropped = tuple(sorted((control | perturbed) - usable))
    n_out = int(groups["n_cells"][~inside].sum())
    return groups[inside].reset_index(drop=True), {LONELY_CONTEXT: n_out} if n_out else {}, dropped
