"""Centroids on the page Embedding: controls, answer, and a panel for each model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal, cast

import streamlit as st

from perturbdash.judgement.sentences_embedding import embedding_verdict
from perturbdash.statistics.layout import FEWEST_ROWS
from perturbdash.ui import background, panels
from perturbdash.ui.address import REFERENCES
from perturbdash.ui.blocks import note
from perturbdash.ui.frame import empty_state, frame, plot
from perturbdash.ui.remembered import segments
from perturbdash.ui.words import across, say

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from perturbdash.judgement.embedding_umap import CentroidMap
    from perturbdash.judgement.embedding_view import CentroidView
    from perturbdash.judgement.result import Result
    from perturbdash.ui.view import View
    from perturbdash.vocabulary import Progress, Reference

Plane = Literal["pca", "umap"]
OBSERVED = "observed"
NARROWEST = 300


@dataclass(frozen=True)
class Choice:
    """What the reader chose about centroids.

    Parameters
    ----------
    plane
        Principal components or UMAP.
    panels
        Models that have panels.
    seed
        Of every random choice.
    """

    plane: Plane
    reference: Reference
    panels: tuple[str, ...]
    seed: int


def choices(view: View, result: Result) -> Choice:
    """Draw the controls of the centroids and return what they say."""
    models = tuple(view.models)
    with st.container(horizontal=True, key="pd-controls", gap="small"):
        with st.container(width="content"):
            plane = segments(
                "plane",
                {"pca": "PCA", "umap": "UMAP"},
                label="Centroids in",
                help="PCA: the two directions in which observed centroids differ most, with true numbers. UMAP: who is "
                "near to whom; its distances and directions mean nothing.",
            )
        with st.container(width="content"):
            reference = view.reference()
        if panels.several(models):
            with st.container(width="content"):
                models = panels.choose_models(models)
    return Choice(cast("Plane", plane), reference, models, result.settings.seed)


def answer(view: View, result: Result, choice: Choice) -> CentroidView:
    """Draw the verdict and return the plane and all distances; the last ones asked for are kept."""
    found = _computed(view.result_key, view.context, choice.reference, _result=result)
    say(view, embedding_verdict(found, view.models))
    if found.reference != choice.reference:
        note("The perturbed centroid is undefined here, so shifts start at the control mean.")
    return found


@st.cache_resource(show_spinner=False, max_entries=16)
def _computed(key: str, context: str, reference: Reference, *, _result: Result) -> CentroidView:  # noqa: ARG001  the key names the result
    from perturbdash.judgement.embedding_view import centroid_view

    return centroid_view(_result, context, reference)


def centroids(view: View, result: Result, found: CentroidView, choice: Choice) -> None:
    """Draw a panel for each model in which lines join its predictions to their truths."""
    if found.n < 2:
        empty_state(
            "One perturbation has no plane",
            f"Only {found.distances['perturbation'].iloc[0]} has cells in this context, and a plane shows how several "
            "differ. Its cells stand below.",
            "Load data with more perturbations, or choose another context.",
        )
        return
    if choice.plane == "pca":
        _panels(view, found, choice, _pca_words(view, found), None)
        return
    if found.n < FEWEST_ROWS:
        empty_state(
            "Too few perturbations for UMAP",
            f"This context has {found.n} perturbations; neighbours mean something from {FEWEST_ROWS} on. Below are "
            "the first two components.",
        )
        _panels(view, found, choice, _pca_words(view, found), None)
        return
    laid_out = _map(view, result, choice)
    if laid_out is None:
        _panels(view, found, choice, _pca_words(view, found), None)
    else:
        _panels(view, found.placed(laid_out.points), choice, _umap_words(view, laid_out), laid_out)


def _map(view: View, result: Result, choice: Choice) -> CentroidMap | None:
    context, seed = view.context, choice.seed

    def work(progress: Progress) -> CentroidMap:
        from perturbdash.judgement.embedding_umap import centroid_map

        return centroid_map(result, context, seed=seed, progress=progress)

    return background.computed(
        view,
        "centroid-umap",
        (context, seed),
        work,
        title="UMAP of centroids",
        why="A few seconds, and up to half a minute the first time, while UMAP is loaded. Below are the first two "
        "components.",
        button="Compute the UMAP",
        automatic=True,
    )


INK, JOINED = "Ink: observed (disc single, cross combination)", "; colour: predicted, a line joins the two"


def _pca_words(view: View, found: CentroidView) -> tuple[str, str]:
    untested = found.n - found.n_tested
    grey = f"; small and grey: the {untested:,} that are not tested" if untested and found.n_tested else ""
    predicted = (
        " Predictions are projected; same ranges in all panels. Short lines: a good prediction; all lines to one spot: "
        f"collapse. Mean length is over all {found.n_genes:,} genes, not in this plane."
    )
    return (
        f"{INK}{JOINED if view.models else ''}{grey}; open square: control mean, open cross: perturbed centroid. "
        f"{found.n:,} perturbations, all cells, shifts from {REFERENCES[found.reference]}, log1p units on root axes. "
        "Drag a box to select, click to open.",
        f"{view.source_line()}. Components are fitted on the observed centroids.{predicted if view.models else ''}",
    )


def _umap_words(view: View, laid_out: CentroidMap) -> tuple[str, str]:
    together = (
        " on observed and predicted centroids of all loaded models together, so that a prediction far from every truth "
        "is not put among them; another model changes the layout. Mean length is over all genes"
        if view.models
        else " on the observed centroids"
    )
    return (
        f"{INK}{JOINED if view.models else ''}. Near means alike; how far and in which direction means nothing. Drag a "
        "box to select, click to open.",
        f"{view.source_line()}. UMAP of {laid_out.n_components} components, {laid_out.n_neighbours} neighbours, fitted"
        f"{together}.",
    )


def _panels(
    view: View, found: CentroidView, choice: Choice, words: tuple[str, str], laid_out: CentroidMap | None
) -> None:
    drawn = choice.panels or (OBSERVED,)
    draw = partial(_draw, view, found, drawn, umap=laid_out is not None)
    n = across(len(drawn))
    title = (
        "How far from each truth does the prediction land?" if choice.panels else "Where do centroids lie?"
    )
    with frame(
        title,
        words[0],
        key="centroids",
        table=found.points,
        how_to_read="Each line runs from a truth to what the model says of it. Lines that all end in one place are a "
        "model with one answer; lines that point to the middle are a model that is too timid. The plane shows only "
        "a part of the differences: what is scored stands in the table.",
        caption=("Centroids", words[1]),
        printed=partial(draw, light=True),
        across=n,
    ):
        with st.grid(n, min_column_width=NARROWEST, gap="xsmall", key="pd-panels"):
            for i, figure in enumerate(draw()):
                plot(figure, key=f"centroids-{i}", selects=True)
        _say_missing(found, choice, laid_out)


def _draw(
    view: View, found: CentroidView, drawn: tuple[str, ...], *, umap: bool, light: bool = False
) -> list[go.Figure]:
    from perturbdash.figures.embedding import centroid_panel, plane_ranges

    points = found.points[found.points["prediction"].isin([OBSERVED, *view.models])]
    points = found.with_distances(points)
    ranges = plane_ranges(points, found.anchors, roots=not umap)
    means = dict(zip(found.summary["prediction"], found.summary["distance"], strict=True))
    return [
        centroid_panel(
            points,
            found.anchors,
            prediction=name,
            explained=None if umap else found.explained,
            mean_length=None if name == OBSERVED else means.get(name, float("nan")),
            mode="light" if light else view.mode,
            selected=view.selection,
            styles=view.styles,
            ranges=ranges,
        )
        for name in drawn
    ]


def _say_missing(found: CentroidView, choice: Choice, laid_out: CentroidMap | None) -> None:
    counts = dict(zip(found.summary["prediction"], found.summary["n"], strict=True))
    for name in choice.panels:
        absent = found.n_tested - int(counts.get(name, 0))
        if absent:
            note(
                f"{name} does not predict {absent:,} of {found.n_tested:,} test perturbations; no line leads there."
            )
        if laid_out is not None and name in laid_out.left_out:
            note(f"{name} is not in this layout, which holds 20,000 centroids at most; PCA shows it.")
