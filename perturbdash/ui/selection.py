"""The perturbations that the reader chose: one selection on all pages, in the address while it is short."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import streamlit as st

from perturbdash.ui import address
from perturbdash.ui.library import library

if TYPE_CHECKING:
    from perturbdash.figures.cloud import Crowd

LONGEST = 1500
"""Characters that a selection takes in an address; a longer one is kept by the server under a digest."""
KEPT = "~"
MADE, SEEN, TURN = "pd-selection-made", "pd-selection-seen", "pd-selection-turn"
GOING = "pd-going"


@dataclass(frozen=True)
class _Made:
    """Where a selection was made: the widget that holds it shows it as it is, and is not drawn anew.

    Parameters
    ----------
    widget, content
        Key of the widget, and the digest of what it shows.
    rows
        The rows of a table, of which some are ticked.
    outline
        Boxes and lassos in a figure.
    """

    place: str
    widget: str
    content: str
    names: tuple[str, ...]
    rows: tuple[str, ...] = ()
    outline: tuple[Mapping[str, Any], ...] = ()


def current() -> tuple[str, ...]:
    """Return the names that the address selects, known to the data set or not."""
    asked = address.read().selection
    if is_kept(asked):
        return library().selection(asked[0].removeprefix(KEPT)) or ()
    return asked


def is_kept(asked: Sequence[str]) -> bool:
    """Return whether a selection stands in the address under a digest."""
    return len(asked) == 1 and asked[0].startswith(KEPT)


def choose(names: Iterable[str]) -> None:
    """Select perturbations on all pages, in this order; for callbacks, before the page is drawn again."""
    chosen = tuple(dict.fromkeys(names))
    if len(urlencode([("selection", name) for name in chosen])) > LONGEST or is_kept(chosen):
        chosen = (KEPT + library().keep_selection(chosen),)
    address.change(selection=chosen)


def toggle(names: Iterable[str], chosen: bool) -> None:
    """Add names to the selection, or take them out of it."""
    given = tuple(names)
    kept = tuple(name for name in current() if name not in set(given))
    choose((*current(), *given) if chosen else kept)


def clear() -> None:
    """Select nothing, on all pages."""
    st.session_state.pop(MADE, None)
    address.change(selection=())


def arrive(page: str) -> None:
    """Take notice of the page and of the selection, on every run, before anything that selects is drawn.

    Widgets that did not make the selection get new keys with it, so that none shows an old box or old ticks.
    """
    seen = (page, current())
    before = st.session_state.get(SEEN)
    if before == seen:
        return
    st.session_state[SEEN] = seen
    made = _made()
    if before is not None:
        st.session_state[TURN] = st.session_state.get(TURN, 0) + 1
    if made is not None and (before is None or before[0] != page or made.names != seen[1]):
        del st.session_state[MADE]


def _made() -> _Made | None:
    made = st.session_state.get(MADE)
    return made if isinstance(made, _Made) else None


def _made_in(place: str, content: str) -> _Made | None:
    made = _made()
    fits = made is not None and (made.place, made.content, made.names) == (place, content, current())
    return made if fits else None


def digest(values: Iterable[object]) -> str:
    """Return a short name of what a figure or a table shows."""
    return hashlib.sha256("\n".join(map(str, values)).encode()).hexdigest()[:8]


def widget(place: str, content: str) -> str:
    """Return the key of a widget that selects from this content: the same one while the selection is its own."""
    made = _made_in(place, content)
    return made.widget if made else f"{place}-{st.session_state.get(TURN, 0)}-{content}"


def outline(place: str, content: str) -> tuple[Mapping[str, Any], ...]:
    """Return the boxes and lassos of the selection where it was made in this figure."""
    made = _made_in(place, content)
    return made.outline if made else ()


def rows(place: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return the rows that a table shows.

    While its own ticks are the selection, those among which they were ticked; else what is selected; all rows
    where nothing in the table is.
    """
    made = _made()
    if made is not None:
        among = set(made.rows)
        same = tuple(name for name in names if name in among)
        if _made_in(place, digest(same)):
            return same
    chosen = set(current())
    return tuple(name for name in names if name in chosen) or tuple(names)


def _choose_here(made: _Made) -> None:
    holds = _made_in(made.place, made.content) is not None
    if made.names or holds:
        choose(made.names)
        st.session_state[MADE] = made


def open_perturbation(name: str) -> None:
    """Open the page Perturbation on one perturbation once the callback has ended."""
    st.session_state[GOING] = ("perturbation", {"perturbation": name})


def pick_perturbation(name: str) -> None:
    """Show one perturbation on the page that it was clicked on."""
    address.change(perturbation=name)


def from_figure(
    place: str,
    key: str,
    content: str,
    crowds: Sequence[Crowd] = (),
    clicked: Callable[[str], None] = open_perturbation,
) -> Callable[[], None]:
    """Return the callback of a figure whose points have perturbations as ``customdata``.

    A box or a lasso selects on all pages; a click on one point opens the page Perturbation, or calls ``clicked``.

    Parameters
    ----------
    content
        Digest of what the figure shows.
    crowds
        Points of which only some are drawn; a box takes in all of them.
    """

    def take() -> None:
        found = _event(key)
        names = _names(found.get("points", ()))
        drawn = (*found.get("box", ()), *found.get("lasso", ()))
        if drawn:
            hidden = (name for crowd in crowds for shape in drawn for name in crowd.inside(shape))
            names = list(dict.fromkeys([*names, *hidden]))
            _choose_here(_Made(place, key, content, tuple(names), outline=drawn))
        elif len(names) == 1:
            clicked(names[0])
        elif not names:
            _choose_here(_Made(place, key, content, ()))

    return take


def _event(key: str) -> Mapping[str, Any]:
    event = st.session_state.get(key)
    return event.get("selection", {}) if isinstance(event, Mapping) else {}


def _names(points: Iterable[Mapping[str, Any]]) -> list[str]:
    data = (point.get("customdata") for point in points)
    first = (value[0] if isinstance(value, (list, tuple)) and value else value for value in data)
    return list(dict.fromkeys(str(name) for name in first if name))


def from_rows(place: str, key: str, names: Sequence[str]) -> Callable[[], None]:
    """Return the callback of a table with one perturbation a row: ticked rows are selected on all pages."""
    shown = tuple(names)

    def take() -> None:
        ticked = tuple(shown[row] for row in sorted(_event(key).get("rows", ())))
        _choose_here(_Made(place, key, digest(shown), ticked, rows=shown))

    return take
