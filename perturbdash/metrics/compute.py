"""Every metric of one prediction, for all perturbations of one context at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import cast

import numpy as np
from numpy.typing import NDArray

from perturbdash.errors import SettingsError
from perturbdash.metrics.outcome import MISSING, NO_CELLS, NOT_FINITE, REASONS, Outcome, coded
from perturbdash.metrics.pair import Pair
from perturbdash.metrics.prediction import Prediction
from perturbdash.metrics.registry import METRICS, MetricSpec
from perturbdash.metrics.truth import Truth

__all__ = ["REASONS", "MetricValues", "compute"]


@dataclass(frozen=True)
class MetricValues:
    """Values of metrics for one prediction, ``(n_metrics, n_perturbations)`` each.

    Parameters
    ----------
    metrics
        Names of the rows.
    value
        NaN where undefined.
    reason
        Why it is undefined: index into ``REASONS``, 0 where it is defined.
    truth_defined
        Whether the truth alone would allow a value.
    """

    metrics: tuple[str, ...]
    value: NDArray[np.float64]
    reason: NDArray[np.int8]
    truth_defined: NDArray[np.bool_]


def compute(truth: Truth, prediction: Prediction, metrics: Sequence[str] | None = None) -> MetricValues:
    """Compute metrics of one prediction against the truth.

    Parameters
    ----------
    truth
        Observed profiles of one context.
    prediction
        Over the same perturbations and genes, in the same order.
    metrics
        Names; all by default.

    Raises
    ------
    SettingsError
        If a metric or the shape of the prediction is not known.
    """
    names = tuple(METRICS if metrics is None else metrics)
    unknown = [name for name in names if name not in METRICS]
    if unknown:
        msg = f"There is no metric {unknown[0]!r}; choose from: {', '.join(METRICS)}."
        raise SettingsError(msg)
    expected = (len(truth.perturbations), len(truth.genes))
    found = (len(prediction.index), prediction.rows.shape[1])
    if found != expected:
        msg = (
            f"The prediction {prediction.name!r} has {found[0]} perturbations and {found[1]} genes, "
            f"the truth {expected[0]} and {expected[1]}; align them first."
        )
        raise SettingsError(msg)
    pair = Pair(truth, prediction)
    shape = (len(names), len(truth.perturbations))
    values = MetricValues(names, np.empty(shape), np.empty(shape, np.int8), np.empty(shape, np.bool_))
    for row, name in enumerate(names):
        outcome = _function(METRICS[name])(pair)
        values.value[row], values.reason[row], values.truth_defined[row] = _judged(pair, outcome)
    return values


def _function(spec: MetricSpec) -> Callable[[Pair], Outcome]:
    module, _, name = spec.function.partition(":")
    function = cast(Callable[..., Outcome], getattr(import_module(f"perturbdash.metrics.{module}"), name))
    return lambda pair: function(pair, **spec.options)


def _judged(pair: Pair, outcome: Outcome) -> tuple[NDArray[np.float64], NDArray[np.int8], NDArray[np.bool_]]:
    """Put NaN where a reason holds; what is missing is called missing, whatever else holds."""
    unobserved = ~pair.truth.exists()
    reasons = ((NO_CELLS, unobserved), *outcome.undefined, (NOT_FINITE, pair.not_finite))
    code, truth_defined = coded(reasons, len(unobserved))
    code[(code == 0) & ~np.isfinite(outcome.value)] = REASONS.index(NOT_FINITE)
    code[pair.missing] = REASONS.index(MISSING)
    return np.where(code == 0, outcome.value, np.nan), code, truth_defined
