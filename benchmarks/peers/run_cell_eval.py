"""cell-eval in its own environment: ``cell-eval run`` without the two metrics that compare cells with cells."""

from __future__ import annotations

import json
import sys
import time

START = time.perf_counter()

import scanpy  # noqa: E402, F401
from cell_eval import MetricsEvaluator  # noqa: E402, F401
from cell_eval.__main__ import main as run  # noqa: E402

from benchmarks.timing import emit, peak_gb  # noqa: E402

THREADS = "2"
NEED_CELLS = "pearson_edistance,clustering_agreement"


def main() -> None:
    job = json.loads(sys.argv[1])
    emit(imports=time.perf_counter() - START)
    sys.argv = ["cell-eval", "run", "-ap", job["predicted"], "-ar", job["data"], "-o", job["out"]]
    sys.argv += ["--control-pert", "control", "--pert-col", "perturbation"]
    sys.argv += ["--num-threads", THREADS, "--skip-metrics", NEED_CELLS]
    start = time.perf_counter()
    run()
    emit(work=time.perf_counter() - start, peak=peak_gb())


if __name__ == "__main__":
    main()
