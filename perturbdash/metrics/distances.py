"""Distances of every distinct predicted profile to every observed one, from exact differences.

Genes are split in two: those that nobody targets, which all retrieval metrics use, and the targeted ones,
which some leave out for every perturbation and some for one at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from perturbdash.metrics.kernels import distances_torch
from perturbdash.metrics.kernels.columns import NEGLIGIBLE
from perturbdash.statistics.rowwise import for_row_blocks

if TYPE_CHECKING:
    from perturbdash.metrics.truth import Truth

TIE = 1e-12
ROWS_A_BLOCK = 64


@dataclass(frozen=True)
class Distances:
    """Distances over the genes that nobody targets, ``(n_distinct, n_perturbations)`` each.

    Parameters
    ----------
    l1, l2_squared
        City-block and squared Euclidean.
    """

    l1: Tensor
    l2_squared: Tensor

    def __getitem__(self, name: str) -> Tensor:
        """Return distances whose order is that of ``"l1"`` or ``"l2"``."""
        return {"l1": self.l1, "l2": self.l2_squared}[name]


def compare(other: Tensor, own: Tensor, *, scale: float | None = None) -> tuple[Tensor, Tensor]:
    """Return where ``other`` is the smaller distance, and where they tie.

    Two distances that are equal in exact arithmetic differ by rounding, so they tie within 1e-12 of
    ``scale``, which is the larger of the two by default.
    """
    difference = other - own
    size = torch.maximum(other, own) if scale is None else scale
    tie = difference.abs() <= TIE * size
    return (difference < 0) & ~tie, tie


def targeted(truth: Truth) -> Tensor:
    """Return which genes some perturbation targets, ``(n_genes,)``."""
    return truth.remember("targeted", lambda: truth.targets.any(0))


def candidates(truth: Truth) -> Tensor:
    """Return which perturbations others are compared with, boolean ``(n_perturbations,)``."""

    def make() -> Tensor:
        chosen = torch.zeros(len(truth.perturbations), dtype=torch.bool, device=truth.observed.device)
        chosen[truth.candidates] = True
        return chosen & torch.from_numpy(truth.exists()).to(chosen.device)

    return truth.remember("candidates", make)


def untargeted_distances(truth: Truth, rows: Tensor) -> Distances:
    """Measure city-block and Euclidean distances over the genes that nobody targets."""
    return Distances(*_pairwise(truth, rows, targeted=False))


def cosine_distances(truth: Truth, rows: Tensor) -> Tensor:
    """Return 1 − cosine of shifts from control over the genes that nobody targets.

    Returns
    -------
    Tensor
        ``(n_distinct, n_perturbations)``; 1 where one of the shifts is zero.
    """
    observed = truth.remember("unit shifts", lambda: _unit_shifts(truth, truth.observed))
    return 1.0 - _unit_shifts(truth, rows) @ observed.T


def squares(truth: Truth, rows: Tensor, distances: Distances) -> Tensor:
    """Return squared Euclidean distances over all genes, ``(n_distinct, n_perturbations)``.

    Parameters
    ----------
    rows, distances
        Distinct profiles, and their distances over the genes that nobody targets.
    """
    return distances.l2_squared + _pairwise(truth, rows, targeted=True)[1]


def squares_without_targets(truth: Truth, rows: Tensor, index: Tensor, distances: Distances) -> Tensor:
    """Return squared Euclidean distances of each perturbation's prediction to all observed profiles.

    Each row leaves out its own targets.

    Parameters
    ----------
    rows, index, distances
        As for :func:`squares`, and which of the rows each perturbation gets: ``(n_perturbations,)``.

    Returns
    -------
    Tensor
        ``(n_perturbations, n_perturbations)``.
    """
    genes = targeted(truth)
    kept = ~truth.targets[:, genes]
    rest = _masked(rows[index][:, genes], truth.observed[:, genes], kept, compiled=truth.compiled)
    return distances.l2_squared[index] + rest


def squares_without_truths_targets(truth: Truth, rows: Tensor, distances: Distances) -> Tensor:
    """Return squared Euclidean distances of each observed profile to all distinct predictions.

    Each row leaves out its own targets; arguments as for :func:`squares`.

    Returns
    -------
    Tensor
        ``(n_perturbations, n_distinct)``.
    """
    genes = targeted(truth)
    kept = ~truth.targets[:, genes]
    rest = _masked(truth.observed[:, genes], rows[:, genes], kept, compiled=truth.compiled)
    return distances.l2_squared.T + rest


def _unit_shifts(truth: Truth, profiles: Tensor) -> Tensor:
    genes = ~targeted(truth)
    kept = profiles[:, genes]
    shifts = kept - truth.control[genes]
    norms = shifts.norm(dim=1, keepdim=True)
    zero = norms <= NEGLIGIBLE * kept.norm(dim=1, keepdim=True)
    return torch.where(zero, 0.0, shifts / norms)


def _pairwise(truth: Truth, rows: Tensor, *, targeted: bool) -> tuple[Tensor, Tensor]:
    genes = _genes(truth, targeted=targeted)
    if not truth.compiled:
        return distances_torch.pairwise(rows[:, genes], truth.observed[:, genes])
    from perturbdash.metrics.kernels import distances_compiled as kernel

    def transposed() -> Tensor:
        return _padded(truth.observed, genes).T.contiguous()

    others = truth.remember(("others", targeted), transposed).numpy()
    ours = _padded(rows, genes).numpy()
    l1, l2 = (np.zeros((len(rows), others.shape[1])) for _ in range(2))

    def work(block: slice) -> None:
        kernel.pairwise(ours, others, l1, l2, block.start, block.stop)

    for_row_blocks(work, len(rows), size=_block_size(len(rows)))
    return torch.from_numpy(l1), torch.from_numpy(l2)


def _masked(rows: Tensor, others: Tensor, kept: Tensor, *, compiled: bool) -> Tensor:
    if not compiled:
        return distances_torch.masked_squares(rows, others, kept)
    from perturbdash.metrics.kernels import distances_compiled as kernel

    ours, theirs = rows.contiguous().numpy(), others.T.contiguous().numpy()
    mask: NDArray[np.bool_] = kept.contiguous().numpy()
    found = np.zeros((len(rows), len(others)))

    def work(block: slice) -> None:
        kernel.masked_squares(ours, theirs, mask, found, block.start, block.stop)

    for_row_blocks(work, len(rows))
    return torch.from_numpy(found)


def _genes(truth: Truth, *, targeted: bool) -> Tensor:
    chosen = truth.targets.any(0)
    return (chosen if targeted else ~chosen).nonzero()[:, 0]


def _padded(profiles: Tensor, genes: Tensor) -> Tensor:
    """Take genes, and add zeros up to the number that the loop takes at a time; equal zeros have distance 0."""
    from perturbdash.metrics.kernels.distances_compiled import GENES_A_PASS

    taken = profiles.new_zeros((len(profiles), -(-len(genes) // GENES_A_PASS) * GENES_A_PASS))
    taken[:, : len(genes)] = profiles[:, genes]
    return taken


def _block_size(n_rows: int) -> int:
    """Rows a block: many to reuse what is in the cache, few enough for every thread to get some."""
    return max(1, min(ROWS_A_BLOCK, -(-n_rows // torch.get_num_threads())))
