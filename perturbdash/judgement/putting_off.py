"""Metrics whose time grows with the square of the number of perturbations, computed after all others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from perturbdash.judgement.progress import part
from perturbdash.judgement.recalibration import calibrate
from perturbdash.judgement.scores import Scores
from perturbdash.judgement.scoring import score_all_cells
from perturbdash.metrics.registry import METRICS
from perturbdash.vocabulary import ALL_CELLS, Progress

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result
    from perturbdash.statistics.context import ContextStatistics

PAIR_GENES_WAITED_FOR = 5e10
"""Differences that are summed for one table of predictions before nobody waits: about a second on two cores, and two
models are measured against three truths with ten tables in all. 2,500 perturbations × 8,000 genes are as many."""
HALVES_SHARE = 0.7
OF_NO_PAIR = ("systematic_variation", "tests", "degs", "stats")
"""What a result keeps of its tables when metrics are added."""


def put_off_metrics(stats: Iterable[ContextStatistics]) -> tuple[str, ...]:
    """Return the metrics that are not waited for in contexts of this size."""
    pair_genes = sum(len(one.perturbations) ** 2 * len(one.genes) for one in stats)
    if pair_genes <= PAIR_GENES_WAITED_FOR:
        return ()
    return tuple(name for name, spec in METRICS.items() if spec.cost == "all_pairs_l1")


def completed(result: Result, progress: Progress | None = None) -> Result:
    """Compute what was put off, and return the result that an evaluation which waits would have given.

    Parameters
    ----------
    progress
        Called before each prediction with the share done; it may raise ``Cancelled``.
    """
    if not result.put_off:
        return result
    old, calibrated = result.all_cells, result.calibrated
    later = calibrate(
        result.cases,
        result.folds,
        result.settings,
        judged=result.plans,
        labels=old.labels,
        progress=part(progress, 0.0, HALVES_SHARE),
        metrics=result.put_off,
    )
    all_cells = Scores(ALL_CELLS, result.put_off, old.labels, old.contexts)
    for context, case in result.cases.items():
        share = HALVES_SHARE + (1 - HALVES_SHARE) * case.index / len(result.cases)
        score_all_cells(
            case,
            all_cells,
            result.plans[context],
            result.settings,
            result.baselines[context],
            progress=part(progress, share, share + (1 - HALVES_SHARE) / len(result.cases)),
        )
    halves = tuple(now.completed(rest) for now, rest in zip(calibrated.halves, later.halves, strict=True))
    whole = replace(result, calibrated=replace(calibrated, halves=halves), all_cells=old.completed(all_cells))
    whole.__dict__.update({name: result.__dict__[name] for name in OF_NO_PAIR if name in result.__dict__})
    return whole
