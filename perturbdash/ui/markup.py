"""HTML and Markdown from data, escaped; marks of models and gates as CSS shapes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from perturbdash.figures.markup import Html, bold, html, join, text
from perturbdash.vocabulary import Gate

if TYPE_CHECKING:
    from perturbdash.figures.models import ModelStyle

__all__ = [
    "GATE_WORDS",
    "MARKDOWN_GLYPHS",
    "Html",
    "bold",
    "gate_mark",
    "glyph",
    "html",
    "join",
    "markdown",
    "model_label",
    "model_tag",
    "text",
]

MARKDOWN_GLYPHS = (
    ":blue[●]",
    ":orange[◆]",
    ":green[■]",
    ":violet[▲]",
    ":yellow[▼]",
    ':color[⬢]{foreground="#3F97CC"}',
)
"""Colour and symbol of the six slots of models, for widgets that take Markdown."""

GATE_WORDS: dict[Gate, str] = {
    "informative": "informative",
    "weak": "weak",
    "uninformative": "uninformative",
    "too_few": "too few",
}
_MARKDOWN_SIGNS = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:])")


def markdown(value: object) -> str:
    r"""Return text for a widget's label, with every sign that Markdown knows escaped.

    Examples
    --------
    >>> markdown("a*b")
    'a\\*b'
    """
    return _MARKDOWN_SIGNS.sub(r"\\\1", str(value))


def glyph(style: ModelStyle) -> Html:
    """Return the symbol of a model or a baseline as a CSS shape; a model without a colour has its number."""
    if style.number is not None:
        return html('<span class="pd-number" aria-hidden="true">{n}</span>', n=style.number)
    open_ = " pd-open" if style.role == "baseline" else ""
    return Html(
        f'<span class="pd-glyph pd-glyph-{style.glyph}{open_} {style.css_class}" aria-hidden="true"></span>'
    )


def model_tag(style: ModelStyle) -> Html:
    """Return symbol and name of a model, or of a baseline in words; they never break apart."""
    name = style.name if style.role == "model" else style.name.replace("_", " ")
    return html('<span class="pd-model">{mark}{name}</span>', mark=glyph(style), name=name)


def model_label(style: ModelStyle) -> str:
    """Return symbol and name of a model as Markdown, for a widget that takes it."""
    mark = MARKDOWN_GLYPHS[style.slot] if style.slot is not None else f":gray[{style.number or ''}]"
    return f"{mark} {markdown(style.name)}"


def gate_mark(gate: Gate) -> Html:
    """Return the symbol of a gate, with its word for those who do not see it."""
    return html(
        '<span class="pd-gate pd-gate-{kind}" role="img" aria-label="{word}" title="{word}"></span>',
        kind=gate,
        word=GATE_WORDS[gate],
    )
