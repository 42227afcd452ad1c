"""Choices that the address does not hold: they last for a visit, also over pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.ui.markup import model_label
from perturbdash.ui.sidebar import hold

if TYPE_CHECKING:
    from perturbdash.figures.models import ModelStyle


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


def select(name: str, words: Mapping[str, str], *, label: str, help: str) -> str:
    """Draw a choice as a select box and return it; the first option to begin with, or where the last one is gone.

    Parameters
    ----------
    words
        How each option is written; as many as there are.
    """
    key, kept = f"pd-choice-{name}", f"pd-kept-{name}"
    options = list(words)
    shown = st.session_state.get(kept)
    shown = shown if shown in words else options[0]
    hold(key, shown)
    st.selectbox(
        label,
        options,
        key=key,
        format_func=lambda option: words[option],
        help=help,
        on_change=_keep,
        args=(key, kept),
    )
    return str(shown)


def whole_number(name: str, default: int, *, least: int, most: int, label: str, help: str) -> int:
    """Draw a choice of a whole number and return it."""
    key, kept = f"pd-choice-{name}", f"pd-kept-{name}"
    shown = min(max(int(st.session_state.get(kept, default)), least), most)
    hold(key, shown)
    st.number_input(
        label, least, most, step=1, key=key, help=help, width=140, on_change=_keep, args=(key, kept)
    )
    return shown


def share(
    name: str, default: float, *, least: float, most: float, step: float, label: str, help: str
) -> float:
    """Draw a slider of a share and return its value."""
    key, kept = f"pd-choice-{name}", f"pd-kept-{name}"
    shown = min(max(float(st.session_state.get(kept, default)), least), most)
    hold(key, shown)
    st.slider(label, least, most, step=step, key=key, help=help, width=320, on_change=_keep, args=(key, kept))
    return shown


def kept_model(name: str, models: Sequence[str]) -> str:
    """Return the model of a choice of one; the first to begin with, or where the last one is gone."""
    kept = st.session_state.get(f"pd-kept-{name}")
    return str(kept) if kept in models else models[0]


def one_model(
    name: str, styles: Mapping[str, ModelStyle], *, models: Sequence[str], label: str, help: str
) -> None:
    """Draw a choice of one of several models with their marks; nothing where there is one."""
    if len(models) < 2:
        return
    key, kept = f"pd-choice-{name}", f"pd-kept-{name}"
    hold(key, kept_model(name, models))
    st.pills(
        label,
        list(models),
        key=key,
        required=True,
        format_func=lambda model: model_label(styles[model]),
        help=help,
        on_change=_keep,
        args=(key, kept),
    )


def _keep(key: str, kept: str) -> None:
    st.session_state[kept] = st.session_state[key]
