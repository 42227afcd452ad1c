"""Genes sorted by the size of their predicted shift from control: lists, precision and recall."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from perturbdash.metrics.outcome import Floats
from perturbdash.metrics.shifts import shifts
from perturbdash.metrics.sums import NEGLIGIBLE
from perturbdash.statistics.ranking import INDEX_BITS
from perturbdash.statistics.rowwise import for_row_blocks

if TYPE_CHECKING:
    from perturbdash.metrics.truth import GeneLists, Truth

DROPPED = -1.0


@dataclass(frozen=True)
class Places:
    """Places of the listed genes among all genes of their perturbation, ``(n_entries,)`` each.

    Parameters
    ----------
    row
        Perturbation of the entry.
    above, upto
        Number of genes that score higher, and at least as high (the gene itself included).
    among
        Whether the gene is one of the first k.
    """

    row: NDArray[np.int64]
    above: NDArray[np.int64]
    upto: NDArray[np.int64]
    among: NDArray[np.bool_]


@dataclass(frozen=True)
class Scores:
    """Size of the predicted shift from control of every gene.

    Parameters
    ----------
    values
        ``(n_rows, n_genes)``; 0 in a zero shift, below all others for a dropped gene.
    index
        ``(n_perturbations,)`` into ``values``; -1 for none.
    ordered
        The rows of ``values``, ascending; empty where loops are not compiled.
    """

    values: Tensor
    index: NDArray[np.int64]
    ordered: NDArray[np.float64]


def scores_of(truth: Truth, rows: Tensor, index: NDArray[np.int64]) -> Scores:
    """Score genes by the size of their predicted shift from control, once for each distinct row."""
    if truth.drop_targets:
        present = torch.from_numpy(np.flatnonzero(index >= 0)).to(rows.device)
        profiles = rows[torch.from_numpy(index).to(rows.device)[present]]
        renumbered = np.where(index >= 0, np.cumsum(index >= 0) - 1, -1)
        values = _sizes(truth, profiles, without=truth.targets[present])
    else:
        renumbered, values = index, _sizes(truth, rows, without=None)
    ordered = np.empty(values.shape if truth.compiled else (0, 0))
    if truth.compiled:
        source = values.numpy()

        def work(block: slice) -> None:
            ordered[block] = source[block]
            ordered[block].sort(axis=1)

        for_row_blocks(work, len(source))
    return Scores(values, renumbered.astype(np.int64), ordered)


def places(truth: Truth, scores: Scores, genes: str, k: NDArray[np.int64]) -> Places:
    """Find the genes of a list among all genes sorted by score.

    Parameters
    ----------
    genes
        A set of genes of the truth.
    k
        ``(n_perturbations,)``: how many of the first genes are asked for.
    """
    lists = truth.lists(genes)
    n = len(lists.genes)
    if not truth.compiled:
        entries = scores.index[lists.row]
        found = [
            torch.from_numpy(array).to(scores.values.device) for array in (entries, lists.genes, k[lists.row])
        ]
        above, upto, among = _locate_portable(scores.values, *found)
        return Places(lists.row, above, upto, among & (entries >= 0))
    from perturbdash.metrics.kernels.places_compiled import locate

    above, upto, among = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.bool_)
    values = scores.values.numpy()

    def work(block: slice) -> None:
        locate(
            values, scores.ordered, scores.index, lists.start, lists.genes, k, above, upto, among,
            block.start, block.stop,
        )  # fmt: skip

    for_row_blocks(work, len(scores.index))
    return Places(lists.row, above, upto, among)


def average_precision(found: Places, lists: GeneLists, n_genes: int) -> Floats:
    """Average precision of the listed genes as positives, ties as one threshold.

    The precision at a gene's score is weighted by the step in recall that its threshold brings, which is the
    mean over positives of the precision at each.

    Returns
    -------
    ``(n_perturbations,)``, NaN where a list is empty.
    """
    from perturbdash.metrics.kernels import places_compiled

    area = np.empty(len(lists.sizes))

    def work(block: slice) -> None:
        places_compiled.average_precision(lists.start, found.upto, n_genes, area, block.start, block.stop)

    for_row_blocks(work, len(area))
    return area


def area_under_roc(found: Places, n_genes: NDArray[np.int64]) -> Floats:
    """Probability that a listed gene scores higher than one that is not, a tie counting one half.

    Parameters
    ----------
    n_genes
        ``(n_perturbations,)``: genes that count in all.

    Returns
    -------
    ``(n_perturbations,)``, NaN where one of the classes is empty.
    """
    below = n_genes[found.row] - found.upto
    equal = found.upto - found.above
    positives = np.bincount(found.row, minlength=len(n_genes)).astype(np.float64)
    wins = np.bincount(found.row, below + 0.5 * equal, minlength=len(n_genes)) - positives**2 / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        area: Floats = wins / (positives * (n_genes - positives))
    return area


def count_among(found: Places, n_perturbations: int) -> Floats:
    """Count the listed genes that are among the first k, ``(n_perturbations,)``."""
    count: Floats = np.bincount(found.row, found.among, minlength=n_perturbations).astype(np.float64)
    return count


def _sizes(truth: Truth, profiles: Tensor, *, without: Tensor | None) -> Tensor:
    references, _ = truth.references("control")
    everyone = torch.arange(len(profiles), device=profiles.device)
    sizes = shifts(profiles, references, rows=everyone, which=torch.zeros_like(everyone)).abs_()
    if without is not None:
        profiles = profiles.masked_fill(without, 0.0)
        sizes.masked_fill_(without, 0.0)
    zero = sizes.norm(dim=1) <= NEGLIGIBLE * profiles.norm(dim=1)
    if bool(zero.any()):
        sizes[zero] = 0.0
    _round(sizes)
    return sizes if without is None else sizes.masked_fill_(without, DROPPED)


def _round(sizes: Tensor) -> None:
    """Round to 39 bits of the mantissa, in place, so that rounding noise does not break ties."""
    unit = 1 << INDEX_BITS
    sizes.view(torch.int64).add_(unit >> 1).bitwise_and_(-unit)


def _locate_portable(
    values: Tensor, row: Tensor, gene: Tensor, k: Tensor
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    from perturbdash.metrics.kernels.places_torch import locate

    above, upto, among = locate(values, row.clamp(min=0), gene, k)
    return above.numpy(force=True), upto.numpy(force=True), among.numpy(force=True)
