"""Whether the reader points with a finger, so that a drag must scroll the page and cannot select."""

from __future__ import annotations

import re

import streamlit as st

KEY = "pd-pointer-coarse"
PHONE = re.compile(r"Mobi|Android|iPhone|iPad")

_WATCH = """
export default function ({ setStateValue, data }) {
  const query = matchMedia("(pointer: coarse)");
  const tell = () => { if (query.matches !== data.coarse) setStateValue("coarse", query.matches); };
  query.addEventListener("change", tell);
  tell();
  return () => query.removeEventListener("change", tell);
}
"""
_watch = st.components.v2.component("perturbdash_pointer", js=_WATCH)


def is_coarse() -> bool:
    """Return whether the pointer is a finger, by what the browser told or else by its name."""
    known = st.session_state.get(KEY)
    return bool(PHONE.search(st.context.headers.get("User-Agent") or "")) if known is None else bool(known)


def watch() -> None:
    """Keep watching the pointer; the page is drawn again where it was guessed wrong, or another is taken up."""
    with st.container(key="pd-pointer-watch"):
        state = _watch(key="pd-pointer-state", data={"coarse": is_coarse()}, on_coarse_change=_keep)
    if state.get("coarse") is not None:
        st.session_state[KEY] = bool(state["coarse"])


def _keep() -> None:
    """Without a callback the component's value would not be reported."""
