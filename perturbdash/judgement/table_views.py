"""Tables for one look at a result that are kept with it, or made of kept ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from perturbdash.judgement.calibration import negative_control_of
from perturbdash.metrics.registry import METRICS
from perturbdash.vocabulary import ALL_CELLS, POSITIVE_CONTROLS

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result


def covariates(result: Result) -> pd.DataFrame:
    """Return, for each condition, what may explain whether it can be told: DEGs, cells, effect size, kind."""
    return result.conditions.drop(columns=["halved", "n_degs_rest", "n_control"])


def conditions(result: Result) -> pd.DataFrame:
    """Return one row a condition: context, perturbation, and facts that need profiles or tests.

    Returns
    -------
    Columns context, perturbation, n_degs (against control), n_cells, shift_norm (from control), combination, halved
    (whether each half has enough cells for a calibration), n_degs_rest, n_control (cells of the context).
    """
    from perturbdash.judgement.case import calibrated_rows

    frames = []
    for context, stats in result.stats.items():
        shift = stats.all_cells.mean - stats.control.mean
        tests, n = result.tests[context], len(stats.perturbations)
        frames.append(
            pd.DataFrame(
                {
                    "context": context,
                    "perturbation": list(stats.perturbations),
                    "n_degs": tests.degs("control").sum(1),
                    "n_cells": stats.all_cells.n.cpu().numpy().astype(int),
                    "shift_norm": shift.norm(dim=1).cpu().numpy(),
                    "combination": [len(result.dataset.parts[label]) > 1 for label in stats.perturbations],
                    "halved": np.isin(np.arange(n), calibrated_rows(stats)),
                    "n_degs_rest": tests.degs("rest").sum(1) if n > 1 else np.full(n, np.nan),
                    "n_control": int(stats.control.n.sum()),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def dynamic_ranges(result: Result, context: str) -> pd.DataFrame:
    """Return metric and dynamic_range: how far the positive control is better than the negative, mean of the halves.

    Parameters
    ----------
    context
        A context, or ``"pooled"``.
    """
    published = result.settings.calibration == "published"
    summary = result.metric_summary
    halves = summary[(summary["context"] == context) & (summary["truth"] != ALL_CELLS)]
    means = halves.groupby(["prediction", "metric"], sort=False)["mean"].mean()
    rows = []
    for metric, spec in METRICS.items():
        negative = means.get((negative_control_of(metric, published=published), metric), np.nan)
        positive = means.get((POSITIVE_CONTROLS[0], metric), np.nan)
        rows.append({"metric": metric, "dynamic_range": spec.direction * (positive - negative)})
    return pd.DataFrame(rows)
