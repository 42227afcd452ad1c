"""Where the verdict holds: outcomes by context, and what a context lacks."""

from __future__ import annotations

import streamlit as st

from perturbdash.figures.html_table import scrolling
from perturbdash.judgement.context_outcomes import context_outcomes, lacking
from perturbdash.judgement.sentences import joined
from perturbdash.ui.blocks import note
from perturbdash.ui.frame import frame
from perturbdash.ui.markup import Html
from perturbdash.ui.scorecard.board import Board
from perturbdash.vocabulary import POOLED


def contexts(board: Board) -> None:
    """Draw the outcomes of each context below those of all; of one context, say what it lacks."""
    from perturbdash.figures.scorecard import context_outcomes_html

    if len(board.result.contexts) < 2:
        return
    if board.context != POOLED:
        without = [
            model for model in board.models if lacking(board.result, board.context, model) == "no prediction"
        ]
        if without:
            verb = "has" if len(without) == 1 else "have"
            note(f"{joined(without)} {verb} no prediction for {board.context}.")
        return
    table = context_outcomes(board.result, board.models)
    with frame(
        "In which contexts does it hold?",
        "Headline metrics on which a model beats every baseline, of those that can tell anything there; n: test "
        "perturbations. Holm is over the headline metrics of a context.",
        key="outcomes_by_context",
        table=table,
        how_to_read="Each context is judged by itself; all together averages within a context, then over contexts. "
        "Choose a context in the sidebar to see its page. A context where nothing can be told has a dash and the "
        "reason.",
        caption=(
            "Contexts",
            f"{board.source()}. Full bar: beats; outline: no difference shown; low bar: loses.",
        ),
    ):
        markup = context_outcomes_html(table, board.result.verdict, board.models, styles=board.view.styles)
        st.html(scrolling(Html(markup), "Contexts", css="pd-tall"))
