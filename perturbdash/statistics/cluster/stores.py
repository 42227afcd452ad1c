"""Stores of moments of one experiment, over other contexts or other genes, joined into one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from perturbdash.errors import DataError, SchemaError
from perturbdash.io.columns import shown
from perturbdash.io.detect import Flags
from perturbdash.io.moments_dataset import open_store
from perturbdash.io.store_facts import StoreFacts
from perturbdash.statistics.moments import KEYS, Moments, merge
from perturbdash.statistics.moments_file import moments_from_file


def join_stores(paths: Sequence[str | Path]) -> tuple[Moments, StoreFacts]:
    """Join stores: those over the same genes group by group, then blocks of genes side by side.

    Parameters
    ----------
    paths
        At least one store; genes of the result are in the order in which blocks are named.

    Returns
    -------
    The moments, and what the cells of all stores meant.

    Raises
    ------
    DataError
        If a store is damaged, two hold the same group of the same gene, or blocks of genes are over other groups.
    SchemaError, SettingsError
        If the stores were made under other schemas or seeds.
    """
    blocks: dict[frozenset[str], tuple[Moments, StoreFacts]] = {}
    first: StoreFacts | None = None
    for path in map(Path, paths):
        found = moments_from_file(path)
        facts = open_store(path, Flags()).facts
        _refuse_other_schema(first or facts, facts, path.name)
        first = first or facts
        genes = frozenset(found.genes)
        blocks[genes] = (
            _added(blocks[genes], (found, facts), path.name) if genes in blocks else (found, facts)
        )
    return _side_by_side(list(blocks.values()))


def _refuse_other_schema(first: StoreFacts, other: StoreFacts, name: str) -> None:
    if first.schema != other.schema or (first.seed, first.halves) != (other.seed, other.halves):
        raise SchemaError(
            f"{name} was made under another schema or seed than the first store; expected the same for all: make its "
            "moments again."
        )


def _added(
    whole: tuple[Moments, StoreFacts], more: tuple[Moments, StoreFacts], name: str
) -> tuple[Moments, StoreFacts]:
    (moments, facts), (added, added_facts) = whole, more
    mine, theirs = (set(map(tuple, each.conditions[KEYS].to_numpy())) for each in (moments, added))
    if twice := sorted(mine & theirs):
        raise DataError(
            f"{name} holds groups that an earlier store holds too ({' / '.join(twice[0])}, {len(twice):,} in all); "
            "halves are drawn over all cells of a group: make the moments of these files of cells together."
        )
    place = {gene: i for i, gene in enumerate(added.genes)}
    aligned = added.take_genes(np.array([place[gene] for gene in moments.genes]))
    return merge([moments, aligned]), facts.merged(added_facts)


def _side_by_side(blocks: Sequence[tuple[Moments, StoreFacts]]) -> tuple[Moments, StoreFacts]:
    if len(blocks) == 1:
        return blocks[0]
    first, facts = blocks[0]
    genes: list[str] = []
    rows = first.conditions.sort_values(KEYS).reset_index(drop=True)
    for moments, _ in blocks:
        if twice := set(genes) & set(moments.genes):
            raise DataError(
                f"Stores over other genes share {len(twice):,} of them ({shown(sorted(twice))}); expected the same "
                "genes, or blocks of genes without any in common."
            )
        genes += moments.genes
        if not moments.conditions.sort_values(KEYS).reset_index(drop=True).equals(rows):
            raise DataError(
                "Stores of blocks of genes are over other groups of cells; expected the same cells in all."
            )
    order = [np.argsort(_places(moments, first)) for moments, _ in blocks]
    arrays = [
        np.concatenate(
            [getattr(moments, name)[at] for (moments, _), at in zip(blocks, order, strict=True)], axis=1
        )
        for name in ("mean", "m2", "nnz")
    ]
    targets = {
        name: tuple(dict.fromkeys(gene for _, each in blocks for gene in each.targets.get(name, ())))
        for name in facts.parts
    }
    return Moments(first.conditions, tuple(genes), *arrays), replace(facts, targets=targets)


def _places(moments: Moments, first: Moments) -> np.ndarray:
    """Return the row in `first` of each group."""
    place = {key: row for row, key in enumerate(map(tuple, first.conditions[KEYS].to_numpy()))}
    return np.array([place[key] for key in map(tuple, moments.conditions[KEYS].to_numpy())])
