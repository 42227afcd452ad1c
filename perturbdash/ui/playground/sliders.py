"""The sliders of the playground: the experiment and the model."""

from __future__ import annotations

from itertools import groupby

import streamlit as st

from perturbdash.judgement.playground.knobs import KNOBS, Knob
from perturbdash.ui.markup import html
from perturbdash.ui.playground.state import State, another_seed, moved, put_back
from perturbdash.ui.sidebar import hold


def sliders(state: State) -> None:
    """Draw all sliders where the state has them; a moved one stands in the address."""
    with st.container(key="pd-knobs", gap="xsmall"):
        for part, knobs in groupby(KNOBS.values(), key=lambda knob: knob.part):
            st.html(html('<p class="pd-knobs">{part}</p>', part=part))
            for knob in knobs:
                _slider(knob, state)
        seed, first = state.settings.seed, state.step.settings.seed
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.button(
                "Another seed",
                key="pd-another-seed",
                icon=":material/casino:",
                on_click=another_seed,
                args=(seed, first),
                help=f"Draws the experiment and the guesses of the model again; the seed is {seed}.",
            )
            if not state.is_story:
                st.button(
                    "Put back",
                    key="pd-put-back",
                    icon=":material/undo:",
                    type="tertiary",
                    on_click=put_back,
                    help=f"Sets all sliders as in step {state.step.number}.",
                )


def _slider(knob: Knob, state: State) -> None:
    key = f"pd-knob-{knob.name}"
    hold(key, getattr(state.settings, knob.name))
    st.select_slider(
        knob.label,
        list(knob.values),
        key=key,
        format_func=knob.said,
        help=knob.help,
        on_change=moved,
        args=(knob.name, key, getattr(state.step.settings, knob.name)),
    )
