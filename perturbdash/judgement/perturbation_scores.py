"""All metrics of one model, one perturbation a row: for a table to sort, and in long form with reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from perturbdash.judgement.scores import context_views
from perturbdash.judgement.verdict import paired_difference, with_no_pattern
from perturbdash.metrics.outcome import REASONS
from perturbdash.metrics.registry import METRICS
from perturbdash.vocabulary import ALL_CELLS

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result

Show = Literal["scores", "beside", "difference"]
BESIDE = "|baseline"
"""Ends the name of a column that holds the baseline beside a metric."""
COVARIATES = ("n_cells", "n_degs", "shift_norm")


def hardest_baselines(result: Result, model: str, context: str) -> dict[str, str]:
    """Return the baseline that is hardest to beat by metric, where there is one."""
    table = result.verdict
    own = table[(table["context"] == context) & (table["model"] == model)]
    named = {
        str(metric): str(baseline).partition(" (")[0]
        for metric, baseline in zip(own["metric"], own["baseline"], strict=True)
    }
    return {metric: name for metric, name in named.items() if name in result.all_cells.value}


def perturbation_scores(result: Result, model: str, *, context: str, show: Show = "scores") -> pd.DataFrame:
    """Return one row a test condition with every metric against all cells, NaN where it is undefined.

    Parameters
    ----------
    model
        Name of a model.
    context
        A context, or ``"pooled"`` for the conditions of all.
    show
        The scores; each beside that of its hardest baseline (column ``metric|baseline``); or the difference to
        that baseline, positive where the model is better. A baseline without pattern counts as 0 in both.

    Returns
    -------
    Columns context, perturbation, n_cells, n_degs, shift_norm, then the metrics in the order of the registry.
    """
    from perturbdash.judgement.table_views import covariates

    scores = result.all_cells
    take = dict(context_views(scores.contexts))[context]
    labels, places = np.nonzero(scores.scope[:, take])
    order = np.lexsort((labels, places))
    labels, places = labels[order], places[order]
    against = hardest_baselines(result, model, context) if show != "scores" else {}
    columns: dict[str, np.ndarray] = {}
    for metric in (metric for metric in METRICS if metric in scores.metrics):
        m = scores.metrics.index(metric)
        own = scores.value[model][m][:, take][labels, places]
        theirs = np.full(len(labels), np.nan)
        if metric in against:
            theirs = with_no_pattern(scores, against[metric], m, take)[0][labels, places]
        if show == "difference":
            columns[metric] = METRICS[metric].direction * paired_difference(own, theirs)
        else:
            columns[metric] = own
            if show == "beside":
                columns[metric + BESIDE] = theirs
    names = {
        "context": np.array(scores.contexts[take], dtype=object)[places],
        "perturbation": np.array(scores.labels, dtype=object)[labels],
    }
    known = covariates(result).set_index(["context", "perturbation"])[list(COVARIATES)]
    head = pd.DataFrame(names).join(known, on=["context", "perturbation"])
    return pd.concat([head, pd.DataFrame(columns)], axis=1)


def long_scores(result: Result, names: Sequence[str], *, context: str) -> pd.DataFrame:
    """Return the values of some predictions against all cells, one a row, with the reason where undefined.

    Columns are those of the table ``metrics``.
    """
    scores = result.all_cells
    take = dict(context_views(scores.contexts))[context]
    frames = []
    for name in names:
        labels, places = np.nonzero(scores.scope_of[name][:, take])
        n, m = len(labels), len(scores.metrics)
        values = scores.value[name][:, :, take][:, labels, places]
        codes = scores.reason[name][:, :, take][:, labels, places]
        frames.append(
            pd.DataFrame(
                {
                    "context": np.tile(np.array(scores.contexts[take], dtype=object)[places], m),
                    "prediction": name,
                    "kind": scores.kinds[name],
                    "perturbation": np.tile(np.array(scores.labels, dtype=object)[labels], m),
                    "metric": np.repeat(np.array(scores.metrics, dtype=object), n),
                    "truth": ALL_CELLS,
                    "value": values.ravel(),
                    "reason": np.array(REASONS, dtype=object)[codes.ravel()],
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def undefined_counts(result: Result, model: str, *, context: str) -> Mapping[str, dict[str, int]]:
    """Return for each reason, the commonest first, how many values of each metric it leaves undefined."""
    scores = result.all_cells
    take = dict(context_views(scores.contexts))[context]
    codes = scores.reason[model][:, :, take][:, scores.scope[:, take]]
    found: dict[str, dict[str, int]] = {}
    for code in np.unique(codes[codes > 0]):
        n = (codes == code).sum(1)
        by_metric = {scores.metrics[i]: int(n[i]) for i in np.flatnonzero(n)}
        found[REASONS[code]] = by_metric
    return dict(sorted(found.items(), key=lambda item: -sum(item[1].values())))
