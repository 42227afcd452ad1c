"""Folds that a user gives as a table, in place of seeded ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from pathlib import Path

import numpy as np
import pandas as pd

from perturbdash.errors import SettingsError
from perturbdash.vocabulary import CONTROL

NAMED = 5


def given_folds(
    table: pd.DataFrame | str | Path,
    perturbations: Sequence[str],
    *,
    canonical: Callable[[str], str] = str,
) -> dict[str, int]:
    """Take folds from a table in place of seeded ones.

    Parameters
    ----------
    table
        Columns ``perturbation`` and ``fold``, or the path of a CSV of them. Folds may have any names; they
        are numbered in their order.
    perturbations
        All labels that need a fold.
    canonical
        Turns a label of the table into the form of ``perturbations``.

    Raises
    ------
    SettingsError
        If a column, a label or a fold is missing, a label is unknown or has two folds, or there is only one.

    Examples
    --------
    >>> given_folds(pd.DataFrame({"perturbation": ["B", "A"], "fold": [3, 1]}), ["A", "B"])
    {'A': 0, 'B': 1}
    """
    if not isinstance(table, pd.DataFrame):
        table = pd.read_csv(table, dtype=str, keep_default_na=False)
    absent = {"perturbation", "fold"} - set(table.columns)
    if absent:
        raise SettingsError(
            f"The folds have the columns {', '.join(map(str, table.columns))}; "
            "expected perturbation and fold: name them so."
        )
    found = _fold_by_label(table, canonical)
    _same_labels(set(found), set(perturbations))
    names = sorted(set(found.values()), key=_in_number_order)
    if len(names) < 2 and len(found) > 1:
        raise SettingsError(
            f"The folds put every perturbation into fold {names[0]}, which leaves nothing to train on; "
            "expected at least two folds."
        )
    number = {name: i for i, name in enumerate(names)}
    return {label: number[found[label]] for label in sorted(found)}


def _fold_by_label(table: pd.DataFrame, canonical: Callable[[str], str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for raw, fold in zip(table["perturbation"], table["fold"], strict=True):
        label = canonical(str(raw))
        if label == CONTROL:
            continue
        if pd.isna(fold) or not str(fold).strip():
            raise SettingsError(f"The folds give {label} no fold; expected a number: fill it in.")
        if found.setdefault(label, str(fold)) != str(fold):
            raise SettingsError(
                f"The folds put {label} into fold {found[label]} and into fold {fold}; keep one of the rows."
            )
    return found


def _in_number_order(name: str) -> tuple[float, str]:
    try:
        return float(name), name
    except ValueError:
        return np.inf, name


def _same_labels(found: Set[str], expected: Set[str]) -> None:
    missing, unknown = expected - found, found - expected
    if missing:
        raise SettingsError(
            f"The folds miss {_some(missing)}; "
            f"expected one row for each of the {len(expected)} perturbations: add them."
        )
    if unknown:
        raise SettingsError(
            f"The folds name {_some(unknown)}, "
            f"not among the {len(expected)} perturbations of the data; remove these rows."
        )


def _some(labels: Set[str]) -> str:
    named = sorted(labels)
    more = f" and {len(named) - NAMED} more" if len(named) > NAMED else ""
    return ", ".join(named[:NAMED]) + more
