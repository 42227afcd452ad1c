"""Is the predicted shift of each gene the observed one? One small square panel for each prediction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.board import Board
from perturbdash.figures.cloud import SVG_POINTS, cloud
from perturbdash.figures.models import ModelStyle, style_of
from perturbdash.figures.numbers import number
from perturbdash.figures.perturbation.agreement import agreement
from perturbdash.figures.perturbation.marks import draw_marks, marked_name, plain_name, words_of
from perturbdash.figures.placement import Frame, place
from perturbdash.figures.roots import root, root_ticks
from perturbdash.figures.tables import safe
from perturbdash.figures.theme import Mode, tokens, zero_line
from perturbdash.vocabulary import Reference

Scale = Literal["linear", "root"]
HEIGHT = 400
SIDE = 270.0
MARGIN = 0.08
LARGEST_GROWTH = 2.0
SIZE_OF_CROWD, SIZE_OF_DEG = 5.5, 9
MOST_NAMED = 20
HOVER = "observed {}, predicted {} log1p units"


def shift_range(genes: pd.DataFrame, predicted: pd.DataFrame) -> tuple[float, float]:
    """Return the range that all panels share, on both axes; a prediction in a wrong scale at most doubles it.

    Parameters
    ----------
    genes
        Column observed (shift, log1p units).
    predicted
        Column shift.
    """
    observed = np.append(genes["observed"].dropna().to_numpy(dtype=float), 0.0)
    own = np.append(predicted["shift"].dropna().to_numpy(dtype=float), 0.0)
    low, high = float(observed.min()), float(observed.max())
    room = (LARGEST_GROWTH - 1) * ((high - low) or 1.0) / 2
    low, high = max(min(low, own.min()), low - room), min(max(high, own.max()), high + room)
    margin = MARGIN * (high - low) or 1.0
    return low - margin, high + margin


def observed_against_predicted(
    genes: pd.DataFrame,
    predicted: pd.DataFrame,
    *,
    prediction: str,
    mode: Mode = "light",
    scale: Scale = "linear",
    reference: Reference = "control",
    styles: Mapping[str, ModelStyle] | None = None,
    ranges: tuple[float, float] | None = None,
    gene: str | None = None,
    numbers: Mapping[str, float] | None = None,
    webgl: bool = True,
    height: int = HEIGHT,
) -> go.Figure:
    """Draw one panel: the observed shift of each gene against the one that a prediction gives.

    Parameters
    ----------
    genes
        Columns gene, observed (shift, log1p units), t, p, p_adj, deg, target, mean_group, mean_reference.
    predicted
        Columns gene, prediction, kind, shift.
    scale
        ``"root"``: signed square root on both axes, with true numbers on the ticks.
    ranges
        The same for all panels, from ``shift_range``; by default that of these tables.
    gene
        A gene to mark; targeted genes always are.
    numbers
        r, r_degs and slope, as a row of ``agreement``; by default computed here.
    webgl
        False for the panels of a page that holds more than four such figures.
    height
        Pixels; panels are square.
    """
    style = style_of(prediction, styles)
    limits = ranges or shift_range(genes, predicted)
    table = _table(genes, predicted, prediction)
    found = numbers or _numbers(table, prediction)
    words = f"r {number(found['r'])} · DEGs {number(found['r_degs'])} · slope {number(found['slope'])}"
    alt = f"{style.label}: predicted against observed shift of {len(table)} genes, Δ{reference}; {words}."
    board = Board(mode, alt=alt, height=height, margin={"t": 60, "l": 8, "r": 12, "b": 8})
    _draw_axes(board, limits, scale, mode=mode)
    colour = style.line(mode) if style.role == "model" else tokens(mode).ink
    left: dict[str, Any] = {"x": 0, "y": 1, "xanchor": "left", "yanchor": "bottom"}
    grey = {"size": 11, "color": tokens(mode).muted}
    board.note(f"<b>{safe(style.label)}</b>", yshift=32, font={"size": 13, "color": colour}, **left)
    board.note(words, yshift=16, font=grey, **left)
    if table.empty:
        board.note("no prediction of this perturbation", x=0.5, y=0.5, font=grey)
        board.scatter([], [])
        return board.figure()
    table = _placed(table, limits, scale)
    _draw_genes(board, table, style, mode=mode, webgl=webgl, plain=scale == "linear")
    draw_marks(board, table, gene, mode=mode)
    _draw_names(board, table, gene, [float(root(v)) if scale == "root" else v for v in limits])
    _say_off_scale(board, table, mode=mode)
    return board.figure()


def _table(genes: pd.DataFrame, predicted: pd.DataFrame, prediction: str) -> pd.DataFrame:
    """Return the genes that have both an observed and a predicted shift."""
    own = predicted[predicted["prediction"] == prediction]
    if own["gene"].to_numpy().tolist() == genes["gene"].to_numpy().tolist():
        shift = own["shift"].to_numpy(dtype=float)
    else:
        shift = genes["gene"].map(own.set_index("gene")["shift"]).to_numpy(dtype=float)
    there = np.isfinite(shift) & np.isfinite(genes["observed"].to_numpy(dtype=float))
    targets = genes["target"] if "target" in genes else np.zeros(len(genes), dtype=bool)
    table: pd.DataFrame = genes.assign(shift=shift, target=targets)[there].reset_index(drop=True)
    return table


def _numbers(table: pd.DataFrame, prediction: str) -> dict[str, float]:
    if table.empty:
        return dict.fromkeys(("r", "r_degs", "slope"), float("nan"))
    row = agreement(table.drop(columns="shift"), table[["gene", "shift"]].assign(prediction=prediction))
    return {name: float(row[name].iloc[0]) for name in ("r", "r_degs", "slope")}


def _draw_axes(board: Board, limits: tuple[float, float], scale: Scale, *, mode: Mode) -> None:
    low, high = (float(root(v)) for v in limits) if scale == "root" else limits
    axis: dict[str, Any] = {"range": [low, high], "showgrid": False, "constrain": "domain"} | zero_line(
        tokens(mode).axis
    )
    if scale == "root":
        axis["tickvals"], axis["ticktext"] = root_ticks(*limits)
    else:
        axis["nticks"] = 6
    board.layout["xaxis"] = axis | {"title": {"text": "observed shift"}, "constraintoward": "left"}
    up = {"title": {"text": "predicted shift"}, "constraintoward": "top", "scaleanchor": "x"}
    board.layout["yaxis"] = axis | up
    board.rule((low, low), (high, high), color=tokens(mode).ink, width=1)


def _placed(table: pd.DataFrame, limits: tuple[float, float], scale: Scale) -> pd.DataFrame:
    """Add where each gene is drawn: at the edge where it is off the scale."""
    edge = 0.01 * (limits[1] - limits[0])
    observed, shift = (table[name].to_numpy(dtype=float) for name in ("observed", "shift"))
    x, y = (np.clip(values, limits[0] + edge, limits[1] - edge) for values in (observed, shift))
    off = (observed != x) | (shift != y)
    return table.assign(x=root(x) if scale == "root" else x, y=root(y) if scale == "root" else y, off=off)


def _draw_genes(
    board: Board, table: pd.DataFrame, style: ModelStyle, *, mode: Mode, webgl: bool, plain: bool
) -> None:
    """Draw the crowd faint and small, DEGs large with an outline in ink; what is off the scale says its numbers."""
    degs, off = (table[name].to_numpy(dtype=bool) for name in ("deg", "off"))
    faint = style.marker(mode, size=SIZE_OF_CROWD) | {"opacity": 0.42}
    strong = style.marker(mode, size=SIZE_OF_DEG)
    if style.role != "baseline":
        strong["line"] = {"color": tokens(mode).ink, "width": 1.3}
    crowd = table[~degs & ~off]
    if len(crowd) > SVG_POINTS:
        _draw_crowd(board, crowd, faint, mode=mode, webgl=webgl)
    else:
        _draw_points(board, crowd, faint, HOVER, plain=plain)
    _draw_points(board, table[~degs & off], faint, HOVER, plain=False)
    _draw_points(board, table[degs & ~off], strong, f"DEG, {HOVER}", plain=plain)
    _draw_points(board, table[degs & off], strong, f"DEG, {HOVER}", plain=False)


def _draw_crowd(board: Board, rows: pd.DataFrame, marker: dict[str, Any], *, mode: Mode, webgl: bool) -> None:
    """Draw many genes by WebGL, or as their density and a sample."""
    names = rows["gene"].astype(str).tolist()
    drawn = cloud(rows["x"], rows["y"], names=names, marker=marker, hover="{name}", webgl=webgl)
    board.traces += drawn.traces
    if drawn.note:
        grey = {"size": 10, "color": tokens(mode).muted}
        board.note(drawn.note, x=1, y=0.01, xanchor="right", yanchor="bottom", font=grey)


def _draw_points(
    board: Board, rows: pd.DataFrame, marker: dict[str, Any], words: str, *, plain: bool
) -> None:
    if rows.empty:
        return
    names = rows["gene"].astype(str).tolist()
    values = [rows["observed"].to_numpy(), rows["shift"].to_numpy()]
    data, escaped, template = words_of(names, values, words, plain=plain)
    board.scatter(
        rows["x"],
        rows["y"],
        mode="markers",
        marker=marker,
        customdata=data,
        hovertext=escaped,
        hovertemplate=template,
    )


def _draw_names(board: Board, table: pd.DataFrame, gene: str | None, limits: list[float]) -> None:
    """Name the gene that was asked for, targets, then DEGs by the size of their observed shift."""
    size = table["observed"].abs().to_numpy(dtype=float)
    asked, targets = (table["gene"] == gene).to_numpy(), table["target"].to_numpy(dtype=bool)
    rows = np.flatnonzero(table["deg"].to_numpy(dtype=bool) | asked | targets)
    order = np.lexsort((-size[rows], ~targets[rows], ~asked[rows]))
    x, y = (table[name].to_numpy(dtype=float)[rows] for name in ("x", "y"))
    names = table["gene"].astype(str).to_numpy(dtype=object)[rows]
    marks = list(zip(names, asked[rows].tolist(), targets[rows].tolist(), strict=True))
    frame = Frame((limits[0], limits[1]), (limits[0], limits[1]), SIDE, SIDE)
    found = place(
        frame,
        x,
        y,
        texts=[plain_name(name, target=target) for name, _, target in marks],
        candidates=order[:MOST_NAMED].tolist(),
    )
    texts = [marked_name(name, asked=own, target=target) for name, own, target in marks]
    board.names(found, x, y, texts=texts)


def _say_off_scale(board: Board, table: pd.DataFrame, *, mode: Mode) -> None:
    off = table[table["off"]]
    if off.empty:
        return
    row = off.iloc[int(off["shift"].abs().to_numpy(dtype=float).argmax())]
    words = f"{len(off)} off the scale, {safe(row['gene'])} predicted {number(row['shift'])}"
    grey = {"size": 10, "color": tokens(mode).muted}
    board.note(words, x=0, y=1, yshift=2, xanchor="left", yanchor="bottom", font=grey)
