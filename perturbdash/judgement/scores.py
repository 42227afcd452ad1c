"""Values of all metrics for all predictions against one truth, over perturbations and contexts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from perturbdash.metrics.outcome import PUT_OFF, REASONS
from perturbdash.metrics.registry import METRICS
from perturbdash.vocabulary import GLOBAL_MEAN, POOLED, Kind, Truth

if TYPE_CHECKING:
    from perturbdash.metrics.compute import MetricValues
    from perturbdash.metrics.prediction import Prediction

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass
class Scores:
    """Arrays of shape ``(n_metrics, n_labels, n_contexts)``, one for each prediction, against one truth.

    A label that a context does not hold, or that is not tested there, is out of ``scope`` and NaN.

    Parameters
    ----------
    truth
        Which cells are the truth.
    metrics, labels, contexts
        Names along the three axes; labels are sorted.
    put_off
        Those of the metrics that are computed later.
    kinds, value, reason, computed, scope_of
        By prediction: its kind, values and codes of reasons, which metrics were computed ``(n_metrics,)``, and the
        rows that it is asked for ``(n_labels, n_contexts)``.
    """

    truth: Truth
    metrics: tuple[str, ...]
    labels: tuple[str, ...]
    contexts: tuple[str, ...]
    put_off: tuple[str, ...] = ()
    kinds: dict[str, Kind] = field(default_factory=dict)
    value: dict[str, Floats] = field(default_factory=dict)
    reason: dict[str, NDArray[np.int8]] = field(default_factory=dict)
    computed: dict[str, Flags] = field(default_factory=dict)
    scope_of: dict[str, Flags] = field(default_factory=dict)
    truth_defined: Flags = field(init=False)
    scope: Flags = field(init=False)

    def __post_init__(self) -> None:
        shape = (len(self.metrics), len(self.labels), len(self.contexts))
        self.truth_defined = np.zeros(shape, dtype=bool)
        self.scope = np.zeros(shape[1:], dtype=bool)

    def set_scope(self, context: int, rows: NDArray[np.intp]) -> None:
        """Say which labels (indices into ``labels``) are tested in a context."""
        self.scope[rows, context] = True

    def add(
        self,
        prediction: Prediction,
        context: int,
        *,
        rows: NDArray[np.intp],
        values: MetricValues,
        take: NDArray[np.intp],
    ) -> None:
        """Write the values of one prediction in one context; what is put off has none, with that reason.

        Parameters
        ----------
        rows
            Indices into ``labels``.
        values
            Metric values over the perturbations of the context.
        take
            For each of ``rows`` its index among those perturbations.
        """
        shape, name = self.truth_defined.shape, prediction.name
        if name not in self.value:
            self.kinds[name] = prediction.kind
            self.value[name] = np.full(shape, np.nan)
            self.reason[name] = np.zeros(shape, dtype=np.int8)
            self.computed[name] = np.zeros(len(self.metrics), dtype=bool)
            self.scope_of[name] = np.zeros(shape[1:], dtype=bool)
        self.scope_of[name][rows, context] = True
        which = np.array([self.metrics.index(metric) for metric in values.metrics], dtype=np.intp)
        self.computed[name][which] = True
        where = np.ix_(which, rows)
        self.value[name][..., context][where] = values.value[:, take]
        self.reason[name][..., context][where] = values.reason[:, take]
        self.truth_defined[..., context][where] = values.truth_defined[:, take]
        for metric in metrics_of(name, self.put_off):
            self.computed[name][self.metrics.index(metric)] = True
            self.reason[name][self.metrics.index(metric), rows, context] = REASONS.index(PUT_OFF)

    def asked_of(self, name: str) -> tuple[str, ...]:
        """Return the metrics that are computed now for a prediction of this name."""
        return tuple(metric for metric in metrics_of(name, self.metrics) if metric not in self.put_off)

    def completed(self, later: Scores) -> Scores:
        """Return these scores with the metrics of ``later``, which were put off here."""
        whole = deepcopy(self)
        whole.put_off = ()
        which = [self.metrics.index(metric) for metric in later.metrics]
        whole.truth_defined[which] = later.truth_defined
        for name in later.kinds:
            whole.value[name][which] = later.value[name]
            whole.reason[name][which] = later.reason[name]
        return whole

    def names(self, *kinds: Kind) -> list[str]:
        """Return the names of the predictions of these kinds, in the order in which they were added."""
        return [name for name, kind in self.kinds.items() if kind in kinds]


def metrics_of(name: str, metrics: Sequence[str]) -> tuple[str, ...]:
    """Return which metrics a prediction of this name has: the mean of all centroids stands for retrieval alone.

    Examples
    --------
    >>> metrics_of("global_mean", ["mse", "nir"])
    ('nir',)
    """
    return tuple(metric for metric in metrics if name != GLOBAL_MEAN or METRICS[metric].retrieval)


def context_views(contexts: Sequence[str]) -> Iterator[tuple[str, slice]]:
    """Yield each context with its place on the last axis, then all of them as ``pooled`` where there are several.

    Examples
    --------
    >>> [name for name, _ in context_views(["A", "B"])]
    ['A', 'B', 'pooled']
    """
    for index, context in enumerate(contexts):
        yield context, slice(index, index + 1)
    if len(contexts) > 1:
        yield POOLED, slice(0, len(contexts))


def mean_of_defined(arrays: Sequence[Floats]) -> Floats:
    """Mean over arrays of one shape of what is defined in them; NaN where nothing is.

    Examples
    --------
    >>> mean_of_defined([np.array([1.0, np.nan]), np.array([3.0, np.nan])])
    array([ 2., nan])
    """
    return _mean_of_first_axis(np.stack(arrays))


def _mean_of_first_axis(values: Floats) -> Floats:
    defined = ~np.isnan(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: Floats = np.where(defined, values, 0.0).sum(0) / defined.sum(0)
    return mean


def mean_over_contexts(values: Floats) -> float:
    """Mean within each context over labels, then over contexts; NaN where nothing is defined.

    Parameters
    ----------
    values
        ``(n_labels, n_contexts)``.
    """
    within = _mean_of_first_axis(values)
    defined = within[~np.isnan(within)]
    return float(defined.mean()) if defined.size else np.nan
