"""Predictions of models, read from tables and from cells, with what was found in them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perturbdash.errors import DataError, PredictionError
from perturbdash.io.prediction_files import (
    CELL_SUFFIXES,
    TEMPLATE,
    check_suffix,
    stem,
    table_of_file,
    table_of_frame,
)
from perturbdash.io.prediction_rows import Floats, Form, PredictionRows, rows_of_table
from perturbdash.vocabulary import ALL_CONTEXTS, CONTROL

if TYPE_CHECKING:
    import anndata as ad

    from perturbdash.io.dataset import Dataset

    PredictionSource: TypeAlias = str | Path | pd.DataFrame | ad.AnnData

UNNAMED = "prediction"


@dataclass(frozen=True)
class ModelPrediction:
    """What one model predicts.

    Parameters
    ----------
    name
        Of the model.
    genes
        Genes of the data set that are predicted, in the order of the columns of ``profiles``.
    extra_genes
        Columns that are no genes of the data set.
    conditions
        (context, canonical perturbation) of each row; context None: every context.
    profiles
        ``(n_conditions, n_genes)``, in the space of the source.
    control
        Predicted control mean by context (None: every context); empty where there is none.
    n_cells
        ``(n_conditions,)`` cells behind each profile, or None where it came as profiles.
    integers
        Whether all values of the source are whole numbers.
    """

    name: str
    genes: tuple[str, ...]
    extra_genes: tuple[str, ...]
    conditions: tuple[tuple[str | None, str], ...]
    profiles: Floats
    control: dict[str | None, Floats]
    n_cells: NDArray[np.int64] | None
    form: Form
    source_name: str
    integers: bool
    notices: tuple[str, ...]


def read_predictions(
    source: PredictionSource, dataset: Dataset, *, name: str | None = None, models: Sequence[str] = ()
) -> list[ModelPrediction]:
    """Read the predictions in a file or an object.

    Parameters
    ----------
    source
        A ``.csv``, ``.tsv`` (also ``.gz``), ``.parquet`` or ``.h5ad`` file, a DataFrame of one row a perturbation
        (perturbation as index or column), or an AnnData of cells or of one row a perturbation. A ``model`` or
        ``method`` column or index level makes several models; ``context``, or the data set's context column, keeps
        contexts apart.
    dataset
        Whose genes and perturbations are meant.
    name
        Of the model, where the source holds one; by default what the source says, else the file's name.
    models
        Of several models in a source, only these.

    Raises
    ------
    PredictionError
        If the source cannot be used: what was found, what was expected, what to do.
    """
    rows, default = _rows(source, dataset)
    frame = pd.DataFrame({"context": rows.names.contexts, "perturbation": rows.names.perturbations})
    keys = pd.Series(rows.names.models or [""] * len(frame))
    if (keys == "").any() and rows.names.models is not None:
        raise PredictionError(
            f"{rows.where} has rows without a model; name it in every row, or leave the column out."
        )
    found = list(pd.unique(keys))
    notices = list(rows.notices)
    if len(found) > 1 and name is not None and name not in (default, *found):
        notices.append(f"{rows.where} holds {len(found)} models, which keep their own names.")
    wanted = [model for model in found if not models or len(found) == 1 or model in models]
    predictions = []
    for model in wanted:
        chosen = np.flatnonzero((keys == model).to_numpy())
        shown = model if len(found) > 1 else (name or model or default)
        predictions.append(_model(shown, rows, frame.iloc[chosen], chosen, dataset, notices))
    return predictions


def _rows(source: PredictionSource, dataset: Dataset) -> tuple[PredictionRows, str]:
    """Read all rows of a source, and what its model is called if nothing else says so."""
    if isinstance(source, pd.DataFrame):
        return rows_of_table(table_of_frame(source), dataset), UNNAMED
    from perturbdash.io.opening import open_source
    from perturbdash.io.prediction_cells import rows_of_cells

    if not isinstance(source, str | os.PathLike):
        if not hasattr(source, "obs"):
            raise PredictionError(
                f"A prediction comes as a path, a DataFrame or an AnnData, not as {type(source).__name__}."
            )
        return rows_of_cells(open_source(source), dataset, "The AnnData"), UNNAMED
    path = Path(source).expanduser()
    check_suffix(path)
    if not path.name.lower().endswith(CELL_SUFFIXES):
        return rows_of_table(table_of_file(path), dataset), stem(path)
    try:
        return rows_of_cells(open_source(path), dataset, path.name), stem(path)
    except DataError as problem:
        raise PredictionError(str(problem)) from problem


def _model(
    name: str,
    rows: PredictionRows,
    frame: pd.DataFrame,
    chosen: NDArray[np.intp],
    dataset: Dataset,
    notices: list[str],
) -> ModelPrediction:
    """Take the rows of one model: its conditions, and its control apart."""
    notices = list(notices)
    contexts = _contexts(frame, dataset, rows, notices)
    labels = frame["perturbation"].tolist()
    is_control = np.array([label == CONTROL for label in labels])
    keys = list(zip(contexts, labels, strict=True))
    repeated = pd.Series([key for key in keys if key[1] != CONTROL], dtype=object).duplicated()
    weights = np.ones(len(frame)) if rows.n_cells is None else rows.n_cells[chosen].astype(np.float64)
    values = rows.values if len(chosen) == len(rows.values) else rows.values[chosen]
    if repeated.any() and rows.form == "profiles":
        raise PredictionError(_twice(rows.where, keys, dataset))
    n_cells = None if rows.n_cells is None else rows.n_cells[chosen]
    control = {
        context: np.average(values[members], axis=0, weights=weights[members])
        for context in dict.fromkeys(c for c, label in keys if label == CONTROL)
        if (members := [i for i, key in enumerate(keys) if key == (context, CONTROL)])
    }
    kept = [key for key in keys if key[1] != CONTROL]
    profiles = values[~is_control] if is_control.any() else values
    if repeated.any() and n_cells is not None:
        kept, profiles, counts = _merged(kept, profiles, n_cells[~is_control])
        notices.append(
            "Cells of one perturbation with several contexts were averaged: the data set has none."
        )
    elif n_cells is not None:
        counts = n_cells[~is_control]
    return ModelPrediction(
        name=name,
        genes=rows.genes,
        extra_genes=rows.extra_genes,
        conditions=tuple(kept),
        profiles=profiles,
        control=control,
        n_cells=None if n_cells is None else counts,
        form=rows.form,
        source_name=rows.where,
        integers=rows.integers,
        notices=tuple(notices),
    )


def _contexts(
    frame: pd.DataFrame, dataset: Dataset, rows: PredictionRows, notices: list[str]
) -> list[str | None]:
    """Return the context of each row, None where it counts for every context."""
    single = tuple(dataset.contexts) == (ALL_CONTEXTS,)
    if rows.names.contexts is None or single:
        if not single:
            notices.append("It names no context and counts for every one of them.")
        return [None] * len(frame)
    found = frame["context"].tolist()
    if "" in found:
        raise PredictionError(
            f"{rows.where} has rows without a context; name it in every row, or leave the column out."
        )
    unknown = list(dict.fromkeys(c for c in found if c not in dataset.contexts))
    if len(unknown) == len(set(found)):
        raise PredictionError(
            f"{rows.where} predicts for {unknown[0]!r}, which the data set does not have; expected "
            f"{', '.join(dataset.contexts[:5])}; rename the contexts, or leave the column out."
        )
    if unknown:
        notices.append(f"Contexts that the data set does not have are left out: {', '.join(unknown[:5])}.")
    return found


def _twice(where: str, keys: list[tuple[str | None, str]], dataset: Dataset) -> str:
    counts = pd.Series([key for key in keys if key[1] != CONTROL], dtype=object).value_counts()
    context, label = counts.index[0]
    within = f" in {context!r}" if context is not None else ""
    advice = "keep one"
    if context is None and tuple(dataset.contexts) != (ALL_CONTEXTS,):
        advice = "keep one, or say in a column 'context' which context each is for"
    found = f"{where} gives {label!r}{within} {int(counts.iloc[0])} times"
    return f"{found}; expected one row a perturbation; {advice}; {TEMPLATE}."


def _merged(
    keys: list[tuple[str | None, str]], profiles: Floats, n_cells: NDArray[np.int64]
) -> tuple[list[tuple[str | None, str]], Floats, NDArray[np.int64]]:
    """Average the profiles of equal conditions, weighted by their cells."""
    distinct = list(dict.fromkeys(keys))
    place = {key: i for i, key in enumerate(distinct)}
    codes = np.array([place[key] for key in keys])
    counts = np.bincount(codes, weights=n_cells, minlength=len(distinct))
    sums = np.zeros((len(distinct), profiles.shape[1]))
    np.add.at(sums, codes, profiles * n_cells[:, None])
    return distinct, sums / counts[:, None], counts.astype(np.int64)
