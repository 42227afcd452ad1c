"""Lists of genes of each perturbation, and other things that are made of a truth row by row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from perturbdash.statistics.context import Group
from perturbdash.statistics.ranking import top_k_mask
from perturbdash.statistics.rowwise import for_row_blocks


@dataclass(frozen=True)
class GeneLists:
    """One list of genes for each perturbation, behind one another.

    Parameters
    ----------
    start
        ``(n_perturbations + 1,)``; the list of p is ``genes[start[p]:start[p + 1]]``.
    row, genes
        ``(n_entries,)``: perturbation and gene of each entry.
    """

    start: NDArray[np.int64]
    row: NDArray[np.int64]
    genes: NDArray[np.int64]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Length of each list, ``(n_perturbations,)``."""
        return np.diff(self.start)


def list_genes(mask: Tensor) -> GeneLists:
    """Return the genes that each row of ``(n_perturbations, n_genes)`` marks, as lists.

    Examples
    --------
    >>> lists = list_genes(torch.tensor([[True, False], [False, False], [True, True]]))
    >>> lists.start.tolist(), lists.row.tolist(), lists.genes.tolist()
    ([0, 1, 1, 3], [0, 2, 2], [0, 0, 1])
    """
    return _list_compiled(mask) if mask.device.type == "cpu" else _list_torch(mask)


def _list_torch(mask: Tensor) -> GeneLists:
    row, genes = (places.numpy(force=True) for places in mask.nonzero(as_tuple=True))
    start = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(mask)))])
    return GeneLists(start.astype(np.int64), row, genes)


def _list_compiled(mask: Tensor) -> GeneLists:
    from perturbdash.metrics.kernels.truth_compiled import count_true, list_true

    n, marked = len(mask), mask.contiguous().numpy()
    start, sizes = np.zeros(n + 1, np.int64), np.empty(n, np.int64)
    for_row_blocks(lambda rows: count_true(marked[rows], sizes[rows]), n)
    np.cumsum(sizes, out=start[1:])
    row, genes = np.empty((2, start[-1]), np.int64)
    for_row_blocks(lambda rows: list_true(marked[rows], start, row, genes, rows.start), n)
    return GeneLists(start, row, genes)


def mark_largest(values: Tensor, k: Tensor, eligible: Tensor) -> Tensor:
    """Mark the genes with the largest absolute values; ties go to the gene that comes first.

    Parameters
    ----------
    values, eligible
        ``(n_rows, n_genes)``, float64 and boolean: who may be marked. NaN never is.
    k
        ``(n_rows,)``, how many of each row.
    """
    if values.device.type == "cpu":
        return _mark_compiled(values, k, eligible)
    return top_k_mask(values.abs(), k, eligible)


def _mark_compiled(values: Tensor, k: Tensor, eligible: Tensor) -> Tensor:
    from perturbdash.metrics.kernels.truth_compiled import largest

    sizes, allowed, wanted = (x.contiguous().numpy() for x in (values, eligible, k))
    marked = np.zeros(sizes.shape, np.bool_)
    for_row_blocks(lambda b: largest(sizes[b], allowed[b], wanted[b], marked[b]), len(marked))
    return torch.from_numpy(marked)


def non_dropout(profiles: Tensor, control: Tensor, without: Tensor | None) -> Tensor:
    """Mark the genes of profiles that are not absent there while control has them, and not left out.

    Parameters
    ----------
    profiles, control
        ``(n_rows, n_genes)`` and ``(n_genes,)``.
    without
        Boolean ``(n_rows, n_genes)``: genes that are left out.
    """
    if profiles.device.type == "cpu":
        return _non_dropout_compiled(profiles, control, without)
    eligible = (profiles != 0) | (control == 0)
    return eligible if without is None else eligible & ~without


def _non_dropout_compiled(profiles: Tensor, control: Tensor, without: Tensor | None) -> Tensor:
    from perturbdash.metrics.kernels.truth_compiled import eligible_genes

    tables = (profiles.contiguous().numpy(), control.contiguous().numpy(), _or_none(without, len(profiles)))
    eligible = np.empty(tables[0].shape, np.bool_)
    for_row_blocks(
        lambda b: eligible_genes(tables[0][b], tables[1], tables[2][b], eligible[b]), len(eligible)
    )
    return torch.from_numpy(eligible)


def mean_noise(cells: Group, without: Tensor | None) -> Tensor:
    """Mean over genes of the sampling variance of each mean, ``(n_groups,)``; NaN below two cells.

    Parameters
    ----------
    without
        Boolean ``(n_groups, n_genes)``: genes that are left out.
    """
    return (_mean_noise_compiled if cells.mean.device.type == "cpu" else _mean_noise_torch)(cells, without)


def _mean_noise_torch(cells: Group, without: Tensor | None) -> Tensor:
    noise = cells.variance() / cells.n[:, None]
    return noise.mean(1) if without is None else noise.masked_fill(without, 0.0).sum(1) / (~without).sum(1)


def _mean_noise_compiled(cells: Group, without: Tensor | None) -> Tensor:
    from perturbdash.metrics.kernels.truth_compiled import noise_of_mean

    m2, n, out = cells.m2.contiguous().numpy(), cells.n.numpy(), _or_none(without, len(cells.n))
    noise = np.empty(len(n))
    for_row_blocks(lambda b: noise_of_mean(m2[b], n[b], out[b], noise[b]), len(noise))
    return torch.from_numpy(noise)


def _or_none(mask: Tensor | None, n_rows: int) -> NDArray[np.bool_]:
    """Return a mask for the compiled loops, for which one without columns is none."""
    return np.empty((n_rows, 0), np.bool_) if mask is None else mask.contiguous().numpy()


def finite_rows(rows: Tensor) -> NDArray[np.bool_]:
    """Return which rows of ``(n_rows, n_genes)`` hold finite values alone."""
    if rows.device.type != "cpu":
        found: NDArray[np.bool_] = torch.isfinite(rows).all(1).numpy(force=True)
        return found
    from perturbdash.metrics.kernels import truth_compiled

    values, finite = rows.contiguous().numpy(), np.empty(len(rows), np.bool_)
    for_row_blocks(lambda b: truth_compiled.finite_rows(values[b], finite[b]), len(rows))
    return finite
