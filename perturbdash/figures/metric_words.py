"""Words and order of metrics on screen, from the registry; an unknown metric keeps its name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from perturbdash.metrics.registry import METRICS

FAMILIES = {
    "error": "Error of the profile",
    "control": "Shift against control",
    "centroid": "Shift against the perturbed centroid",
    "retrieval": "Retrieval",
    "de": "Differentially expressed genes",
    "": "Other",
}
KEPT_AS_WARNING = "pearson_expression"
"""About 0.99 for any prediction: in tables it stands among what cannot tell, in figures not at all."""
SKILLS = ("size", "pattern", "identity", "sign")
GATE_WORDS = {
    "informative": "informative",
    "weak": "weak",
    "uninformative": "uninformative",
    "too_few": "too few",
}
OUTCOME_WORDS = {
    "beats": "beats",
    "no_difference": "no difference shown",
    "loses": "loses",
    "too_few": "too few",
    "undefined": "undefined",
}
BASELINE_SUMMARIES = {
    "mean": "the mean of the training perturbations, whatever the perturbation",
    "control": "the mean of the control cells: no effect",
    "matching_mean": "the mean of the training perturbations that share a gene, else the mean of all",
    "additive": "the sum of the single effects, where every gene was seen as a single",
    "linear": "a linear model of principal components, for targets among the genes",
    "transfer_mean": "the control of this context and the mean effect of the perturbation in the others",
}
OUTCOME_MARKS = {"beats": "▲", "no_difference": "=", "loses": "▼"}


def label(metric: str) -> str:
    """Return a metric's short words for screens."""
    spec = METRICS.get(metric)
    return spec.label if spec else metric.replace("_", " ")


def tick_label(metric: str) -> str:
    """Return a metric's words for the axis of a figure, shortened where they would leave it no room.

    Examples
    --------
    >>> tick_label("l2_heg1000")
    'L2, 1,000 highest'
    """
    return label(metric).replace("1,000 highest genes", "1,000 highest")


def family(metric: str) -> str:
    """Return the key of a metric's family, empty where it is not in the registry."""
    spec = METRICS.get(metric)
    return spec.family if spec else ""


def skill(metric: str) -> str:
    """Return the kind of skill that a headline metric stands for, or an empty string."""
    spec = METRICS.get(metric)
    return (spec.skill or "") if spec else ""


def arrow(metric: str) -> str:
    """Return ↑ where more is better and ↓ where less is, empty where it is not known."""
    spec = METRICS.get(metric)
    return "" if spec is None else "↑" if spec.direction > 0 else "↓"


def is_error(metric: str) -> bool:
    """Whether less is better, so that scores have no common upper bound."""
    spec = METRICS.get(metric)
    return spec is not None and spec.direction < 0


def why_undefined(metric: str) -> str:
    """Return in a few words when a metric has no value, empty where it always has one.

    Examples
    --------
    >>> why_undefined("lfc_nmae"), why_undefined("mse")
    ('fewer than 10 genes differ from control', '')
    """
    spec = METRICS.get(metric)
    words = re.split(r"[:.(]|, or (?:a|the) ", spec.undefined)[0].strip(" –") if spec else ""
    return "" if words in ("", "Never") else words[0].lower() + words[1:]


def in_order(metrics: Iterable[str]) -> list[str]:
    """Return metrics family by family, each in the registry's order; unknown ones last, as they come."""
    families = list(FAMILIES)
    known = list(METRICS)
    unique = list(dict.fromkeys(metrics))
    return sorted(
        unique,
        key=lambda m: (
            families.index(family(m)) if family(m) in families else len(families),
            _place(m, known),
        ),
    )


def _place(metric: str, known: list[str]) -> int:
    return known.index(metric) if metric in known else len(known)


def by_skill(metrics: Iterable[str]) -> list[str]:
    """Return headline metrics in the order size, pattern, identity, sign, others after them."""
    return sorted(
        in_order(metrics), key=lambda m: SKILLS.index(skill(m)) if skill(m) in SKILLS else len(SKILLS)
    )


def summary(metric: str) -> str:
    """Return a metric in one sentence, empty where it is not in the registry."""
    spec = METRICS.get(metric)
    return spec.summary if spec else ""


def baseline_summary(name: str) -> str:
    """Return what a baseline predicts, in a few words."""
    return BASELINE_SUMMARIES.get(name, "a baseline")


def baseline_label(name: str) -> str:
    """Return a baseline's name in words.

    Examples
    --------
    >>> baseline_label("matching_mean")
    'matching mean'
    """
    return name.replace("_", " ")
