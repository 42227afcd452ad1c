"""Pieces of HTML that blocks share: glyphs from CSS shapes, escaped text, the style sheet."""

from __future__ import annotations

import html
from functools import cache
from importlib.resources import files

from perturbdash.figures.metric_words import GATE_WORDS, OUTCOME_WORDS
from perturbdash.figures.models import ModelStyle
from perturbdash.vocabulary import BDS_GATE, DRF_GATE


@cache
def blocks_css() -> str:
    """Return the style sheet of all HTML blocks, for the page that holds them."""
    return files("perturbdash.figures").joinpath("blocks.css").read_text(encoding="utf-8")


def escaped(text: object) -> str:
    """Escape text from data for HTML, quotes included."""
    return html.escape(str(text), quote=True)


def glyph_html(style: ModelStyle) -> str:
    """Return a model's glyph; its name always stands beside it, so it is hidden from screen readers.

    Examples
    --------
    >>> from perturbdash.figures.models import model_styles
    >>> glyph_html(model_styles(["sharp"])["sharp"])
    '<span class="pd-glyph pd-disc pd-m1" aria-hidden="true"></span>'
    """
    hollow = " pd-open" if style.role == "baseline" else ""
    return f'<span class="pd-glyph pd-{style.glyph} {style.css_class}{hollow}" aria-hidden="true"></span>'


def name_html(style: ModelStyle) -> str:
    """Return glyph and name of a model, which never break apart."""
    number = f'<span class="pd-number">{style.number}</span> ' if style.number is not None else ""
    return f'<span class="pd-name">{glyph_html(style)}{number}{escaped(style.name)}</span>'


def gate_html(gate: str) -> str:
    """Return the glyph of a gate, with its name for screen readers and as a tooltip."""
    words = escaped(GATE_WORDS.get(gate, gate))
    return f'<span class="pd-gate pd-gate-{escaped(gate)}" role="img" aria-label="{words}" title="{words}"></span>'


def gate_legend_html() -> str:
    """Return the line that explains gate glyphs and outcome marks below a table."""
    rules = {
        "informative": f"DRF interval above {DRF_GATE} and BDS interval above {BDS_GATE}",
        "weak": "mean DRF above 0",
        "uninformative": "",
        "too_few": "perturbations with a value",
    }
    gates = "".join(
        f"<span>{gate_html(gate)} <b>{escaped(GATE_WORDS[gate])}</b> {escaped(rule)}</span>"
        for gate, rule in rules.items()
    )
    marks = {"▲": OUTCOME_WORDS["beats"], "=": OUTCOME_WORDS["no_difference"], "▼": OUTCOME_WORDS["loses"]}
    words = "".join(f"<span>{mark} {escaped(text)}</span>" for mark, text in marks.items())
    return f'<p class="pd-legend">{gates}{words}<span>– undefined</span></p>'
