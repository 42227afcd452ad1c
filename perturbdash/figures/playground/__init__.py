"""Figures of the question why metrics fail, from a simulated experiment."""

from perturbdash.figures.playground.curves import playground_curve
from perturbdash.figures.playground.shifts import playground_shifts

__all__ = ["playground_curve", "playground_shifts"]
