"""Predictions that know nothing of a perturbation, or only what was measured: baselines and controls."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch

from perturbdash.judgement.linear import linear_profiles
from perturbdash.judgement.splits import Plan, calibration_plan
from perturbdash.judgement.splits import folds as deal_folds
from perturbdash.metrics.prediction import Prediction
from perturbdash.vocabulary import BASELINES, FIRST, GLOBAL_MEAN, Kind

if TYPE_CHECKING:
    from torch import Tensor

    from perturbdash.statistics.context import ContextStatistics

LINEAR_FOLDS = 5
Parts = Mapping[str, Sequence[str]]


def centroids(stats: ContextStatistics, plan: Plan) -> Tensor:
    """Return the perturbed centroid of each fold: one perturbation of its train set, one vote.

    Source: Viñas Torné et al. 2025, 10.1038/s41587-025-02777-8.

    Returns
    -------
    ``(n_folds, n_genes)`` log1p, NaN where a fold leaves nothing to train on.
    """
    return _train_means(stats, plan, torch.ones_like(stats.all_cells.n))


def cell_means(stats: ContextStatistics, plan: Plan) -> Tensor:
    """Return the mean over all cells of the train set of each fold, ``(n_folds, n_genes)``."""
    return _train_means(stats, plan, stats.all_cells.n)


def _train_means(stats: ContextStatistics, plan: Plan, votes: Tensor) -> Tensor:
    mean = stats.all_cells.mean
    weights = torch.from_numpy(plan.train).to(mean) * votes
    return weights @ mean / weights.sum(1, keepdim=True)


def baselines(
    stats: ContextStatistics,
    plan: Plan,
    *,
    parts: Parts,
    targets: Parts,
    mean: Literal["centroid", "cell"] = "centroid",
    others: Sequence[tuple[ContextStatistics, Plan]] = (),
    seed: int = 0,
    folds: Mapping[str, int] | None = None,
    only: Collection[str] = BASELINES,
) -> dict[str, Prediction]:
    """Make the baselines for the tested perturbations of a context, in the order of the tables.

    Parameters
    ----------
    stats
        Of the context.
    plan
        What is tested, and what may have been seen.
    parts, targets
        By perturbation: what it is combined of, and its parts that are genes of the panel.
    mean
        How the mean over the train set is weighted.
    others
        The other contexts, each with its plan; ``transfer_mean`` is absent without them.
    seed, folds
        Folds for ``linear`` where nothing is held out: given by label, or dealt by the seed.
    only
        Names to make.

    Returns
    -------
    By name; a perturbation that is not tested, or for which a baseline is undefined, has index -1.
    """
    wanted = [name for name in BASELINES if name in only and (name != "transfer_mean" or others)]
    means = (centroids if mean == "centroid" else cell_means)(stats, plan)
    made = {}
    for name in wanted:
        if name == "mean":
            made[name] = _prediction(name, means, _by_fold(plan, means))
        elif name == "control":
            made[name] = _prediction(name, stats.control.mean, _by_fold(plan, means).clamp(max=0))
        elif name == "matching_mean":
            made[name] = _matching_mean(stats, plan, parts, means)
        elif name == "additive":
            made[name] = _additive(stats, plan, parts)
        elif name == "linear":
            own = _linear_plan(stats, plan, folds, seed)
            made[name] = _prediction(
                name, linear_profiles(stats, own, parts=parts, targets=targets), _tested(plan, means)
            )
        else:
            made[name] = _transfer_mean(stats, plan, others)
    return made


def _prediction(name: str, rows: Tensor, index: Tensor, kind: Kind = "baseline") -> Prediction:
    """Keep the rows that are used and defined; what points to another has index -1."""
    usable = torch.zeros(len(rows), dtype=torch.bool, device=rows.device)
    usable[index[index >= 0]] = True
    usable &= rows.isfinite().all(1)
    place = torch.where(usable, usable.cumsum(0) - 1, -1)
    found = torch.where(index >= 0, place[index.clamp(min=0)], -1)
    return Prediction(name=name, kind=kind, rows=rows if bool(usable.all()) else rows[usable], index=found)


def _by_fold(plan: Plan, like: Tensor) -> Tensor:
    return torch.from_numpy(plan.fold).to(like.device)


def _tested(plan: Plan, like: Tensor) -> Tensor:
    """Index of one row for each perturbation, -1 where it is not tested."""
    return torch.from_numpy(np.where(plan.test, np.arange(len(plan.fold)), -1)).to(like.device)


def _parts_seen(
    stats: ContextStatistics, plan: Plan, parts: Parts
) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """For each perturbation, the rows of its parts as singles of its train set.

    Returns
    -------
    ``(n_perturbations, n_parts)``; -1 where a part is not in train, -2 beyond the last part. A perturbation is
    never its own part, also where nothing is held out.
    """
    place = {label: i for i, label in enumerate(stats.perturbations)}
    widest = max((len(parts[p]) for p in stats.perturbations), default=1)
    rows = np.full((len(place), widest), -2, dtype=np.int64)
    for i, label in enumerate(stats.perturbations):
        if plan.fold[i] < 0:
            continue
        train = plan.train[plan.fold[i]]
        for j, part in enumerate(parts[label]):
            at = place.get(part, -1)
            rows[i, j] = at if at >= 0 and at != i and train[at] else -1
    return rows


def _sum_of_rows(table: Tensor, rows: Tensor) -> Tensor:
    """Sum rows of a table, ``(n_sums, n_genes)`` from ``(n_sums, n_parts)`` indices; negative ones add nothing."""
    total = torch.zeros((len(rows), table.shape[1]), dtype=table.dtype, device=table.device)
    for column in rows.T:
        has = column >= 0
        total[has] += table[column[has]]
    return total


def _matching_mean(stats: ContextStatistics, plan: Plan, parts: Parts, means: Tensor) -> Prediction:
    seen = _parts_seen(stats, plan, parts)
    combined = np.flatnonzero(plan.test & ((seen != -2).sum(1) > 1))
    n, device = len(seen), means.device
    fallback = len(means) + 0 * seen[combined] + n - len(means) + plan.fold[combined, None]
    rows = np.where(seen[combined] == -1, fallback, seen[combined])
    sums = _sum_of_rows(torch.cat([stats.all_cells.mean, means]), torch.from_numpy(rows).to(device))
    n_parts = torch.from_numpy((rows != -2).sum(1)).to(sums)
    index = plan.fold.copy()
    index[combined] = len(means) + np.arange(len(combined))
    profiles = torch.cat([means, sums / n_parts[:, None]])
    return _prediction("matching_mean", profiles, torch.from_numpy(index).to(device))


def _additive(stats: ContextStatistics, plan: Plan, parts: Parts) -> Prediction:
    seen = _parts_seen(stats, plan, parts)
    known = np.flatnonzero(plan.test & (seen != -1).all(1))
    control = stats.control.mean[0]
    rows = torch.from_numpy(seen[known]).to(control.device)
    profiles = control + _sum_of_rows(stats.all_cells.mean - control, rows)
    index = np.full(len(seen), -1, dtype=np.int64)
    index[known] = np.arange(len(known))
    return _prediction("additive", profiles, torch.from_numpy(index).to(control.device))


def _linear_plan(stats: ContextStatistics, plan: Plan, folds: Mapping[str, int] | None, seed: int) -> Plan:
    if not plan.leave_one_out:
        return plan
    given = deal_folds(stats.perturbations, LINEAR_FOLDS, seed) if folds is None else folds
    return calibration_plan(stats.perturbations, given)


def _transfer_mean(
    stats: ContextStatistics, plan: Plan, others: Sequence[tuple[ContextStatistics, Plan]]
) -> Prediction:
    """Add to control the mean shift that a perturbation has in the other contexts where it was train."""
    like = stats.all_cells.mean
    total = torch.zeros_like(like)
    count = torch.zeros(len(like), dtype=like.dtype, device=like.device)
    for other, other_plan in others:
        here, there = _shared_train(stats, plan, other, other_plan)
        total[here] += other.all_cells.mean[there] - other.control.mean
        count[here] += 1
    return _prediction("transfer_mean", stats.control.mean + total / count[:, None], _tested(plan, like))


def _shared_train(
    stats: ContextStatistics, plan: Plan, other: ContextStatistics, other_plan: Plan
) -> tuple[Tensor, Tensor]:
    """Rows here and there of the tested perturbations that the other context may show."""
    place = {label: i for i, label in enumerate(other.perturbations)}
    pairs = [
        (i, place[label])
        for i, label in enumerate(stats.perturbations)
        if plan.test[i]
        and label in place
        and (plan.leave_one_out or _was_train(other_plan, plan.fold[i], place[label]))
    ]
    rows = torch.tensor(pairs, dtype=torch.int64, device=stats.all_cells.mean.device).reshape(-1, 2)
    return rows[:, 0], rows[:, 1]


def _was_train(plan: Plan, fold: int, row: int) -> bool:
    return not plan.leave_one_out and bool(plan.train[fold, row])


def positive_controls(
    stats: ContextStatistics,
    duplicate: Literal["first", "second"],
    plan: Plan,
    *,
    means: Tensor | None = None,
    p_adj: Tensor | None = None,
) -> dict[str, Prediction]:
    """Say what repeating the experiment would give, from the half that is not the truth.

    The interpolated duplicate takes, gene by gene, α of the duplicate and 1 - α of the fold's mean, with α one
    minus the adjusted p of that half against the other perturbed cells of the half.
    Source: Miller et al. 2025, 10.1101/2025.10.20.683304.

    Parameters
    ----------
    stats
        Of a context.
    duplicate
        The half to predict with.
    plan
        Folds of the calibration.
    means
        ``(n_folds, n_genes)``; by default the perturbed centroids.
    p_adj
        ``(n_perturbations, n_genes)`` of that half against rest, where it is known already.
    """
    from perturbdash.statistics.de import rest, welch

    half = stats.first if duplicate == FIRST else stats.second
    means = centroids(stats, plan) if means is None else means
    if p_adj is None:
        p_adj = welch(half, rest(half), method="t-test_overestim_var").p_adj
    weight = 1 - p_adj.nan_to_num(nan=1.0)
    tested = _tested(plan, half.mean)
    average = means[_by_fold(plan, means).clamp(min=0)]
    interpolated = weight * half.mean + (1 - weight) * average
    return {
        "interpolated_duplicate": _prediction(
            "interpolated_duplicate", interpolated, tested, "positive_control"
        ),
        "technical_duplicate": _prediction("technical_duplicate", half.mean, tested, "positive_control"),
    }


def global_mean(stats: ContextStatistics) -> Prediction:
    """Predict the mean of all centroids for every perturbation: the negative control of retrieval metrics.

    Source: Schäfer et al. 2026, 10.64898/2026.07.23.740433.
    """
    rows = stats.all_cells.mean.mean(0, keepdim=True)
    index = torch.zeros(len(stats.perturbations), dtype=torch.int64, device=rows.device)
    return _prediction(GLOBAL_MEAN, rows, index, "negative_control")
