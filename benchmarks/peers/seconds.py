"""How long other tools take for a task, and how long we take for the same, each in new processes."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.make_file import Choices, Files
from benchmarks.one_machine import warm_page_cache
from benchmarks.peers.environments import Environment
from benchmarks.tables import number
from benchmarks.timing import Run, run

SECONDS_HEADER = (
    "cells × genes × perturbations", "task", "tool", "with imports, s", "work, s",
    "perturbdash with imports, s", "work, s", "× perturbdash (with imports; work)", "peak, GB (perturbdash)",
)  # fmt: skip


@dataclass(frozen=True)
class Task:
    """What a tool is timed on, and what we do for the same."""

    tool: str
    words: str
    module: str
    theirs: str
    ours: str


TASKS = (
    Task("scanpy", "t-tests against control and rest", "run_scanpy", "tests", "tests"),
    Task("scperteval", "calibration (scperteval calibrate)", "run_scperteval", "calibrate", "calibrate"),
    Task("cell-eval", "score of predicted cells (cell-eval run)", "run_cell_eval", "score", "score"),
)


def worker(python: Path | str, module: str, job: Mapping[str, Any], limit: float) -> Run:
    """Run a task of a tool in its environment."""
    return run([python, "-m", f"benchmarks.peers.{module}", json.dumps(dict(job))], limit=limit)


def quickest(python: Path | str, module: str, job: Mapping[str, Any], *, runs: int, limit: float) -> Run:
    """Return the quickest of several runs, or the first that did not finish."""
    found = [worker(python, module, job, limit)]
    while found[-1].finished and len(found) < runs:
        found.append(worker(python, module, job, limit))
    return min(found, key=lambda one: (one.finished, one.seconds))


def seconds_row(choices: Choices, task: Task, theirs: Run, ours: Run) -> list[str]:
    """Return the row of a task at a size."""
    size = f"{choices.cells:,} × {choices.genes:,} × {choices.perturbations:,}"
    mine = [number(ours.seconds), number(ours.values.get("work"))]
    if not theirs.finished:
        return [size, task.words, task.tool, theirs.error, "–", *mine, "–", "–"]
    ratios = theirs.seconds / ours.seconds, theirs.values["work"] / ours.values["work"]
    peaks = f"{number(theirs.values['peak'])} ({number(ours.values['peak'])})"
    return [
        size,
        task.words,
        task.tool,
        number(theirs.seconds),
        number(theirs.values["work"]),
        *mine,
        f"{number(ratios[0])}; {number(ratios[1])}",
        peaks,
    ]


def timed_rows(
    choices: Choices, files: Files, tools: Mapping[str, Environment], *, runs: int, limit: float
) -> list[list[str]]:
    """Time every tool that is installed at a size, and us on the same task."""
    rows = []
    warm_page_cache(files)
    with tempfile.TemporaryDirectory() as folder:
        for task in TASKS:
            if tools[task.tool].problem:
                continue
            job = {"data": str(files.cells), "predicted": str(files.predicted)}
            out = "" if task.tool == "scanpy" else f"{folder}/{task.tool}"
            theirs = {**job, "task": task.theirs, "out": out}
            ours = {**job, "task": task.ours, "out": ""}
            found = quickest(tools[task.tool].python, task.module, theirs, runs=runs, limit=limit)
            mine = quickest(sys.executable, "run_perturbdash", ours, runs=runs, limit=limit)
            if not mine.finished:
                raise RuntimeError(f"perturbdash did not finish its {task.words}: {mine.error}")
            rows.append(seconds_row(choices, task, found, mine))
            print(" | ".join(rows[-1]), flush=True)
    return rows
