"""Sums over genes in torch, on any device."""

from __future__ import annotations

import torch
from torch import Tensor

from perturbdash.metrics.kernels.columns import N_COLUMNS, ROUNDING
from perturbdash.statistics.rowwise import row_blocks

ROWS_AT_ONCE = 1024  # bounds the temporaries; a device is given as much as it can do at once


def weighted_sums(
    rows: Tensor,
    index: Tensor,
    observed: Tensor,
    control: Tensor,
    *,
    centroids: Tensor,
    fold: Tensor,
    weights: Tensor,
) -> Tensor:
    """Sum over genes for each pair of a predicted and an observed profile.

    Parameters
    ----------
    rows, index
        ``(n_distinct, n_genes)`` and ``(n_perturbations,)`` into it, -1 for none.
    observed, control
        ``(n_perturbations, n_genes)`` and ``(n_genes,)``.
    centroids, fold
        ``(n_centroids, n_genes)`` and ``(n_perturbations,)`` into it.
    weights
        ``(n_perturbations, n_genes)``, float64 or a boolean set of genes.

    Returns
    -------
    Tensor
        ``(n_perturbations, N_COLUMNS)``; NaN where there is no prediction.
    """
    table = torch.empty((len(index), N_COLUMNS), dtype=torch.float64, device=rows.device)
    for block in row_blocks(len(observed), ROWS_AT_ONCE):
        x, w = observed[block], weights[block].to(torch.float64)
        here = index[block]
        y = torch.where(here[:, None] < 0, torch.nan, rows[here.clamp(min=0)])
        error = y - x
        columns = [w.sum(1), _sum(w, y * y), _sum(w, error * error), _sum(w, error.abs())]
        move = y - control
        same = (move * (x - control) > 0) & (move.abs() > ROUNDING * y.abs())
        columns.append(_sum(w, same.to(torch.float64)))
        for reference in (None, control, centroids[fold[block]]):
            a, b = (y, x) if reference is None else (y - reference, x - reference)
            mean, other = (_sum(w, v)[:, None] / w.sum(1, keepdim=True) for v in (a, b))
            columns += [mean[:, 0], _sum(w, (a - mean).square()), _sum(w, (a - mean) * (b - other))]
        table[block] = torch.stack(columns, 1)
        table[block][here < 0] = torch.nan
    return table


def _sum(w: Tensor, values: Tensor) -> Tensor:
    """Weighted sum over genes; a gene of weight 0 does not count even where its value is NaN."""
    return torch.where(w == 0, 0.0, w * values).sum(1)
