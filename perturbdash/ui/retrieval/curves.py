"""ROC curves of groups of perturbations."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.judgement import sentences_retrieval as sentences
from perturbdash.ui.background import computed
from perturbdash.ui.frame import empty_state, frame, plot
from perturbdash.ui.markup import html
from perturbdash.ui.numbers import plural

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from perturbdash.judgement.group_curves import GroupCurves
    from perturbdash.judgement.groups import Groups
    from perturbdash.judgement.result import Result
    from perturbdash.ui.retrieval.groups import Grouped
    from perturbdash.ui.view import View
    from perturbdash.vocabulary import Progress

QUICK = 1e7
"""Below so many numbers the curves are measured at once, above in the background."""
CURVE = 50_000
"""A curve takes as long as so many numbers."""
MOST_DRAWN = 4
NARROWEST = 255
SCORE = (
    "Score: cosine of the predicted Δcentroid to the mean observed shift of the group, the perturbation itself left "
    "out; members against all other test perturbations. Number: area under the curve, 0.5 by chance."
)


def curves_frame(view: View, result: Result, grouped: Grouped) -> None:
    """Draw the ROC curves of the four largest groups, and list the others."""
    if not view.models:
        return
    found = _found(view, result, grouped)
    if found is None:
        return
    drawn = _drawn(found)
    with frame(
        "Does it know the group, if not the single one?",
        SCORE,
        key="group-roc",
        table=found.areas,
        how_to_read="A curve along the upper left edge puts every member of the group before all others; one along the "
        "diagonal does not know the group. Knowing the group without the single one is a coarse but real skill.",
        caption=(
            "ROC of groups",
            f"{view.source_line()}. After figure 5 of Systema (doi 10.1038/s41587-025-02777-8), which takes the "
            "difference of two squared distances instead of a cosine, with the perturbation’s own truth inside. "
            f"{_source(grouped.groups)} Fewer than 3 members with a score: not drawn.",
        ),
        printed=partial(_figures, view, found, grouped.groups, drawn, light=True) if drawn else None,
        across=min(len(drawn), MOST_DRAWN) or 1,
    ):
        if not drawn:
            empty_state("No group to draw", sentences.nothing_drawn(found), sentences.NO_GROUPS)
        else:
            with st.grid(MOST_DRAWN, min_column_width=NARROWEST, gap="xsmall", key="pd-roc"):
                for i, figure in enumerate(_figures(view, found, grouped.groups, drawn)):
                    plot(figure, key=f"group-roc-{i}")
        rest = sentences.groups_sentence(found, grouped.groups, drawn)
        if rest:
            st.html(html('<p class="pd-muted">{rest}</p>', rest=rest))


def _source(groups: Groups) -> str:
    return (
        "Groups: clusters of observed shifts."
        if groups.kind == "clusters"
        else "Groups: the table that was loaded."
    )


def _found(view: View, result: Result, grouped: Grouped) -> GroupCurves | None:
    """Return the curves of all groups; where that takes long, draw its progress instead."""
    asked = (view.context, grouped.key, view.models)
    n_groups = len(grouped.groups.members)
    if _numbers(result, view.context, grouped.groups) * len(view.models) <= QUICK:
        return _curves(view.result_key, asked, result, grouped.groups)
    return computed(
        view,
        "group-roc",
        asked,
        partial(_measure, result, asked, grouped.groups),
        title="Does it know the group, if not the single one?",
        why=f"The predictions are compared with {plural(n_groups, 'group', 'groups')} of observed shifts, gene by "
        "gene; it takes some seconds.",
        button="Measure the groups",
        automatic=True,
    )


def _numbers(result: Result, context: str, groups: Groups) -> int:
    stats = result.stats[context]
    members = sum(map(len, groups.members.values()))
    return max(len(stats.perturbations), members) * len(stats.genes) + CURVE * len(groups.members)


@st.cache_resource(show_spinner=False, max_entries=16)
def _curves(
    key: str,  # noqa: ARG001  the key names the result
    asked: tuple[str, str, tuple[str, ...]],
    _result: Result,
    _groups: Groups,
) -> GroupCurves:
    return _measure(_result, asked, _groups)


def _measure(
    result: Result, asked: tuple[str, str, tuple[str, ...]], groups: Groups, progress: Progress | None = None
) -> GroupCurves:
    from perturbdash.judgement.group_curves import group_curves

    context, _, models = asked
    return group_curves(result, context, groups, models, progress)


def _drawn(found: GroupCurves) -> list[str]:
    """Return the four largest groups with a curve, the largest first."""
    there = found.areas[found.areas["auc"].notna()]
    largest = (
        there.groupby("group", sort=False)["n_members"].max().sort_values(ascending=False, kind="stable")
    )
    return [str(name) for name in largest.index[:MOST_DRAWN]]


def _figures(
    view: View, found: GroupCurves, groups: Groups, drawn: list[str], *, light: bool = False
) -> list[go.Figure]:
    from perturbdash.figures.retrieval import group_roc

    return [
        group_roc(
            found.curves,
            found.areas,
            group=name,
            members=", ".join(groups.members[name][:2]) + (" …" if len(groups.members[name]) > 2 else ""),
            mode="light" if light else view.mode,
            styles=view.styles,
        )
        for name in drawn
    ]
