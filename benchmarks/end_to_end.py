"""Time from a file of cells to every table, as a ratio to the bare reading of the same file in the same process.

    python benchmarks/end_to_end.py [--data FILE --predictions FILE...] [--profile]

Without ``--data`` the benchmark file is made first (``benchmarks/make_file.py``).
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import perturbdash as pdash

TABLES = (
    "systematic_variation",
    "metrics",
    "metric_summary",
    "calibration",
    "calibration_summary",
    "verdict",
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path)
    parser.add_argument("--predictions", type=Path, nargs="*", default=[])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--profile", action="store_true", help="print where the time of one run goes")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data, predictions = arguments.data, arguments.predictions
        if data is None:
            data, predictions = make(Path(folder))
        compare(data, predictions, arguments.runs)
        if arguments.profile:
            profile(data, predictions)


def make(folder: Path) -> tuple[Path, list[Path]]:
    script = Path(__file__).with_name("make_file.py")
    subprocess.run([sys.executable, str(script), "--out", str(folder)], check=True)
    return folder / "cells.h5ad", sorted(folder.glob("*.parquet"))


def everything(data: Path, predictions: Sequence[Path]) -> pdash.Result:
    """Evaluate without a store and make every table."""
    result = pdash.evaluate(data, list(predictions), store=False)
    for name in (*TABLES, "warnings", "degs"):
        getattr(result, name)
    return result


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare(data: Path, predictions: Sequence[Path], runs: int) -> None:
    import anndata

    print(f"peak memory after imports: {peak():.2f} GB")
    first = timed(lambda: everything(data, predictions))
    print(f"first run in this process: {first:.2f} s, peak memory {peak():.2f} GB")
    totals, bare = [], []
    for _ in range(runs):
        bare.append(timed(lambda: anndata.read_h5ad(data)))
        totals.append(timed(lambda: everything(data, predictions)))
    print(f"bare anndata.read_h5ad: {min(bare):.2f} s (min of {runs}; {max(bare):.2f} at most)")
    print(f"file to all tables:     {min(totals):.2f} s (min of {runs}; {max(totals):.2f} at most)")
    print(f"ratio: {min(totals) / min(bare):.1f} (goal: at most 30)")


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def profile(data: Path, predictions: Sequence[Path]) -> None:
    profiler = cProfile.Profile()
    profiler.runcall(everything, data, predictions)
    pstats.Stats(profiler).sort_stats("cumulative").print_stats(45)


if __name__ == "__main__":
    main()
