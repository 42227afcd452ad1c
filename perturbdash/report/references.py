"""The papers that the report rests on, and their BibTeX."""

from __future__ import annotations

from perturbdash.figures.markup import Html, html, join
from perturbdash.judgement.record import plain
from perturbdash.report.blocks import frame
from perturbdash.report.citations import PAPERS, bibtex
from perturbdash.report.methods import cited
from perturbdash.report.scope import Scope


def references_section(scope: Scope) -> Html:
    """Return each paper with its address, and all as BibTeX with a button that copies it."""
    keys = cited(scope)
    items = join(_item(key) for key in keys)
    version = str(plain(scope.result.run)["versions"]["perturbdash"])
    return frame(
        "What to cite?",
        "The papers of the metrics, baselines and methods that are used here.",
        [
            html('<ul class="pr-papers">{items}</ul>', items=items),
            Html('<p><button type="button" data-copy="pr-bibtex">Copy BibTeX</button></p>'),
            html(
                '<pre id="pr-bibtex" tabindex="0" aria-label="BibTeX">{entries}</pre>',
                entries=bibtex(keys, version),
            ),
        ],
    )


def _item(key: str) -> Html:
    paper = PAPERS[key]
    fields = dict(paper.fields)
    where = fields.get("journal") or fields.get("howpublished", "")
    note = f" {fields['note']}." if "note" in fields else ""
    return html(
        '<li id="cite-{key}">{short}, {where}.{note} <a href="{url}" rel="noreferrer">doi:{doi}</a></li>',
        key=key,
        short=paper.short,
        where=where,
        note=note,
        url=paper.url,
        doi=paper.doi,
    )
