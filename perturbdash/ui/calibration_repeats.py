"""Other repeats on the page Calibration: halves by a column of the data, and other random halvings."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.figures.metric_words import GATE_WORDS, label
from perturbdash.figures.numbers import bounds
from perturbdash.figures.tables import across_contexts
from perturbdash.judgement import sentences_calibration as sentences
from perturbdash.judgement.halving_columns import kind_of
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
from perturbdash.ui.remembered import select, whole_number

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.judgement.halves_comparison import HalvesCompared
    from perturbdash.judgement.result import Result
    from perturbdash.ui.calibration import Choice
    from perturbdash.ui.view import View
    from perturbdash.vocabulary import Progress

COLUMN, HALVINGS = "halves", "halvings"
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

    return halving_columns(_result.dataset, min_perturbations)


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


def choose_halvings() -> int:
    """Draw the choice of how many halvings are made, and return it."""
    from perturbdash.judgement.halvings import FEWEST, HALVINGS, MOST

    return whole_number(
        "halvings",
        HALVINGS,
        least=FEWEST,
        most=MOST,
        label="Halvings",
        help="The first is the one of the page, each other one has the next seed and reads the cells once.",
    )


def by_halvings(view: View, result: Result, chosen: Choice, n: int) -> None:
    """Draw DRF and gate of each metric by several halvings of the same cells."""
    if result.given_halves and result.column_halves is None:
        empty_state(
            "The halves are given",
            "They come from a table, so no other halving can be drawn.",
            "Score the data without the table of halves to see how far random halvings differ.",
        )
        return

    def work(progress: Progress) -> pd.DataFrame:
        from perturbdash.judgement.halvings import halvings

        return halvings(result, n, progress=progress)

    found = made(
        view,
        HALVINGS,
        n,
        work,
        what="Would another halving give other gates?",
        why=f"{n} halvings: the cells are read and all metrics scored {n - 1} times more, each {AS_LONG} or less.",
        button=f"Calibrate by {n} halvings",
    )
    if found is None:
        return
    from perturbdash.judgement.halvings import spread

    rows = rows_of(spread(found), view, chosen)
    say(sentences.halvings_answer(rows, metric=chosen.metric))
    left, right = pair("halvings")
    with left:
        _halvings_figure(view, result, chosen, found)
    with (
        right,
        frame(
            "Which gates hang on the halving?",
            "DRF over the halvings: mean, range and standard deviation; gates with how often each was found.",
            key="halvings_spread",
            table=rows,
            how_to_read="One row a metric. A gate that changes is no firm ground for a verdict.",
        ),
    ):
        data_table(in_rows(rows, chosen, "drf_mean", ()), SPREAD_COLUMNS, key="halvings")
        _one_metric(rows_of(found, view, chosen), chosen)


def _one_metric(rows: pd.DataFrame, chosen: Choice) -> None:
    own = rows[rows["metric"] == chosen.metric]
    own = own.assign(
        seed_word=own["seed"].astype(str),
        gate_word=[GATE_WORDS[str(gate)] for gate in own["gate"]],
        interval=[bounds(low, high) for low, high in zip(own["drf_low"], own["drf_high"], strict=True)],
    )
    with frame(
        f"What does each halving say of {label(chosen.metric)}?",
        "One row a halving; the first is the one of the page.",
        key="halvings_of_metric",
        table=own[rows.columns],
        how_to_read="The interval is over perturbations within a halving. Where rows differ by more than its width, "
        "the halving matters more than the choice of perturbations.",
        subject=chosen.metric,
    ):
        data_table(own, METRIC_COLUMNS, key="halvings-metric")


def _halvings_figure(view: View, result: Result, chosen: Choice, found: pd.DataFrame) -> None:
    from perturbdash.figures.calibration import halving_strips

    draw = partial(halving_strips, found, **drawn(chosen, view, result))
    first, last = int(found["seed"].iloc[0]), int(found["seed"].iloc[-1])
    by = f"levels of “{result.halves_by}”" if result.halves_by else "cells"
    with frame(
        "Would another halving give other gates?",
        f"DRF by {found['halving'].nunique()} halvings of the same {by}, seeds {first} to {last}; positive control: "
        f"{POSITIVE_WORDS[chosen.positive]}. One symbol a halving, its gate; dotted: 0.05; tinted: "
        f"{label(chosen.metric)}.",
        key="halvings",
        table=found,
        how_to_read="Narrow strips do not hang on which cells fell into which half. Where symbols differ within a "
        "strip, the gate was a matter of chance. Click a symbol to see that metric.",
        caption=(
            "Spread over halvings",
            f"{view.source_line()}. Halves, folds and resamples follow from the seed; perturbations and cells stay.",
        ),
        printed=draw,
    ):
        plot(draw(mode=view.mode, marked=chosen.metric), key=HALVINGS, select=picks(HALVINGS))


HALVES_COLUMNS: dict[str, Column] = {
    "label": Words("metric", "The metric, by its short name.", width=160, pinned=True),
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
METRIC_COLUMNS: dict[str, Column] = {
    "halving": Numbers("halving", "In the order of the seeds.", decimals=0, width=56),
    "seed_word": Words("seed", "Of halves, folds and resamples.", width=48),
    "drf_mean": Numbers("DRF", "Dynamic range fraction, mean over perturbations.", width=56),
    "interval": Words("interval", "95 % BCa interval of DRF.", width=108),
    "bds": Numbers("BDS", "Share of perturbations on which the repeat is better.", width=56),
    "gate_word": Words("gate", "By the same rule as above.", width=100),
    "n": Numbers("n", "Perturbations with a value.", decimals=0, width=44),
}
SPREAD_COLUMNS: dict[str, Column] = {
    "label": Words("metric", "The metric, by its short name.", width=160, pinned=True),
    "drf_mean": Numbers("DRF", "Mean over the halvings.", width=56),
    "drf_lowest": Numbers("lowest", "The lowest of the halvings.", width=56),
    "drf_highest": Numbers("highest", "The highest of the halvings.", width=58),
    "drf_sd": Numbers("sd", "Standard deviation over the halvings.", decimals=3, width=50),
    "gates": Words("gates", "Each gate with the number of halvings that gave it.", width=190),
}
