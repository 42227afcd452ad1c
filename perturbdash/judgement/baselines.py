"""Predictions that know nothing of a perturbation, or only what was measured of it elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from perturbdash.judgement.controls import global_mean, positive_controls
from perturbdash.judgement.linear import linear_profiles
from perturbdash.judgement.lookups import additive, matching_mean, transfer_mean
from perturbdash.judgement.means import cell_means, centroids, fold_index, own_index, prediction
from perturbdash.judgement.splits import Plan, calibration_plan
from perturbdash.judgement.splits import folds as deal
from perturbdash.vocabulary import BASELINES

if TYPE_CHECKING:
    from torch import Tensor

    from perturbdash.metrics.prediction import Prediction
    from perturbdash.statistics.context import ContextStatistics

__all__ = ["baselines", "cell_means", "centroids", "global_mean", "positive_controls"]

LINEAR_FOLDS = 5


def baselines(
    stats: ContextStatistics,
    plan: Plan,
    *,
    parts: Mapping[str, Sequence[str]],
    targets: Mapping[str, Sequence[str]],
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
    means = (centroids if mean == "centroid" else cell_means)(stats, plan)
    makers: dict[str, Callable[[], Prediction]] = {
        "mean": lambda: prediction("mean", means, fold_index(plan, means)),
        "control": lambda: prediction("control", stats.control.mean, fold_index(plan, means).clamp(max=0)),
        "matching_mean": lambda: matching_mean(stats, plan, parts, means),
        "additive": lambda: additive(stats, plan, parts),
        "linear": lambda: _linear(stats, plan, parts, targets, within=_linear_plan(stats, plan, folds, seed)),
    }
    if others:
        makers["transfer_mean"] = lambda: transfer_mean(stats, plan, others)
    return {name: makers[name]() for name in BASELINES if name in makers and name in only}


def _linear(
    stats: ContextStatistics,
    plan: Plan,
    parts: Mapping[str, Sequence[str]],
    targets: Mapping[str, Sequence[str]],
    *,
    within: Plan,
) -> Prediction:
    profiles: Tensor = linear_profiles(stats, within, parts=parts, targets=targets)
    return prediction("linear", profiles, own_index(plan, profiles))


def _linear_plan(stats: ContextStatistics, plan: Plan, folds: Mapping[str, int] | None, seed: int) -> Plan:
    """Folds where nothing is held out: a fit on the tested perturbation would not be a prediction."""
    if not plan.leave_one_out:
        return plan
    given = deal(stats.perturbations, LINEAR_FOLDS, seed) if folds is None else folds
    return calibration_plan(stats.perturbations, given)
