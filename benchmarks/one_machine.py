"""One machine: from files of cells to every table, as ratios to the bare reading of the same file by anndata.

    python -m benchmarks.one_machine [--write docs/performance.md] [--only gzip zarr] [--runs 3] [--files DIR]

The same cells (100,000 × 5,000, 500 perturbations) in six files, made once. Each file has a process of its own; all
figures of a row are from it, the smallest of the runs, with the file in the page cache.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.make_file import Choices, Files, default_root, made_once
from benchmarks.tables import fill, markdown, number
from benchmarks.timing import Run, machine, run, versions

LIMIT = 600.0
FIRST_RUN_GOAL = 5.0
MEMORY_GOAL = 2.5
MOMENTS_MEMORY_GOAL = 1.0
ENGINES = ("perturbdash", "anndata", "h5py", "zarr", "numba", "numpy", "torch")


@dataclass(frozen=True)
class Goals:
    """What a file should reach: ratios to bare reading, and seconds where they are asked for."""

    moments: float
    total: float
    beyond: float
    seconds: float | None = None


@dataclass(frozen=True)
class Case:
    """A file of the table, and what it should reach."""

    label: str
    choices: Choices
    goals: Goals


CASES = {
    "plain": Case("plain CSR", Choices(), Goals(1.2, 15, 7, seconds=3.5)),
    "gzip": Case("gzip CSR", Choices(compression="gzip"), Goals(0.4, 1.8, 1)),
    "zarr": Case("zarr v3", Choices(format="zarr"), Goals(0.9, 5, 3)),
    "counts": Case("counts, plain CSR", Choices(values="counts"), Goals(1.7, 15, 7)),
    "dense": Case("dense", Choices(layout="dense"), Goals(1.4, 11, 6)),
    "csc": Case("CSC, plain", Choices(layout="csc"), Goals(1.5, 17, 9)),
}
RATIO_HEADER = (
    "file", "MB", "bare read, s", "read + moments, s", "× bare (goal)",
    "file to everything, s", "× bare (goal; beyond)", "peak memory, GB", "not reached",
)  # fmt: skip


def measure(files: Files, runs: int, *, empty_cache: bool = False) -> Run:
    """Measure a file in a new process; with an empty cache, every kernel is compiled anew."""
    command = [sys.executable, "-m", "benchmarks.measure_file", files.cells, "--runs", str(runs)]
    command += ["--predictions", *files.predictions]
    if not empty_cache:
        return run(command, limit=LIMIT)
    with tempfile.TemporaryDirectory() as folder:
        return run(command, limit=LIMIT, environment={"NUMBA_CACHE_DIR": folder})


def not_reached(values: Mapping[str, float], goals: Goals) -> list[str]:
    """Return the goals that the measured values miss, in words."""
    bare = values["bare"]
    missed = []
    if values["moments"] / bare > goals.moments:
        missed.append("read + moments")
    if values["total"] / bare > goals.total:
        missed.append("everything")
    if goals.seconds is not None and values["total"] > goals.seconds:
        missed.append(f"{goals.seconds} s")
    if values["peak_total"] > MEMORY_GOAL:
        missed.append(f"{MEMORY_GOAL} GB")
    if moments_memory(values) > MOMENTS_MEMORY_GOAL:
        missed.append(f"{MOMENTS_MEMORY_GOAL:.0f} GB for moments")
    return missed


def moments_memory(values: Mapping[str, float]) -> float:
    """Return the GB that reading and moments took above the imports and their result."""
    return max(0.0, values["peak_moments"] - values["peak_imports"] - values["result_gb"])


def ratio_row(case: Case, files: Files, measured: Run) -> list[str]:
    """Return the row of a file; where it was stopped or failed, what it said."""
    values, goals = measured.values, case.goals
    start = [case.label, number(files.megabytes, 3)]
    if "total" not in values:
        return [*start, *["–"] * 6, measured.error or "nothing was measured"]
    bare = values["bare"]
    seconds = "" if goals.seconds is None else f", ≤ {goals.seconds} s"
    return [
        *start,
        number(bare),
        number(values["moments"]),
        f"{number(values['moments'] / bare)} (≤ {goals.moments})",
        number(values["total"]),
        f"{number(values['total'] / bare)} (≤ {goals.total}{seconds}; {goals.beyond})",
        number(values["peak_total"]),
        ", ".join(not_reached(values, goals)) or "all reached",
    ]


def first_row(label: str, values: Mapping[str, float], later: Mapping[str, float]) -> list[str]:
    """Return what the first run of a process pays above a later one."""
    imports = values["imports"]
    runs = values["first_moments"] - later["moments"] + values["first_total"] - later["total"]
    return [label, number(imports), number(runs), f"{number(imports + runs)} (≤ {FIRST_RUN_GOAL:.0f})"]


def memory_row(label: str, values: Mapping[str, float]) -> list[str]:
    """Return the peaks of a new process by stage."""
    above = f"{number(moments_memory(values))} (≤ {MOMENTS_MEMORY_GOAL:.0f})"
    peaks = [number(values[name]) for name in ("peak_imports", "result_gb")]
    return [label, *peaks, above, f"{number(values['peak_total'])} (≤ {MEMORY_GOAL})"]


def stage_table(values: Mapping[str, Any]) -> str:
    """Return where the time of the quickest run on a file went."""
    stages = {stage: s for stage, s in values["stages"].items() if s >= 0.005}
    rows = [[stage, number(s), number(s / values["bare"])] for stage, s in stages.items()]
    return markdown(("stage of the plain file", "s", "× bare read"), rows)


def page(measured: Mapping[str, tuple[Files, Run]], compiled: Run | None) -> dict[str, str]:
    """Return the sections of the page by name."""
    rows = [ratio_row(CASES[name], *found) for name, found in measured.items()]
    whole = {name: found[1].values for name, found in measured.items() if "total" in found[1].values}
    sections = {
        "machine": f"{datetime.now(UTC):%Y-%m-%d}. {machine()}. {versions(*ENGINES)}.",
        "one-machine": markdown(RATIO_HEADER, rows),
        "memory": markdown(
            ("file", "after imports, GB", "the moments, GB", "reading above both, GB", "whole run, GB"),
            [memory_row(CASES[name].label, values) for name, values in whole.items()],
        ),
    }
    firsts = [first_row(CASES[name].label, values, values) for name, values in whole.items()]
    if compiled is not None and "first_total" in compiled.values and "plain" in whole:
        firsts.append(first_row("plain CSR, kernels not compiled yet", compiled.values, whole["plain"]))
    header = ("first run of a process", "imports, s", "slower than later by, s", "together, s")
    sections["first-run"] = markdown(header, firsts)
    if "plain" in whole:
        sections["stages"] = stage_table(whole["plain"])
    return sections


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=Path, default=default_root(), help="folder that keeps the files")
    parser.add_argument("--only", choices=tuple(CASES), nargs="+", default=list(CASES))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--write", type=Path, help="page whose sections are filled")
    arguments = parser.parse_args()
    measure_all(arguments.only, arguments.files, arguments.runs, arguments.write)


def measure_all(names: Sequence[str], root: Path, runs: int, write: Path | None) -> None:
    """Measure files, print the sections, and fill those of a page."""
    measured: dict[str, tuple[Files, Run]] = {}
    for name in names:
        files = made_once(CASES[name].choices, root)
        warm_page_cache(files)
        measured[name] = files, measure(files, runs).or_stopped(f"The benchmark of {CASES[name].label}")
        print(" | ".join(ratio_row(CASES[name], *measured[name])), flush=True)
    compiled = measure(measured["plain"][0], 0, empty_cache=True) if "plain" in measured else None
    for section, text in page(measured, compiled).items():
        print(f"\n{text}", flush=True)
        if write is not None:
            fill(write, section, text)


def warm_page_cache(files: Files) -> None:
    """Read the cells once as bytes."""
    paths = files.cells.rglob("*") if files.cells.is_dir() else [files.cells]
    for path in paths:
        if path.is_file():
            with path.open("rb", buffering=0) as file:
                buffer = bytearray(1 << 24)
                while file.readinto(buffer):
                    pass


if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parents[1])
    main()
