"""DRF over cells a perturbation: what fewer cells would have told, and from it how many more would be needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from perturbdash.judgement.progress import part
from perturbdash.judgement.recalibration import Calibration
from perturbdash.judgement.scores import mean_of_defined
from perturbdash.judgement.thinning import possible_shares, thinned, titration_passes
from perturbdash.judgement.titration_curve import Need
from perturbdash.judgement.titration_fits import Curves, Levels, fit_curves
from perturbdash.metrics.registry import METRICS
from perturbdash.statistics.context import ContextStatistics
from perturbdash.vocabulary import DRF_GATE, POSITIVE_CONTROLS

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result
    from perturbdash.vocabulary import Progress

TARGETS = (0.25, 0.5, 0.75)
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
        for share, stats, calibration in thinned(result, shares, part(progress, 0, 1 - FIT_SHARE))
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
