"""Positive controls, what repeating the experiment would give, and the negative control of retrieval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import torch

from perturbdash.judgement.means import centroids, fold_index, own_index, prediction
from perturbdash.statistics.de import rest, welch
from perturbdash.statistics.rowwise import for_row_blocks, serial_rows
from perturbdash.vocabulary import FIRST, GLOBAL_MEAN

if TYPE_CHECKING:
    from torch import Tensor

    from perturbdash.judgement.splits import Plan
    from perturbdash.metrics.prediction import Prediction
    from perturbdash.statistics.context import ContextStatistics


def positive_controls(
    stats: ContextStatistics,
    duplicate: Literal["first", "second"],
    plan: Plan,
    *,
    means: Tensor | None = None,
    p_adj: Tensor | None = None,
) -> dict[str, Prediction]:
    """Predict the tested perturbations from the half that is not the truth.

    The interpolated duplicate takes, gene by gene, a share α of the duplicate and 1 - α of the fold's mean;
    α is one minus the adjusted p of that half against the other perturbed cells of the half.
    Source: Miller et al. 2025, 10.1101/2025.10.20.683304.

    Parameters
    ----------
    stats
        Of a context.
    duplicate
        The half to predict with.
    plan
        Folds of the calibration.
    means
        ``(n_folds, n_genes)``; by default the perturbed centroids.
    p_adj
        ``(n_perturbations, n_genes)`` of that half against rest, where it is known already.

    Returns
    -------
    ``interpolated_duplicate`` and ``technical_duplicate``; index -1 where the half has no cells, or there is
    no mean to interpolate with.
    """
    half = stats.first if duplicate == FIRST else stats.second
    means = centroids(stats, plan) if means is None else means
    if p_adj is None:
        p_adj = welch(half, rest(half), method="t-test_overestim_var").p_adj
    fold = fold_index(plan, means).clamp(min=0)
    interpolated = torch.empty_like(half.mean)

    def work(block: slice) -> None:
        weight = 1 - p_adj[block].nan_to_num(nan=1.0)
        interpolated[block] = weight * half.mean[block] + (1 - weight) * means[fold[block]]

    for_row_blocks(work, len(interpolated), size=serial_rows(interpolated.shape[1]))
    profiles = {"interpolated_duplicate": interpolated, "technical_duplicate": half.mean}
    tested = own_index(plan, means)
    return {name: prediction(name, rows, tested, "positive_control") for name, rows in profiles.items()}


def global_mean(stats: ContextStatistics) -> Prediction:
    """Predict the mean of all centroids for every perturbation, tested or not.

    Source: Schäfer et al. 2026, 10.64898/2026.07.23.740433.
    """
    rows = stats.all_cells.mean.mean(0, keepdim=True)
    index = torch.zeros(len(stats.perturbations), dtype=torch.int64, device=rows.device)
    return prediction(GLOBAL_MEAN, rows, index, "negative_control")
