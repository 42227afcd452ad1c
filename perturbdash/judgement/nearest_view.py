"""Whose truth is nearest to the predictions of one perturbation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from perturbdash.judgement.gene_view import predicted_profiles
from perturbdash.metrics.distances import compare
from perturbdash.statistics.rowwise import row_blocks

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result

Flags = NDArray[np.bool_]
NEAREST = 5
NEAREST_COLUMNS = ("prediction", "kind", "candidate", "distance", "rank", "own")


@dataclass(frozen=True)
class NearestTruths:
    """The observed profiles nearest to what is predicted for one perturbation.

    Parameters
    ----------
    table
        prediction, kind, candidate (a perturbation), distance (Euclidean, log1p units), rank (1: nearest), own (the
        perturbation itself, which is always there): the nearest first within a prediction.
    n_others
        How many other perturbations are candidates.
    n_genes
        Over which the distances are.
    """

    table: pd.DataFrame
    n_others: int
    n_genes: int


def nearest_truths(
    result: Result, context: str, perturbation: str, *, n: int = NEAREST, drop_targets: bool = False
) -> NearestTruths:
    """Rank the observed profiles of all perturbations by their distance to the predictions of one.

    The distance is that of ``nir``, from the same candidates: those of the context, or its test perturbations where
    the settings say so. The rank of the own truth counts a tie as ahead of it, so that ``nir`` is the share of the
    others behind it.

    Parameters
    ----------
    n
        How many of the nearest.
    drop_targets
        Leave out the targeted genes, as the settings may also do.
    """
    stats = result.stats[context]
    row = stats.perturbations.index(perturbation)
    kept = _genes(result, context, row, drop=drop_targets or result.settings.targets == "drop")
    others = candidates(result, context)
    others[row] = False
    shown = np.flatnonzero(others | (np.arange(len(others)) == row))
    rows = []
    for name, kind, profile in predicted_profiles(result, context, row)[0]:
        squares = _squares(stats.all_cells.mean, torch.tensor(profile, device=result.device), kept)
        ranks = _ranks(squares, row, others)
        order = shown[np.argsort(squares.cpu().numpy()[shown], kind="stable")]
        order = order[np.argsort(ranks[order], kind="stable")]
        first = order[:n] if row in order[:n] else np.append(order[:n], row)
        rows += [
            (name, kind, stats.perturbations[i], float(squares[i].sqrt()), int(ranks[i]), i == row)
            for i in first.tolist()
        ]
    return NearestTruths(
        pd.DataFrame(rows, columns=list(NEAREST_COLUMNS)), int(others.sum()), int(kept.sum())
    )


def candidates(result: Result, context: str) -> Flags:
    """Return which perturbations of a context retrieval chooses from, ``(n_perturbations,)``."""
    stats, plan = result.stats[context], result.plans[context]
    there: Flags = stats.all_cells.n.cpu().numpy() > 0
    return there & plan.test if result.settings.candidates == "test" else there


def _genes(result: Result, context: str, row: int, *, drop: bool) -> torch.Tensor:
    stats = result.stats[context]
    targets = result.dataset.targets.get(stats.perturbations[row], ()) if drop else ()
    return torch.from_numpy(~np.isin(np.array(stats.genes, dtype=object), list(targets))).to(result.device)


def _squares(observed: torch.Tensor, profile: torch.Tensor, kept: torch.Tensor) -> torch.Tensor:
    """Return squared Euclidean distances from exact differences, ``(n_perturbations,)``."""
    found = torch.empty(len(observed), dtype=torch.float64, device=observed.device)
    left_out = torch.nonzero(~kept)[:, 0]
    for block in row_blocks(len(observed), 64):
        difference = (observed[block] - profile).square_()
        difference[:, left_out] = 0.0
        found[block] = difference.sum(1)
    return found


def _ranks(squares: torch.Tensor, row: int, others: Flags) -> NDArray[np.int64]:
    """Rank the candidates; who ties with the perturbation's own truth stands before it."""
    nearer, tied = (found.cpu().numpy() for found in compare(squares, squares[row]))
    own = 1 + int(((nearer | tied) & others).sum())
    ranks = np.zeros(len(others), dtype=np.int64)
    order = np.flatnonzero(others)[np.argsort(squares.cpu().numpy()[others], kind="stable")]
    place = np.arange(1, len(order) + 1)
    ranks[order] = place + (place >= own)
    ranks[row] = own
    return ranks
