"""Distances of the predictions of one model to all observed profiles, as ranks within each prediction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from perturbdash.judgement.nearest_view import NEAREST, NEAREST_COLUMNS, candidates
from perturbdash.judgement.retrieval_words import REPEAT
from perturbdash.judgement.scoring import calibrated_rows
from perturbdash.judgement.splits import calibration_plan
from perturbdash.metrics.distances import compare, targeted
from perturbdash.metrics.pair import Pair
from perturbdash.metrics.prediction import Prediction
from perturbdash.metrics.truth import Truth
from perturbdash.statistics.rowwise import row_blocks

if TYPE_CHECKING:
    from collections.abc import Collection

    from perturbdash.judgement.result import Result
    from perturbdash.vocabulary import Progress

Flags = NDArray[np.bool_]
Indices = NDArray[np.intp]
ROWS = 256
TIES_LOSE = "nir"


@dataclass(frozen=True)
class Nearness:
    """How near the predictions of one model come to each observed profile.

    Parameters
    ----------
    prediction, metric
        Whose, and by which rank variant.
    rows, columns
        Perturbations that are predicted, and the candidates: whose truth they are compared with.
    own
        ``(n_rows,)``: the column of each row's own truth.
    ranks
        ``(n_rows, n_columns)``, 1 for the nearest; the own truth stands behind those that tie with it.
    own_rank
        ``(n_rows,)``: rank of the own truth as the metric counts ties.
    distances
        ``(n_rows, n_columns)`` float32: log1p units, or 1 − cosine.
    """

    prediction: str
    metric: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    own: Indices
    ranks: NDArray[np.integer]
    own_rank: NDArray[np.float64]
    distances: NDArray[np.float32]

    @property
    def first(self) -> Indices:
        """The column of the nearest truth of each row, ``(n_rows,)``."""
        return np.argmin(self.ranks, axis=1) if self.ranks.size else np.empty(0, dtype=np.intp)

    def worst(self) -> str | None:
        """Return the perturbation whose own truth stands last; among equal ones the one that lies farthest off."""
        if not self.rows:
            return None
        own = self.distances[np.arange(len(self.rows)), self.own]
        nearest = self.distances[np.arange(len(self.rows)), self.first]
        order = np.lexsort((np.arange(len(self.rows)), -(own - nearest), -self.own_rank))
        return self.rows[int(order[0])]

    def nearest(self, perturbation: str, n: int = NEAREST) -> pd.DataFrame:
        """Return the nearest truths of one prediction, and its own wherever it stands.

        Returns
        -------
        pandas.DataFrame
            Columns as ``NearestTruths.table``: prediction, kind, candidate, distance, rank, own.
        """
        if perturbation not in self.rows:
            return pd.DataFrame(columns=list(NEAREST_COLUMNS))
        row = self.rows.index(perturbation)
        order = np.argsort(self.ranks[row], kind="stable")
        shown = order[:n] if self.own[row] in order[:n] else np.append(order[:n], self.own[row])
        return pd.DataFrame(
            {
                "prediction": self.prediction,
                "kind": "positive_control" if self.prediction == REPEAT else "model",
                "candidate": [self.columns[i] for i in shown],
                "distance": self.distances[row, shown].astype(float),
                "rank": self.ranks[row, shown].astype(int),
                "own": shown == self.own[row],
            }
        )

    def table(self, n: int = NEAREST) -> pd.DataFrame:
        """Return one row a prediction and near truth: the nearest ones and the own, the rows as they stand."""
        wide = np.argsort(self.ranks, axis=1, kind="stable")[:, :n]
        there = (wide == self.own[:, None]).any(1)
        rows = np.concatenate([np.repeat(np.arange(len(self.rows)), wide.shape[1]), np.flatnonzero(~there)])
        columns = np.concatenate([wide.ravel(), self.own[~there]])
        order = np.lexsort((self.ranks[rows, columns], rows))
        rows, columns = rows[order], columns[order]
        return pd.DataFrame(
            {
                "prediction": self.prediction,
                "perturbation": np.array(self.rows, dtype=object)[rows],
                "candidate": np.array(self.columns, dtype=object)[columns],
                "rank": self.ranks[rows, columns].astype(int),
                "distance": self.distances[rows, columns].astype(float),
                "own": columns == self.own[rows],
            }
        )


def nearness(
    result: Result,
    context: str,
    prediction: str,
    metric: str = "nir",
    *,
    only: Collection[str] | None = None,
    progress: Progress | None = None,
) -> Nearness:
    """Rank all observed profiles by their distance to each prediction, with the distances of the metric itself.

    Parameters
    ----------
    prediction
        A model, or ``technical_duplicate``: the second half of the cells, whose truth is the first half.
    metric
        ``nir``, ``pds_l1``, ``pds_l2`` or ``pds_cosine``; genes, candidates and ties are those of the metric.
    only
        Predictions of these perturbations alone; by default of all that are tested.
    progress
        Called before each block of predictions; it may raise ``Cancelled``.
    """
    truth, profiles, tested = _case(result, context, prediction)
    columns = truth.candidates.cpu().numpy()
    place = np.full(len(truth.perturbations), -1, dtype=np.intp)
    place[columns] = np.arange(len(columns))
    present = np.isfinite(profiles).all(1) & tested & truth.exists() & (place >= 0)
    if metric.startswith("pds_") and bool(targeted(truth).all()):
        present[:] = False
    names = np.array(truth.perturbations, dtype=object)
    if only is not None:
        present &= np.isin(names, list(only))
    rows = np.flatnonzero(present)
    ranks = np.empty((len(rows), len(columns)), dtype=np.uint16 if len(columns) < 2**16 else np.int32)
    distances = np.empty(ranks.shape, dtype=np.float32)
    own_rank = np.empty(len(rows))
    # Left-out targets are masked for all perturbations at once, so that blocks would repeat the work.
    for block in row_blocks(len(rows), len(rows) if truth.drop_targets else ROWS):
        if progress is not None:
            progress(block.start / len(rows), f"Measuring {block.start:,} of {len(rows):,} predictions")
        own = rows[block]
        found = _distances(truth, _prediction(prediction, profiles, own, truth), metric)[:, columns]
        ranks[block], own_rank[block] = _ranked(found, place[own], metric)
        distances[block] = (found.sqrt() if metric in ("nir", "pds_l2") else found).cpu().numpy()
    return Nearness(
        prediction, metric, tuple(names[rows]), tuple(names[columns]), place[rows], ranks, own_rank, distances
    )


def _prediction(name: str, profiles: NDArray[np.float64], rows: Indices, truth: Truth) -> Prediction:
    device = truth.observed.device
    index = torch.full((len(profiles),), -1, dtype=torch.int64)
    index[torch.from_numpy(rows)] = torch.arange(len(rows))
    return Prediction(name, "model", torch.from_numpy(profiles[rows]).to(device), index.to(device))


def _distances(truth: Truth, prediction: Prediction, metric: str) -> Tensor:
    """Return distances ``(n_predicted, n_perturbations)`` to all observed profiles, in the order of the metric."""
    pair = Pair(truth, prediction)
    if metric == "nir":
        table, index = pair.to_truths()
        return table[index[prediction.index >= 0]]
    kind = metric.removeprefix("pds_")
    table = pair.cosine_distances() if kind == "cosine" else pair.distances()[kind]
    return table[pair.row_index()[prediction.index >= 0]]


def _ranked(distance: Tensor, own: Indices, metric: str) -> tuple[NDArray[np.integer], NDArray[np.float64]]:
    """Rank the columns of each row, and return the rank of the own one as the metric counts ties."""
    column = torch.from_numpy(own).to(distance.device)[:, None]
    mine = distance.gather(1, column)
    nearer, tied = compare(distance, mine, scale=1.0 if metric == "pds_cosine" else None)
    others = torch.arange(distance.shape[1], device=distance.device) != column
    n_nearer, n_tied = ((found & others).sum(1) for found in (nearer, tied))
    last = torch.where(tied | ~others, distance, -torch.inf).amax(1, keepdim=True)
    moved = distance.scatter(1, column, torch.nextafter(last, torch.full_like(last, torch.inf)))
    order = moved.argsort(dim=1, stable=True)
    ranks = torch.empty_like(order).scatter_(
        1, order, torch.arange(1, distance.shape[1] + 1, device=distance.device).expand_as(order)
    )
    ties = n_tied if metric == TIES_LOSE else 0.5 * n_tied
    return ranks.cpu().numpy(), (1 + n_nearer + ties).to(torch.float64).cpu().numpy()


def _case(result: Result, context: str, prediction: str) -> tuple[Truth, NDArray[np.float64], Flags]:
    """Return the truth, ``(n_perturbations, n_genes)`` predicted profiles, and which perturbations are tested."""
    case, plan, folds = result.cases[context], result.plans[context], result.folds
    stats, only_test = case.stats, result.settings.candidates == "test"
    if prediction != REPEAT:
        chosen = np.flatnonzero(candidates(result, context))
        return _truth(result, context, stats.all_cells.mean, chosen), case.models[prediction], plan.test
    kept = calibrated_rows(stats)
    halves = stats.keep(torch.from_numpy(kept).to(stats.control.mean.device))
    dealt = calibration_plan(halves.perturbations, folds).test
    chosen = np.flatnonzero(dealt) if only_test else np.arange(len(kept))
    truth = _truth(result, context, halves.first.mean, chosen, halves.perturbations)
    tested = dealt & plan.test[kept] if plan.test.any() else dealt
    return truth, halves.second.mean.cpu().numpy(), tested


def _truth(
    result: Result,
    context: str,
    observed: Tensor,
    chosen: Indices,
    perturbations: tuple[str, ...] | None = None,
) -> Truth:
    """Return the observed profiles with what distances need; tests and lists of genes are left empty."""
    case = result.cases[context]
    names = case.stats.perturbations if perturbations is None else perturbations
    device, nothing = observed.device, observed.new_empty((0, 0))
    unused = dict.fromkeys(
        ("centroids", "noise", "weights", "degs_rest", "degs_control", "top20", "top50", "heg1000"), nothing
    )
    return Truth(
        perturbations=names,
        genes=case.stats.genes,
        observed=observed.contiguous(),
        control=case.stats.control.mean[0].contiguous(),
        fold=torch.zeros(len(names), dtype=torch.int64, device=device),
        targets=case.target_mask(names),
        drop_targets=result.settings.targets == "drop",
        candidates=torch.from_numpy(chosen).to(device),
        **unused,
    )
