"""Scores of one context: every control, baseline and model against each half and against all cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from perturbdash.errors import DataError
from perturbdash.judgement.baselines import baselines, centroids, global_mean, positive_controls
from perturbdash.judgement.case import ContextCase, calibrated_rows, model_prediction
from perturbdash.judgement.scores import Flags, Scores
from perturbdash.judgement.settings import Settings
from perturbdash.judgement.splits import Plan, calibration_plan
from perturbdash.metrics.compute import MetricValues, compute
from perturbdash.metrics.prediction import Prediction
from perturbdash.metrics.truth import Truth, TruthTests, build_truth, run_tests
from perturbdash.statistics.rowwise import serial_blocks
from perturbdash.vocabulary import FIRST_HALF, Progress

if TYPE_CHECKING:
    from perturbdash.statistics.context import ContextStatistics, Group

__all__ = ["ContextCase", "calibrated_rows", "model_prediction", "score_all_cells", "score_halves"]

SAME_AS_REFERENCE = 1e-9
Half = Literal["first", "second"]
HALVES: tuple[Half, Half] = ("first", "second")


@dataclass(frozen=True)
class Halving:
    """A context whose halves are each once the truth and once the repeat.

    Parameters
    ----------
    stats
        Of the perturbations with enough cells.
    plan
        The folds of the calibration.
    mean
        ``(n_folds, n_genes)``: the perturbed centroids.
    control
        What each half is measured from.
    """

    stats: ContextStatistics
    plan: Plan
    mean: torch.Tensor
    control: Mapping[Half, Group]


def score_halves(
    case: ContextCase,
    halves: Sequence[Scores],
    folds: Mapping[str, int],
    judged: Plan,
    settings: Settings,
    *,
    own_control: bool = False,
    progress: Progress | None = None,
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
    progress
        Called before each prediction with the share done; it may raise ``Cancelled``.

    Raises
    ------
    DataError
        If a half of the control cells has no cell, where it is asked for.

    Returns
    -------
    For each of ``halves``, ``(n_labels,)``: whether the interpolated duplicate equals the average.
    """
    rows = calibrated_rows(case.stats)
    stats = case.stats.keep(torch.from_numpy(rows).to(case.stats.control.mean.device))
    plan = calibration_plan(stats.perturbations, folds)
    control = _own_controls(stats) if own_control else dict.fromkeys(HALVES, stats.control)
    halving = Halving(stats, plan, centroids(stats, plan), control)
    tested = np.flatnonzero(plan.test)
    asked = judged.test[rows][tested]
    truths, repeats = _truths_and_repeats(case, halving, {_half_of(scores) for scores in halves}, settings)
    shared = baselines(stats, plan, parts=case.parts, targets=case.targets, only=("mean", "control"))
    negative = [replace(prediction, kind="negative_control") for prediction in shared.values()]
    n_predictions = len(halves) * (len(negative) + 3 + len(case.models))
    nothing_significant, done = [], 0
    for scores in halves:
        half = _half_of(scores)
        other = HALVES[1 - HALVES.index(half)]
        places = _places(scores, stats, tested)
        scores.set_scope(case.index, places)
        truth = truths.pop(half)
        for prediction in chain(negative, repeats[other], _models(case, rows), [global_mean(stats)]):
            if progress is not None:
                progress(done / n_predictions, f"{prediction.name} against {scores.truth.replace('_', ' ')}")
            done += 1
            moved = _moved(prediction, control[other], control[half]) if own_control else prediction
            values = compute(truth, moved, scores.asked_of(prediction.name))
            own = asked if prediction.kind == "model" else slice(None)
            scores.add(prediction, case.index, rows=places[own], values=values, take=tested[own])
        same = np.zeros(len(scores.labels), dtype=bool)
        same[places] = _equals_mean(repeats[other][0], halving.mean, plan)[tested]
        nothing_significant.append(same)
    return nothing_significant


def _half_of(scores: Scores) -> Half:
    return "first" if scores.truth == FIRST_HALF else "second"


def _truths_and_repeats(
    case: ContextCase, halving: Halving, asked: set[Half], settings: Settings
) -> tuple[dict[Half, Truth], dict[Half, list[Prediction]]]:
    """Make the truth of each half that is asked for, and the positive controls that each half gives.

    The tests of a half are as large as everything else together, so they are let go before the next half's.
    """
    truths: dict[Half, Truth] = {}
    repeats: dict[Half, list[Prediction]] = {}
    stats = halving.stats
    for half in HALVES:
        cells = getattr(stats, half)
        p_adj = None
        if half in asked:
            tests = run_tests(cells, halving.control[half])
            truths[half] = _truth(
                case, stats, cells, halving.plan, halving.mean, settings, tests, control=halving.control[half]
            )
            p_adj = tests.rest.p_adj
            del tests
        made = positive_controls(stats, half, halving.plan, means=halving.mean, p_adj=p_adj)
        repeats[half] = [made["interpolated_duplicate"], made["technical_duplicate"]]
    return truths, repeats


def _models(case: ContextCase, rows: NDArray[np.intp] | None = None) -> Iterator[Prediction]:
    """Make one model's prediction after the other: each is a table of its own."""
    device = case.stats.control.mean.device
    for name, profiles in case.models.items():
        yield model_prediction(name, profiles, device, rows)


def _own_controls(stats: ContextStatistics) -> dict[Half, Group]:
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
    progress: Progress | None = None,
) -> None:
    """Score baselines and models against all cells, on the test perturbations.

    Parameters
    ----------
    made
        The baselines, by name.
    models
        In place of those of the case.
    progress
        Called before each prediction with the share done; it may raise ``Cancelled``.
    """
    stats = case.stats
    tested = np.flatnonzero(plan.fold >= 0)
    if not tested.size:
        return
    places = _places(scores, stats, tested)
    scores.set_scope(case.index, places)
    truth = _truth(case, stats, stats.all_cells, plan, centroids(stats, plan), settings, case.tests)
    judged = case if models is None else replace(case, models=models)
    n_predictions = len(made) + len(judged.models)
    found: dict[str, MetricValues] = {}
    for done, prediction in enumerate(chain(made.values(), _models(judged))):
        if progress is not None:
            progress(done / n_predictions, f"{prediction.name} against all cells")
        like = next(
            (name for name, other in made.items() if name in found and _same(other, prediction)), None
        )
        values = found[like] if like else compute(truth, prediction, scores.asked_of(prediction.name))
        scores.add(prediction, case.index, rows=places, values=values, take=tested)
        found[prediction.name] = values


def _same(one: Prediction, other: Prediction) -> bool:
    """Whether two baselines are one, as the mean and the mean of matching genes where nothing is combined."""
    return one.rows is other.rows and torch.equal(one.index, other.index)


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
    for block in serial_blocks(len(present), mean.shape[1]):
        rows = present[block]
        profiles = duplicate.rows[duplicate.index[torch.from_numpy(rows).to(mean.device)]]
        distance = (profiles - mean[torch.from_numpy(plan.fold[rows]).to(mean.device)]).norm(dim=1)
        same[rows] = (distance <= SAME_AS_REFERENCE * profiles.norm(dim=1)).cpu().numpy()
    return same
