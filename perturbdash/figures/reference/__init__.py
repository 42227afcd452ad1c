"""Figures of the question what changes when the reference moves."""

from perturbdash.figures.reference.angles import angle_strips
from perturbdash.figures.reference.arrows import reference_arrows
from perturbdash.figures.reference.heads import arrows_drawn, marked_by_rule
from perturbdash.figures.reference.ranges import Ranges, shared_ranges

__all__ = ["Ranges", "angle_strips", "arrows_drawn", "marked_by_rule", "reference_arrows", "shared_ranges"]
