"""Null check on the page Calibration: everything calibrated again with permuted labels."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.figures.metric_words import label
from perturbdash.judgement.needing_cells import NULL_CHECK
from perturbdash.judgement.null_trials import MOST_TRIALS, TRIALS
from perturbdash.ui import blocks, without_cells
from perturbdash.ui.calibration import POSITIVE_WORDS
from perturbdash.ui.calibration_again import drawn, in_rows, made, picks, say
from perturbdash.ui.data_table import Column, Numbers, Words, data_table
from perturbdash.ui.frame import frame, plot
from perturbdash.ui.numbers import plural
from perturbdash.ui.pair import pair
from perturbdash.ui.remembered import whole_number

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.judgement.null_check import NullCheck
    from perturbdash.judgement.result import Result
    from perturbdash.ui.calibration import Choice
    from perturbdash.ui.view import View
    from perturbdash.vocabulary import Progress

NULL = "null"


def null_check(view: View, result: Result, chosen: Choice) -> None:
    """Draw what each metric gives on permuted labels, or how to ask for it."""
    if not chosen.has_values:
        return
    blocks.heading(
        "Does a metric shine on noise?",
        "The labels of the perturbed cells are permuted within each context, so that nothing is left to tell, and "
        "everything is calibrated again.",
    )
    if without_cells.said(result.dataset, NULL_CHECK):
        return
    trials = _choose_trials()
    found = _computed(view, result, trials)
    if found is None:
        return
    from perturbdash.judgement.sentences_calibration_depth import null_answer

    here = found.spread["context"] == view.context
    rows = found.spread[here & (found.spread["positive_control"] == chosen.positive)].reset_index(drop=True)
    say(null_answer(rows, trials=trials, headline=result.settings.headline))
    left, right = pair("null")
    with left:
        _figure(view, result, chosen, found)
    with right:
        _table(rows, chosen, trials)


def _choose_trials() -> int:
    with st.container(horizontal=True, key="pd-controls-null", gap="medium"):
        return whole_number(
            "null-trials",
            TRIALS,
            least=1,
            most=MOST_TRIALS,
            label="Trials",
            help="Each permutes the labels anew, by a stream of random numbers of its own. More trials find a metric "
            "that shines now and then.",
        )


def _computed(view: View, result: Result, trials: int) -> NullCheck | None:
    from perturbdash.judgement.price import null_price

    def work(progress: Progress) -> NullCheck:
        return result.null_check(trials, progress=progress)

    return made(
        view,
        NULL,
        trials,
        work,
        what="Which metrics pass their gate where there is nothing to tell?",
        why=f"Not asked yet. It {null_price(result, trials).words}.",
        button="Permute the labels",
    )


def _figure(view: View, result: Result, chosen: Choice, found: NullCheck) -> None:
    from perturbdash.figures.calibration import null_marks

    draw = partial(null_marks, found.table, **drawn(chosen, view, result))
    trials = "1 trial" if found.trials == 1 else f"{found.trials} trials"
    with frame(
        "Which metrics shine on noise?",
        f"DRF with the labels as they are (symbol: gate, 95 % BCa interval) and in {trials} with permuted labels "
        f"(diamonds); positive control: {POSITIVE_WORDS[chosen.positive]}; dotted: 0.05; tinted: "
        f"{label(chosen.metric)}.",
        key="null_check",
        table=found.table,
        how_to_read="Open diamonds left of the dotted line: on noise the metric sees nothing, as it should. A full "
        "diamond is a trial in which it passes its gate all the same: what it says of real labels cannot be believed. "
        "Left of zero a repeat of noise is worse than the average. Click a symbol to see that metric.",
        caption=(
            "Null check",
            f"{view.source_line()}. Labels of perturbed cells permuted within each context, {trials}; control cells, "
            "cells a label, folds and settings as they are. No diamond: no perturbation has a value.",
        ),
        printed=draw,
    ):
        plot(draw(mode=view.mode, marked=chosen.metric), key=NULL, select=picks(NULL))


def _table(rows: pd.DataFrame, chosen: Choice, trials: int) -> None:
    shown = in_rows(rows, chosen, "drf_mean", ("gate",))
    with frame(
        "What is left on permuted labels?",
        f"DRF over {plural(trials, 'permutation', 'permutations')} of the labels: mean, and the highest of them.",
        key="null_spread",
        table=rows,
        how_to_read="One row a metric. Pass counts the trials in which the metric passes its gate although "
        "there is nothing to tell.",
    ):
        data_table(shown, COLUMNS, key="null")


COLUMNS: dict[str, Column] = {
    "label": Words("metric", "The metric, by its short name.", width=190, pinned=True),
    "drf_mean": Numbers("DRF", "With the labels as they are.", width=56),
    "null_mean": Numbers("permuted", "Mean DRF over the trials with permuted labels.", width=74),
    "null_highest": Numbers("highest", "The highest of the trials.", width=66),
    "null_informative": Numbers(
        "pass", "Trials in which the metric passes its gate on permuted labels.", decimals=0, width=50
    ),
    "gate": Words("gate", "With the labels as they are.", width=92),
    "null_n": Numbers("with value", "Trials in which some perturbation has a value.", decimals=0, width=76),
}
