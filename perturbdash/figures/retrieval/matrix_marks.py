"""Marks of the matrix of distances: own truths, nearest truths, and what the pointer takes hold of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perturbdash.figures.board import Board
from perturbdash.figures.cloud import CROWD, faded, kept_by_a_box
from perturbdash.figures.numbers import number
from perturbdash.figures.tables import float32, safe
from perturbdash.figures.theme import CLEAR, Mode, tokens

MOST_MARKS = 3_600


def own_columns(rows: Sequence[str], columns: Sequence[str]) -> NDArray[np.intp]:
    """Return the column of each row's own truth, -1 where it is not shown."""
    place = {name: i for i, name in enumerate(columns)}
    return np.array([place.get(name, -1) for name in rows], dtype=np.intp)


def mark_rows(
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


def lay_handles(
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
