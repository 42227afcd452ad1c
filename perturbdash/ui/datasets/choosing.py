"""Which data sets stand side by side: the one that is open, others of this visit, and what the reader adds."""

from __future__ import annotations

import streamlit as st

from perturbdash.errors import PerturbdashError
from perturbdash.figures.names import cut
from perturbdash.judgement.sentences import joined
from perturbdash.ui import files, session
from perturbdash.ui.blocks import note
from perturbdash.ui.library import library
from perturbdash.ui.markup import markdown
from perturbdash.ui.records import DEMO
from perturbdash.ui.sidebar import hold
from perturbdash.ui.view import View
from perturbdash.ui.waiting import demo_available, start_link

BESIDE, NONE = "with", "none"
MOST = 12
SHOWN, ADDED = "pd-beside", "pd-add-dataset"
DEMO_WORDS = "Demo (simulated)"
LONGEST_SHOWN = 60
MOST_NAMED = 3


def asked() -> tuple[str, ...]:
    """Return the data sets that the address puts beside the one that is open; empty where it says nothing."""
    return tuple(key for key in dict.fromkeys(st.query_params.get_all(BESIDE)) if key and key != NONE)


def beside(current: str | None) -> tuple[str, ...]:
    """Return the data sets beside the one that is open: what the address asks, else all of this visit."""
    return _wanted(current)[:MOST]


def _wanted(current: str | None) -> tuple[str, ...]:
    given = [key for key in st.query_params.get_all(BESIDE) if key]
    found = asked() if given else tuple(session.opened())
    return tuple(key for key in found if key != current)


def linked(view: View) -> dict[str, tuple[str, ...]]:
    """Return what the address of a link says of the data sets beside, so that it opens the same in another visit."""
    return {BESIDE: beside(view.key) or (NONE,)}


def choose(view: View) -> tuple[str, ...]:
    """Draw what stands beside the open data set and a field to add more; return all that is shown, that one first."""
    shown = beside(view.key)
    options = tuple(dict.fromkeys([*shown, *(key for key in session.opened() if key != view.key)]))
    with st.container(horizontal=True, key="pd-controls-datasets", gap="medium"):
        if options:
            _pills(options, shown)
        _add(view.key, shown)
    if too_many := _wanted(view.key)[MOST:]:
        _say_left_out(too_many)
    return (*((view.key,) if view.key is not None else ()), *shown)


def _say_left_out(keys: tuple[str, ...]) -> None:
    names, more = [name_of(key) for key in keys[:MOST_NAMED]], len(keys) - MOST_NAMED
    listed = f"{', '.join(names)} and {more:,} more" if more > 0 else joined(names)
    note(f"{MOST} data sets stand beside it at most; {listed} {'is' if len(keys) == 1 else 'are'} left out.")


def _pills(options: tuple[str, ...], shown: tuple[str, ...]) -> None:
    hold(SHOWN, list(shown))
    st.pills(
        "Beside it",
        list(options),
        selection_mode="multi",
        key=SHOWN,
        format_func=lambda key: markdown(name_of(key)),
        on_change=_write_pills,
        help="Data sets that you opened in this visit, or added here. A click takes one out, another brings it back.",
    )


def _write_pills() -> None:
    _write(tuple(st.session_state[SHOWN]))


def _write(keys: tuple[str, ...]) -> None:
    st.query_params[BESIDE] = list(dict.fromkeys(keys)) or [NONE]


def name_of(key: str) -> str:
    """Return how screens name what stands under a ``dataset`` parameter, also where it cannot be opened."""
    try:
        return session.title(library().record(key))
    except PerturbdashError:
        return session.opened().get(key, cut(key, LONGEST_SHOWN))


def _add(current: str | None, shown: tuple[str, ...]) -> None:
    taken = {current, *shown}
    listed = [path for path in files.listed(files.CELL_FILES) if path not in taken]
    demo = [DEMO_WORDS] if demo_available() and DEMO not in taken else []
    if not demo and files.data_root() is None:
        with st.container(key="pd-more-data", width="content"):
            start_link("Open other data on Start")
        return
    st.selectbox(
        "Add a data set",
        [*demo, *listed],
        index=None,
        key=ADDED,
        accept_new_options=files.data_root() is not None,
        placeholder="Choose, or type a path below the data folder"
        if files.data_root() is not None
        else "Choose",
        on_change=_take,
        args=(shown,),
        help="It is read and scored beside the others, which takes as long as on its own page. Schema as detected; "
        "to change it, open the file on Start first.",
    )


def _take(shown: tuple[str, ...]) -> None:
    typed = st.session_state.get(ADDED)
    if typed:
        st.session_state[ADDED] = None
        known = str(typed) == DEMO_WORDS
        key = DEMO if known else files.completed(str(typed), files.listed(files.CELL_FILES))
        _write((*shown, key))
