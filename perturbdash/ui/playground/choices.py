"""Below the figures: what the curve shows, where arrows start, the way on, and three experiments."""

from __future__ import annotations

import streamlit as st

from perturbdash.judgement.playground.knobs import KNOBS
from perturbdash.judgement.playground.story import DRAWN, STEPS, TRICKS
from perturbdash.ui.blocks import heading
from perturbdash.ui.playground.state import ARROWS, LABELS, State, chosen, go_on, show
from perturbdash.ui.sidebar import hold
from perturbdash.ui.waiting import start_link


def curve_choices(state: State) -> None:
    """Draw the choices of both figures, and the button that leads to the next step."""
    with st.container(key="pd-playground-choices"):
        _select("drawn", dict(DRAWN), state.drawn, state.step.drawn)
        _select(
            "over",
            {name: knob.label for name, knob in KNOBS.items()},
            state.over,
            state.step.over,
        )
        _arrows(state)
        _onward(state)


def foot() -> None:
    """Offer three experiments, each of which sets sliders and curve."""
    heading(
        "Three ways to be fooled",
        "Each sets the sliders and draws the curve above; nothing about the model gets better on the way.",
    )
    with st.container(key="pd-tricks"):
        for name, trick in TRICKS.items():
            with st.container(key=f"pd-trick-{name}", gap="xsmall"):
                st.button(trick.label, key=f"pd-show-{name}", on_click=show, args=(trick,))
                st.caption(trick.help)


def _select(name: str, words: dict[str, str], shown: str, default: str) -> None:
    key = f"pd-playground-{name}"
    hold(key, shown)
    st.selectbox(
        LABELS[name],
        list(words),
        key=key,
        format_func=lambda option: words.get(option, option),
        help=HELP[name],
        on_change=chosen,
        args=(name, key, default),
    )


def _arrows(state: State) -> None:
    key = "pd-playground-arrows"
    hold(key, state.arrows)
    st.segmented_control(
        LABELS["arrows"],
        list(ARROWS),
        key=key,
        required=True,
        format_func=lambda option: ARROWS[option],
        help=HELP["arrows"],
        on_change=chosen,
        args=("arrows", key, state.step.arrows),
    )


def _onward(state: State) -> None:
    if state.step.number == len(STEPS):
        with st.container(key="pd-primary-link", width="content"):
            start_link("Next: your own data")
        return
    following = STEPS[state.step.number]
    st.button(
        f"Next: {following.title[0].lower()}{following.title[1:]}",
        key="pd-next-step",
        type="primary",
        icon=":material/arrow_forward:",
        icon_position="right",
        on_click=go_on,
    )


HELP = {
    "drawn": "One of the five answers, PDS by two distances, or the three forms of systematic variation.",
    "over": "The slider that moves from its lowest to its highest value while all others stay.",
    "arrows": "What a shift is measured from: the control mean, or the average of all perturbations.",
}
