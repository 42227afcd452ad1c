"""All metrics by name, in the order in which screens and tables show them."""

from __future__ import annotations

from types import MappingProxyType

from perturbdash.metrics.spec import Family, MetricSpec, NegativeControl, Peer, Skill
from perturbdash.metrics.specs.de import DE_SPECS
from perturbdash.metrics.specs.error import ERROR_SPECS
from perturbdash.metrics.specs.retrieval import RETRIEVAL_SPECS
from perturbdash.metrics.specs.shift import SHIFT_SPECS

__all__ = ["FAMILY_TITLES", "METRICS", "Family", "MetricSpec", "NegativeControl", "Peer", "Skill"]

METRICS: MappingProxyType[str, MetricSpec] = MappingProxyType(
    {spec.name: spec for spec in (*ERROR_SPECS, *SHIFT_SPECS, *RETRIEVAL_SPECS, *DE_SPECS)}
)
"""Every metric that does not need single cells of the prediction."""

FAMILY_TITLES: MappingProxyType[Family, str] = MappingProxyType(
    {
        "error": "Error of the profile",
        "control": "Shift against control",
        "centroid": "Shift against the perturbed centroid",
        "retrieval": "Retrieval",
        "de": "Differentially expressed genes",
    }
)
