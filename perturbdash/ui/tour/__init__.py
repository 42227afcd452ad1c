"""The tour of the demo: from its verdict to the gene behind it in five stops, offered once to each browser.

Where the reader stands is the parameter ``tour`` of the address, so that a reload stays there. Whether the tour was
shown is remembered by the browser; where it refuses to, by this visit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from perturbdash.ui.menu import PAGES
from perturbdash.ui.numbers import number_word
from perturbdash.ui.records import DEMO
from perturbdash.ui.tour.card import card
from perturbdash.ui.tour.stops import FIRST_PAGE, N_STOPS, Stop, stops_of

if TYPE_CHECKING:
    from perturbdash.ui.view import View

__all__ = ["button", "draw", "going"]

PARAMETER = "tour"
CARD = "pd-tour-card"
AT, GOING, TAKEN, OVER = "pd-tour-at", "pd-tour-going", "pd-tour-taken", "pd-tour-over"
OFFER = f"{number_word(N_STOPS).capitalize()} stops lead from this verdict to the gene behind it."
CAME, OFFERED = "pd-tour-came-by-start", "pd-tour-offered-on"


def button() -> None:
    """Draw the button that takes the tour, also when it was taken before."""
    st.button(
        "Take the tour",
        key="pd-take-tour",
        icon=":material/explore:",
        on_click=_take,
        help="Opens the demo: from its verdict to the gene behind it, in five stops.",
    )


def going(view: View) -> None:
    """Open the stop that a callback asked for, if any; the page that was asked for before ends here."""
    to = st.session_state.pop(GOING, None)
    if to is None:
        return
    found = _stops(view)
    if to > 1 and not found:
        return
    stop = found[min(to, len(found)) - 1] if found else Stop(FIRST_PAGE, "", "", "", {"dataset": DEMO})
    parameters = {**stop.parameters, PARAMETER: str(to)}
    if stop.page != view.page.name:
        st.switch_page(PAGES[stop.page].file, query_params=parameters)
    st.query_params.from_dict(parameters)


def draw(view: View) -> None:
    """Draw the card of the stop that the reader is at, or the offer of the tour; mostly nothing."""
    if view.page.name == "start":
        st.session_state[CAME] = True
    at = _at(view)
    found = _stops(view) if at is not None else ()
    if at is not None and found:
        _draw_stop(view, found, min(at, len(found)))
    elif at is None and _is_offered(view):
        _card(
            kind="offer",
            title="New here?",
            text=f"{_number()} stops lead from this verdict to the gene behind it.",
        )


def _number() -> str:
    return {5: "Five"}.get(N_STOPS, str(N_STOPS))


def _draw_stop(view: View, found: tuple[Stop, ...], at: int) -> None:
    stop = found[at - 1]
    place = {"at": at, "of": len(found)}
    if stop.page != view.page.name:
        _card(
            kind="waiting", title="The tour waits", text=f"Stop {at} of {len(found)}: {stop.title}.", **place
        )
        return
    following = found[at].title if at < len(found) else ""
    _card(kind="stop", title=stop.title, text=stop.text, here=stop.here, next=following, **place)


def _card(**data: Any) -> None:
    with st.container(key="pd-tour"):
        card(
            key=CARD,
            data={**data, "taken": bool(st.session_state.get(TAKEN))},
            on_move_change=_move,
            on_end_change=_end,
        )


def _at(view: View) -> int | None:
    """Return the number of the stop, by the address or else by this visit; ``None`` without a tour."""
    if view.key != DEMO or st.session_state.get(OVER):
        st.session_state.pop(AT, None)
        return None
    asked = st.query_params.get(PARAMETER, "")
    if asked.isdecimal() and 1 <= int(asked) <= N_STOPS:
        st.session_state[AT] = int(asked)
    at = st.session_state.get(AT)
    return at if isinstance(at, int) else None


def _stops(view: View) -> tuple[Stop, ...]:
    if view.key != DEMO or view.result is None or view.record is None:
        return ()
    return stops_of(view.result_key, view.result)


def _is_offered(view: View) -> bool:
    """Return whether the tour may be offered: on the first page of the demo, to those who came by Start."""
    state = st.session_state
    if state.get(OFFERED) and view.page.name != FIRST_PAGE:
        state[OVER] = True
    asked = state.get(CAME) and not state.get(OVER) and not state.get(TAKEN)
    if not asked or view.page.name != FIRST_PAGE or view.key != DEMO or view.result is None:
        return False
    state[OFFERED] = True
    return True


def _take() -> None:
    _go(1)


def _go(to: int) -> None:
    st.session_state[TAKEN] = True
    st.session_state.pop(OVER, None)
    st.session_state[AT] = st.session_state[GOING] = to


def _move() -> None:
    to = st.session_state[CARD].get("move")
    if isinstance(to, int) and 1 <= to <= N_STOPS:
        _go(to)


def _end() -> None:
    st.session_state.pop(AT, None)
    st.session_state[OVER] = True
    if PARAMETER in st.query_params:
        del st.query_params[PARAMETER]
