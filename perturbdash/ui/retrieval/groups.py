"""Groups of perturbations on the page Retrieval: clusters, or a table that the reader brings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.errors import DataError
from perturbdash.judgement import sentences_retrieval as sentences
from perturbdash.judgement.group_table import GroupTable, read_groups
from perturbdash.judgement.groups import MOST_CLUSTERS, Groups, Tree, cluster, usual_number
from perturbdash.ui import selection
from perturbdash.ui.background import computed
from perturbdash.ui.blocks import note
from perturbdash.ui.retrieval.choices import own_choice
from perturbdash.ui.selection_notice import listed, names_of

if TYPE_CHECKING:
    from perturbdash.io.dataset import Dataset
    from perturbdash.judgement.result import Result
    from perturbdash.ui.view import View

KEPT, PROBLEM, PASTED, FILE = "pd-groups", "pd-groups-problem", "pd-groups-pasted", "pd-groups-file"
QUICK = 1_500
"""Above so many perturbations the tree is made in the background."""
MOST_BYTES = 5_000_000
MOST_PASTED = 400_000
MOST_LISTED = 1_000
SOURCES = {"clusters": "clusters", "table": "my table"}
LOAD = "Load a table of groups"


@dataclass(frozen=True)
class Grouped:
    """The groups that the page shows, the tree that orders the matrix, and a key for what is kept of both."""

    tree: Tree
    groups: Groups
    key: str


def choose_groups(view: View, result: Result) -> Grouped | None:
    """Draw the choice of groups and return them; what a table lacks is said. ``None`` while a tree is made."""
    assert view.dataset is not None
    tree = _tree(view, result)
    if tree is None:
        return None
    kept = _kept(view)
    with st.container(horizontal=True, key="pd-controls-groups", gap="medium", vertical_alignment="bottom"):
        with st.container(width="content"):
            source = own_choice(
                "groups",
                SOURCES,
                label="Groups of perturbations",
                help="They outline the matrix, and are what the curves below are about. Clusters: of the observed "
                "shifts, by the tree that orders the matrix. My table: perturbation and group, as you load it.",
                kind="segments",
            )
        if source == "clusters":
            groups = cluster(tree, _number(len(tree.names)))
        with st.popover(LOAD, key="pd-groups-load", icon=":material/upload_file:"):
            _form(view, view.dataset)
    problem = st.session_state.get(PROBLEM)
    if problem:
        note(str(problem), "finding")
    if source == "table":
        groups = kept.groups if kept is not None else Groups("table", {})
        _say(kept)
    own = set(tree.names)
    members = {name: tuple(one for one in names if one in own) for name, names in groups.members.items()}
    groups = Groups(groups.kind, {name: names for name, names in members.items() if names})
    return Grouped(
        tree, groups, selection.digest([groups.kind, *(f"{g}{m}" for g, m in groups.members.items())])
    )


def _tree(view: View, result: Result) -> Tree | None:
    """Return the tree of observed shifts; where that takes long, draw its progress instead."""
    from perturbdash.judgement.groups import shift_tree

    n = len(result.stats[view.context].perturbations)
    if n <= QUICK:
        return _tree_of(view.result_key, view.context, result)
    return computed(
        view,
        "tree",
        view.context,
        lambda progress: shift_tree(result, view.context, progress),
        title="Which perturbations do alike?",
        why=f"The observed shifts of {n:,} perturbations are compared with each other; it takes some seconds.",
        button="Compare them",
        automatic=True,
    )


@st.cache_resource(show_spinner=False, max_entries=8)
def _tree_of(key: str, context: str, _result: Result) -> Tree:  # noqa: ARG001  the key names the result
    from perturbdash.judgement.groups import shift_tree

    return shift_tree(_result, context)


def _number(n: int) -> int:
    most = min(MOST_CLUSTERS, n)
    options = {str(i): str(i) for i in range(2, most + 1)}
    with st.container(width=150):
        chosen = own_choice(
            "clusters",
            options,
            label="Number of clusters",
            help="Where the tree of observed shifts is cut; small clusters are rows that do like no other.",
            default=str(min(usual_number(n), most)),
        )
    return int(chosen)


def _form(view: View, dataset: Dataset) -> None:
    st.file_uploader(
        "A table of groups",
        type=["csv", "tsv", "txt"],
        key=FILE,
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
    kept = _kept(view)
    if kept is None:
        return
    for title, lines in _report(kept):
        if lines:
            st.caption(f"{title} ({len(lines):,})")
            more = len(lines) - MOST_LISTED
            rest = [f"… and {more:,} more"] if more > 0 else []
            words = "\n".join([*lines[:MOST_LISTED], *rest])
            st.code(words, language=None, height=min(34 + 20 * len(lines), 140))


def _report(kept: GroupTable) -> list[tuple[str, list[str]]]:
    return [
        ("Not found", list(kept.missing)),
        ("Fits several, so left out", [f"{label}: {', '.join(fits)}" for label, fits in kept.ambiguous]),
        ("Means unperturbed cells, so left out", list(kept.controls)),
        ("Without a group", list(kept.without_group)),
        ("Groups without a perturbation of this data set", list(kept.empty)),
        ("Read as another spelling", [f"{label} → {name}" for label, name in kept.respelled]),
    ]


def _kept(view: View) -> GroupTable | None:
    """Return the table that was loaded for this data set in this visit."""
    found = st.session_state.get(KEPT, {}).get(view.key)
    return found if isinstance(found, GroupTable) else None


def _take_file(key: str, dataset: Dataset) -> None:
    file = st.session_state.get(FILE)
    if file is None:
        return
    content = file.getvalue()
    if len(content) > MOST_BYTES:
        st.session_state[PROBLEM] = (
            f"The table of groups has {len(content) / 1e6:.1f} MB; expected at most 5 MB, two short columns."
        )
        return
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        st.session_state[PROBLEM] = "The table of groups is not text in UTF-8; save it as CSV in UTF-8."
        return
    _take(key, dataset, text)


def _take_text(key: str, dataset: Dataset) -> None:
    _take(key, dataset, str(st.session_state.get(PASTED) or ""))


def _take(key: str, dataset: Dataset, text: str) -> None:
    try:
        found = read_groups(text, names_of(dataset).meant)
    except DataError as error:
        st.session_state[PROBLEM] = str(error)
        return
    st.session_state.pop(PROBLEM, None)
    st.session_state[KEPT] = {**st.session_state.get(KEPT, {}), key: found}
    st.query_params["groups"] = "table"


def _say(kept: GroupTable | None) -> None:
    if kept is None:
        note(
            "No table of groups is loaded in this visit for this data set; load one beside, or use the clusters."
        )
        return
    lost = [*kept.missing, *kept.controls, *(label for label, _ in kept.ambiguous)]
    words = sentences.table_sentence(kept)
    if lost:
        note(f"{words} Not found: {listed(lost, where=f'“{LOAD}”')}.", "finding")
    else:
        note(words)
