"""Is the shared effect noise of one control mean? Cosines as published against those with the controls split."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.models import style_of
from perturbdash.figures.tables import float32, safe
from perturbdash.figures.theme import Mode, canvas, note, nothing, tokens
from perturbdash.figures.warnings.strips import known, short

HEIGHT = 420
MOST_POINTS = 2000


def published_against_split(points: pd.DataFrame, limits: pd.DataFrame, *, mode: Mode = "light") -> go.Figure:
    """Draw the cosine to the average effect with the controls split against the published one, and both means.

    Parameters
    ----------
    points
        Columns perturbation, cosine, cosine_split_control.
    limits
        Columns panel, value (how far the mean may lie below the published one), words.
    """
    drawn = points[points["cosine"].notna() & points["cosine_split_control"].notna()]
    if drawn.empty:
        return nothing(mode, "No cosine is defined in both forms, so nothing is drawn.", height=160)
    colour = tokens(mode)
    x, y = (drawn[name].to_numpy(dtype=float) for name in ("cosine", "cosine_split_control"))
    mean_x, mean_y = float(x.mean()), float(y.mean())
    alt = (
        f"Cosine to the average effect of {len(drawn)} perturbations: mean {short(mean_x)} as published, "
        f"{short(mean_y)} with the controls split."
    )
    figure = canvas(mode, alt=alt, height=HEIGHT, margin={"t": 30, "b": 44})
    low = min(-0.05, float(min(x.min(), y.min())) - 0.05)
    figure.update_xaxes(title_text="cosine as published", range=[low, 1.03], constrain="domain")
    figure.update_yaxes(
        title_text="cosine with the controls split", range=[low, 1.03], scaleanchor="x", constrain="domain"
    )
    _diagonal(figure, 0.0, low, {"color": colour.ink, "width": 1.2})
    for row in known(limits).to_dict("records"):
        gap = float(row["value"])
        _diagonal(figure, gap, low, {"color": colour.warning_text, "width": 1.3, "dash": "dash"})
        font = {"size": 11, "color": colour.warning_text}
        note(
            figure,
            f"dashed: {safe(row['words'])}",
            x=low,
            y=1,
            xref="x",
            xanchor="left",
            yanchor="bottom",
            yshift=2,
            font=font,
        )
    rows = np.linspace(0, len(drawn) - 1, min(len(drawn), MOST_POINTS)).astype(int)
    figure.add_scatter(
        x=float32(x[rows]),
        y=float32(y[rows]),
        mode="markers",
        marker={"size": 6, "color": colour.delta_control, "opacity": 0.7},
        hovertext=[
            f"{safe(name)}<br>{short(a)} as published, {short(b)} split"
            for name, a, b in zip(drawn["perturbation"].iloc[rows], x[rows], y[rows], strict=True)
        ],
        hoverinfo="text",
    )
    marker = style_of("observed").marker(mode, size=15) | {"symbol": "x-thin"}
    words = f"<b>mean {short(mean_x)}, {short(mean_y)} split</b>"
    figure.add_scatter(
        x=float32([mean_x]),
        y=float32([mean_y]),
        mode="markers",
        marker=marker,
        hovertext=words,
        hoverinfo="text",
    )
    side = {"xanchor": "right", "xshift": -12} if mean_x > 0.4 else {"xanchor": "left", "xshift": 12}
    note(
        figure,
        words,
        x=mean_x,
        y=mean_y,
        xref="x",
        yref="y",
        yanchor="middle",
        font={"size": 12, "color": colour.ink},
        **side,
    )
    return figure


def _diagonal(figure: go.Figure, gap: float, low: float, line: dict[str, object]) -> None:
    figure.add_scatter(
        x=float32([low, 1.03]), y=float32([low - gap, 1.03 - gap]), mode="lines", line=line, hoverinfo="skip"
    )
