"""perturbdash on the tasks of the other tools; its tables are written where a folder is given."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

START = time.perf_counter()

import anndata  # noqa: E402, F401
import numpy as np  # noqa: E402

import perturbdash  # noqa: E402
import perturbdash.judgement.evaluate  # noqa: E402
import perturbdash.statistics.accumulate  # noqa: E402
from benchmarks.timing import emit, peak_gb  # noqa: E402
from perturbdash.statistics.context import context_statistics  # noqa: E402
from perturbdash.statistics.de import rest, welch  # noqa: E402
from perturbdash.statistics.device import resolve  # noqa: E402
from perturbdash.statistics.store import open_moments  # noqa: E402

METHOD = "t-test_overestim_var"
MODEL = "model"


def tests(job: dict[str, Any]) -> dict[str, np.ndarray]:
    """Read the cells, and test every perturbation against control and against the other perturbed cells."""
    data = perturbdash.read(job["data"])
    moments = open_moments(data, store=False)
    stats = context_statistics(moments, data.contexts[0], resolve("cpu"))
    found = {
        "control": welch(stats.all_cells, stats.control, method=METHOD),
        "rest": welch(stats.all_cells, rest(stats.all_cells), method=METHOD),
    }
    return {
        f"{key}_{name}": getattr(one, key).numpy()
        for name, one in found.items()
        for key in ("t", "p", "p_adj")
    }


def calibrate(job: dict[str, Any]) -> perturbdash.Result:
    """Calibrate all metrics on the data alone."""
    result = perturbdash.evaluate(job["data"], store=False, device="cpu", halves=job.get("halves"))
    _ = result.calibration, result.calibration_summary
    return result


def score(job: dict[str, Any]) -> perturbdash.Result:
    """Score predicted cells with all metrics; the calibration is made on the way."""
    result = perturbdash.evaluate(job["data"], {MODEL: job["predicted"]}, store=False, device="cpu")
    _ = result.metrics, result.metric_summary
    return result


def main() -> None:
    job = json.loads(sys.argv[1])
    emit(imports=time.perf_counter() - START)
    start = time.perf_counter()
    result = {"tests": tests, "calibrate": calibrate, "score": score}[job["task"]](job)
    emit(work=time.perf_counter() - start, peak=peak_gb())
    if not job["out"]:
        return
    if isinstance(result, dict):
        np.savez(job["out"], **result)
    else:
        result.metrics.to_parquet(Path(job["out"]))


if __name__ == "__main__":
    main()
