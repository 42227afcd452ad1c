"""Does a verdict hold everywhere? Scores by class of perturbation; classes are for looking, nothing is tested."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perturbdash.judgement.resampling import bca_mean
from perturbdash.judgement.scores import Flags, Floats, Scores, context_views, mean_over_contexts
from perturbdash.judgement.strata_classes import classified, judged_conditions
from perturbdash.judgement.verdict import BASELINE_DEFINED_ON, paired_difference, with_no_pattern
from perturbdash.metrics.registry import METRICS

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result

NEEDED_FOR_INTERVAL = 10
COLUMNS = (
    "context",
    "metric",
    "stratum",
    "place",
    "class",
    "least",
    "greatest",
    "n_class",
    "prediction",
    "kind",
    "n",
    "mean",
    "low",
    "high",
    "baseline",
    "n_paired",
    "difference",
    "difference_low",
    "difference_high",
)


@dataclass(frozen=True)
class _Case:
    """One metric against all cells, within one view of contexts; values ``(n_labels, n_contexts)``."""

    scores: Scores
    m: int
    take: slice
    counted: Flags

    @property
    def direction(self) -> int:
        return METRICS[self.scores.metrics[self.m]].direction

    def values(self, name: str) -> Floats:
        """Values of a prediction where the truth defines the metric; no pattern of a baseline counts as 0."""
        if self.scores.kinds[name] == "baseline":
            found, _ = with_no_pattern(self.scores, name, self.m, self.take)
        else:
            found = self.scores.value[name][self.m][:, self.take]
        return np.where(self.counted, found, np.nan)


def strata(
    result: Result,
    metric: str,
    stratum: str,
    *,
    context: str,
    models: Sequence[str],
    selected: Collection[str] = (),
) -> pd.DataFrame:
    """Return scores of models, and of the baseline that is hardest to beat, in each class of perturbations.

    Test perturbations only, truth: all cells. A mean is that over perturbations within a context, then over
    contexts, as everywhere; its BCa interval and that of the paired difference need ten perturbations.

    Parameters
    ----------
    metric
        Name of a metric.
    stratum
        A key of `strata_classes.STRATA`.
    context
        A context, or ``"pooled"``.
    models
        Those that are shown.
    selected
        Perturbations that the reader selected: the classes of ``"selection"``; for any other stratum only these
        are averaged, in the classes of all.

    Returns
    -------
    One row a class and prediction: the class with its least and greatest value and number of conditions
    (``n_class``); ``mean``, ``low``, ``high`` over ``n`` perturbations; for a model ``difference`` to
    ``baseline`` over ``n_paired`` (positive: model better, in the metric's unit). Intervals are NaN below ten.
    """
    scores = result.all_cells
    take = dict(context_views(scores.contexts))[context]
    conditions = classified(judged_conditions(result, selected), stratum, scores.contexts[take])
    if stratum != "selection" and selected:
        conditions = conditions[conditions["selected"]]
    m = scores.metrics.index(metric)
    case = _Case(scores, m, take, (scores.truth_defined[m] & scores.scope)[:, take])
    shown = [model for model in models if model in scores.value]
    against = {model: _hardest(result, case, context, model) for model in shown}
    rows = _rows(case, conditions, against)
    if not rows:
        return pd.DataFrame(columns=list(COLUMNS))
    _measure(rows, result)
    table = pd.DataFrame(rows).assign(context=context, metric=metric, stratum=stratum)
    return table[list(COLUMNS)]


def _hardest(result: Result, case: _Case, context: str, model: str) -> str:
    """Name the baseline of the verdict; without one, the best mean among those defined often enough."""
    table = result.verdict
    row = table[
        (table["context"] == context)
        & (table["model"] == model)
        & (table["metric"] == case.scores.metrics[case.m])
    ]
    named = str(row["baseline"].iloc[0]).partition(" (")[0] if len(row) else ""
    if named in case.scores.value:
        return named
    means = {}
    for name in case.scores.names("baseline"):
        values = case.values(name)
        if case.counted.any() and (~np.isnan(values))[case.counted].mean() >= BASELINE_DEFINED_ON:
            means[name] = case.direction * mean_over_contexts(values)
    return max(means, key=lambda name: means[name]) if means else ""


def _rows(case: _Case, conditions: pd.DataFrame, against: Mapping[str, str]) -> list[dict[str, Any]]:
    """One row a class and prediction, with the values to be averaged."""
    label_at = {label: i for i, label in enumerate(case.scores.labels)}
    context_at = {name: i for i, name in enumerate(case.scores.contexts[case.take])}
    baselines = [name for name in case.scores.names("baseline") if name in against.values()]
    rows: list[dict[str, Any]] = []
    for place, own in conditions.groupby("place", sort=True):
        inside = np.zeros(case.counted.shape, dtype=bool)
        inside[own["perturbation"].map(label_at), own["context"].map(context_at)] = True
        head = {
            "place": int(str(place)),
            "class": own["class"].iloc[0],
            "least": own["value"].min(),
            "greatest": own["value"].max(),
            "n_class": len(own),
        }
        for name in [*baselines, *against]:
            values = np.where(inside, case.values(name), np.nan)
            row = head | {
                "prediction": name,
                "kind": case.scores.kinds[name],
                "baseline": "",
                "values": values,
            }
            if against.get(name):
                row["baseline"] = against[name]
                row["paired"] = case.direction * paired_difference(values, case.values(against[name]))
            rows.append(row)
    return rows


def _measure(rows: list[dict[str, Any]], result: Result) -> None:
    """Put mean, difference and their intervals into the rows, all resamplings in one go."""
    arrays = [(row, "", row.pop("values")) for row in rows]
    arrays += [(row, "difference", row.pop("paired")) for row in rows if "paired" in row]
    settings = result.settings
    stacked: NDArray[np.float64] = np.stack([values for *_, values in arrays], axis=1)
    found = bca_mean(stacked, seed=settings.seed, n_resamples=settings.n_resamples, blocks=result.block_codes)
    for row in rows:
        row |= {"n_paired": 0, "difference": np.nan, "difference_low": np.nan, "difference_high": np.nan}
    for i, (row, kind, _) in enumerate(arrays):
        enough = found.n[i] >= NEEDED_FOR_INTERVAL
        low, high = (float(ends[i]) if enough else np.nan for ends in (found.low, found.high))
        n, mean = int(found.n[i]), float(found.mean[i])
        if kind:
            row |= {"n_paired": n, kind: mean, f"{kind}_low": low, f"{kind}_high": high}
        else:
            row |= {"n": n, "mean": mean, "low": low, "high": high}
