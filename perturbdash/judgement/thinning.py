"""The statistics and the calibration of a result with a part of the cells of each perturbation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch

from perturbdash.judgement.needing_cells import TITRATION
from perturbdash.judgement.progress import part
from perturbdash.judgement.recalibration import Calibration, recalibrate_statistics
from perturbdash.statistics.accumulate import moments_of
from perturbdash.statistics.context import ContextStatistics, Group, gather_rows
from perturbdash.statistics.regrouping import SHARES, cells_of_share, groupings_a_pass, nested_increments
from perturbdash.vocabulary import CELLS_FOR_HALVES

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result
    from perturbdash.statistics.moments import Moments
    from perturbdash.vocabulary import Progress

KEPT = 0.9
"""Share of the perturbations that must have two cells a half at a level, so that levels tell of the same ones."""
READ_SHARE = 0.4


def titration_passes(result: Result) -> int:
    """Return how often the cells are read."""
    return -(-len(possible_shares(result)) // increments_a_pass(result))


def possible_shares(result: Result) -> tuple[float, ...]:
    """Return the shares at which nearly all perturbations still have two cells in each half."""
    fewest = [
        torch.minimum(stats.first.n, stats.second.n).cpu().numpy().astype(np.int64)
        for stats in result.stats.values()
    ]
    n = np.concatenate(fewest)
    n = n[n >= CELLS_FOR_HALVES // 2]
    if not n.size:
        return ()
    return tuple(
        share for share in SHARES if (cells_of_share(n, share) >= CELLS_FOR_HALVES // 2).mean() >= KEPT
    )


def increments_a_pass(result: Result) -> int:
    """Return how many increments are read in one pass over the cells."""
    dataset = result.dataset
    return groupings_a_pass(2 * int((np.asarray(dataset.cell_counts) > 0).sum()), len(dataset.genes))


def thinned(
    result: Result, shares: Sequence[float], progress: Progress | None
) -> Iterator[tuple[float, Mapping[str, ContextStatistics], Calibration]]:
    """Yield statistics and calibration of each level, from the fewest cells up."""
    dataset = result.dataset.cells_for(TITRATION)
    increments = nested_increments(dataset, shares, seed=result.settings.seed, given=result.halves_table)
    at_once = increments_a_pass(result)
    halves: dict[str, tuple[Group, Group]] = {}
    for start in range(0, len(shares), at_once):
        batch = range(start, min(start + at_once, len(shares)))
        own = part(progress, start / len(shares), batch.stop / len(shares))
        read = moments_of(
            dataset,
            [increments[i] for i in batch],
            device=result.device.type,
            progress=part(own, 0, READ_SHARE),
        )
        for index, level in enumerate(batch):
            share = (1 - READ_SHARE) / len(batch)
            step = part(own, READ_SHARE + share * index, READ_SHARE + share * (index + 1))
            if step is not None:
                step(0.0, f"Calibrating with {shares[level]:.0%} of the cells")
            halves = _with_increment(result, halves, read[index])
            stats = {context: _fewer_cells(result.stats[context], *halves[context]) for context in halves}
            yield shares[level], stats, recalibrate_statistics(result, stats, result.settings, step)


def _with_increment(
    result: Result, halves: Mapping[str, tuple[Group, Group]], read: Moments
) -> dict[str, tuple[Group, Group]]:
    """Return both halves of the perturbations of each context with an increment of their cells added."""
    if not len(read.conditions):  # of three cells, a half and three quarters are both two
        return dict(halves)
    genes = next(iter(result.stats.values())).genes
    place = {gene: i for i, gene in enumerate(read.genes)}
    taken = read.take_genes(np.array([place[gene] for gene in genes], dtype=np.intp))
    rows = pd.MultiIndex.from_frame(taken.conditions[["context", "perturbation", "part"]])
    merged = {}
    for context, stats in result.stats.items():
        added = [
            gather_rows(
                taken,
                rows.get_indexer(pd.MultiIndex.from_product([[context], stats.perturbations, [half]])),
                result.device,
            )
            for half in ("first", "second")
        ]
        first, second = halves.get(context, (None, None))
        merged[context] = (
            added[0] if first is None else first.merged(added[0]),
            added[1] if second is None else second.merged(added[1]),
        )
    return merged


def _fewer_cells(stats: ContextStatistics, first: Group, second: Group) -> ContextStatistics:
    """Return a context with other halves of its perturbations, and all of its control cells."""
    return ContextStatistics(
        context=stats.context,
        perturbations=stats.perturbations,
        genes=stats.genes,
        all_cells=first.merged(second),
        first=first,
        second=second,
        control=stats.control,
        control_first=stats.control_first,
        control_second=stats.control_second,
        control_blocks=stats.control_blocks,
    )
