"""Strip, warnings and the two figures of the scorecard, each with its truth, n and seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.figures.html import name_html
from perturbdash.figures.models import style_of
from perturbdash.judgement.sentences_scorecard import left_out_baselines
from perturbdash.ui.frame import empty_state, frame, plot
from perturbdash.ui.scorecard.board import Board
from perturbdash.vocabulary import POOLED

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
ROOM_ABOVE = 34
"""Pixels for the words above the axes."""


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


def warnings(board: Board) -> None:
    """Draw the findings as cards, and one line for the checks without a finding."""
    from perturbdash.figures.scorecard import warning_cards_html

    st.html(
        warning_cards_html(
            board.result.warnings, board.models, context=board.context, styles=board.view.styles
        )
    )


def forest(board: Board) -> None:
    """Draw the differences to the hardest baseline."""
    from perturbdash.figures.scorecard import forest as draw
    from perturbdash.judgement.views import dynamic_ranges

    ranges = dynamic_ranges(board.result, board.context)
    left_out = left_out_baselines(board.summary, board.verdict, board.context)
    with frame(
        "On which metrics is the difference real?",
        f"Truth: all cells, {board.tested}. Mean paired difference to the hardest baseline, 95 % BCa interval. "
        "Open: no difference shown. Grey band: smaller than n could show.",
        key="difference_to_hardest_baseline",
        table=board.told.merge(ranges, on="metric", how="left") if board.informative else None,
        how_to_read="Right of the line the model is nearer to the truth than the baseline that is hardest to beat. "
        "A filled symbol is a difference that the test shows; an interval within the grey band says little, since "
        "this number of perturbations could not have shown more. Differences are divided by the dynamic range of "
        "their metric, so that rows can be compared; the CSV has them in the metric’s unit.",
        caption=(
            "Forest plot",
            f"{_source(board)}. Bold: headline. Hardest baseline: the one with the largest p, … where the models "
            f"differ. Grey band: first model. Off the scale: ◂ value. {left_out}",
        ),
    ):
        if not board.informative:
            _nothing_drawn()
            return
        figure = draw(
            board.verdict,
            board.result.calibration_summary,
            dynamic_range=ranges,
            mode=board.view.mode,
            context=board.context,
            models=board.models,
            styles=board.view.styles,
        )
        _plot(board, figure, key="forest")


def _nothing_drawn() -> None:
    empty_state(
        "No metric passes the gate, so no difference is drawn.",
        "A forest of intervals would invite reading. The numbers stand in the table below and in its CSV, greyed.",
        "Load more cells or perturbations, or open Calibration to see how far each metric is from telling anything.",
    )


def positions(board: Board) -> None:
    """Draw where each model stands between the average and a repeat."""
    from perturbdash.figures.scorecard import positions as draw

    with frame(
        "How close is it to repeating the experiment?",
        f"Truth: one half of the cells, mean of both halves, {board.tested}; informative metrics only. Line: 95 % "
        "BCa interval.",
        key="position_in_dynamic_range",
        table=board.told[POSITION_COLUMNS],
        how_to_read="0 is the negative control of the metric, the average of all perturbations; 1 is the same "
        "experiment once more with the other half of the cells. Beyond 1 a model is nearer to the truth than a "
        "repeat with that many cells.",
        caption=(
            "Position",
            f"{_source(board)}. Another truth than on the left, so the two are not compared in one row. An arrow "
            "gives a value off the scale; the CSV has all. –: a repeat is not better than the negative control here.",
        ),
    ):
        figure = draw(
            board.verdict,
            mode=board.view.mode,
            context=board.context,
            models=board.models,
            styles=board.view.styles,
        )
        _plot(board, figure, key="positions")


def _plot(board: Board, figure: go.Figure, *, key: str) -> None:
    """Draw a figure below a legend that wraps on a phone, where plotly's own would cover the axis."""
    names = "".join(f"<span>{name_html(style_of(model, board.view.styles))}</span>" for model in board.models)
    st.html(f'<p class="pd-legend">{names}</p>')
    spare = figure.layout.margin.t - ROOM_ABOVE
    figure.update_layout(showlegend=False, margin_t=ROOM_ABOVE, height=figure.layout.height - spare)
    plot(figure, key=key)


def _source(board: Board) -> str:
    pooled = ", averaged within a context, then over contexts" if board.context == POOLED else ""
    return f"{board.view.source_line()}{pooled}"
