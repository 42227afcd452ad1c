"""The calibration of a page made again: by which halves, from which negative control, with which control cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.judgement.needing_cells import ANOTHER_HALVING, HALVES_BY_COLUMN
from perturbdash.ui import (
    blocks,
    calibration_controls,
    calibration_halves,
    calibration_halvings,
    without_cells,
)
from perturbdash.ui.remembered import segments

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result
    from perturbdash.ui.calibration import Choice
    from perturbdash.ui.view import View

TOPICS = {
    "column": "a stricter repeat",
    "halvings": "other halvings",
    "negative": "other negative controls",
    "control": "own control cells",
}
NEED_CELLS = {"column": HALVES_BY_COLUMN, "halvings": ANOTHER_HALVING}


def further(view: View, result: Result, chosen: Choice) -> None:
    """Draw the choice of what else to ask of the calibration, and its answer."""
    blocks.heading(
        "How firm is this calibration?",
        "Each choice calibrates every metric once more and leaves gates and verdicts as they are.",
    )
    with st.container(horizontal=True, key="pd-controls-further", gap="medium"):
        topic = segments(
            "calibration-further",
            TOPICS,
            label="Calibrate again with",
            help="A stricter repeat: halves by guide, replicate or batch instead of at random. Other halvings: the "
            "same with other seeds. Other negative controls: what a repeat is told from, in both modes. Own control "
            "cells: truth and repeat do not share the noise of one control mean.",
        )
        lacks_cells = topic in NEED_CELLS and not result.dataset.has_cells
        if topic == "column" and not lacks_cells:
            column = calibration_halves.choose_column(view, result)
        elif topic == "halvings" and not lacks_cells:
            n = calibration_halvings.choose_halvings()
        elif topic == "negative":
            rules = calibration_controls.choose_rules(result)
    if lacks_cells:
        without_cells.said(result.dataset, NEED_CELLS[topic])
    elif topic == "column":
        calibration_halves.by_column(view, result, chosen, column)
    elif topic == "halvings":
        calibration_halvings.by_halvings(view, result, chosen, n)
    elif topic == "negative":
        calibration_controls.from_negatives(view, result, chosen, rules)
    else:
        calibration_controls.with_own_control(view, result, chosen)
