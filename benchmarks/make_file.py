"""Write the benchmark file: simulated cells, as large as asked for, and two predictions.

    python benchmarks/make_file.py --out /tmp/bench

100,000 cells × 5,000 genes, 17 % of the values stored, 500 perturbations and 8 % control cells in random order,
log1p float32, CSR with int32 indices, not compressed. Perturbations move some genes, and two models predict them.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

CONTROL_SHARE = 0.08
DENSITY = 0.17
SHARED_GENES = 0.1
SPECIFIC_GENES = 0.01
DEPTH_SPREAD = 0.2
CHUNK_VALUES = 10_000_000
BASE_SPREAD = 1.6


@dataclass(frozen=True)
class Means:
    """Mean counts of genes at depth 1: ``(n_perturbations + 1, n_genes)`` float32, control first."""

    values: np.ndarray
    genes: list[str]
    labels: list[str]


def draw_means(n_genes: int, n_perturbations: int, rng: np.random.Generator) -> Means:
    """Draw lognormal mean counts whose expected density is ``DENSITY``, and effects on them."""
    base = np.exp(BASE_SPREAD * rng.standard_normal(n_genes))
    low, high = 1e-6, 1e3
    for _ in range(60):
        middle = np.sqrt(low * high)
        too_dense = np.mean(-np.expm1(-base * middle)) > DENSITY
        low, high = (low, middle) if too_dense else (middle, high)
    shared = 0.3 * (rng.random(n_genes) < SHARED_GENES) * rng.standard_normal(n_genes)
    effects = rng.standard_normal((n_perturbations, n_genes))
    effects *= rng.random((n_perturbations, n_genes)) < SPECIFIC_GENES
    lfc = np.vstack([np.zeros(n_genes), shared + effects])
    genes = [f"G{i:05d}" for i in range(n_genes)]
    chosen = rng.choice(n_genes, n_perturbations, replace=n_perturbations > n_genes)
    labels = sorted({genes[i] for i in chosen})
    labels += [f"drug{i:05d}" for i in range(n_perturbations - len(labels))]
    return Means((base * middle * np.exp(lfc)).astype(np.float32), genes, ["control", *labels])


def draw_rows(
    means: np.ndarray, codes: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw counts of some cells: zero or geometric, with the Poisson share of zeros and the right mean.

    Returns
    -------
    tuple
        Stored values a row, column of each stored value (int32), and log1p counts per 10,000 (float32).
    """
    depth = np.exp(DEPTH_SPREAD * rng.standard_normal(len(codes))).astype(np.float32)
    expected = means[codes] * depth[:, None]
    stored = -np.expm1(-expected)
    uniform = rng.random(expected.shape, dtype=np.float32)
    flat = np.flatnonzero(uniform < stored)
    share = stored.ravel()[flat]
    more = 1 - share / expected.ravel()[flat]
    ratio = np.maximum(uniform.ravel()[flat], np.float32(1e-12)) / share
    counts = 1 + np.floor(np.log(ratio) / np.log(np.clip(more, 1e-6, 1 - 1e-6)))
    per_row = np.bincount(flat // means.shape[1], minlength=len(codes))
    starts = np.concatenate([[0], np.cumsum(per_row)[:-1]])
    totals = np.maximum(1, np.add.reduceat(np.append(counts, 0), starts) * (per_row > 0))
    values = np.log1p(counts * np.repeat(1e4 / totals, per_row))
    return per_row, (flat % means.shape[1]).astype(np.int32), values.astype(np.float32)


def draw_matrix(means: Means, codes: np.ndarray, rng: np.random.Generator) -> tuple[object, np.ndarray]:
    """Return the cells as CSR, and the mean of each group ``(n_groups, n_genes)``."""
    from scipy import sparse

    n_groups, n_genes = means.values.shape
    rows = max(1, CHUNK_VALUES // n_genes)
    capacity = int(len(codes) * n_genes * DENSITY * 1.2) + n_genes * 10
    data, indices = np.empty(capacity, np.float32), np.empty(capacity, np.int32)
    indptr, sums, end = np.zeros(len(codes) + 1, np.int64), np.zeros((n_groups, n_genes)), 0
    for start in range(0, len(codes), rows):
        part = codes[start : start + rows]
        per_row, columns, values = draw_rows(means.values, part, rng)
        if end + len(values) > len(data):
            data = np.concatenate([data, np.empty(len(data), np.float32)])
            indices = np.concatenate([indices, np.empty(len(indices), np.int32)])
        data[end : end + len(values)], indices[end : end + len(values)] = values, columns
        cells = np.repeat(part.astype(np.int64), per_row)
        sums += np.bincount(cells * n_genes + columns, weights=values, minlength=sums.size).reshape(
            sums.shape
        )
        indptr[start + 1 : start + 1 + len(part)] = end + np.cumsum(per_row)
        end += len(values)
    small = indptr.astype(np.int32) if end < 2**31 else indptr
    matrix = sparse.csr_matrix((data[:end], indices[:end], small), shape=(len(codes), n_genes))
    return matrix, sums / np.maximum(1, np.bincount(codes, minlength=n_groups))[:, None]


def write_cells(
    matrix: object, means: Means, codes: np.ndarray, path: Path, arguments: argparse.Namespace
) -> None:
    """Write the cells in the layout that is asked for."""
    import anndata as ad

    X = {"csr": lambda: matrix, "csc": matrix.tocsc, "dense": matrix.toarray}[arguments.layout]()
    obs = pd.DataFrame(
        {"perturbation": pd.Categorical.from_codes(codes, means.labels)},
        index=[f"cell{i:07d}" for i in range(len(codes))],
    )
    cells = ad.AnnData(X=X, obs=obs, var=pd.DataFrame(index=means.genes))
    compression = None if arguments.compression == "none" else arguments.compression
    cells.write_h5ad(path, compression=compression)


def write_predictions(centroids: np.ndarray, means: Means, folder: Path, rng: np.random.Generator) -> None:
    """Write a model that knows something and one that knows the average."""
    average = centroids[1:].mean(0)
    spread = centroids[1:].std(0)
    for name, skill in (("skilled", 0.6), ("average", 0.0)):
        noise = 0.5 * spread * rng.standard_normal(centroids[1:].shape)
        values = np.maximum(0, average + skill * (centroids[1:] - average) + noise)
        index = pd.Index(means.labels[1:], name="perturbation")
        pd.DataFrame(values, index=index, columns=means.genes).to_parquet(folder / f"{name}.parquet")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--cells", type=int, default=100_000)
    parser.add_argument("--genes", type=int, default=5_000)
    parser.add_argument("--perturbations", type=int, default=500)
    parser.add_argument("--layout", choices=("csr", "csc", "dense"), default="csr")
    parser.add_argument("--compression", choices=("none", "gzip", "lzf"), default="none")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    started = time.perf_counter()
    arguments.out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(arguments.seed)
    means = draw_means(arguments.genes, arguments.perturbations, rng)
    n_control = round(CONTROL_SHARE * arguments.cells)
    perturbed = np.arange(arguments.cells - n_control) % arguments.perturbations + 1
    codes = rng.permutation(np.concatenate([np.zeros(n_control, np.int64), perturbed]))
    matrix, centroids = draw_matrix(means, codes, rng)
    path = arguments.out / "cells.h5ad"
    write_cells(matrix, means, codes, path, arguments)
    write_predictions(centroids, means, arguments.out, rng)
    density = matrix.nnz / (arguments.cells * arguments.genes)
    size, seconds = path.stat().st_size / 1e6, time.perf_counter() - started
    print(
        f"{path}: {arguments.cells:,} × {arguments.genes:,}, {density:.1%} stored, {size:,.0f} MB, {seconds:.1f} s"
    )


if __name__ == "__main__":
    main()
