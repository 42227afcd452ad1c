"""How far does each shift point away from the average effect? One strip a prediction and reference."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from perturbdash.figures.board import Board, hover_names
from perturbdash.figures.cloud import faded
from perturbdash.figures.density import outline
from perturbdash.figures.models import ModelStyle, style_of
from perturbdash.figures.tables import is_combination, safe, spread_evenly
from perturbdash.figures.theme import Mode, nothing, rgba, tokens
from perturbdash.vocabulary import Reference

Floats = NDArray[np.float64]
ROW, HEAD, FOOT = 46, 12, 74
FEWEST_FOR_DENSITY = 15
MOST_POINTS = 500
BODY, POINTS, JITTER = 0.34, 0.14, 0.1
TICKS = {0: "0°<br>along it", 45: "45°", 90: "90°<br>unrelated", 135: "135°", 180: "180°<br>against it"}


@dataclass(frozen=True, slots=True)
class Strip:
    """The angles of one prediction from one reference, and where they are drawn."""

    style: ModelStyle
    reference: str
    names: list[str]
    angle: Floats
    n: int
    place: float


def angle_strips(
    angles: pd.DataFrame,
    *,
    references: Sequence[Reference] = ("control", "centroid"),
    mode: Mode = "light",
    styles: Mapping[str, ModelStyle] | None = None,
    selected: Collection[str] = (),
) -> go.Figure:
    """Draw the angle of each shift to the average effect: a half violin with its points, and the median in ink.

    Parameters
    ----------
    angles
        Columns prediction (``"observed"`` first), reference, perturbation, angle (degrees; NaN for a shift that
        points nowhere).
    references
        A strip each below a prediction's name.
    selected
        Where there are any, the other points are pale.
    """
    strips = _strips(angles, references, styles)
    if not any(strip.angle.size for strip in strips):
        return nothing(
            mode, "No shift has an angle: it needs an average effect that is not zero.", height=220
        )
    medians = [
        f"{strip.style.label} Δ{strip.reference} {np.median(strip.angle):.0f}°"
        for strip in strips
        if strip.angle.size
    ]
    board = Board(
        mode,
        alt=f"Angle of each shift to the average effect; medians: {', '.join(medians)}.",
        height=HEAD + ROW * len(strips) + FOOT,
        margin={"t": HEAD, "r": 96, "l": 8, "b": 8},
    )
    _draw_axes(board, strips, mode)
    for strip in strips:
        _draw_body(board, strip, mode)
        _draw_points(board, strip, selected, mode)
        _draw_median(board, strip, mode)
    return board.figure()


def _strips(
    angles: pd.DataFrame, references: Sequence[Reference], styles: Mapping[str, ModelStyle] | None
) -> list[Strip]:
    found: list[Strip] = []
    for prediction in dict.fromkeys(angles["prediction"]):
        for reference in references:
            own = angles[(angles["prediction"] == prediction) & (angles["reference"] == reference)]
            there = own[own["angle"].notna()]
            found.append(
                Strip(
                    style_of(prediction, styles),
                    reference,
                    there["perturbation"].astype(str).tolist(),
                    there["angle"].to_numpy(dtype=float),
                    len(own),
                    float(len(found)),
                )
            )
    return found


def _draw_axes(board: Board, strips: Sequence[Strip], mode: Mode) -> None:
    colour = tokens(mode)
    labels = []
    for i, strip in enumerate(strips):
        first = i == 0 or strips[i - 1].style.name != strip.style.name
        name = f'<b><span style="color:{strip.style.line(mode)}">{safe(strip.style.label)}</span></b><br>'
        labels.append(f"{name if first else ''}Δ{strip.reference}")
    board.layout["xaxis"] = {
        "range": [0, 180],
        "tickvals": list(TICKS),
        "ticktext": list(TICKS.values()),
        "title": {"text": "angle of a shift to the average effect"},
    }
    board.layout["yaxis"] = {
        "range": [len(strips) - 0.45, -0.55],
        "tickvals": [strip.place for strip in strips],
        "ticktext": labels,
        "ticks": "",
        "showgrid": False,
        "showline": False,
        "tickfont": {"color": colour.ink},
    }
    board.rule((90, len(strips) - 0.45), (90, -0.55), color=colour.ink, width=1)


def _draw_body(board: Board, strip: Strip, mode: Mode) -> None:
    if strip.angle.size < FEWEST_FOR_DENSITY:
        return
    x, height = outline(strip.angle)
    base = np.full(len(x), strip.place)
    line = strip.style.line(mode)
    board.scatter(
        np.concatenate([x, x[::-1]]),
        np.concatenate([base - BODY * height, base]),
        mode="lines",
        fill="toself",
        fillcolor=rgba(line, 0.28),
        line={"color": line, "width": 1},
        hoverinfo="skip",
    )


def _draw_points(board: Board, strip: Strip, selected: Collection[str], mode: Mode) -> None:
    """Draw a point a perturbation below the violin; of a large screen only those that are selected."""
    names, angle = strip.names, strip.angle
    if len(names) > MOST_POINTS:
        kept = np.isin(names, list(selected)[:MOST_POINTS])
        names, angle = [name for name, there in zip(names, kept, strict=True) if there], angle[kept]
    if not names:
        return
    place_, escaped = hover_names(names)
    chosen = [str(name) for name in selected]
    board.scatter(
        angle,
        strip.place + POINTS + JITTER * spread_evenly(len(names)),
        mode="markers",
        marker={
            "size": 6,
            "color": strip.style.line(mode),
            "symbol": np.where(is_combination(names), "x-thin", "circle"),
            "line": {"color": strip.style.line(mode), "width": np.where(is_combination(names), 1.4, 0.0)},
            "opacity": faded(names, chosen, opacity=0.6),
        },
        customdata=names,
        hovertext=escaped,
        hovertemplate=f"{place_}<br>%{{x:.0f}}°, Δ{strip.reference}, {safe(strip.style.label)}<extra></extra>",
    )


def _draw_median(board: Board, strip: Strip, mode: Mode) -> None:
    colour = tokens(mode)
    grey = {"size": 11, "color": colour.muted}
    where = {"xref": "paper", "yref": "y", "xanchor": "left", "yanchor": "middle", "xshift": 8}
    if not strip.angle.size:
        board.note("points nowhere" if strip.n else "no shift", x=1, y=strip.place, font=grey, **where)
        return
    middle = float(np.median(strip.angle))
    board.scatter(
        [middle, middle],
        [strip.place - 0.36, strip.place + 0.28],
        mode="lines",
        line={"color": colour.ink, "width": 2},
        hoverinfo="skip",
    )
    few = f"<br>n = {strip.angle.size} of {strip.n}" if strip.angle.size < strip.n else ""
    board.note(f"<b>{middle:.0f}°</b>{few}", x=1, y=strip.place, font={"size": 11}, **where)
