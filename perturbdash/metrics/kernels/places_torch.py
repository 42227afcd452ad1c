"""Where genes stand when a row is sorted from its largest value down, in torch, on any device."""

from __future__ import annotations

import torch
from torch import Tensor


def locate(scores: Tensor, row: Tensor, gene: Tensor, k: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return, for each entry, how many genes score higher, how many at least as high, and if it is among k.

    Parameters
    ----------
    scores
        ``(n_rows, n_genes)``.
    row, gene, k
        ``(n_entries,)``: where the entry stands in ``scores``, and how many first genes are asked for.
    """
    n_genes = scores.shape[1]
    ordered = scores.sort(dim=1).values
    above = n_genes - torch.searchsorted(ordered, scores, right=True)[row, gene]
    upto = n_genes - torch.searchsorted(ordered, scores)[row, gene]
    order = scores.argsort(dim=1, descending=True, stable=True)
    place = torch.empty_like(order)
    place.scatter_(1, order, torch.arange(n_genes, device=scores.device).expand(order.shape))
    return above, upto, place[row, gene] < k
