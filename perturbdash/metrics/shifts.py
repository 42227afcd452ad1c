"""Shifts of profiles from a reference, gene by gene, free of rounding noise."""

from __future__ import annotations

import torch
from torch import Tensor

from perturbdash.metrics.kernels.columns import ROUNDING
from perturbdash.statistics.rowwise import serial_blocks


def shifts(profiles: Tensor, references: Tensor, *, rows: Tensor, which: Tensor) -> Tensor:
    """Subtract a reference from profiles; a difference that is rounding of equal numbers becomes 0.

    Two ways of averaging the same cells differ by some 1e-16 of the value, and a rank would take that for a
    change.

    Parameters
    ----------
    profiles, references
        ``(n_profiles, n_genes)`` and ``(n_references, n_genes)``.
    rows, which
        ``(n_shifts,)`` each: the profile and the reference of a shift.

    Returns
    -------
    Tensor
        ``(n_shifts, n_genes)``.

    Examples
    --------
    >>> y = torch.tensor([[0.1 + 0.2, 2.0]], dtype=torch.float64)
    >>> first = torch.tensor([0])
    >>> shifts(y, torch.tensor([[0.3, 1.5]], dtype=torch.float64), rows=first, which=first).tolist()
    [[0.0, 0.5]]
    """
    found = profiles.new_empty((len(rows), profiles.shape[1]))
    for block in serial_blocks(*found.shape):
        profile = profiles[rows[block]]
        shift = torch.sub(profile, references[which[block]], out=found[block])
        shift.masked_fill_(shift.abs() <= profile.abs_().mul_(ROUNDING), 0.0)
    return found
