"""The bilinear baseline of Ahlmann-Eltze et al. 2025: principal components of genes, a ridge between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import scipy.linalg
import scipy.sparse.linalg
import torch
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

    from perturbdash.judgement.splits import Plan
    from perturbdash.statistics.context import ContextStatistics

COMPONENTS = 10
RIDGE = 0.1
DENSE_UP_TO = 500
LANCZOS_VECTORS = 40


def linear_profiles(
    stats: ContextStatistics,
    plan: Plan,
    *,
    parts: Mapping[str, Sequence[str]],
    targets: Mapping[str, Sequence[str]],
) -> Tensor:
    """Predict every tested single gene of the panel from the centroids of its fold's train set.

    Y are the training shifts with control, A the principal component scores of genes over all training
    centroids, B the rows of A of the perturbed genes, 0 for control. Y and B hold the conditions for which B is
    defined; Y ≈ b + A·W·B with b the row means of Y and W = (AᵀA+λI)⁻¹Aᵀ(Y−b)Bᵀ(BBᵀ+λI)⁻¹.
    Source: Ahlmann-Eltze et al. 2025, 10.1038/s41592-025-02772-6.

    Parameters
    ----------
    stats
        Of one context.
    plan
        Folds in which a perturbation is tested, with their train sets.
    parts, targets
        By perturbation: what it is combined of, and its parts that are genes of the panel.

    Returns
    -------
    ``(n_perturbations, n_genes)`` log1p; NaN for combinations, targets outside the panel, what is not tested,
    and where no training perturbation has a target in the panel.
    """
    centroids, control = stats.all_cells.mean, stats.control.mean[0]
    device = centroids.device
    gene = torch.from_numpy(_target_genes(stats, parts, targets)).to(device)
    gram = _gram(torch.cat([centroids, control[None]]))
    train = torch.from_numpy(plan.train).to(device)
    fold = torch.from_numpy(plan.fold).to(device)
    profiles = torch.full_like(centroids, torch.nan)
    for k in range(len(train)):
        asked = ((fold == k) & (gene >= 0)).nonzero()[:, 0]
        seen = (train[k] & (gene >= 0)).nonzero()[:, 0]
        if len(asked) and len(seen):
            scores = _scores(centroids, control, train[k].nonzero()[:, 0], gram)
            shift, weights = _fit(centroids[seen] - control, scores, scores[gene[seen]])
            profiles[asked] = control + shift + scores[gene[asked]] @ weights.T @ scores.T
    return profiles


def _target_genes(
    stats: ContextStatistics, parts: Mapping[str, Sequence[str]], targets: Mapping[str, Sequence[str]]
) -> NDArray[np.int64]:
    """Column of the gene that each single perturbation targets, -1 for all else."""
    place = {gene: i for i, gene in enumerate(stats.genes)}
    column = [
        place.get(targets[p][0], -1) if len(parts[p]) == 1 and len(targets[p]) == 1 else -1
        for p in stats.perturbations
    ]
    return np.array(column, dtype=np.int64)


def _gram(conditions: Tensor) -> Tensor:
    """Products of all conditions, each centred over genes: any train set's is a part of it."""
    centred = conditions - conditions.mean(1, keepdim=True)
    return centred @ centred.T


def _scores(centroids: Tensor, control: Tensor, train: Tensor, gram: Tensor) -> Tensor:
    """Principal component scores of genes over training centroids and control, ``(n_genes, n_components)``.

    Only the space and the lengths matter: W turns with A and B, so signs and rotations leave no trace.
    """
    with_control = torch.cat([train, train.new_tensor([len(centroids)])])
    axes = _leading_axes(gram[with_control][:, with_control], min(COMPONENTS, len(with_control)))
    conditions = torch.cat([centroids[train], control[None]])
    return (conditions - conditions.mean(1, keepdim=True)).T @ axes


def _leading_axes(gram: Tensor, n: int) -> Tensor:
    """Eigenvectors of the n largest eigenvalues, as columns; deterministic."""
    matrix = gram.cpu().numpy()
    size = len(matrix)
    if size <= DENSE_UP_TO:
        axes = scipy.linalg.eigh(matrix, subset_by_index=[size - n, size - 1])[1]
    else:
        axes = scipy.sparse.linalg.eigsh(matrix, k=n, v0=np.ones(size), ncv=LANCZOS_VECTORS)[1]
    return torch.from_numpy(np.ascontiguousarray(axes)).to(gram.device)


def _fit(shifts: Tensor, scores: Tensor, embedding: Tensor) -> tuple[Tensor, Tensor]:
    """Return b ``(n_genes,)`` and W ``(n_components, n_components)``.

    Parameters
    ----------
    shifts
        ``(n_seen, n_genes)`` Δcontrol; control's own, a row of zeros, is added here.
    scores
        A, ``(n_genes, n_components)``.
    embedding
        Bᵀ without control, ``(n_seen, n_components)``; control's row of zeros adds nothing to the products.
    """
    mean = shifts.sum(0) / (len(shifts) + 1)
    ridge = RIDGE * torch.eye(scores.shape[1], dtype=scores.dtype, device=scores.device)
    products = scores.T @ (shifts - mean).T @ embedding
    left = torch.linalg.solve(scores.T @ scores + ridge, products)
    weights = torch.linalg.solve(embedding.T @ embedding + ridge, left, left=False)
    return mean, weights
