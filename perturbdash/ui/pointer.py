"""What the reader points with, and on which perturbation of a figure or a table they click.

With a finger a drag must scroll the page and cannot select. Streamlit reports no click on a point while a drag
selects, and takes a table's focus, by its head or by Tab, for a click on its first cell; so the browser is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import streamlit as st

from perturbdash.ui import address

COARSE, STATE = "pd-pointer-coarse", "pd-pointer-state"
PHONE = re.compile(r"Mobi|Android|iPhone|iPad")
OPENS = "opens"
"""In a figure's ``layout.meta``: its points are perturbations."""
PICKS = "picks"
"""What stands there where a click shows the perturbation on its own page instead of opening Perturbation."""

HEADER, ROW, TICKS = 37, 28, 36
"""Pixels of a table: height of the head and of a row, width of the ticks."""

_WATCH = (
    f"const HEADER = {HEADER}, ROW = {ROW}, TICKS = {TICKS};"
    + """
const heard = new WeakSet();
let report = () => {};

function hear(plot) {
  if (heard.has(plot) || !plot.on) return;
  heard.add(plot);
  plot.on("plotly_click", (event) => {
    const layout = plot._fullLayout ?? {};
    const data = event.points?.[0]?.customdata;
    const name = Array.isArray(data) ? data[0] : data;
    const way = plot.layout?.meta?.opens;
    if (way && !String(layout.clickmode).includes("select") && name) report(String(name), way);
  });
}

/* The name in the first column of the row under the pointer; the grid keeps a table of what it shows for readers. */
function nameInRow(event) {
  const grid = event.target.closest?.('[class*="st-key-opens-"] [data-testid="stDataFrame"]');
  if (!grid) return null;
  const box = grid.getBoundingClientRect();
  const x = event.clientX - box.left, y = event.clientY - box.top;
  if (x < TICKS || y < HEADER) return null;
  const row = Math.floor((y - HEADER + (grid.querySelector(".dvn-scroller")?.scrollTop ?? 0)) / ROW);
  return grid.querySelector(`tr[aria-rowindex="${row + 2}"] td[aria-colindex="1"]`)?.textContent || null;
}

export default function ({ setStateValue, setTriggerValue, data }) {
  const query = matchMedia("(pointer: coarse)");
  const tell = () => { if (query.matches !== data.coarse) setStateValue("coarse", query.matches); };
  query.addEventListener("change", tell);
  tell();
  report = (name, way) => setTriggerValue("clicked", way === "picks" ? {picks: name} : name);
  const listen = () => document.querySelectorAll(".js-plotly-plot").forEach(hear);
  const over = (event) => { if (event.target.closest?.(".js-plotly-plot")) listen(); };
  document.addEventListener("pointerover", over);
  listen();
  const click = (event) => { const name = nameInRow(event); if (name) report(name); };
  document.addEventListener("click", click);
  return () => {
    document.removeEventListener("click", click);
    query.removeEventListener("change", tell);
    document.removeEventListener("pointerover", over);
  };
}
"""
)
_watch = st.components.v2.component("perturbdash_pointer", js=_WATCH)


def is_coarse() -> bool:
    """Return whether the pointer is a finger, by what the browser told or else by its name."""
    known = st.session_state.get(COARSE)
    return bool(PHONE.search(st.context.headers.get("User-Agent") or "")) if known is None else bool(known)


def watch(opened: Callable[[str], None]) -> None:
    """Keep watching the pointer; the page is drawn again where it was guessed wrong, or another is taken up.

    Parameters
    ----------
    opened
        Called with the name of the perturbation that was clicked on.
    """

    def clicked() -> None:
        name = st.session_state[STATE].get("clicked")
        if isinstance(name, Mapping):
            address.change(perturbation=str(name[PICKS]))
        elif isinstance(name, str) and name:
            opened(name)

    with st.container(key="pd-pointer-watch"):
        state = _watch(
            key=STATE, data={"coarse": is_coarse()}, on_coarse_change=_keep, on_clicked_change=clicked
        )
    if state.get("coarse") is not None:
        st.session_state[COARSE] = bool(state["coarse"])


def _keep() -> None:
    """Keep what the page says once: the reader did nothing to be told less."""
    state = st.session_state
    state[address.NOTICES] = [*state.get(address.SHOWN, []), *state.get(address.NOTICES, [])]
