"""What the metrics answer in the playground, by the same code as for a data set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from perturbdash.judgement.calibration import negative_control_of
from perturbdash.judgement.playground.experiment import Experiment, experiment, predict
from perturbdash.judgement.recalibration import Calibration, truths_of
from perturbdash.judgement.scores import Scores, mean_of_defined
from perturbdash.judgement.scoring import ContextCase, score_halves
from perturbdash.judgement.settings import Settings
from perturbdash.metrics.registry import METRICS
from perturbdash.vocabulary import POSITIVE_CONTROLS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perturbdash.judgement.playground.knobs import PlaygroundSettings

MODEL = "model"
REPEAT = POSITIVE_CONTROLS[0]
AS_A_SHARE = ("wmse",)
"""Metrics that are shown as the share of the average's error that is removed."""


@dataclass(frozen=True)
class Levels:
    """What one metric gives, mean over perturbations and both halves; NaN where undefined.

    Parameters
    ----------
    model, average, repeat
        Of the model, of the average of all perturbations, and of the interpolated duplicate.
    negative
        Of the negative control of the metric: the average, or control where the average has no pattern.
    """

    metric: str
    model: float
    average: float
    repeat: float
    negative: float


def scored(
    settings: PlaygroundSettings,
    metrics: Sequence[str],
    models: Mapping[str, PlaygroundSettings] | None = None,
) -> tuple[Experiment, Calibration]:
    """Simulate an experiment and score models and controls against each half, folds as for a data set.

    Parameters
    ----------
    models
        By name, settings that differ from those of the experiment in the knobs of the model; by default the one model
        that they have, ``model``.
    """
    made = experiment(settings)
    predictions = {name: predict(made, own) for name, own in (models or {MODEL: settings}).items()}
    chosen = Settings(seed=settings.seed)
    labels = made.stats.perturbations
    case = ContextCase(0, made.stats, predictions, {}, {})
    halves = tuple(
        Scores(truth, tuple(metrics), labels, (made.stats.context,))
        for truth in truths_of(chosen.calibration)
    )
    same = score_halves(case, halves, made.folds, made.plan, chosen)
    return made, Calibration(chosen, halves, np.stack(same)[..., None])


def levels(calibration: Calibration, model: str = MODEL) -> tuple[Levels, ...]:
    """Return model, average and repeat of each metric, those of `AS_A_SHARE` so that more is better."""
    return tuple(_levels(calibration, metric, model) for metric in calibration.halves[0].metrics)


def answers(settings: PlaygroundSettings, metrics: Sequence[str]) -> pd.DataFrame:
    """Score a simulated experiment.

    Parameters
    ----------
    metrics
        Names; one row each.

    Returns
    -------
    Columns metric, as_share (of the average's error that is removed), model, average, repeat, negative_control,
    negative, then of the calibration drf_mean, drf_low, drf_high, bds, n, gate. Means over perturbations against each
    half of the cells, averaged.
    """
    _, calibration = scored(settings, metrics)
    summary = calibration.summary[calibration.summary["positive_control"] == REPEAT].set_index("metric")
    rows = []
    for found in levels(calibration):
        row = summary.loc[found.metric]
        rows.append(
            {
                "metric": found.metric,
                "as_share": found.metric in AS_A_SHARE,
                "model": found.model,
                "average": found.average,
                "repeat": found.repeat,
                "negative_control": row["negative_control"],
                "negative": found.negative,
                **{name: row[name] for name in ("drf_mean", "drf_low", "drf_high", "bds", "n", "gate")},
            }
        )
    return pd.DataFrame(rows)


def _levels(calibration: Calibration, metric: str, name: str) -> Levels:
    control = negative_control_of(metric, published=False)
    negative = _mean(calibration.halves, metric, control)
    average = negative if METRICS[metric].retrieval else _mean(calibration.halves, metric, "mean")
    model, repeat = (_mean(calibration.halves, metric, own) for own in (name, REPEAT))
    if metric in AS_A_SHARE:
        model, average, repeat, negative = (
            1 - value / negative if negative else float("nan") for value in (model, average, repeat, negative)
        )
    return Levels(metric, model, average, repeat, negative)


def _mean(halves: Sequence[Scores], metric: str, name: str) -> float:
    place = halves[0].metrics.index(metric)
    values = mean_of_defined([scores.value[name][place, :, 0] for scores in halves])
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if defined.size else float("nan")
