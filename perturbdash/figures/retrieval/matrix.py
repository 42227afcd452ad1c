"""Which truths do the predictions come near to? Rows predictions, columns truths, dark where the truth is near."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from perturbdash.figures.board import Board
from perturbdash.figures.cloud import CROWD, FADED, faded, kept_by_a_box
from perturbdash.figures.numbers import number
from perturbdash.figures.retrieval.matrix_axes import MOST_NAMED, axes, boxes
from perturbdash.figures.tables import float32, safe
from perturbdash.figures.theme import CLEAR, Mode, nothing, tokens

Colour = Literal["rank", "distance"]
Floats = NDArray[np.float64]
MOST_CELLS = 250
"""Rows or columns above which cells become blocks."""
MOST_MARKS = 3_600
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
    own = _own(rows, columns)
    if len(rows) <= MOST_NAMED and len(columns) <= MOST_CELLS:
        _marks(board, ranks.to_numpy(), own, rows, selected, mode)
    if chosen in rows:
        place = rows.index(str(chosen))
        box = {"x0": -0.5, "x1": len(columns) - 0.5, "y0": place - 0.5, "y1": place + 0.5}
        board.shapes.append({"type": "rect", **box, "line": {"color": tokens(mode).petrol, "width": 1.6}})
    if handles:
        _handles(board, ranks, distances, own)
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


def _own(rows: Sequence[str], columns: Sequence[str]) -> NDArray[np.intp]:
    """Return the column of each row's own truth, -1 where it is not shown."""
    place = {name: i for i, name in enumerate(columns)}
    return np.array([place.get(name, -1) for name in rows], dtype=np.intp)


def _marks(
    board: Board,
    ranks: NDArray[Any],
    own: NDArray[np.intp],
    rows: Sequence[str],
    selected: Sequence[str],
    mode: Mode,
) -> None:
    """Box each own truth, and mark the nearest: a disc where it is the own one, else a cross."""
    colour = tokens(mode)
    for row, column in enumerate(own.tolist()):
        if column >= 0:
            box = {"x0": column - 0.5, "x1": column + 0.5, "y0": row - 0.5, "y1": row + 0.5}
            board.shapes.append({"type": "rect", **box, "line": {"color": colour.ink, "width": 1.5}})
    nearest, there = ranks.argmin(1), ranks.min(1) == 1
    size = float(np.clip(0.56 * 540 / max(ranks.shape), 4, 9))
    opacity = faded(rows, selected if set(selected) & set(rows) else (), opacity=1)
    for is_own, symbol in ((True, "circle"), (False, "x")):
        kept = np.flatnonzero(there & ((nearest == own) == is_own))
        if kept.size:
            marker = {
                "symbol": symbol,
                "size": size,
                "color": colour.background,
                "line": {"color": colour.ink, "width": 0.9},
                "opacity": opacity[kept] if isinstance(opacity, np.ndarray) else opacity,
            }
            board.scatter(nearest[kept], kept, mode="markers", marker=marker, hoverinfo="skip")


def _handles(
    board: Board, ranks: pd.DataFrame, distances: pd.DataFrame | None, own: NDArray[np.intp]
) -> None:
    """Lay unseen points over the cells, of large matrices over the own truths; a box takes in whole rows."""
    rows, columns = [str(name) for name in ranks.index], [str(name) for name in ranks.columns]
    everywhere = ranks.size <= MOST_MARKS
    if everywhere:
        y, x = (axis.ravel() for axis in np.indices(ranks.shape))
    else:
        y = np.flatnonzero(own >= 0)
        x = own[y]
        board.traces[0]["meta"] = {
            CROWD: {"x": None, "y": float32(np.arange(len(rows))), "names": tuple(rows)}
        }
    place = ranks.to_numpy()[y, x]
    away = [""] * y.size if distances is None else [f", {number(v)}" for v in distances.to_numpy()[y, x]]
    words = [
        f"{safe(rows[j])}, truth of {safe(columns[i])}: rank {int(rank):,}{far}"
        if rows[j] != columns[i]
        else f"<b>{safe(rows[j])}</b>, its own truth: rank {int(rank):,}{far}"
        for j, i, rank, far in zip(y.tolist(), x.tolist(), place.tolist(), away, strict=True)
    ]
    marker = {"size": 8, "opacity": 0, "color": CLEAR}
    unseen = {key: {"marker": {"opacity": 0}} for key in kept_by_a_box(marker)}
    board.scatter(
        x, y, mode="markers", marker=marker, customdata=[rows[j] for j in y.tolist()], hovertext=words, **unseen,
        hoverinfo="text",
    )  # fmt: skip
