"""The whole way, from a file of cells and predictions to the result with all its tables."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
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
    chosen_settings,
    load_predictions,
    settings_of,
    store_folder,
)
from perturbdash.judgement.progress import part
from perturbdash.judgement.putting_off import put_off_metrics
from perturbdash.judgement.recalibration import calibrate
from perturbdash.judgement.result import Result
from perturbdash.judgement.scores import Scores
from perturbdash.judgement.scoring import ContextCase, score_all_cells
from perturbdash.judgement.settings import Settings
from perturbdash.judgement.splits import Plan, folds, given_folds, judgement_plan
from perturbdash.metrics.prediction import Prediction
from perturbdash.metrics.registry import METRICS
from perturbdash.statistics.context import ContextStatistics, context_statistics
from perturbdash.statistics.device import resolve
from perturbdash.statistics.store import open_moments
from perturbdash.vocabulary import ALL_CELLS, BASELINES, POOLED, Progress

if TYPE_CHECKING:
    import anndata as ad
    import torch

    from perturbdash.io.predictions import ModelPrediction
    from perturbdash.statistics.moments import Moments

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
    wait: bool = True,
    progress: Progress | None = None,
    **settings_and_schema: Any,
) -> Result:
    """Judge predictions against a data set, and the metrics by which it is done.

    Parameters
    ----------
    data
        A file of cells (``.h5ad``, ``.zarr``), a store of moments, an ``AnnData`` or a ``Dataset`` from ``read``.
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
    wait
        False: with thousands of perturbations, metrics that measure the city-block distance of all pairs are put
        off; they are NaN with that reason, nothing is judged by them, and ``Result.completed`` computes them.
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
    problem = posed(
        data,
        predictions,
        report,
        models=models,
        halves=halves,
        folds=folds,
        blocks_by=blocks_by,
        halves_by=halves_by,
        store=store,
        device=device,
        wait=wait,
        **settings_and_schema,
    )
    return problem.solve(report)


def posed(
    data: str | Path | ad.AnnData | Dataset,
    predictions: Mapping[str, Source] | Sequence[Source] | Source | None,
    report: Progress,
    *,
    models: Sequence[str] = (),
    halves: str | Path | pd.DataFrame | None = None,
    folds: str | Path | pd.DataFrame | None = None,
    blocks_by: str | None = None,
    halves_by: str | None = None,
    store: str | Path | bool | None = None,
    device: str = "auto",
    wait: bool = True,
    **settings_and_schema: Any,
) -> Problem:
    """Read and align everything that `evaluate` judges, and judge nothing yet; parameters as there."""
    chosen = chosen_settings(settings_and_schema)
    Settings(**chosen)  # what is not allowed is said before anything is read
    dataset = read(data, **settings_and_schema)
    settings = settings_of(dataset, chosen)
    _refuse_contradictions(dataset, settings, given_folds=folds is not None)
    report(0.0, "Reading predictions")
    aligned = _aligned(load_predictions(predictions, dataset, models), dataset, settings)
    by_column = _column_halves(dataset, halves, halves_by, settings.seed)
    given_halves = choices_table(halves, ("cell", "half")) if by_column is None else by_column.table
    given = choices_table(folds, ("perturbation", "fold"))
    moments = partial(
        open_moments,
        dataset,
        seed=settings.seed,
        halves=given_halves,
        store=store_folder(store),
        device=device,
        progress=lambda share, text: report(READ_SHARE * share, text),
    )
    genes = aligned[0].genes if aligned else tuple(dataset.genes)
    stats = _statistics(moments, genes, dataset.contexts, resolve(device))
    return Problem(
        dataset=dataset,
        settings=settings,
        stats=stats,
        aligned=aligned,
        given_folds=given,
        given_halves=given_halves is not None or dataset.given_halves,
        halves_table=given_halves,
        column_halves=by_column,
        blocks_by=blocks_by,
        blocks=blocks_of(dataset, blocks_by),
        put_off=() if wait else put_off_metrics(stats.values()),
    )


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
    put_off: tuple[str, ...]

    def solve(self, report: Progress) -> Result:
        """Score everything against each half and against all cells."""
        contexts, labels = tuple(self.stats), self.labels
        calibrated = calibrate(
            self.cases,
            self.folds,
            self.settings,
            judged=self.plans,
            labels=labels,
            blocks=self._block_codes(labels),
            progress=part(report, READ_SHARE, READ_SHARE + HALVES_SHARE),
            put_off=self.put_off,
        )
        all_cells = Scores(ALL_CELLS, tuple(METRICS), labels, contexts, self.put_off)
        made: dict[str, dict[str, Prediction]] = {}
        for index, (context, case) in enumerate(self.cases.items()):
            start = READ_SHARE + HALVES_SHARE
            start, end = (start + (1 - start) * i / len(contexts) for i in (index, index + 1))
            words = f"Scoring {context}" if len(contexts) > 1 else "Scoring"
            report(start, words)
            made[context] = self.baselines_of(context)
            score_all_cells(
                case,
                all_cells,
                self.plans[context],
                self.settings,
                made[context],
                progress=part(report, start, end, f"{words}: "),
            )
        report(1.0, "Done")
        return Result(
            dataset=self.dataset,
            settings=self.settings,
            cases=self.cases,
            baselines=made,
            aligned=tuple(self.aligned),
            plans=self.plans,
            folds=self.folds,
            calibrated=calibrated,
            all_cells=all_cells,
            given_folds=self.given_folds is not None,
            given_halves=self.given_halves,
            halves_table=self.halves_table,
            column_halves=self.column_halves,
            blocks_by=self.blocks_by,
        )

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """All perturbations of all contexts, sorted."""
        return tuple(sorted({label for stats in self.stats.values() for label in stats.perturbations}))

    @cached_property
    def cases(self) -> dict[str, ContextCase]:
        """What is scored, by context."""
        return {context: self._case(index, context) for index, context in enumerate(self.stats)}

    def baselines_of(self, context: str, only: Collection[str] = BASELINES) -> dict[str, Prediction]:
        """Return the baselines of the test perturbations of a context, or only some."""
        case = self.cases[context]
        return baselines(
            case.stats,
            self.plans[context],
            parts=case.parts,
            targets=case.targets,
            mean=self.settings.mean,
            others=[(stats, self.plans[name]) for name, stats in self.stats.items() if name != context],
            seed=self.settings.seed,
            folds=None if self.settings.combination_folds else self.folds,
            only=only,
        )

    @cached_property
    def folds(self) -> dict[str, int]:
        """Fold of each perturbation in the calibration."""
        if self.given_folds is not None:
            return given_folds(self.given_folds, self.labels, canonical=self.dataset.canonical)
        settings = self.settings
        return folds(
            self.labels,
            settings.n_folds,
            settings.seed,
            combinations_only=settings.combination_folds,
            parts=self.dataset.parts,
        )

    @cached_property
    def plans(self) -> dict[str, Plan]:
        """Who is tested and who is train, by context."""
        predicted = {
            (context, label)
            for prediction in self.aligned
            for context, profiles in prediction.profiles.items()
            for label, row in zip(self.dataset.perturbations, profiles, strict=True)
            if not np.isnan(row[0])
        }
        given = self.folds if self.given_folds is not None else None
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
        everything = np.array_equal(rows, np.arange(len(place)))
        return ContextCase(
            index=index,
            stats=stats,
            models={
                p.name: p.profiles[context] if everything else p.profiles[context][rows]
                for p in self.aligned
                if context in p.profiles
            },
            parts=self.dataset.parts,
            targets=self.dataset.targets,
        )

    def _block_codes(self, labels: Sequence[str]) -> np.ndarray | None:
        if self.blocks is None:
            return None
        return pd.factorize(pd.Series([self.blocks[label] for label in labels]), sort=True)[0]


def _aligned(
    loaded: Sequence[ModelPrediction], dataset: Dataset, settings: Settings
) -> list[AlignedPrediction]:
    genes = genes_to_score(loaded, dataset, settings.genes)
    return [align(prediction, dataset, genes=genes) for prediction in loaded]


def _statistics(
    read_moments: Callable[[], Moments],
    genes: Sequence[str],
    contexts: Sequence[str],
    device: torch.device,
) -> dict[str, ContextStatistics]:
    """Gather the statistics of each context; the moments, which are as large, end here."""
    moments = read_moments()
    if len(genes) < len(moments.genes):
        place = {gene: i for i, gene in enumerate(moments.genes)}
        moments = moments.take_genes(np.array([place[gene] for gene in genes], dtype=np.intp))
    return {context: context_statistics(moments, context, device) for context in contexts}


def _column_halves(
    dataset: Dataset, halves: str | Path | pd.DataFrame | None, halves_by: str | None, seed: int
) -> ColumnHalves | None:
    if halves is not None:
        dataset.cells_for("A table of halves")
    if halves_by is None:
        return None
    if halves is not None:
        raise SettingsError(
            "A table of halves and a column of halves are both given; expected one of them: leave one out."
        )
    return column_halves(dataset.cells_for("Dividing the cells by a column"), halves_by, seed=seed)


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
