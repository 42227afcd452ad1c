"""Rows of points with their median, and thresholds as lines across them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from perturbdash.figures.density import outline
from perturbdash.figures.models import OBSERVED, ModelStyle, model_styles, style_of
from perturbdash.figures.numbers import count, number
from perturbdash.figures.tables import float32, safe, spread_evenly
from perturbdash.figures.theme import Mode, canvas, note, rgba, tokens

Floats = NDArray[np.float64]

ROW, FOOT, LINE = 104, 56, 15
POINTS_ONLY_BELOW, DENSITY_ONLY_ABOVE = 15, 500
CHARACTER = 6.4
WIDTH = 560
"""Pixels of the plotting area that words of lines are fitted to."""
RIGHT = "right"
SPREAD = 1e-3
"""Share of the axis that values must cover for a density to be drawn."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: whose values, and each value with the name of its perturbation."""

    label: str
    values: Floats
    names: Sequence[str]
    style: ModelStyle


@dataclass(frozen=True, slots=True)
class Scale:
    """How values become places on the axis, and which of them are written there."""

    title: str
    place: Callable[[ArrayLike], Floats]
    ticks: Callable[[float, float], tuple[list[float], list[str]]]


def style_for(model: str, style: ModelStyle | None) -> ModelStyle:
    """Return the style of the model that a warning is about."""
    return style or model_styles([model])[model]


def observed_style() -> ModelStyle:
    """Return the style of what was measured."""
    return style_of(OBSERVED)


def colour_of(style: ModelStyle, mode: Mode) -> str:
    """Return the colour of points and bars: ink for what was observed."""
    return tokens(mode).ink if style.role == "observed" else style.line(mode)


def strips(
    rows: Sequence[Row],
    limits: pd.DataFrame,
    scale: Scale,
    *,
    mode: Mode,
    alt: str,
    unit: str = "perturbation",
) -> go.Figure:
    """Draw rows of points, each with its density and median, and thresholds as dashed lines.

    Parameters
    ----------
    limits
        Columns value, words.
    unit
        What a point is.
    """
    limits = known(limits)
    drawn = [Row(row.label, *_finite(scale, row), row.style) for row in rows]
    ends = [float(v) for row in drawn for v in row.values] + [float(v) for v in limits["value"]]
    low, high = min(ends), max(ends)
    places = scale.place([low, high])
    room = 0.04 * float(places[1] - places[0]) or 0.1
    top = 14 + LINE * len(limits)
    figure = canvas(mode, alt=alt, height=top + ROW * len(rows) + FOOT)
    ticks, words = scale.ticks(low, high)
    figure.update_xaxes(
        title_text=scale.title,
        range=[float(places[0]) - room, float(places[1]) + room],
        tickvals=float32(ticks),
        ticktext=words,
    )
    figure.update_yaxes(visible=False, range=[-len(rows) + 0.02, 0.02])
    figure.update_layout(margin={"t": top, "b": FOOT})
    for i, row in enumerate(drawn):
        _draw(figure, row, scale, -float(i), unit, mode=mode)
    figure.update_xaxes(showgrid=False)
    threshold_lines(figure, limits, scale.place(limits["value"]), mode=mode)
    return figure


def known(limits: pd.DataFrame) -> pd.DataFrame:
    """Return the thresholds that have a value."""
    return limits[limits["value"].notna()]


def _finite(scale: Scale, row: Row) -> tuple[Floats, list[str]]:
    values = np.asarray(row.values, dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        kept = np.isfinite(values) & np.isfinite(scale.place(values))
    return values[kept], [str(name) for name, keep in zip(row.names, kept, strict=True) if keep]


def _draw(figure: go.Figure, row: Row, scale: Scale, top: float, unit: str, *, mode: Mode) -> None:
    colour, n = colour_of(row.style, mode), row.values.size
    x = scale.place(row.values)
    words = f"<b>{safe(row.label)}</b>, n = {count(n)}"
    font = {"size": 12, "color": colour}
    behind = {"bgcolor": tokens(mode).background, "borderpad": 1}
    note(figure, words, x=0, y=top - 0.02, yref="y", xanchor="left", yanchor="top", font=font, **behind)
    if not n:
        return
    base = top - 0.72
    low, high = figure.layout.xaxis.range
    if n >= POINTS_ONLY_BELOW and np.ptp(x) > SPREAD * (high - low):
        grid, height = outline(x)
        figure.add_scatter(
            x=float32(np.r_[grid, grid[::-1]]),
            y=float32(np.r_[base + 0.5 * height, np.full(grid.size, base)]),
            mode="lines",
            fill="toself",
            fillcolor=rgba(colour, 0.18),
            line={"width": 0},
            hoverinfo="skip",
        )
    if n <= DENSITY_ONLY_ABOVE:
        marker = row.style.marker(mode, size=6) | {"opacity": 0.8}
        if row.style.role == "observed":
            marker = {"symbol": "circle", "size": 5, "color": colour, "opacity": 0.7}
        figure.add_scatter(
            x=float32(x),
            y=float32(base - 0.12 + 0.07 * spread_evenly(n)),
            mode="markers",
            marker=marker,
            hovertext=[
                f"{safe(name)}<br>{number(value)}" for name, value in zip(row.names, row.values, strict=True)
            ],
            hoverinfo="text",
        )
    _draw_median(figure, float(np.median(row.values)), float(np.median(x)), base, colour, unit)


def _draw_median(figure: go.Figure, value: float, x: float, base: float, colour: str, unit: str) -> None:
    figure.add_scatter(
        x=float32([x, x]),
        y=float32([base - 0.22, base + 0.5]),
        mode="lines",
        line={"color": colour, "width": 2.4},
        hovertext=f"median over {unit}s {number(value)}",
        hoverinfo="text",
    )
    low, high = figure.layout.xaxis.range
    left = x > (low + high) / 2
    words = f"median <b>{short(value)}</b>"
    side = {"xanchor": "right", "xshift": -5} if left else {"xanchor": "left", "xshift": 5}
    font = {"size": 11.5, "color": colour}
    note(figure, words, x=x, y=base + 0.47, xref="x", yref="y", yanchor="middle", font=font, **side)


def short(value: float) -> str:
    """Write a value with two decimals, more where it is small or next to 1.

    Examples
    --------
    >>> short(0.9951), short(0.0015), short(123456.0)
    ('0.995', '0.0015', '123,456')
    """
    if np.isnan(value):
        return number(value)
    if 0 < abs(value) < 0.1:
        return f"{value:.2g}".replace("-", "−")
    if abs(value) >= 1e7:
        return f"{value:.1e}".replace("-", "−")
    if abs(value) >= 1000:
        return f"{value:,.0f}".replace("-", "−")
    return number(value, 3 if 0.98 <= abs(value) < 1 else 2)


def threshold_lines(
    figure: go.Figure,
    limits: pd.DataFrame,
    places: ArrayLike,
    *,
    mode: Mode,
    xaxis: str = "x",
    bottom: float = 0.0,
) -> None:
    """Draw uprights over the whole figure, each with its words above it; thresholds dashed, what is right in ink.

    Parameters
    ----------
    limits
        Columns panel, value, words; panel `RIGHT` is no threshold but what is right.
    places
        ``(n_lines,)`` on the axis as it is drawn.
    bottom
        Where the lines begin, as a share of the height.
    """
    low, high = getattr(figure.layout, xaxis.replace("x", "xaxis", 1)).range
    at = np.asarray(places, dtype=float)
    there = limits[np.isfinite(at)]
    shown = zip(there["words"], there["panel"], at[np.isfinite(at)].tolist(), strict=True)
    for i, (text, panel, x) in enumerate(shown):
        right = panel == RIGHT
        colour = tokens(mode).ink if right else tokens(mode).warning_text
        figure.add_shape(
            type="line",
            xref=xaxis,
            yref="paper",
            x0=float(x),
            x1=float(x),
            y0=bottom,
            y1=1,
            layer="between",
            line={"color": colour, "width": 1.3, "dash": "solid" if right else "dash"},
        )
        share = (float(x) - low) / ((high - low) or 1)
        room = CHARACTER * len(text) / WIDTH
        anchor = "right" if share + room > 1 else "left"
        note(
            figure,
            safe(text),
            x=float(x),
            y=1,
            xref=xaxis,
            xanchor=anchor,
            yanchor="bottom",
            yshift=2 + LINE * i,
            font={"size": 11, "color": colour},
        )
