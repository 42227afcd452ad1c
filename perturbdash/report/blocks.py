"""Pieces that every section is made of: answers, frames of figures, notes, tables, sentences with symbols."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from perturbdash.figures.html import gate_html, name_html
from perturbdash.figures.html_table import Column, Row, table_html
from perturbdash.figures.markup import Html, bold, html, join
from perturbdash.figures.metric_words import baseline_label
from perturbdash.figures.models import ModelStyle, style_of
from perturbdash.judgement.sentences import Name, Strong
from perturbdash.judgement.sentences_views import Name as ViewName

__all__ = ["Column", "Row", "Section"]


@dataclass(frozen=True)
class Section:
    """A part of the report: its anchor, its title in the contents, and its markup."""

    key: str
    title: str
    body: Html


def said(words: Iterable[str | ViewName], styles: Mapping[str, ModelStyle]) -> Html:
    """Return a sentence as HTML: models with their symbol, stressed parts in bold."""
    return join(_word(word, styles) for word in words)


def _word(word: str | ViewName, styles: Mapping[str, ModelStyle]) -> str | Html:
    if isinstance(word, ViewName):
        return tag(word.text, styles)
    if isinstance(word, Name):
        return tag(word, styles)
    return bold(word) if isinstance(word, Strong) else word


def tag(name: str, styles: Mapping[str, ModelStyle]) -> Html:
    """Return symbol and name of a model, or the name of a baseline in words."""
    style = style_of(name, styles)
    return Html(name_html(style)) if style.role == "model" else html("{name}", name=baseline_label(name))


def gate(name: str) -> Html:
    """Return the symbol of a gate."""
    return Html(gate_html(name))


def legend(styles: Mapping[str, ModelStyle]) -> Html:
    """Return the names of all models with their symbols; the line wraps, unlike plotly's own legend."""
    names = join(html("<span>{name}</span>", name=Html(name_html(style))) for style in styles.values())
    return html('<p class="pd-legend">{names}</p>', names=names)


def answer(sentence: str | Html, muted: str | Html = "") -> Html:
    """Return what a section says first, and muted below it rule, reference, n and truth."""
    return html(
        '<div class="pr-answer"><p class="pr-sentence">{sentence}</p><p class="pr-muted">{muted}</p></div>',
        sentence=sentence,
        muted=muted,
    )


def note(sentence: str | Html) -> Html:
    """Return a sentence in a box."""
    return html('<p class="pr-note">{sentence}</p>', sentence=sentence)


def frame(
    title: str, subtitle: str | Html, inside: Iterable[Html], *, caption: str | Html = "", level: int = 3
) -> Html:
    """Return a figure or a table below the question that it answers.

    Parameters
    ----------
    subtitle
        Truth, reference, n, and what a mark is.
    caption
        Data set, context, seed, what was left out.
    level
        Of the heading.
    """
    return html(
        '<div class="pr-frame"><{h}>{title}</{h}><p class="pr-sub">{subtitle}</p>{inside}{caption}</div>',
        h=Html(f"h{level}"),
        title=title,
        subtitle=subtitle,
        inside=join(inside),
        caption=html('<p class="pr-caption">{caption}</p>', caption=caption) if caption else Html(""),
    )


def scrolling(inside: Html, label: str) -> Html:
    """Return something wide that scrolls by itself, also by keyboard."""
    return html(
        '<div class="pr-scroll" tabindex="0" role="region" aria-label="{label}">{inside}</div>',
        label=label,
        inside=inside,
    )


def reading_table(columns: Sequence[Column], rows: Sequence[Row], *, caption: str, css: str = "") -> Html:
    """Return a table to read, that scrolls sideways where it must."""
    return scrolling(table_html(columns, rows, caption=caption, css=css), caption)


def listed(title: str, items: Iterable[str | Html]) -> Html:
    """Return a list under a small heading; empty where there is no item."""
    found = join(html("<li>{item}</li>", item=item) for item in items)
    if not found:
        return Html("")
    return html('<div class="pr-list"><h3>{title}</h3><ul>{items}</ul></div>', title=title, items=found)
