"""How far off are the top genes? Observed shift as a bar in ink, predictions as symbols, their spread as a line."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.board import Board, hover_names
from perturbdash.figures.models import OBSERVED, ModelStyle, baselines_in_order, style_of, styles_for
from perturbdash.figures.numbers import number, p_value
from perturbdash.figures.perturbation.marks import TARGET_WORD
from perturbdash.figures.perturbation.scatter import shift_range
from perturbdash.figures.tables import float32, safe
from perturbdash.figures.theme import Mode, nothing, tokens, zero_line
from perturbdash.vocabulary import Reference

ROW = 22


def top_genes(
    genes: pd.DataFrame,
    predicted: pd.DataFrame,
    n: int = 15,
    *,
    mode: Mode = "light",
    reference: Reference = "control",
    styles: Mapping[str, ModelStyle] | None = None,
    gene: str | None = None,
) -> go.Figure:
    """Draw observed and predicted shift of the genes with the largest abs t against control.

    Parameters
    ----------
    genes
        Columns gene, observed (shift, log1p units), t, p_adj, deg.
    predicted
        Columns gene, prediction, kind, shift; drawn baselines first.
    n
        Number of genes.
    gene
        A gene to mark; it is added below the others where it is not among them.
    """
    chosen = _chosen(genes, n, gene)
    if chosen.empty:
        return nothing(mode, "No gene has a test: it needs two cells or more.", height=300)
    shifts = predicted[predicted["gene"].isin(chosen["gene"])]
    kinds = shifts["kind"] if "kind" in shifts else pd.Series("model", index=shifts.index)
    names = baselines_in_order(shifts.loc[kinds != "model", "prediction"])
    names += [name for name in dict.fromkeys(shifts["prediction"]) if name not in names]
    drawn = styles_for(names, styles)
    listed = ", ".join(chosen["gene"].astype(str))
    alt = f"Observed and predicted shift, Δ{reference}, of {len(chosen)} genes: {listed}."
    board = Board(
        mode,
        alt=alt,
        height=ROW * len(chosen) + 110,
        showlegend=True,
        margin={"t": 44, "l": 8, "r": 12, "b": 8},
        legend={"yref": "container", "y": 0.995, "yanchor": "top"},
    )
    limits = shift_range(chosen, shifts)
    _draw_axes(board, chosen, reference, gene, mode=mode)
    board.layout["xaxis"]["range"] = list(limits)
    _draw_spread(board, chosen, shifts.assign(shift=shifts["shift"].clip(*limits)), mode=mode)
    _draw_observed(board, chosen, mode=mode)
    places = dict(zip(chosen["gene"], chosen["place"], strict=True))
    for name in names:
        rows = shifts[(shifts["prediction"] == name) & shifts["shift"].notna()]
        _draw_prediction(board, rows, drawn[name], places, limits=limits, mode=mode)
    return board.figure()


def _chosen(genes: pd.DataFrame, n: int, gene: str | None) -> pd.DataFrame:
    """Return the strongest genes, ties by gene order, the marked one added."""
    tested = genes[genes["t"].notna() & genes["observed"].notna()]
    order = np.argsort(-tested["t"].abs().to_numpy(dtype=float), kind="stable")[:n]
    chosen = tested.iloc[order]
    if gene is not None and gene not in set(chosen["gene"]):
        chosen = pd.concat([chosen, genes[(genes["gene"] == gene) & genes["observed"].notna()]])
    return chosen.assign(place=np.arange(len(chosen), dtype=float))


def _draw_axes(
    board: Board, chosen: pd.DataFrame, reference: Reference, gene: str | None, *, mode: Mode
) -> None:
    colour = tokens(mode)
    targets = chosen["target"] if "target" in chosen else [False] * len(chosen)
    names = []
    for name, deg, target in zip(chosen["gene"], chosen["deg"], targets, strict=True):
        words = f"<b>{safe(name)}</b>" if deg else safe(name)
        names.append(f"{'▸ ' if name == gene else ''}<i>{words}</i>{f', {TARGET_WORD}' if target else ''}")
    board.layout["xaxis"] = {"title": {"text": f"shift, Δ{reference}, log1p units"}} | zero_line(colour.ink)
    board.layout["yaxis"] = {
        "range": [len(chosen) - 0.4, -0.6],
        "tickvals": float32(chosen["place"]),
        "ticktext": names,
        "ticks": "",
        "showgrid": False,
        "showline": False,
        "tickfont": {"color": colour.ink},
    }


def _draw_spread(board: Board, chosen: pd.DataFrame, shifts: pd.DataFrame, *, mode: Mode) -> None:
    """Join the smallest and the largest shift of each gene, observed among them."""
    own = shifts.groupby("gene")["shift"]
    low = np.fmin(chosen["observed"], chosen["gene"].map(own.min()).astype(float))
    high = np.fmax(chosen["observed"], chosen["gene"].map(own.max()).astype(float))
    gap = np.full(len(chosen), np.nan)
    board.scatter(
        np.stack([low, high, gap], axis=1).ravel(),
        np.stack([chosen["place"], chosen["place"], gap], axis=1).ravel(),
        mode="lines",
        line={"color": tokens(mode).rule, "width": 2},
        hoverinfo="skip",
        showlegend=False,
    )


def _draw_observed(board: Board, chosen: pd.DataFrame, *, mode: Mode) -> None:
    place, escaped = hover_names(chosen["gene"].astype(str).tolist())
    board.scatter(
        chosen["observed"],
        chosen["place"],
        mode="markers",
        name=OBSERVED,
        marker=style_of(OBSERVED).marker(mode, size=15),
        customdata=chosen["gene"].astype(str).tolist(),
        hovertext=escaped,
        text=[_tested(p, deg=bool(deg)) for p, deg in zip(chosen["p_adj"], chosen["deg"], strict=True)],
        hovertemplate=f"<b>{place}</b><br>observed %{{x:.2f}} log1p units<br>%{{text}}<extra></extra>",
    )


def _tested(p_adj: float, *, deg: bool) -> str:
    p = p_value(float(p_adj))
    return f"adjusted p {p if p.startswith('<') else f'= {p}'}{', DEG' if deg else ''}"


def _draw_prediction(
    board: Board,
    rows: pd.DataFrame,
    style: ModelStyle,
    places: Mapping[str, float],
    *,
    limits: tuple[float, float],
    mode: Mode,
) -> None:
    """Draw the symbols of one prediction; one off the scale stands at the edge, with its value in words."""
    edge = 0.01 * (limits[1] - limits[0])
    x = rows["shift"].clip(limits[0] + edge, limits[1] - edge)
    mark = "" if style.number is None else str(style.number)
    words = [
        mark if there == value else f"{mark} {_beyond(value, there)}".strip()
        for there, value in zip(x, rows["shift"], strict=True)
    ]
    board.scatter(
        x,
        rows["gene"].map(places),
        mode="markers+text" if any(words) else "markers",
        text=words if any(words) else None,
        textposition=np.where(rows["shift"] > x, "middle left", "middle right"),
        textfont={"size": 9, "color": style.line(mode)},
        name=safe(style.label),
        marker=style.marker(mode, size=9),
        customdata=rows["gene"].astype(str).tolist(),
        hovertext=[
            f"<b>{safe(g)}</b><br>{safe(style.label)} {number(v)} log1p units"
            for g, v in zip(rows["gene"], rows["shift"], strict=True)
        ],
        hoverinfo="text",
    )


def _beyond(value: float, edge: float) -> str:
    return f"{number(value)} ▸" if value > edge else f"◂ {number(value)}"
