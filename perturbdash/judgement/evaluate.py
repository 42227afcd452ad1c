"""The whole way, from a file of cells and predictions to the result with all its tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from perturbdash.errors import SchemaError, SettingsError
from perturbdash.io.alignment import AlignedPrediction, align, genes_to_score
from perturbdash.io.dataset import Dataset, read
from perturbdash.judgement.baselines import baselines
from perturbdash.judgement.column_halves import ColumnHalves, column_halves
from perturbdash.judgement.inputs import (
    Source,
    blocks_of,
    choices_table,
    load_predictions,
    store_folder,
)
from perturbdash.judgement.recalibration import calibrate
from perturbdash.judgement.result import Result
from perturbdash.judgement.scores import Scores
from perturbdash.judgement.scoring import ContextCase, score_all_cells
from perturbdash.judgement.settings import SETTING_NAMES, Settings
from perturbdash.judgement.splits import Plan, folds, given_folds, judgement_plan
from perturbdash.metrics.prediction import Prediction
from perturbdash.metrics.registry import METRICS
from perturbdash.statistics.context import ContextStatistics, context_statistics
from perturbdash.statistics.device import resolve
from perturbdash.statistics.store import open_moments
from perturbdash.vocabulary import ALL_CELLS, POOLED, Progress

if TYPE_CHECKING:
    import anndata as ad

READ_SHARE = 0.45
HALVES_SHARE = 0.3


def evaluate(
    data: str | Path | ad.AnnData | Dataset,
    predictions: Mapping[str, Source] | Sequence[Source] | Source | None = None,
    *,
    models: Sequence[str] = (),
    halves: str | Path | pd.DataFrame | None = None,
    folds: str | Path | pd.DataFrame | None = None,
    blocks_by: str | None = None,
    halves_by: str | None = None,
    store: str | Path | bool | None = None,
    device: str = "auto",
    progress: Progress | None = None,
    **settings_and_schema: Any,
) -> Result:
    """Judge predictions against a data set, and the metrics by which it is done.

    Parameters
    ----------
    data
        A file of cells (``.h5ad``, ``.zarr``), an ``AnnData`` or a ``Dataset`` from ``read``.
    predictions
        ``{"name": source}``, or one or several sources or ``(name, source)`` pairs; a source is a path, a
        ``DataFrame`` of one row a perturbation, or an ``AnnData``. None calibrates the data set alone.
    models
        Only these of several models in a file.
    halves, folds
        Tables ``cell, half`` and ``perturbation, fold`` in place of the seeded choices.
    blocks_by
        ``obs`` column that names blocks of perturbations, which are then resampled together.
    halves_by
        ``obs`` column, such as guides, replicates or batches, whose levels are divided within each perturbation in
        place of random halves, so that no level lies in both.
    store
        Folder where moments are kept; None: the user's cache folder, False: nowhere.
    device
        ``"auto"``, ``"cpu"`` or ``"cuda"``.
    progress
        Called with the share done and a short text; it may raise ``Cancelled``.
    **settings_and_schema
        Fields of ``Settings`` (``seed``, ``genes``, ``targets`` ...) and keywords of ``read``
        (``perturbation_key``, ``control`` ...).

    Raises
    ------
    PerturbdashError
        If the input cannot be used: what was found, what was expected, what to do.
    """
    report = progress or _silent
    chosen = {key: settings_and_schema.pop(key) for key in SETTING_NAMES if key in settings_and_schema}
    settings = Settings(**chosen)
    dataset = read(data, **settings_and_schema)
    _refuse_contradictions(dataset, settings, given_folds=folds is not None)
    report(0.0, "Reading predictions")
    loaded = load_predictions(predictions, dataset, models)
    genes = genes_to_score(loaded, dataset, settings.genes)
    aligned = [align(prediction, dataset, genes=genes) for prediction in loaded]
    by_column = _column_halves(dataset, halves, halves_by, settings.seed)
    given_halves = choices_table(halves, ("cell", "half")) if by_column is None else by_column.table
    given = choices_table(folds, ("perturbation", "fold"))
    moments = open_moments(
        dataset,
        seed=settings.seed,
        halves=given_halves,
        store=store_folder(store),
        device=device,
        progress=lambda share, text: report(READ_SHARE * share, text),
    )
    if len(genes) < len(moments.genes):
        place = {gene: i for i, gene in enumerate(moments.genes)}
        moments = moments.take_genes(np.array([place[gene] for gene in genes], dtype=np.intp))
    where = resolve(device)
    stats = {context: context_statistics(moments, context, where) for context in dataset.contexts}
    problem = Problem(
        dataset=dataset,
        settings=settings,
        stats=stats,
        aligned=aligned,
        given_folds=given,
        given_halves=given_halves is not None,
        halves_table=given_halves,
        column_halves=by_column,
        blocks_by=blocks_by,
        blocks=blocks_of(dataset, blocks_by),
    )
    return problem.solve(report)


@dataclass(frozen=True)
class Problem:
    """Everything that is judged, read and aligned; ``solve`` scores it."""

    dataset: Dataset
    settings: Settings
    stats: Mapping[str, ContextStatistics]
    aligned: Sequence[AlignedPrediction]
    given_folds: pd.DataFrame | None
    given_halves: bool
    halves_table: pd.DataFrame | None
    column_halves: ColumnHalves | None
    blocks_by: str | None
    blocks: Mapping[str, str] | None

    def solve(self, report: Progress) -> Result:
        """Score everything against each half and against all cells."""
        labels = tuple(sorted({label for stats in self.stats.values() for label in stats.perturbations}))
        calibration_folds = self._folds(labels)
        linear_folds = None if self.settings.combination_folds else calibration_folds
        plans = self._plans(calibration_folds)
        contexts = tuple(self.stats)
        cases = {context: self._case(index, context) for index, context in enumerate(contexts)}
        calibrated = calibrate(
            cases,
            calibration_folds,
            self.settings,
            judged=plans,
            labels=labels,
            blocks=self._block_codes(labels),
            progress=lambda share, text: report(READ_SHARE + HALVES_SHARE * share, text),
        )
        all_cells = Scores(ALL_CELLS, tuple(METRICS), labels, contexts)
        made: dict[str, dict[str, Prediction]] = {}
        for index, (context, case) in enumerate(cases.items()):
            share = READ_SHARE + HALVES_SHARE
            share += (1 - share) * index / len(contexts)
            report(share, f"Scoring {context}" if len(contexts) > 1 else "Scoring")
            made[context] = baselines(
                case.stats,
                plans[context],
                parts=case.parts,
                targets=case.targets,
                mean=self.settings.mean,
                others=[(stats, plans[name]) for name, stats in self.stats.items() if name != context],
                seed=self.settings.seed,
                folds=linear_folds,
            )
            score_all_cells(case, all_cells, plans[context], self.settings, made[context])
        report(1.0, "Done")
        return Result(
            dataset=self.dataset,
            settings=self.settings,
            cases=cases,
            baselines=made,
            aligned=tuple(self.aligned),
            plans=plans,
            folds=calibration_folds,
            calibrated=calibrated,
            all_cells=all_cells,
            given_folds=self.given_folds is not None,
            given_halves=self.given_halves,
            halves_table=self.halves_table,
            column_halves=self.column_halves,
            blocks_by=self.blocks_by,
        )

    def _folds(self, labels: Sequence[str]) -> dict[str, int]:
        if self.given_folds is not None:
            return given_folds(self.given_folds, labels, canonical=self.dataset.canonical)
        settings = self.settings
        return folds(
            labels,
            settings.n_folds,
            settings.seed,
            combinations_only=settings.combination_folds,
            parts=self.dataset.parts,
        )

    def _plans(self, calibration_folds: dict[str, int]) -> dict[str, Plan]:
        predicted = {
            (context, label)
            for prediction in self.aligned
            for context, profiles in prediction.profiles.items()
            for label, row in zip(self.dataset.perturbations, profiles, strict=True)
            if not np.isnan(row[0])
        }
        given = calibration_folds if self.given_folds is not None else None
        return {
            context: judgement_plan(
                stats.perturbations, context, split=self.dataset.split, predicted=predicted, given=given
            )
            for context, stats in self.stats.items()
        }

    def _case(self, index: int, context: str) -> ContextCase:
        stats = self.stats[context]
        place = {label: i for i, label in enumerate(self.dataset.perturbations)}
        rows = np.array([place[label] for label in stats.perturbations], dtype=np.intp)
        return ContextCase(
            index=index,
            stats=stats,
            models={p.name: p.profiles[context][rows] for p in self.aligned if context in p.profiles},
            parts=self.dataset.parts,
            targets=self.dataset.targets,
        )

    def _block_codes(self, labels: Sequence[str]) -> np.ndarray | None:
        if self.blocks is None:
            return None
        return pd.factorize(pd.Series([self.blocks[label] for label in labels]), sort=True)[0]


def _column_halves(
    dataset: Dataset, halves: str | Path | pd.DataFrame | None, halves_by: str | None, seed: int
) -> ColumnHalves | None:
    if halves_by is None:
        return None
    if halves is not None:
        raise SettingsError(
            "A table of halves and a column of halves are both given; expected one of them: leave one out."
        )
    return column_halves(dataset, halves_by, seed=seed)


def _refuse_contradictions(dataset: Dataset, settings: Settings, *, given_folds: bool) -> None:
    if given_folds and settings.combination_folds:
        raise SettingsError(
            "A table of folds and folds over combinations only are both asked for; "
            "expected one of them: leave out the table or --combination-folds."
        )
    if POOLED in dataset.contexts and len(dataset.contexts) > 1:
        raise SchemaError(
            f"A context is called {POOLED!r}, as the rows over several contexts are; expected another name: "
            "rename it, or choose --context-key none."
        )


def _silent(share: float, text: str) -> None:
    """Take no notice of progress."""
