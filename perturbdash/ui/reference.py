"""Blocks of the page Reference: its controls and the panels of arrows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal, cast

import streamlit as st

from perturbdash.ui import address, panels
from perturbdash.ui.blocks import note
from perturbdash.ui.frame import empty_state, frame, plot
from perturbdash.ui.sidebar import hold
from perturbdash.ui.words import across
from perturbdash.vocabulary import Reference

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from perturbdash.figures.reference import Ranges
    from perturbdash.judgement.plane_view import ReferenceView
    from perturbdash.judgement.result import Result
    from perturbdash.ui.view import View

Shown = Literal["both", "control", "centroid"]
VIEW, KEPT, MARK, MARKED = "pd-view", "pd-view-kept", "pd-mark", "pd-marked"
VIEWS: dict[Shown, str] = {
    "both": "both references",
    "control": "from control",
    "centroid": "from the centroid",
}
OBSERVED = "observed"
MOST_MARKED = 5
NARROWEST = 255


def shifts(view: View, result: Result) -> ReferenceView:
    """Return plane and cosines of the view's context; the last ones asked for are kept."""
    assert view.record is not None
    return _computed(view.result_key, view.context, result)


@st.cache_resource(show_spinner=False, max_entries=16)
def _computed(key: str, context: str, _result: Result) -> ReferenceView:  # noqa: ARG001  the key names the result
    from perturbdash.judgement.plane_view import reference_view

    return reference_view(_result, context)


def require_several(view: View, found: ReferenceView) -> None:
    """Say why one perturbation has no angles, and end the page; go on where there are several."""
    if len(found.longest) > 1:
        return
    where = f" in context {view.context}" if view.dataset and len(view.dataset.contexts) > 1 else ""
    empty_state(
        "One perturbation has nothing to be compared with",
        f"Only {found.longest[0]} is judged{where}. The perturbed centroid is a mean over perturbations, and an angle "
        "lies between the shifts of two; both need two or more.",
        "Load data with more perturbations, or look at this one gene by gene.",
    )
    if st.button("Open Perturbation", key="pd-to-perturbation"):
        view.go("perturbation", perturbation=found.longest[0])
    st.stop()


@dataclass(frozen=True)
class Choice:
    """What the reader chose on this page.

    Parameters
    ----------
    marked
        Perturbations that are drawn thick and named.
    panels
        Models that have panels.
    ranges
        Of all panels.
    """

    marked: tuple[str, ...]
    references: tuple[Reference, ...]
    panels: tuple[str, ...]
    ranges: Ranges


def choices(view: View, found: ReferenceView) -> Choice:
    """Draw the page's controls and return what they say."""
    from perturbdash.figures.reference import shared_ranges

    plane = found.plane
    models = tuple(view.models)
    with st.container(horizontal=True, key="pd-controls", gap="small"):
        with st.container(width=420):
            marked = _mark(found)
        with st.container(width="content"):
            shown = _view()
        if panels.several(models):
            with st.container(width="content"):
                models = panels.choose_models(models)
    drawn = plane.points[plane.points["prediction"].isin([OBSERVED, *view.models])]
    ranges = shared_ranges(drawn, plane.anchors)
    references: tuple[Reference, ...] = ("control", "centroid") if shown == "both" else (shown,)
    return Choice(marked or _by_rule(view, found, ranges), references, models, ranges)


def _mark(found: ReferenceView) -> tuple[str, ...]:
    """Draw the choice of perturbations to mark; it lasts for the visit."""
    kept = [name for name in st.session_state.get(MARKED, ()) if name in found.longest]
    hold(MARK, kept)
    st.multiselect(
        "Mark",
        sorted(found.longest),
        key=MARK,
        placeholder="By rule: the longest, and the farthest from it",
        max_selections=MOST_MARKED,
        on_change=_keep_marks,
        help=f"Up to {MOST_MARKED} perturbations that are drawn thick and named in every panel. Without a choice: of "
        "the selected ones, else of all, the longest arrow in the panel and the one whose head is farthest from its. "
        "Marking does not select; a box drawn round heads does.",
    )
    return tuple(kept)


def _keep_marks() -> None:
    st.session_state[MARKED] = list(st.session_state[MARK])


def _by_rule(view: View, found: ReferenceView, ranges: Ranges) -> tuple[str, ...]:
    """Return what is marked without a choice: a short selection whole, else two by rule."""
    from perturbdash.figures.reference import marked_by_rule

    there = [name for name in view.selection if name in found.longest]
    if 0 < len(there) <= MOST_MARKED:
        return tuple(there)
    return marked_by_rule(found.plane.points, found.plane.anchors, ranges, there)


def _view() -> Shown:
    """Draw the choice among one reference and both; one of them is the reference of all pages."""
    asked = address.known("reference", ("control", "centroid"), None, tell=note)
    shown = cast("Shown", asked if asked == "centroid" else st.session_state.get(KEPT, "both"))
    hold(VIEW, shown)
    st.segmented_control(
        "View",
        list(VIEWS),
        key=VIEW,
        required=True,
        format_func=lambda option: VIEWS[option],
        on_change=_keep_view,
        help="Tails of the arrows: the control mean, the perturbed centroid (mean over perturbations), or one "
        "row of panels for each.",
    )
    return shown


def _keep_view() -> None:
    chosen = st.session_state[VIEW]
    st.session_state[KEPT] = "control" if chosen == "control" else "both"
    address.change(reference=None if chosen == "both" else chosen)


def arrows(view: View, found: ReferenceView, choice: Choice) -> None:
    """Draw a column of panels for the observation and for each model that has panels."""
    from perturbdash.figures.numbers import percent
    from perturbdash.figures.reference import arrows_drawn

    plane = found.plane
    drawn = [OBSERVED, *choice.panels]
    points = plane.points[plane.points["prediction"].isin(drawn)]
    kept = arrows_drawn(plane.points, {*choice.marked, *view.selection})
    n = len(found.longest)
    few = f" {len(kept):,} of the {n:,} arrows are drawn, every k-th by length." if len(kept) < n else ""
    both = len(choice.references) > 1
    draw = partial(_panels, view, found, choice, points[points["perturbation"].isin(kept)])
    with frame(
        "Where do the arrows point, from control and from the centroid?"
        if both
        else "Where do the arrows point?",
        f"Plane of the first two components of the {n:,} observed centroids ({percent(sum(plane.explained))} of "
        "their variance). One arrow a perturbation"
        + ("; the points stay, only the tail moves." if both else ".")
        + few,
        key="arrows",
        table=_arrow_table(points, plane.anchors),
        how_to_read="Arrows that point the same way are one shared effect; what is left when they start at the "
        "perturbed centroid is what makes perturbations differ. Filled square: control mean; filled cross: "
        "perturbed centroid; the open one is not in use. A click on a head opens the perturbation, a box selects.",
        caption=(
            "Shifts under both references" if both else f"Shifts {VIEWS[choice.references[0]]}",
            f"{view.source_line()}. All cells. Predictions are projected on the observed components. Cosines "
            f"are over all {found.n_genes:,} genes, not in this plane. Thick: {', '.join(choice.marked)}.",
        ),
        printed=partial(draw, light=True),
        across=across(len(drawn)),
    ):
        with st.grid(across(len(drawn)), min_column_width=NARROWEST, gap="xsmall", key="pd-panels"):
            for i, figure in enumerate(draw()):
                plot(figure, key=f"arrows-{i}", selects=True)
        _say_missing(view, found)


def _panels(
    view: View, found: ReferenceView, choice: Choice, points: pd.DataFrame, *, light: bool = False
) -> list[go.Figure]:
    from perturbdash.figures.reference import reference_arrows

    return [
        reference_arrows(
            points,
            found.plane.anchors,
            found.plane.explained,
            found.cosines,
            prediction=name,
            reference=choice.references,
            mode="light" if light else view.mode,
            marked=choice.marked,
            selected=view.selection,
            styles=view.styles,
            ranges=choice.ranges,
        )
        for name in (OBSERVED, *choice.panels)
    ]


def _arrow_table(points: pd.DataFrame, anchors: pd.DataFrame) -> pd.DataFrame:
    """Return points and both references in one table."""
    import pandas as pd

    ends = anchors.rename(columns={"anchor": "perturbation"}).assign(prediction="reference")
    return pd.concat([ends[list(points.columns)], points], ignore_index=True)


def _say_missing(view: View, found: ReferenceView) -> None:
    for name in view.models:
        absent = found.missing.get(name, len(found.longest))
        if absent:
            note(
                f"{name} does not predict {absent:,} of {len(found.longest):,} perturbations; it has no arrow there."
            )
