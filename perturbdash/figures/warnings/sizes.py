"""Are predicted shifts as large as observed ones? Norms against norms, and slopes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.models import ModelStyle
from perturbdash.figures.numbers import number
from perturbdash.figures.tables import float32, safe
from perturbdash.figures.theme import Mode, canvas, note, nothing, tokens
from perturbdash.figures.warnings.scales import log_place, log_ticks, root_scale
from perturbdash.figures.warnings.strips import Row, known, short, strips, style_for

HEIGHT = 380
MOST_POINTS = 2000


def norms(
    points: pd.DataFrame,
    limits: pd.DataFrame,
    *,
    model: str,
    mode: Mode = "light",
    style: ModelStyle | None = None,
) -> go.Figure:
    """Draw the norm of each predicted shift against the observed one, with lines of equal ratio.

    Parameters
    ----------
    points
        Columns perturbation, observed_norm, predicted_norm, ratio.
    limits
        Columns panel, value, words: the ratios.
    """
    drawn = points[(points["observed_norm"] > 0) & (points["predicted_norm"] > 0)]
    if drawn.empty:
        return nothing(mode, "No predicted shift has a size above 0, so nothing is drawn.", height=160)
    drawn = drawn.iloc[np.linspace(0, len(drawn) - 1, min(len(drawn), MOST_POINTS)).astype(int)]
    x, y = (log_place(drawn[name]) for name in ("observed_norm", "predicted_norm"))
    low, high = min(x.min(), y.min()) - 0.08, max(x.max(), y.max()) + 0.08
    ratio = float(points["ratio"].median())
    alt = f"Norm of predicted against observed shifts of {len(points)} perturbations, median ratio {short(ratio)}."
    figure = canvas(mode, alt=alt, height=HEIGHT, margin={"t": 30, "r": 46})
    ticks, words = log_ticks(float(10**low), float(10**high))
    axis = {"range": [low, high], "tickvals": float32(ticks), "ticktext": words}
    figure.update_xaxes(title_text="observed ‖Δcontrol‖₂, log1p units", constrain="domain", **axis)
    figure.update_yaxes(title_text="predicted ‖Δcontrol‖₂", scaleanchor="x", constrain="domain", **axis)
    for value in known(limits)["value"].astype(float):
        _draw_ratio(figure, value, low, high, mode)
    figure.add_scatter(
        x=float32(x),
        y=float32(y),
        mode="markers",
        marker=style_for(model, style).marker(mode, size=7) | {"opacity": 0.85},
        hovertext=[
            f"{safe(row['perturbation'])}<br>{number(row['predicted_norm'])} predicted, "
            f"{number(row['observed_norm'])} observed, ratio {number(row['ratio'])}"
            for row in drawn.to_dict("records")
        ],
        hoverinfo="text",
    )
    font = {"size": 11.5, "color": style_for(model, style).line(mode)}
    note(
        figure,
        f"median ratio <b>{short(ratio)}</b>",
        x=low,
        y=1,
        xref="x",
        xanchor="left",
        yanchor="bottom",
        yshift=4,
        font=font,
    )
    return figure


def _draw_ratio(figure: go.Figure, value: float, low: float, high: float, mode: Mode) -> None:
    """Draw where predicted is ``value`` times observed; the right size in ink, a threshold dashed."""
    colour = tokens(mode)
    right = value == 1
    up = float(np.log10(value))
    ends = (low, high) if up >= 0 else (low - up, high)
    ends = (ends[0], high - up if up > 0 else high)
    line = {"color": colour.ink if right else colour.warning_text, "width": 1.2}
    figure.add_scatter(
        x=float32(ends),
        y=float32([ends[0] + up, ends[1] + up]),
        mode="lines",
        line=line if right else line | {"dash": "dash"},
        hoverinfo="skip",
    )
    text = f"× {value:g}"
    side: dict[str, Any] = (
        {"xanchor": "center", "yanchor": "bottom"}
        if up > 0
        else {"xanchor": "left", "yanchor": "middle", "xshift": 3}
    )
    font = {"size": 11, "color": line["color"]}
    note(figure, text, x=ends[1], y=ends[1] + up, xref="x", yref="y", font=font, **side)


def slopes(
    points: pd.DataFrame,
    limits: pd.DataFrame,
    *,
    model: str,
    mode: Mode = "light",
    style: ModelStyle | None = None,
) -> go.Figure:
    """Draw the slope of predicted on observed shifts of each perturbation, and the ratio of norms below.

    Parameters
    ----------
    points
        Columns perturbation, slope, ratio.
    limits
        Columns panel, value, words.
    """
    if points.empty or points[["slope", "ratio"]].notna().sum().max() == 0:
        return nothing(mode, "No slope is defined, so nothing is drawn.", height=160)
    names = [str(name) for name in points["perturbation"]]
    own = style_for(model, style)
    rows = [
        Row("slope of predicted on observed", points["slope"].to_numpy(dtype=float), names, own),
        Row("ratio of the norms", points["ratio"].to_numpy(dtype=float), names, own),
    ]
    alt = (
        f"Slope of predicted on observed shifts of {len(points)} perturbations of {model}: median "
        f"{short(float(points['slope'].median()))}; ratio of norms {short(float(points['ratio'].median()))}."
    )
    return strips(rows, limits, root_scale("predicted over observed size (root axis)"), mode=mode, alt=alt)
