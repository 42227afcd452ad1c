"""Light or dark: what the browser shows, also after the reader switched it in the menu."""

from __future__ import annotations

from typing import Literal

import streamlit as st

Mode = Literal["light", "dark"]
KEY = "pd-mode"

_WATCH = """
export default function ({ setStateValue, data }) {
  const app = document.querySelector(".stApp");
  let last = data.mode;
  const tell = () => {
    const mode = getComputedStyle(app).colorScheme.includes("dark") ? "dark" : "light";
    // Drawers and popovers lie outside of the app, where light-dark() follows the root.
    document.documentElement.style.colorScheme = mode;
    if (mode !== last) { last = mode; setStateValue("mode", mode); }
  };
  const observer = new MutationObserver(tell);
  observer.observe(app, { attributes: true });
  const timer = setTimeout(tell, 50);
  return () => { observer.disconnect(); clearTimeout(timer); };
}
"""
_watch = st.components.v2.component("perturbdash_mode", js=_WATCH)


def current() -> Mode:
    """Return the mode of this session and keep watching it; figures are drawn for it."""
    known = st.session_state.get(KEY) or st.context.theme.type or "light"
    with st.container(key="pd-mode-watch"):
        state = _watch(key="pd-mode-state", data={"mode": known}, on_mode_change=_keep)
    mode: Mode = "dark" if (state.get("mode") or known) == "dark" else "light"
    st.session_state[KEY] = mode
    return mode


def _keep() -> None:
    """Without a callback the component's value would not be reported."""
