"""A stricter repeat on the page Calibration: halves by a column of the data beside random ones."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.figures.metric_words import label
from perturbdash.figures.tables import across_contexts
from perturbdash.judgement import sentences_calibration as sentences
from perturbdash.judgement.halving_columns import kind_of
from perturbdash.judgement.needing_cells import HALVES_BY_COLUMN
from perturbdash.ui.calibration import POSITIVE_WORDS
from perturbdash.ui.calibration_again import (
    AS_LONG,
    drawn,
    in_rows,
    made,
    picks,
    rows_of,
    say,
    with_difference,
)
from perturbdash.ui.data_table import Column, Numbers, Words, data_table
from perturbdash.ui.frame import empty_state, frame, plot
from perturbdash.ui.numbers import plural
from perturbdash.ui.pair import pair
from perturbdash.ui.remembered import select

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.judgement.halves_comparison import HalvesCompared
    from perturbdash.judgement.result import Result
    from perturbdash.ui.calibration import Choice
    from perturbdash.ui.view import View
    from perturbdash.vocabulary import Progress

COLUMN = "halves"
SIDES = ("random", "column")


def choose_column(view: View, result: Result) -> str | None:
    """Draw the choice of the column that repeats, and return it; ``None`` where no column can."""
    found = _columns(view.result_key, result.settings.min_perturbations, _result=result)
    if found.empty:
        return None
    words = {
        str(row["column"]): f"{row['column']}: {row['n_levels']:,} levels, within "
        f"{plural(int(row['n_conditions']), 'condition', 'conditions')}"
        for row in found.to_dict("records")
    }
    return select(
        "halves-column",
        words,
        label="Repeat by",
        help="Columns of the data with two levels or more within perturbations, the likely ones first: guides, "
        "replicates, donors, batches. The levels of a perturbation are divided into two groups, so that no level "
        "lies in both halves.",
    )


@st.cache_resource(show_spinner=False, max_entries=8)
def _columns(key: str, min_perturbations: int, *, _result: Result) -> pd.DataFrame:  # noqa: ARG001
    from perturbdash.judgement.halving_columns import halving_columns

    return halving_columns(_result.dataset.cells_for(HALVES_BY_COLUMN), min_perturbations)


def by_column(view: View, result: Result, chosen: Choice, column: str | None) -> None:
    """Draw DRF by random halves beside DRF by the halves of a column."""
    if column is None:
        fewest = result.settings.min_perturbations
        empty_state(
            "No column can stand for a repeat",
            f"No obs column has two levels or more, of several cells each, within {fewest:,} perturbations or more.",
            "Load data whose cells say their guide, replicate, donor or batch.",
        )
        return

    def work(progress: Progress) -> HalvesCompared:
        from perturbdash.judgement.halves_comparison import halves_compared

        return halves_compared(result, column, progress=progress)

    found = made(
        view,
        COLUMN,
        column,
        work,
        what="What does a repeat with another level of this column give?",
        why=f"Halves by “{column}” and random halves of the same cells and sizes: the cells are read twice and all "
        f"metrics scored twice, {AS_LONG}.",
        button=f"Repeat by {column}",
    )
    if found is None:
        return
    kind = kind_of(column)
    rows = rows_of(found.table, view, chosen)
    say(sentences.halves_answer(rows, found.halves, metric=chosen.metric, kind=kind))
    left, right = pair("halves")
    with left:
        _halves_figure(view, result, chosen, found, kind)
    with right:
        _halves_table(rows, chosen, column)
        _conditions(view, found)


def _halves_figure(view: View, result: Result, chosen: Choice, found: HalvesCompared, kind: str) -> None:
    from perturbdash.figures.calibration import compared_drf

    column = found.halves.column
    words = ("random halves", sentences.kind_words(kind, column)[0])
    draw = partial(compared_drf, found.table, sides=SIDES, words=words, **drawn(chosen, view, result))
    with frame(
        f"What does a repeat with {words[1]} give?",
        f"DRF by halves of “{column}” ({plural(found.halves.n_levels, 'level', 'levels')}) beside DRF by random halves "
        f"of the same cells and sizes; positive control: {POSITIVE_WORDS[chosen.positive]}. Symbol: gate by the "
        f"column; dotted: 0.05; tinted: {label(chosen.metric)}.",
        key="halves_compared",
        table=found.table,
        how_to_read="Random halves share guide, replicate and batch, so they agree on whatever those do. Where the "
        "symbol lies left of the ring, so much of the agreement belongs to the column and not to the perturbation. "
        "Click a symbol to see that metric.",
        caption=(
            "Halves by a column",
            f"{view.source_line()}. Exactly two levels in the data are halves by name; else the levels of each "
            "perturbation are taken in hash order of their names, the first half of them against the rest. Halves of "
            "unequal size repeat less than equal ones, on both sides. "
            f"{sentences.halves_left_out(found.halves)}",
        ),
        printed=draw,
        subject=column,
    ):
        plot(draw(mode=view.mode, marked=chosen.metric), key=COLUMN, select=picks(COLUMN))


def _halves_table(rows: pd.DataFrame, chosen: Choice, column: str) -> None:
    shown = with_difference(in_rows(rows, chosen, "drf_random", ()), "gate_random", "gate_column")
    with frame(
        "How much belongs to the column?",
        "Mean of the paired differences over perturbations, 95 % BCa interval; below 0: the repeat by the column is "
        "the worse one.",
        key="halves_differences",
        table=rows,
        how_to_read="One row a metric. n counts the perturbations that have a value by both halves.",
        subject=column,
    ):
        data_table(shown, HALVES_COLUMNS, key="halves")


def _conditions(view: View, found: HalvesCompared) -> None:
    table = across_contexts(found.halves.conditions, view.context)
    table = table.sort_values(["reason", "context", "perturbation"], ascending=[False, True, True])
    columns = dict(CONDITIONS_COLUMNS)
    if table["context"].nunique() < 2:
        del columns["context"]
    with frame(
        "How was each perturbation halved?",
        f"{plural(len(table), 'condition', 'conditions')}; those that take no part first.",
        key="halves_conditions",
        table=table,
        how_to_read="First and second: cells of the two halves, between which levels were divided. A perturbation with "
        "one level, or with hardly a cell in one half, cannot be repeated by this column.",
        subject=found.halves.column,
    ):
        data_table(table, columns, key="halves-conditions")


HALVES_COLUMNS: dict[str, Column] = {
    "label": Words("metric", "The metric, by its short name.", width=172, pinned=True),
    "drf_random": Numbers("random", "DRF by random halves of the same cells and sizes.", width=66),
    "drf_column": Numbers("column", "DRF by the halves of the column.", width=66),
    "difference": Numbers("difference", "Column minus random, mean over perturbations with both.", width=76),
    "interval": Words("interval", "95 % BCa interval of the difference.", width=108),
    "gates": Words("gate", "Gate by random halves, and by the column where it is another one.", width=170),
    "n_paired": Numbers("n", "Perturbations with a value by both.", decimals=0, width=44),
}
CONDITIONS_COLUMNS: dict[str, Column] = {
    "perturbation": Words("perturbation", "As the data set names it.", width=120, pinned=True),
    "context": Words("context", "As the data set names it.", width=80),
    "n_levels": Numbers("levels", "Levels of the column among its cells.", decimals=0, width=54),
    "n_first": Numbers("first", "Cells of the first half.", decimals=0, width=50),
    "n_second": Numbers("second", "Cells of the second half.", decimals=0, width=58),
    "n_without_value": Numbers("no value", "Cells without a value, in neither half.", decimals=0, width=66),
    "reason": Words("takes no part since", "Empty where it takes part.", width=170),
}
