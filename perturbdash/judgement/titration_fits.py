"""Curves of DRF over cells a perturbation for every context, metric and positive control."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from perturbdash.judgement.bootstrap import product
from perturbdash.judgement.curve_fit import FEWEST_LEVELS, fit, start_of
from perturbdash.judgement.scores import Floats, Scores, context_views
from perturbdash.judgement.titration_curve import Curve
from perturbdash.judgement.units import mean_over_contexts
from perturbdash.vocabulary import Purpose

if TYPE_CHECKING:
    from perturbdash.judgement.settings import Settings
    from perturbdash.vocabulary import PositiveControl, Progress

Curves = Mapping[tuple[str, str, str], Curve | str]

RESAMPLES = 400
SAME_PERTURBATIONS = 0.9
"""Share of the perturbations with a value in the data that must have one at a level, so that a curve uses it."""
TOO_FEW_LEVELS = "too few numbers of cells at which the same perturbations have a value"
DOES_NOT_FIT = "the curve does not fit the levels"


@dataclass(frozen=True, eq=False)
class Levels:
    """One number of cells: the summary, and the DRF of each perturbation.

    Parameters
    ----------
    table
        ``calibration_summary`` with share, cells and cells_median in front.
    cells
        Mean cells a perturbation, by context and ``pooled``.
    drf
        By positive control, ``(n_metrics, n_labels, n_contexts)``.
    """

    metrics: tuple[str, ...]
    contexts: tuple[str, ...]
    table: pd.DataFrame
    cells: Mapping[str, float]
    drf: Mapping[PositiveControl, Floats]

    @classmethod
    def of(
        cls,
        share: float,
        summary: pd.DataFrame,
        scores: Scores,
        cells: Floats,
        drf: Mapping[PositiveControl, Floats],
    ) -> Levels:
        """Put a level together from the cells of each calibrated condition, ``(n_labels, n_contexts)``."""
        mean, median = {}, {}
        for view, take in context_views(scores.contexts):
            own = cells[:, take][~np.isnan(cells[:, take])]
            mean[view] = float(own.mean()) if own.size else np.nan
            median[view] = float(np.median(own)) if own.size else np.nan
        table = summary.copy()
        table.insert(0, "share", share)
        table.insert(1, "cells", table["context"].map(mean))
        table.insert(2, "cells_median", table["context"].map(median))
        return cls(scores.metrics, scores.contexts, table, mean, drf)


def fit_curves(
    levels: Sequence[Levels],
    settings: Settings,
    *,
    metrics: Sequence[str],
    blocks: np.ndarray | None = None,
    progress: Progress | None = None,
) -> Curves:
    """Fit a curve for each context (and pooled), metric and positive control, or say why there is none.

    Perturbations, or blocks of them, are resampled in all contexts, levels and metrics together.

    Parameters
    ----------
    levels
        From the fewest cells up.
    metrics
        Those that curves are fitted for.
    blocks
        ``(n_labels,)`` codes of blocks that are resampled together.
    """
    times = _times_drawn(levels[-1].drf, settings.seed, blocks)
    found: dict[tuple[str, str, str], Curve | str] = {}
    for view, take in context_views(levels[-1].contexts):
        cells = np.array([level.cells[view] for level in levels])
        for positive in levels[-1].drf:
            values = np.stack([level.drf[positive][..., take] for level in levels], axis=1)
            for done, metric in enumerate(metrics):
                if progress is not None:
                    progress(done / len(metrics), "Fitting curves")
                index = levels[-1].metrics.index(metric)
                start = start_of(metric, positive)
                found[view, metric, positive] = _curve(cells, values[index], times, start, settings)
    return found


def _curve(cells: Floats, values: Floats, times: Floats, start: float, settings: Settings) -> Curve | str:
    """Fit one curve to ``(n_levels, n_labels, n_contexts)`` values, without the lowest levels where it misses them."""
    defined = ~np.isnan(values)
    n = defined.any(2).sum(1)
    if n[-1] < settings.min_perturbations:
        return f"{n[-1]} perturbations have a value; {settings.min_perturbations} are asked for"
    enough = (defined.sum((1, 2)) >= SAME_PERTURBATIONS * defined[-1].sum()) & np.isfinite(cells)
    first = len(cells) - int(np.argmin(np.append(enough[::-1], False)))
    if len(cells) - first < FEWEST_LEVELS:
        return TOO_FEW_LEVELS
    for start_level in range(first, len(cells) - FEWEST_LEVELS + 1):
        curve = _fitted(cells[start_level:], values[start_level:], times, start, settings.seed)
        if curve is not None:
            return curve
    return DOES_NOT_FIT


def _fitted(cells: Floats, values: Floats, times: Floats, start: float, seed: int) -> Curve | None:
    once = np.ones((1, times.shape[1]))
    return fit(
        cells,
        _means(once, values)[0],
        _means(times, values),
        noise=_noise(np.log(cells), values),
        start=start,
        seed=[seed, Purpose.TITRATION, 1],
    )


def _times_drawn(drf: Mapping[PositiveControl, Floats], seed: int, blocks: np.ndarray | None) -> Floats:
    """How often each label is drawn, ``(n_resamples, n_labels)``; labels without any value are not drawn."""
    some = np.any([~np.isnan(values) for values in drf.values()], axis=(0, 1, 3))
    own = np.arange(some.size) if blocks is None else np.asarray(blocks)
    units, unit = np.unique(own[some], return_inverse=True)
    if not units.size:
        return np.zeros((RESAMPLES, some.size))
    rng = np.random.default_rng([seed, Purpose.TITRATION])
    drawn = rng.multinomial(units.size, np.full(units.size, 1 / units.size), size=RESAMPLES)
    times = np.zeros((RESAMPLES, some.size))
    times[:, some] = drawn[:, unit]
    return times


def _means(times: Floats, values: Floats) -> Floats:
    """Mean over contexts of the weighted mean over labels, ``(n_rows, n_levels)``."""
    defined = ~np.isnan(values)
    n_levels, n_labels, n_contexts = values.shape
    flat = np.where(defined, values, 0.0).transpose(1, 2, 0).reshape(n_labels, -1)
    counts = product(times, defined.transpose(1, 2, 0).reshape(n_labels, -1).astype(np.float64))
    shape = (len(times), n_contexts, n_levels)
    return mean_over_contexts(product(times, flat).reshape(shape), counts.reshape(shape))


def _noise(log_cells: Floats, values: Floats) -> Floats:
    """Return the standard error of each level about a line between its neighbours, ``(n_levels,)``."""
    n_levels = len(values)
    flat = values.reshape(n_levels, -1)
    noise = np.zeros(n_levels)
    for k in range(1, n_levels - 1):
        share = (log_cells[k + 1] - log_cells[k]) / (log_cells[k + 1] - log_cells[k - 1])
        off = flat[k] - share * flat[k - 1] - (1 - share) * flat[k + 1]
        off = off[~np.isnan(off)]
        if off.size > 1:
            noise[k] = off.std(ddof=1) / np.sqrt(off.size * (1 + share**2 + (1 - share) ** 2))
    noise[0], noise[-1] = noise[1], noise[-2]
    return noise
