"""Frames of the page Calibration: both figures and the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perturbdash.figures.metric_words import FAMILIES, GATE_WORDS, family, in_order, label, tick_label
from perturbdash.figures.tables import across_contexts
from perturbdash.judgement import sentences_data
from perturbdash.metrics.registry import METRICS
from perturbdash.ui.calibration import COVARIATES, POSITIVE_WORDS, Choice, condition_covariates
from perturbdash.ui.data_table import Column, Numbers, Words, data_table
from perturbdash.ui.frame import empty_state, frame, plot
from perturbdash.ui.markup import html
from perturbdash.vocabulary import POOLED, POSITIVE_CONTROLS

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result
    from perturbdash.ui.page import View

NEGATIVE = {
    "default": "the average; the control mean for correlations on Δcentroid; the global mean for retrieval",
    "published": "the control mean for metrics on Δcentroid, the average for all others",
}
TRUTH = {
    "default": "truth: each half once, mean of both",
    "published": "truth: the first half alone, as published",
}


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
        figure = drf_bars(
            chosen.rows,
            mode=view.mode,
            positive_control=chosen.positive,
            order=chosen.order,
            context=view.context,
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
    known = condition_covariates(result)[["context", "perturbation", chosen.covariate]]
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
                    why=_why_undefined(chosen.metric),
                ),
                "Choose another metric.",
            )


def _why_undefined(metric: str) -> str:
    words = METRICS[metric].undefined
    return words[0].lower() + words[1:]


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]


def table(chosen: Choice) -> None:
    """Draw every column of the summary, in the order of the figure."""
    rows = chosen.rows.assign(
        label=[tick_label(metric) for metric in chosen.rows["metric"]],
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
    "label": Words("metric", "The metric, by its short name.", width=205, pinned=True),
    "words": Words("gate", "Informative: DRF interval above 0.05 and BDS interval above 0.5.", width=100),
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
