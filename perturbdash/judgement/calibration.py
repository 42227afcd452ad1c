"""Can a metric tell a repeated experiment from the average? Dynamic range fraction, BDS and the gate."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from perturbdash.judgement.resampling import bca_mean, wilson
from perturbdash.judgement.scores import (
    Flags,
    Floats,
    Scores,
    context_views,
    mean_of_defined,
    mean_over_contexts,
)
from perturbdash.judgement.settings import Settings
from perturbdash.metrics.registry import METRICS, NegativeControl
from perturbdash.vocabulary import BDS_GATE, DRF_GATE, POSITIVE_CONTROLS, Gate, PositiveControl, Truth

NOTHING_TO_GAIN = 1e-9
PUBLISHED_EPSILON = 1e-6
SMALL_RANGE = 1e-4


@dataclass(frozen=True)
class Range:
    """Dynamic range of every metric against one truth; arrays ``(n_metrics, n_labels, n_contexts)``.

    Parameters
    ----------
    negative, positive
        Value of the two controls.
    drf
        Dynamic range fraction, clipped to -1 to 1.
    better
        1 where the positive control is strictly better, 0.5 at a tie, 0 where it is not.
    no_range
        Where the negative control leaves nothing to gain.
    width
        Distance of the negative control from perfect, positive where there is something to gain.
    negative_names
        Name of the negative control of each metric.
    """

    truth: Truth
    positive_control: PositiveControl
    negative: Floats
    positive: Floats
    drf: Floats
    better: Floats
    no_range: Flags
    width: Floats
    negative_names: tuple[str, ...]


def negative_control_of(metric: str, *, published: bool) -> str:
    """Return the name of the prediction that a metric must tell a repeat from.

    Examples
    --------
    >>> negative_control_of("nir", published=False), negative_control_of("nir", published=True)
    ('global_mean', 'mean')
    """
    spec = METRICS[metric]
    return spec.published_negative_control if published else spec.negative_control


def dynamic_range(
    scores: Scores,
    positive_control: PositiveControl,
    *,
    nothing_significant: Flags,
    published: bool,
    negative_control: NegativeControl | None = None,
) -> Range:
    """Compute the dynamic range fraction of each metric, perturbation and context against one truth.

    Source: Miller et al. 2025, 10.1101/2025.10.20.683304; BDS: Schäfer et al. 2026,
    10.64898/2026.07.23.740433.

    Parameters
    ----------
    nothing_significant
        ``(n_labels, n_contexts)``: the interpolated duplicate equals the average there.
    published
        The rules of the publication.
    negative_control
        Of every metric; by default each has its own.
    """
    names = tuple(negative_control or negative_control_of(m, published=published) for m in scores.metrics)
    negative = np.stack([scores.value[name][i] for i, name in enumerate(names)])
    positive = scores.value[positive_control]
    specs = [METRICS[metric] for metric in scores.metrics]
    sign = np.array([spec.direction for spec in specs], dtype=float)[:, None, None]
    perfect = np.array([spec.perfect for spec in specs], dtype=float)[:, None, None]
    width = sign * (perfect - negative)
    gain = sign * (positive - negative)
    if published:
        drf = np.clip(gain / (width + PUBLISHED_EPSILON), -1, 1)
        better = np.where(np.isnan(gain), np.nan, (gain > 0).astype(float))
        return Range(scores.truth, positive_control, negative, positive, drf, better, width < 0, width, names)
    no_range = width < NOTHING_TO_GAIN
    with np.errstate(divide="ignore", invalid="ignore"):
        drf = np.where(no_range, 0.0, np.clip(gain / width, -1, 1))
    drf[np.isnan(gain)] = np.nan
    better = np.where(np.isnan(gain), np.nan, np.where(gain > 0, 1.0, np.where(gain == 0, 0.5, 0.0)))
    if positive_control == "interpolated_duplicate":
        same = nothing_significant[None] & scores.truth_defined & ~np.isnan(negative)
        drf, better = np.where(same, 0.0, drf), np.where(same, 0.5, better)
    no_range &= ~np.isnan(gain)
    return Range(scores.truth, positive_control, negative, positive, drf, better, no_range, width, names)


def calibration_table(ranges: Sequence[Range], scores: Scores) -> pd.DataFrame:
    """Return one row for each tested perturbation, metric, truth and positive control (table ``calibration``)."""
    frames = []
    n_metrics = len(scores.metrics)
    for index, context in enumerate(scores.contexts):
        rows = np.flatnonzero(scores.scope[:, index])
        labels = np.array(scores.labels, dtype=object)[rows]
        for range_ in ranges:
            own = {
                "context": context,
                "metric": np.repeat(np.array(scores.metrics, dtype=object), len(rows)),
                "positive_control": range_.positive_control,
                "negative_control": np.repeat(np.array(range_.negative_names, dtype=object), len(rows)),
                "truth": range_.truth,
                "perturbation": np.tile(labels, n_metrics),
                "negative": range_.negative[:, rows, index].ravel(),
                "positive": range_.positive[:, rows, index].ravel(),
                "drf": range_.drf[:, rows, index].ravel(),
            }
            frames.append(pd.DataFrame(own))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(CALIBRATION_COLUMNS))


CALIBRATION_COLUMNS = (
    "context",
    "metric",
    "positive_control",
    "negative_control",
    "truth",
    "perturbation",
    "negative",
    "positive",
    "drf",
)


def calibration_summary(
    ranges: Sequence[Range], scores: Scores, settings: Settings, blocks: np.ndarray | None = None
) -> pd.DataFrame:
    """Return DRF and BDS with their intervals and the gate, for each context and pooled.

    Parameters
    ----------
    ranges
        One for each truth and positive control.
    blocks
        ``(n_labels,)`` codes of blocks that are resampled together.
    """
    frames = []
    for view, take in context_views(scores.contexts):
        for positive in POSITIVE_CONTROLS:
            chosen = [range_ for range_ in ranges if range_.positive_control == positive]
            if not chosen:
                continue
            drf = mean_of_defined([range_.drf for range_ in chosen])[..., take]
            better = mean_of_defined([range_.better for range_ in chosen])[..., take]
            width = mean_of_defined([range_.width for range_ in chosen])[..., take]
            no_range = np.any([range_.no_range for range_ in chosen], axis=0)[..., take]
            frame = _summarise(drf, better, settings, blocks)
            tested = scores.scope[:, take]
            frame.insert(0, "context", view)
            frame.insert(1, "metric", list(scores.metrics))
            frame.insert(2, "positive_control", positive)
            frame.insert(3, "negative_control", list(chosen[0].negative_names))
            frame["n_undefined"] = int(tested.any(1).sum()) - frame["n"]
            frame["n_no_range"] = (no_range & ~np.isnan(drf)).any(2).sum(1)
            frame["gate"] = [_gate(row, settings.min_perturbations) for row in frame.to_dict("records")]
            frame["median_range"] = [_median(width[m]) for m in range(len(scores.metrics))]
            frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def _summarise(drf: Floats, better: Floats, settings: Settings, blocks: np.ndarray | None) -> pd.DataFrame:
    """One row a metric from ``(n_metrics, n_labels, n_contexts)``."""
    means = bca_mean(
        drf.transpose(1, 0, 2), seed=settings.seed, n_resamples=settings.n_resamples, blocks=blocks
    )
    bds, bds_low, bds_high, medians = [], [], [], []
    for values, wins in zip(drf, better, strict=True):
        n = int((~np.isnan(wins)).any(1).sum())
        share = mean_over_contexts(wins)
        low, high = wilson(share * n, n) if n else (np.nan, np.nan)
        bds.append(share)
        bds_low.append(low)
        bds_high.append(high)
        medians.append(_median(values))
    return pd.DataFrame(
        {
            "drf_mean": means.mean,
            "drf_low": means.low,
            "drf_high": means.high,
            "drf_median": medians,
            "bds": bds,
            "bds_low": bds_low,
            "bds_high": bds_high,
            "n": means.n.astype(int),
        }
    )


def _median(values: Floats) -> float:
    defined = values[~np.isnan(values)]
    return float(np.median(defined)) if defined.size else np.nan


def _gate(row: Mapping[Hashable, Any], min_perturbations: int) -> Gate:
    if row["n"] < min_perturbations:
        return "too_few"
    if row["drf_low"] > DRF_GATE and row["bds_low"] > BDS_GATE:
        return "informative"
    return "weak" if row["drf_mean"] > 0 else "uninformative"
