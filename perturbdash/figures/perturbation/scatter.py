"""Is the predicted shift of each gene the observed one? One small square panel for each prediction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.cloud import cloud
from perturbdash.figures.models import ModelStyle, style_of
from perturbdash.figures.numbers import number
from perturbdash.figures.perturbation.agreement import agreement
from perturbdash.figures.placement import Frame, place, write_names
from perturbdash.figures.roots import root, root_ticks
from perturbdash.figures.tables import float32, safe
from perturbdash.figures.theme import Mode, canvas, note, rule, tokens, zero_line
from perturbdash.vocabulary import Reference

Scale = Literal["linear", "root"]
HEIGHT = 400
SIDE = 270.0
MARGIN = 0.08
LARGEST_GROWTH = 2.0
SIZE_OF_CROWD, SIZE_OF_DEG = 5.5, 9


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
        A gene to mark.
    numbers
        r, r_degs and slope, as a row of ``agreement``; by default computed here.
    webgl
        False for the panels of a page that holds more than four such figures.
    """
    style = style_of(prediction, styles)
    table = genes.merge(predicted.loc[predicted["prediction"] == prediction, ["gene", "shift"]], on="gene")
    table = table[table["observed"].notna() & table["shift"].notna()].reset_index(drop=True)
    limits = ranges or shift_range(genes, predicted)
    found = numbers or _numbers(table, prediction)
    words = f"r {number(found['r'])} · DEGs {number(found['r_degs'])} · slope {number(found['slope'])}"
    alt = f"{style.label}: predicted against observed shift of {len(table)} genes, Δ{reference}; {words}."
    figure = canvas(mode, alt=alt, height=HEIGHT, margin={"t": 60})
    _draw_axes(figure, limits, scale, mode=mode)
    colour = {"size": 13, "color": style.line(mode) if style.role == "model" else tokens(mode).ink}
    note(
        figure,
        f"<b>{safe(style.label)}</b>",
        x=0,
        y=1,
        yshift=32,
        xanchor="left",
        yanchor="bottom",
        font=colour,
    )
    grey = {"size": 11, "color": tokens(mode).muted}
    note(figure, words, x=0, y=1, yshift=16, xanchor="left", yanchor="bottom", font=grey)
    if table.empty:
        note(figure, "no prediction of this perturbation", x=0.5, y=0.5, font=grey)
        return figure
    table = _placed(table, limits, scale)
    _draw_genes(figure, table, style, mode=mode, webgl=webgl)
    _draw_gene(figure, table[table["gene"] == gene], mode=mode)
    _draw_names(figure, table, gene, [float(root(v)) if scale == "root" else v for v in limits])
    _say_off_scale(figure, table, mode=mode)
    return figure


def _numbers(table: pd.DataFrame, prediction: str) -> dict[str, float]:
    if table.empty:
        return dict.fromkeys(("r", "r_degs", "slope"), float("nan"))
    row = agreement(table.drop(columns="shift"), table[["gene", "shift"]].assign(prediction=prediction))
    return {name: float(row[name].iloc[0]) for name in ("r", "r_degs", "slope")}


def _draw_axes(figure: go.Figure, limits: tuple[float, float], scale: Scale, *, mode: Mode) -> None:
    low, high = (float(root(v)) for v in limits) if scale == "root" else limits
    axis: dict[str, Any] = {"range": [low, high], "showgrid": False, "constrain": "domain"} | zero_line(
        tokens(mode).axis
    )
    if scale == "root":
        axis["tickvals"], axis["ticktext"] = root_ticks(*limits)
    else:
        axis["nticks"] = 6
    figure.update_xaxes(title_text="observed shift, log1p units", constraintoward="left", **axis)
    figure.update_yaxes(
        title_text="predicted shift, log1p units", scaleanchor="x", constraintoward="top", **axis
    )
    rule(figure, (low, low), (high, high), color=tokens(mode).ink, width=1)


def _placed(table: pd.DataFrame, limits: tuple[float, float], scale: Scale) -> pd.DataFrame:
    """Add where each gene is drawn: at the edge where it is off the scale."""
    edge = 0.01 * (limits[1] - limits[0])
    low, high = limits[0] + edge, limits[1] - edge
    x, y = table["observed"].clip(low, high), table["shift"].clip(low, high)
    off = (table["observed"] != x) | (table["shift"] != y)
    return table.assign(x=root(x) if scale == "root" else x, y=root(y) if scale == "root" else y, off=off)


def _draw_genes(
    figure: go.Figure, table: pd.DataFrame, style: ModelStyle, *, mode: Mode, webgl: bool
) -> None:
    """Draw the crowd faint and small, DEGs large with an outline in ink."""
    crowd, degs = table[~table["deg"].astype(bool)], table[table["deg"].astype(bool)]
    faint = style.marker(mode, size=SIZE_OF_CROWD) | {"opacity": 0.42}
    drawn = cloud(
        crowd["x"],
        crowd["y"],
        names=crowd["gene"].astype(str).tolist(),
        marker=faint,
        hover="{name}",
        text=_text(crowd),
        webgl=webgl,
    )
    figure.add_traces(drawn.traces)
    if drawn.note:
        grey = {"size": 10, "color": tokens(mode).muted}
        note(figure, drawn.note, x=1, y=0.01, xanchor="right", yanchor="bottom", font=grey)
    strong = style.marker(mode, size=SIZE_OF_DEG)
    if style.role != "baseline":
        strong["line"] = {"color": tokens(mode).ink, "width": 1.3}
    figure.add_scatter(
        x=float32(degs["x"]),
        y=float32(degs["y"]),
        mode="markers",
        marker=strong,
        customdata=degs["gene"].astype(str).tolist(),
        hovertext=[_hover(row) for row in degs.to_dict("records")],
        hoverinfo="text",
    )


def _text(crowd: pd.DataFrame) -> list[str]:
    pairs = zip(crowd["observed"], crowd["shift"], strict=True)
    return [f"observed {number(x)}, predicted {number(y)}" for x, y in pairs]


def _hover(row: Mapping[Any, Any]) -> str:
    name = f"<b>{safe(row['gene'])}</b>, DEG" + (", targeted" if row.get("target") else "")
    observed, shift = float(str(row["observed"])), float(str(row["shift"]))
    return f"{name}<br>observed {number(observed)}, predicted {number(shift)} log1p units"


def _draw_gene(figure: go.Figure, rows: pd.DataFrame, *, mode: Mode) -> None:
    """Ring the gene that was asked for."""
    if rows.empty:
        return
    ink = tokens(mode).ink
    figure.add_scatter(
        x=float32(rows["x"]),
        y=float32(rows["y"]),
        mode="markers",
        marker={"symbol": "circle-open", "size": 17, "color": ink, "line": {"color": ink, "width": 2}},
        hoverinfo="skip",
    )


def _draw_names(figure: go.Figure, table: pd.DataFrame, gene: str | None, limits: list[float]) -> None:
    """Name the gene that was asked for, targets, then DEGs by the size of their observed shift."""
    names = table["gene"].astype(str).tolist()
    size = table["observed"].abs().to_numpy(dtype=float)
    degs, asked = table["deg"].to_numpy(dtype=bool), (table["gene"] == gene).to_numpy()
    rows = np.flatnonzero(degs | asked)
    rows = rows[np.lexsort((-size[rows], ~asked[rows]))][:20]
    frame = Frame((limits[0], limits[1]), (limits[0], limits[1]), SIDE, SIDE)
    x, y = table["x"].to_numpy(dtype=float), table["y"].to_numpy(dtype=float)
    obstacles = degs | asked
    index = np.full(len(table), -1)
    index[obstacles] = np.arange(int(obstacles.sum()))
    found = place(
        frame,
        x[obstacles],
        y[obstacles],
        texts=[name for name, kept in zip(names, obstacles, strict=True) if kept],
        candidates=index[rows].tolist(),
    )
    bold = np.array(names, dtype=object)[obstacles]
    texts = [f"<b>{safe(name)}</b>" if name == gene else safe(name) for name in bold]
    write_names(figure, found, x[obstacles], y[obstacles], texts=texts)


def _say_off_scale(figure: go.Figure, table: pd.DataFrame, *, mode: Mode) -> None:
    off = table[table["off"]]
    if off.empty:
        return
    row = off.iloc[int(off["shift"].abs().to_numpy(dtype=float).argmax())]
    words = f"{len(off)} off the scale, {safe(row['gene'])} predicted {number(row['shift'])}"
    grey = {"size": 10, "color": tokens(mode).muted}
    note(figure, words, x=0, y=1, yshift=2, xanchor="left", yanchor="bottom", font=grey)
