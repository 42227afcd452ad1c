"""Names, groups and outlines of the matrix of distances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from perturbdash.figures.board import Board
from perturbdash.figures.tables import safe
from perturbdash.figures.theme import Mode, tokens

MOST_NAMED = 60
LONGEST = 20
FEWEST_SHARE = 0.025
"""A group whose outline is narrower than this share of the axis has no words there."""
Run = tuple[str, int, int]


def runs(names: Sequence[str], groups: Mapping[str, str]) -> list[Run]:
    """Return neighbours that share a group: its name, the first place, the place behind the last.

    Examples
    --------
    >>> runs(["A", "B", "C"], {"A": "x", "B": "x"})
    [('x', 0, 2), ('', 2, 3)]
    """
    found, start = [], 0
    for group, members in groupby(names, key=lambda name: groups.get(name, "")):
        stop = start + len(list(members))
        found.append((group, start, stop))
        start = stop
    return found


def axes(
    board: Board,
    rows: Sequence[str],
    columns: Sequence[str],
    groups: Mapping[str, str],
    *,
    square: bool,
    mode: Mode,
) -> None:
    """Name rows and columns, or where they are many their groups with their sizes."""
    common = {"showgrid": False, "ticks": "", "showline": False, "zeroline": False}
    across = _ticks(columns, groups, upright=True)
    down = _ticks(rows, groups, upright=False)
    grouped = len(columns) > MOST_NAMED and bool(across["tickvals"])
    board.layout["xaxis"] = {
        **common,
        **across,
        "range": [-0.5, len(columns) - 0.5],
        "title": {"text": "truth of (group, size)" if grouped else "truth of"},
        "constrain": "domain",
    }
    board.layout["yaxis"] = {
        **common,
        **down,
        "range": [len(rows) - 0.5, -0.5],
        "title": {"text": "prediction for"},
        "constrain": "domain",
        "constraintoward": "top",
    }
    if square:
        board.layout["yaxis"]["scaleanchor"] = "x"
    edge = {"x0": -0.5, "x1": len(columns) - 0.5, "y0": -0.5, "y1": len(rows) - 0.5}
    board.shapes.append({"type": "rect", **edge, "line": {"color": tokens(mode).axis, "width": 1}})


def _ticks(names: Sequence[str], groups: Mapping[str, str], *, upright: bool) -> dict[str, Any]:
    if len(names) <= MOST_NAMED:
        size = float(np.clip(0.66 * 540 / max(len(names), 1), 7.5, 11))
        return {
            "tickvals": list(range(len(names))),
            "ticktext": [safe(_cut(name)) for name in names],
            "tickangle": -90 if upright else 0,
            "tickfont": {"size": size},
        }
    wide = [run for run in runs(names, groups) if run[0] and run[2] - run[1] >= FEWEST_SHARE * len(names)]
    words = [
        f"{safe(_cut(group.removeprefix('group ')))}<br>n {stop - start:,}" if upright else safe(_cut(group))
        for group, start, stop in wide
    ]
    return {
        "tickvals": [(start + stop - 1) / 2 for _, start, stop in wide],
        "ticktext": words,
        "tickangle": 0,
        "tickfont": {"size": 10.5},
    }


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def boxes(
    board: Board, rows: Sequence[str], columns: Sequence[str], groups: Mapping[str, str], *, mode: Mode
) -> None:
    """Outline where rows and columns of one group cross, of large matrices."""
    if len(rows) <= MOST_NAMED and len(columns) <= MOST_NAMED:
        return
    across = {group: (start, stop) for group, start, stop in runs(columns, groups) if group}
    for group, top, bottom in runs(rows, groups):
        if group in across and bottom - top > 1:
            left, right = across[group]
            box = {"x0": left - 0.5, "x1": right - 0.5, "y0": top - 0.5, "y1": bottom - 0.5}
            board.shapes.append({"type": "rect", **box, "line": {"color": tokens(mode).ink, "width": 1.2}})
