"""The page around the sections: head, contents, scripts, and the policy that forbids everything else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from perturbdash import __version__
from perturbdash.figures.html import blocks_css, name_html
from perturbdash.figures.markup import Html, html, join
from perturbdash.report.blocks import Section
from perturbdash.report.drawing import script_safe, templates

if TYPE_CHECKING:
    from perturbdash.report.scope import Scope

QUESTION = "Has a model learnt biology, or only the average?"
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="perturbdash {version}">
<title>{title}: perturbdash report</title>
<link rel="icon" href="data:,">
<style>{css}</style>
</head>
<body>
<a class="pr-skip" href="#verdict">Skip to the verdict</a>
<header class="pr-head">
<div class="pr-title"><h1>{title}</h1><button type="button" id="pr-mode" hidden>Dark</button></div>
<p class="pr-made">{question} Report of perturbdash {version}, made <time datetime="{made}">{made}</time>.</p>
<ul class="pr-chips">{chips}</ul>
</header>
<div class="pr-columns">
<nav class="pr-contents" aria-label="Contents"><ol>{contents}</ol></nav>
<main id="main">{sections}</main>
</div>
<script type="application/json" id="pr-templates">{templates}</script>
<script>{plotly}</script>
<script>{script}</script>
</body>
</html>
"""


def document(scope: Scope, sections: Sequence[Section], made: date) -> str:
    """Return the whole page.

    Parameters
    ----------
    scope
        All contexts together, or the only one.
    made
        The one thing that differs between two reports on the same.
    """
    scripts = (plotly_script(), own("report.js"))
    return str(
        html(
            PAGE,
            policy=policy(scripts),
            version=__version__,
            title=scope.title,
            css=Html(f"{blocks_css()}\n{own('report.css')}"),
            question=QUESTION,
            made=made.isoformat(),
            chips=_chips(scope),
            contents=join(_entry(section) for section in sections),
            sections=join(_section(section) for section in sections),
            templates=script_safe(templates()),
            plotly=Html(scripts[0]),
            script=Html(scripts[1]),
        )
    )


def policy(scripts: Iterable[str]) -> str:
    """Return a content security policy under which nothing is fetched, and only these scripts run."""
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    hashes = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def plotly_script() -> str:
    """Return plotly.js as its Python package carries it, with the line ends that a browser hashes."""
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs()).replace("\r\n", "\n").replace("\r", "\n")


def own(name: str) -> str:
    """Return a file of this package."""
    return files("perturbdash.report").joinpath(name).read_text(encoding="utf-8")


def _entry(section: Section) -> Html:
    return html('<li><a href="#{key}">{title}</a></li>', key=section.key, title=section.title)


def _section(section: Section) -> Html:
    return html(
        '<section id="{key}" aria-labelledby="{key}-title"><h2 id="{key}-title">{title}</h2>{body}</section>',
        key=section.key,
        title=section.title,
        body=section.body,
    )


def _chips(scope: Scope) -> Html:
    dataset = scope.result.dataset
    facts = {
        "cells": f"{dataset.n_cells:,}",
        "perturbations": f"{len(dataset.perturbations):,}",
        "genes": f"{scope.n_genes:,}",
        "seed": str(scope.result.settings.seed),
    }
    if scope.several:
        facts["contexts"] = f"{len(scope.result.contexts):,}"
    chips = [
        html("<li><span>{label}</span> {value}</li>", label=label, value=v) for label, v in facts.items()
    ]
    models = [html("<li>{name}</li>", name=Html(name_html(style))) for style in scope.styles.values()]
    return join([*chips, *models])
