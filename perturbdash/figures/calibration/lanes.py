"""One lane a metric along an axis of DRF: what the figures of repeated calibrations share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.calibration.gate_marks import KEPT
from perturbdash.figures.metric_words import in_order, tick_label
from perturbdash.figures.tables import float32, safe
from perturbdash.figures.theme import Mode, canvas, note, tokens
from perturbdash.vocabulary import DRF_GATE

ROW = 21
ABOVE_AND_BELOW = 96
NOT_DEFINED = 0.02
"""Where the dash of a lane without a value stands."""


def lanes(metrics: Sequence[str], sizes: pd.Series, *, by_size: bool) -> dict[str, float]:
    """Return the place of each metric from the top: by a size, the largest first, or family by family.

    Parameters
    ----------
    sizes
        By metric; undefined ones go last.
    """
    order = in_order(metrics)
    if by_size:
        ranks = {metric: rank for rank, metric in enumerate(order)}
        order.sort(key=lambda m: (-sizes[m] if np.isfinite(sizes.get(m, np.nan)) else np.inf, ranks[m]))
    return {metric: float(place) for place, metric in enumerate(order)}


def lane_canvas(
    places: dict[str, float],
    values: pd.Series,
    *,
    alt: str,
    mode: Mode,
    headline: Sequence[str],
    marked: str | None,
) -> go.Figure:
    """Return the axes: names of metrics at the left, zero and the gate of DRF as lines.

    Parameters
    ----------
    values
        All values that are drawn, for the range of the axis.
    marked
        A metric whose lane is tinted.
    """
    colour = tokens(mode)
    figure = canvas(mode, alt=alt, height=ROW * len(places) + ABOVE_AND_BELOW, showlegend=True)
    figure.update_layout(margin={"t": 44}, legend={"y": 0.995, "yanchor": "top", "yref": "container"})
    low = min(0.0, float(np.nanmin([0.0, *values.dropna()])))
    names = [f"<b>{safe(tick_label(m))}</b>" if m in headline else safe(tick_label(m)) for m in places]
    figure.update_xaxes(range=[low * 1.06 - 0.02, 1.05], title_text="DRF")
    figure.update_yaxes(
        range=[len(places) - 0.3, -0.7],
        tickvals=float32(list(places.values())),
        ticktext=names,
        ticks="",
        showline=False,
        showgrid=False,
        tickfont={"color": colour.ink},
    )
    for x, dash in ((0.0, None), (DRF_GATE, "dot")):
        line = {"color": colour.ink, "width": 1.2, "dash": dash}
        figure.add_shape(type="line", x0=x, x1=x, y0=0, y1=1, xref="x", yref="paper", line=line)
    if marked in places:
        y = places[marked]
        ends = {"x0": 0, "x1": 1, "y0": y - 0.5, "y1": y + 0.5, "xref": "paper", "yref": "y"}
        figure.add_shape(type="rect", layer="below", fillcolor=colour.widget, line={"width": 0}, **ends)
    return figure


def in_lanes(
    rows: pd.DataFrame, places: Mapping[str, float], hover: Callable[[Mapping[Any, Any]], str]
) -> pd.DataFrame:
    """Return rows with the place of their metric, and with what is said when one is pointed at."""
    said = [hover(row) for row in rows.to_dict("records")]
    return rows.assign(place=rows["metric"].map(places), hover=said)


def draw_marks(
    figure: go.Figure,
    rows: pd.DataFrame,
    *,
    marker: Mapping[str, object],
    words: str,
    drf: str = "drf_mean",
    error_x: Mapping[str, object] | None = None,
) -> None:
    """Draw the DRF of rows as one trace, which a click picks the metric from; nothing where there is no row.

    Parameters
    ----------
    rows
        From `in_lanes`, those with a DRF.
    words
        Name in the legend.
    drf
        The column that is drawn.
    """
    if rows.empty:
        return
    figure.add_scatter(
        x=float32(rows[drf]),
        y=float32(rows["place"]),
        mode="markers",
        name=safe(words),
        marker=dict(marker),
        error_x=error_x,
        customdata=rows["metric"].tolist(),
        hovertext=rows["hover"].tolist(),
        hoverinfo="text",
        cliponaxis=False,
        **KEPT,
    )


def connect_all(figure: go.Figure, rows: pd.DataFrame, places: Mapping[str, float], *, colour: str) -> None:
    """Draw a line in each lane from the lowest DRF to the highest."""
    grouped = rows.groupby("metric")["drf_mean"]
    low, high = grouped.min(), grouped.max()
    connect(figure, [(float(low[m]), float(high[m]), y) for m, y in places.items()], colour=colour)


def lacking(rows: pd.DataFrame, places: Mapping[str, float]) -> list[float]:
    """Return the places of the metrics that have no DRF in any row."""
    n = rows.groupby("metric")["drf_mean"].count()
    return [places[str(metric)] for metric in n[n == 0].index]


def connect(figure: go.Figure, ends: Sequence[tuple[float, float, float]], *, colour: str) -> None:
    """Draw a line in each lane, as one trace.

    Parameters
    ----------
    ends
        Start, end, place; left out where an end is undefined.
    """
    x: list[float] = []
    y: list[float] = []
    for start, end, place in ends:
        if np.isfinite(start) and np.isfinite(end):
            x += [start, end, np.nan]
            y += [place, place, np.nan]
    if x:
        figure.add_scatter(
            x=float32(x),
            y=float32(y),
            mode="lines",
            line={"color": colour, "width": 2},
            hoverinfo="skip",
            showlegend=False,
        )


def say_undefined(figure: go.Figure, places: Sequence[float], words: str, *, mode: Mode) -> None:
    """Write in a lane without a value that it has none, and why."""
    font = {"size": 10, "color": tokens(mode).muted}
    for y in places:
        note(figure, f"– {safe(words)}", x=NOT_DEFINED, y=y, xref="x", yref="y", xanchor="left", font=font)
