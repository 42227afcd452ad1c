"""Names of what retrieval is measured with, without anything heavy to load."""

from __future__ import annotations

from perturbdash.metrics.registry import METRICS

VARIANTS = tuple(name for name, spec in METRICS.items() if spec.retrieval)
DISTANCES = tuple(name for name in VARIANTS if name != "truth_rank")
"""Variants that rank observed profiles by their distance to a prediction; the last one goes the other way."""
REPEAT = "technical_duplicate"
HALF = "half"
