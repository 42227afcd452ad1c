"""What a repeat by a column gives: halves by guides, replicates or batches beside random halves of the same sizes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from perturbdash.judgement.column_halves import ColumnHalves, column_halves, matched_halves
from perturbdash.judgement.comparison import compared
from perturbdash.judgement.needing_cells import HALVES_BY_COLUMN
from perturbdash.judgement.progress import part
from perturbdash.judgement.recalibration import recalibrate

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.io.cell_dataset import CellDataset
    from perturbdash.judgement.recalibration import Calibration
    from perturbdash.judgement.result import Result
    from perturbdash.vocabulary import Progress

READ_SHARE = 0.6
SIDES = ("random", "column")


@dataclass(frozen=True)
class HalvesCompared:
    """DRF by the halves of a column beside DRF by random halves of the same cells and sizes.

    Parameters
    ----------
    halves
        How the cells were divided, and what takes no part.
    table
        As `perturbdash.judgement.comparison.compared` returns it; the sides are ``random`` and ``column``.
    """

    halves: ColumnHalves
    table: pd.DataFrame


def halves_compared(result: Result, column: str, *, progress: Progress | None = None) -> HalvesCompared:
    """Calibrate with halves by a column, and with random halves of the same cells, sizes and perturbations.

    Cells without a value in the column are left out of both. It reads the cells twice.

    Parameters
    ----------
    column
        Of ``obs``, with several levels within perturbations.
    progress
        Called with the share done; it may raise ``Cancelled``.

    Raises
    ------
    SettingsError
        If no halves can be made of the column.
    """
    seed = result.settings.seed
    cells = result.dataset.cells_for(HALVES_BY_COLUMN)
    by_column = column_halves(cells, column, seed=seed, leave_out=True)
    dataset = _with_halves(cells, by_column)
    random = matched_halves(dataset, by_column, seed=seed)
    at_random = _calibrated(result, dataset, random, part(progress, 0, 0.5))
    of_column = _calibrated(result, dataset, by_column.table, part(progress, 0.5, 1))
    return HalvesCompared(by_column, compared(at_random, of_column, SIDES))


def _with_halves(dataset: CellDataset, halves: ColumnHalves) -> CellDataset:
    """Return the data set without the labels of cells that have no half."""
    if not halves.n_without_value:
        return dataset
    has = np.isin(np.asarray(dataset.cell_names, dtype=object), halves.table["cell"].to_numpy())
    codes = np.where(has, dataset.label_codes, -2).astype(np.int32)
    return replace(dataset, label_codes=codes)


def _calibrated(
    result: Result, dataset: CellDataset, halves: pd.DataFrame, progress: Progress | None
) -> Calibration:
    from perturbdash.statistics.accumulate import moments

    read = moments(
        dataset,
        seed=result.settings.seed,
        halves=halves,
        device=result.device.type,
        progress=part(progress, 0, READ_SHARE),
    )
    return recalibrate(result, read, progress=part(progress, READ_SHARE, 1))
