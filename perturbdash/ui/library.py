"""What the server holds for all visitors: records, opened data sets, results, uploads and jobs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from perturbdash.judgement.progress import part
from perturbdash.ui.files import store_folder
from perturbdash.ui.jobs import Job, Jobs
from perturbdash.ui.opened import OpenedData
from perturbdash.ui.recent import Recent
from perturbdash.ui.records import Record
from perturbdash.ui.scoring import evaluate_usable
from perturbdash.vocabulary import Progress

if TYPE_CHECKING:
    from perturbdash.judgement.evaluate import Problem
    from perturbdash.judgement.result import Result

MOST_KEYS = 2000
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


class Library(OpenedData):
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
        self.extra_jobs = Jobs()
        self.extras: Recent[object] = Recent(MOST_EXTRAS)
        self._results: Recent[Result] = Recent(MOST_RESULTS)
        self._left_out: Recent[dict[str, str]] = Recent(MOST_KEYS)
        self._last_keys: Recent[str] = Recent(MOST_KEYS)

    def models(self, record: Record) -> tuple[str, ...] | None:
        """Return the names of all models, which files may hold several of; ``None`` before they are read."""
        result = self.result(record)
        if result is not None:
            return result.models
        names: list[str] = []
        for name, _ in record.predictions:
            found = self.models_in(record, name)
            if found is None:
                return None
            names += found
        return tuple(names)

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

            usable = {
                name: path for name, path in self.prediction_paths(record)[0].items() if name not in left_out
            }
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
            predictions, absent = self.prediction_paths(record)
            scoring = part(progress, 0, EVALUATION_SHARE)
            result, left_out = evaluate_usable(dataset, predictions, settings, progress=scoring)
            _make_tables(result, progress)
            self._remember(record, key, result, absent | left_out)
            self._keep(record, key, result)

        return self.jobs.start(key, work)

    def complete(self, record: Record, result: Result) -> Job:
        """Start to compute the metrics that were put off; the whole result then takes the place of this one."""
        key, left_out = self.key(record), self.left_out(record)

        def work(progress: Progress) -> None:
            whole = result.completed(progress=part(progress, 0, EVALUATION_SHARE))
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


def _make_tables(result: Result, progress: Progress) -> None:
    """Make the tables of the pages, which come after the scores."""
    for i, table in enumerate(TABLES_AHEAD):
        done = EVALUATION_SHARE + (1 - EVALUATION_SHARE) * i / len(TABLES_AHEAD)
        progress(done, f"Table {table.replace('_', ' ')}")
        getattr(result, table)


@st.cache_resource(show_spinner=False, max_entries=1)
def library() -> Library:
    """Return the one library of this server."""
    return Library(store_folder())
