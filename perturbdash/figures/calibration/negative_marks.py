"""DRF of each metric from each negative control, the one that is used apart from the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.calibration.gate_marks import drf_words, n_words, outlined
from perturbdash.figures.calibration.lanes import (
    connect_all,
    draw_marks,
    in_lanes,
    lacking,
    lane_canvas,
    lanes,
    say_undefined,
)
from perturbdash.figures.metric_words import GATE_WORDS, baseline_label, label
from perturbdash.figures.tables import of_context, safe
from perturbdash.figures.theme import Mode, nothing, tokens
from perturbdash.vocabulary import HEADLINE, PositiveControl
from perturbdash.vocabulary import Mode as Rules

SYMBOLS = {"mean": "circle", "control": "square", "global_mean": "diamond"}


def negative_control_marks(
    negative_controls: pd.DataFrame,
    *,
    rules: Rules = "default",
    mode: Mode = "light",
    positive_control: PositiveControl = "interpolated_duplicate",
    context: str | None = None,
    by_size: bool = True,
    headline: Sequence[str] = HEADLINE,
    marked: str | None = None,
) -> go.Figure:
    """Draw the DRF of each metric from each negative control: filled where it is used, open where not.

    Parameters
    ----------
    negative_controls
        Columns context, metric, positive_control, negative_control, mode, used, drf_mean, drf_low, drf_high, n, gate.
    rules
        The mode of the calibration.
    by_size
        The largest DRF in use on top, else family by family.
    headline
        Metrics whose names are bold.
    marked
        A metric whose lane is tinted.
    """
    rows = of_context(negative_controls, context)
    rows = rows[(rows["positive_control"] == positive_control) & (rows["mode"] == rules)]
    if rows.empty or rows["drf_mean"].isna().all():
        return nothing(mode, "No metric has a DRF from any negative control.", height=300)
    used = rows[rows["used"].astype(bool)].set_index("metric")["drf_mean"]
    places = lanes(list(dict.fromkeys(rows["metric"])), used, by_size=by_size)
    alt = f"Dynamic range fraction of {len(places)} metrics from each negative control, {rules} rules."
    figure = lane_canvas(places, rows["drf_mean"], alt=alt, mode=mode, headline=headline, marked=marked)
    colour = tokens(mode)
    connect_all(figure, rows, places, colour=colour.axis)
    defined = in_lanes(rows[rows["drf_mean"].notna()], places, _hover)
    in_use = defined["used"].astype(bool)
    for control, symbol in SYMBOLS.items():
        own, name = defined["negative_control"] == control, baseline_label(control)
        open_, full = outlined(f"{symbol}-open", colour.baseline), outlined(symbol, colour.ink)
        draw_marks(figure, defined[own & ~in_use], marker=open_, words=name)
        draw_marks(figure, defined[own & in_use], marker=full, words=f"{name}, used")
    say_undefined(figure, lacking(rows, places), "no value", mode=mode)
    return figure


def _hover(row: Mapping[Any, Any]) -> str:
    return (
        f"<b>{safe(label(str(row['metric'])))}</b> from {safe(baseline_label(str(row['negative_control'])))}"
        f"{', in use' if row['used'] else ', not used'}<br>{drf_words(row)}, {GATE_WORDS[str(row['gate'])]}<br>"
        f"{n_words(row)}"
    )
