"""Observed centroids in ink, predicted ones in the model's colour, a line between the two of a perturbation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.board import Board
from perturbdash.figures.embedding.centroid_marks import (
    HEIGHT,
    Panel,
    draw_anchors,
    draw_lines,
    draw_names,
    draw_observed,
    draw_predicted,
    scaled,
)
from perturbdash.figures.models import OBSERVED, ModelStyle, style_of
from perturbdash.figures.numbers import number, percent
from perturbdash.figures.reference.ranges import Ranges, range_round
from perturbdash.figures.roots import root_ticks
from perturbdash.figures.tables import safe
from perturbdash.figures.theme import Mode, rgba, tokens


def plane_ranges(points: pd.DataFrame, anchors: pd.DataFrame, *, roots: bool) -> Ranges:
    """Return the ranges that all panels share, on root axes in roots; parameters as for `centroid_panel`.

    They hold everything observed and the anchors. A prediction in a wrong scale widens them to at most 1.6 times that.
    """
    observed = (points["prediction"] == OBSERVED).to_numpy(dtype=bool)
    ends = []
    for axis in ("x", "y"):
        everything = scaled(points[axis], roots=roots)
        fixed = np.concatenate([everything[observed], scaled(anchors[axis], roots=roots)])
        ends.append(range_round(fixed[np.isfinite(fixed)], everything[np.isfinite(everything)]))
    return Ranges(*ends)


def centroid_panel(
    points: pd.DataFrame,
    anchors: pd.DataFrame,
    *,
    prediction: str = OBSERVED,
    explained: Sequence[float] | None = None,
    mean_length: float | None = None,
    mode: Mode = "light",
    selected: Sequence[str] = (),
    styles: Mapping[str, ModelStyle] | None = None,
    ranges: Ranges | None = None,
) -> go.Figure:
    """Draw one panel: the observed centroids, and where one model puts them.

    Parameters
    ----------
    points
        Columns prediction (``"observed"`` or a model), perturbation, tested, x, y; and distance, of a predicted
        centroid to its truth.
    anchors
        Columns anchor (``"control mean"``, ``"perturbed centroid"``), x, y; none on a layout without a scale.
    prediction
        The model; ``"observed"`` for a panel without one.
    explained
        Share of the variance on both axes, which are then root axes with true numbers; ``None`` for a layout whose
        axes mean nothing.
    mean_length
        Mean distance of prediction and truth over all genes.
    selected
        Where there are any, the others fade.
    ranges
        The same for all panels, from ``plane_ranges``; by default that of these points.
    """
    roots = explained is not None
    limits = ranges or plane_ranges(points, anchors, roots=roots)
    panel = Panel(mode, style_of(prediction, styles), limits, roots, tuple(selected))
    observed = _placed(points[points["prediction"] == OBSERVED], panel)
    predicted = _placed(points[points["prediction"] == prediction], panel)
    if prediction == OBSERVED:
        predicted = predicted.iloc[:0]
    length = "" if mean_length is None else f"mean length {number(mean_length)}"
    board = Board(
        mode,
        alt=f"{panel.style.label}: {len(observed)} observed centroids"
        + ("" if prediction == OBSERVED else f", joined to {len(predicted)} predicted ones; {length}")
        + (" in the plane of two components." if roots else " in a layout by UMAP."),
        height=HEIGHT,
        margin={"t": 28, "r": 12, **({"l": 8, "b": 8} if roots else {"l": 30, "b": 30})},
    )
    _draw_axes(board, panel, explained)
    _draw_words(board, panel, length)
    if observed.empty:
        grey = {"color": tokens(mode).muted}
        board.note("no centroid to draw", x=0.5, y=0.5, font=grey)
        board.scatter([], [])
        return board.figure()
    draw_lines(board, panel, observed, predicted)
    draw_observed(board, panel, observed)
    draw_predicted(board, panel, predicted)
    draw_anchors(board, panel, anchors)
    draw_names(board, panel, observed, predicted)
    _say_off_scale(board, panel, pd.concat([observed, predicted]))
    return board.figure()


def _placed(rows: pd.DataFrame, panel: Panel) -> pd.DataFrame:
    """Add where each point is drawn: on the scale of the axes, at the edge where it is off."""
    rows = rows[rows["x"].notna() & rows["y"].notna()]
    across, up = (scaled(rows[axis], roots=panel.roots) for axis in ("x", "y"))
    inside = panel.ranges.holds(across, up)
    edges = []
    for values, (low, high) in ((across, panel.ranges.x), (up, panel.ranges.y)):
        room = 0.012 * (high - low)
        edges.append(np.clip(values, low + room, high - room))
    return rows.assign(across=edges[0], up=edges[1], off=~inside).reset_index(drop=True)


def _draw_axes(board: Board, panel: Panel, explained: Sequence[float] | None) -> None:
    for axis, ends, i in (("xaxis", panel.ranges.x, 1), ("yaxis", panel.ranges.y, 2)):
        settings: dict[str, Any] = {"range": list(ends)}
        if explained is None:
            settings |= {"showticklabels": False, "ticks": "", "showgrid": False}
        else:
            low, high = (float(np.sign(end) * end**2) for end in ends)
            settings["tickvals"], settings["ticktext"] = root_ticks(low, high)
            settings["title"] = {"text": f"PC {i} ({percent(float(explained[i - 1]))})"}
        board.layout[axis] = settings


def _draw_words(board: Board, panel: Panel, length: str) -> None:
    high: dict[str, Any] = {"y": 1, "yshift": 4, "yanchor": "bottom"}
    colour = panel.style.line(panel.mode)
    name = f"<b>{safe(panel.style.label)}</b>"
    board.note(name, x=0, xanchor="left", font={"size": 13, "color": colour}, **high)
    if not panel.roots:
        words = {"font": {"size": 12.5}}
        board.note("UMAP 1", x=1, y=0, yshift=-8, xanchor="right", yanchor="top", **words)
        board.note("UMAP 2", x=0, y=1, xshift=-8, xanchor="right", yanchor="top", textangle=-90, **words)
    if length:
        grey = {"size": 11.5, "color": tokens(panel.mode).muted}
        board.note(length, x=1, xanchor="right", font=grey, **high)


def _say_off_scale(board: Board, panel: Panel, points: pd.DataFrame) -> None:
    off = points[points["off"]]
    if off.empty:
        return
    size = np.hypot(off["x"].to_numpy(dtype=float), off["y"].to_numpy(dtype=float))
    row = off.iloc[int(size.argmax())]
    words = f"{len(off):,} off the scale, at the edge"
    if panel.roots:
        words += f"<br>{safe(row['perturbation'])} at {number(row['x'])}, {number(row['y'])}"
    grey = {"size": 10, "color": tokens(panel.mode).muted}
    ground = {"bgcolor": rgba(tokens(panel.mode).background, 0.75), "borderpad": 1, "align": "left"}
    board.note(words, x=0.01, y=0.01, xanchor="left", yanchor="bottom", font=grey, **ground)
