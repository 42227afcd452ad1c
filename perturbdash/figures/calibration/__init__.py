"""Figures of the question which metrics can tell anything on a data set."""

from perturbdash.figures.calibration.bars import drf_bars
from perturbdash.figures.calibration.compared import compared_drf
from perturbdash.figures.calibration.halving_strips import halving_strips
from perturbdash.figures.calibration.negative_marks import negative_control_marks
from perturbdash.figures.calibration.null_marks import null_marks
from perturbdash.figures.calibration.points import drf_by_perturbation
from perturbdash.figures.calibration.titration_curve import titration_curve

__all__ = [
    "compared_drf",
    "drf_bars",
    "drf_by_perturbation",
    "halving_strips",
    "negative_control_marks",
    "null_marks",
    "titration_curve",
]
