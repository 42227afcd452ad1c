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
    centroids, B the rows of A of the perturbed genes, 0 for control. Y and B hold the conditions for which
    B is defined; Y ≈ b + A·W·B with b the row means of Y, W = (AᵀA+λI)⁻¹Aᵀ(Y−b)Bᵀ(BBᵀ+λI)⁻¹, λ = 0.1.
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
    centred = torch.cat([centroids, control[None]])
    centred -= centred.mean(1, keepdim=True)
    gram = centred @ centred.T
    gene = torch.from_numpy(_target_genes(stats, parts, targets)).to(control.device)
    train, fold = (torch.from_numpy(array).to(control.device) for array in (plan.train, plan.fold))
    profiles = torch.full_like(centroids, torch.nan)
    for k in range(len(train)):
        asked = ((fold == k) & (gene >= 0)).nonzero()[:, 0]
        seen = (train[k] & (gene >= 0)).nonzero()[:, 0]
        if len(asked) and len(seen):
            scores = _scores(centred, gram, train[k].nonzero()[:, 0])
            shift, weights = _fit(centroids, control, seen, scores=scores, embedding=scores[gene[seen]])
            profiles[asked] = (scores[gene[asked]] @ weights.T @ scores.T).add_(control + shift)
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


def _scores(centred: Tensor, gram: Tensor, train: Tensor) -> Tensor:
    """Principal component scores of genes over training centroids and control, ``(n_genes, n_components)``.

    Only the space and the lengths matter: W turns with A and B, so signs and rotations leave no trace.

    Parameters
    ----------
    centred
        ``(n_perturbations + 1, n_genes)``: centroids, then control, each less its mean over genes.
    gram
        Their products; a train set's are a part of it.
    train
        Rows of the train set.
    """
    rows = torch.cat([train, train.new_tensor([len(centred) - 1])])
    axes = _leading_axes(gram[rows][:, rows], min(COMPONENTS, len(rows)))
    loadings = centred.new_zeros((len(centred), axes.shape[1]))
    loadings[rows] = axes
    return centred.T @ loadings


def _leading_axes(gram: Tensor, n: int) -> Tensor:
    """Eigenvectors of the n largest eigenvalues, as columns; deterministic."""
    matrix = gram.cpu().numpy()
    size = len(matrix)
    if size <= DENSE_UP_TO:
        axes = scipy.linalg.eigh(matrix, subset_by_index=[size - n, size - 1])[1]
    else:
        axes = scipy.sparse.linalg.eigsh(matrix, k=n, v0=np.ones(size), ncv=LANCZOS_VECTORS)[1]
    return torch.from_numpy(np.ascontiguousarray(axes)).to(gram.device)


def _fit(
    centroids: Tensor, control: Tensor, seen: Tensor, *, scores: Tensor, embedding: Tensor
) -> tuple[Tensor, Tensor]:
    """Return b ``(n_genes,)`` and W ``(n_components, n_components)``.

    Parameters
    ----------
    centroids, control
        ``(n_perturbations, n_genes)`` and ``(n_genes,)``.
    seen
        Rows of the columns of Y without control, whose shift of zeros adds nothing but its count.
    scores
        A, ``(n_genes, n_components)``.
    embedding
        Bᵀ without control, whose row of zeros adds nothing to the products, ``(n_seen, n_components)``.
    """
    votes = centroids.new_zeros(len(centroids))
    votes[seen] = 1 / (len(seen) + 1)
    mean = votes @ centroids - votes.sum() * control
    ridge = RIDGE * torch.eye(scores.shape[1], dtype=scores.dtype, device=scores.device)
    projected = (centroids @ scores)[seen] - (control + mean) @ scores
    left = torch.linalg.solve(scores.T @ scores + ridge, projected.T @ embedding)
    weights = torch.linalg.solve(embedding.T @ embedding + ridge, left, left=False)
    return mean, weights
