"""Whether other tools and we give the same values: each writes them once, and they are compared by perturbation."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks.make_file import Files
from benchmarks.peers import agreement
from benchmarks.peers.environments import Environment
from benchmarks.peers.seconds import worker

LIMIT = 1200.0
VALUES_HEADER = (
    "tool", "of what", "its metric", "ours", "values compared", "largest difference", "median", "why",
)  # fmt: skip


def compared_rows(files: Files, tools: Mapping[str, Environment]) -> list[list[str]]:
    """Compare the values of every tool that is installed with ours; a tool that fails has a row that says why."""
    job = {"data": str(files.cells), "predicted": str(files.predicted)}
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory() as folder:
        bench = _Bench(job, Path(folder))
        for name, rows_of in (
            ("scanpy", bench.scanpy),
            ("scperteval", bench.scperteval),
            ("cell-eval", bench.cell_eval),
        ):
            if not tools[name].problem:
                try:
                    rows += rows_of(tools[name].python)
                except ToolError as error:
                    rows.append([name, *["–"] * (len(VALUES_HEADER) - 2), f"it failed: {error}"])
    return rows


class ToolError(Exception):
    """Another tool did not finish."""


class _Bench:
    """Runs tools on the same cells and compares what they wrote."""

    def __init__(self, job: Mapping[str, str], folder: Path) -> None:
        self._job, self._folder = job, folder
        scores = self._ours("score", "scores.parquet")
        self._scores = agreement.ours_by_metric(scores, "model", "all_cells")

    def scanpy(self, python: Path) -> list[list[str]]:
        """Compare t, p and adjusted p."""
        theirs = self._folder / "scanpy.npz"
        self._theirs(python, "run_scanpy", out=str(theirs))
        return agreement.tests_apart(theirs, self._ours("tests", "tests.npz"))

    def scperteval(self, python: Path) -> list[list[str]]:
        """Compare predicted cells, and two controls on its own halves, which are given to us."""
        out = self._folder / "scperteval"
        out.mkdir()
        self._theirs(python, "run_scperteval", task="values", out=str(out))
        calibrated = self._ours("calibrate", "calibrated.parquet", halves=str(out / "halves.csv"))
        duplicate = agreement.ours_by_metric(calibrated, "technical_duplicate", "first_half")
        control = agreement.ours_by_metric(calibrated, "control", "first_half")
        theirs = agreement.of_scperteval(out)
        return [
            row
            for what, pairs, ours in (
                ("predicted cells", agreement.SCPERTEVAL, self._scores),
                ("technical duplicate", agreement.CENTROIDS, duplicate),
                ("control", agreement.CONTROL, control),
            )
            for row in agreement.rows("scPertEval", what, pairs, theirs[what], ours)
        ]

    def cell_eval(self, python: Path) -> list[list[str]]:
        """Compare predicted cells."""
        out = self._folder / "cell-eval"
        self._theirs(python, "run_cell_eval", out=str(out))
        values = agreement.of_cell_eval(out)
        return agreement.rows("cell-eval", "predicted cells", agreement.CELL_EVAL, values, self._scores)

    def _theirs(self, python: Path, module: str, **changes: str) -> None:
        done = worker(python, module, {**self._job, **changes}, LIMIT)
        if not done.finished:
            raise ToolError(done.error)

    def _ours(self, task: str, name: str, **changes: str) -> Path:
        out = self._folder / name
        done = worker(
            sys.executable, "run_perturbdash", {**self._job, "task": task, "out": str(out), **changes}, LIMIT
        )
        if not done.finished:
            raise RuntimeError(f"perturbdash did not finish the task {task}: {done.error}")
        return out
