"""Blocks of the page Embedding: its controls, the panels of centroids, the cells, and the tables beside them."""

from perturbdash.ui.embedding.cell_choices import cell_choices, has_cells
from perturbdash.ui.embedding.cells import cells
from perturbdash.ui.embedding.centroids import answer, centroids, choices
from perturbdash.ui.embedding.tables import in_the_box, table

__all__ = ["answer", "cell_choices", "cells", "centroids", "choices", "has_cells", "in_the_box", "table"]
