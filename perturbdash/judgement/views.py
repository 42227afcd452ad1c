"""Tables for one look at a result: one perturbation gene by gene, the plane of shifts, covariates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from perturbdash.judgement.calibration import negative_control_of
from perturbdash.judgement.gene_everywhere import GeneEverywhere, gene_everywhere
from perturbdash.judgement.gene_view import PerturbationView, perturbation_view, reference_profiles
from perturbdash.judgement.nearest_view import NearestTruths, nearest_truths
from perturbdash.judgement.perturbation_rows import by_strength, perturbation_metrics, strongest
from perturbdash.judgement.plane_view import ReferenceView, reference_view
from perturbdash.metrics.registry import METRICS
from perturbdash.vocabulary import ALL_CELLS, POSITIVE_CONTROLS

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result

__all__ = [
    "GeneEverywhere",
    "NearestTruths",
    "PerturbationView",
    "ReferenceView",
    "by_strength",
    "covariates",
    "dynamic_ranges",
    "gene_everywhere",
    "nearest_truths",
    "perturbation_metrics",
    "perturbation_view",
    "reference_profiles",
    "reference_view",
    "strongest",
]


def covariates(result: Result) -> pd.DataFrame:
    """Return, for each condition, what may explain whether it can be told: DEGs, cells, effect size, kind."""
    frames = []
    for context, stats in result.stats.items():
        shift = stats.all_cells.mean - stats.control.mean
        frames.append(
            pd.DataFrame(
                {
                    "context": context,
                    "perturbation": list(stats.perturbations),
                    "n_degs": result.tests[context].degs("control").sum(1),
                    "n_cells": stats.all_cells.n.cpu().numpy().astype(int),
                    "shift_norm": shift.norm(dim=1).cpu().numpy(),
                    "combination": [len(result.dataset.parts[label]) > 1 for label in stats.perturbations],
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
