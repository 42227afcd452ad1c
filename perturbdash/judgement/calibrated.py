"""Scores of controls against the halves of the cells, and what they say of each metric."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from perturbdash.judgement.calibration import Range, calibration_summary, calibration_table, dynamic_range
from perturbdash.judgement.scores import Scores
from perturbdash.judgement.settings import Settings
from perturbdash.vocabulary import POSITIVE_CONTROLS, Gate


@dataclass(frozen=True)
class Calibration:
    """Scores of controls against halves, and what follows from them.

    Parameters
    ----------
    settings
        Seed, mode, thresholds.
    halves
        Scores against each half.
    same_as_mean
        ``(n_halves, n_labels, n_contexts)``: where the interpolated duplicate equals the average.
    block_codes
        ``(n_labels,)`` blocks that are resampled together, or None.
    """

    settings: Settings
    halves: tuple[Scores, ...]
    same_as_mean: np.ndarray
    block_codes: np.ndarray | None = None

    @cached_property
    def ranges(self) -> tuple[Range, ...]:
        """Dynamic ranges against each half, for both positive controls."""
        published = self.settings.calibration == "published"
        return tuple(
            dynamic_range(scores, positive, nothing_significant=self.same_as_mean[i], published=published)
            for positive in POSITIVE_CONTROLS
            for i, scores in enumerate(self.halves)
        )

    @cached_property
    def table(self) -> pd.DataFrame:
        """Dynamic range fraction of each perturbation, metric and truth (table ``calibration``)."""
        return calibration_table(self.ranges, self.halves[0])

    @cached_property
    def summary(self) -> pd.DataFrame:
        """DRF, BDS and the gate of each metric (table ``calibration_summary``)."""
        return calibration_summary(self.ranges, self.halves[0], self.settings, self.block_codes)

    @cached_property
    def gates(self) -> dict[tuple[str, str], Gate]:
        """Gate by (context, metric), under the interpolated duplicate."""
        chosen = self.summary[self.summary["positive_control"] == POSITIVE_CONTROLS[0]]
        return dict(zip(zip(chosen["context"], chosen["metric"], strict=True), chosen["gate"], strict=True))
