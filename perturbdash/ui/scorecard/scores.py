"""All scores: every metric, baselines first, then each model."""

from __future__ import annotations

import streamlit as st

from perturbdash.figures.html_table import scrolling
from perturbdash.ui.frame import frame
from perturbdash.ui.markup import Html
from perturbdash.ui.scorecard.board import Board


def scores(board: Board) -> None:
    """Draw the table of all scores."""
    from perturbdash.figures.scorecard import scores_table_html
    from perturbdash.figures.scorecard.score_table import MODELS_BESIDE_BASELINES

    result = board.result
    if board.summary.empty:
        return
    beside = 0 < len(board.models) <= MODELS_BESIDE_BASELINES
    hardest = " Underlined: the baseline that is hardest to beat." if beside else ""
    with frame(
        "All scores",
        f"Truth: all cells; mean over {board.tested}{board.averaged}.{hardest} Bold: headline metric.",
        key="all_scores",
        table=board.summary,
        how_to_read="Arrows say whether more or less is better. Compare a model with the hardest baseline of its "
        "row: ▲ and ▼ are differences that the test shows, = is no difference shown, and “could show” is the "
        "smallest difference that this number of perturbations would show with 80 % power. Metrics shut by the gate "
        "are greyed: they cannot tell a repeated experiment from the average.",
        caption=(
            "All scores",
            f"{board.source()}. DRF and n of the calibration have another truth, each half once. "
            "n = before a mean: it is over fewer perturbations; below 80 % a baseline is not compared. Where "
            "a baseline predicts no pattern, it counts as 0 in the verdict.",
        ),
    ):
        table = scores_table_html(
            result.metric_summary,
            result.verdict,
            result.calibration_summary,
            board.models,
            context=board.context,
            styles=board.view.styles,
        )
        st.html(scrolling(Html(table), "All scores"))
