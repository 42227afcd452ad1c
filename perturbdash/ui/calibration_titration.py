"""Titration on the page Calibration: whether more cells would help, and how many would be needed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.figures.metric_words import label
from perturbdash.judgement.needing_cells import TITRATION as TITRATION_OF_CELLS
from perturbdash.ui import blocks, without_cells
from perturbdash.ui.calibration import POSITIVE_WORDS
from perturbdash.ui.calibration_again import in_rows, made, say
from perturbdash.ui.data_table import Column, Numbers, Words, data_table
from perturbdash.ui.frame import frame, plot
from perturbdash.ui.pair import pair
from perturbdash.ui.remembered import share

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result
    from perturbdash.judgement.titration import Titration
    from perturbdash.judgement.titration_view import TitrationView
    from perturbdash.ui.calibration import Choice
    from perturbdash.ui.view import View
    from perturbdash.vocabulary import PositiveControl, Progress

TITRATION = "titration"
LEAST, MOST, STEP, USUAL = 0.05, 0.95, 0.05, 0.5


def titration(view: View, result: Result, chosen: Choice) -> None:
    """Draw DRF over cells a perturbation and what more of them would give, or how to ask for it."""
    if not chosen.has_values:
        return
    blocks.heading(
        "Would more cells help?",
        "Everything is calibrated with a part of the cells of each perturbation, down to a sixteenth; a curve through "
        "that says what more cells would give.",
    )
    if without_cells.said(result.dataset, TITRATION_OF_CELLS):
        return
    found = _computed(view, result)
    if found is None:
        return
    from perturbdash.judgement.sentences_calibration_depth import titration_answer

    target = _choose_target()
    shown = _shown(view.result_key, view.context, chosen.metric, chosen.positive, target, _found=found)
    say(titration_answer(shown.target, shown.gate))
    left, right = pair("titration", (1.0, 1.1))
    with left:
        _figure(view, chosen, found, shown, target)
    with right:
        _table(chosen, found, shown, target)


@st.cache_resource(show_spinner=False, max_entries=32)
def _shown(
    key: str,  # noqa: ARG001  it names the result
    context: str,
    metric: str,
    positive: PositiveControl,
    target: float,
    *,
    _found: Titration,
) -> TitrationView:
    from perturbdash.judgement.titration_view import titration_view

    return titration_view(_found, context=context, metric=metric, positive_control=positive, target=target)


def _choose_target() -> float:
    with st.container(horizontal=True, key="pd-controls-titration", gap="medium"):
        return share(
            "titration-target",
            USUAL,
            least=LEAST,
            most=MOST,
            step=STEP,
            label="DRF that is asked for",
            help="How much of the gap between the average and a perfect score a repeat shall close. The metric is the "
            "one chosen at the top of the page.",
        )


def _computed(view: View, result: Result) -> Titration | None:
    from perturbdash.judgement.price import titration_price

    def work(progress: Progress) -> Titration:
        return result.titration(progress=progress)

    return made(
        view,
        TITRATION,
        "",
        work,
        what="What would fewer cells have told, and what would more tell?",
        why=f"Not asked yet. It {titration_price(result).words}.",
        button="Calibrate with fewer cells",
    )


def _figure(view: View, chosen: Choice, found: Titration, shown: TitrationView, target: float) -> None:
    from perturbdash.figures.calibration import titration_curve
    from perturbdash.judgement.sentences_calibration_depth import levels_sentence

    draw = partial(
        titration_curve, shown.levels, shown.curve, metric=chosen.metric, target=target, needed=shown.target
    )
    with frame(
        f"Would more cells lift {label(chosen.metric)}?",
        f"DRF by cells a perturbation, mean over perturbations, 95 % BCa interval; positive control: "
        f"{POSITIVE_WORDS[chosen.positive]}. Dotted: the gate at 0.05; dashed: {target:.2f}, asked for.",
        key="titration",
        table=found.table,
        how_to_read="Symbols are measured, with a part of the cells of your data; the curve goes through them and, "
        "dashed, beyond. Where its band is wide or the dashed part long, take the number as an order of size. A curve "
        "that flattens below 1 says that more cells alone do not help: perturbations that do nothing, or a metric that "
        "a repeat cannot reach.",
        caption=(
            "Titration",
            f"{view.source_line()}. {levels_sentence(found.shares)} Halves, folds and genes as they are; control "
            "cells whole. Curve: start + (end − start) / (1 + (b/n)^h), weighted least squares; band: resampled "
            "perturbations, all curves that fit about as well, and 0.015 drift a doubling beyond the data.",
        ),
        printed=draw,
        subject=chosen.metric,
    ):
        plot(draw(mode=view.mode), key=TITRATION)


def _table(chosen: Choice, found: Titration, shown: TitrationView, target: float) -> None:
    rows = in_rows(shown.needs, chosen, "drf_now", ())
    with frame(
        "How many cells would each metric need?",
        "Cells a perturbation (95 % interval) for the gate, the DRF interval above 0.05, and for a DRF of "
        f"{target:.2f}.",
        key="titration_needed",
        table=partial(found.needed_for, target),
        how_to_read="One row a metric. Reached: your data have it, and so many cells would do. More than 32 times: "
        "so far beyond the data that no number is given. Not reachable: the curve ends below, with its interval. A "
        "dash: there is no curve, the last column says why.",
    ):
        data_table(rows, COLUMNS, key="titration")


COLUMNS: dict[str, Column] = {
    "label": Words("metric", "The metric, by its short name.", width=165, pinned=True),
    "drf_now": Numbers("DRF", "With all cells of the data.", width=52),
    "gate_words": Words(
        "for the gate", "Cells a perturbation at which the DRF interval lies above 0.05.", width=142
    ),
    "target_words": Words("for what is asked", "Cells a perturbation for the DRF of the slider.", width=145),
    "end": Numbers("end", "DRF to which the curve comes with cells without end.", width=52),
    "reason": Words("remark", "Why there is no number.", width=220),
}
