"""Head of the page Calibration: controls, answer and the diagram of what is measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NoReturn, cast

import streamlit as st

from perturbdash.figures.metric_words import in_order, label
from perturbdash.figures.tables import across_contexts, of_context
from perturbdash.judgement import sentences_data
from perturbdash.ui.blocks import note, verdict
from perturbdash.ui.frame import empty_state
from perturbdash.ui.markup import Html
from perturbdash.ui.remembered import segments
from perturbdash.ui.waiting import start_link
from perturbdash.vocabulary import POSITIVE_CONTROLS, PositiveControl

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.judgement.drf_view import DrfView
    from perturbdash.judgement.result import Result
    from perturbdash.ui.view import View

CALIBRATED_AHEAD = "nir"
POSITIVE_WORDS: dict[PositiveControl, str] = {
    "interpolated_duplicate": "interpolated duplicate",
    "technical_duplicate": "technical duplicate",
}
ORDERS = {"drf": "by DRF", "family": "by family"}


@dataclass(frozen=True)
class Covariate:
    """What a perturbation's DRF may hang on: its column, and its words."""

    label: str
    axis: str
    whole: bool


COVARIATES = {
    "n_degs": Covariate("DEGs", "number of DEGs against control (adjusted p < 0.05)", True),
    "n_cells": Covariate("cells", "number of cells", True),
    "shift_norm": Covariate("effect size", "norm of the shift ‖δ‖₂ from control, log1p units", False),
}
DIAGRAM = Html(
    '<div class="pd-range" role="img" aria-label="A line from the negative control, the average of all '
    "perturbations, over the positive control, the experiment repeated, to a perfect score; the dynamic range "
    'is the part between the two controls.">'
    '<div class="pd-range-line"><span class="pd-range-part"></span><i class="pd-range-negative"></i>'
    '<i class="pd-range-positive"></i><i class="pd-range-perfect"></i></div>'
    "<p><b>negative control</b><br>the average of all perturbations</p><p>dynamic range</p>"
    "<p><b>positive control</b><br>the experiment, repeated</p><p><b>perfect</b></p></div>"
)
MEANING = Html(
    '<p class="pd-muted"><b>DRF</b>, dynamic range fraction: how much of the way from the average to a perfect '
    "score a repeated experiment gets; 0: the metric cannot tell them apart, 1: it could not do better. "
    "<b>BDS</b>: on which share of perturbations the repeated experiment is the better one, a tie counting "
    "half.</p>"
)


@dataclass(frozen=True)
class Choice:
    """What the reader chose on this page, and the rows of the summary that follow from it."""

    positive: PositiveControl
    order: Literal["drf", "family"]
    covariate: str
    metric: str
    rows: pd.DataFrame

    @property
    def has_values(self) -> bool:
        """Whether any metric has a value for any perturbation."""
        return bool(self.rows["n"].any())


def choose(view: View, result: Result) -> Choice:
    """Draw the controls, where there is a value to show, and return what they say; without any row the page ends."""
    summary = of_context(result.calibration_summary, view.context)
    if summary.empty:
        _nothing_calibrated()
    metrics = tuple(in_order(summary["metric"]))
    if not summary["n"].any():
        first = summary[summary["positive_control"] == POSITIVE_CONTROLS[0]]
        return Choice(POSITIVE_CONTROLS[0], "family", "n_degs", metrics[0], first)
    with st.container(horizontal=True, key="pd-controls", gap="medium"):
        positive = segments(
            "positive-control",
            {str(name): words for name, words in POSITIVE_WORDS.items()},
            label="Positive control",
            help="Both repeat the experiment with the other half of the cells. Technical duplicate: its plain mean. "
            "Interpolated duplicate: genes whose change is not significant are moved to the average, which takes "
            "noise away; the gates of verdicts follow it.",
        )
        order = segments(
            "drf-order", ORDERS, label="Order", help="How metrics are sorted in the figure and in the table."
        )
        covariate = segments(
            "drf-covariate",
            {name: item.label for name, item in COVARIATES.items()},
            label="DRF by perturbation against",
            help="DEGs: genes that differ from control in all cells. Cells: of the perturbation. Effect size: "
            "Euclidean norm of its shift from control.",
        )
        metric = view.choose(
            "metric",
            metrics,
            label="Metric",
            help="Whose DRF by perturbation is shown.",
            default=CALIBRATED_AHEAD if CALIBRATED_AHEAD in metrics else metrics[0],
            labels={name: label(name) for name in metrics},
        )
    rows = summary[summary["positive_control"] == positive]
    return Choice(
        cast("PositiveControl", positive), cast('Literal["drf", "family"]', order), covariate, metric, rows
    )


def _nothing_calibrated() -> NoReturn:
    empty_state(
        "Nothing was calibrated",
        "No perturbation of this context was held out, so no metric was compared with a repeat.",
        "Choose another context, or change the splits in the settings on Start.",
    )
    start_link("Go to Start")
    st.stop()


def answer(view: View, result: Result, chosen: Choice) -> None:
    """Draw verdict, mode, and, where nothing can be told, why and what would help."""
    settings = result.settings
    said = sentences_data.calibration_answer(
        chosen.rows,
        headline=settings.headline,
        min_perturbations=settings.min_perturbations,
        positive_control=chosen.positive,
    )
    verdict(said.sentence, said.muted)
    if settings.calibration == "published":
        note(sentences_data.AS_PUBLISHED)
    advice = sentences_data.calibration_advice(
        chosen.rows,
        headline=settings.headline,
        min_perturbations=settings.min_perturbations,
        n_cells=_cells(view, result),
    )
    if advice is not None:
        empty_state(advice.title, advice.why, advice.what_helps)
        start_link("Go to Start")


def diagram() -> None:
    """Draw what DRF and BDS are."""
    with st.container(key="pd-pair-diagram"):
        left, right = st.columns([1, 1], gap="medium", vertical_alignment="center")
        left.html(DIAGRAM)
        right.html(MEANING)


def by_perturbation(view: View, result: Result, chosen: Choice) -> DrfView:
    """Return the chosen metric's DRF by perturbation; the last ones asked for are kept."""
    assert view.record is not None
    return _by_perturbation(view.result_key, chosen.metric, chosen.positive, view.context, _result=result)


@st.cache_resource(show_spinner=False, max_entries=32)
def _by_perturbation(
    key: str,  # noqa: ARG001  it names the result
    metric: str,
    positive: PositiveControl,
    context: str,
    *,
    _result: Result,
) -> DrfView:
    from perturbdash.judgement.drf_view import drf_view

    return drf_view(_result, metric=metric, positive_control=positive, context=context)


def _cells(view: View, result: Result) -> pd.Series:
    """Return the cells of each condition that is shown."""
    from perturbdash.judgement.table_views import covariates

    return across_contexts(covariates(result), view.context)["n_cells"]
