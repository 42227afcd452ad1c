"""Whose truth is nearest? For each prediction the nearest observed profiles, as stems from 0, the own one in ink."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.board import Board, hover_names
from perturbdash.figures.models import ModelStyle, style_of
from perturbdash.figures.numbers import number
from perturbdash.figures.tables import safe
from perturbdash.figures.theme import Mode, nothing, tokens

ROW, FOOT, TOP = 19, 62, 8
REACH = 1.06
LARGEST_GROWTH = 2.5
"""A prediction in a wrong scale stretches the axis to at most this times the middle one's largest distance."""


def nearest_stems(
    nearest: pd.DataFrame,
    *,
    perturbation: str,
    mode: Mode = "light",
    styles: Mapping[str, ModelStyle] | None = None,
    unit: str = "distance, log1p units",
) -> go.Figure:
    """Draw the distance of each prediction to the nearest observed profiles and to its own.

    Parameters
    ----------
    nearest
        Columns prediction, candidate, distance (Euclidean, log1p units), rank, own; in the order of drawing.
    perturbation
        What is predicted.
    unit
        What the distance is, for the axis.
    """
    table = nearest[nearest["distance"].notna()]
    if table.empty:
        return nothing(mode, "No prediction to compare with the observed profiles.", height=200)
    names = list(dict.fromkeys(table["prediction"]))
    blocks = {name: table[table["prediction"] == name] for name in names}
    n_rows = sum(len(rows) + 1 for rows in blocks.values())
    board = Board(
        mode,
        alt=_alt(blocks, perturbation),
        height=TOP + ROW * n_rows + FOOT,
        margin={"t": TOP, "l": 8, "r": 12, "b": 8},
    )
    colour, limit = tokens(mode), _limit(table)
    ticks: list[tuple[float, str]] = []
    start = 0
    for name, rows in blocks.items():
        style = style_of(name, styles)
        heading = colour.ink if style.role == "baseline" else style.line(mode)
        words = (
            f'<b><span style="color:{heading}">{safe(style.label)}</span></b> predicts {safe(perturbation)}'
        )
        ticks.append((start, words))
        places = start + 1.0 + np.arange(len(rows))
        ticks += [
            (float(place), _label(str(candidate), int(rank), own=bool(own)))
            for place, candidate, rank, own in zip(
                places, rows["candidate"], rows["rank"], rows["own"], strict=True
            )
        ]
        _draw_stems(board, rows.assign(place=places), style, limit, mode=mode)
        start += len(rows) + 1
    board.layout["xaxis"] = {
        "title": {"text": unit},
        "range": [0, REACH * limit],
    }
    board.layout["yaxis"] = {
        "range": [n_rows - 0.4, -0.7],
        "tickvals": [place for place, _ in ticks],
        "ticktext": [words for _, words in ticks],
        "ticks": "",
        "showgrid": False,
        "tickfont": {"color": colour.ink},
    }
    return board.figure()


def _limit(table: pd.DataFrame) -> float:
    """Return the largest distance that the axis holds."""
    largest = table.groupby("prediction")["distance"].max()
    return float(min(largest.max(), LARGEST_GROWTH * largest.median())) or 1.0


def _alt(blocks: Mapping[str, pd.DataFrame], perturbation: str) -> str:
    said = [
        f"{name}: nearest {rows['candidate'].iloc[0]}, own truth at rank {int(rows.loc[rows['own'], 'rank'].iloc[0])}"
        for name, rows in blocks.items()
        if rows["own"].any()
    ]
    return f"Observed profiles nearest to the predictions of {perturbation}. {'; '.join(said)}."


def _label(candidate: str, rank: int, *, own: bool) -> str:
    words = f"{safe(candidate)} {rank}"
    return f"<b>{words}</b>" if own else words


def _draw_stems(board: Board, rows: pd.DataFrame, style: ModelStyle, limit: float, *, mode: Mode) -> None:
    """Draw the others in the colour of the prediction, the own truth in ink; a far one ends at the edge, in words."""
    ink = tokens(mode).ink
    for own, width in ((False, 1.2), (True, 2.2)):
        kept = rows[rows["own"].astype(bool) == own]
        if kept.empty:
            continue
        line = ink if own else style.line(mode)
        x = kept["distance"].clip(upper=limit)
        _draw_lines(board, x, kept["place"], {"color": line, "width": width})
        marker = style.marker(mode, size=9)
        if own:
            marker |= {"color": ink, "line": {"color": ink, "width": 1.6}}
        names = kept["candidate"].astype(str).tolist()
        place, escaped = hover_names(names, "%{customdata[0]}")
        said = [f"rank {int(rank)}{', its own truth' if own else ''}" for rank in kept["rank"]]
        far = [
            f"{number(true)} ▸ " if true > there else ""
            for true, there in zip(kept["distance"], x, strict=True)
        ]
        board.scatter(
            x,
            kept["place"],
            mode="markers+text" if any(far) else "markers",
            text=far if any(far) else None,
            textposition="middle left",
            textfont={"size": 10, "color": line},
            marker=marker,
            customdata=[
                list(row) for row in zip(names, kept["distance"].round(3).tolist(), said, strict=True)
            ],
            hovertext=escaped,
            hovertemplate=f"<b>{place}</b><br>distance %{{customdata[1]:.2f}}, %{{customdata[2]}}<extra></extra>",
        )


def _draw_lines(board: Board, x: pd.Series, y: pd.Series, line: dict[str, object]) -> None:
    """Draw a stem from 0 to each point."""
    gap = np.full(len(x), np.nan)
    board.scatter(
        np.stack([np.zeros(len(x)), x, gap], axis=1).ravel(),
        np.stack([y, y, gap], axis=1).ravel(),
        mode="lines",
        line=line,
        hoverinfo="skip",
    )
