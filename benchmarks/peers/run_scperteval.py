"""scPertEval in its own environment: ``scperteval calibrate`` as it is, and the values of its protocols."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

START = time.perf_counter()

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import scperteval as sp  # noqa: E402
from scperteval import cli  # noqa: E402
from scperteval.dataset import Dataset  # noqa: E402
from scperteval.types import RunConfig  # noqa: E402

from benchmarks.timing import emit, peak_gb  # noqa: E402

WORKERS = "2"
WHOLE_POOL = 10**9
BY_DE = ("de_auprc", "de_auroc", "de_overlap_k=50")
BY_WEIGHTS = (
    "wmse_exp2",
    "weighted_pearson_ctrl_exp2",
    "weighted_r2_ctrl_exp2",
    "pearson_ctrl_top_k=20",
)
ON_DEGS = ("pearson_ctrl_degs_padj=0.05", "r2_ctrl_degs_padj=0.05")
"""Refused for the whole data set where one perturbation has no DEG, so they are not timed."""
BY_CENTROIDS = (
    "pearson",
    "mse",
    "l2_heg_k=1000",
    "pearson_ctrl",
    "pearson_ctrl_heg_k=1000",
    "r2_ctrl",
    "nir",
    "rank",
    "pearson_pert",
    "r2_pert",
)


def calibrate(job: dict[str, str]) -> None:
    """Run the command as a user does, with the protocols that have a counterpart."""
    protocols = ",".join((*BY_CENTROIDS, *BY_WEIGHTS, *BY_DE))
    cli.main(["calibrate", job["data"], "-p", protocols, "--out-dir", job["out"], "--workers", WORKERS])


def halves(path: str) -> pd.DataFrame:
    """Return its first and second half of each perturbation; control cells, of which it has no halves, alternate."""
    data = Dataset.load(path, RunConfig(dataset=path, protocols=[]))
    half = np.full(len(data.pert), "", dtype=object)
    for first, second in data.halves.values():
        half[first], half[second] = "first", "second"
    half[data.control_idx] = np.resize(["first", "second"], len(data.control_idx))
    return pd.DataFrame({"cell": data.adata.obs_names, "half": half})


def values(job: dict[str, str]) -> None:
    """Write its halves, the values of two controls against the first half, and those of predicted cells."""
    out = Path(job["out"])
    prepared = sp.prepare(job["data"], [], subsample=WHOLE_POOL, workers=int(WORKERS))
    halves(job["data"]).to_csv(out / "halves.csv", index=False)
    controls = [
        sp.calibrate(prepared, name, positive="tech_dup", negative="control_mean").per_perturbation
        for name in BY_CENTROIDS
    ]
    pd.concat(controls).to_csv(out / "controls.csv", index=False)
    methods = dict.fromkeys((*BY_CENTROIDS, *BY_WEIGHTS, *ON_DEGS), "t-test_overestim_var")
    methods |= dict.fromkeys(BY_DE, "t-test")
    scores = [scored(prepared, name, job["predicted"], method) for name, method in methods.items()]
    pd.concat(scores).to_csv(out / "scores.csv", index=False)


def scored(prepared: sp.Prepared, protocol: str, predicted: str, method: str) -> pd.DataFrame:
    """Return the values of predicted cells; no row where the protocol refuses the data set."""
    try:
        return sp.score(prepared, protocol, predicted, de_method=method).per_perturbation
    except ValueError as error:
        print(f"{protocol}: {error}", file=sys.stderr)
        return pd.DataFrame(columns=["protocol", "perturbation", "raw_prediction"])


def main() -> None:
    job = json.loads(sys.argv[1])
    emit(imports=time.perf_counter() - START)
    start = time.perf_counter()
    {"calibrate": calibrate, "values": values}[job["task"]](job)
    emit(work=time.perf_counter() - start, peak=peak_gb())


if __name__ == "__main__":
    main()
