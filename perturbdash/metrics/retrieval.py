"""Metrics of identity: whether the right perturbation is nearer than the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from perturbdash.metrics.distances import TIE, compare, targeted
from perturbdash.metrics.outcome import (
    FEWER_THAN_2_CANDIDATES,
    FEWER_THAN_2_PREDICTIONS,
    NO_GENES,
    Flags,
    Floats,
    Outcome,
)

if TYPE_CHECKING:
    from perturbdash.metrics.pair import Pair
    from perturbdash.metrics.truth import Truth


def nir(pair: Pair) -> Outcome:
    """Share of other perturbations whose observed profile is farther from the prediction; a tie is a loss."""
    distance = pair.to_truths()
    nearer, tie = compare(distance, distance.diagonal()[:, None])
    others = _others(pair.truth)
    losses = ((nearer | tie) & others).sum(1)
    n = others.sum(1)
    return Outcome(_share(n - losses, n), (_too_few_candidates(pair.truth),))


def pds(pair: Pair, *, distance: str) -> Outcome:
    """Rank of the right observed shift among all by distance to the prediction, from 1 (first) to 0 (last).

    Ties count one half. Genes that any perturbation targets are left out.
    """
    truth = pair.truth
    index = torch.from_numpy(pair.index).to(pair.rows.device).clamp(min=0)
    table = (pair.cosine_distances() if distance == "cosine" else pair.distances()[distance])[index]
    own = table.diagonal()[:, None]
    if distance == "cosine":
        # Angles come from products, whose rounding is absolute.
        tie = (table - own).abs() <= TIE
        nearer = (table < own) & ~tie
    else:
        nearer, tie = compare(table, own)
    others = _others(truth)
    rank = (nearer & others).sum(1) + 0.5 * (tie & others).sum(1)
    n = others.sum(1)
    nothing = np.full(len(pair.index), bool(targeted(truth).all()))
    return Outcome(_share(n - rank, n), (_too_few_candidates(truth), (NO_GENES, nothing)))


def truth_rank(pair: Pair) -> Outcome:
    """Share of other perturbations whose prediction is farther from the observed profile; ties count one half."""
    index = torch.from_numpy(pair.index).to(pair.rows.device)
    present = index >= 0
    n_others = int(present.sum()) - 1
    too_few = np.full(len(index), n_others < 1)
    undefined = (
        (FEWER_THAN_2_CANDIDATES, np.full(len(index), len(index) < 2)),
        (FEWER_THAN_2_PREDICTIONS, too_few),
    )
    if n_others < 1:
        return Outcome(np.full(len(index), np.nan), undefined)
    copies = torch.bincount(index[present], minlength=len(pair.rows)).to(torch.float64)
    distance = pair.to_predictions()
    nearer, tie = compare(distance, distance.gather(1, index.clamp(min=0)[:, None]))
    farther = (~nearer & ~tie).to(torch.float64) @ copies
    ties = tie.to(torch.float64) @ copies - 1.0
    return Outcome(_share(farther + 0.5 * ties, torch.full_like(farther, n_others)), undefined)


def _others(truth: Truth) -> Tensor:
    """Candidates of each perturbation but itself, boolean ``(n_perturbations, n_perturbations)``."""

    def make() -> Tensor:
        n = len(truth.perturbations)
        chosen = torch.zeros(n, dtype=torch.bool, device=truth.observed.device)
        chosen[truth.candidates] = True
        chosen &= torch.from_numpy(truth.exists()).to(chosen.device)
        return chosen & ~torch.eye(n, dtype=torch.bool, device=chosen.device)

    return truth.remember("others of each", make)


def _too_few_candidates(truth: Truth) -> tuple[str, Flags]:
    return FEWER_THAN_2_CANDIDATES, (_others(truth).sum(1) < 1).numpy(force=True)


def _share(part: Tensor, whole: Tensor) -> Floats:
    share: Floats = (part.to(torch.float64) / whole.to(torch.float64)).numpy(force=True)
    return share
