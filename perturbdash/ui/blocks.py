"""Small blocks of a page: verdict, chips, notes and tables; whatever comes from data is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from perturbdash.figures.html_table import Column, Row, table_html
from perturbdash.ui.markup import Html, html, join

__all__ = ["Column", "Row", "chips", "heading", "note", "table", "table_html", "verdict"]


def verdict(sentence: str | Html, muted: str | Html = "") -> None:
    """Show the page's answer in one sentence, and below it rule, reference, n and truth."""
    st.html(
        html(
            '<section class="pd-verdict">'
            '<p class="pd-verdict-sentence" role="heading" aria-level="2">{sentence}</p>'
            '<p class="pd-muted">{muted}</p></section>',
            sentence=sentence,
            muted=muted,
        )
    )


def chips(items: Sequence[tuple[str, object] | Html]) -> Html:
    """Return a line of chips: (label, value) pairs or ready marks."""
    return html(
        '<ul class="pd-chips">{items}</ul>',
        items=join(
            html("<li>{item}</li>", item=item)
            if isinstance(item, Html)
            else html("<li><span>{label}</span> {value}</li>", label=item[0], value=item[1])
            for item in items
        ),
    )


def note(sentence: str | Html, kind: Literal["plain", "finding"] = "plain") -> None:
    """Show a sentence in a card; a finding is tinted and says so in words."""
    st.html(html('<p class="pd-note pd-{kind}" role="status">{sentence}</p>', kind=kind, sentence=sentence))


def heading(title: str, subtitle: str | Html = "") -> None:
    """Show a hairline with a question and, muted, what stands below."""
    st.html(
        html(
            '<div class="pd-head"><h2 class="pd-title">{title}</h2><p class="pd-sub">{subtitle}</p></div>',
            title=title,
            subtitle=subtitle,
        )
    )


def table(columns: Sequence[Column], rows: Sequence[Row], *, caption: str, css: str = "") -> None:
    """Show a table to read; help on every header, undefined as a dash.

    Parameters
    ----------
    rows
        Cells are text, ``Html``, or ``None`` for undefined.
    caption
        What the table holds, for readers who do not see it.
    """
    st.html(table_html(columns, rows, caption=caption, css=css))
