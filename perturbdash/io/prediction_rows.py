"""Rows of a prediction, one a condition, before they are sorted by model: from tables, and from cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perturbdash.errors import PredictionError
from perturbdash.io.columns import FLAG_WORDS
from perturbdash.io.prediction_files import TEMPLATE, PredictionTable
from perturbdash.io.prediction_labels import Labels, best_candidate, label_candidates, special_columns
from perturbdash.vocabulary import CONTROL

if TYPE_CHECKING:
    from perturbdash.io.dataset import Dataset

Floats = NDArray[np.float64]
Form = Literal["cells", "profiles"]

MOST_CANDIDATES = 20


@dataclass(frozen=True)
class Names:
    """What each row is called: model and context where the source says so, and the perturbation, canonical.

    An empty perturbation stands for a row without a label; ``columns`` are those that say all this.
    """

    models: list[str] | None
    contexts: list[str] | None
    perturbations: list[str]
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class PredictionRows:
    """Rows of a prediction.

    Parameters
    ----------
    names
        What each row is called.
    genes
        Genes of the data set that it has, in its own order.
    extra_genes
        Its other columns.
    values
        ``(n_rows, n_genes)``.
    n_cells
        ``(n_rows,)`` cells behind each row, or None where it came as profiles.
    integers
        Whether all values, of cells where it has cells, are whole numbers.
    """

    where: str
    form: Form
    names: Names
    genes: tuple[str, ...]
    extra_genes: tuple[str, ...]
    values: Floats
    n_cells: NDArray[np.int64] | None
    integers: bool
    notices: tuple[str, ...]


def whole(values: NDArray[np.floating]) -> bool:
    """Tell whether all values are whole numbers; most are refuted by the first ones."""
    return all(bool((part == np.rint(part)).all()) for part in (values[:1], values))


def known_genes(columns: tuple[str, ...], dataset: Dataset, where: str) -> list[int]:
    """Return the positions of the columns that are genes of the data set.

    Raises
    ------
    PredictionError
        If there are none, or one stands twice.
    """
    genes = frozenset(dataset.genes)
    found = [i for i, name in enumerate(columns) if name in genes]
    if not found:
        shown = ", ".join(name for name in columns[:4] if name) or "none"
        raise PredictionError(
            f"{where} has no column for any of the {len(genes)} genes of the data set (its columns: {shown} ...); "
            f"expected columns such as {dataset.genes[0]}; use the data set's gene names, {TEMPLATE}."
        )
    names = pd.Index([columns[i] for i in found])
    if names.has_duplicates:
        raise PredictionError(
            f"{where} has the gene {names[names.duplicated()][0]} more than once; keep one column a gene."
        )
    return found


def names_from(columns: tuple[str, ...], text: pd.DataFrame, dataset: Dataset, where: str) -> Names:
    """Find out what the rows are called.

    Parameters
    ----------
    columns
        Names of the columns of ``text``.
    text
        All columns that are not genes, as str, empty where missing.

    Raises
    ------
    PredictionError
        If no column names perturbations of the data set.
    """
    model, context, mark = special_columns(columns, dataset)
    named, others = label_candidates(columns, dataset)
    labels = Labels(dataset)
    distinct = [pd.unique(text.iloc[:, i]).tolist() for i in range(text.shape[1])]
    best = best_candidate([distinct[i] for i in named], [distinct[i] for i in others], labels)
    if best is None:
        raise PredictionError(_no_labels(columns, text, [*named, *others], dataset, where))
    chosen = (named if best[0] else others)[best[1]]
    perturbations = [labels.canonical(label) if label else "" for label in text.iloc[:, chosen]]
    if mark is not None:
        marked = [FLAG_WORDS.get(word.casefold(), False) for word in text.iloc[:, mark]]
        perturbations = [CONTROL if own else p for p, own in zip(perturbations, marked, strict=True)]

    def column(i: int | None) -> list[str] | None:
        return None if i is None else text.iloc[:, i].tolist()

    used = tuple(columns[i] for i in (chosen, model, context, mark) if i is not None)
    return Names(column(model), column(context), perturbations, used)


def _no_labels(
    columns: tuple[str, ...], text: pd.DataFrame, candidates: list[int], dataset: Dataset, where: str
) -> str:
    expected = f"expected labels of the data set such as {dataset.perturbations[0]!r}"
    if not candidates:
        return f"{where} has no column that says which perturbation a row is; {expected}; {TEMPLATE}."
    column = columns[candidates[0]] or "index"
    shown = ", ".join(repr(label) for label in pd.unique(text.iloc[:, candidates[0]])[:3])
    return f"No row of {where} is a perturbation of the data set (found {shown} in {column!r}); {expected}; {TEMPLATE}."


def rows_of_table(table: PredictionTable, dataset: Dataset) -> PredictionRows:
    """Read a table of one row a condition.

    Raises
    ------
    PredictionError
        If genes, labels or numbers are not as expected.
    """
    found = known_genes(table.columns, dataset, table.where)
    genes = frozenset(found)
    others = [i for i in range(len(table.columns)) if i not in genes]
    named, free = label_candidates(table.columns, dataset)
    special = [i for i in special_columns(table.columns, dataset) if i is not None]
    text_columns = sorted({*named, *free[:MOST_CANDIDATES], *special})
    text, frame = table.load(text_columns, found)
    if frame.empty:
        raise PredictionError(f"{table.where} is empty; expected one row a perturbation; {TEMPLATE}.")
    columns = tuple(table.columns[i] for i in text_columns)
    gene_names = tuple(table.columns[i] for i in found)
    names = names_from(columns, text, dataset, table.where)
    values = _numbers(frame, gene_names, names, table.where)
    kept: NDArray[np.bool_] = np.asarray(~np.isnan(values).all(axis=1))
    names, notices = _without_empty(names, values, kept, gene_names, table.where)
    extra = tuple(name for i in others if (name := table.columns[i]) and name not in names.columns)
    values = values if kept.all() else values[kept]
    return PredictionRows(
        table.where, "profiles", names, gene_names, extra, values, None, whole(values), notices
    )


def _numbers(frame: pd.DataFrame, genes: tuple[str, ...], names: Names, where: str) -> Floats:
    """Return the cells of a table as numbers, empty ones as NaN."""
    texts = [i for i, dtype in enumerate(frame.dtypes) if not pd.api.types.is_numeric_dtype(dtype)]
    columns = {i: pd.to_numeric(frame.iloc[:, i], errors="coerce") for i in texts}
    for i, numbers in columns.items():
        given = frame.iloc[:, i]
        bad = np.flatnonzero(numbers.isna() & given.notna() & (given.astype(str).str.strip() != ""))
        if len(bad):
            raise PredictionError(
                f"{where} holds {str(given.iloc[bad[0]])[:40]!r} for {names.perturbations[bad[0]]!r} in {genes[i]}; "
                f"expected a number; {TEMPLATE}."
            )
    if columns:
        parts = [columns.get(i, frame.iloc[:, i]) for i in range(frame.shape[1])]
        frame = pd.concat(parts, axis=1, ignore_index=True)
    values = frame.to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isinf(values).any():
        row, gene = np.argwhere(np.isinf(values))[0]
        raise PredictionError(
            f"{where} holds an infinite value for {names.perturbations[row]!r} in {genes[gene]}; expected log1p values."
        )
    return values


def _without_empty(
    names: Names, values: Floats, kept: NDArray[np.bool_], genes: tuple[str, ...], where: str
) -> tuple[Names, tuple[str, ...]]:
    """Leave out rows without any value; refuse rows with some, and rows without a label."""
    if not kept.any():
        raise PredictionError(
            f"{where} holds no value in any of its {len(kept)} rows: it looks like a template that is not filled in; "
            "write the predicted log1p expression of each gene."
        )
    partly = np.isnan(values).any(axis=1) & kept
    if partly.any():
        row = int(np.flatnonzero(partly)[0])
        raise PredictionError(
            f"{where} has no value for {names.perturbations[row]!r} in {genes[int(np.isnan(values[row]).argmax())]} "
            f"(rows with gaps: {int(partly.sum())}); expected a number for every gene; fill the gaps, or leave the "
            "whole row or column out."
        )
    unnamed = sum(1 for label, keep in zip(names.perturbations, kept, strict=True) if keep and not label)
    if unnamed:
        raise PredictionError(
            f"{where} has {unnamed} rows without a perturbation; name it in every row; {TEMPLATE}."
        )
    left_out = [label for label, keep in zip(names.perturbations, kept, strict=True) if not keep and label]
    notices = (f"{len(left_out)} rows hold no value and count as not predicted.",) if left_out else ()

    def keep(column: list[str] | None) -> list[str] | None:
        return None if column is None else [one for one, chosen in zip(column, kept, strict=True) if chosen]

    perturbations = keep(names.perturbations) or []
    return Names(keep(names.models), keep(names.contexts), perturbations, names.columns), notices
