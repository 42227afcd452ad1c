"""DRF of one metric over cells a perturbation: what was measured with fewer, and what more would give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.calibration.gate_marks import GATE_SYMBOLS, drf_words, n_words, whiskers
from perturbdash.figures.metric_words import GATE_WORDS, label
from perturbdash.figures.numbers import bounds, count, interval
from perturbdash.figures.tables import float32, safe
from perturbdash.figures.theme import Mode, canvas, note, nothing, rgba, tokens
from perturbdash.vocabulary import DRF_GATE

HEIGHT = 430
ROOM = 1.25
"""Factor left and right of what is drawn along the axis of cells."""
TICKS = (1, 2, 5)
MOST_TICKS = 9
FREE_BELOW = 0.5
"""DRF of the data above which the words beside it stand below, so that no curve runs through them."""


def titration_curve(
    levels: pd.DataFrame,
    curve: pd.DataFrame,
    *,
    metric: str,
    target: float | None = None,
    needed: Mapping[Any, Any] | None = None,
    mode: Mode = "light",
) -> go.Figure:
    """Draw the DRF at each number of cells with its interval, and the curve through and beyond them.

    Parameters
    ----------
    levels
        Columns cells, drf_mean, drf_low, drf_high, n, gate, fitted; one row a number of cells, ascending.
    curve
        Columns cells, drf, low, high, beyond; without rows where none fits.
    metric
        Whose DRF it is.
    target
        The DRF that is asked for, a line.
    needed
        Its cells, cells_low and cells_high, drawn on that line where they are finite.
    """
    shown = levels[levels["drf_mean"].notna() & levels["cells"].notna()]
    if shown.empty:
        return nothing(mode, f"No perturbation has a DRF of {safe(label(metric))}.", height=HEIGHT)
    now, drf = float(shown["cells"].iloc[-1]), float(shown["drf_mean"].iloc[-1])
    alt = f"DRF of {label(metric)} at {len(shown)} numbers of cells a perturbation, the most {count(now)}"
    alt += f", and a curve to {count(float(curve['cells'].iloc[-1]))}." if len(curve) else "; no curve fits."
    figure = canvas(mode, alt=alt, height=HEIGHT, showlegend=True, margin={"t": 40, "r": 16})
    ends = _axes(figure, shown, curve, metric=metric)
    _lines(figure, ends, (now, drf), target, mode=mode)
    if len(curve):
        _draw_curve(figure, curve, mode=mode)
    _draw_levels(figure, shown, mode=mode)
    if target is not None and needed is not None:
        _draw_needed(figure, needed, target, ends[1], mode=mode)
    return figure


def _axes(
    figure: go.Figure, levels: pd.DataFrame, curve: pd.DataFrame, *, metric: str
) -> tuple[float, float]:
    cells = np.concatenate([levels["cells"], curve["cells"]]).astype(float)
    first, last = float(cells.min()) / ROOM, float(cells.max()) * ROOM
    decades = 10.0 ** np.arange(np.floor(np.log10(first)), np.ceil(np.log10(last)) + 1)
    ticks = np.array([step * decade for decade in decades for step in TICKS])
    ticks = ticks[(ticks >= first) & (ticks <= last) & (ticks >= 1)]
    ticks = ticks[:: -(-len(ticks) // MOST_TICKS)] if len(ticks) else ticks
    figure.update_xaxes(
        type="log",
        range=[float(np.log10(first)), float(np.log10(last))],
        tickvals=ticks.tolist(),
        ticktext=[count(float(tick)) for tick in ticks],
        title_text="cells a perturbation (mean, log scale)",
    )
    low = float(np.nanmin([0.0, *levels["drf_low"], *levels["drf_mean"], *curve["low"]]))
    figure.update_yaxes(range=[low * 1.05 - 0.03, 1.04], title_text=f"DRF of {safe(label(metric))}")
    return first, last


def _lines(
    figure: go.Figure,
    ends: tuple[float, float],
    data: tuple[float, float],
    target: float | None,
    *,
    mode: Mode,
) -> None:
    """Draw zero, the gate and the target across, and the cells of the data upright."""
    colour = tokens(mode)
    (first, last), (now, drf) = ends, data
    for y, dash, words in ((0.0, None, ""), (DRF_GATE, "dot", "gate"), (target, "dash", "asked for")):
        if y is None:
            continue
        line = {"color": colour.ink if words != "asked for" else colour.petrol, "width": 1.2, "dash": dash}
        figure.add_shape(type="line", x0=first, x1=last, y0=y, y1=y, line=line, layer="below")
    line = {"color": colour.axis, "width": 1.2}
    figure.add_shape(type="line", x0=now, x1=now, y0=0, y1=1, yref="paper", line=line, layer="below")
    font = {"size": 11, "color": colour.muted}
    place: dict[str, Any] = {"y": 1, "yanchor": "top"}
    if drf > FREE_BELOW:
        place = {"y": 2 * DRF_GATE, "yref": "y", "yanchor": "bottom"}
    note(figure, "your data", x=float(np.log10(now)), xref="x", xanchor="left", xshift=4, font=font, **place)


def _draw_curve(figure: go.Figure, curve: pd.DataFrame, *, mode: Mode) -> None:
    colour = tokens(mode)
    around = pd.concat([curve["cells"], curve["cells"][::-1]])
    band = pd.concat([curve["high"].clip(upper=1), curve["low"].clip(lower=-1)[::-1]])
    figure.add_scatter(
        x=float32(around),
        y=float32(band),
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=rgba(colour.informative, 0.14),
        hoverinfo="skip",
        name="95 % interval of the curve",
    )
    inside = curve[~curve["beyond"].astype(bool)]
    outside = pd.concat([inside.tail(1), curve[curve["beyond"].astype(bool)]])
    for rows, dash, words in ((inside, "solid", "curve"), (outside, "dash", "beyond the data")):
        figure.add_scatter(
            x=float32(rows["cells"]),
            y=float32(rows["drf"]),
            mode="lines",
            line={"color": colour.informative, "width": 2, "dash": dash},
            name=words,
            hovertext=[
                f"{count(row['cells'])} cells: DRF {interval(row['drf'], row['low'], row['high'])}"
                for row in rows.to_dict("records")
            ],
            hoverinfo="text",
        )


def _draw_levels(figure: go.Figure, levels: pd.DataFrame, *, mode: Mode) -> None:
    colour = tokens(mode)
    gates = [str(gate) for gate in levels["gate"]]
    shades = [colour.gate(gate) for gate in gates]
    figure.add_scatter(
        x=float32(levels["cells"]),
        y=float32(levels["drf_mean"]),
        mode="markers",
        name="measured, symbol: gate",
        marker={
            "symbol": [GATE_SYMBOLS[gate] for gate in gates],
            "size": 10,
            "color": shades,
            "line": {"color": shades, "width": 1.6},
        },
        error_y=whiskers(levels, "drf_mean", "drf_low", "drf_high", colour.muted) | {"thickness": 1.2},
        hovertext=[_hover(row) for row in levels.to_dict("records")],
        hoverinfo="text",
        cliponaxis=False,
    )


def _draw_needed(
    figure: go.Figure, needed: Mapping[Any, Any], target: float, last: float, *, mode: Mode
) -> None:
    """Draw the number that is needed on the line of the target; an interval without end goes to the edge."""
    cells = float(needed["cells"])
    if not np.isfinite(cells):
        return
    low, high = float(needed["cells_low"]), float(needed["cells_high"])
    colour = tokens(mode).petrol
    words = (
        f"{count(round(cells))} {bounds(low, high, 0)}"
        if np.isfinite(high)
        else f"{count(round(low))} or more"
    )
    figure.add_scatter(
        x=float32([cells]),
        y=float32([target]),
        mode="markers",
        name="cells that it takes",
        marker={"symbol": "diamond", "size": 10, "color": colour},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": float32([max(min(high, last) - cells, 0)]),
            "arrayminus": float32([max(cells - low, 0) if np.isfinite(low) else 0]),
            "color": colour,
            "thickness": 1.8,
            "width": 4,
        },
        hovertext=[f"DRF {target:.2f} takes about {words} cells"],
        hoverinfo="text",
    )


def _hover(row: Mapping[Any, Any]) -> str:
    used = "" if row["fitted"] else "<br>not used by the curve"
    return (
        f"<b>{count(float(row['cells']))} cells a perturbation</b>: {GATE_WORDS[str(row['gate'])]}<br>"
        f"{drf_words(row)}<br>{n_words(row)}{used}"
    )
