"""The row of every page that says what is selected and selects: a chip with a cross, search, and a pasted list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.figures.names import cut
from perturbdash.ui import selection
from perturbdash.ui.markup import html, markdown
from perturbdash.ui.name_search import search
from perturbdash.ui.numbers import plural
from perturbdash.ui.pasted_list import Found, read_list
from perturbdash.ui.selection_notice import REPORT, names_of
from perturbdash.ui.sidebar import hold

if TYPE_CHECKING:
    from perturbdash.io.dataset import Dataset

NAMED, LONGEST_NAMED = 3, 24
MOST_OFFERED, LONGEST_OFFERED = 18, 36
MOST_PASTED = 400_000
SEARCH, OFFERED, PASTED, CHANGED = (
    "pd-select-search",
    "pd-select-offered",
    "pd-select-pasted",
    "pd-select-changed",
)


def bar(dataset: Dataset, selected: tuple[str, ...]) -> None:
    """Draw the button that opens search and list, and the chip of what is selected."""
    with st.container(horizontal=True, key="pd-selection", gap="small", vertical_alignment="center"):
        _select(dataset)
        if selected:
            st.html('<span class="pd-selected">selected</span>', width="content")
            st.button(
                chip_label(selected),
                icon=":material/close:",
                icon_position="right",
                key="pd-clear-selection",
                on_click=selection.clear,
                help="Clears the selection on all pages.",
            )


def chip_label(selected: Sequence[str]) -> str:
    """Return count and first names of a selection, as Markdown.

    Examples
    --------
    >>> chip_label(["A", "B", "C", "D"])
    '4 perturbations: A, B, C …'
    """
    names = ", ".join(markdown(cut(name, LONGEST_NAMED)) for name in selected[:NAMED])
    more = " …" if len(selected) > NAMED else ""
    return f"{plural(len(selected), 'perturbation', 'perturbations')}: {names}{more}"


@st.fragment
def _select(dataset: Dataset) -> None:
    """Draw search and list; typing runs this alone, a changed selection the page."""
    if st.session_state.pop(CHANGED, False):
        st.rerun()
    opened = st.popover(
        "Select", key="pd-select", icon=":material/checklist:", on_change="rerun", help=_help(dataset)
    )
    if not opened.open:
        return
    with opened:
        by_name, by_list = st.tabs(["By name", "Paste a list"])
        with by_name:
            _names(dataset)
        with by_list:
            _list(dataset)


def _help(dataset: Dataset) -> str:
    return (
        f"Choose among the {len(dataset.perturbations):,} perturbations, by name or by a list, for all pages."
    )


def _names(dataset: Dataset) -> None:
    query = st.text_input(
        "Search",
        type="search",
        live=True,
        key=SEARCH,
        placeholder="A name, or a part of a combination",
        help="Case does not count. The name itself comes first, then names that start with it, then those that "
        "contain it.",
    )
    chosen = set(selection.current())
    if (query or "").strip():
        matches = search(dataset.perturbations, query or "", parts=dataset.parts)
    else:
        matches = sorted(dataset.perturbations, key=lambda name: name not in chosen)
    _offer(matches, chosen, searched=bool((query or "").strip()))
    _groups(dataset, chosen)


def _offer(matches: list[str], chosen: set[str], *, searched: bool) -> None:
    offered = matches[:MOST_OFFERED]
    if not offered:
        _say("No perturbation of this data set matches.")
        return
    hold(OFFERED, [name for name in offered if name in chosen])
    st.pills(
        "Perturbations; a click selects, another takes out",
        offered,
        selection_mode="multi",
        key=OFFERED,
        format_func=lambda name: markdown(cut(name, LONGEST_OFFERED)),
        on_change=_pick,
        args=(tuple(offered),),
        label_visibility="collapsed",
    )
    if len(matches) > len(offered):
        what = "match" if searched else "perturbations"
        _say(f"{len(matches):,} {what}; the first {len(offered)} are shown. Type to narrow down.")
    rest = [name for name in matches if name not in chosen]
    if searched and len(rest) > 1:
        st.button(f"Add all {len(rest):,}", key="pd-select-add-all", on_click=_add, args=(tuple(rest),))


def _groups(dataset: Dataset, chosen: set[str]) -> None:
    single = tuple(name for name in dataset.perturbations if len(dataset.parts[name]) == 1)
    joined = tuple(name for name in dataset.perturbations if len(dataset.parts[name]) > 1)
    others = tuple(name for name in dataset.perturbations if name not in chosen)
    with st.container(horizontal=True, key="pd-select-groups", gap="xsmall"):
        if single and joined:
            st.button(f"All {len(single):,} single", key="pd-select-single", on_click=_only, args=(single,))
            words = plural(len(joined), "combination", "combinations")
            st.button(f"All {words}", key="pd-select-joined", on_click=_only, args=(joined,))
        if chosen and others:
            st.button("Invert", key="pd-select-invert", on_click=_only, args=(others,))
        if chosen:
            st.button("Clear", key="pd-select-clear", on_click=_only, args=((),))


def _list(dataset: Dataset) -> None:
    st.text_area(
        "Perturbations",
        key=PASTED,
        height=130,
        max_chars=MOST_PASTED,
        placeholder="KLF1\nCEBPA+KLF1\nctrl+GATA1",
        help="Parted by new lines, tabs, commas, semicolons or spaces. Other spellings are understood: B+A for A+B, "
        "A+ctrl for A, another case.",
    )
    with st.container(horizontal=True, gap="xsmall"):
        st.button(
            "Select these", type="primary", key="pd-select-these", on_click=_take, args=(dataset, False)
        )
        if selection.current():
            st.button("Add to the selection", key="pd-select-add", on_click=_take, args=(dataset, True))
    found = st.session_state.get(REPORT)
    if isinstance(found, Found):
        _report(found)


def _say(sentence: str) -> None:
    st.html(html('<p class="pd-sub">{sentence}</p>', sentence=sentence))


def _pick(offered: tuple[str, ...]) -> None:
    ticked = set(st.session_state[OFFERED])
    before = selection.current()
    kept = [name for name in before if name not in offered or name in ticked]
    selection.choose([*kept, *(name for name in offered if name in ticked)])
    st.session_state[CHANGED] = True


def _add(names: tuple[str, ...]) -> None:
    _only((*selection.current(), *names))


def _only(names: tuple[str, ...]) -> None:
    selection.choose(names)
    st.session_state[CHANGED] = True


def _take(dataset: Dataset, add: bool) -> None:
    found = read_list(str(st.session_state.get(PASTED) or ""), names_of(dataset))
    st.session_state[REPORT] = found
    if found.names:
        (_add if add else _only)(found.names)


def _report(found: Found) -> None:
    """Say of every label of the last list what became of it."""
    if not found.n_labels:
        _say("The list is empty.")
        return
    lost = plural(len(found.missing), "label was not found", "labels were not found")
    st.html(
        html(
            '<p class="pd-report" role="status"><b>{n} of {of} labels found.</b> {rest}</p>',
            n=f"{len(found.names) + len(found.doubled):,}",
            of=f"{found.n_labels:,}",
            rest="" if found.is_complete else f"{lost}." if found.missing else "",
        )
    )
    for title, lines in _parts(found):
        if lines:
            _say(f"{title} ({len(lines):,})")
            st.code("\n".join(lines), language=None, height=min(34 + 20 * len(lines), 140))


def _parts(found: Found) -> list[tuple[str, Sequence[str]]]:
    return [
        ("Not found", found.missing),
        ("Fits several, so not selected", [f"{label}: {', '.join(fits)}" for label, fits in found.ambiguous]),
        ("Means unperturbed cells, so not selected", found.controls),
        ("More than once in the list", found.doubled),
        ("Read as another spelling", [f"{label} → {name}" for label, name in found.respelled]),
    ]
