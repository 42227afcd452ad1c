"""Choices that the address does not hold: they last for a visit, also over pages."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from perturbdash.ui.sidebar import hold


def segments(name: str, words: Mapping[str, str], *, label: str, help: str) -> str:
    """Draw a choice as buttons side by side and return it; the first option to begin with.

    Parameters
    ----------
    words
        What stands on the button of each option.
    """
    key, kept = f"pd-choice-{name}", f"pd-kept-{name}"
    options = list(words)
    shown = st.session_state.get(kept, options[0])
    hold(key, shown)
    st.segmented_control(
        label,
        options,
        key=key,
        required=True,
        format_func=lambda option: words[option],
        help=help,
        on_change=_keep,
        args=(key, kept),
    )
    return str(shown)


def _keep(key: str, kept: str) -> None:
    st.session_state[kept] = st.session_state[key]
