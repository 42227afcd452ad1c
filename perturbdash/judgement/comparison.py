"""Two calibrations of the same metrics on the same data set, side by side and perturbation by perturbation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from perturbdash.judgement.resampling import bca_mean
from perturbdash.judgement.scores import context_views, mean_of_defined, mean_over_contexts
from perturbdash.vocabulary import POSITIVE_CONTROLS

if TYPE_CHECKING:
    from perturbdash.judgement.recalibration import Calibration
    from perturbdash.judgement.scores import Floats
    from perturbdash.vocabulary import PositiveControl

KEYS = ["context", "metric", "positive_control"]
SIDE = {
    "drf_mean": "drf",
    "drf_low": "drf_low",
    "drf_high": "drf_high",
    "bds": "bds",
    "bds_low": "bds_low",
    "bds_high": "bds_high",
    "gate": "gate",
    "n": "n",
}
"""Columns of ``calibration_summary`` that stand on both sides of a comparison, and their stems there."""


def compared(one: Calibration, other: Calibration, names: tuple[str, str]) -> pd.DataFrame:
    """Put two calibrations side by side, for the metrics that the second one has.

    Parameters
    ----------
    one, other
        Over the same labels and contexts, in the same mode.
    names
        What the columns of each end in.

    Returns
    -------
    One row a context (and ``pooled``), metric and positive control: context, metric, positive_control,
    negative_control; for each side negative, positive (mean scores of the two controls), drf, drf_low, drf_high, bds,
    bds_low, bds_high, gate, n; then difference (mean over perturbations of the second DRF − the first, where both are
    defined) with difference_low, difference_high (95 % BCa interval), and n_paired.
    """
    sides = []
    for calibration, name in zip((one, other), names, strict=True):
        columns = [*KEYS, *SIDE]
        side = calibration.summary[columns].merge(_means(calibration, other), on=KEYS, how="right")
        own = {c: f"{SIDE.get(c, c)}_{name}" for c in map(str, side.columns) if c not in KEYS}
        sides.append(side.rename(columns=own))
    controls = other.summary[[*KEYS, "negative_control"]]
    table = controls.merge(sides[0], on=KEYS).merge(sides[1], on=KEYS)
    return table.merge(_differences(one, other), on=KEYS)


def _means(calibration: Calibration, like: Calibration) -> pd.DataFrame:
    """Return the mean scores of both controls, for the metrics of another calibration."""
    scores = calibration.halves[0]
    frames = []
    for positive in POSITIVE_CONTROLS:
        chosen = [range_ for range_ in calibration.ranges if range_.positive_control == positive]
        values = {
            name: mean_of_defined([getattr(range_, name) for range_ in chosen])
            for name in ("negative", "positive")
        }
        for context, take in context_views(scores.contexts):
            rows = [
                {
                    "context": context,
                    "metric": metric,
                    "positive_control": positive,
                    **{
                        n: mean_over_contexts(v[scores.metrics.index(metric)][:, take])
                        for n, v in values.items()
                    },
                }
                for metric in like.halves[0].metrics
            ]
            frames.append(pd.DataFrame(rows))
    return pd.concat(frames, ignore_index=True)


def _differences(one: Calibration, other: Calibration) -> pd.DataFrame:
    """Return the paired differences of DRF with their intervals."""
    metrics = other.halves[0].metrics
    settings = one.settings
    frames = []
    for positive in POSITIVE_CONTROLS:
        difference = _drf(other, positive, metrics) - _drf(one, positive, metrics)
        for context, take in context_views(other.halves[0].contexts):
            means = bca_mean(
                difference[..., take].transpose(1, 0, 2),
                seed=settings.seed,
                n_resamples=settings.n_resamples,
                blocks=one.block_codes,
            )
            frames.append(
                pd.DataFrame(
                    {
                        "context": context,
                        "metric": list(metrics),
                        "positive_control": positive,
                        "difference": means.mean,
                        "difference_low": means.low,
                        "difference_high": means.high,
                        "n_paired": means.n.astype(int),
                    }
                )
            )
    return pd.concat(frames, ignore_index=True)


def _drf(calibration: Calibration, positive: PositiveControl, metrics: tuple[str, ...]) -> Floats:
    """Return DRF, mean over the truths that define it, ``(n_metrics, n_labels, n_contexts)``."""
    known = calibration.halves[0].metrics
    rows = np.array([known.index(metric) for metric in metrics], dtype=np.intp)
    chosen = [range_.drf for range_ in calibration.ranges if range_.positive_control == positive]
    return mean_of_defined(chosen)[rows]
