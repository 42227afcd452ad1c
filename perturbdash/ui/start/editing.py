"""Rename, replace and remove a prediction."""

from __future__ import annotations

import streamlit as st

from perturbdash.ui import address, files
from perturbdash.ui.markup import markdown
from perturbdash.ui.records import Record
from perturbdash.ui.sidebar import hold
from perturbdash.ui.start.adding import replace
from perturbdash.ui.start.change import show
from perturbdash.ui.start.naming import models_of, refusal

WHICH = "pd-edit-which"


def edit(record: Record) -> None:
    """Draw the choice of a prediction and what can be done with it."""
    names = [name for name, _ in record.predictions]
    chosen = st.session_state.get(WHICH)
    name = chosen if chosen in names else names[0]
    if len(names) > 1:
        hold(WHICH, name)
        st.selectbox("Prediction", names, key=WHICH, help="The one to rename, replace or remove.")
    source = dict(record.predictions)[name]
    st.caption(markdown(f"{source.title} ({files.kinds(source.place)})"))
    _name(record, name)
    replace(record, name)
    st.button(
        "Remove from this view",
        icon=":material/delete:",
        key="pd-remove",
        on_click=_remove,
        args=(record, name),
        help="Takes the prediction out of this view; the file stays where it is.",
    )


def _name(record: Record, name: str) -> None:
    models = models_of(record, name)
    if len(models) > 1:
        st.caption(
            markdown(f"The file holds {len(models)} models, which keep their own names: {', '.join(models)}.")
        )
        return
    key = f"pd-name-{name}"
    hold(key, name)
    st.text_input(
        "Name of the model",
        max_chars=60,
        key=key,
        on_change=_rename,
        args=(record, name, key),
        help="On every page and in every table; colour and symbol stay.",
    )


def _rename(record: Record, old: str, key: str) -> None:
    new = str(st.session_state[key]).strip()
    if new == old:
        return
    problem = refusal(record, old, new)
    if problem:
        address.notice(problem)
        return
    st.session_state[WHICH] = new
    show(record.renamed(old, new))


def _remove(record: Record, name: str) -> None:
    show(record.without_prediction(name))
