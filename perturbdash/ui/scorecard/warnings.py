"""Warnings as cards, each with the picture that proves it one click away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.ui.markup import Html
from perturbdash.ui.scorecard.behind import behind, name_of
from perturbdash.ui.scorecard.behind_words import PICTURES
from perturbdash.ui.scorecard.board import Board

if TYPE_CHECKING:
    from perturbdash.figures.scorecard.warning_cards import Card


def warnings(board: Board) -> None:
    """Draw the findings and what is close to one as cards, and one line for the checks without either."""
    from perturbdash.figures.scorecard.warning_cards import rest_html, warning_cards

    cards = warning_cards(
        board.result.warnings,
        board.models,
        near=board.result.near_warnings,
        context=board.context,
        styles=board.view.styles,
    )
    if cards:
        with st.container(key="pd-cards"):
            for place, card in enumerate(cards):
                kind = "near" if card.near else "found"
                with st.container(key=f"pd-{kind}-{place}", gap=None):
                    st.html(Html(f'<section class="pd-card pd-bare">{card.inner}</section>'))
                    _action(board, card, place)
    st.html(Html(rest_html(cards)))


def _action(board: Board, card: Card, place: int) -> None:
    from perturbdash.figures.scorecard.warning_cards import TITLES

    words = PICTURES[name_of(card)].button
    if st.button(words, key=f"pd-behind-{place}", type="tertiary", icon=":material/monitoring:"):
        st.session_state.pop("pd-behind-case", None)
        st.dialog(TITLES[card.warning][0], width="large")(behind)(board, card)
