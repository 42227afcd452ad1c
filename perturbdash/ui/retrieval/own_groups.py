"""A table of groups that the reader brings to the page Retrieval: loaded or pasted, kept for the visit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.errors import DataError
from perturbdash.judgement import sentences_retrieval as sentences
from perturbdash.judgement.group_table import GroupTable, read_groups
from perturbdash.ui.blocks import note
from perturbdash.ui.selection_notice import listed, names_of

if TYPE_CHECKING:
    from perturbdash.io.dataset import Dataset
    from perturbdash.ui.view import View

KEPT, PROBLEM, PASTED, FILE = "pd-groups", "pd-groups-problem", "pd-groups-pasted", "pd-groups-file"
MOST_MB = 5
MEGABYTE = 2**20
MOST_PASTED = 400_000
MOST_LISTED = 1_000
LOAD = "Load a table of groups"
LASTS = "The table lasts for this visit; a copied link does not bring it."


def form(view: View, dataset: Dataset) -> None:
    """Draw where a table is loaded or pasted, and what became of the rows of the last one."""
    if PASTED not in st.session_state:  # the page was left meanwhile, or is new
        st.session_state.pop(PROBLEM, None)
    st.file_uploader(
        "A table of groups",
        type=["csv", "tsv", "txt"],
        key=FILE,
        max_upload_size=MOST_MB,
        on_change=_take_file,
        args=(str(view.key), dataset),
        help="Two columns, perturbation and group. Other spellings of perturbations are understood: B+A for A+B, "
        "A+ctrl for A, another case. A perturbation may stand in several groups.",
    )
    st.text_area(
        "Or paste it",
        key=PASTED,
        height=130,
        max_chars=MOST_PASTED,
        placeholder="perturbation,group\nKLF1,erythroid\nCEBPA,granulocyte",
    )
    st.button(
        "Use this table",
        type="primary",
        key="pd-groups-use",
        on_click=_take_text,
        args=(str(view.key), dataset),
    )
    kept = kept_table(view)
    if kept is None:
        return
    for title, n, lines in _report(kept):
        if lines:
            st.caption(f"{title} ({n:,})")
            more = n - len(lines)
            rest = [f"… and {more:,} more"] if more > 0 else []
            st.code("\n".join([*lines, *rest]), language=None, height=min(34 + 20 * n, 140))


def _report(kept: GroupTable) -> list[tuple[str, int, list[str]]]:
    """Return titles, how many rows each is about, and the first of them."""
    some = slice(MOST_LISTED)
    fits = [f"{label}: {', '.join(names)}" for label, names in kept.ambiguous[some]]
    read = [f"{label} → {name}" for label, name in kept.respelled[some]]
    return [
        ("Not found", len(kept.missing), list(kept.missing[some])),
        ("Fits several, so left out", len(kept.ambiguous), fits),
        ("Means unperturbed cells, so left out", len(kept.controls), list(kept.controls[some])),
        ("Without a group", len(kept.without_group), list(kept.without_group[some])),
        ("Groups without a perturbation of this data set", len(kept.empty), list(kept.empty[some])),
        ("Read as another spelling", len(kept.respelled), read),
    ]


def kept_table(view: View) -> GroupTable | None:
    """Return the table that was loaded for this data set in this visit."""
    of, found = st.session_state.get(KEPT, (None, None))
    return found if of == view.key and isinstance(found, GroupTable) else None


def problem(view: View) -> str:
    """Return why the last table was refused, until other groups or data are chosen or the page is left."""
    of, source, sentence = st.session_state.get(PROBLEM, (None, None, ""))
    if (of, source) == (view.key, st.query_params.get("groups")):
        return str(sentence)
    st.session_state.pop(PROBLEM, None)
    return ""


def _refuse(key: str, sentence: str) -> None:
    st.session_state[PROBLEM] = (key, st.query_params.get("groups"), sentence)


def _take_file(key: str, dataset: Dataset) -> None:
    file = st.session_state.get(FILE)
    if file is None:
        st.session_state.pop(PROBLEM, None)
        return
    content = file.getvalue()
    if len(content) > MOST_MB * MEGABYTE:
        found = f"{len(content) / MEGABYTE:.1f} MB"
        _refuse(
            key,
            f"The table of groups has {found}; expected at most {MOST_MB} MB. Keep two columns, perturbation and "
            "group.",
        )
        return
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        _refuse(key, "The table of groups is not text in UTF-8; save it as CSV in UTF-8.")
        return
    _take(key, dataset, text)


def _take_text(key: str, dataset: Dataset) -> None:
    _take(key, dataset, str(st.session_state.get(PASTED) or ""))


def _take(key: str, dataset: Dataset, text: str) -> None:
    try:
        found = read_groups(text, names_of(dataset).meant)
    except DataError as error:
        _refuse(key, str(error))
        return
    st.session_state.pop(PROBLEM, None)
    st.session_state[KEPT] = (key, found)
    st.query_params["groups"] = "table"


def say(kept: GroupTable | None) -> None:
    """Say what was found of the table, and how long it lasts."""
    if kept is None:
        note(
            "No table of groups is loaded in this visit for this data set, and a link does not bring one; load it "
            "beside, or use the clusters."
        )
        return
    lost = [*kept.missing, *kept.controls, *(label for label, _ in kept.ambiguous)]
    words = sentences.table_sentence(kept)
    if lost:
        note(f"{words} Not found: {listed(lost, where=f'“{LOAD}”')}. {LASTS}", "finding")
    else:
        note(f"{words} {LASTS}")
