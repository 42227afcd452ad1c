"""One model perturbation by perturbation: every metric, to sort and to search."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

import streamlit as st

from perturbdash.figures.metric_words import arrow, baseline_label, is_error, label, summary
from perturbdash.figures.numbers import decimals_for
from perturbdash.judgement.perturbation_scores import BESIDE, Show
from perturbdash.judgement.sentences import counted, some_labels
from perturbdash.ui.data_table import Column, Numbers, Words, perturbation_table
from perturbdash.ui.downloads import all_tables
from perturbdash.ui.frame import frame
from perturbdash.ui.remembered import kept_model, one_model, segments
from perturbdash.ui.scorecard.board import Board
from perturbdash.ui.scorecard.strata import metrics_to_choose

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.judgement.result import Result

MODEL = "scorecard-model"
SHOW = "scorecard-show"
SHOWN: dict[Show, str] = {
    "scores": "scores",
    "beside": "with the hardest baseline",
    "difference": "difference to it",
}
NAMED_REASONS = 4
DECIMALS_OF_FEW = 400
"""Rows from which the decimals of a column follow."""

HEAD: dict[str, Column] = {
    "perturbation": Words("perturbation", "As the data set names it.", width=140, pinned=True),
    "context": Words("context", "Cell line, cell type or donor.", width=90),
}
TAIL: dict[str, Column] = {
    "n_cells": Numbers("cells", "Cells with this perturbation.", decimals=0, width=60),
    "n_degs": Numbers(
        "DEGs", "Genes that differ from control, adjusted p < 0.05, all cells.", decimals=0, width=60
    ),
    "shift_norm": Numbers("norm", "Euclidean norm of the observed Δcontrol, log1p units.", width=65),
}


@st.cache_resource(show_spinner=False, max_entries=16)
def _computed(key: str, asked: tuple[str, str, Show], _result: Result) -> pd.DataFrame:  # noqa: ARG001
    from perturbdash.judgement.perturbation_scores import perturbation_scores

    model, context, show = asked
    return perturbation_scores(_result, model, context=context, show=show)


def perturbations(board: Board) -> None:
    """Draw one row a test condition with all metrics of a model, and offer all tables as one file."""
    if board.models and board.n_tested:
        _table(board)
    all_tables(board.view)


def _table(board: Board) -> None:
    from perturbdash.judgement.perturbation_scores import hardest_baselines, long_scores

    model, show = _asked(board)
    table = _computed(board.view.result_key, (model, board.context, show), board.result)
    against = hardest_baselines(board.result, model, board.context)
    columns = _columns(board, table, show, against)
    names = (model, *dict.fromkeys(against.values())) if show != "scores" else (model,)
    each = {
        "scores": "scores",
        "beside": "scores, each with that of the hardest baseline of its metric at its right",
        "difference": "difference to the hardest baseline of each metric, positive where the model is better",
    }[show]
    with frame(
        "Which perturbations does it get right?",
        f"{model}: {each}. Truth: all cells, {board.tested}. Headline metrics first, then family by family.",
        key="scores_by_perturbation",
        table=partial(long_scores, board.result, names, context=board.context),
        how_to_read="Click a header to sort, a row to open the perturbation gene by gene, or tick rows to select them "
        "on all pages. A dash is undefined; the line below the table says how often and why, the CSV has the reason "
        "of each.",
        caption=("Scores by perturbation", f"{board.source()}. {_why_undefined(board, model)}"),
    ):
        _controls(board)
        perturbation_table(table, columns, key=f"scores-{show}-{board.models.index(model)}")


def _asked(board: Board) -> tuple[str, Show]:
    show = st.session_state.get(f"pd-kept-{SHOW}", "scores")
    return kept_model(MODEL, board.models), cast("Show", show)


def _controls(board: Board) -> None:
    with st.container(horizontal=True, key="pd-controls-perturbations", gap="medium"):
        one_model(
            MODEL, board.view.styles, models=board.models, label="Model", help="Whose scores the table shows."
        )
        segments(
            SHOW,
            {str(name): words for name, words in SHOWN.items()},
            label="Show",
            help="The hardest baseline of a metric is the one with the largest p in the verdict. Where it predicts no "
            "pattern it counts as 0.",
        )


def _columns(board: Board, table: pd.DataFrame, show: Show, against: dict[str, str]) -> dict[str, Column]:
    columns = {name: column for name, column in HEAD.items() if name != "context" or _several(table)}
    headline = board.result.settings.headline
    for place, metric in enumerate(metrics_to_choose(board)):
        if place == len(headline):
            columns |= TAIL
        if metric not in table or (show == "difference" and metric not in against):
            continue
        decimals = decimals_for(metric, table[metric].iloc[:DECIMALS_OF_FEW], error=is_error(metric))
        words = f"{label(metric)} {'' if show == 'difference' else arrow(metric)}".strip()
        theirs = baseline_label(against.get(metric, ""))
        help_ = summary(metric)
        if show == "difference":
            help_ = f"{help_} Against {theirs}; positive: the model is better."
        columns[metric] = Numbers(words, help_, decimals=decimals, width=_width(words))
        if show == "beside" and metric in against:
            words = f"↳ {theirs}"
            help_ = f"{label(metric)} of {theirs}, the hardest baseline."
            columns[metric + BESIDE] = Numbers(words, help_, decimals=decimals, width=_width(words))
    return columns if len(columns) > len(HEAD) + len(TAIL) else columns | TAIL


def _several(table: pd.DataFrame) -> bool:
    return bool((table["context"] != table["context"].iloc[0]).any())


def _width(words: str) -> int:
    return max(80, round(7.2 * len(words)) + 26)


def _why_undefined(board: Board, model: str) -> str:
    """Say how many values are undefined, and why, the commonest reasons first."""
    from perturbdash.judgement.perturbation_scores import undefined_counts

    found = undefined_counts(board.result, model, context=board.context)
    if not found:
        return "Every metric is defined for every one of them."
    said = [
        f"{reason} ({counted(sum(by_metric.values()), 'value')}: {some_labels(list(by_metric))})"
        for reason, by_metric in list(found.items())[:NAMED_REASONS]
    ]
    rest = len(found) - len(said)
    more = f"; {counted(rest, 'more reason')}" if rest else ""
    return f"– undefined: {'; '.join(said)}{more}."
