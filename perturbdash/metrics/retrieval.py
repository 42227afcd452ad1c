"""Metrics of identity: whether the right perturbation is nearer than the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from perturbdash.metrics.distances import compare, targeted
from perturbdash.metrics.outcome import (
    FEWER_THAN_2_CANDIDATES,
    FEWER_THAN_2_PREDICTIONS,
    NO_GENES,
    Flags,
    Floats,
    Outcome,
)
from perturbdash.statistics.rowwise import serial_blocks

if TYPE_CHECKING:
    from perturbdash.metrics.pair import Pair
    from perturbdash.metrics.truth import Truth


def nir(pair: Pair) -> Outcome:
    """Share of other perturbations whose observed profile is farther from the prediction; a tie is a loss."""
    distance, index = pair.to_truths()
    nearer, tied = _nearer_and_tied(pair.truth, distance, index)
    n = _n_others(pair.truth)
    return Outcome(_share(n - nearer - tied, n), (_too_few_candidates(pair.truth),))


def pds(pair: Pair, *, distance: str) -> Outcome:
    """Rank of the right observed shift among all by distance to the prediction, from 1 (first) to 0 (last).

    Ties count one half. Genes that any perturbation targets are left out.
    """
    truth = pair.truth
    angles = distance == "cosine"
    table = pair.cosine_distances() if angles else pair.distances()[distance]
    # Angles come from products, whose rounding is absolute.
    nearer, tied = _nearer_and_tied(truth, table, pair.row_index(), scale=1.0 if angles else None)
    n = _n_others(truth)
    nothing = np.full(len(n), bool(targeted(truth).all()))
    return Outcome(_share(n - nearer - 0.5 * tied, n), (_too_few_candidates(truth), (NO_GENES, nothing)))


def truth_rank(pair: Pair) -> Outcome:
    """Share of other perturbations whose prediction is farther from the observed profile.

    Ties count one half. The others are those that this prediction has a profile for.
    """
    index, present = pair.row_index(), pair.index >= 0
    n_others = int(present.sum()) - 1
    undefined = (
        (FEWER_THAN_2_CANDIDATES, np.full(len(index), len(index) < 2)),
        (FEWER_THAN_2_PREDICTIONS, np.full(len(index), n_others < 1)),
    )
    copies = torch.bincount(index[torch.from_numpy(present).to(index.device)], minlength=len(pair.rows))
    copies = copies.to(torch.float64)
    distance = pair.to_predictions()
    farther = torch.empty(len(index), dtype=torch.float64, device=index.device)
    for block in serial_blocks(*distance.shape):
        found = distance[block]
        nearer, tie = compare(found, found.gather(1, index[block, None]))
        # A perturbation's own prediction ties with itself.
        farther[block] = (~nearer & ~tie).to(torch.float64) @ copies
        farther[block] += 0.5 * (tie.to(torch.float64) @ copies - 1.0)
    return Outcome(_share(farther, torch.full_like(farther, n_others)), undefined)


def _nearer_and_tied(
    truth: Truth, distance: Tensor, index: Tensor, *, scale: float | None = None
) -> tuple[Tensor, Tensor]:
    """Count, for each perturbation, the other candidates nearer than itself and as near.

    Parameters
    ----------
    distance
        ``(n_rows, n_perturbations)`` to the observed profiles.
    index
        ``(n_perturbations,)``: the row of each.
    scale
        As for :func:`compare`.
    """
    chosen = _candidates(truth)
    counts = torch.empty((2, len(index)), dtype=torch.int64, device=distance.device)
    itself = torch.arange(len(index), device=distance.device)
    for block in serial_blocks(len(index), distance.shape[1]):
        found = distance[index[block]]
        own = itself[block, None]
        found_nearer, found_tie = compare(found, found.gather(1, own), scale=scale)
        others = chosen & (itself != own)
        counts[0, block] = (found_nearer & others).sum(1)
        counts[1, block] = (found_tie & others).sum(1)
    return counts[0], counts[1]


def _candidates(truth: Truth) -> Tensor:
    """Which perturbations others are compared with, boolean ``(n_perturbations,)``."""

    def make() -> Tensor:
        chosen = torch.zeros(len(truth.perturbations), dtype=torch.bool, device=truth.observed.device)
        chosen[truth.candidates] = True
        return chosen & torch.from_numpy(truth.exists()).to(chosen.device)

    return truth.remember("candidates", make)


def _n_others(truth: Truth) -> Tensor:
    chosen = _candidates(truth).to(torch.int64)
    return chosen.sum() - chosen


def _too_few_candidates(truth: Truth) -> tuple[str, Flags]:
    return FEWER_THAN_2_CANDIDATES, (_n_others(truth) < 1).numpy(force=True)


def _share(part: Tensor, whole: Tensor) -> Floats:
    share: Floats = (part.to(torch.float64) / whole.to(torch.float64)).numpy(force=True)
    return share
