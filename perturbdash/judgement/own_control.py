"""What is left of a metric's ceiling once truth and repeat are measured from different halves of the control cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perturbdash.judgement.comparison import compared
from perturbdash.judgement.recalibration import Calibration, recalibrate_statistics
from perturbdash.metrics.registry import METRICS

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.judgement.result import Result
    from perturbdash.vocabulary import Progress

FROM_CONTROL = tuple(name for name, spec in METRICS.items() if spec.reference == "control")
"""Metrics of shifts from the control mean."""
CALIBRATED = 0.9
SIDES = ("shared", "own")


def own_control_calibration(result: Result, *, progress: Progress | None = None) -> Calibration:
    """Calibrate the Δcontrol metrics with a half of the control cells of its own for the truth and for all else.

    With half t of the cells as the truth, c_t and c_o are the means of half t and of the other half of the control
    cells. The reference is c_t; truth's DEGs and lists are of its cells against control half t. The duplicate, the
    average and the global mean, y, stand for y − c_o + c_t, ``control`` for c_t. So no control cell is on both
    sides, and without any effect a repeat scores what chance scores. Both sides carry the noise of half as many
    control cells, so that with few of them the ceiling errs low.

    Parameters
    ----------
    progress
        Called before each context; it may raise ``Cancelled``.

    Raises
    ------
    DataError
        If a context has fewer than two control cells.
    """
    return recalibrate_statistics(
        result, result.stats, result.settings, progress, metrics=FROM_CONTROL, own_control=True
    )


def own_control(result: Result, *, progress: Progress | None = None) -> pd.DataFrame:
    """Return the calibration of the Δcontrol metrics beside that with a control half of its own for the duplicate.

    Returns
    -------
    As `perturbdash.judgement.comparison.compared`; the sides are ``shared`` (one control mean, the usual
    calibration) and ``own``.
    """

    def scored(share: float, text: str) -> None:
        if progress is not None:
            progress(CALIBRATED * share, text)

    return compared(result.calibrated, own_control_calibration(result, progress=scored), SIDES)
