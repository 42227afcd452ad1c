"""Tables of the page Systematic variation: which perturbations are distinct, and how alike any two are."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.judgement import sentences_systematic as sentences
from perturbdash.ui.address import REFERENCES
from perturbdash.ui.data_table import Bars, Column, Numbers, Words, data_table, perturbation_table
from perturbdash.ui.frame import frame, plot
from perturbdash.ui.numbers import plural
from perturbdash.ui.signed_bars import signed_bar

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.judgement.pairwise_view import PairwiseView
    from perturbdash.judgement.result import Result
    from perturbdash.ui.view import View

MOST_BARS = 600


def _pairs(view: View, result: Result) -> PairwiseView:
    """Return the cosines of all pairs of the view's context; the last ones asked for are kept."""
    assert view.record is not None
    return _computed(view.result_key, view.context, _result=result)


@st.cache_resource(show_spinner="Comparing all pairs of shifts", max_entries=16)
def _computed(key: str, context: str, *, _result: Result) -> PairwiseView:  # noqa: ARG001  the key names the result
    from perturbdash.judgement.pairwise_view import pairwise_view

    return pairwise_view(_result, context)


def pairs(view: View, result: Result) -> None:
    """Draw how alike any two shifts are, under both references."""
    from perturbdash.figures.systematic_variation import pairwise_cosines
    from perturbdash.judgement.pairwise_view import mean_among

    found = _pairs(view, result)
    among = mean_among(result, view.context, view.selection) if view.selection else None
    draw = partial(pairwise_cosines, found.counts, found.means)
    with frame(
        "How alike are any two shifts?",
        sentences.pairs_sentence(found.means, among),
        key="pairwise_cosines",
        table=found.counts,
        how_to_read="Each bar counts pairs of perturbations. From control most pairs are alike where one effect is "
        "shared; from the perturbed centroid what is left far right of 0 are perturbations that do the same beyond "
        "it.",
        caption=(
            "Pairwise cosines",
            f"{view.source_line()}. All pairs of perturbations, as published; a zero shift has cosine 0. The "
            "highest bar of each reference has full height.",
        ),
        printed=draw,
    ):
        plot(draw(mode=view.mode), key="pairs")


def nearest(view: View, result: Result) -> None:
    """Draw the pairs of perturbations that are most alike once the shared effect is taken away."""
    from perturbdash.judgement.pairwise_view import nearest_to

    found = (
        nearest_to(result, view.context, view.selection) if view.selection else _pairs(view, result).nearest
    )
    which = "of a selected perturbation with any other" if view.selection else "of any two perturbations"
    with frame(
        "Which two do the same?",
        f"The {plural(len(found), 'pair', 'pairs')} {which} with the largest cosine from the perturbed centroid.",
        key="nearest_pairs",
        table=found,
        how_to_read="A pair high in both columns may share the average effect alone; high under Δcentroid means that "
        "they do the same beyond it. Partners of a combination are expected here.",
    ):
        data_table(found, PAIRS, key="nearest")


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
        columns, shown = dict(PERTURBATIONS), wide.copy()
        if len(shown) <= MOST_BARS:
            for reference in REFERENCES:
                draw = partial(signed_bar, reference=reference, mode=view.mode)
                shown[f"bar_{reference}"] = [draw(value) for value in shown[f"cosine_{reference}"]]
        else:
            columns = {name: item for name, item in columns.items() if not isinstance(item, Bars)}
        perturbation_table(shown, columns, key="distinct")


def _wide(result: Result, rows: pd.DataFrame) -> pd.DataFrame:
    """Put both references of a perturbation into one row, with its DEGs and cells."""
    from perturbdash.judgement.table_views import covariates

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


PERTURBATIONS: dict[str, Column] = {
    "perturbation": Words("perturbation", "As the data set names it.", width=130, pinned=True),
    "cosine_control": Numbers(
        "cosine, Δcontrol",
        "Of the shift from the control mean to the average effect, as published.",
        width=105,
    ),
    "bar_control": Bars("−1 … 1", "The cosine to the left, drawn from 0.", width=80),
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
    "bar_centroid": Bars("−1 … 1", "The cosine to the left, drawn from 0.", width=80),
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
PAIRS: dict[str, Column] = {
    "perturbation": Words("perturbation", "One of the two, as the data set names it.", width=120),
    "other": Words("and", "The other.", width=120),
    "cosine_centroid": Numbers(
        "cosine, Δcentroid", "Between their shifts from the perturbed centroid.", width=115
    ),
    "cosine_control": Numbers("cosine, Δcontrol", "Between their shifts from the control mean.", width=110),
}
