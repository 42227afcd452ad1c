"""Which metric can be fooled: the scores of a model after its own prediction was changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perturbdash.errors import SettingsError
from perturbdash.judgement.scores import Scores, context_views, mean_of_defined
from perturbdash.judgement.scoring import score_all_cells
from perturbdash.judgement.treatments import REPEATS, TREATMENTS, treated
from perturbdash.judgement.verdict import BASELINE_DEFINED_ON, paired_difference, with_no_pattern
from perturbdash.judgement.views import dynamic_ranges
from perturbdash.metrics.registry import METRICS
from perturbdash.vocabulary import ALL_CELLS, Progress

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result

Floats = NDArray[np.float64]
Step = tuple[str, float]
Changed = tuple[str, float, int, Floats]

COLUMNS = (
    "context",
    "model",
    "treatment",
    "level",
    "metric",
    "headline",
    "gate",
    "value",
    "unchanged",
    "change",
    "dynamic_range",
    "change_in_range",
    "kept",
    "rank",
    "rank_unchanged",
    "n_ranked",
    "n",
)
N_STEPS = sum(
    (len(one.levels) - 1) * (REPEATS if one.name == "shuffled" else 1) for one in TREATMENTS.values()
)
MOST_BYTES = 256 * 2**20
"""Changed profiles that are held at once."""


def gameability(result: Result, model: str, progress: Progress | None = None) -> pd.DataFrame:
    """Score a model after its prediction was rescaled, noised, shuffled, and moved to the mean or away from it.

    Same truth (all cells), test perturbations and metrics as the verdict. Noise and shuffling are seeded on sorted
    names; shuffled scores are the mean of three shufflings.

    Parameters
    ----------
    model
        Name of a model of the result.
    progress
        Called with the share done; it may raise ``Cancelled``.

    Returns
    -------
    One row a context (and ``pooled``), treatment, level and metric. ``value``: mean after the treatment;
    ``unchanged``: before; ``change``: mean paired difference, positive = better, NaN where more than 20 % of the
    perturbations lose their value; ``change_in_range``: divided by the dynamic range of the metric; ``kept``: share
    of the score that is left, where more is better and the score was positive; ``rank`` and ``rank_unchanged``: 1 is
    the best of ``n_ranked`` models and baselines, these as they are; ``n``: perturbations with both values.

    Raises
    ------
    SettingsError
        If there is no such model.
    """
    if model not in result.models:
        msg = f"There is no model {model!r}; choose from: {', '.join(result.models) or 'none is loaded'}."
        raise SettingsError(msg)
    probe = _Probe(result, model, _changed_values(result, model, progress))
    frames = [probe.view(view, take) for view, take in context_views(result.contexts)]
    return pd.concat(frames, ignore_index=True)


def _changed_values(result: Result, model: str, progress: Progress | None) -> dict[Step, Floats]:
    """Return ``(n_metrics, n_labels, n_contexts)`` values after each treatment, NaN where undefined."""
    old = result.all_cells
    shape = old.truth_defined.shape
    repeats: dict[Step, dict[int, Floats]] = {}
    for share, context, batch in _batches(result, model):
        if progress is not None:
            progress(share, "Scoring changed predictions")
        case, plan = result.cases[context], result.plans[context]
        scores = Scores(ALL_CELLS, tuple(METRICS), old.labels, old.contexts)
        changed = {str(place): step[3] for place, step in enumerate(batch)}
        score_all_cells(case, scores, plan, result.settings, {}, models=changed)
        for place, (name, level, repeat, _) in enumerate(batch):
            if str(place) in scores.value:
                kept = repeats.setdefault((name, level), {}).setdefault(repeat, np.full(shape, np.nan))
                kept[..., case.index] = scores.value[str(place)][..., case.index]
    return {step: mean_of_defined(list(values.values())) for step, values in repeats.items()}


def _batches(result: Result, model: str) -> Iterator[tuple[float, str, list[Changed]]]:
    """Yield the share done, a context, and as many changed predictions as are held at once."""
    holding = {context: case for context, case in result.cases.items() if model in case.models}
    done = 0
    for context, case in holding.items():
        most = max(1, MOST_BYTES // max(1, case.models[model].nbytes))
        batch: list[Changed] = []
        steps = treated(
            case,
            result.plans[context],
            model,
            mean=result.baselines[context]["mean"],
            seed=result.settings.seed,
            labels=result.all_cells.labels,
            contexts=result.contexts,
            context=context,
        )
        for step in steps:
            batch.append(step)
            if len(batch) == most:
                yield done / (N_STEPS * len(holding)), context, batch
                done, batch = done + len(batch), []
        if batch:
            yield done / (N_STEPS * len(holding)), context, batch
            done += len(batch)


@dataclass(frozen=True)
class _Probe:
    """The values of a model after each treatment, beside those of everybody else."""

    result: Result
    model: str
    changed: Mapping[Step, Floats]

    def view(self, view: str, take: slice) -> pd.DataFrame:
        """Return the rows of one context, or of all together."""
        scores = self.result.all_cells
        counted = (scores.truth_defined & scores.scope)[..., take]
        before = np.where(counted, scores.value[self.model][..., take], np.nan)
        others = self._others(take, counted)
        ranges = dynamic_ranges(self.result, view).set_index("metric")["dynamic_range"]
        known = ranges.reindex(list(scores.metrics)).to_numpy(dtype=float)
        base = {
            "context": view,
            "model": self.model,
            "metric": list(scores.metrics),
            "headline": [metric in self.result.settings.headline for metric in scores.metrics],
            "gate": [self.result.gates.get((view, metric), "too_few") for metric in scores.metrics],
            "dynamic_range": np.where(known > 0, known, np.nan),
        }
        frames = []
        for treatment in TREATMENTS.values():
            for level in treatment.levels:
                after = before if level == treatment.unchanged else self._after(treatment.name, level, take)
                if after is not None:
                    after = np.where(counted, after, np.nan)
                    columns = base | {"treatment": treatment.name, "level": level}
                    frames.append(pd.DataFrame(columns | self._compared(before, after, others)))
        table = pd.concat(frames, ignore_index=True)
        return table.assign(change_in_range=table["change"] / table["dynamic_range"])[list(COLUMNS)]

    def _after(self, treatment: str, level: float, take: slice) -> Floats | None:
        values = self.changed.get((treatment, level))
        return None if values is None else values[..., take]

    def _others(self, take: slice, counted: NDArray[np.bool_]) -> Floats:
        """Return ``(n_others, n_metrics)`` means of the other models and the baselines, NaN where one is left out."""
        scores = self.result.all_cells
        names = [name for name in scores.names("baseline", "model") if name != self.model]
        means = np.full((len(names), len(scores.metrics)), np.nan)
        for row, name in enumerate(names):
            if scores.kinds[name] == "baseline":
                metrics = range(len(scores.metrics))
                values = np.stack([with_no_pattern(scores, name, m, take)[0] for m in metrics])
            else:
                values = scores.value[name][..., take]
            values = np.where(counted, values, np.nan)
            enough = _n(values) >= BASELINE_DEFINED_ON * np.maximum(counted.sum((1, 2)), 1)
            means[row] = np.where(enough, _means(values), np.nan)
        return means

    def _compared(self, before: Floats, after: Floats, others: Floats) -> dict[str, object]:
        signs = np.array([METRICS[metric].direction for metric in self.result.all_cells.metrics])
        both = ~np.isnan(before) & ~np.isnan(after)
        n = both.sum((1, 2))
        enough = (n > 0) & (n >= BASELINE_DEFINED_ON * _n(before))
        paired = np.where(both, paired_difference(after, before), np.nan)
        change = np.where(enough, signs * _means(paired), np.nan)
        value, unchanged = _means(after), _means(before)
        positive = enough & (signs > 0) & (unchanged > 0)
        kept = np.divide(value, unchanged, where=positive, out=np.full(len(value), np.nan))
        return {
            "value": value,
            "unchanged": unchanged,
            "change": change,
            "kept": kept,
            "rank": np.where(enough, _rank(value, others, signs), np.nan),
            "rank_unchanged": _rank(unchanged, others, signs),
            "n_ranked": (~np.isnan(others)).sum(0) + 1,
            "n": both.any(2).sum(1),
        }


def _n(values: Floats) -> NDArray[np.intp]:
    """Count what is defined of ``(n_metrics, n_labels, n_contexts)``, by metric."""
    return cast("NDArray[np.intp]", (~np.isnan(values)).sum((1, 2)))


def _means(values: Floats) -> Floats:
    """Mean within each context over labels, then over contexts, ``(n_metrics,)``."""
    within = mean_of_defined(list(np.moveaxis(values, 1, 0)))
    return mean_of_defined(list(np.moveaxis(within, 1, 0)))


def _rank(own: Floats, others: Floats, signs: NDArray[np.int64]) -> Floats:
    """Return 1 + how many of the others are better; what rounding leaves between equals is a tie."""
    if not len(others):
        return np.where(np.isnan(own), np.nan, 1.0)
    better = signs * paired_difference(others, np.broadcast_to(own, others.shape)) > 0
    return np.where(np.isnan(own), np.nan, 1.0 + better.sum(0))
