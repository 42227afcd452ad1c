"""Distances between profiles in torch, on any device, from differences and not from products."""

from __future__ import annotations

import torch
from torch import Tensor


def pairwise(rows: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
    """Return city-block and squared Euclidean distances, ``(n_rows, n_others)`` each."""
    l1 = torch.cdist(rows, others, p=1)
    l2 = torch.cdist(rows, others, p=2, compute_mode="donot_use_mm_for_euclid_dist")
    return l1, l2.square()


def masked_squares(rows: Tensor, others: Tensor, keep: Tensor) -> Tensor:
    """Return squared Euclidean distances over the genes that each row keeps, ``(n_rows, n_others)``."""
    found = [
        torch.cdist(row[None, kept], others[:, kept], p=2, compute_mode="donot_use_mm_for_euclid_dist")
        for row, kept in zip(rows, keep, strict=True)
    ]
    return torch.cat(found).square() if found else rows.new_empty((0, len(others)))
