"""Score the predictions that can be used; one that cannot is left out, with the reason, and blocks no other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import perturbdash
from perturbdash.errors import PerturbdashError, PredictionError
from perturbdash.ui.jobs import sentence

if TYPE_CHECKING:
    from perturbdash.io.dataset import Dataset
    from perturbdash.judgement.result import Result
    from perturbdash.vocabulary import Progress

NAMED = 3


def evaluate_usable(
    dataset: Dataset,
    predictions: Mapping[str, Path],
    settings: Mapping[str, Any],
    *,
    progress: Progress | None,
) -> tuple[Result, dict[str, str]]:
    """Return the result of the predictions that can be used, and why the others cannot, by name.

    Raises
    ------
    PerturbdashError
        If the data or the settings cannot be used, or the predictions for a reason that is none of theirs.
    """
    try:
        return perturbdash.evaluate(dataset, dict(predictions), progress=progress, **settings), {}
    except PredictionError:
        left_out = dict(unusable(dataset, predictions, settings))
        if not left_out:
            raise
    usable = {name: path for name, path in predictions.items() if name not in left_out}
    return perturbdash.evaluate(dataset, usable, progress=progress, **settings), left_out


def unusable(
    dataset: Dataset, predictions: Mapping[str, Path], settings: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Yield name and reason of each prediction that cannot be scored beside those before it."""
    from perturbdash.io.alignment import align
    from perturbdash.io.predictions import read_predictions

    taken: set[str] = set()
    for name, path in predictions.items():
        try:
            found = read_predictions(path, dataset, name=name, models=settings.get("models", ()))
            reports = [align(item, dataset).report for item in found]
        except (PerturbdashError, OSError) as error:
            yield name, sentence(error)
            continue
        models = {item.name for item in found}
        problem = name_problem(models, taken)
        if settings.get("genes", "all") == "all" and not problem:
            problem = next(
                (
                    words
                    for item in reports
                    if (words := lacking_genes(item.genes_missing, item.genes_matched))
                ),
                "",
            )
        if problem:
            yield name, problem
        else:
            taken |= models


def name_problem(models: set[str], taken: set[str]) -> str:
    """Return why models cannot have their names, empty where they can."""
    from perturbdash.judgement.inputs import OWN_NAMES

    if own := sorted(models & OWN_NAMES):
        return f"“{own[0]}” is the name of a row of perturbdash's own, a baseline or a control; give it another name."
    if double := sorted(models & taken):
        return f"Another prediction has a model called “{double[0]}”; every model needs a name of its own."
    return ""


def lacking_genes(missing: tuple[str, ...], n_matched: int) -> str:
    """Return what is missing and what to do, empty where nothing is.

    Examples
    --------
    >>> lacking_genes(("G1",), 9)
    'It lacks 1 of the 10 genes of the data set: G1. Add the missing columns, or score the shared genes.'
    """
    if not missing:
        return ""
    more = f" and {len(missing) - NAMED:,} more" if len(missing) > NAMED else ""
    return (
        f"It lacks {len(missing):,} of the {len(missing) + n_matched:,} genes of the data set: "
        f"{', '.join(missing[:NAMED])}{more}. Add the missing columns, or score the shared genes."
    )
