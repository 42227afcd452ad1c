"""An empty prediction table for a data set: what a file of predictions must look like."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perturbdash.errors import PredictionError
from perturbdash.vocabulary import ALL_CONTEXTS, CONTROL

if TYPE_CHECKING:
    from perturbdash.io.dataset import Dataset

ENDINGS = ".csv, .tsv, .csv.gz, .tsv.gz or .parquet"


def template(dataset: Dataset, *, control: Mapping[str, NDArray[np.float64]] | None = None) -> pd.DataFrame:
    """Return an empty prediction table for a data set.

    Parameters
    ----------
    dataset
        With a split column, its test perturbations are asked for; else all, of which those that are not predicted
        may stay empty.
    control
        Control mean by context ``(n_genes,)``, log1p: written as rows of control.

    Returns
    -------
    pandas.DataFrame
        Columns ``perturbation``, ``context`` (where there are several) and one for each gene, one row a condition.
    """
    conditions = _conditions(dataset)
    frame = pd.DataFrame({"perturbation": [p for _, p in conditions], "context": [c for c, _ in conditions]})
    values = pd.DataFrame(np.nan, index=frame.index, columns=list(dataset.genes))
    frame = pd.concat([frame, values], axis=1)
    if control is not None:
        first = pd.DataFrame([control[c] for c in dataset.contexts], columns=list(dataset.genes))
        first.insert(0, "perturbation", CONTROL)
        first.insert(1, "context", list(dataset.contexts))
        frame = pd.concat([first, frame.astype(first.dtypes)], ignore_index=True)
    return frame.drop(columns="context") if tuple(dataset.contexts) == (ALL_CONTEXTS,) else frame


def write_template(
    dataset: Dataset, path: str | Path, *, control: Mapping[str, NDArray[np.float64]] | None = None
) -> Path:
    """Write an empty prediction table for a data set.

    Raises
    ------
    PredictionError
        If the ending is unknown or the file cannot be written.
    """
    path = Path(path)
    name = path.name.lower()
    frame = template(dataset, control=control)
    try:
        if name.endswith(".parquet"):
            frame.to_parquet(path, index=False)
        elif name.endswith((".tsv", ".tsv.gz")):
            frame.to_csv(path, index=False, sep="\t")
        elif name.endswith((".csv", ".csv.gz")):
            frame.to_csv(path, index=False)
        else:
            raise PredictionError(f"{path.name} has an unknown ending; expected {ENDINGS}.")
    except OSError as problem:
        raise PredictionError(
            f"The template cannot be written to {path} ({problem.strerror or problem}); choose another folder."
        ) from problem
    return path


def _conditions(dataset: Dataset) -> list[tuple[str, str]]:
    """Return the conditions to predict, by context, perturbations sorted: those with cells, of the test part."""
    present = np.argwhere(dataset.cell_counts[:, :-1] > 0).tolist()
    conditions = [(dataset.contexts[context], dataset.perturbations[row]) for context, row in present]
    if dataset.split is not None:
        asked = [condition for condition in conditions if dataset.split.get(condition) == "test"]
        conditions = asked or conditions
    return conditions
