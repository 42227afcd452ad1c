"""Blocks of the page Calibration: answer, diagram, controls, both figures and the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NoReturn, cast

import streamlit as st

from perturbdash.figures.metric_words import FAMILIES, GATE_WORDS, family, in_order, label
from perturbdash.figures.tables import across_contexts, of_context
from perturbdash.judgement import sentences_data
from perturbdash.ui.blocks import note, verdict
from perturbdash.ui.data_table import Column, Numbers, Words, data_table
from perturbdash.ui.frame import empty_state, frame, plot
from perturbdash.ui.markup import Html, html
from perturbdash.ui.remembered import segments
from perturbdash.ui.waiting import start_link
from perturbdash.vocabulary import POOLED, POSITIVE_CONTROLS, PositiveControl

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.judgement.result import Result
    from perturbdash.ui.page import View

CALIBRATED_AHEAD = "nir"
POSITIVE_WORDS: dict[PositiveControl, str] = {
    "interpolated_duplicate": "interpolated duplicate",
    "technical_duplicate": "technical duplicate",
}
ORDERS = {"drf": "by DRF", "family": "by family"}
NEGATIVE = {
    "default": "the average; the control mean for correlations on Δcentroid; the global mean for retrieval",
    "published": "the control mean for metrics on Δcentroid, the average for all others",
}
TRUTH = {
    "default": "truth: each half once, mean of both",
    "published": "truth: the first half alone, as published",
}


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


def choose(view: View, result: Result) -> Choice:
    """Draw the controls and return what they say; without any row, say so and end the page."""
    summary = of_context(result.calibration_summary, view.context)
    if summary.empty:
        _nothing_calibrated()
    metrics = tuple(in_order(summary["metric"]))
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
        n_cells=across_contexts(_covariates(result), view.context)["n_cells"],
    )
    if advice is not None:
        empty_state(advice.title, advice.why, advice.what_helps)
        start_link("Change the settings on Start")


def diagram() -> None:
    """Draw what DRF and BDS are."""
    with st.container(key="pd-pair-diagram"):
        left, right = st.columns([1, 1], gap="medium", vertical_alignment="center")
        left.html(DIAGRAM)
        right.html(MEANING)


def _covariates(result: Result) -> pd.DataFrame:
    from perturbdash.judgement.views import covariates

    return covariates(result)


def bars(view: View, result: Result, chosen: Choice) -> None:
    """Draw DRF and BDS of every metric with the gates."""
    from perturbdash.figures.calibration import drf_bars

    mode = result.settings.calibration
    caption = f"{view.source_line()}. {_sentence(TRUTH[mode])}; positive control: {POSITIVE_WORDS[chosen.positive]}. "
    caption += "n: perturbations with a value, in ink where a control is undefined for some."
    if chosen.positive == POSITIVE_CONTROLS[0] and mode == "default":
        caption += " Where no gene is above noise, DRF is 0 and BDS a tie."
    with frame(
        "Which metrics can tell a repeat from the average?",
        f"Mean over perturbations, 95 % BCa interval; dotted: the gates at 0.05 and 0.5. Negative control: "
        f"{NEGATIVE[mode]}.",
        key="dynamic_range_fraction",
        table=chosen.rows,
        how_to_read="The longer the bar, the nearer a repeated experiment comes to a perfect score than the average "
        "does; the symbol says whether that is safely more than nothing. A metric whose symbol is not a full disc "
        "cannot tell a good model from the average here, so its score is greyed in the verdict. Bold: headline "
        "metrics.",
        caption=("Dynamic range fraction", caption),
    ):
        if not chosen.rows["n"].any():
            empty_state(
                "No metric has a value",
                "The average, or the repeat, does not exist for any perturbation of this context.",
            )
            return
        reasons = {str(metric): "no perturbation has a value" for metric in chosen.rows["metric"]}
        figure = drf_bars(
            chosen.rows,
            mode=view.mode,
            positive_control=chosen.positive,
            order=chosen.order,
            context=view.context,
            reasons=None if chosen.rows["n"].gt(1).any() else reasons,
        )
        plot(figure, key="drf")


def points(view: View, result: Result, chosen: Choice) -> None:
    """Draw the DRF of one metric by perturbation against a covariate."""
    from perturbdash.figures.calibration import drf_by_perturbation

    covariate = COVARIATES[chosen.covariate]
    of_metric = across_contexts(result.calibration, view.context)
    of_metric = of_metric[
        (of_metric["metric"] == chosen.metric) & (of_metric["positive_control"] == chosen.positive)
    ]
    known = _covariates(result)[["context", "perturbation", chosen.covariate]]
    joined = of_metric.merge(known, on=["context", "perturbation"], how="left")
    n = int(chosen.rows.loc[chosen.rows["metric"] == chosen.metric, "n"].max())
    marks = "One point a perturbation and context; disc" if view.context == POOLED else "Disc"
    with frame(
        "Does it take strong effects to see anything?",
        f"DRF of {label(chosen.metric)} by perturbation, {n:,} with a value; x: {covariate.axis}. {marks}: "
        "single, cross: combination.",
        key="drf_by_perturbation",
        table=joined,
        how_to_read="Each point is a perturbation: at 1 a repeat of it is perfect, at 0 it is no nearer than the "
        "average, below 0 the average is nearer. Ink bars are means of classes; where they rise to the right, only "
        "strong perturbations can be told.",
        caption=(
            "DRF by perturbation",
            f"{view.source_line()}. {_sentence(TRUTH[result.settings.calibration])}; positive control: "
            f"{POSITIVE_WORDS[chosen.positive]}.",
        ),
    ):
        if joined["drf"].notna().any():
            figure = drf_by_perturbation(
                of_metric,
                known.rename(columns={chosen.covariate: "value"}),
                metric=chosen.metric,
                x_label=covariate.axis,
                x_is_integer=covariate.whole,
                mode=view.mode,
                positive_control=chosen.positive,
                context=None if view.context == POOLED else view.context,
                selected=view.selection,
            )
            plot(figure.update_layout(dragmode=False), key="drf-points")
        else:
            empty_state(
                f"{label(chosen.metric)} has no value here",
                html(
                    "No perturbation has a DRF: {why}",
                    why=_why_undefined(chosen.metric, n_tested=joined["perturbation"].nunique()),
                ),
                "Choose another metric.",
            )


def _why_undefined(metric: str, *, n_tested: int) -> str:
    from perturbdash.metrics.registry import METRICS

    if n_tested <= 1:
        return "there is one perturbation, so there is no average of others."
    words = METRICS[metric].undefined
    return words[0].lower() + words[1:]


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]


def table(chosen: Choice) -> None:
    """Draw every column of the summary, in the order of the figure."""
    rows = chosen.rows.assign(
        label=[label(metric) for metric in chosen.rows["metric"]],
        family=[FAMILIES[family(metric)] for metric in chosen.rows["metric"]],
        words=[GATE_WORDS[gate] for gate in chosen.rows["gate"]],
        control=[control.replace("_", " ") for control in chosen.rows["negative_control"]],
        remark=sentences_data.calibration_remarks(chosen.rows),
    )
    if chosen.order == "drf":
        rows = rows.sort_values("drf_mean", ascending=False, kind="stable", na_position="last")
    else:
        rows = rows.set_index("metric", drop=False).loc[in_order(rows["metric"])]
    with frame(
        "What are the numbers?",
        f"{len(rows)} metrics; positive control: {POSITIVE_WORDS[chosen.positive]}; n counts perturbations.",
        key="calibration_summary",
        table=chosen.rows,
        how_to_read="One row a metric. Click a header to sort; hover it for what the column holds.",
    ):
        data_table(rows, COLUMNS, key="calibration")


COLUMNS: dict[str, Column] = {
    "label": Words("metric", "The metric, by its short name.", width=215, pinned=True),
    "words": Words(
        "gate", "Informative: DRF interval above 0.05 and BDS interval above 0.5.", width=105, pinned=True
    ),
    "drf_mean": Numbers("DRF", "Dynamic range fraction, mean over perturbations."),
    "drf_low": Numbers("DRF low", "Lower end of the 95 % BCa bootstrap interval of the mean."),
    "drf_high": Numbers("DRF high", "Upper end of the 95 % BCa bootstrap interval of the mean."),
    "drf_median": Numbers("DRF median", "Median over perturbations.", width=90),
    "bds": Numbers(
        "BDS",
        "Share of perturbations on which the repeat is better than the negative control; a tie counts half.",
    ),
    "bds_low": Numbers("BDS low", "Lower end of the Wilson 95 % interval."),
    "bds_high": Numbers("BDS high", "Upper end of the Wilson 95 % interval."),
    "n": Numbers("n", "Perturbations with a value.", decimals=0, width=55),
    "n_undefined": Numbers(
        "undefined",
        "Tested perturbations without a value: a control is undefined there.",
        decimals=0,
        width=85,
    ),
    "n_no_range": Numbers(
        "no range",
        "Perturbations for which the negative control leaves nothing to gain; their DRF is 0.",
        decimals=0,
        width=75,
    ),
    "median_range": Numbers(
        "median range",
        "Median distance of the negative control from a perfect score, in the metric’s own unit.",
        decimals=4,
        width=100,
    ),
    "control": Words("negative control", "What the repeat must be told from.", width=120),
    "family": Words("family", "What kind of question the metric asks.", width=210),
    "remark": Words(
        "remarks",
        "Approximate: fewer than 20 perturbations. Hardly any range: median range below 0.0001.",
        width=200,
    ),
}
