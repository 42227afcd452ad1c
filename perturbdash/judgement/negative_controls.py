"""Every negative control beside the one that a metric is calibrated from, under the rules of both modes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import pandas as pd

from perturbdash.judgement.calibration import calibration_summary, dynamic_range, negative_control_of
from perturbdash.metrics.spec import NegativeControl
from perturbdash.vocabulary import POSITIVE_CONTROLS, Mode

if TYPE_CHECKING:
    from perturbdash.judgement.recalibration import Calibration
    from perturbdash.judgement.result import Result
    from perturbdash.vocabulary import Progress

NEGATIVE_CONTROLS: tuple[NegativeControl, ...] = get_args(NegativeControl)


def negative_controls(result: Result, *, progress: Progress | None = None) -> pd.DataFrame:
    """Calibrate every metric from each negative control for which it was scored, under the rules of both modes.

    It needs no other scores than the result has: ``published`` is what its first half alone gives under the rules of
    Miller et al. 2025, 10.1101/2025.10.20.683304; a result that was made as published has no other rows. The global
    mean is a control of retrieval metrics alone.

    Parameters
    ----------
    progress
        Called before each control; it may raise ``Cancelled``.

    Returns
    -------
    ``calibration_summary`` with the columns mode (``default``, ``published``) and used (whether the mode calibrates
    the metric from this control) behind ``negative_control``.
    """
    calibrated = result.calibrated
    modes = modes_of(calibrated)
    asked = [(mode, negative) for mode in modes for negative in NEGATIVE_CONTROLS]
    frames = []
    for i, (mode, negative) in enumerate(asked):
        if progress is not None:
            progress(i / len(asked), f"Negative control: {negative.replace('_', ' ')}")
        frames.append(_from_control(calibrated, mode, negative))
    return pd.concat(frames, ignore_index=True)


def modes_of(calibrated: Calibration) -> tuple[Mode, ...]:
    """Return the modes whose truths were scored."""
    return ("published",) if calibrated.settings.calibration == "published" else ("default", "published")


def _from_control(calibrated: Calibration, mode: Mode, negative: NegativeControl) -> pd.DataFrame:
    published = mode == "published"
    halves = calibrated.halves[:1] if published else calibrated.halves
    ranges = [
        dynamic_range(
            scores,
            positive,
            nothing_significant=calibrated.same_as_mean[i],
            published=published,
            negative_control=negative,
        )
        for positive in POSITIVE_CONTROLS
        for i, scores in enumerate(halves)
    ]
    settings = replace(calibrated.settings, calibration=mode)
    table = calibration_summary(ranges, halves[0], settings, calibrated.block_codes)
    computed = dict(zip(halves[0].metrics, halves[0].computed[negative], strict=True))
    table = table[table["metric"].map(computed).astype(bool)].reset_index(drop=True)
    after = list(table.columns).index("negative_control") + 1
    table.insert(after, "mode", mode)
    used = [negative_control_of(metric, published=published) == negative for metric in table["metric"]]
    table.insert(after + 1, "used", used)
    return table
