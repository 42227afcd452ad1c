"""The cards, two side by side."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import streamlit as st

from perturbdash.judgement.cards import FAMILIES, Card
from perturbdash.metrics.registry import Peer
from perturbdash.ui.blocks import heading
from perturbdash.ui.frame import empty_state
from perturbdash.ui.markup import Html, html, join

CARD = "card"
"""Parameter of the page: the card whose drawer is open."""
ARROWS = {"higher": ("↑", "higher is better"), "lower": ("↓", "lower is better")}


def grid(shown: Sequence[Card], of: int) -> None:
    """Draw the cards, or say that none is called that."""
    if not shown:
        empty_state(
            "No metric is called that",
            "No card holds all these words.",
            "Try the name that another tool uses, or clear the family.",
        )
        return
    heading(f"{len(shown)} of {of} cards", "Headline metrics first, then by family.")
    with st.container(key="pd-method-cards"):
        for card in shown:
            with st.container(border=True, key=f"pd-method-{card.name}", gap="xsmall"):
                _card(card)


def _card(card: Card) -> None:
    st.html(head(card))
    if card.formula:
        st.latex(card.formula)
    st.html(html('<dl class="pd-facts">{rows}{source}</dl>', rows=facts(_on_card(card)), source=source(card)))
    st.button(
        "Details",
        icon=":material/right_panel_open:",
        type="tertiary",
        key=f"pd-details-{card.name}",
        on_click=_open,
        args=(card.name,),
    )


def _open(name: str) -> None:
    st.query_params[CARD] = name


def head(card: Card) -> Html:
    """Return name, direction and skill at the left, family and range at the right, the question below."""
    arrow, words = ARROWS.get(card.better, ("", ""))
    mark = html(
        '<span class="pd-arrow" role="img" aria-label="{words}" title="{words}">{arrow}</span>',
        words=words,
        arrow=arrow,
    )
    return html(
        '<div class="pd-card-head"><h3>{label} {mark} {skill}</h3><p>{kind}</p></div>'
        '<p class="pd-card-asks">{asks}</p>',
        label=card.label,
        mark=mark if arrow else "",
        skill=html('<span class="pd-skill-tag">{skill}</span>', skill=card.skill) if card.skill else "",
        kind=" · ".join(part for part in (FAMILIES[card.family], card.span) if part),
        asks=card.summary,
    )


def facts(rows: Sequence[tuple[str, str | Html]]) -> Html:
    """Return terms and what is to be known of them, as rows of a list."""
    return join(html("<dt>{term}</dt><dd>{fact}</dd>", term=term, fact=fact) for term, fact in rows)


def _on_card(card: Card) -> list[tuple[str, str | Html]]:
    rows: list[tuple[str, str | Html]] = list(card.facts.items())
    if card.peers:
        rows.append(("elsewhere", _elsewhere(card.peers)))
    return rows


def _elsewhere(peers: Sequence[Peer]) -> Html:
    """Return each tool with its names; a tool without one has what it does differently."""
    parts = []
    for tool, group in groupby(peers, key=lambda peer: peer.tool):
        own = list(group)
        names = [html("<b>{name}</b>", name=peer.name) for peer in own if peer.name]
        parts.append(html("{tool} {what}", tool=tool, what=join(names, ", ") if names else own[0].difference))
    return join(parts, "; ")


def source(card: Card) -> Html:
    """Return where it was published, with its address."""
    link = html(
        '<a href="https://doi.org/{doi}" target="_blank" rel="noopener noreferrer">doi {doi}</a>',
        doi=card.doi,
    )
    return html("<dt>source</dt><dd>{source}, {link}</dd>", source=card.source, link=link)
