"""Figures that set several data sets side by side, with published ones beside."""

from perturbdash.figures.datasets.degs_and_cells import degs_and_cells
from perturbdash.figures.datasets.heat_map import BESIDE, calibration_across
from perturbdash.figures.datasets.shared_effect import score_against_shared_effect

__all__ = ["BESIDE", "calibration_across", "degs_and_cells", "score_against_shared_effect"]
