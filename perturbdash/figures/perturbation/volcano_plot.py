"""Which genes answered? Observed shift against control and adjusted p, no model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.cloud import cloud
from perturbdash.figures.numbers import number, p_value
from perturbdash.figures.placement import Frame, place, write_names
from perturbdash.figures.tables import float32, safe
from perturbdash.figures.theme import Mode, canvas, note, nothing, rule, tokens, zero_line

THRESHOLD = 0.05
HEIGHT = 400
SMALLEST = 300.0
"""-log10 of the smallest p that a float holds well; p = 0 is drawn there, or just above the others."""


def volcano(genes: pd.DataFrame, *, mode: Mode = "light", gene: str | None = None) -> go.Figure:
    """Draw each gene's observed shift against control and its adjusted p.

    Parameters
    ----------
    genes
        Columns gene, mean_group, mean_reference (control), p_adj, t, deg, target; shifts in log1p units.
    gene
        A gene to mark.
    """
    table = genes[genes["p_adj"].notna() & genes["mean_group"].notna() & genes["mean_reference"].notna()]
    if table.empty:
        return nothing(mode, "No gene has a test: it needs two cells or more.", height=HEIGHT)
    table = _placed(table.reset_index(drop=True))
    n_degs = int(table["deg"].sum())
    alt = (
        f"Shift against control and adjusted p of {len(table)} genes; {n_degs} are differentially expressed."
    )
    figure = canvas(mode, alt=alt, height=HEIGHT, showlegend=True, margin={"t": 34})
    reach = 1.08 * max(abs(float(table["x"].min())), float(table["x"].max())) or 1.0
    top = 1.08 * max(float(table["y"].max()), 2.0)
    frame = Frame((-reach, reach), (-0.03 * top, top), 440, HEIGHT - 90)
    figure.update_xaxes(
        title_text="shift against control, log1p units", range=list(frame.x), **zero_line(tokens(mode).axis)
    )
    figure.update_yaxes(title_text="−log₁₀ adjusted p", range=list(frame.y))
    _draw_lines(figure, frame, mode=mode)
    _draw_genes(figure, table, mode=mode)
    _draw_gene(figure, table[table["gene"] == gene], mode=mode)
    _draw_names(figure, table, frame, gene)
    if table["beyond"].any():
        grey = {"size": 10.5, "color": tokens(mode).muted}
        words = f"▴ {int(table['beyond'].sum())} with p = 0, drawn at the top"
        note(figure, words, x=1, y=1, xanchor="right", yanchor="bottom", font=grey)
    return figure


def _placed(table: pd.DataFrame) -> pd.DataFrame:
    with np.errstate(divide="ignore"):
        height = -np.log10(table["p_adj"].to_numpy(dtype=float))
    finite = height[np.isfinite(height)]
    beyond = ~np.isfinite(height)
    cap = min(SMALLEST, 1.12 * finite.max()) if finite.size and finite.max() > 0 else SMALLEST
    x = table["mean_group"] - table["mean_reference"]
    return table.assign(x=x, y=np.where(beyond, max(cap, finite.max(initial=0)), height + 0.0), beyond=beyond)


def _draw_lines(figure: go.Figure, frame: Frame, *, mode: Mode) -> None:
    colour = tokens(mode)
    level = float(-np.log10(THRESHOLD))
    rule(figure, (frame.x[0], level), (frame.x[1], level), color=colour.ink, width=1, dash="dot")
    grey = {"size": 11, "color": colour.muted}
    where = {"xref": "paper", "yref": "y", "xanchor": "right", "yanchor": "bottom"}
    note(figure, "adjusted p 0.05", x=1, y=level, font=grey, **where)


def _draw_genes(figure: go.Figure, table: pd.DataFrame, *, mode: Mode) -> None:
    degs = table["deg"].astype(bool)
    kinds = (("not a DEG", ~degs, tokens(mode).faint, 6, 0.55), ("DEG", degs, tokens(mode).ink, 8, 1.0))
    for words, chosen, colour, size, opacity in kinds:
        rows = table[chosen]
        marker = {"size": size, "color": colour, "opacity": opacity}
        if rows["beyond"].any():
            marker["symbol"] = np.where(rows["beyond"], "triangle-up", "circle")
        drawn = cloud(
            rows["x"],
            rows["y"],
            names=rows["gene"].astype(str).tolist(),
            marker=marker,
            hover="{name}",
            text=[_words(row) for row in rows.to_dict("records")],
        )
        figure.add_traces([trace.update(name=words) for trace in drawn.traces])
        if drawn.note:
            note(figure, drawn.note, x=0, y=0, xanchor="left", yanchor="bottom")


def _words(row: Mapping[Any, Any]) -> str:
    p, x = float(str(row["p_adj"])), float(str(row["x"]))
    told = f"p {p_value(p)}" if p_value(p).startswith("<") else f"p = {p_value(p)}"
    return f"shift {number(x)}, adjusted {told}" + (", targeted" if row.get("target") else "")


def _draw_gene(figure: go.Figure, rows: pd.DataFrame, *, mode: Mode) -> None:
    if rows.empty:
        return
    ink = tokens(mode).ink
    figure.add_scatter(
        x=float32(rows["x"]),
        y=float32(rows["y"]),
        mode="markers",
        marker={"symbol": "circle-open", "size": 17, "color": ink, "line": {"color": ink, "width": 2}},
        hoverinfo="skip",
        showlegend=False,
    )


def _draw_names(figure: go.Figure, table: pd.DataFrame, frame: Frame, gene: str | None) -> None:
    """Name the gene that was asked for, then DEGs by |t|."""
    asked = (table["gene"] == gene).to_numpy()
    kept = table[table["deg"].astype(bool).to_numpy() | asked].reset_index(drop=True)
    names = kept["gene"].astype(str).tolist()
    strength = kept["t"].abs().fillna(0.0).to_numpy(dtype=float)
    order = np.lexsort((-strength, (kept["gene"] != gene).to_numpy()))[:20]
    x, y = kept["x"].to_numpy(dtype=float), kept["y"].to_numpy(dtype=float)
    found = place(frame, x, y, texts=names, candidates=order.tolist())
    texts = [f"<b>{safe(name)}</b>" if name == gene else safe(name) for name in names]
    write_names(figure, found, x, y, texts=texts)
