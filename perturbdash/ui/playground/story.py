"""The five steps of the story on top of the page, and the two sides below them."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from perturbdash.judgement.playground.story import STEPS, Step
from perturbdash.ui.playground.state import State, go_to


def stepper(state: State) -> None:
    """Draw a card for each step; a card is a link to the step as it is set."""
    with st.container(key="pd-story"):
        for step in STEPS:
            now = step is state.step
            st.button(
                _label(step),
                key=f"pd-story-{step.number}{'-now' if now else ''}",
                on_click=go_to,
                args=(step.number,),
                width="stretch",
                help=f"{step.source}, doi {step.doi}" + ("; you are here" if now else ""),
            )


def _label(step: Step) -> str:
    """Return number and title, what it is about, and whose point it is, as Markdown, a line each."""
    doi = step.doi.replace(".", "\\.")
    return (
        f"**{step.number}\u2002{step.title}**  \n{step.point}  \n:small[{step.source}]  \n:small[doi {doi}]"
    )


def sides() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Return the columns of sliders and answers; on a phone the answers come first."""
    with st.container(key="pd-playground"):
        left, right = st.columns([0.24, 0.76], gap="medium")
    return left, right
