"""Data sets and prediction files that the server has open, by what they are."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import perturbdash
from perturbdash.errors import DataError
from perturbdash.ui.jobs import Job, Jobs, sentence
from perturbdash.ui.recent import Recent
from perturbdash.ui.record_file import choices_of
from perturbdash.ui.records import Record, Source
from perturbdash.ui.stamps import identity
from perturbdash.ui.views import Views
from perturbdash.vocabulary import Progress

if TYPE_CHECKING:
    from perturbdash.io.alignment import AlignedPrediction
    from perturbdash.io.dataset import Dataset

MOST_DATASETS = 8
MOST_PREDICTIONS = 24


class OpenedData(Views):
    """Records by address; opened data sets and predictions by content.

    Parameters
    ----------
    store
        Folder of the store; ``None`` for none: records and uploads then end with the server.
    """

    def __init__(self, store: Path | None = None) -> None:
        super().__init__(store)
        self.readings = Jobs()
        self._datasets: Recent[Dataset] = Recent(MOST_DATASETS)
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
        key = digest_of("dataset", identity(path), record.schema)
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
        return digest_of("aligned", self.dataset(record).identity(), name, identity(path))

    def models_in(self, record: Record, name: str) -> tuple[str, ...] | None:
        """Return the names of the models in a prediction file, none where it cannot be read, ``None`` before it is."""
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
        return digest_of("result", self.dataset(record).identity(), predictions, choices, record.settings)

    def _identity(self, source: Source) -> str:
        """Return what changes with a file; one that is not there, or may not be opened, has the reason for it."""
        try:
            return identity(self.path(source))
        except (DataError, OSError) as error:
            return sentence(error)

    def prediction_paths(self, record: Record) -> tuple[dict[str, Path], dict[str, str]]:
        """Return where the predictions lie, and why some lie nowhere, by name."""
        found: dict[str, Path] = {}
        absent: dict[str, str] = {}
        for name, source in record.predictions:
            try:
                found[name] = self.path(source)
            except (DataError, OSError) as error:
                absent[name] = sentence(error)
        return found, absent


def digest_of(*parts: object) -> str:
    """Return a name for what the parts say together."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()
