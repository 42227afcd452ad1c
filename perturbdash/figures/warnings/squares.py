"""Which are there, and which are not? One square a perturbation or gene."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.models import ModelStyle
from perturbdash.figures.numbers import count
from perturbdash.figures.tables import safe
from perturbdash.figures.theme import Mode, canvas, note, nothing, rgba, tokens
from perturbdash.figures.warnings.strips import style_for

ACROSS = 40
LARGEST, SMALLEST = 18.0, 3.0
MOST_HEIGHT = 300.0
HEAD = 40
NAMED_SQUARES = 2000
SIGNED_SQUARES = 800
STATES = ("predicted", "missing", "training, predicted", "training", "neither")
SIGNS = {"predicted": "", "missing": "×", "training, predicted": "!", "training": "", "neither": ""}
WORDS = {
    "predicted": "predicted",
    "missing": "× missing",
    "training, predicted": "! training, predicted",
    "training": "training, not predicted",
    "neither": "neither test nor training",
}


def presence(
    points: pd.DataFrame, *, model: str, mode: Mode = "light", style: ModelStyle | None = None
) -> go.Figure:
    """Draw a strip of squares for perturbations, and one for genes: filled = predicted, marked = the finding.

    Parameters
    ----------
    points
        Columns strip (what a square is), name, state (one of ``STATES``); strips in their order.
    """
    if points.empty:
        return nothing(mode, "Nothing is asked for, so nothing can be missing.", height=160)
    strips = [(str(name), rows) for name, rows in points.groupby("strip", sort=False)]
    heights = [_height(len(rows)) for _, rows in strips]
    total = sum(heights) + HEAD * len(strips)
    figure = canvas(
        mode, alt=_alt(points, model), height=round(total + 10), margin={"t": 2, "b": 4, "l": 2, "r": 2}
    )
    top = 1.0
    colours = _colours(style_for(model, style), mode)
    for i, ((name, rows), height) in enumerate(zip(strips, heights, strict=True)):
        rows = rows.assign(order=rows["state"].map(STATES.index)).sort_values("order", kind="stable")
        head, own = HEAD / total, height / total
        _say(figure, name, rows, top, mode)
        axis = "" if not i else str(i + 1)
        domain = [max(0.0, top - head - own), top - head]
        _draw(figure, rows, axis, domain, colours, mode)
        top -= head + own
    return figure


def _columns(n: int) -> int:
    return max(ACROSS, math.ceil(math.sqrt(n * 4)))


def _height(n: int) -> float:
    """Pixels of a strip of n squares."""
    lines = math.ceil(n / _columns(n))
    size = min(LARGEST, max(SMALLEST, MOST_HEIGHT / max(lines, 1)))
    return max(LARGEST, lines * size)


def _colours(style: ModelStyle, mode: Mode) -> list[str]:
    """Return the colour of each state."""
    colour = tokens(mode)
    return [
        rgba(style.colour(mode), 0.45),
        rgba(colour.warning_text, 0.85),
        rgba(colour.warning_text, 0.85),
        rgba(colour.baseline, 0.35),
        rgba(colour.baseline, 0.15),
    ]


def _say(figure: go.Figure, strip: str, rows: pd.DataFrame, top: float, mode: Mode) -> None:
    counts = rows["state"].value_counts()
    told = [f"{count(counts[state])} {WORDS[state]}" for state in STATES if state in counts]
    words = f"<b>{count(len(rows))} {safe(strip)}</b>: {', '.join(told)}"
    font = {"size": 12, "color": tokens(mode).ink}
    note(figure, words, x=0, y=top, xanchor="left", yanchor="top", yshift=-6, font=font)


def _draw(
    figure: go.Figure, rows: pd.DataFrame, axis: str, domain: list[float], colours: list[str], mode: Mode
) -> None:
    n, across = len(rows), _columns(len(rows))
    lines = math.ceil(n / across)
    z = np.full(lines * across, np.nan, dtype=np.float32)
    z[:n] = rows["order"]
    names = [
        *(f"{safe(name)}: {WORDS[state]}" for name, state in zip(rows["name"], rows["state"], strict=True))
    ]
    names += [""] * (lines * across - n)
    signs = [SIGNS[state] for state in rows["state"]] + [""] * (lines * across - n)
    steps = len(STATES)
    scale = [[(i + j) / steps, colour] for i, colour in enumerate(colours) for j in (0, 1)]
    figure.add_heatmap(
        z=z.reshape(lines, across),
        zmin=-0.5,
        zmax=steps - 0.5,
        colorscale=scale,
        showscale=False,
        xgap=1 if n <= NAMED_SQUARES else 0,
        ygap=1 if n <= NAMED_SQUARES else 0,
        hovertext=_rows(names, across) if n <= NAMED_SQUARES else None,
        hoverinfo="text" if n <= NAMED_SQUARES else "skip",
        hoverongaps=False,
        text=_rows(signs, across) if n <= SIGNED_SQUARES else None,
        texttemplate="%{text}" if n <= SIGNED_SQUARES else None,
        textfont={"size": 11, "color": tokens(mode).background},
        xaxis=f"x{axis}",
        yaxis=f"y{axis}",
    )
    shown = {"visible": False, "fixedrange": True}
    figure.update_layout(
        {
            f"xaxis{axis}": shown | {"anchor": f"y{axis}", "range": [-0.5, across - 0.5]},
            f"yaxis{axis}": shown | {"anchor": f"x{axis}", "domain": domain, "range": [lines - 0.5, -0.5]},
        }
    )


def _rows(values: list[str], across: int) -> list[list[str]]:
    return [values[start : start + across] for start in range(0, len(values), across)]


def _alt(points: pd.DataFrame, model: str) -> str:
    told = []
    for strip, rows in points.groupby("strip", sort=False):
        counts = rows["state"].value_counts()
        states = ", ".join(f"{counts[state]} {state}" for state in STATES if state in counts)
        told.append(f"{len(rows)} {strip}: {states}")
    return f"What {model} predicts. {'; '.join(told)}."
