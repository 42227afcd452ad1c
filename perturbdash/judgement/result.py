"""What an evaluation gives: every table, made when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from perturbdash.judgement.calibrated import Calibration
from perturbdash.judgement.calibration import Range, negative_control_of
from perturbdash.judgement.null_trials import TRIALS
from perturbdash.judgement.scores import Scores
from perturbdash.judgement.settings import Settings
from perturbdash.judgement.splits import Plan
from perturbdash.judgement.tables import metric_rows, metric_summary
from perturbdash.judgement.verdict import position_of, verdict_table
from perturbdash.vocabulary import POSITIVE_CONTROLS, Gate, Progress

if TYPE_CHECKING:
    import anndata as ad
    import torch

    from perturbdash.io.alignment import AlignedPrediction
    from perturbdash.io.dataset import Dataset
    from perturbdash.judgement.column_halves import ColumnHalves
    from perturbdash.judgement.expression import ContextDe
    from perturbdash.judgement.finding import Finding
    from perturbdash.judgement.further import FurtherTables
    from perturbdash.judgement.null_check import NullCheck
    from perturbdash.judgement.scoring import ContextCase
    from perturbdash.judgement.titration import Titration
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
    halves_table
        Columns ``cell`` and ``half``, where the halves are not the seeded ones.
    column_halves
        Halves by a column, where they took the place of the seeded ones.
    blocks_by
        Column that blocks come from.
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
    halves_table: pd.DataFrame | None = None
    column_halves: ColumnHalves | None = None
    blocks_by: str | None = None

    @property
    def halves_by(self) -> str | None:
        """Column that the halves come from."""
        return None if self.column_halves is None else self.column_halves.column

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
    def put_off(self) -> tuple[str, ...]:
        """Metrics that are not computed yet (see `completed`)."""
        return self.all_cells.put_off

    def completed(self, *, progress: Progress | None = None) -> Result:
        """Return the result with the metrics that an evaluation with ``wait=False`` put off; itself without any."""
        from perturbdash.judgement.putting_off import completed

        return completed(self, progress)

    @property
    def has_profiles(self) -> bool:
        """Whether statistics and predictions are in memory."""
        return True

    def read_profiles(self, progress: Progress) -> None:
        """Read statistics and predictions where they are not in memory."""

    @cached_property
    def genes(self) -> tuple[str, ...]:
        """Genes that are scored."""
        return tuple(next(iter(self.stats.values())).genes)

    @cached_property
    def perturbations(self) -> dict[str, tuple[str, ...]]:
        """Perturbations with cells, by context, sorted."""
        return {context: stats.perturbations for context, stats in self.stats.items()}

    @cached_property
    def conditions(self) -> pd.DataFrame:
        """Facts of each condition (see `perturbdash.judgement.table_views.conditions`)."""
        from perturbdash.judgement.table_views import conditions

        return conditions(self)

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
        from perturbdash.statistics.systematic import systematic_variation

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
    def scores_without_targets(self) -> Scores:
        """Headline scores of baselines and models against all cells, without the targeted genes."""
        from perturbdash.judgement.findings import scores_without_targets

        return scores_without_targets(self)

    @cached_property
    def verdict_without_targets(self) -> pd.DataFrame:
        """The verdict on the headline metrics without the targeted genes; columns as ``verdict``."""
        from perturbdash.judgement.findings import without_targets

        return without_targets(self)

    @cached_property
    def warnings(self) -> pd.DataFrame:
        """Findings about each model and about the data set."""
        from perturbdash.judgement.findings import findings_table

        return findings_table(self._measured)

    @cached_property
    def near_warnings(self) -> pd.DataFrame:
        """Values that are near a threshold and no finding; columns as in ``warnings``."""
        from perturbdash.judgement.findings import findings_table

        return findings_table(self._measured, near=True)

    @cached_property
    def _measured(self) -> list[Finding]:
        from perturbdash.judgement.findings import all_measured

        return all_measured(self)

    @cached_property
    def tests(self) -> dict[str, ContextDe]:
        """Differential expression of all cells, by context."""
        from perturbdash.judgement.expression import context_de

        drop = self.settings.targets == "drop"
        return {context: context_de(case, drop=drop) for context, case in self.cases.items()}

    @cached_property
    def degs(self) -> pd.DataFrame:
        """The differentially expressed genes of all cells, against control and against the rest."""
        from perturbdash.judgement.expression import degs_table

        return degs_table(self.stats, self.tests)

    @cached_property
    def de(self) -> ad.AnnData:
        """All genes: conditions × genes with means, shifts, t and p values as layers."""
        from perturbdash.judgement.expression import de_anndata

        return de_anndata(self.stats, self.tests)

    def gameability(
        self, model: str, *, context: str | None = None, progress: Progress | None = None
    ) -> pd.DataFrame:
        """Return the scores of a model after its own prediction was made worse, to see which metric can be fooled.

        Parameters
        ----------
        model
            Name of a model.
        context
            A context, or ``"pooled"``; by default all of them.
        progress
            Called with the share done; it may raise ``Cancelled``.

        Returns
        -------
        One row a context, treatment (``scaled``, ``blended``, ``exaggerated``, ``noised``, ``shuffled``), level and
        metric: value, unchanged, change (positive = better), dynamic_range, change_in_range, kept, rank,
        rank_unchanged, n_ranked, n. It is computed once (see `perturbdash.judgement.gameability`).

        Raises
        ------
        SettingsError
            If there is no such model.
        """
        from perturbdash.judgement.gameability import gameability

        if model not in self._probes:
            self._probes[model] = gameability(self, model, progress)
        table = self._probes[model]
        return table.copy() if context is None else table[table["context"] == context].reset_index(drop=True)

    @cached_property
    def _probes(self) -> dict[str, pd.DataFrame]:
        return {}

    @cached_property
    def run(self) -> dict[str, object]:
        """Every setting, seed, digest and version, and what was matched and left out."""
        from perturbdash.judgement.record import run_record

        return run_record(self)

    @property
    def device(self) -> torch.device:
        """Where the statistics lie."""
        return next(iter(self.stats.values())).control.mean.device

    def halvings(self, n: int = 5, *, progress: Progress | None = None) -> pd.DataFrame:
        """Return the calibration by ``n`` random halvings of the cells (see `perturbdash.judgement.halvings`)."""
        from perturbdash.judgement.halvings import halvings

        return halvings(self, n, progress=progress)

    def halves_compared(self, column: str, *, progress: Progress | None = None) -> pd.DataFrame:
        """Return DRF by the halves of a column beside DRF by random ones (see ``judgement.halves_comparison``)."""
        from perturbdash.judgement.halves_comparison import halves_compared

        return halves_compared(self, column, progress=progress).table

    def negative_controls(self, *, progress: Progress | None = None) -> pd.DataFrame:
        """Return the calibration from every negative control, in both modes (see ``judgement.negative_controls``)."""
        from perturbdash.judgement.negative_controls import negative_controls

        return negative_controls(self, progress=progress)

    def own_control(self, *, progress: Progress | None = None) -> pd.DataFrame:
        """Return Δcontrol metrics with a control half of its own for the duplicate (see ``judgement.own_control``)."""
        from perturbdash.judgement.own_control import own_control

        return own_control(self, progress=progress)

    def null_check(self, trials: int = TRIALS, *, progress: Progress | None = None) -> NullCheck:
        """Calibrate with permuted labels (see `perturbdash.judgement.null_check.null_check`)."""
        from perturbdash.judgement.null_check import null_check

        return null_check(self, trials, progress=progress)

    def titration(self, *, progress: Progress | None = None) -> Titration:
        """Calibrate with fewer cells, once (see `perturbdash.judgement.titration.titrate`)."""
        from perturbdash.judgement.titration import titrate

        if not self._titrations:
            self._titrations.append(titrate(self, progress=progress))
        return self._titrations[0]

    @cached_property
    def _titrations(self) -> list[Titration]:
        return []

    def save(self, folder: str | Path, further: FurtherTables | None = None) -> Path:
        """Write every table as CSV and Parquet, ``de.h5ad`` and ``run.json`` into a folder.

        Parameters
        ----------
        further
            Tables that are written beside them.

        Raises
        ------
        SettingsError
            If the folder cannot be written.
        """
        from perturbdash.judgement.record import save

        return save(self, Path(folder), further)
