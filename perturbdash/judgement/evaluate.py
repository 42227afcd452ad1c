"""The whole way, from a file of cells and predictions to the result with all its tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from perturbdash.errors import PredictionError, SettingsError
from perturbdash.io.alignment import AlignedPrediction, align, genes_to_score
from perturbdash.io.dataset import Dataset, read
from perturbdash.io.predictions import ModelPrediction, read_predictions
from perturbdash.judgement.baselines import baselines
from perturbdash.judgement.result import Result
from perturbdash.judgement.scores import Scores
from perturbdash.judgement.scoring import ContextCase, score_all_cells, score_halves
from perturbdash.judgement.settings import SETTING_NAMES, Settings
from perturbdash.judgement.splits import Plan, folds, given_folds, judgement_plan
from perturbdash.metrics.prediction import Prediction
from perturbdash.metrics.registry import METRICS
from perturbdash.statistics.context import ContextStatistics, context_statistics
from perturbdash.statistics.device import resolve
from perturbdash.statistics.store import open_moments
from perturbdash.vocabulary import ALL_CELLS, FIRST_HALF, SECOND_HALF, Progress

if TYPE_CHECKING:
    import anndata as ad

Source = Any
"""A prediction: a path, a DataFrame or an AnnData."""

READ_SHARE = 0.45


def evaluate(
    data: str | Path | ad.AnnData | Dataset,
    predictions: Mapping[str, Source] | Sequence[Source] | Source | None = None,
    *,
    models: Sequence[str] = (),
    halves: str | Path | pd.DataFrame | None = None,
    folds: str | Path | pd.DataFrame | None = None,
    blocks_by: str | None = None,
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
    report(0.0, "Reading predictions")
    loaded = _load(predictions, dataset, models)
    genes = genes_to_score(loaded, dataset, settings.genes)
    aligned = [align(prediction, dataset, genes=genes) for prediction in loaded]
    given_halves, given = _table(halves, ("cell", "half")), _table(folds, ("perturbation", "fold"))
    moments = open_moments(
        dataset,
        seed=settings.seed,
        halves=given_halves,
        store=_store(store),
        device=device,
        progress=lambda share, text: report(READ_SHARE * share, text),
    )
    if len(genes) < len(moments.genes):
        place = {gene: i for i, gene in enumerate(moments.genes)}
        moments = moments.take_genes(np.array([place[gene] for gene in genes], dtype=np.intp))
    where = resolve(device)
    stats = {context: context_statistics(moments, context, where) for context in dataset.contexts}
    problem = Problem(dataset, settings, stats, aligned, given, _blocks(dataset, blocks_by))
    return problem.solve(report)


@dataclass(frozen=True)
class Problem:
    """Everything that is judged, read and aligned; ``solve`` scores it."""

    dataset: Dataset
    settings: Settings
    stats: Mapping[str, ContextStatistics]
    aligned: Sequence[AlignedPrediction]
    given_folds: pd.DataFrame | None
    blocks: Mapping[str, str] | None

    def solve(self, report: Progress) -> Result:
        """Score everything against each half and against all cells."""
        labels = tuple(sorted({label for stats in self.stats.values() for label in stats.perturbations}))
        calibration_folds = self._folds(labels)
        linear_folds = None if self.settings.combination_folds else calibration_folds
        plans = self._plans(calibration_folds)
        truths = (FIRST_HALF,) if self.settings.calibration == "published" else (FIRST_HALF, SECOND_HALF)
        contexts = tuple(self.stats)
        halves = [Scores(truth, tuple(METRICS), labels, contexts) for truth in truths]
        all_cells = Scores(ALL_CELLS, tuple(METRICS), labels, contexts)
        same = np.zeros((len(halves), len(labels), len(contexts)), dtype=bool)
        cases: dict[str, ContextCase] = {}
        made: dict[str, dict[str, Prediction]] = {}
        for index, context in enumerate(contexts):
            share = READ_SHARE + (1 - READ_SHARE) * index / len(contexts)
            report(share, f"Scoring {context}" if len(contexts) > 1 else "Scoring")
            case = cases[context] = self._case(index, context)
            same[..., index] = score_halves(case, halves, calibration_folds, self.settings)
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
            halves=tuple(halves),
            all_cells=all_cells,
            same_as_mean=same,
            block_codes=self._block_codes(labels),
            given_folds=self.given_folds is not None,
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


def _store(store: str | Path | bool | None) -> Path | Literal[False] | None:
    """Return the folder of moments, None for the usual one, or False for none."""
    if isinstance(store, bool):
        return None if store else False
    return None if store is None else Path(store)


def _silent(share: float, text: str) -> None:
    """Take no notice of progress."""


def _load(predictions: Any, dataset: Dataset, models: Sequence[str]) -> list[ModelPrediction]:
    """Read all predictions, with distinct names."""
    if predictions is None:
        return []
    if isinstance(predictions, Mapping):
        named: list[tuple[str | None, Source]] = list(predictions.items())
    elif isinstance(predictions, Sequence) and not isinstance(predictions, str):
        named = [source if isinstance(source, tuple) else (None, source) for source in predictions]
    else:
        named = [(None, predictions)]
    loaded = [
        p for name, source in named for p in read_predictions(source, dataset, name=name, models=models)
    ]
    names = [prediction.name for prediction in loaded]
    double = sorted({name for name in names if names.count(name) > 1})
    if double:
        raise PredictionError(
            f"Two predictions are called {double[0]!r}; every model needs a name of its own, for example "
            f"NAME=FILE on the command line."
        )
    found = set(names)
    absent = [model for model in models if model not in found]
    if absent:
        raise PredictionError(
            f"No prediction is called {absent[0]!r}; found {', '.join(sorted(found)) or 'none'}."
        )
    return loaded


def _table(given: str | Path | pd.DataFrame | None, columns: tuple[str, str]) -> pd.DataFrame | None:
    """Read a table of given choices and check its columns."""
    if given is None:
        return None
    if isinstance(given, pd.DataFrame):
        table = given
    else:
        try:
            table = pd.read_csv(given, dtype={columns[0]: str})
        except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
            raise SettingsError(
                f"{given} cannot be read as a CSV table ({error}); expected columns {', '.join(columns)}."
            ) from error
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise SettingsError(
            f"The table of {columns[1]}s has the columns {', '.join(map(str, table.columns[:5]))}; "
            f"expected {columns[0]} and {columns[1]}."
        )
    return table


def _blocks(dataset: Dataset, column: str | None) -> dict[str, str] | None:
    """Return the block of each perturbation from an ``obs`` column."""
    if column is None:
        return None
    obs = dataset.source.obs
    if column not in obs.columns:
        raise SettingsError(
            f"There is no obs column {column!r} for blocks; found {', '.join(map(str, obs.columns))}."
        )
    perturbed = dataset.label_codes >= 0
    frame = pd.DataFrame({"code": dataset.label_codes[perturbed], "block": obs[column].to_numpy()[perturbed]})
    if frame["block"].isna().any():
        raise SettingsError(
            f"Some perturbed cells have no value in {column!r}; every perturbation needs one block."
        )
    levels = frame.groupby("code")["block"].nunique()
    if (levels > 1).any():
        label = dataset.perturbations[levels.index[int(levels.to_numpy().argmax())]]
        raise SettingsError(
            f"The cells of {label!r} lie in {int(levels.max())} blocks of {column!r}; expected one block."
        )
    first = frame.groupby("code")["block"].first()
    names = [dataset.perturbations[code] for code in first.index]
    return dict(zip(names, first.astype(str), strict=True))
