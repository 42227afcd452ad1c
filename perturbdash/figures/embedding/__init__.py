"""Centroids joined to their predictions, and single cells as marks or in bins."""

from perturbdash.figures.embedding.cells import cells_by_level, cells_by_value
from perturbdash.figures.embedding.centroids import centroid_panel, plane_ranges

__all__ = ["cells_by_level", "cells_by_value", "centroid_panel", "plane_ranges"]
