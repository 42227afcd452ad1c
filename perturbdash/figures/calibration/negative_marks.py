"""DRF of each metric from each negative control, the one that is used apart from the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.calibration.gate_marks import KEPT
from perturbdash.figures.calibration.lanes import connect, lane_canvas, lanes, say_undefined
from perturbdash.figures.metric_words import GATE_WORDS, baseline_label, label
from perturbdash.figures.numbers import count, interval
from perturbdash.figures.tables import float32, of_context, safe
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
    grouped = rows.groupby("metric")["drf_mean"]
    low, high = grouped.min(), grouped.max()
    connect(figure, [(float(low[m]), float(high[m]), y) for m, y in places.items()], colour=tokens(mode).axis)
    defined = rows[rows["drf_mean"].notna()]
    for control in SYMBOLS:
        own = defined[defined["negative_control"] == control]
        for is_used in (False, True):
            _draw(figure, own[own["used"].astype(bool) == is_used], places, control, is_used, mode=mode)
    counts = grouped.count()
    say_undefined(figure, [places[str(m)] for m in counts[counts == 0].index], "no value", mode=mode)
    return figure


def _draw(
    figure: go.Figure,
    rows: pd.DataFrame,
    places: Mapping[str, float],
    control: str,
    is_used: bool,
    *,
    mode: Mode,
) -> None:
    if rows.empty:
        return
    colour = tokens(mode).ink if is_used else tokens(mode).baseline
    figure.add_scatter(
        x=float32(rows["drf_mean"]),
        y=float32([places[m] for m in rows["metric"]]),
        mode="markers",
        name=f"{baseline_label(control)}{', used' if is_used else ''}",
        marker={
            "symbol": SYMBOLS[control] if is_used else f"{SYMBOLS[control]}-open",
            "size": 9,
            "color": colour,
            "line": {"color": colour, "width": 1.6},
        },
        customdata=rows["metric"].tolist(),
        hovertext=[_hover(row) for row in rows.to_dict("records")],
        hoverinfo="text",
        cliponaxis=False,
        **KEPT,
    )


def _hover(row: Mapping[Any, Any]) -> str:
    drf = interval(*(float(row[c]) for c in ("drf_mean", "drf_low", "drf_high")))
    return (
        f"<b>{safe(label(str(row['metric'])))}</b> from {safe(baseline_label(str(row['negative_control'])))}"
        f"{', in use' if row['used'] else ', not used'}<br>DRF {drf}, {GATE_WORDS[str(row['gate'])]}<br>"
        f"n = {count(float(row['n']))} perturbations"
    )
