"""Metrics of identity: whether the right perturbation is nearer than the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from perturbdash.metrics.distances import candidates, targeted
from perturbdash.metrics.nearness import L1, SQUARES
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
    nearer, tied = pair.nearness().counts[SQUARES]
    n = _n_others(pair.truth)
    return Outcome(_share(n - nearer - tied, n), (_too_few_candidates(pair.truth),))


def pds(pair: Pair, *, distance: str) -> Outcome:
    """Rank of the right observed shift among all by distance to the prediction, from 1 (first) to 0 (last).

    Ties count one half. Genes that any perturbation targets are left out.
    """
    truth = pair.truth
    nearer, tied = pair.city_block_counts() if distance == L1 else pair.nearness().counts[distance]
    n = _n_others(truth)
    nothing = np.full(len(n), bool(targeted(truth).all()))
    return Outcome(_share(n - nearer - 0.5 * tied, n), (_too_few_candidates(truth), (NO_GENES, nothing)))


def truth_rank(pair: Pair) -> Outcome:
    """Share of other perturbations whose prediction is farther from the observed profile.

    Ties count one half. The others are those that this prediction has a profile for.
    """
    n = len(pair.index)
    n_others = int((pair.index >= 0).sum()) - 1
    undefined = (
        (FEWER_THAN_2_CANDIDATES, np.full(n, n < 2)),
        (FEWER_THAN_2_PREDICTIONS, np.full(n, n_others < 1)),
    )
    # A perturbation's own prediction ties with itself.
    return Outcome(_share(pair.nearness().farther - 0.5, np.full(n, n_others)), undefined)


def _n_others(truth: Truth) -> NDArray[np.int64]:
    chosen = candidates(truth).numpy(force=True).astype(np.int64)
    others: NDArray[np.int64] = chosen.sum() - chosen
    return others


def _too_few_candidates(truth: Truth) -> tuple[str, Flags]:
    return FEWER_THAN_2_CANDIDATES, _n_others(truth) < 1


def _share(part: Floats | NDArray[np.int64], whole: NDArray[np.int64]) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        share: Floats = part / whole
    return share
