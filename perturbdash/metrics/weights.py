"""Weights of genes from test statistics."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from perturbdash.statistics.rowwise import for_row_blocks, row_blocks

ROWS_AT_ONCE = 1024


def gene_weights(t: Tensor, *, without: Tensor | None = None) -> Tensor:
    """Weight genes by the squared, rescaled size of their t statistic; each row sums to 1.

    An infinite t counts as the largest finite one. A row whose t are all equal, or not known, is NaN.
    Source: Miller et al. 2025, 10.1101/2025.10.20.683304; Mejia et al. 2025, arXiv 2506.22641.

    Parameters
    ----------
    t
        ``(n_perturbations, n_genes)``, against the other perturbed cells.
    without
        Boolean ``(n_perturbations, n_genes)``: genes that are taken out of a row; their weight is 0.

    Examples
    --------
    >>> gene_weights(torch.tensor([[0.0, -1.0, 2.0], [1.0, 1.0, 1.0]], dtype=torch.float64)).tolist()
    [[0.0, 0.2, 0.8], [nan, nan, nan]]
    """
    return (_weigh_compiled if t.device.type == "cpu" else _weigh_torch)(t, without)


def _weigh_torch(t: Tensor, without: Tensor | None) -> Tensor:
    weights = torch.empty_like(t)
    for rows in row_blocks(len(t), ROWS_AT_ONCE):
        size = t[rows].abs()
        out = torch.zeros_like(size, dtype=torch.bool) if without is None else without[rows]
        infinite = torch.isinf(size)
        finite = torch.where(infinite | out, -torch.inf, size).amax(1, keepdim=True)
        size = torch.where(infinite, finite, size)
        low = torch.where(out, torch.inf, size).amin(1, keepdim=True)
        # Rows of equal t differ by rounding alone; their weights would be noise.
        low = torch.where(finite - low <= 1e-12 * finite, torch.nan, low)
        weight = torch.where(out, 0.0, (size - low) / (finite - low)).square_()
        weights[rows] = weight / weight.sum(1, keepdim=True)
        weights[rows][torch.isnan(weights[rows]).any(1)] = torch.nan
    return weights


def _weigh_compiled(t: Tensor, without: Tensor | None) -> Tensor:
    from perturbdash.metrics.kernels.truth_compiled import weigh

    values = t.contiguous().numpy()
    out = np.empty((len(t), 0), np.bool_) if without is None else without.contiguous().numpy()
    weights = np.empty(values.shape)
    for_row_blocks(lambda rows: weigh(values[rows], out[rows], weights[rows]), len(t))
    return torch.from_numpy(weights)
