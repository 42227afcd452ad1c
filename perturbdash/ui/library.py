"""What the server holds for all visitors: records, opened data sets, results, uploads and jobs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

import perturbdash
from perturbdash.errors import DataError
from perturbdash.ui.files import store_folder
from perturbdash.ui.jobs import Job, Jobs, sentence
from perturbdash.ui.recent import Recent
from perturbdash.ui.record_file import choices_of
from perturbdash.ui.records import Record, Source
from perturbdash.ui.scoring import evaluate_usable
from perturbdash.ui.stamps import identity
from perturbdash.ui.views import Views
from perturbdash.vocabulary import Progress

if TYPE_CHECKING:
    from perturbdash.io.alignment import AlignedPrediction
    from perturbdash.io.dataset import Dataset
    from perturbdash.judgement.evaluate import Problem
    from perturbdash.judgement.result import Result

MOST_KEYS = 2000
MOST_DATASETS = 8
MOST_PREDICTIONS = 24
MOST_RESULTS = 6
MOST_EXTRAS = 24
EVALUATION_SHARE = 0.7
TABLES_AHEAD = (
    "systematic_variation",
    "metric_summary",
    "calibration",
    "calibration_summary",
    "verdict",
    "warnings",
    "near_warnings",
    "conditions",
)
"""Made in the job, so that no page waits for them."""


class Library(Views):
    """Records by address; data sets and results by content.

    Parameters
    ----------
    store
        Folder of the store; ``None`` for none: records, uploads and moments then end with the server.
    """

    def __init__(self, store: Path | None = None) -> None:
        super().__init__(store)
        self._no_store = store is None
        self._kept_folder = store / "results" if store is not None and self.lasting else None
        self.jobs = Jobs()
        self.readings = Jobs()
        self.extra_jobs = Jobs()
        self.extras: Recent[object] = Recent(MOST_EXTRAS)
        self._datasets: Recent[Dataset] = Recent(MOST_DATASETS)
        self._results: Recent[Result] = Recent(MOST_RESULTS)
        self._left_out: Recent[dict[str, str]] = Recent(MOST_KEYS)
        self._last_keys: Recent[str] = Recent(MOST_KEYS)
        self._aligned: Recent[tuple[AlignedPrediction, ...]] = Recent(MOST_PREDICTIONS)

    def dataset(self, record: Record) -> Dataset:
        """Return the opened data set of a record: columns and schema, not the values.

        Raises
        ------
        PerturbdashError
            If it cannot be read, or the schema does not fit it.
        """
        path = self.path(record.data)
        schema: dict[str, Any] = dict(record.schema)
        key = _digest("dataset", identity(path), record.schema)
        return self._datasets.get_or(key, lambda: perturbdash.read(path, **schema))

    def aligned(self, record: Record, name: str) -> tuple[AlignedPrediction, ...] | None:
        """Return the models in a prediction file with what was matched, where the file is read."""
        return self._aligned.get(self._aligned_key(record, name))

    def read_prediction(self, record: Record, name: str) -> Job:
        """Start to read a prediction file and to match it to the data set; `aligned` then has it."""
        key, path = self._aligned_key(record, name), self.path(dict(record.predictions)[name])
        dataset = self.dataset(record)

        def work(progress: Progress) -> None:
            from perturbdash.io.alignment import align
            from perturbdash.io.predictions import read_predictions

            progress(0.1, f"Reading the prediction {name}")
            loaded = read_predictions(path, dataset, name=name)
            self._aligned.put(key, tuple(align(item, dataset) for item in loaded))

        return self.readings.start(key, work)

    def reading(self, record: Record, name: str) -> Job | None:
        """Return the work of reading a prediction, where somebody asked for it."""
        return self.readings.get(self._aligned_key(record, name))

    def _aligned_key(self, record: Record, name: str) -> str:
        path = self.path(dict(record.predictions)[name])
        return _digest("aligned", self.dataset(record).identity(), name, identity(path))

    def models(self, record: Record) -> tuple[str, ...] | None:
        """Return the names of all models, which files may hold several of; ``None`` before they are read."""
        result = self.result(record)
        if result is not None:
            return result.models
        names: list[str] = []
        for name, _ in record.predictions:
            found = self._models_in(record, name)
            if found is None:
                return None
            names += found
        return tuple(names)

    def _models_in(self, record: Record, name: str) -> tuple[str, ...] | None:
        """Return the names of the models in a file, none where it cannot be read, ``None`` before it is."""
        try:
            aligned, job = self.aligned(record, name), self.reading(record, name)
        except DataError:
            return ()
        if aligned is not None:
            return tuple(model.name for model in aligned)
        return () if job is not None and job.state == "failed" else None

    def key(self, record: Record) -> str:
        """Return the name of a record's result; it changes with every file and each setting."""
        predictions = [(name, self._identity(source)) for name, source in record.predictions]
        choices = [self._identity(source) for source in choices_of(record)]
        return _digest("result", self.dataset(record).identity(), predictions, choices, record.settings)

    def _identity(self, source: Source) -> str:
        """Return what changes with a file; one that is not there, or may not be opened, has the reason for it."""
        try:
            return identity(self.path(source))
        except (DataError, OSError) as error:
            return sentence(error)

    def result(self, record: Record) -> Result | None:
        """Return the result of a record where it is computed, in this server or one before it."""
        key = self.key(record)
        found = self._results.get(key)
        job = self.jobs.get(key)
        if found is None and self._kept_folder is not None and (job is None or job.ended):
            found = self._from_store(record, key)
        return found

    def _from_store(self, record: Record, key: str) -> Result | None:
        assert self._kept_folder is not None
        from perturbdash.judgement.kept import kept

        dataset = self.dataset(record)
        settings: dict[str, Any] = dict(record.settings)

        def pose(left_out: Mapping[str, str], progress: Progress) -> Problem:
            from perturbdash.judgement.evaluate import posed

            usable = {name: path for name, path in self._paths(record)[0].items() if name not in left_out}
            return posed(dataset, usable, progress, **settings)

        found = kept(self._kept_folder, key, dataset, pose)
        if found is None:
            return None
        self._remember(record, key, found.result, found.left_out)
        return found.result

    def read_profiles(self, record: Record, result: Result) -> Job:
        """Start to read the profiles of a result of the store."""
        return self.jobs.start(f"profiles:{self.key(record)}", result.read_profiles)

    def _remember(self, record: Record, key: str, result: Result, left_out: dict[str, str]) -> None:
        self._left_out.put(key, left_out)
        self._results.put(key, result)
        self._last_keys.put(record.digest(), key)

    def left_out(self, record: Record) -> dict[str, str]:
        """Return the predictions that the result of a record leaves out, with the reason, by name."""
        return dict(self._left_out.get(self.key(record)) or {})

    def known_result(self, record: Record) -> Result | None:
        """Return a result that the server has, without opening the data set for it."""
        key = self._last_keys.get(record.digest())
        return self._results.get(key) if key else None

    def job(self, record: Record) -> Job | None:
        """Return the work on a record's result, where somebody asked for it."""
        return self.jobs.get(self.key(record))

    def score(self, record: Record) -> Job:
        """Start to compute the result of a record; visitors who ask for the same share the work."""
        key = self.key(record)
        dataset = self.dataset(record)
        settings: dict[str, Any] = dict(record.settings) | {"wait": False}
        settings |= {"store": False} if self._no_store else {}

        def work(progress: Progress) -> None:
            def part(share: float, text: str) -> None:
                progress(EVALUATION_SHARE * share, text)

            predictions, absent = self._paths(record)
            result, left_out = evaluate_usable(dataset, predictions, settings, progress=part)
            _make_tables(result, progress)
            self._remember(record, key, result, absent | left_out)
            self._keep(record, key, result)

        return self.jobs.start(key, work)

    def complete(self, record: Record, result: Result) -> Job:
        """Start to compute the metrics that were put off; the whole result then takes the place of this one."""
        key, left_out = self.key(record), self.left_out(record)

        def work(progress: Progress) -> None:
            def part(share: float, text: str) -> None:
                progress(EVALUATION_SHARE * share, text)

            whole = result.completed(progress=part)
            _make_tables(whole, progress)
            self._remember(record, key, whole, left_out)
            self._keep(record, key, whole)

        return self.extra_jobs.start(f"complete:{key}", work)

    def completing(self, record: Record) -> Job | None:
        """Return the work on the metrics that were put off, where it was started."""
        return self.extra_jobs.get(f"complete:{self.key(record)}")

    def _keep(self, record: Record, key: str, result: Result) -> None:
        """Write a result into the store, unless a file changed while it was computed."""
        from perturbdash.judgement.kept import can_be_kept, keep

        if self._kept_folder is not None and can_be_kept(result) and self.key(record) == key:
            keep(result, self._kept_folder, key, self.left_out(record))

    def _paths(self, record: Record) -> tuple[dict[str, Path], dict[str, str]]:
        """Return where the predictions lie, and why some lie nowhere, by name."""
        found: dict[str, Path] = {}
        absent: dict[str, str] = {}
        for name, source in record.predictions:
            try:
                found[name] = self.path(source)
            except (DataError, OSError) as error:
                absent[name] = sentence(error)
        return found, absent


def _make_tables(result: Result, progress: Progress) -> None:
    """Make the tables of the pages, which come after the scores."""
    for i, table in enumerate(TABLES_AHEAD):
        done = EVALUATION_SHARE + (1 - EVALUATION_SHARE) * i / len(TABLES_AHEAD)
        progress(done, f"Table {table.replace('_', ' ')}")
        getattr(result, table)


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()


@st.cache_resource(show_spinner=False, max_entries=1)
def library() -> Library:
    """Return the one library of this server."""
    return Library(store_folder())
