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

Read = list[tuple[str, Source, tuple["AlignedPrediction", ...]]]
"""Name, file and the models in it."""


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
            read.append((name, source, found))
        elif job is not None and job.ended:
            problems.append((name, job.problem or "Reading it was stopped; remove it, or add it again."))
        elif job is not None:
            waits.append(job)
    return read, problems, waits


def summary(dataset: Dataset, read: Sequence[AlignedPrediction]) -> str:
    """Return in words what matches: all, or what is missing and where; models that lack the same stand together."""
    tested = _tested(dataset, read)
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
    return " ".join([*sentences, _split_sentence(dataset, tested)]) if read else ""


def _tested(dataset: Dataset, read: Sequence[AlignedPrediction]) -> set[str]:
    """Return the test perturbations: those of the test part, or without a split all that some model predicts."""
    if dataset.split:
        return {label for (_, label), part in dataset.split.items() if part == "test"}
    everything = set(dataset.perturbations)
    return {label for m in read for label in everything - set(m.report.perturbations_missing)}


def _split_sentence(dataset: Dataset, tested: set[str]) -> str:
    """Say what is tested and what a model may have learnt from, where no column decides it."""
    if dataset.split or not tested:
        return ""
    n, rest = len(dataset.perturbations), len(dataset.perturbations) - len(tested)
    if not rest:
        return "No perturbation is held out, so this judges a fit, not a prediction."
    return f"{len(tested):,} of {n:,} perturbations are predicted: these are tested, the other {rest:,} are train."


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
