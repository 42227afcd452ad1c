"""Which cards are shown: by a text, a family, or the verdict."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from perturbdash.judgement.cards import FAMILIES, Card, found

SEARCH, FAMILY, COUNTED = "pd-methods-search", "pd-methods-family", "pd-methods-headline"


def chosen(cards: Sequence[Card]) -> list[Card]:
    """Draw search, families and the switch, and return the cards that they leave."""
    with st.container(horizontal=True, key="pd-controls", gap="medium"):
        text = st.text_input(
            "Search",
            type="search",
            live=True,
            key=SEARCH,
            placeholder="name, symbol, or what another tool calls it: transpose rank",
            persist_state="session",
            help="Every word has to stand on the card: in its names, in what Systema, CellSimBench, scPertEval, "
            "cell-eval or PerturBench call it, or in what is said of it.",
        )
        family = st.pills(
            "Family",
            list(FAMILIES),
            key=FAMILY,
            format_func=lambda name: FAMILIES[name],
            persist_state="session",
            help="What kind of question a metric asks; the last are no metrics, but what pages show beside them.",
        )
        headline = st.toggle(
            "Headline only",
            key=COUNTED,
            persist_state="session",
            help="The metrics that count in the sentence of the Scorecard, one for each kind of skill.",
        )
    return found(cards, text or "", str(family) if family else None, headline=headline)
