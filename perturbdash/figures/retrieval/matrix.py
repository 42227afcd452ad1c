"""Which truths do the predictions come near to? Rows predictions, columns truths, dark where the truth is near."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from perturbdash.figures.board import Board
from perturbdash.figures.cloud import FADED
from perturbdash.figures.numbers import number
from perturbdash.figures.retrieval.matrix_axes import MOST_NAMED, axes, boxes
from perturbdash.figures.retrieval.matrix_marks import lay_handles, mark_rows, own_columns
from perturbdash.figures.tables import float32
from perturbdash.figures.theme import Mode, nothing, tokens

Colour = Literal["rank", "distance"]
Floats = NDArray[np.float64]
MOST_CELLS = 250
"""Rows or columns above which cells become blocks."""
SQUARE = 660
STOPS = (0, 0.06, 0.2, 0.5, 1)
NEAR_TO_FAR: dict[Mode, tuple[str, ...]] = {
    "light": ("#06343B", "#0F6B75", "#5FA3AA", "#C3DCDF", "#F6F9FA"),
    "dark": ("#C9F2EE", "#58BDB9", "#2C7F80", "#1D4048", "#161C23"),
}


def distance_matrix(
    ranks: pd.DataFrame,
    distances: pd.DataFrame | None = None,
    *,
    n_candidates: int,
    groups: Mapping[str, str] | None = None,
    colour: Colour = "rank",
    mode: Mode = "light",
    selected: Sequence[str] = (),
    chosen: str | None = None,
    handles: bool = True,
    height: int = SQUARE,
) -> go.Figure:
    """Draw the rank of each truth within each prediction's row; of many, blocks that keep the nearest.

    A prediction's own truth is boxed; a disc is a nearest truth that is the own one, a cross one that is not.

    Parameters
    ----------
    ranks
        ``(n_rows, n_columns)``, 1 for the nearest; index and columns are perturbations in the order of drawing.
    distances
        Of the same shape, for the colour ``"distance"`` and the hover.
    n_candidates
        Ranks go up to this.
    groups
        Group of a perturbation; neighbours in one group get an outline.
    selected
        Rows that keep their strength while the others fade.
    chosen
        A row to mark.
    height
        Of a square matrix; where the figure is narrow, what is left over stays empty.
    handles
        Lay points over the cells that say what they are and can be clicked; a print needs none.
    """
    if ranks.empty or n_candidates < 2:
        return nothing(mode, "One perturbation: nothing to tell apart.", height=240)
    rows, columns = [str(name) for name in ranks.index], [str(name) for name in ranks.columns]
    square = rows == columns
    board = Board(
        mode,
        alt=_alt(ranks, n_candidates),
        height=height if square else _height(len(rows), len(columns)),
        margin={"t": 44, "b": 8, "l": 8, "r": 8},
    )
    values = _values(ranks, distances, colour)
    _cells(
        board,
        values,
        _scale(values, colour, n_candidates, mode),
        strong=_strong(rows, selected),
        n=ranks.shape,
    )
    axes(board, rows, columns, groups or {}, square=square, mode=mode)
    boxes(board, rows, columns, groups or {}, mode=mode)
    own = own_columns(rows, columns)
    if len(rows) <= MOST_NAMED and len(columns) <= MOST_CELLS:
        mark_rows(board, ranks.to_numpy(), own, rows, selected, mode)
    if chosen in rows:
        place = rows.index(str(chosen))
        box = {"x0": -0.5, "x1": len(columns) - 0.5, "y0": place - 0.5, "y1": place + 0.5}
        board.shapes.append({"type": "rect", **box, "line": {"color": tokens(mode).petrol, "width": 1.6}})
    if handles:
        lay_handles(board, ranks, distances, own)
    return board.figure()


def _alt(ranks: pd.DataFrame, n: int) -> str:
    columns = {str(name): i for i, name in enumerate(ranks.columns)}
    values = ranks.to_numpy()
    first = [row for row, name in enumerate(ranks.index) if str(name) in columns]
    right = sum(values[row, columns[str(ranks.index[row])]] == 1 for row in first)
    return (
        f"Matrix of {len(ranks):,} predictions and {ranks.shape[1]:,} truths, coloured by rank in the row among "
        f"{n:,}: the own truth is the nearest for {right:,} of {len(first):,}."
    )


def _height(n_rows: int, n_columns: int) -> int:
    return int(np.clip(16 * n_rows, 120, 520)) + (190 if n_columns <= MOST_NAMED else 130)


def _values(ranks: pd.DataFrame, distances: pd.DataFrame | None, colour: Colour) -> NDArray[np.float32]:
    table = distances if colour == "distance" and distances is not None else ranks
    return float32(_blocks(table.to_numpy()))


def _blocks(values: NDArray[Any]) -> NDArray[Any]:
    """Keep the smallest value of each block, so that no more than 250 blocks stand on a side.

    Examples
    --------
    >>> _blocks(np.arange(300)[None])[0, :3]
    array([0, 2, 4])
    """
    for axis in (0, 1):
        size = _block(values.shape[axis])
        if size > 1:
            values = np.minimum.reduceat(values, np.arange(0, values.shape[axis], size), axis=axis)
    return values


def _block(n: int) -> int:
    return -(-n // MOST_CELLS)


def _scale(values: NDArray[np.float32], colour: Colour, n: int, mode: Mode) -> dict[str, Any]:
    low, high = 1.0, float(n)
    words = {1.0: "nearest", 1 + (n - 1) / 4: "", 1 + (n - 1) / 2: "", float(n): "farthest"}
    words = {at: word or f"{at:,.0f}" for at, word in words.items()}
    if colour == "distance":
        there = values[np.isfinite(values)]
        low, high = (float(there.min()), float(there.max())) if there.size else (0.0, 1.0)
        words = {at: number(at) for at in np.linspace(low, high, 4).tolist()}
    bar = {
        "orientation": "h",
        "x": 0,
        "xanchor": "left",
        "y": 1.005,
        "yanchor": "bottom",
        "len": 0.62,
        "thickness": 9,
        "outlinewidth": 0,
        "tickvals": list(words),
        "ticktext": list(words.values()),
        "tickfont": {"color": tokens(mode).muted, "size": 11},
        "ticks": "",
        "ypad": 4,
    }
    return {
        "colorscale": [list(stop) for stop in zip(STOPS, NEAR_TO_FAR[mode], strict=True)],
        "zmin": low,
        "zmax": high if high > low else low + 1,
        "colorbar": bar,
    }


def _strong(rows: Sequence[str], selected: Sequence[str]) -> NDArray[np.bool_] | None:
    """Return which blocks of rows hold a selected one; None where none does, or all do."""
    found = np.isin(np.array(rows, dtype=object), list(selected))
    kept = np.logical_or.reduceat(found, np.arange(0, len(rows), _block(len(rows))))
    return None if kept.all() or not kept.any() else kept


def _cells(
    board: Board,
    values: NDArray[np.float32],
    scale: dict[str, Any],
    *,
    strong: NDArray[np.bool_] | None,
    n: tuple[int, int],
) -> None:
    """Draw the cells; where some rows are selected, the others pale."""
    down, across = (_block(length) for length in n)
    where = {"y0": (down - 1) / 2, "dy": down, "x0": (across - 1) / 2, "dx": across}
    parts = [(values, 1.0)]
    if strong is not None:
        masks = ((strong, 1.0), (~strong, FADED))
        parts = [(np.where(mask[:, None], values, np.nan), opacity) for mask, opacity in masks]
    for i, (part, opacity) in enumerate(parts):
        look = scale if i == 0 else {key: value for key, value in scale.items() if key != "colorbar"}
        board.traces.append(
            {
                "type": "heatmap",
                "z": float32(part),
                "opacity": opacity,
                "hoverinfo": "skip",
                "showscale": i == 0,
            }
            | where
            | look
        )
