"""Does it know the group, if not the single one? The ROC curve of one group of perturbations."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.board import Board
from perturbdash.figures.models import ModelStyle, style_of
from perturbdash.figures.numbers import number
from perturbdash.figures.tables import safe
from perturbdash.figures.theme import Mode, nothing, tokens

HEIGHT, TOP = 330, 46
MARKS = 4
LINE = 0.068
MOST_NAMED = 8
SMALL = 0.03


def group_roc(
    curves: pd.DataFrame,
    areas: pd.DataFrame,
    *,
    group: str,
    members: str = "",
    mode: Mode = "light",
    styles: Mapping[str, ModelStyle] | None = None,
) -> go.Figure:
    """Draw the ROC curve of each model for one group, with the areas, the largest first.

    Parameters
    ----------
    curves
        Columns group, prediction, false_positive, true_positive.
    areas
        Columns group, prediction, auc, n_positive, n_negative.
    members
        Some names of the group, for the second line of its title.
    """
    own = areas[(areas["group"] == group) & areas["auc"].notna()].sort_values(
        "auc", ascending=False, kind="stable"
    )
    if own.empty:
        return nothing(mode, "No curve: a group needs three members with a score, and others.", height=HEIGHT)
    told = [f"{name} {number(auc)}" for name, auc in zip(own["prediction"], own["auc"], strict=True)]
    board = Board(
        mode,
        alt=f"ROC curves of {group}; area under the curve: {', '.join(told)}.",
        height=HEIGHT,
        margin={"t": TOP, "b": 50, "l": 50, "r": 10},
    )
    _axes(board, mode)
    n = f"{int(own['n_positive'].max()):,} of {int((own['n_positive'] + own['n_negative']).max()):,}"
    board.note(
        f'<b>{safe(_cut(group, 26))}</b>, {n}<br><span style="color:{tokens(mode).muted}">{safe(_cut(members, 36))}'
        "</span>",
        x=0,
        y=1,
        xanchor="left",
        yanchor="bottom",
        yshift=6,
        font={"size": 12},
    )
    for row in own.iloc[::-1].to_dict("records"):
        curve = curves[(curves["group"] == group) & (curves["prediction"] == row["prediction"])]
        _curve(board, curve, style_of(str(row["prediction"]), styles), float(row["auc"]), mode)
    _areas(board, own, styles, mode)
    return board.figure()


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}…"


def _axes(board: Board, mode: Mode) -> None:
    axis = {"range": [-SMALL, 1 + SMALL], "tickvals": [0, 0.5, 1], "fixedrange": True, "constrain": "domain"}
    board.layout["xaxis"] = {**axis, "title": {"text": "false positives"}}
    board.layout["yaxis"] = {**axis, "title": {"text": "true positives"}}
    board.rule((0, 0), (1, 1), color=tokens(mode).faint, width=1)


def _curve(board: Board, curve: pd.DataFrame, style: ModelStyle, area: float, mode: Mode) -> None:
    x, y = curve["false_positive"].to_numpy(dtype=float), curve["true_positive"].to_numpy(dtype=float)
    board.scatter(
        x,
        y,
        mode="lines",
        line={"color": style.line(mode), "width": 1.9},
        hovertemplate=f"{safe(style.label)}, AUC {number(area)}<br>%{{y:.0%}} of the members, %{{x:.0%}} of the others"
        "<extra></extra>",
    )
    along = np.linspace(0, x.size - 1, MARKS + 2)[1:-1].round().astype(int)
    at = np.unique(along[(along > 0) & (along < x.size - 1)])
    if at.size:
        board.scatter(x[at], y[at], mode="markers", marker=style.marker(mode, size=7), hoverinfo="skip")


def _areas(board: Board, own: pd.DataFrame, styles: Mapping[str, ModelStyle] | None, mode: Mode) -> None:
    rows = list(zip(own["prediction"].astype(str), own["auc"].astype(float), strict=True))
    more = len(rows) - MOST_NAMED
    rows = rows[:MOST_NAMED]
    lines = [(f"and {more} more", tokens(mode).muted)] if more > 0 else []
    for name, auc in reversed(rows):
        style = style_of(name, styles)
        lines.append((f"{safe(_cut(style.label, 18))} <b>{number(auc)}</b>", style.line(mode)))
    for i, (words, colour) in enumerate(lines):
        board.note(
            words,
            x=0.99,
            y=0.01 + LINE * i,
            xref="x",
            yref="y",
            xanchor="right",
            yanchor="bottom",
            font={"size": 11, "color": colour},
        )
