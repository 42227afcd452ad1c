"""Scores as tidy tables: one row a value, and one row a mean with its interval."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from perturbdash.judgement.resampling import bca_mean
from perturbdash.judgement.scores import Scores, context_views
from perturbdash.judgement.settings import Settings
from perturbdash.metrics.outcome import REASONS

METRIC_COLUMNS = ("context", "prediction", "kind", "perturbation", "metric", "truth", "value", "reason")
SUMMARY_COLUMNS = (
    "context",
    "prediction",
    "kind",
    "metric",
    "truth",
    "mean",
    "low",
    "high",
    "median",
    "q25",
    "q75",
    "n_defined",
    "n_undefined",
    "n_missing",
)
MISSING = REASONS.index("missing")


def metric_rows(every: Sequence[Scores]) -> pd.DataFrame:
    """Return one row for each context, prediction, tested perturbation, metric and truth (table ``metrics``)."""
    frames = []
    for scores in every:
        for name, kind in scores.kinds.items():
            done = scores.computed[name]
            metrics = np.array(scores.metrics, dtype=object)[done]
            for index, context in enumerate(scores.contexts):
                rows = np.flatnonzero(scores.scope_of[name][:, index])
                if not rows.size:
                    continue
                labels = np.array(scores.labels, dtype=object)[rows]
                values = scores.value[name][np.ix_(done, rows)][..., index]
                codes = scores.reason[name][np.ix_(done, rows)][..., index]
                frames.append(
                    pd.DataFrame(
                        {
                            "context": context,
                            "prediction": name,
                            "kind": kind,
                            "perturbation": np.tile(labels, len(metrics)),
                            "metric": np.repeat(metrics, len(labels)),
                            "truth": scores.truth,
                            "value": values.ravel(),
                            "reason": np.array(REASONS, dtype=object)[codes.ravel()],
                        }
                    )
                )
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(METRIC_COLUMNS))


def metric_summary(
    every: Sequence[Scores], settings: Settings, blocks: np.ndarray | None = None
) -> pd.DataFrame:
    """Return mean, interval, quartiles and counts for each prediction and metric (table ``metric_summary``)."""
    frames = []
    for scores in every:
        names = list(scores.kinds)
        if not names:
            continue
        stacked = np.concatenate([scores.value[name][scores.computed[name]] for name in names])
        codes = np.concatenate([scores.reason[name][scores.computed[name]] for name in names])
        metrics = [
            metric
            for name in names
            for metric in np.array(scores.metrics, dtype=object)[scores.computed[name]]
        ]
        owners = [name for name in names for _ in range(int(scores.computed[name].sum()))]
        scope = np.stack([scores.scope_of[name] for name in owners])
        for view, take in context_views(scores.contexts):
            frame = _summarise(stacked[..., take], codes[..., take], scope[..., take], settings, blocks)
            frame["context"], frame["prediction"], frame["metric"] = view, owners, metrics
            frame["kind"], frame["truth"] = [scores.kinds[name] for name in owners], scores.truth
            frames.append(frame[list(SUMMARY_COLUMNS)])
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(SUMMARY_COLUMNS))


def _summarise(
    values: np.ndarray, codes: np.ndarray, scope: np.ndarray, settings: Settings, blocks: np.ndarray | None
) -> pd.DataFrame:
    """One row for each first index of ``(n_columns, n_labels, n_contexts)``."""
    means = bca_mean(
        values.transpose(1, 0, 2), seed=settings.seed, n_resamples=settings.n_resamples, blocks=blocks
    )
    defined = (~np.isnan(values)).any(2)
    missing = ((codes == MISSING) & scope).any(2) & ~defined
    in_scope = scope.any(2).sum(1)
    quartiles = _quartiles(values.reshape(len(values), -1))
    return pd.DataFrame(
        {
            "mean": means.mean,
            "low": means.low,
            "high": means.high,
            "median": quartiles[1],
            "q25": quartiles[0],
            "q75": quartiles[2],
            "n_defined": defined.sum(1),
            "n_undefined": in_scope - defined.sum(1) - missing.sum(1),
            "n_missing": missing.sum(1),
        }
    )


def _quartiles(values: np.ndarray) -> np.ndarray:
    """Linear quartiles of what is defined in each row, ``(3, n_rows)``, as of ``numpy.nanquantile``."""
    ordered = np.sort(values, axis=1)
    n = (~np.isnan(values)).sum(1)
    places = np.array([[0.25], [0.5], [0.75]]) * np.maximum(n - 1, 0)
    low = places.astype(np.intp)
    rows, high = np.arange(len(ordered)), np.minimum(low + 1, np.maximum(n - 1, 0))
    first, second, share = ordered[rows, low], ordered[rows, high], places - low
    step = second - first
    found: np.ndarray = np.where(share < 0.5, first + step * share, second - step * (1 - share))
    return found
