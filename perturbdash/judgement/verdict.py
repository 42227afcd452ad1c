"""Does a model beat every baseline? Paired differences, their intervals and tests, metric by metric."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from perturbdash.judgement.resampling import bca_mean, bca_ratio, detectable_difference, holm, sign_flip
from perturbdash.judgement.scores import (
    Flags,
    Floats,
    Scores,
    context_views,
    mean_of_defined,
    mean_over_contexts,
)
from perturbdash.judgement.settings import Settings
from perturbdash.metrics.outcome import PUT_OFF, REASONS
from perturbdash.metrics.registry import METRICS
from perturbdash.vocabulary import Gate, Outcome

ALPHA = 0.05
BASELINE_DEFINED_ON = 0.8
MODEL_UNDEFINED_ON = 0.2
SAME = 1e-9
NO_PATTERN_REASONS = ("constant prediction", "zero prediction")
VERDICT_COLUMNS = (
    "context",
    "model",
    "metric",
    "headline",
    "gate",
    "baseline",
    "difference",
    "low",
    "high",
    "p_value",
    "p_holm",
    "n",
    "outcome",
    "detectable_difference",
    "position",
    "position_low",
    "position_high",
    "reason",
)


@dataclass(frozen=True)
class Position:
    """What places a model between the average and a repeat, ``(n_metrics, n_labels, n_contexts)``.

    Both are differences to the negative control, positive = better, averaged over the two halves as truth,
    NaN where model, negative or positive control is undefined.
    """

    model: Floats
    repeat: Floats


@dataclass(frozen=True)
class Contest:
    """One model against all baselines on one metric, within one view of contexts."""

    differences: dict[str, Floats]
    n: int
    undefined_share: float
    reason: str


def verdict_table(
    scores: Scores,
    gates: dict[tuple[str, str], Gate],
    positions: dict[str, Position],
    settings: Settings,
    *,
    blocks: np.ndarray | None = None,
) -> pd.DataFrame:
    """Return the verdict on every model and metric, for each context and pooled (table ``verdict``).

    Parameters
    ----------
    scores
        Against all cells.
    gates
        Gate by (context, metric), for the headline positive control.
    positions
        By model.
    blocks
        ``(n_labels,)`` codes of blocks that are resampled together.
    """
    frames = []
    models = scores.names("model")
    n_metrics = len(scores.metrics)
    for view, take in context_views(scores.contexts):
        contests = [_contest(scores, model, m, take) for model in models for m in range(n_metrics)]
        judged = _judge(contests, settings, blocks)
        for i, model in enumerate(models):
            frame = pd.DataFrame(judged[i * n_metrics : (i + 1) * n_metrics])
            frame["context"], frame["model"], frame["metric"] = view, model, list(scores.metrics)
            frame["headline"] = frame["metric"].isin(settings.headline)
            frame["gate"] = [gates.get((view, metric), "too_few") for metric in scores.metrics]
            _correct_and_decide(frame)
            _place(frame, positions.get(model), take, settings, blocks)
            frames.append(frame[list(VERDICT_COLUMNS)])
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(VERDICT_COLUMNS))


def _contest(scores: Scores, model: str, m: int, take: slice) -> Contest:
    """Collect the paired differences to each baseline that takes part; positive = model better."""
    spec = METRICS[scores.metrics[m]]
    counted = (scores.truth_defined[m] & scores.scope)[:, take]
    n = int(counted.any(1).sum())
    own = np.where(counted, scores.value[model][m][:, take], np.nan)
    undefined = float(1 - (~np.isnan(own))[counted].mean()) if n else 1.0
    differences = {}
    for name in scores.names("baseline"):
        values, no_pattern = with_no_pattern(scores, name, m, take)
        values = np.where(counted, values, np.nan)
        if n and (~np.isnan(values))[counted].mean() >= BASELINE_DEFINED_ON:
            label = f"{name} (no pattern: 0)" if no_pattern[counted].all() else name
            differences[label] = spec.direction * paired_difference(own, values)
    return Contest(differences, n, undefined, _commonest_reason(scores, model, m, take))


def paired_difference(own: Floats, values: Floats) -> Floats:
    """Subtract, and take what rounding leaves between equal predictions, averaged in two ways, for a tie."""
    difference = own - values
    tie = np.abs(difference) <= SAME * np.maximum(np.abs(own), np.abs(values))
    return np.where(tie, 0.0, difference)


def with_no_pattern(scores: Scores, name: str, m: int, take: slice) -> tuple[Floats, Flags]:
    """Values of a baseline, 0 where its shift is constant and a correlation with it has no meaning."""
    values = scores.value[name][m][:, take]
    codes = scores.reason[name][m][:, take]
    constant = np.isin(codes, [REASONS.index(reason) for reason in NO_PATTERN_REASONS if reason in REASONS])
    return np.where(constant, 0.0, values), constant


def _commonest_reason(scores: Scores, model: str, m: int, take: slice) -> str:
    codes = scores.reason[model][m][:, take][scores.scope[:, take]]
    codes = codes[codes > 0]
    return REASONS[np.bincount(codes).argmax()] if codes.size else ""


def _judge(contests: list[Contest], settings: Settings, blocks: np.ndarray | None) -> list[dict[str, object]]:
    """Test every contest against all its baselines, all resamplings in one go, and keep the hardest baseline."""
    rows = [_unjudged(contest, settings) for contest in contests]
    open_ = [i for i, row in enumerate(rows) if row["outcome"] is None]
    if not open_:
        return rows
    stacked = np.stack([d for i in open_ for d in contests[i].differences.values()], axis=1)
    greater, less = sign_flip(stacked, seed=settings.seed, n_flips=settings.n_resamples, blocks=blocks)
    means = bca_mean(stacked, seed=settings.seed, n_resamples=settings.n_resamples, blocks=blocks)
    shown = np.asarray(detectable_difference(stacked, blocks=blocks))
    start = 0
    for i in open_:
        names = list(contests[i].differences)
        columns = np.arange(start, start + len(names))
        start += len(names)
        hardest = int(columns[np.lexsort((means.mean[columns], -greater[columns]))[0]])
        rows[i] |= {
            "baseline": names[hardest - columns[0]],
            "difference": float(means.mean[hardest]),
            "low": float(means.low[hardest]),
            "high": float(means.high[hardest]),
            "p_value": float(greater[hardest]),
            "detectable_difference": float(shown[hardest]),
            "loses": bool((holm(less[columns]) < ALPHA).any()),
        }
    return rows


def _unjudged(contest: Contest, settings: Settings) -> dict[str, object]:
    """Return the row of a contest before any test, with its outcome where no test can be made."""
    row: dict[str, object] = dict.fromkeys(("difference", "low", "high", "p_value", "p_holm"), np.nan)
    row |= {"baseline": "", "n": contest.n, "outcome": None, "detectable_difference": np.nan}
    row |= {"loses": False, "reason": ""}
    if contest.reason == PUT_OFF:
        return row | {"outcome": "undefined", "reason": PUT_OFF}
    if contest.n < settings.min_perturbations:
        return row | {"outcome": "too_few", "reason": contest.reason or "too few perturbations"}
    if contest.undefined_share > MODEL_UNDEFINED_ON:
        return row | {"outcome": "undefined", "reason": contest.reason}
    if not contest.differences:
        return row | {"outcome": "undefined", "reason": "no baseline"}
    return row


def _correct_and_decide(frame: pd.DataFrame) -> None:
    """Fill ``p_holm`` over the informative headline metrics of one model, and every ``outcome``."""
    counted = frame["headline"] & (frame["gate"] == "informative") & frame["outcome"].isna()
    if counted.any():
        frame.loc[counted, "p_holm"] = holm(frame.loc[counted, "p_value"].to_numpy(dtype=float))
    decisive = frame["p_holm"].where(counted, frame["p_value"]).astype(float)
    outcomes: list[Outcome] = []
    for given, loses, p in zip(frame["outcome"], frame["loses"], decisive, strict=True):
        if given is not None:
            outcomes.append(given)
        elif loses:
            outcomes.append("loses")
        else:
            outcomes.append("beats" if p < ALPHA else "no_difference")
    frame["outcome"] = outcomes
    frame.drop(columns="loses", inplace=True)  # noqa: PD002  the caller's frame is the result


def _place(
    frame: pd.DataFrame, position: Position | None, take: slice, settings: Settings, blocks: np.ndarray | None
) -> None:
    """Fill the position in the dynamic range for informative metrics where a repeat beats the negative control."""
    for column in ("position", "position_low", "position_high"):
        frame[column] = np.nan
    if position is None:
        return
    rows = np.flatnonzero((frame["gate"] == "informative").to_numpy())
    if not rows.size:
        return
    model = position.model[rows][..., take].transpose(1, 0, 2)
    repeat = position.repeat[rows][..., take].transpose(1, 0, 2)
    usable = np.array([mean_over_contexts(repeat[:, c]) > 0 for c in range(rows.size)])
    if not usable.any():
        return
    placed = bca_ratio(
        model[:, usable],
        repeat[:, usable],
        seed=settings.seed,
        n_resamples=settings.n_resamples,
        blocks=blocks,
    )
    frame.loc[rows[usable], "position"] = placed.mean
    frame.loc[rows[usable], "position_low"] = placed.low
    frame.loc[rows[usable], "position_high"] = placed.high


def position_of(halves: list[Scores], model: str, negatives: list[str], positive: str) -> Position:
    """Average, over the two halves as truth, how far model and repeat lie above the negative control.

    Parameters
    ----------
    halves
        Scores against each half, with the calibration's folds.
    negatives
        Name of the negative control of each metric.
    """
    models, repeats = [], []
    for scores in halves:
        sign = np.array([METRICS[metric].direction for metric in scores.metrics], dtype=float)[:, None, None]
        negative = np.stack([scores.value[name][m] for m, name in enumerate(negatives)])
        gain = sign * (scores.value[model] - negative)
        room = sign * (scores.value[positive] - negative)
        both = ~np.isnan(gain) & ~np.isnan(room)
        models.append(np.where(both, gain, np.nan))
        repeats.append(np.where(both, room, np.nan))
    return Position(mean_of_defined(models), mean_of_defined(repeats))
