"""Scores of one context: every control, baseline and model against each half and against all cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from perturbdash.errors import DataError
from perturbdash.judgement.baselines import baselines, centroids, global_mean, positive_controls
from perturbdash.judgement.scores import Flags, Scores
from perturbdash.judgement.settings import Settings
from perturbdash.judgement.splits import Plan, calibration_plan
from perturbdash.metrics.compute import compute
from perturbdash.metrics.prediction import Prediction
from perturbdash.metrics.registry import METRICS
from perturbdash.metrics.truth import Truth, TruthTests, build_truth, run_tests
from perturbdash.vocabulary import CELLS_FOR_HALVES, FIRST_HALF, GLOBAL_MEAN

if TYPE_CHECKING:
    from perturbdash.statistics.context import ContextStatistics, Group

RETRIEVAL = tuple(name for name, spec in METRICS.items() if spec.retrieval)
SAME_AS_REFERENCE = 1e-9
HALVES: tuple[Literal["first"], Literal["second"]] = ("first", "second")


@dataclass(frozen=True)
class ContextCase:
    """What is scored in one context.

    Parameters
    ----------
    index
        Place of the context among all.
    stats
        Statistics of all its perturbations.
    models
        By name, ``(n_perturbations, n_genes)`` float64 profiles, NaN rows where a model predicts nothing.
    parts, targets
        By perturbation: what it is combined of, and its parts that are genes of the panel.
    """

    index: int
    stats: ContextStatistics
    models: Mapping[str, NDArray[np.float64]]
    parts: Mapping[str, tuple[str, ...]]
    targets: Mapping[str, tuple[str, ...]]

    @cached_property
    def tests(self) -> TruthTests:
        """Differential expression of all cells."""
        return run_tests(self.stats.all_cells, self.stats.control)

    def target_mask(self, perturbations: Sequence[str]) -> torch.Tensor:
        """Return ``(n_perturbations, n_genes)`` bool: the genes that each perturbation targets."""
        place = {gene: i for i, gene in enumerate(self.stats.genes)}
        mask = torch.zeros((len(perturbations), len(place)), dtype=torch.bool)
        for row, perturbation in enumerate(perturbations):
            for gene in self.targets.get(perturbation, ()):
                if gene in place:
                    mask[row, place[gene]] = True
        return mask.to(self.stats.control.mean.device)


def model_prediction(name: str, profiles: NDArray[np.float64], device: torch.device) -> Prediction:
    """Return a model's profiles as a prediction; rows of NaN are missing."""
    present = ~np.isnan(profiles).any(1)
    index = np.full(len(profiles), -1, dtype=np.int64)
    index[present] = np.arange(int(present.sum()))
    rows = torch.from_numpy(np.ascontiguousarray(profiles[present])).to(device)
    return Prediction(name=name, kind="model", rows=rows, index=torch.from_numpy(index).to(device))


def calibrated_rows(stats: ContextStatistics) -> NDArray[np.intp]:
    """Return the perturbations with enough cells in each of two halves."""
    smaller = torch.minimum(stats.first.n, stats.second.n).cpu().numpy()
    rows: NDArray[np.intp] = np.flatnonzero(smaller >= CELLS_FOR_HALVES // 2)
    return rows


def score_halves(
    case: ContextCase,
    halves: Sequence[Scores],
    folds: Mapping[str, int],
    judged: Plan,
    settings: Settings,
    *,
    own_control: bool = False,
) -> list[Flags]:
    """Score controls and models against each half, with the calibration's folds.

    With ``own_control`` a half t of the cells, as the truth, is measured from half t of the control cells, with
    mean c_t, which is the reference and what the truth's cells are tested against. A prediction y is measured from
    the other half, with mean c_o, and stands for y − c_o + c_t; ``control`` for c_t. So truth and prediction share
    no control cell, and their shifts no noise of a control mean.

    Parameters
    ----------
    folds
        Of the calibration, by label.
    judged
        Who is tested when models are judged; they are scored on nobody else.
    own_control
        Measure truth and predictions from different halves of the control cells.

    Raises
    ------
    DataError
        If a half of the control cells has no cell, where it is asked for.

    Returns
    -------
    For each of ``halves``, ``(n_labels,)``: whether the interpolated duplicate equals the average.
    """
    rows = calibrated_rows(case.stats)
    device = case.stats.control.mean.device
    stats = case.stats.keep(torch.from_numpy(rows).to(device))
    plan = calibration_plan(stats.perturbations, folds)
    tested = np.flatnonzero(plan.test)
    asked = judged.test[rows][tested]
    mean = centroids(stats, plan)
    control = _own_controls(stats) if own_control else dict.fromkeys(HALVES, stats.control)
    tests = {half: run_tests(getattr(stats, half), control[half]) for half in HALVES}
    shared = baselines(stats, plan, parts=case.parts, targets=case.targets, only=("mean", "control"))
    controls = {name: replace(prediction, kind="negative_control") for name, prediction in shared.items()}
    models = {name: model_prediction(name, own[rows], device) for name, own in case.models.items()}
    nothing_significant = []
    for scores in halves:
        first, second = HALVES
        half, other = (first, second) if scores.truth == FIRST_HALF else (second, first)
        places = _places(scores, stats, tested)
        scores.set_scope(case.index, places)
        truth = _truth(
            case, stats, getattr(stats, half), plan, mean, settings, tests[half], control=control[half]
        )
        positive = positive_controls(stats, other, plan, means=mean, p_adj=tests[other].rest.p_adj)
        for name, prediction in (controls | positive | models | {GLOBAL_MEAN: global_mean(stats)}).items():
            moved = _moved(prediction, control[other], control[half]) if own_control else prediction
            values = compute(truth, moved, _asked_of(name, scores.metrics))
            own = asked if prediction.kind == "model" else slice(None)
            scores.add(name, prediction.kind, case.index, rows=places[own], values=values, take=tested[own])
        same = np.zeros(len(scores.labels), dtype=bool)
        same[places] = _equals_mean(positive["interpolated_duplicate"], mean, plan)[tested]
        nothing_significant.append(same)
    return nothing_significant


def _own_controls(stats: ContextStatistics) -> dict[Literal["first", "second"], Group]:
    """Return the halves of the control cells, each with at least one cell."""
    found = {"first": stats.control_first, "second": stats.control_second}
    if any(int(half.n.sum()) == 0 for half in found.values()):
        raise DataError(
            f"Context {stats.context!r} has too few control cells ({int(stats.control.n.sum()):,}) for two halves of "
            "them; expected 2 or more: load data with more control cells."
        )
    return {half: found[half] for half in HALVES}


def _moved(prediction: Prediction, own: Group, truth: Group) -> Prediction:
    """Measure a prediction from a control half of its own: from the truth's control half it has that shift."""
    if prediction.name == "control":
        return replace(prediction, rows=truth.mean.expand(prediction.rows.shape))
    return replace(prediction, rows=prediction.rows + (truth.mean - own.mean))


def _asked_of(name: str, metrics: Sequence[str]) -> list[str]:
    """Return which metrics a control is computed for: the mean of all centroids stands for retrieval alone."""
    return [metric for metric in metrics if name != GLOBAL_MEAN or metric in RETRIEVAL]


def _places(scores: Scores, stats: ContextStatistics, tested: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the indices into the labels of the scores for the tested perturbations of a context."""
    labels = {label: i for i, label in enumerate(scores.labels)}
    return np.array([labels[stats.perturbations[i]] for i in tested], dtype=np.intp)


def score_all_cells(
    case: ContextCase,
    scores: Scores,
    plan: Plan,
    settings: Settings,
    made: Mapping[str, Prediction],
    *,
    models: Mapping[str, NDArray[np.float64]] | None = None,
) -> None:
    """Score baselines and models against all cells, on the test perturbations.

    Parameters
    ----------
    made
        The baselines, by name.
    models
        In place of those of the case.
    """
    stats = case.stats
    tested = np.flatnonzero(plan.fold >= 0)
    if not tested.size:
        return
    places = _places(scores, stats, tested)
    scores.set_scope(case.index, places)
    truth = _truth(case, stats, stats.all_cells, plan, centroids(stats, plan), settings, case.tests)
    device = stats.control.mean.device
    profiles = case.models if models is None else models
    predicted = {name: model_prediction(name, own, device) for name, own in profiles.items()}
    for name, prediction in (*made.items(), *predicted.items()):
        values = compute(truth, prediction, scores.metrics)
        scores.add(name, prediction.kind, case.index, rows=places, values=values, take=tested)


def _truth(
    case: ContextCase,
    stats: ContextStatistics,
    cells: Group,
    plan: Plan,
    mean: torch.Tensor,
    settings: Settings,
    tests: TruthTests,
    *,
    control: Group | None = None,
) -> Truth:
    fold = torch.from_numpy(plan.fold).to(mean.device)
    everything = torch.arange(len(stats.perturbations), device=mean.device)
    return build_truth(
        cells,
        perturbations=stats.perturbations,
        genes=stats.genes,
        control=stats.control if control is None else control,
        centroids=mean,
        fold=fold,
        targets=case.target_mask(stats.perturbations),
        drop_targets=settings.targets == "drop",
        candidates=everything[fold >= 0] if settings.candidates == "test" else everything,
        tests=tests,
    )


def _equals_mean(duplicate: Prediction, mean: torch.Tensor, plan: Plan) -> Flags:
    """Whether nothing was significant, so that interpolating gave the average back, ``(n_perturbations,)``."""
    same = np.zeros(len(plan.fold), dtype=bool)
    present = np.flatnonzero((duplicate.index.cpu().numpy() >= 0) & (plan.fold >= 0))
    if present.size:
        profiles = duplicate.rows[duplicate.index[torch.from_numpy(present).to(mean.device)]]
        distance = (profiles - mean[torch.from_numpy(plan.fold[present]).to(mean.device)]).norm(dim=1)
        same[present] = (distance <= SAME_AS_REFERENCE * profiles.norm(dim=1)).cpu().numpy()
    return same
