"""Which metrics pass their gate although labels of perturbed cells are permuted, so that nothing is left to tell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from perturbdash.judgement.needing_cells import NULL_CHECK
from perturbdash.judgement.null_trials import TRIALS, check_trials
from perturbdash.judgement.progress import part
from perturbdash.judgement.recalibration import recalibrate
from perturbdash.statistics.accumulate import moments_of
from perturbdash.statistics.halves import assign_groups
from perturbdash.statistics.regrouping import groupings_a_pass, permuted_labels

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result
    from perturbdash.vocabulary import Progress

READ_SHARE = 0.6
KEYS = ["context", "metric", "positive_control"]


@dataclass(frozen=True, eq=False)
class NullCheck:
    """The calibration of the labels as they are, beside that of permuted ones.

    Parameters
    ----------
    seed, trials
        Each trial has a stream of random numbers of its own.
    passes
        How often the cells were read.
    table
        ``calibration_summary`` of each trial behind one another, with the columns trial (0: labels as they are) and
        labels (``observed`` or ``permuted``) in front.
    """

    seed: int
    trials: int
    passes: int
    table: pd.DataFrame

    @cached_property
    def spread(self) -> pd.DataFrame:
        """One row a context, metric and positive control, in the order of the table.

        Columns drf_mean, drf_low, drf_high, bds, gate, n and negative_control of the labels as they are; null_mean,
        null_lowest and null_highest: DRF over trials, null_n: trials with a value, null_informative: trials in which
        the gate is passed.
        """
        observed = self.table[self.table["trial"] == 0].drop(columns=["trial", "labels"])
        permuted = self.table[self.table["trial"] > 0]
        permuted = permuted.assign(passed=permuted["gate"] == "informative")
        drf = permuted.groupby(KEYS, sort=False)["drf_mean"]
        found = pd.DataFrame(
            {
                "null_mean": drf.mean(),
                "null_lowest": drf.min(),
                "null_highest": drf.max(),
                "null_n": drf.count(),
                "null_informative": permuted.groupby(KEYS, sort=False)["passed"].sum(),
            }
        )
        kept = [*KEYS, "negative_control", "drf_mean", "drf_low", "drf_high", "bds", "n", "gate"]
        return observed[kept].merge(found.reset_index(), on=KEYS, how="left")

    def record(self) -> dict[str, object]:
        """Return what ``run.json`` says of it."""
        return {"trials": self.trials, "seed": self.seed, "passes_over_the_cells": self.passes}


def null_check(result: Result, trials: int = TRIALS, *, progress: Progress | None = None) -> NullCheck:
    """Permute the labels of the perturbed cells within each context, and calibrate everything again.

    Control cells, folds, genes and settings stay; halves are those of the result's seed. One pass over the cells
    serves as many trials as fit into memory.

    Parameters
    ----------
    trials
        1 to 20.
    progress
        Called with the share done and a short text; it may raise ``Cancelled``.

    Raises
    ------
    SettingsError
        If the number of trials is out of range.
    DataError
        If the cells cannot be read any more.
    """
    check_trials(trials)
    at_once = _trials_a_pass(result)
    batches = [range(start, min(start + at_once, trials + 1)) for start in range(1, trials + 1, at_once)]
    frames = [result.calibration_summary.assign(trial=0, labels="observed")]
    for index, batch in enumerate(batches):
        step = part(progress, index / len(batches), (index + 1) / len(batches))
        frames += _permuted(result, batch, step)
    table = pd.concat(frames, ignore_index=True)
    front = ["trial", "labels"]
    table = table[[*front, *(column for column in table.columns if column not in front)]]
    return NullCheck(result.settings.seed, trials, len(batches), table)


def null_passes(result: Result, trials: int) -> int:
    """Return how often the cells are read for a number of trials."""
    return -(-trials // _trials_a_pass(result))


def _trials_a_pass(result: Result) -> int:
    dataset = result.dataset
    counts = np.asarray(dataset.cell_counts)
    return groupings_a_pass(2 * int((counts > 0).sum()) + 20 * len(counts), len(dataset.genes))


def _permuted(result: Result, batch: range, progress: Progress | None) -> list[pd.DataFrame]:
    """Return the summary of each trial of a batch, from one pass over the cells."""
    dataset, seed = result.dataset.cells_for(NULL_CHECK), result.settings.seed
    given = result.halves_table
    groupings = [
        assign_groups(permuted_labels(dataset, seed=seed, trial=trial, given=given), seed=seed, given=given)
        for trial in batch
    ]
    device = result.device.type
    read = moments_of(dataset, groupings, device=device, progress=part(progress, 0, READ_SHARE))
    frames = []
    for index, trial in enumerate(batch):
        share = (1 - READ_SHARE) / len(batch)
        step = part(progress, READ_SHARE + share * index, READ_SHARE + share * (index + 1))
        if step is not None:
            step(0.0, f"Calibrating permuted labels, trial {trial}")
        frames.append(recalibrate(result, read[index], progress=step).summary)
    return [frame.assign(trial=trial, labels="permuted") for frame, trial in zip(frames, batch, strict=True)]
