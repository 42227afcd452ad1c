"""The calibration over several random halvings of the same cells: how far DRF and gates hang on the halving."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from perturbdash.errors import SettingsError
from perturbdash.judgement.column_halves import column_halves
from perturbdash.judgement.needing_cells import ANOTHER_HALVING
from perturbdash.judgement.progress import part
from perturbdash.judgement.recalibration import recalibrate
from perturbdash.statistics.halves import HALVES
from perturbdash.vocabulary import MAX_SEED

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result
    from perturbdash.vocabulary import Progress

HALVINGS = 5
FEWEST, MOST = 2, 20
READ_SHARE = 0.6
KEYS = ["context", "metric", "positive_control"]


def halvings(result: Result, n: int = HALVINGS, *, progress: Progress | None = None) -> pd.DataFrame:
    """Calibrate with the seeds seed, seed + 1, ...: other halves, other folds, other resamples.

    The first halving is that of the result; each other one reads the cells once.

    Parameters
    ----------
    n
        Number of halvings, 2 to 20.
    progress
        Called with the share done; it may raise ``Cancelled``.

    Returns
    -------
    ``calibration_summary`` of each halving behind one another, with the columns halving (1 to n) and seed in front.

    Raises
    ------
    SettingsError
        If the number is out of range, or there is no other halving.
    """
    if not FEWEST <= n <= MOST:
        raise SettingsError(f"The number of halvings is {n}; expected {FEWEST} to {MOST}.")
    reason = why_no_other(result)
    if reason:
        raise SettingsError(f"No other halving can be drawn: {reason}; score with random halves instead.")
    frames = []
    for i in range(n):
        seed = (result.settings.seed + i) % (MAX_SEED + 1)
        step = part(progress, i / n, (i + 1) / n)
        if step is not None:
            step(0.0, f"Halving {i + 1} of {n}")
        table = result.calibration_summary if i == 0 else _halved(result, seed, step)
        frames.append(table.assign(halving=i + 1, seed=seed))
    found = pd.concat(frames, ignore_index=True)
    return found[["halving", "seed", *(c for c in found.columns if c not in ("halving", "seed"))]]


def why_no_other(result: Result) -> str:
    """Say why cells cannot be halved otherwise; empty where they can."""
    by = result.column_halves
    if by is None:
        return "the halves were given as a table" if result.given_halves else ""
    if (by.conditions["n_levels"] > len(HALVES)).any():
        return ""
    return f"no perturbation has more than two levels of column {by.column!r}"


def _halved(result: Result, seed: int, progress: Progress | None) -> pd.DataFrame:
    from perturbdash.statistics.accumulate import moments

    dataset, given = result.dataset.cells_for(ANOTHER_HALVING), None
    if result.column_halves is not None:
        given = column_halves(dataset, result.column_halves.column, seed=seed).table
    read = moments(
        dataset,
        seed=seed,
        halves=given,
        device=result.device.type,
        progress=part(progress, 0, READ_SHARE),
    )
    return recalibrate(result, read, seed=seed, progress=part(progress, READ_SHARE, 1)).summary


def spread(table: pd.DataFrame) -> pd.DataFrame:
    """Return how far the halvings of a table ``halvings`` differ.

    Returns
    -------
    One row a context, metric and positive control, in the order of the table: n_halvings, drf_mean (over halvings),
    drf_lowest, drf_highest, drf_sd (ddof = 1), gate (of the first halving), n_other_gates (halvings with another
    one), gates (each with its number).
    """
    grouped = table.sort_values("halving", kind="stable").groupby(KEYS, sort=False)
    found = grouped["drf_mean"].agg(["mean", "min", "max", "std"])
    found.columns = pd.Index(["drf_mean", "drf_lowest", "drf_highest", "drf_sd"])
    found.insert(0, "n_halvings", grouped.size())
    found["gate"] = grouped["gate"].first()
    found["n_other_gates"] = grouped["gate"].agg(lambda gates: int((gates != gates.iloc[0]).sum()))
    found["gates"] = grouped["gate"].agg(_counted)
    return found.reset_index()


def _counted(gates: pd.Series) -> str:
    counts = gates.value_counts(sort=False)
    return ", ".join(f"{str(gate).replace('_', ' ')} {int(n)}" for gate, n in counts.items())
