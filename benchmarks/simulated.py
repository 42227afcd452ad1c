"""Simulated cells: counts of perturbed groups of cells, drawn in chunks of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy import sparse

CONTROL_SHARE = 0.08
DENSITY = 0.17
SHARED_GENES = 0.1
SPECIFIC_GENES = 0.01
DEPTH_SPREAD = 0.2
BASE_SPREAD = 1.6
PER_CELL = 1e4


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


def modelled_means(means: Means, skill: float, rng: np.random.Generator) -> np.ndarray:
    """Return the mean counts that a model of some skill expects of each group; control as it is."""
    logs = np.log(means.values[1:])
    average = logs.mean(0)
    expected = average + skill * (logs - average)
    expected += 0.5 * logs.std(0) * rng.standard_normal(logs.shape, dtype=np.float32)
    return np.vstack([means.values[:1], np.exp(expected)]).astype(np.float32)


def draw_codes(n_cells: int, n_perturbations: int, rng: np.random.Generator) -> np.ndarray:
    """Return the group of each cell in random order, 0 for control, ``(n_cells,)``."""
    n_control = round(CONTROL_SHARE * n_cells)
    perturbed = np.arange(n_cells - n_control) % n_perturbations + 1
    return rng.permutation(np.concatenate([np.zeros(n_control, np.int64), perturbed]))


def draw_counts(means: np.ndarray, codes: np.ndarray, rng: np.random.Generator) -> sparse.csr_matrix:
    """Draw some cells: each count zero or geometric, with the Poisson share of zeros and the right mean.

    Returns
    -------
    scipy.sparse.csr_matrix
        Counts, ``(n_cells, n_genes)`` float32.
    """
    from scipy import sparse

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
    starts = np.concatenate([[0], np.cumsum(per_row)])
    columns = (flat % means.shape[1]).astype(np.int32)
    return sparse.csr_matrix((counts.astype(np.float32), columns, starts), shape=expected.shape)


def normalised(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    """Return log1p of counts per 10,000, float32."""
    from scipy import sparse

    totals = np.maximum(1, np.asarray(counts.sum(1, dtype=np.float64)).ravel())
    values = np.log1p(counts.data * np.repeat(PER_CELL / totals, np.diff(counts.indptr)))
    return sparse.csr_matrix((values.astype(np.float32), counts.indices, counts.indptr), shape=counts.shape)
