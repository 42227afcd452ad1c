"""Figures of the question what changes when the reference moves."""

from perturbdash.figures.reference.arrows import reference_arrows
from perturbdash.figures.reference.ranges import Ranges, shared_ranges

__all__ = ["Ranges", "reference_arrows", "shared_ranges"]
