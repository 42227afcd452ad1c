"""Figures of the question which metrics can tell anything on a data set."""

from perturbdash.figures.calibration.bars import drf_bars
from perturbdash.figures.calibration.points import drf_by_perturbation

__all__ = ["drf_bars", "drf_by_perturbation"]
