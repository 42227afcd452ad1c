"""The calibration of all metrics: that of a result, and made anew on other moments of the same data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from perturbdash.judgement.calibrated import Calibration
from perturbdash.judgement.progress import part
from perturbdash.judgement.scores import Scores
from perturbdash.judgement.scoring import ContextCase, score_halves
from perturbdash.judgement.settings import Settings
from perturbdash.judgement.splits import NEVER_TESTED, Plan, folds
from perturbdash.metrics.registry import METRICS
from perturbdash.statistics.context import ContextStatistics, context_statistics
from perturbdash.vocabulary import FIRST_HALF, SECOND_HALF, Mode, Progress, Truth

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result
    from perturbdash.statistics.moments import Moments

__all__ = ["Calibration", "calibrate", "recalibrate", "recalibrate_statistics", "truths_of"]


def truths_of(mode: Mode) -> tuple[Truth, ...]:
    """Return the halves that are the truth in a calibration: each once, or as published the first alone."""
    return (FIRST_HALF,) if mode == "published" else (FIRST_HALF, SECOND_HALF)


def calibrate(
    cases: Mapping[str, ContextCase],
    calibration_folds: Mapping[str, int],
    settings: Settings,
    *,
    judged: Mapping[str, Plan],
    labels: Sequence[str],
    blocks: np.ndarray | None = None,
    progress: Progress | None = None,
    metrics: Sequence[str] = tuple(METRICS),
    put_off: Sequence[str] = (),
    own_control: bool = False,
) -> Calibration:
    """Score the controls, and the models of the cases, against each half.

    Parameters
    ----------
    cases, judged
        By context: what is scored, and on whom models are scored.
    calibration_folds
        Fold of each perturbation.
    labels
        All perturbations of all contexts, sorted.
    blocks
        ``(n_labels,)`` codes of blocks that are resampled together.
    progress
        Called before each prediction; it may raise ``Cancelled``.
    metrics
        Names; all by default.
    put_off
        Those of them that are computed later.
    own_control
        Truth and predictions are measured from different halves of the control cells (see `score_halves`).
    """
    halves = [
        Scores(truth, tuple(metrics), tuple(labels), tuple(cases), tuple(put_off))
        for truth in truths_of(settings.calibration)
    ]
    same = np.zeros((len(halves), len(labels), len(cases)), dtype=bool)
    for index, (context, case) in enumerate(cases.items()):
        words = f"Calibrating {context}" if len(cases) > 1 else "Calibrating"
        same[..., index] = score_halves(
            case,
            halves,
            calibration_folds,
            judged[context],
            settings,
            own_control=own_control,
            progress=part(progress, index / len(cases), (index + 1) / len(cases), f"{words}: "),
        )
    return Calibration(settings, tuple(halves), same, blocks)


def recalibrate(
    result: Result, moments: Moments, *, seed: int | None = None, progress: Progress | None = None
) -> Calibration:
    """Calibrate the metrics anew on other moments of the data set of a result, without its models.

    Genes, contexts, settings, given folds and blocks stay those of the result.

    Parameters
    ----------
    moments
        Of the same genes and contexts: of other halves, of other labels, or of fewer cells.
    seed
        Of folds and resampling; by default that of the result.
    progress
        Called before each context; it may raise ``Cancelled``.
    """
    settings = result.settings if seed is None else replace(result.settings, seed=seed)
    device = result.device
    place = {gene: i for i, gene in enumerate(moments.genes)}
    genes = next(iter(result.stats.values())).genes
    taken = moments.take_genes(np.array([place[gene] for gene in genes], dtype=np.intp))
    stats = {context: context_statistics(taken, context, device) for context in result.contexts}
    return recalibrate_statistics(result, stats, settings, progress)


def recalibrate_statistics(
    result: Result,
    stats: Mapping[str, ContextStatistics],
    settings: Settings,
    progress: Progress | None = None,
    *,
    metrics: Sequence[str] = tuple(METRICS),
    own_control: bool = False,
) -> Calibration:
    """Calibrate metrics anew on other statistics of the contexts of a result (see `recalibrate`, `calibrate`)."""
    labels = result.halves[0].labels
    assigned = result.folds
    if settings.seed != result.settings.seed and not result.given_folds:
        assigned = folds(
            labels,
            settings.n_folds,
            settings.seed,
            combinations_only=settings.combination_folds,
            parts=result.dataset.parts,
        )
    cases: dict[str, ContextCase] = {}
    plans: dict[str, Plan] = {}
    for index, (context, own) in enumerate(stats.items()):
        cases[context] = ContextCase(index, own, {}, result.dataset.parts, result.dataset.targets)
        plans[context] = _nobody_judged(len(own.perturbations))
    return calibrate(
        cases,
        assigned,
        settings,
        judged=plans,
        labels=labels,
        blocks=result.block_codes,
        progress=progress,
        metrics=metrics,
        own_control=own_control,
    )


def _nobody_judged(n: int) -> Plan:
    return Plan(np.full(n, NEVER_TESTED, dtype=np.int64), np.zeros((0, n), dtype=bool))
