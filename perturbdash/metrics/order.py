"""Shifts sorted by size, once for each distinct one: rank correlation, and the places of listed genes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from perturbdash.metrics import ranks
from perturbdash.metrics.outcome import Floats
from perturbdash.metrics.places import LISTS, Places, places_portable, wanted
from perturbdash.statistics.ranking import index_bits, pack
from perturbdash.statistics.rowwise import for_row_blocks
from perturbdash.vocabulary import Reference

if TYPE_CHECKING:
    from perturbdash.metrics.truth import Truth

Index = NDArray[np.int64]


@dataclass(frozen=True)
class Ordered:
    """What the order of predicted shifts tells.

    Parameters
    ----------
    correlation
        ``(n_perturbations,)``: rank correlation with the observed shifts.
    places
        By list of genes; empty but for shifts from control.
    """

    correlation: Floats
    places: Mapping[str, Places]


@dataclass(frozen=True)
class Items:
    """Distinct shifts, and who gets them.

    Parameters
    ----------
    table
        ``(n_shifts, 3)``: profile, reference, and a perturbation that gets this shift.
    member_start, members
        ``members[member_start[i]:member_start[i + 1]]`` are the perturbations that get shift i.
    """

    table: Index
    member_start: Index
    members: Index


def distinct_shifts(truth: Truth, index: Index, reference: Reference) -> Items:
    """Pair each perturbation's profile with its reference, equal pairs once where no target is dropped."""
    present = np.flatnonzero(index >= 0)
    which = truth.references(reference)[1].numpy(force=True)
    pairs = np.stack([index, which], 1)[present]
    if truth.drop_targets:
        inverse = np.arange(len(pairs))
    else:
        pairs, inverse = np.unique(pairs, axis=0, return_inverse=True)
        inverse = inverse.reshape(-1)
    members = present[np.argsort(inverse, kind="stable")]
    start = np.concatenate([[0], np.cumsum(np.bincount(inverse, minlength=len(pairs)))])
    table = np.column_stack([pairs, members[start[:-1]]])
    return Items(*(np.ascontiguousarray(part, dtype=np.int64) for part in (table, start, members)))


def order_shifts(truth: Truth, rows: Tensor, index: Index, reference: Reference) -> Ordered:
    """Sort predicted shifts and compare them with the observed ones.

    Parameters
    ----------
    rows, index
        Distinct profiles, and which of them a perturbation gets; -1 for none.
    """
    if not truth.compiled:
        found = places_portable(truth, rows, index) if reference == "control" else {}
        return Ordered(ranks.rank_correlation(truth, rows, index, reference), found)
    items = distinct_shifts(truth, index, reference)
    observed, theirs = observed_ranks(truth, reference)
    sums = np.full((len(index), 3), np.nan)
    listed = _Listed.of(truth) if reference == "control" else {}
    bits = index_bits(rows.shape[1])

    def work(block: slice) -> None:
        from perturbdash.metrics.kernels import order_compiled as kernel

        keys, zero = _keys(truth, rows, items.table[block], reference)
        for one in listed.values():
            kernel.pick(
                keys,
                bits,
                zero,
                items.member_start,
                items.members,
                one.start,
                one.genes,
                one.size,
                block.start,
            )
        keys.sort(axis=1)
        kernel.correlate(keys, bits, items.member_start, items.members, observed, sums, block.start)
        for one in listed.values():
            kernel.locate(
                keys, bits, zero, items.member_start, items.members, truth.lists("dropped").start,
                one.start, one.genes, one.size, one.k, one.above, one.upto, one.among, block.start,
            )  # fmt: skip

    for_row_blocks(work, len(items.table))
    found = {name: one.places(truth, name) for name, one in listed.items()}
    return Ordered(ranks.correlation_of(*sums.T, *theirs.T[1:], n_genes=truth.n_genes()), found)


def observed_ranks(truth: Truth, reference: Reference) -> tuple[NDArray[np.int32], Floats]:
    """Return twice the ranks of the observed shifts, ``(n_perturbations, n_genes)``, and their sums."""

    def make() -> tuple[NDArray[np.int32], Floats]:
        from perturbdash.metrics.kernels import order_compiled as kernel

        n, n_genes = truth.observed.shape
        items = distinct_shifts(truth, np.where(truth.exists(), np.arange(n), -1), reference)
        table, sums = np.zeros((n, n_genes), np.int32), np.full((n, 3), np.nan)
        bits = index_bits(n_genes)

        def work(block: slice) -> None:
            keys, _ = _keys(truth, truth.observed, items.table[block], reference)
            keys.sort(axis=1)
            ranked = np.zeros(keys.shape, np.int32)
            kernel.rank_table(keys, bits, ranked)
            table[items.table[block, 2]] = ranked
            kernel.correlate(keys, bits, items.member_start, items.members, table, sums, block.start)

        for_row_blocks(work, len(items.table))
        return table, sums

    return truth.remember(("ranks", reference), make)


def _keys(truth: Truth, rows: Tensor, items: Index, reference: Reference) -> tuple[Index, NDArray[np.bool_]]:
    """Return sortable keys of shifts, a row for each of ``items``, and which of the shifts are zero."""
    from perturbdash.metrics.kernels import order_compiled as kernel

    dropped = truth.lists("dropped")
    shifts, zero = np.empty((len(items), rows.shape[1])), np.empty(len(items), np.bool_)
    references = truth.references(reference)[0]
    kernel.shift_rows(rows.numpy(), references.numpy(), items, dropped.start, dropped.genes, shifts, zero)
    keys = shifts.view(np.int64)
    pack(keys, index_bits(rows.shape[1]))
    return keys, zero


@dataclass(frozen=True)
class _Listed:
    """One list of genes a perturbation, and what is found of its entries."""

    start: Index
    genes: Index
    k: Index
    size: Index
    above: Index
    upto: Index
    among: NDArray[np.bool_]

    @classmethod
    def of(cls, truth: Truth) -> dict[str, _Listed]:
        """Make room for every list whose places are asked for."""
        found = {}
        for name in LISTS:
            lists = truth.lists(name)
            n = len(lists.genes)
            found[name] = cls(
                start=lists.start,
                genes=lists.genes,
                k=wanted(truth, name),
                size=np.zeros(n, np.int64),
                above=np.zeros(n, np.int64),
                upto=np.zeros(n, np.int64),
                among=np.zeros(n, np.bool_),
            )
        return found

    def places(self, truth: Truth, name: str) -> Places:
        return Places(truth.lists(name).row, self.above, self.upto, self.among)
