"""Tables for one look at a result: one perturbation gene by gene, the plane of shifts, covariates."""

from __future__ import annotations

from perturbdash.judgement.gene_everywhere import GeneEverywhere, gene_everywhere
from perturbdash.judgement.gene_view import PerturbationView, perturbation_view, reference_profiles
from perturbdash.judgement.nearest_view import NearestTruths, nearest_truths
from perturbdash.judgement.perturbation_rows import by_strength, perturbation_metrics, strongest
from perturbdash.judgement.plane_view import ReferenceView, reference_view
from perturbdash.judgement.table_views import covariates, dynamic_ranges

__all__ = [
    "GeneEverywhere",
    "NearestTruths",
    "PerturbationView",
    "ReferenceView",
    "by_strength",
    "covariates",
    "dynamic_ranges",
    "gene_everywhere",
    "nearest_truths",
    "perturbation_metrics",
    "perturbation_view",
    "reference_profiles",
    "reference_view",
    "strongest",
]
