"""What of each prediction file matches the data set, read in the background, and the same in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from perturbdash.errors import PerturbdashError
from perturbdash.ui.jobs import Job, sentence
from perturbdash.ui.library import library
from perturbdash.ui.numbers import plural
from perturbdash.ui.records import Record, Source

if TYPE_CHECKING:
    from perturbdash.io.alignment import AlignedPrediction
    from perturbdash.io.dataset import Dataset

PATIENCE_SECONDS = 1.5
NAMED = 3

Read = list[tuple[Source, tuple["AlignedPrediction", ...]]]


def read_all(record: Record) -> tuple[Read, list[tuple[str, str]], list[Job]]:
    """Return the files with the models in them, the files that cannot be read, and the work that goes on."""
    read: Read = []
    problems: list[tuple[str, str]] = []
    waits: list[Job] = []
    for name, source in record.predictions:
        try:
            found = library().aligned(record, name)
            job = library().reading(record, name)
            if found is None and (job is None or job.state == "done"):
                job = library().read_prediction(record, name)
            if found is None and job is not None:
                job.wait(PATIENCE_SECONDS)
                found = library().aligned(record, name)
        except (PerturbdashError, OSError) as error:
            problems.append((name, sentence(error)))
            continue
        if found is not None:
            read.append((source, found))
        elif job is not None and job.ended:
            problems.append((name, job.problem or "Reading it was stopped; remove it, or add it again."))
        elif job is not None:
            waits.append(job)
    return read, problems, waits


def summary(dataset: Dataset, read: Sequence[AlignedPrediction]) -> str:
    """Return in words what matches: all, or what is missing and where; models that lack the same stand together."""
    tested = _tested(dataset)
    noun = "test perturbation" if len(tested) < len(dataset.perturbations) else "perturbation"
    lacking = {
        noun: {m.name: [p for p in m.report.perturbations_missing if p in tested] for m in read},
        "gene": {m.name: list(m.report.genes_missing) for m in read},
    }
    complete = [f"every {what}" for what, missing in lacking.items() if read and not any(missing.values())]
    sentences = []
    if complete:
        both = " and ".join(complete)
        sentences.append(f"{both[0].upper()}{both[1:]} is both in the data and in the predictions.")
    for what, missing in lacking.items():
        for names, models in _alike(missing).items():
            who = " and ".join(models) if len(models) < len(read) or len(read) == 1 else "All predictions"
            verb = "lacks" if len(models) == 1 else "lack"
            sentences.append(f"{who} {verb} {plural(len(names), what, what + 's')}: {some(names)}.")
    return " ".join(sentences)


def _tested(dataset: Dataset) -> set[str]:
    """Return the perturbations that a prediction is asked for: those of the test part, or all."""
    split = dataset.split or {}
    return {label for (_, label), part in split.items() if part == "test"} or set(dataset.perturbations)


def _alike(missing: Mapping[str, Sequence[str]]) -> dict[tuple[str, ...], list[str]]:
    """Return the models by what they lack, those that lack nothing left out."""
    found: dict[tuple[str, ...], list[str]] = {}
    for model, names in missing.items():
        if names:
            found.setdefault(tuple(names), []).append(model)
    return found


def some(names: Sequence[str]) -> str:
    """Return the first names and how many more there are."""
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
