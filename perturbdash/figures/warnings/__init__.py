"""The one picture that proves a warning; each draws its threshold as a line."""

from perturbdash.figures.warnings.average import cosines_to_the_average
from perturbdash.figures.warnings.collapse import collapse
from perturbdash.figures.warnings.drift import control_drift
from perturbdash.figures.warnings.noise import published_against_split
from perturbdash.figures.warnings.profiles import shared_profiles
from perturbdash.figures.warnings.ratios import leakage_ratios
from perturbdash.figures.warnings.sizes import norms, slopes
from perturbdash.figures.warnings.squares import presence
from perturbdash.figures.warnings.targets import with_and_without_targets
from perturbdash.figures.warnings.values import implied_totals, value_counts

__all__ = [
    "collapse",
    "control_drift",
    "cosines_to_the_average",
    "implied_totals",
    "leakage_ratios",
    "norms",
    "presence",
    "published_against_split",
    "shared_profiles",
    "slopes",
    "value_counts",
    "with_and_without_targets",
]
