"""Which genes answered? Observed shift against control and adjusted p, no model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.board import Board
from perturbdash.figures.cloud import SVG_POINTS, cloud
from perturbdash.figures.perturbation.marks import draw_marks, marked_name, plain_name, words_of
from perturbdash.figures.placement import Frame, place
from perturbdash.figures.theme import Mode, nothing, tokens, zero_line

THRESHOLD = 0.05
HEIGHT = 400
WIDTH = 440
MOST_NAMED = 20
SMALLEST = 300.0
"""-log10 of the smallest p that a float holds well; p = 0 is drawn there, or just above the others."""


def volcano(
    genes: pd.DataFrame,
    *,
    mode: Mode = "light",
    gene: str | None = None,
    webgl: bool = True,
    height: int = HEIGHT,
) -> go.Figure:
    """Draw each gene's observed shift against control and its adjusted p.

    Parameters
    ----------
    genes
        Columns gene, mean_group, mean_reference (control), p_adj, t, deg, target; shifts in log1p units.
    gene
        A gene to mark; targeted genes always are.
    webgl
        False on a page that holds four other such figures.
    height
        Pixels.
    """
    table = genes[genes["p_adj"].notna() & genes["mean_group"].notna() & genes["mean_reference"].notna()]
    if table.empty:
        return nothing(mode, "No gene has a test: it needs two cells or more.", height=height)
    table = _placed(table.reset_index(drop=True))
    n_degs = int(table["deg"].sum())
    board = Board(
        mode,
        alt=f"Shift against control and adjusted p of {len(table)} genes; {n_degs} are differentially expressed.",
        height=height,
        showlegend=True,
        margin={"t": 34, "l": 8, "r": 12, "b": 8},
    )
    reach = 1.08 * max(abs(float(table["x"].min())), float(table["x"].max())) or 1.0
    top = 1.08 * max(float(table["y"].max()), 2.0)
    frame = Frame((-reach, reach), (-0.03 * top, top), WIDTH, height - 90)
    _draw_lines(board, frame, mode=mode)
    _draw_genes(board, table, mode=mode, webgl=webgl)
    draw_marks(board, table, gene, mode=mode)
    _draw_names(board, table, frame, gene)
    if table["beyond"].any():
        grey = {"size": 10.5, "color": tokens(mode).muted}
        words = f"▴ {int(table['beyond'].sum())} with p = 0, drawn at the top"
        board.note(words, x=1, y=1, xanchor="right", yanchor="bottom", font=grey)
    return board.figure()


def _placed(table: pd.DataFrame) -> pd.DataFrame:
    with np.errstate(divide="ignore"):
        height = -np.log10(table["p_adj"].to_numpy(dtype=float))
    finite = height[np.isfinite(height)]
    beyond = ~np.isfinite(height)
    cap = min(SMALLEST, 1.12 * finite.max()) if finite.size and finite.max() > 0 else SMALLEST
    x = table["mean_group"] - table["mean_reference"]
    return table.assign(x=x, y=np.where(beyond, max(cap, finite.max(initial=0)), height + 0.0), beyond=beyond)


def _draw_lines(board: Board, frame: Frame, *, mode: Mode) -> None:
    colour = tokens(mode)
    board.layout["xaxis"] = {
        "title": {"text": "shift against control, log1p units"},
        "range": list(frame.x),
    } | zero_line(colour.axis)
    board.layout["yaxis"] = {"title": {"text": "−log₁₀ adjusted p"}, "range": list(frame.y)}
    level = float(-np.log10(THRESHOLD))
    board.rule((frame.x[0], level), (frame.x[1], level), color=colour.ink, width=1, dash="dot")
    grey = {"size": 11, "color": colour.muted}
    board.note("adjusted p 0.05", x=1, y=level, font=grey, yref="y", xanchor="right", yanchor="bottom")


def _draw_genes(board: Board, table: pd.DataFrame, *, mode: Mode, webgl: bool) -> None:
    degs = table["deg"].to_numpy(dtype=bool)
    kinds = (("not a DEG", ~degs, tokens(mode).faint, 6, 0.55), ("DEG", degs, tokens(mode).ink, 8, 1.0))
    for words, chosen, colour, size, opacity in kinds:
        rows = table[chosen]
        marker = {"size": size, "color": colour, "opacity": opacity}
        names = rows["gene"].astype(str).tolist()
        if rows["beyond"].any():
            marker["symbol"] = np.where(rows["beyond"], "triangle-up", "circle")
        if len(rows) > SVG_POINTS:
            drawn = cloud(rows["x"], rows["y"], names=names, marker=marker, hover="{name}", webgl=webgl)
            board.traces += [trace.update(name=words) for trace in drawn.traces]
            if drawn.note:
                board.note(drawn.note, x=0, y=0, xanchor="left", yanchor="bottom")
            continue
        data, escaped, template = words_of(names, [], "shift {0}, −log₁₀ adjusted p {1}", plain=True)
        board.scatter(
            rows["x"],
            rows["y"],
            mode="markers",
            marker=marker,
            name=words,
            customdata=data,
            hovertext=escaped,
            hovertemplate=template,
        )


def _draw_names(board: Board, table: pd.DataFrame, frame: Frame, gene: str | None) -> None:
    """Name the gene that was asked for, targets, then DEGs by |t|."""
    asked, targets = (table["gene"] == gene).to_numpy(), table["target"].to_numpy(dtype=bool)
    rows = np.flatnonzero(table["deg"].to_numpy(dtype=bool) | asked | targets)
    kept, asked, targets = table.iloc[rows], asked[rows], targets[rows]
    names = kept["gene"].astype(str).tolist()
    strength = kept["t"].abs().fillna(0.0).to_numpy(dtype=float)
    order = np.lexsort((-strength, ~targets, ~asked))[:MOST_NAMED]
    x, y = kept["x"].to_numpy(dtype=float), kept["y"].to_numpy(dtype=float)
    marks = list(zip(names, asked.tolist(), targets.tolist(), strict=True))
    plain = [plain_name(name, target=target) for name, _, target in marks]
    found = place(frame, x, y, texts=plain, candidates=order.tolist())
    board.names(
        found, x, y, texts=[marked_name(name, asked=own, target=target) for name, own, target in marks]
    )
