"""Places of listed genes when all genes are sorted by the size of their predicted shift from control."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from perturbdash.metrics.kernels.columns import NEGLIGIBLE
from perturbdash.metrics.kernels.places_torch import locate
from perturbdash.metrics.outcome import Floats
from perturbdash.metrics.shifts import shifts
from perturbdash.statistics.ranking import index_bits
from perturbdash.statistics.rowwise import for_row_blocks

if TYPE_CHECKING:
    from perturbdash.metrics.lists import GeneLists
    from perturbdash.metrics.truth import Truth

DROPPED = -1.0
TOP = 20
LISTS = ("top20", "overlap", "degs_control")
"""Sets of genes of the truth whose places are looked up."""


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


def wanted(truth: Truth, genes: str) -> NDArray[np.int64]:
    """Return how many of the first predicted genes are compared with a list, ``(n_perturbations,)``."""
    if genes == "top20":
        return np.minimum(TOP, truth.n_genes())
    sizes = truth.lists(genes).sizes
    return sizes if genes == "overlap" else np.zeros_like(sizes)


def places_portable(truth: Truth, rows: Tensor, index: NDArray[np.int64]) -> dict[str, Places]:
    """Find the genes of every list among all genes sorted by predicted shift, in torch, on any device.

    Parameters
    ----------
    rows, index
        Distinct profiles, and which of them a perturbation gets; -1 for none.
    """
    if truth.drop_targets:
        present = torch.from_numpy(np.flatnonzero(index >= 0)).to(rows.device)
        profiles = rows[torch.from_numpy(index).to(rows.device)[present]]
        index = np.where(index >= 0, np.cumsum(index >= 0) - 1, -1)
        scores = _sizes(truth, profiles, without=truth.targets[present])
    else:
        scores = _sizes(truth, rows, without=None)
    if not len(scores):
        scores = rows.new_zeros((1, rows.shape[1]))  # what nobody gets is looked up by nobody
    return {name: _places_in(truth, scores, index, name) for name in LISTS}


def average_precision(found: Places, lists: GeneLists, n_genes: int) -> Floats:
    """Average precision of the listed genes as positives, ties as one threshold.

    The precision at a gene's score is weighted by the step in recall that its threshold brings, which is the
    mean over positives of the precision at each.

    Returns
    -------
    ``(n_perturbations,)``, NaN where a list is empty.
    """
    from perturbdash.metrics.kernels import order_compiled

    area = np.empty(len(lists.sizes))

    def work(block: slice) -> None:
        order_compiled.average_precision(lists.start, found.upto, n_genes, area, block.start, block.stop)

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


def _places_in(truth: Truth, scores: Tensor, index: NDArray[np.int64], genes: str) -> Places:
    lists = truth.lists(genes)
    row, k = index[lists.row], wanted(truth, genes)[lists.row]
    asked = (torch.from_numpy(array).to(scores.device) for array in (np.maximum(row, 0), lists.genes, k))
    above, upto, among = (found.numpy(force=True) for found in locate(scores, *asked))
    return Places(lists.row, above, upto, among & (row >= 0))


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
    """Round the mantissa, in place, so that rounding noise does not break ties."""
    unit = 1 << index_bits(sizes.shape[1])
    sizes.view(torch.int64).add_(unit >> 1).bitwise_and_(-unit)
