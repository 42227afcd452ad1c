"""Measure one file of cells in a process of its own; what is found is emitted as it is found.

    python -m benchmarks.measure_file FILE --predictions FILE... [--runs 3]

First the moments and then everything, as a new process pays for them, with the peak of memory after each; then in
each run the bare reading by anndata, reading with moments, and the way from the file to all tables.
"""

from __future__ import annotations

import time

START = time.perf_counter()

import argparse  # noqa: E402
import cProfile  # noqa: E402
import pstats  # noqa: E402
import re  # noqa: E402
from collections import defaultdict  # noqa: E402
from collections.abc import Sequence  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

from benchmarks.timing import emit, peak_gb, timed  # noqa: E402


def bare(data: Path) -> object:
    """Read the whole file with anndata."""
    import anndata

    return anndata.read_zarr(data) if data.suffix == ".zarr" else anndata.read_h5ad(data)


def read_and_moments(data: Path) -> Any:
    """Open the file and compute its moments, with nothing kept."""
    import perturbdash
    from perturbdash.statistics.store import open_moments

    return open_moments(perturbdash.read(data), store=False)


class Stages:
    """Seconds by stage, as the progress of an evaluation names them."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._now, self._since = "Opening", time.perf_counter()

    def __call__(self, _share: float, text: str) -> None:
        """Take note of a stage; it is progress as ``evaluate`` reports it."""
        self.enter(re.split(r"[:\d]", text)[0].strip())

    def enter(self, stage: str) -> None:
        """End the stage that was, and begin another."""
        now = time.perf_counter()
        self.seconds[self._now] += now - self._since
        self._now, self._since = stage, now


def everything(data: Path, predictions: Sequence[Path]) -> dict[str, float]:
    """Evaluate with nothing kept, make every table, and return the seconds of each stage."""
    import perturbdash
    from perturbdash.judgement.result import TABLES

    stages = Stages()
    result = perturbdash.evaluate(data, list(predictions), store=False, progress=stages)
    for name in TABLES:
        stages.enter(f"Table {name}")
        getattr(result, name)
    stages.enter("Done")
    return dict(stages.seconds)


def first_run(data: Path, predictions: Sequence[Path]) -> None:
    """Emit what a new process pays: imports, moments, everything; and the memory of each."""
    import perturbdash.judgement.evaluate
    import perturbdash.statistics.accumulate  # noqa: F401

    emit(imports=time.perf_counter() - START, peak_imports=peak_gb())
    start = time.perf_counter()
    moments = read_and_moments(data)
    emit(first_moments=time.perf_counter() - start, peak_moments=peak_gb(), stored=int(moments.nnz.sum()))
    emit(result_gb=(moments.mean.nbytes + moments.m2.nbytes + moments.nnz.nbytes) / 1e9)
    del moments
    emit(first_total=timed(lambda: everything(data, predictions)), peak_total=peak_gb())


def repeated_runs(data: Path, predictions: Sequence[Path], runs: int) -> None:
    """Emit the smallest and largest seconds of the runs so far, and the stages of the quickest."""
    seconds: dict[str, list[float]] = defaultdict(list)
    stages: dict[float, dict[str, float]] = {}

    def emit_so_far(name: str, taken: float) -> None:
        seconds[name].append(taken)
        emit(**{name: min(seconds[name]), f"{name}_largest": max(seconds[name])})

    for _ in range(runs):
        emit_so_far("bare", timed(lambda: bare(data)))
        emit_so_far("moments", timed(lambda: read_and_moments(data)))
        start = time.perf_counter()
        found = everything(data, predictions)
        taken = time.perf_counter() - start
        stages[taken] = found
        emit_so_far("total", taken)
        emit(stages=stages[min(stages)])


def profile(data: Path, predictions: Sequence[Path]) -> None:
    """Print where the time of one run goes."""
    profiler = cProfile.Profile()
    profiler.runcall(everything, data, predictions)
    pstats.Stats(profiler).sort_stats("cumulative").print_stats(45)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--predictions", type=Path, nargs="*", default=[])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--profile", action="store_true", help="print where the time of one run goes")
    arguments = parser.parse_args()
    first_run(arguments.data, arguments.predictions)
    repeated_runs(arguments.data, arguments.predictions, arguments.runs)
    if arguments.profile:
        profile(arguments.data, arguments.predictions)


if __name__ == "__main__":
    main()
