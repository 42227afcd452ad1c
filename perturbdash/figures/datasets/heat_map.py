"""Which metric works on which data: DRF or BDS of every metric on every loaded data set, with its gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any, Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.calibration.gate_marks import GATE_SYMBOLS
from perturbdash.figures.metric_words import GATE_WORDS, by_skill, in_order, label, tick_label
from perturbdash.figures.numbers import UNDEFINED, count, interval, number
from perturbdash.figures.tables import float32, safe
from perturbdash.figures.theme import Mode, canvas, note, nothing, rule, tokens

ROW, HEAD = 21, 74
FEWEST_COLUMNS = 3
LINE, WIDE_LINE, MOST_LINES = 12, 16, 3
BESIDE = 4
"""Columns that have room where another figure stands beside."""
SCALES: dict[Mode, list[tuple[float, str]]] = {
    "light": [(0.0, "#F1F4F6"), (0.25, "#CFE2E4"), (0.55, "#93BFC5"), (1.0, "#4E96A0")],
    "dark": [(0.0, "#1A212A"), (0.25, "#1B3B42"), (0.55, "#215357"), (1.0, "#276B6D")],
}
"""From 0 to 1; ink is readable on all of it."""
WORDS = {"drf": "DRF", "bds": "BDS"}


def calibration_across(
    calibration: pd.DataFrame, *, mode: Mode = "light", value: Literal["drf", "bds"] = "drf"
) -> go.Figure:
    """Draw a value of every metric (rows, headline first) on every data set (columns), with the gate beside it.

    Source: Miller et al. 2025, 10.1101/2025.10.20.683304, figure 2e.

    Parameters
    ----------
    calibration
        Columns name (of the column), metric, headline, drf, drf_low, drf_high, bds, gate, n.
    value
        Which of the two is drawn; what is below 0 has the colour of 0, and its number.
    """
    if calibration.empty:
        return nothing(mode, "No data set is scored yet, so there is no calibration to show.", height=300)
    columns = [str(name) for name in dict.fromkeys(calibration["name"])]
    metrics, n_headline = _rows(calibration)
    cells = calibration.assign(
        column=calibration["name"].map({name: at for at, name in enumerate(columns)}),
        row=calibration["metric"].map({metric: at for at, metric in enumerate(metrics)}),
    )
    alt = f"{WORDS[value]} of {len(metrics)} metrics on {', '.join(columns)}, with the gate of each."
    figure = canvas(mode, alt=alt, height=ROW * len(metrics) + HEAD, margin={"t": HEAD, "b": 4})
    _draw_axes(figure, columns, metrics, n_headline, cells)
    _draw_cells(figure, cells, (len(metrics), len(columns)), value, mode=mode)
    _draw_numbers(figure, cells, value, mode=mode)
    if 0 < n_headline < len(metrics):
        y = n_headline - 0.5
        rule(figure, (-0.5, y), (len(columns) - 0.5, y), color=tokens(mode).ink, width=1.4)
    return figure


def _rows(calibration: pd.DataFrame) -> tuple[list[str], int]:
    """Return metrics, headline ones of any data set first, and how many these are."""
    headline = by_skill(calibration.loc[calibration["headline"].astype(bool), "metric"])
    others = [metric for metric in in_order(calibration["metric"]) if metric not in headline]
    return [*headline, *others], len(headline)


def _draw_axes(
    figure: go.Figure, columns: Sequence[str], metrics: Sequence[str], n_headline: int, cells: pd.DataFrame
) -> None:
    most = cells.groupby("column")["n"].max()
    line = LINE if len(columns) <= BESIDE else WIDE_LINE
    heads = [f"{_folded(name, line)}<br>{count(float(most[at]))}" for at, name in enumerate(columns)]
    names = [safe(tick_label(metric)) for metric in metrics]
    figure.update_xaxes(
        side="top",
        range=[-0.5, max(len(columns), FEWEST_COLUMNS) - 0.5],
        tickvals=float32(range(len(columns))),
        ticktext=heads,
        tickangle=0,
        tickfont={"size": 11},
        showgrid=False,
        showline=False,
        ticks="",
    )
    figure.update_yaxes(
        range=[len(metrics) - 0.5, -0.5],
        tickvals=float32(range(len(metrics))),
        ticktext=[f"<b>{name}</b>" if at < n_headline else name for at, name in enumerate(names)],
        showgrid=False,
        showline=False,
        ticks="",
    )


def _folded(name: str, line: int) -> str:
    """Break a name into lines that a column has room for."""
    lines = wrap(name.replace("_", " "), line, break_long_words=True)
    if len(lines) > MOST_LINES:
        lines = [
            *lines[: MOST_LINES - 1],
            f"…{lines[-1]}" if " · " in name else f"{lines[MOST_LINES - 1][: line - 1]}…",
        ]
    return "<br>".join(safe(part) for part in lines)


def _draw_cells(
    figure: go.Figure, cells: pd.DataFrame, shape: tuple[int, int], value: str, *, mode: Mode
) -> None:
    z = np.full(shape, np.nan, dtype=np.float32)
    hover = np.full(shape, "", dtype=object)
    rows, columns = cells["row"].to_numpy(dtype=int), cells["column"].to_numpy(dtype=int)
    z[rows, columns] = cells[value].clip(lower=0, upper=1).to_numpy(dtype=np.float32)
    hover[rows, columns] = [_hover(cell) for cell in cells.to_dict("records")]
    figure.add_heatmap(
        z=z,
        zmin=0,
        zmax=1,
        colorscale=SCALES[mode],
        showscale=False,
        xgap=3,
        ygap=2,
        hovertext=hover,
        hoverinfo="text",
    )


def _draw_numbers(figure: go.Figure, cells: pd.DataFrame, value: str, *, mode: Mode) -> None:
    """Write every number with its gate left of it; a dash where there is none."""
    known = cells[value].notna()
    left, right = (-0.27, 0.14) if cells["column"].max() < BESIDE else (-0.16, 0.1)
    for gate, symbol in GATE_SYMBOLS.items():
        own = cells[known & (cells["gate"] == gate)]
        ink = tokens(mode).ink
        figure.add_scatter(
            x=float32(own["column"] + left),
            y=float32(own["row"]),
            mode="markers",
            name=GATE_WORDS[gate],
            marker={"symbol": symbol, "size": 7, "color": ink, "line": {"width": 1.4, "color": ink}},
            hoverinfo="skip",
        )
    figure.add_scatter(
        x=float32(cells["column"] + np.where(known, right, 0.0)),
        y=float32(cells["row"]),
        mode="text",
        text=[number(v) if np.isfinite(v) else UNDEFINED for v in cells[value]],
        textfont={"size": 11.5, "color": tokens(mode).ink},
        hoverinfo="skip",
    )
    if not known.any():
        words = f"{WORDS[value]} has no value on any of them."
        note(figure, words, x=0.5, y=0.5, font={"color": tokens(mode).muted})


def _hover(cell: Mapping[Any, Any]) -> str:
    drf = interval(*(float(cell[column]) for column in ("drf", "drf_low", "drf_high")))
    return "<br>".join(
        [
            f"<b>{safe(label(str(cell['metric'])))}</b> on {safe(cell['name'])}",
            f"{GATE_WORDS.get(str(cell['gate']), '')}, n = {count(float(cell['n']))}",
            f"DRF {drf}; BDS {number(cell['bds'])}",
        ]
    )
