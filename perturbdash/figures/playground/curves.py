"""What happens when one slider alone is moved: a few lines, and a line at where it stands now."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from plotly import graph_objects as go

from perturbdash.figures.board import Board
from perturbdash.figures.models import model_styles
from perturbdash.figures.numbers import number
from perturbdash.figures.tables import safe
from perturbdash.figures.theme import Mode, nothing, rgba, tokens

HEIGHT = 330
FLOOR = -0.6
"""Lines are not followed below this value, where all that matters would be flat."""
GAP = 0.062
"""Least distance of two names at the right edge, as a share of the height."""
RIGHT = 104
WIDE = 200
"""Ratio of the ends of an axis above which its ticks are powers of ten."""
EMPTY = "Nothing was computed, so there is no curve to draw."


@dataclass(frozen=True, slots=True)
class Line:
    """How one line is drawn.

    Parameters
    ----------
    colour
        ``"model"``, ``"ink"`` or ``"muted"``.
    """

    words: str
    colour: str
    dash: str = "solid"
    width: float = 2


LINES: Mapping[str, Line] = {
    "average": Line("the average", "muted", "dot"),
    "control": Line("control", "muted", "dot"),
    "repeat": Line("a repeat", "ink"),
    "model": Line("model", "model", width=2.6),
    "pds_l1": Line("city-block", "model", width=2.6),
    "pds_cosine": Line("angle", "model", "dash"),
    "cosine": Line("published", "ink"),
    "cosine_leave_one_out": Line("leave one out", "ink", "dash", width=1.4),
    "cosine_split_control": Line("controls split", "ink", "dot"),
}
BETWEEN = (("average", "repeat"), ("control", "repeat"))
"""Lines between which a metric can tell: below the first nothing is better than the average."""


def playground_curve(
    curve: pd.DataFrame,
    *,
    now: float,
    x_label: str,
    y_label: str,
    logarithmic: bool = False,
    mode: Mode = "light",
) -> go.Figure:
    """Draw the lines of a curve over one slider.

    Parameters
    ----------
    curve
        Columns at, line, value; lines as in `LINES`, unknown ones in ink under their own name.
    now
        Where the slider stands; a point of the curve.
    """
    shown = curve[curve["value"].notna()]
    if shown.empty:
        return nothing(mode, EMPTY, height=HEIGHT)
    low, high = max(min(0.0, float(shown["value"].min())), FLOOR), max(1.0, float(shown["value"].max()))
    room = 0.06 * (high - low)
    board = Board(
        mode,
        alt=f"{y_label} over {x_label}: " + "; ".join(_said(shown, line, now) for line in _names(shown)),
        height=HEIGHT,
        margin={"t": 12, "l": 8, "r": RIGHT, "b": 8},
        hovermode="x",
    )
    board.layout["yaxis"] = {"range": [low - room, high + room], "title": {"text": safe(y_label)}}
    board.layout["xaxis"] = _x_axis(curve, x_label, logarithmic=logarithmic)
    _draw_tint(board, shown, mode)
    for line in _names(shown):
        _draw_line(board, shown[shown["line"] == line], _style(line), now, mode)
    _draw_now(board, now, (low - room, high + room), logarithmic=logarithmic, mode=mode)
    _draw_names(board, shown, (low - room, high + room), mode)
    return board.figure()


def _names(shown: pd.DataFrame) -> list[str]:
    """Return the lines in the order in which they are drawn, the model last."""
    present = [str(line) for line in shown["line"].unique()]
    return [line for line in LINES if line in present] + [line for line in present if line not in LINES]


def _style(line: str) -> Line:
    return LINES.get(line, Line(line, "ink"))


def _colour(line: Line, mode: Mode) -> str:
    if line.colour == "model":
        return model_styles(["model"])["model"].line(mode)
    return tokens(mode).ink if line.colour == "ink" else tokens(mode).muted


def _said(shown: pd.DataFrame, line: str, now: float) -> str:
    own = shown[shown["line"] == line]
    nearest = int((own["at"] - now).abs().to_numpy().argmin())
    return f"{_style(line).words} {number(float(own['value'].iloc[nearest]))} where it stands now"


def _x_axis(curve: pd.DataFrame, x_label: str, *, logarithmic: bool) -> dict[str, Any]:
    low, high = float(curve["at"].min()), float(curve["at"].max())
    axis: dict[str, Any] = {"title": {"text": safe(x_label)}}
    if not logarithmic:
        return axis | {"range": [low, high if high > low else low + 1]}
    ends = [math.log10(low), math.log10(high if high > low else 10 * low)]
    ticks = [low, *(tick for tick in _between(low, high) if 2 * low <= tick <= high / 2), high]
    return axis | {
        "type": "log",
        "range": ends,
        "tickangle": 0,
        "tickvals": ticks,
        "ticktext": [f"{tick:,.0f}" for tick in ticks],
    }


def _between(low: float, high: float) -> list[float]:
    """Return values for ticks: powers of ten, over less than two decades each four times the last."""
    base = 10 if high / low > WIDE else 4
    first = 10 if base == 10 else low
    return [first * base**i for i in range(8)]


def _draw_tint(board: Board, shown: pd.DataFrame, mode: Mode) -> None:
    """Tint where a repeat stands above the negative control: what the metric can tell."""
    wide = shown.pivot_table(index="at", columns="line", values="value", sort=True)
    for below, above in BETWEEN:
        if below not in wide or above not in wide:
            continue
        both = wide[[below, above]].dropna().clip(lower=FLOOR)
        fill = rgba(tokens(mode).informative, 0.13)
        base = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
        board.scatter(both.index.to_numpy(), both[below].to_numpy(), **base)
        top = both[[below, above]].max(axis=1).to_numpy()
        board.scatter(both.index.to_numpy(), top, fill="tonexty", fillcolor=fill, **base)


def _draw_line(board: Board, own: pd.DataFrame, line: Line, now: float, mode: Mode) -> None:
    colour = _colour(line, mode)
    own = own.sort_values("at")
    hover = f"{safe(line.words)} %{{y:.2f}}<extra></extra>"
    at, value = own["at"].to_numpy(dtype=float), own["value"].to_numpy(dtype=float)
    board.scatter(
        at,
        value,
        mode="lines",
        name=safe(line.words),
        line={"color": colour, "width": line.width, "dash": line.dash, "shape": "spline", "smoothing": 0.9},
        hovertemplate=hover,
    )
    here = np.isclose(at, now)
    if here.any():
        ring = {"color": tokens(mode).background, "width": 1.5}
        marker = {"size": 9, "color": colour, "line": ring}
        board.scatter(at[here], value[here], mode="markers", marker=marker, hoverinfo="skip")


def _draw_now(board: Board, now: float, ends: tuple[float, float], *, logarithmic: bool, mode: Mode) -> None:
    board.rule((now, ends[0]), (now, ends[1]), color=tokens(mode).ink, width=1)
    shown = f"now {now:,.0f}" if logarithmic or float(now).is_integer() else f"now {now:g}"
    ground = rgba(tokens(mode).background, 0.8)
    x = math.log10(now) if logarithmic else now
    axis = board.layout["xaxis"]["range"]
    right = (x - axis[0]) / (axis[1] - axis[0]) > 0.75
    place = {"xanchor": "right" if right else "left", "xshift": -5 if right else 5}
    board.note(
        shown, x=x, y=1, xref="x", yref="paper", yanchor="top", bgcolor=ground, font={"size": 12}, **place
    )


def _draw_names(board: Board, shown: pd.DataFrame, ends: tuple[float, float], mode: Mode) -> None:
    """Name the lines where they end, pushed apart."""
    names = _names(shown)
    last = [shown[shown["line"] == line].sort_values("at")["value"].iloc[-1] for line in names]
    wanted = [(max(float(value), FLOOR) - ends[0]) / (ends[1] - ends[0]) for value in last]
    for line, y in zip(names, apart(wanted), strict=True):
        style = _style(line)
        board.note(
            f"<b>{safe(style.words)}</b>",
            x=1,
            y=y,
            xanchor="left",
            xshift=6,
            yanchor="middle",
            font={"size": 12, "color": _colour(style, mode)},
        )


def apart(wanted: Sequence[float], gap: float = GAP) -> list[float]:
    """Return heights near those wanted, at least a gap apart, in the same order, between 0 and 1.

    Examples
    --------
    >>> [round(y, 2) for y in apart([0.9, 0.9, 0.1], gap=0.1)]
    [0.85, 0.95, 0.1]
    """
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    found = [wanted[i] for i in order]
    for _ in range(20):
        for i in range(1, len(found)):
            if found[i] - found[i - 1] < gap:
                middle = (found[i] + found[i - 1]) / 2
                found[i - 1], found[i] = middle - gap / 2, middle + gap / 2
        top = max([0.0, *(found[-1:] and [found[-1] - 1])])
        found = [y - top for y in found]
        low = min([0.0, *found[:1]])
        found = [y - low for y in found]
    back = [0.0] * len(wanted)
    for place, i in enumerate(order):
        back[i] = found[place]
    return back
