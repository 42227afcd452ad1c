"""The perturbations that the reader chose: one selection on all pages, in the address while it is short."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from perturbdash.ui import address
from perturbdash.ui.library import library

LONGEST = 1500
"""Characters of names that an address carries; a longer selection is kept by the server under a digest."""
KEPT = "~"
MADE = "pd-selection-made"
GOING = "pd-going"


@dataclass(frozen=True)
class _Made:
    """Where a selection was made: the widget that holds it shows it as it is, and is not drawn anew."""

    place: str
    widget: str
    names: tuple[str, ...]


def current() -> tuple[str, ...]:
    """Return the names that the address selects, known to the data set or not."""
    asked = address.read().selection
    if len(asked) == 1 and asked[0].startswith(KEPT):
        return library().selection(asked[0].removeprefix(KEPT)) or ()
    return asked


def choose(names: Iterable[str]) -> None:
    """Select perturbations on all pages, in this order; for callbacks, before the page is drawn again."""
    chosen = tuple(dict.fromkeys(names))
    if sum(len(name) for name in chosen) > LONGEST:
        chosen = (KEPT + library().keep_selection(chosen),)
    address.change(selection=chosen)


def clear() -> None:
    """Select nothing, on all pages."""
    address.change(selection=())


def made_here(place: str) -> bool:
    """Return whether the selection is the one that was made in this figure or table."""
    made = st.session_state.get(MADE)
    return isinstance(made, _Made) and made.place == place and made.names == current() and bool(made.names)


def widget(place: str) -> str:
    """Return the key of a widget that selects: a new one, which shows no old box, once others changed the selection."""
    if made_here(place):
        return str(st.session_state[MADE].widget)
    names = "\n".join(current())
    return f"{place}-{hashlib.sha256(names.encode()).hexdigest()[:8]}" if names else place


def _choose_here(place: str, key: str, names: Sequence[str]) -> None:
    if names:
        choose(names)
        st.session_state[MADE] = _Made(place, key, tuple(names))
    elif made_here(place):
        clear()


def open_perturbation(name: str) -> None:
    """Open the page Perturbation on one perturbation once the callback has ended."""
    st.session_state[GOING] = ("perturbation", {"perturbation": name})


def from_figure(place: str, key: str) -> Callable[[], None]:
    """Return the callback of a figure whose points have perturbations as ``customdata``.

    A box or a lasso selects on all pages; a click on one point opens the page Perturbation.
    """

    def take() -> None:
        event = st.session_state.get(key)
        found = event.get("selection", {}) if isinstance(event, Mapping) else {}
        names = _names(found.get("points", ()))
        if found.get("box") or found.get("lasso"):
            _choose_here(place, key, names)
        elif len(names) == 1:
            open_perturbation(names[0])
        elif not names:
            _choose_here(place, key, ())

    return take


def _names(points: Iterable[Mapping[str, Any]]) -> list[str]:
    data = (point.get("customdata") for point in points)
    first = (value[0] if isinstance(value, (list, tuple)) and value else value for value in data)
    return list(dict.fromkeys(str(name) for name in first if name))


def from_rows(place: str, key: str, names: Sequence[str]) -> Callable[[], None]:
    """Return the callback of a table with one perturbation a row.

    Ticked rows are selected on all pages; a click into a row opens the page Perturbation.
    """

    def take() -> None:
        event = st.session_state.get(key)
        found = event.get("selection", {}) if isinstance(event, Mapping) else {}
        cells = found.get("cells", ())
        if cells:
            open_perturbation(names[cells[0][0]])
        else:
            _choose_here(place, key, [names[row] for row in found.get("rows", ())])

    return take
