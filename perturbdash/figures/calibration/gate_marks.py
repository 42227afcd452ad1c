"""Bars, gate symbols, intervals and words of DRF, and those of BDS beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.metric_words import GATE_WORDS, label
from perturbdash.figures.numbers import count, interval
from perturbdash.figures.tables import float32, safe
from perturbdash.figures.theme import Mode, rgba, tokens

GATE_SYMBOLS = {
    "informative": "circle",
    "weak": "circle-open-dot",
    "uninformative": "circle-open",
    "too_few": "line-ew-open",
}
FILLS = {"informative": 0.30, "weak": 0.0, "uninformative": 0.18, "too_few": 0.22}
SMALL_RANGE = 1e-4
KEPT = {"selected": {"marker": {"opacity": 1}}, "unselected": {"marker": {"opacity": 1}}}
"""A click must not fade the other rows."""


def draw_gates(figure: go.Figure, table: pd.DataFrame, *, mode: Mode) -> None:
    """Draw DRF on the first x axis and BDS on the second, each row at its ``place``; metrics are ``customdata``.

    Parameters
    ----------
    table
        Columns metric, place, gate, negative_control, drf_mean, drf_low, drf_high, bds, bds_low, bds_high, n.
    """
    for gate, words in GATE_WORDS.items():
        colour = tokens(mode).gate(gate)
        own = table[table["gate"] == gate]
        _draw_drf(figure, own[own["drf_mean"].notna()], gate=gate, words=words, colour=colour)
        _draw_bds(figure, own[own["bds"].notna()], gate=gate, colour=colour)


def _draw_drf(figure: go.Figure, rows: pd.DataFrame, *, gate: str, words: str, colour: str) -> None:
    pattern = {"shape": "/", "fgcolor": rgba(colour, 0.45), "size": 5, "solidity": 0.2}
    hover = [_hover(row) for row in rows.to_dict("records")]
    figure.add_bar(
        x=float32(rows["drf_mean"]),
        y=float32(rows["place"]),
        orientation="h",
        width=0.62,
        marker={
            "color": rgba(colour, FILLS[gate]),
            "pattern": pattern if gate == "weak" else None,
            "line": {"width": 0},
        },
        customdata=rows["metric"].tolist(),
        hovertext=hover,
        hoverinfo="text",
        showlegend=False,
        **KEPT,
    )
    symbols = rows if len(rows) else pd.DataFrame({c: [np.nan] for c in ("drf_mean", "place")})
    figure.add_scatter(
        x=float32(symbols["drf_mean"]),
        y=float32(symbols["place"]),
        mode="markers",
        name=words,
        marker=outlined(GATE_SYMBOLS[gate], colour),
        error_x=whiskers(rows, "drf_mean", "drf_low", "drf_high", colour),
        customdata=rows["metric"].tolist(),
        hovertext=hover,
        hoverinfo="text",
        cliponaxis=False,
        **KEPT,
    )


def _draw_bds(figure: go.Figure, rows: pd.DataFrame, *, gate: str, colour: str) -> None:
    if rows.empty:
        return
    figure.add_scatter(
        x=float32(rows["bds"]),
        y=float32(rows["place"]),
        xaxis="x2",
        mode="markers",
        marker=outlined(GATE_SYMBOLS[gate], colour, size=8),
        error_x=whiskers(rows, "bds", "bds_low", "bds_high", colour),
        customdata=rows["metric"].tolist(),
        hovertext=[_hover(row) for row in rows.to_dict("records")],
        hoverinfo="text",
        cliponaxis=False,
        showlegend=False,
        **KEPT,
    )


def outlined(symbol: str, colour: str, *, size: float = 9, width: float = 1.6) -> dict[str, object]:
    """Return a marker whose line has its own colour, so that full and open symbols are as large."""
    return {"symbol": symbol, "size": size, "color": colour, "line": {"color": colour, "width": width}}


def whiskers(rows: pd.DataFrame, middle: str, low: str, high: str, colour: str) -> dict[str, object]:
    """Return error bars from the named columns; an end that is undefined has none."""
    return {
        "type": "data",
        "symmetric": False,
        "array": float32((rows[high] - rows[middle]).clip(lower=0).fillna(0)),
        "arrayminus": float32((rows[middle] - rows[low]).clip(lower=0).fillna(0)),
        "color": colour,
        "thickness": 1.3,
        "width": 0,
    }


def drf_words(row: Mapping[Any, Any]) -> str:
    """Return the DRF of a row with its interval."""
    return f"DRF {interval(*(float(row[c]) for c in ('drf_mean', 'drf_low', 'drf_high')))}"


def n_words(row: Mapping[Any, Any]) -> str:
    """Return over how many perturbations a row is a mean."""
    return f"n = {count(float(row['n']))} perturbations"


def gate_words(row: Mapping[Any, Any], *which: str) -> list[str]:
    """Return the lines of a hover: metric and gate, which calibration it is, DRF, BDS and n."""
    bds = interval(*(float(row[c]) for c in ("bds", "bds_low", "bds_high")))
    head = f"<b>{safe(label(str(row['metric'])))}</b>: {GATE_WORDS[str(row['gate'])]}"
    return [head, *which, drf_words(row), f"BDS {bds}", n_words(row)]


def _hover(row: Mapping[Any, Any]) -> str:
    control = safe(str(row["negative_control"]).replace("_", " "))
    lines = [*gate_words(row), f"negative control: {control}"]
    if row.get("n_undefined"):
        lines.append(f"undefined for {count(float(str(row['n_undefined'])))}")
    if row.get("n_no_range"):
        lines.append(f"no range for {count(float(str(row['n_no_range'])))}, whose DRF is 0")
    if row.get("median_range", np.inf) < SMALL_RANGE:
        lines.append("hardly any range: median below 0.0001")
    return "<br>".join(lines)
