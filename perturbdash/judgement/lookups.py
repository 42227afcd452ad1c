"""Baselines that look up what was measured elsewhere: single perturbations, or other contexts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from perturbdash.judgement.means import own_index, prediction
from perturbdash.judgement.parts_seen import NO_PART, NOT_SEEN, parts_seen

if TYPE_CHECKING:
    from torch import Tensor

    from perturbdash.judgement.splits import Plan
    from perturbdash.metrics.prediction import Prediction
    from perturbdash.statistics.context import ContextStatistics


def matching_mean(
    stats: ContextStatistics, plan: Plan, parts: Mapping[str, Sequence[str]], means: Tensor
) -> Prediction:
    """Average the train centroids of the parts of a combination, with the mean in place of an unseen part.

    Source: Viñas Torné et al. 2025, 10.1038/s41587-025-02777-8.

    Parameters
    ----------
    means
        ``(n_folds, n_genes)``: the mean baseline, which is also the prediction for a single.
    """
    seen = parts_seen(stats.perturbations, plan, parts)
    combined = np.flatnonzero(plan.test & ((seen != NO_PART).sum(1) > 1))
    rows, index, profiles = seen[combined], plan.fold.copy(), means
    if len(combined):
        rows = np.where(rows == NOT_SEEN, len(seen) + plan.fold[combined, None], rows)
        table = torch.cat([stats.all_cells.mean, means])
        n_parts = torch.from_numpy((rows != NO_PART).sum(1)).to(means)
        profiles = torch.cat([means, _sums_of_rows(table, rows) / n_parts[:, None]])
        index[combined] = len(means) + np.arange(len(combined))
    return prediction("matching_mean", profiles, torch.from_numpy(index).to(means.device))


def additive(stats: ContextStatistics, plan: Plan, parts: Mapping[str, Sequence[str]]) -> Prediction:
    """Add the train shifts of the parts of a combination to control, where every part was seen as a single.

    Source: Ahlmann-Eltze et al. 2025, 10.1038/s41592-025-02772-6.
    """
    seen = parts_seen(stats.perturbations, plan, parts)
    known = np.flatnonzero(plan.test & (seen != NOT_SEEN).all(1))
    control = stats.control.mean[0]
    profiles = control + _sums_of_rows(stats.all_cells.mean - control, seen[known])
    index = np.full(len(seen), -1, dtype=np.int64)
    index[known] = np.arange(len(known))
    return prediction("additive", profiles, torch.from_numpy(index).to(control.device))


def _sums_of_rows(table: Tensor, rows: NDArray[np.int64]) -> Tensor:
    """Sum rows of a table by ``(n_sums, n_parts)`` indices, of which negative ones add nothing."""
    total = table.new_zeros((len(rows), table.shape[1]))
    for column in torch.from_numpy(rows.T.copy()).to(table.device):
        has = column >= 0
        total[has] += table[column[has]]
    return total


def transfer_mean(
    stats: ContextStatistics, plan: Plan, others: Sequence[tuple[ContextStatistics, Plan]]
) -> Prediction:
    """Add to control the mean shift that a perturbation has in the other contexts where it was train.

    Where nothing is held out here, all other contexts show theirs.

    Parameters
    ----------
    others
        The other contexts with the plans of the same judgement.
    """
    like = stats.all_cells.mean
    total, count = torch.zeros_like(like), like.new_zeros(len(like))
    for other, other_plan in others:
        here, there = _shared_train(stats, plan, other, other_plan)
        total[here] += other.all_cells.mean[there] - other.control.mean
        count[here] += 1
    return prediction("transfer_mean", stats.control.mean + total / count[:, None], own_index(plan, like))


def _shared_train(
    stats: ContextStatistics, plan: Plan, other: ContextStatistics, other_plan: Plan
) -> tuple[Tensor, Tensor]:
    """Rows, here and there, of the tested perturbations that the other context may show."""
    place = {label: i for i, label in enumerate(other.perturbations)}
    pairs = [
        (i, place[label])
        for i, label in enumerate(stats.perturbations)
        if plan.test[i]
        and label in place
        and (plan.leave_one_out or _was_train(other_plan, int(plan.fold[i]), place[label]))
    ]
    rows = torch.tensor(pairs, dtype=torch.int64, device=stats.all_cells.mean.device).reshape(-1, 2)
    return rows[:, 0], rows[:, 1]


def _was_train(plan: Plan, fold: int, row: int) -> bool:
    return not plan.leave_one_out and bool(plan.train[fold, row])
