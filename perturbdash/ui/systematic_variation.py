"""Blocks of the page Systematic variation: answer, forms of the cosine, violins, norms."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, NoReturn

import streamlit as st

from perturbdash import published
from perturbdash.figures.numbers import with_error
from perturbdash.figures.tables import of_context
from perturbdash.judgement import sentences_systematic as sentences
from perturbdash.ui import blocks
from perturbdash.ui.address import REFERENCES
from perturbdash.ui.blocks import note, verdict
from perturbdash.ui.frame import empty_state, frame, plot
from perturbdash.ui.markup import Html, html
from perturbdash.ui.waiting import start_link
from perturbdash.vocabulary import Reference

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.judgement.result import Result
    from perturbdash.ui.view import View

DEFINITION = "e: mean of the centroids of all perturbations of the context − control mean."


def require_rows(view: View, result: Result) -> pd.DataFrame:
    """Return the table of the context that is shown; without any row, say so and end the page."""
    rows = of_context(result.systematic_variation, view.context)
    if rows.empty:
        _nothing_to_compare()
    return rows


def _nothing_to_compare() -> NoReturn:
    empty_state(
        "No shift to compare",
        "This context has no perturbation with cells, so there is no shift.",
        "Choose another context, or load other data on Start.",
    )
    start_link("Go to Start")
    st.stop()


def answer(view: View, result: Result, rows: pd.DataFrame) -> bool:
    """Draw the verdict, name zero shifts, and return whether cosines are defined."""
    from perturbdash.statistics.systematic import summary, zero_vectors

    means = summary(result.systematic_variation)
    said = sentences.systematic_answer(means, published.systematic_variation(), view.context)
    verdict(said.sentence, said.muted)
    zeros = sentences.zero_shift_sentence(zero_vectors(rows))
    if zeros:
        note(zeros, "finding")
    if rows["cosine"].notna().any():
        return True
    name = str(rows["perturbation"].iloc[0])
    empty_state(
        "One perturbation, no cosine",
        f"The average effect of this context is the shift of {name} itself, so their cosine would say nothing.",
        "Load data with two or more perturbations in a context; the size of the one shift stands below.",
    )
    return False


def violins(view: View, result: Result, rows: pd.DataFrame) -> None:
    """Draw the cosines under both references below the published means, and the three forms in numbers."""
    from perturbdash.figures.systematic_variation import cosine_violins

    n = rows["perturbation"].nunique()
    draw = partial(cosine_violins, result.systematic_variation, context=view.context, selected=view.selection)
    with frame(
        "How similar is each shift to the average effect?",
        f"Both references, {n:,} perturbations, all cells. {_marks(n)}; lines: means ± standard error in three "
        f"forms; bar: 95 % interval of the published one. {sentences.selected_sentence(rows, view.selection)}",
        key="systematic_variation",
        table=result.systematic_variation,
        how_to_read="The further right the points lie, the more every perturbation does the same, and the better a "
        "model that predicts the average scores. A dotted line far left of the solid one says that the shifts share "
        "the noise of one control mean. Strong: a mean above at least two thirds of the published ones; weak: above "
        "fewer than one third. Drag a box over points to select them on all pages.",
        caption=(
            "Cosine to the average effect",
            f"{view.source_line()}. {DEFINITION} Published means are those of {published.SYSTEMA} "
            f"(doi {published.SYSTEMA_DOI}), read from its figure, ±{published.HALF_WIDTH}.",
        ),
        printed=draw,
    ):
        plot(draw(mode=view.mode), key="violins", selects=True)
        _forms(view, result)


def _marks(n: int) -> str:
    from perturbdash.figures.systematic_variation.violins import DENSITY_ONLY_ABOVE, POINTS_ONLY_BELOW

    if n > DENSITY_ONLY_ABOVE:
        return "Curve: density of all perturbations, selected ones as points"
    marks = "One point a perturbation (disc: single, cross: combination)"
    return marks if n < POINTS_ONLY_BELOW else f"{marks}; curve: their density"


def _forms(view: View, result: Result) -> None:
    """Draw mean and standard error of the three forms, and say how much of the published one is noise."""
    from perturbdash.statistics.systematic import summary

    means = summary(result.systematic_variation)
    own = means[means["context"] == view.context]
    columns = [
        blocks.Column("form of the cosine", "How shift and average effect are made.", numeric=False),
        blocks.Column("Δcontrol", "Mean over perturbations ± standard error, from the control mean."),
        blocks.Column("Δcentroid", "The same from the perturbed centroid."),
    ]
    rows = [
        blocks.Row([_form(name), *(_mean(own, reference, name) for reference in REFERENCES)])
        for name in sentences.FORMS
    ]
    blocks.table(columns, rows, caption="Mean cosine to the average effect in three forms.")
    said = sentences.noise_sentence(means, view.context)
    if said:
        note(said, "finding")


def _form(name: str) -> Html:
    short, long = sentences.FORMS[name]
    return html(
        '<span class="pd-form pd-form-{name}"></span> {short}: {long}', name=name, short=short, long=long
    )


def _mean(means: pd.DataFrame, reference: Reference, name: str) -> str | None:
    row = means[means["reference"] == reference].iloc[0]
    value, error = float(row[name]), float(row[f"{name}_se"])
    return None if math.isnan(value) else with_error(value, error)


def norms(view: View, rows: pd.DataFrame, reference: Reference) -> None:
    """Draw the norm of each shift against its cosine, under the reference that is chosen."""
    from perturbdash.figures.systematic_variation import norm_against_cosine

    own = rows[rows["reference"] == reference]
    draw = partial(norm_against_cosine, rows, view.selection, reference=reference)
    with frame(
        "Are strong effects just more of the same?",
        f"Reference: {REFERENCES[reference]}; {len(own):,} perturbations, all cells; cosine as published. Disc: "
        "single, cross: combination. Drag a box to select, click to open.",
        key="norm_against_cosine",
        table=own,
        how_to_read="Right: strong shifts; top: shifts along the average effect. Strong perturbations at the top do "
        "more of what all do; those near 0 do something of their own.",
        caption=("Norm against cosine", f"{view.source_line()}. {DEFINITION}"),
        printed=draw,
    ):
        plot(draw(mode=view.mode), key="norms", selects=True)
