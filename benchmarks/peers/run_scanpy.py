"""scanpy in its own environment: t-tests of every perturbation against control and against the rest."""

from __future__ import annotations

import json
import sys
import time

START = time.perf_counter()

import numpy as np  # noqa: E402
import scanpy as sc  # noqa: E402

from benchmarks.timing import emit, peak_gb  # noqa: E402

KEYS = {"t": "scores", "p": "pvals", "p_adj": "pvals_adj"}


def tests(cells: sc.AnnData, reference: str) -> dict[str, np.ndarray]:
    """Test every group against a reference; values ``(n_groups, n_genes)`` in the order of the genes."""
    sc.tl.rank_genes_groups(
        cells, "perturbation", method="t-test_overestim_var", reference=reference, use_raw=False
    )
    return cells.uns["rank_genes_groups"]


def by_gene(found: dict[str, np.ndarray], genes: list[str]) -> dict[str, np.ndarray]:
    """Return t, p and adjusted p, groups in the order of their names."""
    groups = sorted(found["names"].dtype.names)
    place = {gene: i for i, gene in enumerate(genes)}
    values = {key: np.empty((len(groups), len(genes))) for key in KEYS}
    for row, group in enumerate(groups):
        columns = np.array([place[gene] for gene in found["names"][group]])
        for key, name in KEYS.items():
            values[key][row, columns] = found[name][group]
    return values


def main() -> None:
    job = json.loads(sys.argv[1])
    emit(imports=time.perf_counter() - START)
    start = time.perf_counter()
    cells = sc.read_h5ad(job["data"])
    perturbed = cells[cells.obs["perturbation"] != "control"].copy()
    against_control = tests(cells, "control")
    against_rest = tests(perturbed, "rest")
    emit(work=time.perf_counter() - start, peak=peak_gb())
    if job["out"]:
        genes = list(cells.var_names)
        control, rest = by_gene(against_control, genes), by_gene(against_rest, genes)
        np.savez(
            job["out"],
            **{f"{key}_control": values for key, values in control.items()},
            **{f"{key}_rest": values for key, values in rest.items()},
        )


if __name__ == "__main__":
    main()
