"""Observed and predicted shifts as arrows, along the average effect and across it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from plotly import graph_objects as go

from perturbdash.figures.board import Board
from perturbdash.figures.models import OBSERVED, model_styles
from perturbdash.figures.numbers import number
from perturbdash.figures.theme import Mode, nothing, rgba, tokens
from perturbdash.vocabulary import Reference

Floats = NDArray[np.float64]
ANCHOR: dict[Reference, str] = {"control": "control", "centroid": "average"}
SYMBOLS: dict[Reference, str] = {"control": "square", "centroid": "x"}
HEIGHT = 330
MARGIN = 0.08
LEAST = 0.3
"""Log1p units that the figure reaches to either side of the average effect at least."""
EMPTY = "No shift was measured, so there is nothing to draw."


def playground_shifts(
    points: pd.DataFrame, anchors: pd.DataFrame, *, reference: Reference, mode: Mode = "light"
) -> go.Figure:
    """Draw the shifts of some perturbations from one reference, predicted ones in the first model's colour.

    Parameters
    ----------
    points
        Columns prediction (``"observed"``, ``"model"``), perturbation, along, across; the heads.
    anchors
        Columns anchor (``"control"``, ``"average"``), along, across; arrows start at that of the reference.
    """
    tail = _anchor(anchors, ANCHOR[reference])
    heads = points[points[["along", "across"]].notna().all(axis=1)]
    if tail is None or heads.empty:
        return nothing(mode, EMPTY, height=HEIGHT)
    ink, blue = tokens(mode).ink, model_styles(["model"])["model"].line(mode)
    n = heads["perturbation"].nunique()
    board = Board(
        mode,
        alt=f"Observed and predicted shifts of {n} perturbations as arrows from the {ANCHOR[reference]}; "
        f"{_lengths(heads, tail)}.",
        height=HEIGHT,
        margin={"t": 10, "l": 8, "r": 12, "b": 8},
    )
    _draw_axes(board, heads, anchors)
    own = heads["prediction"] == OBSERVED
    for part, name, colour, opacity in (
        (heads[own], "observed", ink, 0.55),
        (heads[~own], "predicted", blue, 0.9),
    ):
        _draw_arrows(board, part, tail, name=name, colour=colour, opacity=opacity)
    _draw_anchors(board, anchors, reference, mode)
    return board.figure()


def _anchor(anchors: pd.DataFrame, name: str) -> Floats | None:
    found = anchors.loc[anchors["anchor"] == name, ["along", "across"]].to_numpy(dtype=float)
    return None if not len(found) or np.isnan(found[0]).any() else np.asarray(found[0])


def _lengths(heads: pd.DataFrame, tail: Floats) -> str:
    """Return the mean length of the arrows in words."""
    steps = heads[["along", "across"]].to_numpy(dtype=float) - tail
    length = pd.Series(np.hypot(*steps.T)).groupby(heads["prediction"].to_numpy(), sort=False).mean()
    words = {OBSERVED: "observed", "model": "predicted"}
    return "mean length " + ", ".join(
        f"{words.get(str(name), str(name))} {number(float(value))}" for name, value in length.items()
    )


def _draw_axes(board: Board, heads: pd.DataFrame, anchors: pd.DataFrame) -> None:
    for axis, column, title in (
        ("xaxis", "along", "along the average effect"),
        ("yaxis", "across", "across it (first component)"),
    ):
        values = np.concatenate([heads[column].to_numpy(dtype=float), anchors[column].to_numpy(dtype=float)])
        least = LEAST if column == "across" else 0.0
        low, high = min(np.nanmin(values), -least), max(np.nanmax(values), least)
        room = MARGIN * max(high - low, LEAST)
        board.layout[axis] = {
            "range": [float(low - room), float(high + room)],
            "showgrid": False,
            "title": {"text": title},
        }


def _draw_arrows(
    board: Board, part: pd.DataFrame, tail: Floats, *, name: str, colour: str, opacity: float
) -> None:
    """Draw arrows as one trace, each as tail, head and a break; each head has its name to hover over."""
    if part.empty:
        return
    heads = part[["along", "across"]].to_numpy(dtype=float)
    ends = np.full((len(part), 3, 2), np.nan)
    ends[:, 0], ends[:, 1] = tail, heads
    faint = rgba(colour, opacity)
    board.scatter(
        ends[..., 0].ravel(),
        ends[..., 1].ravel(),
        mode="lines+markers",
        name=name,
        line={"color": faint, "width": 1.1},
        marker={
            "symbol": "arrow",
            "angleref": "previous",
            "color": faint,
            "size": np.tile([0, 8, 0], len(part)).astype(np.float32),
            "line": {"width": 0},
        },
        hovertemplate=f"%{{customdata}}, {name}<br>along %{{x:.2f}}, across %{{y:.2f}}<extra></extra>",
        customdata=np.repeat([str(label) for label in part["perturbation"]], 3).tolist(),
    )


def _draw_anchors(board: Board, anchors: pd.DataFrame, reference: Reference, mode: Mode) -> None:
    """Draw control and average, the one in use filled, both named below."""
    ink, ground = tokens(mode).ink, rgba(tokens(mode).background, 0.8)
    for kind, name in ANCHOR.items():
        position = _anchor(anchors, name)
        if position is None:
            continue
        used = kind == reference
        marker = {
            "symbol": SYMBOLS[kind] + ("" if used else "-open"),
            "size": 11,
            "color": ink,
            "line": {"color": ink, "width": 0 if used else 1.6},
        }
        board.scatter(
            position[:1], position[1:], mode="markers", marker=marker, hovertext=name, hoverinfo="text"
        )
        x, y = position.tolist()
        words = f"<b>{name}</b>" if used else name
        board.note(
            words,
            x=x,
            y=y,
            xref="x",
            yref="y",
            yanchor="top",
            yshift=-9,
            bgcolor=ground,
            borderpad=0,
            font={"size": 12},
        )
