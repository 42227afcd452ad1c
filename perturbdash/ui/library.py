"""What the server holds for all visitors: records, opened data sets, results, uploads and jobs."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

import perturbdash
from perturbdash.errors import DataError
from perturbdash.ui import demo, files
from perturbdash.ui.files import Uploads
from perturbdash.ui.jobs import Job, Jobs
from perturbdash.ui.recent import Recent
from perturbdash.ui.records import DEMO, DIGEST_LENGTH, Record, Source
from perturbdash.vocabulary import Progress

if TYPE_CHECKING:
    from perturbdash.io.alignment import AlignedPrediction
    from perturbdash.io.dataset import Dataset
    from perturbdash.judgement.result import Result

DIGEST = re.compile(r"[0-9a-f]{24}")
MOST_RECORDS = 2000
MOST_DATASETS = 8
MOST_PREDICTIONS = 24
MOST_RESULTS = 6
MOST_SELECTIONS = 500
EVALUATION_SHARE = 0.7
TABLES_AHEAD = (
    "systematic_variation",
    "metric_summary",
    "calibration",
    "calibration_summary",
    "verdict",
    "warnings",
    "degs",
)
"""Made in the job, so that no page waits for them."""


class Library:
    """Records by address; data sets and results by content."""

    def __init__(self) -> None:
        self.uploads = Uploads()
        self.jobs = Jobs()
        self.readings = Jobs()
        self._records: Recent[Record] = Recent(MOST_RECORDS)
        self._datasets: Recent[Dataset] = Recent(MOST_DATASETS)
        self._results: Recent[Result] = Recent(MOST_RESULTS)
        self._last_keys: Recent[str] = Recent(MOST_RECORDS)
        self._selections: Recent[tuple[str, ...]] = Recent(MOST_SELECTIONS)
        self._aligned: Recent[tuple[AlignedPrediction, ...]] = Recent(MOST_PREDICTIONS)

    def address(self, record: Record) -> str:
        """Return the ``dataset`` parameter under which a record is found again."""
        if record.data.place == "demo" and record == demo.record():
            return DEMO
        if record.data.place == "root" and record.is_plain:
            return record.data.name
        digest = record.digest()
        self._records.put(digest, record)
        return digest

    def record(self, dataset: str) -> Record:
        """Return what a ``dataset`` parameter stands for.

        Raises
        ------
        DataError
            If the server knows no such data set.
        """
        if dataset == DEMO:
            return demo.record()
        known = self._records.get(dataset)
        if known is not None:
            return known
        try:
            files.below_root(dataset)
        except DataError as error:
            if files.data_root() is not None and not DIGEST.fullmatch(dataset):
                raise
            raise DataError(
                "The link's data set is not on this server any more: uploads and changes are kept until it "
                "restarts. Load the file again."
            ) from error
        return Record(Source("root", dataset))

    @property
    def keeps(self) -> bool:
        """Whether records outlive the server."""
        return False

    def is_recorded(self, dataset: str) -> bool:
        """Return whether a ``dataset`` parameter names a record, and not a file or the demo."""
        return DIGEST.fullmatch(dataset) is not None

    def keep_selection(self, names: tuple[str, ...]) -> str:
        """Keep a selection that is too long for an address, and return the name under which it is found."""
        digest = _digest("selection", names)[:DIGEST_LENGTH]
        self._selections.put(digest, names)
        return digest

    def selection(self, digest: str) -> tuple[str, ...] | None:
        """Return a selection that was kept."""
        return self._selections.get(digest)

    def path(self, source: Source) -> Path:
        """Return where a file lies.

        Raises
        ------
        DataError
            If it is not there, or may not be opened.
        """
        if source.place == "root":
            return files.below_root(source.name)
        if source.place == "upload":
            return self.uploads.path(source)
        path = demo.folder() / source.name if source.place == "demo" else Path(source.name)
        if not path.exists():
            raise DataError(f"There is no file “{source.name}”; give the path of a file that is there.")
        return path

    def dataset(self, record: Record) -> Dataset:
        """Return the opened data set of a record: columns and schema, not the values.

        Raises
        ------
        PerturbdashError
            If it cannot be read, or the schema does not fit it.
        """
        path = self.path(record.data)
        schema: dict[str, Any] = dict(record.schema)
        key = _digest("dataset", files.identity(path), record.schema)
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
        return _digest("aligned", self.dataset(record).identity(), name, files.identity(path))

    def models(self, record: Record) -> tuple[str, ...] | None:
        """Return the names of all models, which files may hold several of; ``None`` before they are read."""
        result = self.result(record)
        if result is not None:
            return result.models
        read = [self.aligned(record, name) for name, _ in record.predictions]
        if any(models is None for models in read):
            return None
        return tuple(model.name for models in read for model in models or ())

    def key(self, record: Record) -> str:
        """Return the name of a record's result; it changes with every file and each setting."""
        predictions = [(name, files.identity(self.path(source))) for name, source in record.predictions]
        return _digest("result", self.dataset(record).identity(), predictions, record.settings)

    def result(self, record: Record) -> Result | None:
        """Return the result of a record where it is computed."""
        return self._results.get(self.key(record))

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
        predictions: dict[str, Any] = {name: self.path(source) for name, source in record.predictions}
        settings: dict[str, Any] = dict(record.settings)

        def work(progress: Progress) -> None:
            def part(share: float, text: str) -> None:
                progress(EVALUATION_SHARE * share, text)

            result = perturbdash.evaluate(dataset, predictions, progress=part, **settings)
            for i, table in enumerate(TABLES_AHEAD):
                done = EVALUATION_SHARE + (1 - EVALUATION_SHARE) * i / len(TABLES_AHEAD)
                progress(done, f"Table {table.replace('_', ' ')}")
                getattr(result, table)
            self._results.put(key, result)
            self._last_keys.put(record.digest(), key)

        return self.jobs.start(key, work)


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()


@st.cache_resource(show_spinner=False, max_entries=1)
def library() -> Library:
    """Return the one library of this server."""
    return Library()
