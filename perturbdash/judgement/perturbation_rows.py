"""Which perturbations are strong, and what the metrics say of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from perturbdash.judgement.tables import METRIC_COLUMNS
from perturbdash.metrics.outcome import REASONS

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result


def by_strength(result: Result, context: str) -> tuple[str, ...]:
    """Return the perturbations of a context: the tested ones first, then by DEGs against control, then by norm."""
    rows, plan = _of_context(result, context), result.plans[context]
    norms = rows["shift_norm"].to_numpy()
    order = np.lexsort((-np.nan_to_num(norms, nan=-1.0), -rows["n_degs"].to_numpy(), ~plan.test))
    return tuple(result.perturbations[context][i] for i in order)


def strongest(result: Result, context: str) -> str:
    """Return the perturbation with the most DEGs against control, among the tested ones where there are any."""
    plan, count = result.plans[context], _of_context(result, context)["n_degs"].to_numpy()
    if plan.test.any():
        count = np.where(plan.test, count, -1)
    return result.perturbations[context][int(np.argmax(count))]


def _of_context(result: Result, context: str) -> pd.DataFrame:
    return result.conditions[result.conditions["context"] == context]


def perturbation_metrics(result: Result, context: str, perturbation: str) -> pd.DataFrame:
    """Return the rows of the table ``metrics`` of one perturbation, truth all cells; none where it is not scored."""
    scores = result.all_cells
    if perturbation not in scores.labels:
        return pd.DataFrame(columns=list(METRIC_COLUMNS))
    place = scores.labels.index(perturbation), scores.contexts.index(context)
    names = [name for name in scores.kinds if scores.scope[place]]
    frames = []
    for name in names:
        done = scores.computed[name]
        codes = scores.reason[name][(slice(None), *place)][done]
        frames.append(
            pd.DataFrame(
                {
                    "context": context,
                    "prediction": name,
                    "kind": scores.kinds[name],
                    "perturbation": perturbation,
                    "metric": np.array(scores.metrics, dtype=object)[done],
                    "truth": scores.truth,
                    "value": scores.value[name][(slice(None), *place)][done],
                    "reason": np.array(REASONS, dtype=object)[codes],
                }
            )
        )
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(METRIC_COLUMNS))
