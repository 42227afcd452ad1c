"""The drawer of one card: its symbols, its value on the open data, what others do, how to cite it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

import perturbdash
from perturbdash.figures.names import cut
from perturbdash.judgement.cards import FAMILIES, Card
from perturbdash.ui import address, blocks, link
from perturbdash.ui.markup import html, markdown
from perturbdash.ui.menu import PAGES
from perturbdash.ui.methods.grid import ARROWS, CARD, facts, source
from perturbdash.ui.methods.on_your_data import on_your_data

if TYPE_CHECKING:
    from perturbdash.ui.view import View

SHOWN_ON = {
    "drf": "calibration",
    "bds": "calibration",
    "gate": "calibration",
    "duplicates": "calibration",
    "systematic_variation": "systematic_variation",
    "reference": "reference",
    "baselines": "scorecard",
    "position": "scorecard",
    "verdict": "scorecard",
}
"""By card, the page where its number stands."""


def drawer(view: View, cards: Sequence[Card]) -> None:
    """Open the card that the address names; closing it is one step of the browser's history, as opening was.

    The parameter is the page's own: a metric that was chosen elsewhere, and follows the reader, opens nothing.
    """
    asked = st.query_params.get(CARD)
    if not asked:
        return
    card = next((card for card in cards if card.name == asked), None)
    if card is None:
        _close()
        blocks.note(
            f"The link asks for the card “{cut(asked, address.LONGEST_SHOWN)}”, which is not here; it is left out."
        )
        return
    title = f"{card.label}, {card.full_name}" if card.full_name else card.label
    st.dialog(markdown(title), width="medium", position="right", on_dismiss=_close)(_body)(view, card)


def _close() -> None:
    st.query_params.pop(CARD, None)


def _body(view: View, card: Card) -> None:
    with st.container(key="pd-drawer", gap="small"):
        st.html(
            html(
                '<p class="pd-card-asks">{asks}</p>{chips}',
                asks=card.summary,
                chips=blocks.chips(_chips(card)),
            )
        )
        if card.formula:
            st.latex(card.formula)
            st.markdown("\n".join(f"- ${latex}$: {meaning}" for latex, meaning in card.symbols))
        rows = [*card.facts.items(), *card.more.items()]
        st.html(html('<dl class="pd-facts">{rows}{source}</dl>', rows=facts(rows), source=source(card)))
        if card.is_metric:
            on_your_data(view, card)
        elif card.name in SHOWN_ON:
            page = PAGES[SHOWN_ON[card.name]]
            st.page_link(
                page.file,
                label=f"See it on {page.title}",
                icon=page.icon,
                query_params=address.read().parameters(),
            )
        _others(card)
        _cite(view, card)


def _chips(card: Card) -> list[tuple[str, object]]:
    found = [
        ("skill", card.skill),
        ("family", FAMILIES[card.family]),
        ("better", " ".join(ARROWS[card.better]) if card.better else ""),
        ("range", card.span),
    ]
    return [(label, value) for label, value in found if value]


def _others(card: Card) -> None:
    if not card.peers:
        return
    blocks.heading("What others call it, and do differently")
    blocks.table(
        [
            blocks.Column("tool", "A tool, or the authors of a paper.", numeric=False),
            blocks.Column("name", "What stands in its tables or code.", numeric=False),
            blocks.Column(
                "difference", "What it does differently; empty where nothing is known.", numeric=False
            ),
        ],
        [
            blocks.Row(
                [peer.tool, html("<b>{name}</b>", name=peer.name) if peer.name else None, peer.difference]
            )
            for peer in card.peers
        ],
        caption=f"Names of {card.label} in other tools.",
    )


def _cite(view: View, card: Card) -> None:
    from perturbdash.report.citations import PAPERS, bibtex

    keys = [key for key, paper in PAPERS.items() if paper.doi == card.doi]
    with st.container(horizontal=True, key="pd-drawer-tools", gap="small", vertical_alignment="center"):
        link.copy_link(view, key="pd-copy-card")
        with st.popover("Cite (BibTeX)", icon=":material/format_quote:", type="tertiary"):
            st.code(bibtex(keys, perturbdash.__version__), language=None)
