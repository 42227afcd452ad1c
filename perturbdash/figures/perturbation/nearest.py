"""Whose truth is nearest? For each prediction the nearest observed profiles, as stems from 0, the own one in ink."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.board import Board, hover_names
from perturbdash.figures.models import ModelStyle, style_of
from perturbdash.figures.tables import safe
from perturbdash.figures.theme import Mode, nothing, tokens

ROW, FOOT, TOP = 19, 62, 8
REACH = 1.06


def nearest_stems(
    nearest: pd.DataFrame,
    *,
    perturbation: str,
    mode: Mode = "light",
    styles: Mapping[str, ModelStyle] | None = None,
) -> go.Figure:
    """Draw the distance of each prediction to the nearest observed profiles and to its own.

    Parameters
    ----------
    nearest
        Columns prediction, candidate, distance (Euclidean, log1p units), rank, own; in the order of drawing.
    perturbation
        What is predicted.
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
    colour = tokens(mode)
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
        _draw_stems(board, rows.assign(place=places), style, mode=mode)
        start += len(rows) + 1
    board.layout["xaxis"] = {
        "title": {"text": "distance to the observed profile, log1p units"},
        "range": [0, REACH * float(table["distance"].max()) or 1.0],
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


def _draw_stems(board: Board, rows: pd.DataFrame, style: ModelStyle, *, mode: Mode) -> None:
    """Draw the others in the colour of the prediction, the perturbation's own truth in ink."""
    ink = tokens(mode).ink
    for own, width in ((False, 1.2), (True, 2.2)):
        kept = rows[rows["own"].astype(bool) == own]
        if kept.empty:
            continue
        gap = np.full(len(kept), np.nan)
        line = ink if own else style.line(mode)
        board.scatter(
            np.stack([np.zeros(len(kept)), kept["distance"], gap], axis=1).ravel(),
            np.stack([kept["place"], kept["place"], gap], axis=1).ravel(),
            mode="lines",
            line={"color": line, "width": width},
            hoverinfo="skip",
        )
        marker = style.marker(mode, size=9)
        if own:
            marker |= {"color": ink, "line": {"color": ink, "width": 1.6}}
        names = kept["candidate"].astype(str).tolist()
        place, escaped = hover_names(names)
        board.scatter(
            kept["distance"],
            kept["place"],
            mode="markers",
            marker=marker,
            customdata=names,
            hovertext=escaped,
            text=[f"rank {int(rank)}{', its own truth' if own else ''}" for rank in kept["rank"]],
            hovertemplate=f"<b>{place}</b><br>distance %{{x:.2f}}, %{{text}}<extra></extra>",
        )
