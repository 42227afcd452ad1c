"""Single cells in the plane, coloured by what was done to them, by a label, or by a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.board import Board
from perturbdash.figures.cloud import WEBGL_POINTS
from perturbdash.figures.embedding.bins import Grid, contours, density, grid, value_scale
from perturbdash.figures.models import FILLS, LINES, SYMBOLS
from perturbdash.figures.names import cut
from perturbdash.figures.tables import float32, safe
from perturbdash.figures.theme import Mode, rgba, tokens
from perturbdash.vocabulary import CONTROL

HEIGHT = 470
SEVENTH: dict[Mode, tuple[str, str]] = {"light": ("#F0E442", "#6B6400"), "dark": ("#F0E442", "#F0E442")}
"""Yellow of Okabe and Ito, fill and outline, beside the six colours that models have elsewhere."""
LEVEL_SYMBOLS = (*SYMBOLS, "star")
MOST_LEVELS = len(LEVEL_SYMBOLS)
DOT, MARK, MARK_OF_MANY = 3, 6, 4
MANY_MARKS = 5_000
LONGEST_NAME = 24


def cells_by_level(
    cells: pd.DataFrame,
    chosen: Sequence[str],
    *,
    axes: tuple[str, str],
    other: str = "other",
    mode: Mode = "light",
) -> go.Figure:
    """Draw cells with up to seven labels in colours and symbols, ``control`` as open squares, the rest grey.

    Above 20,000 cells the rest is drawn as density, and of the labelled cells those that ``drawn`` names.

    Parameters
    ----------
    cells
        Columns x, y, name (what was done to a cell, for the hover), level (its label, empty for none), drawn.
    chosen
        Labels in colour, at most seven besides ``control``.
    axes
        Names of both axes.
    other
        What the grey cells are called.
    """
    cells = _with_place(cells)
    shown = [level for level in chosen if level != CONTROL][:MOST_LEVELS]
    many = len(cells) > WEBGL_POINTS
    board = _board(mode, axes, f"{len(cells):,} cells in the plane; coloured: {', '.join(chosen) or 'none'}.")
    if cells.empty:
        return _nothing(board, mode)
    level = cells["level"].astype(str)
    coloured = level.isin([*shown, CONTROL] if CONTROL in chosen else shown)
    if many:
        found = grid(cells["x"], cells["y"])
        board.traces += [density(found, mode), contours(found, mode)]
        cells = cells[cells["drawn"].to_numpy(dtype=bool)]
        level, coloured = level[cells.index], coloured[cells.index]
    elif not coloured.all():
        grey = {"size": DOT, "color": tokens(mode).baseline, "opacity": 0.42}
        _draw(board, cells[~coloured], grey, other)
    size = MARK if int(coloured.sum()) <= MANY_MARKS else MARK_OF_MANY
    if CONTROL in chosen:
        line = {"color": tokens(mode).ink, "width": 1.1}
        look = {
            "symbol": "square-open",
            "size": size,
            "color": tokens(mode).ink,
            "line": line,
            "opacity": 0.75,
        }
        _draw(board, cells[level == CONTROL], look, CONTROL)
    for place, name in enumerate(shown):
        _draw(board, cells[level == name], _look(place, mode, size), name)
    _select_anywhere(board, cells)
    return board.figure()


def cells_by_value(
    cells: pd.DataFrame, *, label: str, axes: tuple[str, str], binned: bool, mode: Mode = "light"
) -> go.Figure:
    """Draw cells by a value: each its own colour, or the mean of a bin, with lines of equal density.

    Parameters
    ----------
    cells
        Columns x, y, name, value (NaN where there is none).
    label
        What the value is, with its unit.
    binned
        Draw bins also where cells are few; above 20,000 cells they always are.
    """
    cells = _with_place(cells)
    binned = binned or len(cells) > WEBGL_POINTS
    known = int(cells["value"].notna().sum())
    board = _board(
        mode, axes, f"{known:,} cells in the plane, by {label}{', averaged in bins' if binned else ''}."
    )
    if not known:
        return _nothing(board, mode)
    bar = {
        "title": {"text": safe(label), "side": "top", "font": {"size": 11.5}},
        "orientation": "h",
        "x": 0,
        "xanchor": "left",
        "y": 1.01,
        "yanchor": "bottom",
        "len": 0.45,
        "thickness": 8,
        "outlinewidth": 0,
        "tickfont": {"color": tokens(mode).muted, "size": 11},
    }
    if binned:
        _draw_bins(board, cells, bar, mode)
    else:
        marker = {
            "size": DOT + 1,
            "color": float32(cells["value"]),
            "colorscale": value_scale(mode),
            "colorbar": bar,
            "line": {"width": 0},
        }
        _draw(board, cells, marker, label)
    _select_anywhere(board, cells)
    board.layout["showlegend"] = False
    return board.figure()


def _with_place(cells: pd.DataFrame) -> pd.DataFrame:
    there = np.isfinite(cells[["x", "y"]].to_numpy(dtype=float)).all(axis=1)
    found: pd.DataFrame = cells[there]
    return found


def _board(mode: Mode, axes: tuple[str, str], alt: str) -> Board:
    plain: dict[str, Any] = {"showticklabels": False, "ticks": "", "showgrid": False}
    board = Board(
        mode,
        alt=alt,
        height=HEIGHT,
        margin={"t": 64, "l": 30, "r": 12, "b": 30},
        xaxis=plain,
        yaxis=plain,
        showlegend=True,
        dragmode="select",
        legend={"itemsizing": "constant", "tracegroupgap": 2},
    )
    words = {"font": {"size": 12.5}}
    board.note(safe(axes[0]), x=1, y=0, yshift=-8, xanchor="right", yanchor="top", **words)
    board.note(safe(axes[1]), x=0, y=1, xshift=-8, xanchor="right", yanchor="top", textangle=-90, **words)
    return board


def _nothing(board: Board, mode: Mode) -> go.Figure:
    board.note("no cell has a place or a value here", x=0.5, y=0.5, font={"color": tokens(mode).muted})
    board.scatter([], [])
    return board.figure()


def _look(place: int, mode: Mode, size: int) -> dict[str, Any]:
    """Return the mark of a coloured label."""
    fill, line = (FILLS[mode][place], LINES[mode][place]) if place < len(FILLS[mode]) else SEVENTH[mode]
    outline = {"color": line, "width": 0.8 if line != fill else 0}
    return {"symbol": LEVEL_SYMBOLS[place], "size": size, "color": fill, "line": outline, "opacity": 0.85}


def _draw(board: Board, cells: pd.DataFrame, marker: dict[str, Any], name: str) -> None:
    if cells.empty:
        return
    faint = {"marker": {"opacity": 0.15}}
    strong = marker.get("opacity", 1)
    board.scatter(
        cells["x"],
        cells["y"],
        type="scattergl",
        mode="markers",
        name=safe(cut(name, LONGEST_NAME)),
        marker=marker,
        hovertext=[safe(item) for item in cells["name"]],
        hoverinfo="text",
        selected={"marker": {"opacity": strong}},
        unselected=faint,
    )


def _draw_bins(board: Board, cells: pd.DataFrame, bar: dict[str, Any], mode: Mode) -> None:
    found: Grid = grid(cells["x"], cells["y"], cells["value"])
    if len(cells) <= WEBGL_POINTS:
        dots = {"size": DOT - 1, "color": rgba(tokens(mode).baseline, 0.35)}
        _draw(board, cells, dots, "cells")
    assert found.means is not None
    board.traces.append(
        go.Heatmap(
            x=float32(found.x),
            y=float32(found.y),
            z=float32(found.means),
            customdata=found.counts.astype(np.int32),
            colorscale=value_scale(mode),
            colorbar=bar,
            hovertemplate="mean %{z:.2f} of %{customdata:,} cells<extra></extra>",
        )
    )
    board.traces.append(contours(found, mode))


def _select_anywhere(board: Board, cells: pd.DataFrame) -> None:
    """Put two invisible points into the corners: plotly offers a box only where points are."""
    if cells.empty:
        return
    ends = [[float(cells[axis].min()), float(cells[axis].max())] for axis in ("x", "y")]
    marker = {"size": 1, "opacity": 0}
    unseen = {"marker": {"opacity": 0}}
    board.scatter(
        *ends,
        mode="markers",
        marker=marker,
        hoverinfo="skip",
        showlegend=False,
        selected=unseen,
        unselected=unseen,
    )
