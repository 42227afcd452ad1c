"""Figures of the page Calibration: every metric with its gate, and one metric perturbation by perturbation."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.figures.metric_words import label
from perturbdash.judgement import sentences_data
from perturbdash.metrics.registry import METRICS
from perturbdash.ui import address
from perturbdash.ui.calibration import COVARIATES, POSITIVE_WORDS, Choice, by_perturbation
from perturbdash.ui.frame import empty_state, frame, plot
from perturbdash.ui.markup import html
from perturbdash.ui.numbers import plural
from perturbdash.vocabulary import POOLED, POSITIVE_CONTROLS

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from perturbdash.judgement.drf_view import DrfView
    from perturbdash.judgement.result import Result
    from perturbdash.ui.view import View

BARS = "drf"
NEGATIVE = {
    "default": "the average; the control mean for correlations on Δcentroid; the global mean for retrieval",
    "published": "the control mean for metrics on Δcentroid, the average for all others",
}
TRUTH = {
    "default": "truth: each half once, mean of both",
    "published": "truth: the first half alone, as published",
}


def bars(view: View, result: Result, chosen: Choice) -> None:
    """Draw DRF and BDS of every metric with the gates; a click on a row shows that metric by perturbation."""
    from perturbdash.figures.calibration import drf_bars

    mode = result.settings.calibration
    caption = f"{view.source_line()}. {_sentence(TRUTH[mode])}; positive control: {POSITIVE_WORDS[chosen.positive]}. "
    caption += "n: perturbations with a value, in ink where a control is undefined for some."
    if chosen.positive == POSITIVE_CONTROLS[0] and mode == "default":
        caption += " Where no gene is above noise, DRF is 0 and BDS a tie."
    draw = partial(
        drf_bars,
        chosen.rows,
        positive_control=chosen.positive,
        order=chosen.order,
        context=view.context,
        headline=result.settings.headline,
    )
    with frame(
        "Which metrics can tell a repeat from the average?",
        f"Mean over perturbations, 95 % BCa interval; dotted: the gates at 0.05 and 0.5. Negative control: "
        f"{NEGATIVE[mode]}. Bold: headline metrics; tinted: {label(chosen.metric)}.",
        key="dynamic_range_fraction",
        table=chosen.rows,
        how_to_read="The longer the bar, the nearer a repeated experiment comes to a perfect score than the average "
        "does; the symbol says whether that is safely more than nothing. A metric whose symbol is not a full disc "
        "cannot tell a good model from the average here, so its score is greyed in the verdict. Click a bar or a "
        "symbol to see that metric perturbation by perturbation.",
        caption=("Dynamic range fraction", caption),
        printed=draw,
    ):
        plot(draw(mode=view.mode, marked=chosen.metric), key=BARS, select=show_metric)


def show_metric(figure: str = BARS) -> None:
    """Show the metric that was clicked; the callback of figures with a lane a metric."""
    event = st.session_state.get(f"plot-{figure}")
    found = event.get("selection", {}) if isinstance(event, Mapping) else {}
    for point in found.get("points", ()):
        data = point.get("customdata")
        name = data[0] if isinstance(data, (list, tuple)) and data else data
        if name in METRICS:
            address.change(metric=name)
            return


def points(view: View, result: Result, chosen: Choice) -> None:
    """Draw the DRF of one metric by perturbation against a covariate."""
    covariate = COVARIATES[chosen.covariate]
    found = by_perturbation(view, result, chosen)
    with frame(
        "Does it take strong effects to see anything?",
        f"DRF of {label(chosen.metric)} by perturbation; x: {covariate.axis}. {_counts(view, found)}",
        key="drf_by_perturbation",
        table=found.conditions,
        how_to_read="Each point is a perturbation: at 1 a repeat of it is perfect, at 0 it is no nearer than the "
        "average, below 0 the average is nearer. Ink bars are means of classes; where they rise to the right, only "
        "strong perturbations can be told. Open symbols: the average leaves nothing to gain, so DRF is 0. Drag a "
        "box to select perturbations on all pages, click one to open it.",
        caption=("DRF by perturbation", _caption(view, result, chosen, found)),
        printed=partial(_draw, view, chosen, found) if found.conditions["drf"].notna().any() else None,
        subject=chosen.metric,
    ):
        if found.conditions["drf"].notna().any():
            plot(_draw(view, chosen, found, dark=view.mode == "dark"), key="drf-points", selects=True)
        else:
            empty_state(
                f"{label(chosen.metric)} has no value here",
                html("No perturbation has a DRF: {why}", why=_why_undefined(chosen.metric)),
                "Choose another metric.",
            )


def _draw(view: View, chosen: Choice, found: DrfView, *, dark: bool = False) -> Figure:
    from perturbdash.figures.calibration import drf_by_perturbation

    covariate = COVARIATES[chosen.covariate]
    return drf_by_perturbation(
        found.conditions,
        found.conditions[["context", "perturbation", chosen.covariate]].rename(
            columns={chosen.covariate: "value"}
        ),
        metric=chosen.metric,
        x_label=covariate.axis,
        x_is_integer=covariate.whole,
        mode="dark" if dark else "light",
        positive_control=chosen.positive,
        selected=view.selection,
    )


def _counts(view: View, found: DrfView) -> str:
    """Say what a point is and how many there are, with and without a value."""
    several = view.context == POOLED
    rows = found.conditions
    n = plural(int(rows["drf"].notna().sum()), "point", "points")
    said = [f"{n}, {'one a perturbation and context' if several else 'one a perturbation'}"]
    n_no_range = int(rows["no_range"].sum())
    said += [f"{n_no_range:,} without range, DRF 0"] if n_no_range else []
    lacking = sentences_data.without_a_value(rows["reason"])
    said += [lacking] if lacking else []
    return "; ".join(said) + "."


def _caption(view: View, result: Result, chosen: Choice, found: DrfView) -> str:
    parts = [
        f"{view.source_line()}. {_sentence(TRUTH[result.settings.calibration])}; positive control: "
        f"{POSITIVE_WORDS[chosen.positive]}. DEGs, cells and effect size are those of all cells. Ink bars: means "
        "of classes.",
        sentences_data.left_out(found.n_too_small, found.n_always_train, given_halves=result.given_halves),
    ]
    return " ".join(part for part in parts if part)


def _why_undefined(metric: str) -> str:
    words = METRICS[metric].undefined
    return words[0].lower() + words[1:]


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]
