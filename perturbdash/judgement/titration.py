"""DRF over cells a perturbation: what fewer cells would have told, and from it how many more would be needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch

from perturbdash.judgement.calibration import DRF_GATE
from perturbdash.judgement.progress import part
from perturbdash.judgement.recalibration import Calibration, recalibrate_statistics
from perturbdash.judgement.scores import mean_of_defined
from perturbdash.judgement.titration_curve import Need
from perturbdash.judgement.titration_fits import Curves, Levels, fit_curves
from perturbdash.metrics.registry import METRICS
from perturbdash.statistics.accumulate import moments_of
from perturbdash.statistics.context import ContextStatistics, Group, gather_rows
from perturbdash.statistics.regrouping import SHARES, cells_of_share, groupings_a_pass, nested_increments
from perturbdash.vocabulary import CELLS_FOR_HALVES, POSITIVE_CONTROLS

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result
    from perturbdash.statistics.moments import Moments
    from perturbdash.vocabulary import Progress

KEPT = 0.9
"""Share of the perturbations that must have two cells a half at a level, so that levels tell of the same ones."""
TARGETS = (0.25, 0.5, 0.75)
READ_SHARE = 0.4
FIT_SHARE = 0.1
KEYS = ["context", "metric", "positive_control"]


@dataclass(frozen=True, eq=False)
class Titration:
    """The calibration at several numbers of cells, and the curves through it.

    Parameters
    ----------
    seed
        Of halves, folds, resamples and curves.
    passes
        How often the cells were read.
    shares
        Of each half, ascending, 1 the last.
    table
        ``calibration_summary`` of each level behind one another, with share, cells (mean a perturbation of the
        context) and cells_median in front.
    curves
        By context (and ``pooled``), metric and positive control: a curve, or why there is none. `needed_for` has a
        row for each of them.
    """

    seed: int
    passes: int
    shares: tuple[float, ...]
    table: pd.DataFrame
    curves: Curves

    @property
    def targets(self) -> list[float | str]:
        """What the table ``needed`` asks for."""
        return ["gate", *TARGETS]

    @cached_property
    def needed(self) -> pd.DataFrame:
        """How many cells a perturbation the gate, and some targets of the DRF, would take (`needed_for`)."""
        return pd.concat([self.needed_for(target) for target in self.targets], ignore_index=True)

    def needed_for(
        self, target: float | str, *, context: str | None = None, positive_control: str | None = None
    ) -> pd.DataFrame:
        """Return how many cells a perturbation each metric would take.

        Parameters
        ----------
        target
            A DRF, or ``"gate"``: the lower end of its interval above 0.05.
        context, positive_control
            Only these rows.

        Returns
        -------
        One row a context, metric and positive control: question (``gate`` or ``drf``), target, cells_now, drf_now,
        drf_low_now, status (``reached``, ``needed``, ``far``, ``not_reachable``, ``no_curve``), cells, cells_low,
        cells_high (95 % interval; infinite where it has no upper end), end, end_low, end_high (DRF with cells without
        end), reason.
        """
        asked = (target, context, positive_control)
        if asked not in self._asked:
            self._asked[asked] = self._needed(*asked)
        return self._asked[asked]

    @cached_property
    def _asked(self) -> dict[tuple[float | str, str | None, str | None], pd.DataFrame]:
        return {}

    def _needed(self, target: float | str, context: str | None, positive_control: str | None) -> pd.DataFrame:
        rows = []
        full = self.table[self.table["share"] == 1]
        full = full if context is None else full[full["context"] == context]
        if positive_control is not None:
            full = full[full["positive_control"] == positive_control]
        for row in full.to_dict("records"):
            key = (str(row["context"]), str(row["metric"]), str(row["positive_control"]))
            if key not in self.curves:
                continue
            curve = self.curves[key]
            end = (np.nan, np.nan, np.nan) if isinstance(curve, str) else curve.end
            if isinstance(curve, str):
                need = Need("no_curve", reason=curve)
            elif target == "gate":
                short = self._short(key, "drf_low", DRF_GATE)
                need = curve.gate(DRF_GATE, low=float(row["drf_low"]), short=short)
            else:
                short = self._short(key, "drf_mean", float(target))
                need = curve.needed(float(target), now=float(row["drf_mean"]), short=short)
            rows.append(
                dict(zip(KEYS, key, strict=True))
                | {
                    "question": "gate" if target == "gate" else "drf",
                    "target": DRF_GATE if target == "gate" else float(target),
                    "cells_now": row["cells"],
                    "drf_now": row["drf_mean"],
                    "drf_low_now": row["drf_low"],
                    "status": need.status,
                    "cells": need.cells,
                    "cells_low": need.low,
                    "cells_high": need.high,
                    **dict(zip(("end", "end_low", "end_high"), end, strict=True)),
                    "reason": need.reason,
                }
            )
        return pd.DataFrame(rows)

    def _short(self, key: tuple[str, str, str], column: str, target: float) -> float:
        """Return the most cells at which a value was measured that is below a target; 0 where none is."""
        levels = self._levels.loc[[key]]
        short = levels.loc[levels[column] < target, "cells"]
        return float(short.max()) if len(short) else 0.0

    @cached_property
    def _levels(self) -> pd.DataFrame:
        return self.table.set_index(KEYS).sort_index()

    def record(self) -> dict[str, object]:
        """Return what ``run.json`` says of it."""
        return {"shares": list(self.shares), "seed": self.seed, "passes_over_the_cells": self.passes}


def titrate(
    result: Result, *, metrics: Sequence[str] = tuple(METRICS), progress: Progress | None = None
) -> Titration:
    """Calibrate all metrics with a sixteenth to all of the cells of each perturbation, and fit curves.

    Cells of each half are dealt into nested increments in hash order of their names. Control cells stay whole. The
    last level is the calibration of the result itself.

    Parameters
    ----------
    metrics
        Those that curves are fitted for.
    progress
        Called with the share done and a short text; it may raise ``Cancelled``.

    Raises
    ------
    DataError
        If the cells cannot be read any more.
    """
    shares = possible_shares(result)
    levels = [
        _level(share, stats, calibration)
        for share, stats, calibration in _thinned(result, shares, part(progress, 0, 1 - FIT_SHARE))
    ]
    levels.append(_level(1.0, result.stats, result.calibrated))
    curves = fit_curves(
        levels,
        result.settings,
        metrics=metrics,
        blocks=result.block_codes,
        progress=part(progress, 1 - FIT_SHARE, 1),
    )
    table = pd.concat([level.table for level in levels], ignore_index=True)
    return Titration(result.settings.seed, titration_passes(result), (*shares, 1.0), table, curves)


def titration_passes(result: Result) -> int:
    """Return how often the cells are read."""
    return -(-len(possible_shares(result)) // _increments_a_pass(result))


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


def _increments_a_pass(result: Result) -> int:
    dataset = result.dataset
    return groupings_a_pass(2 * int((np.asarray(dataset.cell_counts) > 0).sum()), len(dataset.genes))


def _thinned(
    result: Result, shares: Sequence[float], progress: Progress | None
) -> Iterator[tuple[float, Mapping[str, ContextStatistics], Calibration]]:
    """Yield statistics and calibration of each level, from the fewest cells up."""
    increments = nested_increments(
        result.dataset, shares, seed=result.settings.seed, given=result.halves_table
    )
    at_once = _increments_a_pass(result)
    halves: dict[str, tuple[Group, Group]] = {}
    for start in range(0, len(shares), at_once):
        batch = range(start, min(start + at_once, len(shares)))
        own = part(progress, start / len(shares), batch.stop / len(shares))
        read = moments_of(
            result.dataset,
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


def _level(share: float, stats: Mapping[str, ContextStatistics], calibration: Calibration) -> Levels:
    scores = calibration.halves[0]
    place = {label: i for i, label in enumerate(scores.labels)}
    cells = np.full(scores.scope.shape, np.nan)
    for index, own in enumerate(stats.values()):
        cells[[place[label] for label in own.perturbations], index] = own.all_cells.n.cpu().numpy()
    cells[~scores.scope] = np.nan
    drf = {
        positive: mean_of_defined([r.drf for r in calibration.ranges if r.positive_control == positive])
        for positive in POSITIVE_CONTROLS
    }
    return Levels.of(share, calibration.summary, scores, cells, drf)
