"""A section for each context where there are several: the same questions, asked within it."""

from __future__ import annotations

from collections.abc import Sequence

from perturbdash.figures.markup import Html, html, join
from perturbdash.judgement.sentences import counted, joined
from perturbdash.report.blocks import Section, note
from perturbdash.report.calibration import calibration
from perturbdash.report.comparison import differences, scores
from perturbdash.report.reference import reference
from perturbdash.report.scope import Scope
from perturbdash.report.shared_effect import systematic_variation
from perturbdash.report.verdict import verdict, warnings

MOST = 12
PARTS = {
    "Verdict": verdict,
    "Warnings": warnings,
    "Differences and positions": differences,
    "All scores": scores,
    "Calibration": calibration,
    "Systematic variation": systematic_variation,
    "Reference": reference,
}


def context_sections(found: Sequence[Scope]) -> list[Section]:
    """Return a section for each of the first twelve contexts; the last one names those without a section."""
    sections = [
        Section(f"context-{place}", f"Context {scope.context}", context_section(scope))
        for place, scope in enumerate(found[:MOST], start=1)
    ]
    rest = [scope.context for scope in found[MOST:]]
    if rest:
        sentence = (
            f"{counted(len(rest), 'more context')} without a section of their own: {joined(rest)}. They count in all "
            "that is pooled, and the tables of perturbdash evaluate hold their numbers."
        )
        sections.append(Section("contexts-more", "More contexts", note(sentence)))
    return sections


def context_section(scope: Scope) -> Html:
    """Return everything that is said about one context, each part below its own heading."""
    return join(
        html('<h3 class="pr-part">{title}</h3>{body}', title=title, body=_one_deeper(part(scope)))
        for title, part in PARTS.items()
    )


def _one_deeper(body: Html) -> Html:
    """Return markup whose headings stand below that of a part; what comes from data is escaped and stays."""
    return Html(body.replace("<h3>", "<h4>").replace("</h3>", "</h4>"))
