"""Which sections a report has, and in which order: the verdict first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from perturbdash.report.blocks import Section
from perturbdash.report.calibration import calibration
from perturbdash.report.comparison import differences, scores
from perturbdash.report.contexts import context_sections
from perturbdash.report.left_out import left_out
from perturbdash.report.methods import methods_section
from perturbdash.report.perturbations import perturbations
from perturbdash.report.record import record
from perturbdash.report.reference import reference
from perturbdash.report.references import references_section
from perturbdash.report.scope import Scope, scopes
from perturbdash.report.shared_effect import systematic_variation
from perturbdash.report.verdict import verdict, warnings

if TYPE_CHECKING:
    from perturbdash.figures.markup import Html
    from perturbdash.judgement.result import Result

FIRST: dict[str, tuple[str, Callable[[Scope], Html]]] = {
    "verdict": ("Verdict", verdict),
    "warnings": ("Warnings", warnings),
    "differences": ("Differences and positions", differences),
    "scores": ("All scores", scores),
    "calibration": ("Calibration", calibration),
    "systematic-variation": ("Systematic variation", systematic_variation),
    "reference": ("Reference", reference),
}
LAST: dict[str, tuple[str, Callable[[Scope], Html]]] = {
    "perturbations": ("Perturbations", perturbations),
    "left-out": ("What was left out", left_out),
    "settings": ("Settings and versions", record),
    "methods": ("Methods", methods_section),
    "references": ("References", references_section),
}


def sections(result: Result, title: str) -> Iterator[Section]:
    """Yield the sections of a report as they are made; all contexts together first, where there are several."""
    first, *each = scopes(result, title)
    for key, (name, part) in FIRST.items():
        yield Section(key, name, part(first))
    yield from context_sections(each)
    for key, (name, part) in LAST.items():
        yield Section(key, name, part(first))


def n_sections(result: Result) -> int:
    """Return about how many sections there will be, for progress."""
    return len(FIRST) + len(LAST) + (len(result.contexts) if len(result.contexts) > 1 else 0)
