"""Blocks of the page Systematic variation: answer, both figures and the table of perturbations."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NoReturn

import streamlit as st

from perturbdash import published
from perturbdash.figures.tables import of_context
from perturbdash.judgement import sentences_data
from perturbdash.ui.address import REFERENCES
from perturbdash.ui.blocks import note, verdict
from perturbdash.ui.data_table import Bars, Column, Numbers, Words, perturbation_table
from perturbdash.ui.frame import empty_state, frame, plot
from perturbdash.ui.numbers import plural
from perturbdash.ui.signed_bars import signed_bar
from perturbdash.ui.waiting import start_link
from perturbdash.vocabulary import Reference

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.judgement.result import Result
    from perturbdash.ui.page import View

MOST_BARS = 600
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
    said = sentences_data.systematic_answer(means, published.systematic_variation(), view.context)
    verdict(said.sentence, said.muted)
    zeros = sentences_data.zero_shift_sentence(zero_vectors(rows))
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


def violins(view: View, rows: pd.DataFrame) -> None:
    """Draw the cosines under both references below the published means."""
    from perturbdash.figures.systematic_variation import cosine_violins

    n = rows["perturbation"].nunique()
    with frame(
        "How similar is each shift to the average effect?",
        f"Both references, {n:,} perturbations, all cells. One point a perturbation (disc: single, cross: "
        "combination); line: mean, bar: its 95 % interval, dotted: mean with the controls split.",
        key="systematic_variation",
        table=rows,
        how_to_read="The further right the points lie, the more every perturbation does the same, and the better a "
        "model that predicts the average scores. A dotted line far left of the mean says that the shifts share the "
        "noise of one control mean. Strong: a mean above at least two thirds of the published ones; weak: above "
        "fewer than one third.",
        caption=(
            "Cosine to the average effect",
            f"{view.source_line()}. {DEFINITION} Published means are those of {published.SYSTEMA} "
            f"(doi {published.SYSTEMA_DOI}), read from its figure, ±{published.HALF_WIDTH}.",
        ),
    ):
        plot(cosine_violins(rows, mode=view.mode, selected=view.selection), key="violins")


def norms(view: View, rows: pd.DataFrame, reference: Reference) -> None:
    """Draw the norm of each shift against its cosine, under the reference that is chosen."""
    from perturbdash.figures.systematic_variation import norm_against_cosine

    own = rows[rows["reference"] == reference]
    with frame(
        "Are strong effects just more of the same?",
        f"Reference: {REFERENCES[reference]}; {len(own):,} perturbations, all cells. Disc: single, cross: "
        "combination.",
        key="norm_against_cosine",
        table=own,
        how_to_read="Right: strong shifts; top: shifts along the average effect. Strong perturbations at the top do "
        "more of what all do; those near 0 do something of their own.",
        caption=("Norm against cosine", f"{view.source_line()}. {DEFINITION}"),
        printed=partial(norm_against_cosine, rows, view.selection, reference=reference),
    ):
        figure = norm_against_cosine(rows, view.selection, mode=view.mode, reference=reference)
        plot(figure, key="norms", selects=True)


def table(view: View, result: Result, rows: pd.DataFrame) -> None:
    """Draw one row a perturbation with both references, the strongest shift first."""
    wide = _wide(result, rows)
    with frame(
        "Which perturbations are distinct?",
        f"{plural(len(wide), 'perturbation', 'perturbations')}, all cells; cosines to the average effect under "
        "both references, the strongest shift from control first.",
        key="distinct_perturbations",
        table=wide,
        how_to_read="A strong shift with a cosine near 0 is distinct; one near 1 is the shared effect again. Leave "
        "one out takes the perturbation out of the average, controls split also the noise of the control mean.",
    ):
        columns, shown = dict(COLUMNS), wide.copy()
        if len(shown) <= MOST_BARS:
            for reference in REFERENCES:
                draw = partial(signed_bar, reference=reference, mode=view.mode)
                shown[f"bar_{reference}"] = [draw(value) for value in shown[f"cosine_{reference}"]]
        else:
            columns = {name: item for name, item in columns.items() if not isinstance(item, Bars)}
        perturbation_table(shown, columns, key="distinct")


def _wide(result: Result, rows: pd.DataFrame) -> pd.DataFrame:
    """Put both references of a perturbation into one row, with its DEGs and cells."""
    from perturbdash.judgement.views import covariates

    values = ["cosine", "cosine_leave_one_out", "cosine_split_control", "shift_norm"]
    by_reference = [
        rows.loc[rows["reference"] == reference, ["context", "perturbation", *values]]
        .rename(columns={value: f"{value}_{reference}" for value in values})
        .set_index(["context", "perturbation"])
        for reference in REFERENCES
    ]
    known = covariates(result).set_index(["context", "perturbation"])[["n_degs", "n_cells"]]
    wide = by_reference[0].join([by_reference[1], known], how="left").reset_index()
    return wide.drop(columns="cosine_split_control_centroid").sort_values(
        "shift_norm_control", ascending=False, kind="stable"
    )


COLUMNS: dict[str, Column] = {
    "perturbation": Words("perturbation", "As the data set names it.", width=130, pinned=True),
    "cosine_control": Numbers(
        "cosine, Δcontrol",
        "Of the shift from the control mean to the average effect, as published.",
        width=105,
    ),
    "bar_control": Bars("−1 … 1", "The cosine to the left, drawn from 0.", width=88),
    "cosine_leave_one_out_control": Numbers(
        "leave one out", "Δcontrol, with the perturbation taken out of the average effect.", width=88
    ),
    "cosine_split_control_control": Numbers(
        "controls split",
        "Leave one out, and shift and average effect each take their own half of the control cells.",
        width=90,
    ),
    "cosine_centroid": Numbers(
        "cosine, Δcentroid", "Of the shift from the perturbed centroid to the average effect.", width=110
    ),
    "bar_centroid": Bars("−1 … 1", "The cosine to the left, drawn from 0.", width=88),
    "cosine_leave_one_out_centroid": Numbers(
        "leave one out", "Δcentroid, with the perturbation taken out of the average effect.", width=88
    ),
    "shift_norm_control": Numbers(
        "norm, Δcontrol", "Euclidean norm of the shift from the control mean, log1p units.", width=98
    ),
    "shift_norm_centroid": Numbers(
        "norm, Δcentroid", "Euclidean norm of the shift from the perturbed centroid, log1p units.", width=105
    ),
    "n_degs": Numbers("DEGs", "Genes that differ from control, adjusted p < 0.05.", decimals=0, width=55),
    "n_cells": Numbers("cells", "Cells with this perturbation.", decimals=0, width=55),
}
