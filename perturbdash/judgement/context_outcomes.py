"""Where a verdict holds: outcomes of every model in each context, and what a context lacks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from perturbdash.judgement.sentences import counted, joined, shown_contexts
from perturbdash.vocabulary import POOLED

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result

COLUMNS = ("context", "n_test", "model", "beats", "loses", "informative", "lacks")


def context_outcomes(result: Result, models: Sequence[str]) -> pd.DataFrame:
    """Return, for each context and all pooled, on how many headline metrics each model beats and loses.

    Returns
    -------
    Columns context, n_test (test perturbations), model, beats, loses, informative (headline metrics that can tell
    anything), lacks (what the context or the model lacks there, in words; empty where nothing).
    """
    counts = (
        result.verdict[result.verdict["headline"] & (result.verdict["gate"] == "informative")]
        .assign(
            beats=lambda rows: rows["outcome"] == "beats",
            loses=lambda rows: rows["outcome"] == "loses",
            informative=True,
        )
        .groupby(["context", "model"])[["beats", "loses", "informative"]]
        .sum()
        .astype(int)
    )
    tallies = {(str(row.context), str(row.model)): row for row in counts.reset_index().itertuples()}
    rows = []
    for context in shown_contexts(result.contexts):
        n_test = tested(result, context)
        for model in models:
            own = tallies.get((context, model))
            tally = (0, 0, 0) if own is None else (own.beats, own.loses, own.informative)
            rows.append((context, n_test, model, *tally, lacking(result, context, model)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def tested(result: Result, context: str) -> int:
    """Return the number of different perturbations that are tested in a context, or in any."""
    scope = result.all_cells.scope
    if context == POOLED:
        return int(scope.any(1).sum())
    return int(scope[:, result.contexts.index(context)].sum())


def lacking(result: Result, context: str, model: str) -> str:
    """Say in a few words what is missing for a verdict on a model in a context; empty where nothing is."""
    given = {prediction.name: prediction.report.contexts for prediction in result.aligned}.get(model, ())
    if context == POOLED:
        without = [name for name in result.contexts if name not in given]
        if without:
            return f"no prediction for {joined(without)}"
    elif context not in given:
        return "no prediction"
    n = tested(result, context)
    if n == 0:
        return "nothing is tested"
    if n < result.settings.min_perturbations:
        return f"{counted(n, 'perturbation')}, {result.settings.min_perturbations} are needed"
    headline = [result.gates.get((context, metric)) for metric in result.settings.headline]
    return "" if "informative" in headline else "no headline metric can tell"
