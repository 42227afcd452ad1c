"""Groups of perturbations on the page Retrieval: clusters, or a table that the reader brings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.judgement.groups import MOST_CLUSTERS, Groups, Tree, cluster, usual_number
from perturbdash.ui import selection
from perturbdash.ui.background import computed
from perturbdash.ui.blocks import note
from perturbdash.ui.retrieval import own_groups
from perturbdash.ui.retrieval.choices import own_choice

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result
    from perturbdash.ui.view import View

QUICK = 1_500
"""Above so many perturbations the tree is made in the background."""
SOURCES = {"clusters": "clusters", "table": "my table"}


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
    kept = own_groups.kept_table(view)
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
        with st.popover(own_groups.LOAD, key="pd-groups-load", icon=":material/upload_file:"):
            own_groups.form(view, view.dataset)
    problem = own_groups.problem(view)
    if problem:
        note(problem, "finding")
    if source == "table":
        groups = kept.groups if kept is not None else Groups("table", {})
        own_groups.say(kept)
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
