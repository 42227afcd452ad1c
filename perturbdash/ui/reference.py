"""Blocks of the page Reference: its controls, the panels of arrows, the table of cosines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

import streamlit as st

from perturbdash.ui import address
from perturbdash.ui.blocks import Column, Row, note, table
from perturbdash.ui.frame import empty_state, frame, plot
from perturbdash.ui.library import library
from perturbdash.ui.markup import bold
from perturbdash.ui.sidebar import hold
from perturbdash.ui.words import across
from perturbdash.vocabulary import Reference

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.judgement.plane_view import ReferenceView
    from perturbdash.judgement.result import Result
    from perturbdash.ui.view import View

Shown = Literal["both", "control", "centroid"]
VIEW, KEPT, MARK = "pd-view", "pd-view-kept", "pd-mark"
VIEWS: dict[Shown, str] = {
    "both": "both references",
    "control": "from control",
    "centroid": "from the centroid",
}
OBSERVED = "observed"
UNASKED = 2
NARROWEST = 255


def shifts(view: View, result: Result) -> ReferenceView:
    """Return plane and cosines of the view's context; the last ones asked for are kept."""
    assert view.record is not None
    return _computed(library().key(view.record), view.context, result)


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


def choices(view: View, found: ReferenceView) -> tuple[tuple[str, ...], tuple[Reference, ...]]:
    """Draw the page's controls; return the perturbations to mark, and the references to show."""
    with st.container(horizontal=True, key="pd-controls", gap="small"):
        with st.container(width=420):
            marked = _mark(view, found)
        with st.container(width="content"):
            shown = _view()
    references: tuple[Reference, ...] = ("control", "centroid") if shown == "both" else (shown,)
    return marked, references


def _mark(view: View, found: ReferenceView) -> tuple[str, ...]:
    """Draw the choice of perturbations, which is the selection of all pages; the longest where there is none."""
    hold(MARK, [name for name in view.selection if name in found.longest])
    st.multiselect(
        "Mark",
        sorted(found.longest),
        key=MARK,
        placeholder=f"The {UNASKED} longest",
        on_change=_select,
        help="Perturbations that are drawn thick and named in every panel. They are the selection of all pages.",
    )
    chosen: list[str] = st.session_state[MARK]
    return tuple(chosen) or found.longest[:UNASKED]


def _select() -> None:
    address.change(selection=tuple(st.session_state[MARK]))


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


def arrows(
    view: View, found: ReferenceView, *, marked: tuple[str, ...], references: tuple[Reference, ...]
) -> None:
    """Draw a panel for the observation and each model that has a colour, under each reference."""
    from perturbdash.figures.numbers import percent
    from perturbdash.figures.reference import reference_arrows, shared_ranges

    plane = found.plane
    drawn = [OBSERVED, *(name for name in view.models if view.styles[name].slot is not None)]
    points = plane.points[plane.points["prediction"].isin(drawn)]
    ranges = shared_ranges(points, plane.anchors)
    with (
        frame(
            "Where do the arrows point, from control and from the centroid?"
            if len(references) > 1
            else "Where do the arrows point?",
            f"Plane of the first two components of the {len(found.longest):,} observed centroids "
            f"({percent(sum(plane.explained))} of their variance). One arrow a perturbation"
            + ("; the points stay, only the tail moves." if len(references) > 1 else "."),
            key="arrows",
            table=_arrow_table(points, plane.anchors),
            how_to_read="Arrows that point the same way are one shared effect; what is left when they start at the "
            "perturbed centroid is what makes perturbations differ. Filled square: control mean; filled cross: "
            "perturbed centroid; the open one is not in use.",
            caption=(
                "Shifts under both references" if len(references) == 2 else f"Shifts {VIEWS[references[0]]}",
                f"{view.source_line()}. All cells. Predictions are projected on the observed components. Cosines "
                f"are over all {found.n_genes:,} genes, not in this plane. Thick: {', '.join(marked)}.",
            ),
        ),
        st.grid(across(len(drawn)), min_column_width=NARROWEST, gap="xsmall", key="pd-panels"),
    ):
        for name in drawn:
            with st.container(gap="xsmall"):
                for reference in references:
                    figure = reference_arrows(
                        points,
                        plane.anchors,
                        plane.explained,
                        found.cosines,
                        prediction=name,
                        reference=reference,
                        mode=view.mode,
                        marked=marked,
                        styles=view.styles,
                        ranges=ranges,
                    )
                    plot(figure, key=f"arrows-{drawn.index(name)}-{reference}")
    _say_undrawn(view, found, drawn)


def _arrow_table(points: pd.DataFrame, anchors: pd.DataFrame) -> pd.DataFrame:
    """Return points and both references in one table."""
    import pandas as pd

    ends = anchors.rename(columns={"anchor": "perturbation"}).assign(prediction="reference")
    return pd.concat([ends[list(points.columns)], points], ignore_index=True)


def _say_undrawn(view: View, found: ReferenceView, drawn: list[str]) -> None:
    rest = [name for name in view.models if name not in drawn]
    if rest:
        note(f"Not drawn: {', '.join(rest)}. Arrows are drawn for six models; choose them in the sidebar.")
    for name in view.models:
        absent = found.missing.get(name, len(found.longest))
        if absent:
            note(
                f"{name} does not predict {absent:,} of {len(found.longest):,} perturbations; it has no arrow there."
            )


def cosine_table(view: View, found: ReferenceView) -> None:
    """Draw the cosines of shifts under both references, observed first."""
    from perturbdash.figures.numbers import count, number

    shown = found.cosines[found.cosines["prediction"].isin([OBSERVED, *view.models])]
    rows = {(row["prediction"], row["reference"]): row for row in shown.to_dict("records")}
    names = list(dict.fromkeys(shown["prediction"]))
    columns = [Column("shifts", "Observed, or predicted by a model.", numeric=False)]
    for words, field in (
        ("mean pairwise cosine", "mean_pairwise_cosine"),
        ("mean cosine to the average effect", "cosine_to_average_effect"),
    ):
        columns += [
            Column("from control", f"{HELP[field]} Shifts from the control mean.", group=words),
            Column("from the centroid", f"{HELP[field]} Shifts from the perturbed centroid.", group=words),
        ]
    columns.append(Column("n", "Perturbations with a shift."))
    body = [
        Row(
            [
                bold("observed") if name == OBSERVED else view.tag(name),
                *(
                    number(rows[name, reference][field])
                    for field in HELP
                    for reference in ("control", "centroid")
                ),
                count(rows[name, "control"]["n"]),
            ]
        )
        for name in names
    ]
    with frame(
        "How alike are the shifts?",
        f"Cosines over {found.n_genes:,} genes; 1: all point the same way, 0: unrelated.",
        key="cosines",
        table=shown,
        how_to_read="A model whose shifts are more alike than the observed ones gives much the same answer for "
        "every perturbation. Against the centroid the shared effect is gone, so cosines lie near 0 by construction.",
        caption=("Cosines of shifts", f"{view.source_line()}. All cells. A zero shift has cosine 0."),
    ):
        table(columns, body, caption="Cosines of shifts under both references.")


HELP = {
    "mean_pairwise_cosine": "Mean cosine between the shifts of two different perturbations, over all pairs.",
    "cosine_to_average_effect": "Mean cosine between a shift and the average effect of the perturbations.",
}
