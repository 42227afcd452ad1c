"""What an evaluation gives: every table, made when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch

from perturbdash.judgement import record
from perturbdash.judgement.calibration import Range, negative_control_of
from perturbdash.judgement.expression import ContextDe, context_de, de_anndata, degs_table
from perturbdash.judgement.findings import all_measured, findings_table
from perturbdash.judgement.recalibration import Calibration
from perturbdash.judgement.scores import Scores
from perturbdash.judgement.settings import Settings
from perturbdash.judgement.splits import Plan
from perturbdash.judgement.tables import metric_rows, metric_summary
from perturbdash.judgement.verdict import position_of, verdict_table
from perturbdash.statistics.systematic import systematic_variation
from perturbdash.vocabulary import POSITIVE_CONTROLS, Gate

if TYPE_CHECKING:
    import anndata as ad

    from perturbdash.io.alignment import AlignedPrediction
    from perturbdash.io.dataset import Dataset
    from perturbdash.judgement.finding import Finding
    from perturbdash.judgement.scoring import ContextCase
    from perturbdash.metrics.prediction import Prediction
    from perturbdash.statistics.context import ContextStatistics

TABLES = (
    "systematic_variation",
    "metrics",
    "metric_summary",
    "calibration",
    "calibration_summary",
    "verdict",
    "warnings",
    "degs",
)


@dataclass(frozen=True)
class Result:
    """Judgement of predictions on a data set; tables as attributes, each a ``pandas.DataFrame``.

    Parameters
    ----------
    dataset, settings
        What was evaluated, and how.
    cases, baselines
        By context: what is scored, and the baselines of its test perturbations.
    aligned
        The predictions over the genes that are scored.
    plans
        By context: who is tested, and who is train.
    folds
        Fold of each perturbation in the calibration.
    calibrated
        Scores against each half, and the calibration of the metrics.
    all_cells
        Scores against all cells.
    given_folds, given_halves
        Whether a table took the place of the seeded choice.
    halves_by, blocks_by
        Columns that halves and blocks come from.
    """

    dataset: Dataset
    settings: Settings
    cases: Mapping[str, ContextCase]
    baselines: Mapping[str, Mapping[str, Prediction]]
    aligned: tuple[AlignedPrediction, ...]
    plans: Mapping[str, Plan]
    folds: Mapping[str, int]
    calibrated: Calibration
    all_cells: Scores
    given_folds: bool = False
    given_halves: bool = False
    halves_by: str | None = None
    blocks_by: str | None = None

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models, in order of loading."""
        return tuple(prediction.name for prediction in self.aligned)

    @cached_property
    def stats(self) -> dict[str, ContextStatistics]:
        """Statistics by context."""
        return {context: case.stats for context, case in self.cases.items()}

    @property
    def contexts(self) -> tuple[str, ...]:
        """Names of the contexts."""
        return tuple(self.cases)

    @property
    def judges_a_fit(self) -> bool:
        """Whether no perturbation was held out, so that this judges a fit, not a prediction."""
        return any(plan.leave_one_out for plan in self.plans.values())

    @property
    def halves(self) -> tuple[Scores, ...]:
        """Scores against each half."""
        return self.calibrated.halves

    @property
    def block_codes(self) -> np.ndarray | None:
        """Blocks that are resampled together, ``(n_labels,)``, or None."""
        return self.calibrated.block_codes

    @property
    def ranges(self) -> tuple[Range, ...]:
        """Dynamic ranges against each half, for both positive controls."""
        return self.calibrated.ranges

    @cached_property
    def systematic_variation(self) -> pd.DataFrame:
        """Cosine of each shift to the average effect, for both references."""
        frames = [systematic_variation(stats, seed=self.settings.seed) for stats in self.stats.values()]
        return pd.concat(frames, ignore_index=True)

    @cached_property
    def metrics(self) -> pd.DataFrame:
        """One row a value: every prediction, perturbation, metric and truth."""
        return metric_rows([self.all_cells, *self.halves])

    @cached_property
    def metric_summary(self) -> pd.DataFrame:
        """Means over perturbations with intervals and counts."""
        return metric_summary([self.all_cells, *self.halves], self.settings, self.block_codes)

    @property
    def calibration(self) -> pd.DataFrame:
        """Dynamic range fraction of each perturbation, metric and truth."""
        return self.calibrated.table

    @property
    def calibration_summary(self) -> pd.DataFrame:
        """DRF, BDS and the gate of each metric."""
        return self.calibrated.summary

    @property
    def gates(self) -> dict[tuple[str, str], Gate]:
        """Gate by (context, metric), under the interpolated duplicate."""
        return self.calibrated.gates

    @cached_property
    def verdict(self) -> pd.DataFrame:
        """Outcome of each model on each metric against the hardest baseline."""
        published = self.settings.calibration == "published"
        negatives = [negative_control_of(m, published=published) for m in self.all_cells.metrics]
        positions = {
            model: position_of(list(self.halves), model, negatives, POSITIVE_CONTROLS[0])
            for model in self.all_cells.names("model")
            if all(model in scores.value for scores in self.halves)
        }
        return verdict_table(self.all_cells, self.gates, positions, self.settings, blocks=self.block_codes)

    @cached_property
    def warnings(self) -> pd.DataFrame:
        """Findings about each model and about the data set."""
        return findings_table(self._measured)

    @cached_property
    def near_warnings(self) -> pd.DataFrame:
        """Values that are near a threshold and no finding; columns as in ``warnings``."""
        return findings_table(self._measured, near=True)

    @cached_property
    def _measured(self) -> list[Finding]:
        return all_measured(self)

    @cached_property
    def tests(self) -> dict[str, ContextDe]:
        """Differential expression of all cells, by context."""
        drop = self.settings.targets == "drop"
        return {context: context_de(case, drop=drop) for context, case in self.cases.items()}

    @cached_property
    def degs(self) -> pd.DataFrame:
        """The differentially expressed genes of all cells, against control and against the rest."""
        return degs_table(self.stats, self.tests)

    @cached_property
    def de(self) -> ad.AnnData:
        """All genes: conditions × genes with means, shifts, t and p values as layers."""
        return de_anndata(self.stats, self.tests)

    @cached_property
    def run(self) -> dict[str, object]:
        """Every setting, seed, digest and version, and what was matched and left out."""
        return record.run_record(self)

    @property
    def device(self) -> torch.device:
        """Where the statistics lie."""
        return next(iter(self.stats.values())).control.mean.device

    def save(self, folder: str | Path) -> Path:
        """Write every table as CSV and Parquet, ``de.h5ad`` and ``run.json`` into a folder.

        Raises
        ------
        SettingsError
            If the folder cannot be written.
        """
        return record.save(self, Path(folder))
