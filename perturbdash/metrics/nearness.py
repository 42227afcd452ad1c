"""How many observed profiles lie nearer to a prediction than its own, by every distance, in bounded memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from perturbdash.metrics.distances import candidates, targeted
from perturbdash.metrics.outcome import Floats
from perturbdash.statistics.rowwise import for_row_blocks, row_blocks

if TYPE_CHECKING:
    from perturbdash.metrics.kernels.nearness_compiled import Observed, Predicted
    from perturbdash.metrics.truth import Truth

Index = NDArray[np.int64]
Singles = NDArray[np.float32]

ROWS_AT_ONCE = 512
ROWS_A_BLOCK = 32
SQUARES, L1, L2, COSINE = "squares", "l1", "l2", "cosine"


class Counts(NamedTuple):
    """Other candidates whose observed profile is nearer to the prediction than the own one, and those as near.

    Both are ``(n_perturbations,)``.
    """

    nearer: Index
    tied: Index


@dataclass(frozen=True)
class Nearness:
    """Where the own truth and the own prediction stand among the others.

    Parameters
    ----------
    counts
        By ``"squares"`` (all genes but dropped ones), ``"l2"`` and ``"cosine"`` (genes that nobody targets).
    farther
        ``(n_perturbations,)``: predictions farther from the observed profile than the own one. A tie counts one
        half, so that the own one does. Over all genes but the observed one's dropped ones.
    """

    counts: Mapping[str, Counts]
    farther: Floats


@dataclass(frozen=True)
class Shifts:
    """Shifts of all observed profiles from control in single precision, a row for each gene.

    Parameters
    ----------
    order
        Genes by row, their number for none: first the ``n_free`` that nobody targets, filled up to a multiple of
        eight.
    table
        ``(len(order), n_perturbations)`` float32.
    observed
        What they came from.
    """

    order: Index
    n_free: int
    table: Singles
    observed: Observed


def nearness_by_products(truth: Truth, rows: Tensor, index: Index, own: Floats) -> Nearness:
    """Count by Euclidean distance and by angle, which come from products of shifts.

    Parameters
    ----------
    rows, index
        Distinct profiles, and which of them a perturbation gets; -1 for none.
    own
        ``(n_perturbations,)``: squared distance of each prediction to its own truth, over all genes but dropped ones.
    """
    from perturbdash.metrics.kernels import nearness_compiled as kernel

    theirs = observed_shifts(truth)
    kinds = {SQUARES: kernel.ALL_SQUARES, L2: kernel.SQUARES, COSINE: kernel.ANGLE}
    counts = {name: np.zeros((len(index), 2), np.int64) for name in kinds}
    own, unknown, farther = np.ascontiguousarray(own), np.full(len(index), np.nan), []
    members = _by_row(index, len(rows))
    for chunk in row_blocks(len(rows), ROWS_AT_ONCE):
        shifts, norms = _shifts_of(theirs, rows[chunk])
        predicted = kernel.Predicted(rows.numpy(), norms, chunk.start, *members)
        free, everything = _products(shifts, theirs)

        def work(
            block: slice,
            predicted: Predicted = predicted,
            free: Singles = free,
            everything: Singles = everything,
        ) -> None:
            span = (predicted.first + block.start, predicted.first + block.stop)
            for name, kind in kinds.items():
                products, exact = (everything, own) if name == SQUARES else (free, unknown)
                kernel.count_nearer(kind, products, predicted, theirs.observed, exact, counts[name], *span)
            added = np.zeros(len(index))
            kernel.count_farther(everything, predicted, theirs.observed, own, added, *span)
            farther.append(added)

        for_row_blocks(work, len(shifts), size=ROWS_A_BLOCK)
    return Nearness({name: Counts(*found.T) for name, found in counts.items()}, np.sum(farther, axis=0))


def nearness_by_city_block(truth: Truth, rows: Tensor, index: Index) -> Counts:
    """Count by city-block distance over the genes that nobody targets; no product gives it.

    Parameters
    ----------
    rows, index
        As for :func:`nearness_by_products`.
    """
    from perturbdash.metrics.kernels import nearness_compiled as kernel
    from perturbdash.metrics.kernels.shifts_compiled import city_block

    theirs = observed_shifts(truth)
    counts, unknown = np.zeros((len(index), 2), np.int64), np.full(len(index), np.nan)
    members = _by_row(index, len(rows))

    def work(block: slice) -> None:
        shifts, norms = _shifts_of(theirs, rows[block])
        distance = np.zeros((len(shifts), len(index)), np.float32)
        city_block(shifts, theirs.table, theirs.n_free, distance)
        predicted = kernel.Predicted(rows.numpy(), norms, block.start, *members)
        kernel.count_nearer(
            kernel.CITY_BLOCK, distance, predicted, theirs.observed, unknown, counts, block.start, block.stop
        )

    for_row_blocks(work, len(rows), size=2 * ROWS_A_BLOCK)
    return Counts(*counts.T)


def observed_shifts(truth: Truth) -> Shifts:
    """Return the observed shifts as they are compared with, made once for a truth."""

    def make() -> Shifts:
        from perturbdash.metrics.kernels.nearness_compiled import Observed
        from perturbdash.metrics.kernels.shifts_compiled import GENES_A_PASS, N_NORMS

        of_someone = targeted(truth).numpy()
        free, others = np.flatnonzero(~of_someone), np.flatnonzero(of_someone)
        padding = np.full(-len(free) % GENES_A_PASS, len(of_someone))
        order = np.concatenate([free, padding, others]).astype(np.int64)
        n, dropped = len(truth.observed), truth.lists("dropped")
        observed = Observed(
            profiles=truth.observed.numpy(),
            norms=np.empty((N_NORMS, n)),
            reference=truth.control.numpy(),
            free=(~of_someone).astype(np.float64),
            chosen=candidates(truth).numpy(),
            dropped_start=dropped.start,
            dropped=dropped.genes,
        )
        made = Shifts(order, len(free) + len(padding), np.empty((len(order), n), np.float32), observed)

        def work(block: slice) -> None:
            shifts, observed.norms[:, block] = _shifts_of(made, truth.observed[block])
            made.table[:, block] = shifts.T

        for_row_blocks(work, n, size=2 * ROWS_A_BLOCK)
        return made

    return truth.remember("shifts", make)


def _shifts_of(like: Shifts, rows: Tensor) -> tuple[Singles, Floats]:
    """Return shifts of profiles with the same genes, and their norms."""
    from perturbdash.metrics.kernels import shifts_compiled as kernel

    profiles = rows.numpy()
    shifts = np.empty((len(profiles), len(like.order)), np.float32)
    norms = np.empty((kernel.N_NORMS, len(profiles)))

    def work(block: slice) -> None:
        kernel.shifts_and_norms(
            profiles[block],
            like.observed.reference,
            like.observed.free,
            like.order,
            shifts[block],
            norms[:, block],
        )

    for_row_blocks(work, len(profiles))
    return shifts, norms


def _products(shifts: Singles, theirs: Shifts) -> tuple[Singles, Singles]:
    """Return products with every observed shift over the genes that nobody targets, and over all."""
    from perturbdash.metrics.kernels.shifts_compiled import GENES_A_PRODUCT

    ours, table, n = torch.from_numpy(shifts), torch.from_numpy(theirs.table), theirs.n_free

    def product(start: int, stop: int) -> Tensor:
        found = ours.new_zeros((len(ours), table.shape[1]))
        for part in row_blocks(stop - start, GENES_A_PRODUCT):
            genes = slice(start + part.start, start + part.stop)
            found += ours[:, genes] @ table[genes]
        return found

    free = product(0, n)
    everything = free + product(n, len(table)) if n < len(table) else free
    return free.numpy(), everything.numpy()


def _by_row(index: Index, n_rows: int) -> tuple[Index, Index]:
    """Return where each row's perturbations start, and the perturbations by row."""
    present = np.flatnonzero(index >= 0)
    members = present[np.argsort(index[present], kind="stable")]
    start = np.concatenate([[0], np.cumsum(np.bincount(index[present], minlength=n_rows))])
    return start.astype(np.int64), members.astype(np.int64)
