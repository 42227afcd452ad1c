"""Averages over train sets, and the way from profiles to a prediction that holds each of them once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from perturbdash.metrics.lists import finite_rows
from perturbdash.metrics.prediction import Prediction

if TYPE_CHECKING:
    from perturbdash.judgement.splits import Plan
    from perturbdash.statistics.context import ContextStatistics
    from perturbdash.vocabulary import Kind


def centroids(stats: ContextStatistics, plan: Plan) -> Tensor:
    """Return the perturbed centroid of each fold: one perturbation of its train set, one vote.

    Source: Viñas Torné et al. 2025, 10.1038/s41587-025-02777-8.

    Returns
    -------
    ``(n_folds, n_genes)`` log1p, NaN where a fold leaves nothing to train on.
    """
    return _train_means(stats, plan, torch.ones_like(stats.all_cells.n))


def cell_means(stats: ContextStatistics, plan: Plan) -> Tensor:
    """Return the mean over all cells of the train set of each fold, ``(n_folds, n_genes)`` log1p."""
    return _train_means(stats, plan, stats.all_cells.n)


def _train_means(stats: ContextStatistics, plan: Plan, votes: Tensor) -> Tensor:
    mean = stats.all_cells.mean
    weights = torch.from_numpy(plan.train).to(mean) * votes
    return weights @ mean / weights.sum(1, keepdim=True)


def prediction(name: str, rows: Tensor, index: Tensor, kind: Kind = "baseline") -> Prediction:
    """Keep the profiles that are used and defined; what points to another has index -1.

    Parameters
    ----------
    rows
        ``(n_rows, n_genes)``; NaN where undefined.
    index
        ``(n_perturbations,)`` int64, -1 where nothing is predicted.
    """
    usable = torch.zeros(len(rows), dtype=torch.bool, device=rows.device)
    usable[index[index >= 0]] = True
    usable &= torch.from_numpy(finite_rows(rows)).to(rows.device)
    place = torch.where(usable, usable.cumsum(0) - 1, -1)
    found = torch.full_like(index, -1)
    found[index >= 0] = place[index[index >= 0]]
    return Prediction(name=name, kind=kind, rows=rows if bool(usable.all()) else rows[usable], index=found)


def fold_index(plan: Plan, like: Tensor) -> Tensor:
    """Return the fold of each perturbation, -1 where it is not tested, on the device of ``like``."""
    return torch.from_numpy(plan.fold).to(like.device)


def own_index(plan: Plan, like: Tensor) -> Tensor:
    """Return each perturbation's own row, -1 where it is not tested, on the device of ``like``."""
    return torch.from_numpy(np.where(plan.test, np.arange(len(plan.fold)), -1)).to(like.device)
