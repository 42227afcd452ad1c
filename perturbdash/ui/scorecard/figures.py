"""Strip and the two figures of the scorecard, each with its truth, n and seed."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.figures.html import name_html
from perturbdash.figures.metric_words import family
from perturbdash.figures.models import style_of
from perturbdash.judgement.sentences_scorecard import left_out_baselines
from perturbdash.ui.frame import empty_state, frame, plot
from perturbdash.ui.remembered import segments
from perturbdash.ui.scorecard.board import Board

if TYPE_CHECKING:
    import plotly.graph_objects as go

POSITION_COLUMNS = [
    "context",
    "model",
    "metric",
    "headline",
    "n",
    "position",
    "position_low",
    "position_high",
]
MOST_LANES = 120
"""Metrics times models up to which the figures begin with all rows; above it with the headline metrics."""
FAMILY_WORDS = {
    "error": "errors",
    "control": "Δcontrol",
    "centroid": "Δcentroid",
    "retrieval": "retrieval",
    "de": "DEGs",
}
FEW_ROWS = 8


def strip(board: Board) -> None:
    """Draw a row a model: headline metrics large, all others small."""
    from perturbdash.figures.scorecard import score_strip_html

    result = board.result
    st.html(
        score_strip_html(
            result.verdict,
            result.calibration_summary,
            board.models,
            context=board.context,
            styles=board.view.styles,
        )
    )


def shown_metrics(board: Board) -> list[str]:
    """Draw the choice of rows, where there are many, and return the metrics that both figures show."""
    from perturbdash.figures.scorecard.rows import drawn_metrics

    every = drawn_metrics(board.informative)
    if len(every) <= FEW_ROWS:
        return every
    families = [name for name in FAMILY_WORDS if any(family(metric) == name for metric in every)]
    words = {"all": f"all {len(every)}", "headline": "headline"} | {
        name: FAMILY_WORDS[name] for name in families
    }
    if not board.headline:
        del words["headline"]
    elif len(every) * len(board.models) > MOST_LANES:
        words = {"headline": words.pop("headline")} | words
    with st.container(key="pd-rows"):
        chosen = segments(
            "scorecard-rows",
            words,
            label="Metrics in both figures",
            help="Informative metrics only: those that can tell a repeated experiment from the average. With many "
            f"models the headline metrics come first (above {MOST_LANES} metrics × models); a family shows its own.",
        )
    if chosen == "all":
        return every
    return [
        metric
        for metric in every
        if (metric in board.headline if chosen == "headline" else family(metric) == chosen)
    ]


def forest(board: Board, metrics: list[str]) -> None:
    """Draw the differences to the hardest baseline."""
    from perturbdash.figures.scorecard import forest as draw
    from perturbdash.judgement.table_views import dynamic_ranges

    ranges = dynamic_ranges(board.result, board.context)
    left_out = left_out_baselines(board.summary, board.verdict, board.context)
    drawn = partial(
        draw,
        board.verdict,
        board.result.calibration_summary,
        dynamic_range=ranges,
        context=board.context,
        models=board.models,
        styles=board.view.styles,
        metrics=metrics,
    )
    with frame(
        "On which metrics is the difference real?",
        f"Truth: all cells, {board.tested}. Mean paired difference to the hardest baseline, 95 % BCa interval. "
        "Open: no difference shown. Grey band: smaller than n could show.",
        key="difference_to_hardest_baseline",
        table=board.judged.merge(ranges, on="metric", how="left") if board.informative else None,
        how_to_read="Right of the line the model is nearer to the truth than the baseline that is hardest to beat. "
        "A filled symbol is a difference that the test shows; an interval within the grey band says little, since "
        "this number of perturbations could not have shown more. Differences are divided by the dynamic range of "
        "their metric, so that rows can be compared; the CSV has them in the metric’s unit, for all metrics.",
        caption=(
            "Forest plot",
            f"{board.source()}{board.averaged}. Bold: headline. Hardest baseline: the one with the largest p, … where "
            f"the models differ. Grey band: first model. Off the scale: ◂ value. {left_out}",
        ),
        printed=drawn if board.informative else None,
    ):
        if not board.informative:
            _nothing_drawn()
            return
        _plot(board, drawn(mode=board.view.mode), key="forest")


def _nothing_drawn() -> None:
    empty_state(
        "No metric passes the gate, so no difference is drawn.",
        "A forest of intervals would invite reading. The numbers stand in the table below and in its CSV, greyed.",
        "Load more cells or perturbations, or open Calibration to see how far each metric is from telling anything.",
    )


def positions(board: Board, metrics: list[str]) -> None:
    """Draw where each model stands between the average and a repeat; a phone folds it."""
    from perturbdash.figures.scorecard import positions as draw

    drawn = partial(
        draw,
        board.verdict,
        context=board.context,
        models=board.models,
        styles=board.view.styles,
        metrics=metrics,
    )
    with frame(
        "How close is it to repeating the experiment?",
        f"Truth: one half of the cells, mean of both halves, {board.tested}; informative metrics only. Line: 95 % "
        "BCa interval.",
        key="position_in_dynamic_range",
        table=board.judged[POSITION_COLUMNS],
        how_to_read="0 is the negative control of the metric, the average of all perturbations; 1 is the same "
        "experiment once more with the other half of the cells. Beyond 1 a model is nearer to the truth than a "
        "repeat with that many cells.",
        caption=(
            "Position",
            f"{board.source()}{board.averaged}. Another truth than in the forest plot, so the two are not compared in "
            "one row. An arrow gives a value off the scale; the CSV has all. –: a repeat is not better than the "
            "negative control here.",
        ),
        printed=drawn,
    ):
        _folding(board, drawn(mode=board.view.mode))


def _folding(board: Board, figure: go.Figure) -> None:
    """Draw the positions below a box that only a phone shows; the style sheet hides them until it is ticked."""
    with st.container(key="pd-folds", gap=None):
        st.checkbox("Show the figure", key="pd-unfold-positions")
        _plot(board, figure, key="positions")


def _plot(board: Board, figure: go.Figure, *, key: str) -> None:
    """Draw a figure below a legend that wraps on a phone, where plotly's own would cover the axis."""
    from perturbdash.figures.scorecard.rows import without_legend

    legend(board)
    plot(without_legend(figure), key=key)


def legend(board: Board, *baselines: str) -> None:
    """Draw symbol and name of each shown model, and of baselines where a figure has them."""
    open_ = [replace(style, name=style.label) for style in map(style_of, baselines)]
    styles = [*open_, *(style_of(name, board.view.styles) for name in board.models)]
    names = "".join(f"<span>{name_html(style)}</span>" for style in styles)
    st.html(f'<p class="pd-legend">{names}</p>')
