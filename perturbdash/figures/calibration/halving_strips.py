"""DRF of each metric by several halvings of the same cells, with the gate of each halving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.calibration.gate_marks import GATE_SYMBOLS, KEPT
from perturbdash.figures.calibration.lanes import connect, lane_canvas, lanes, say_undefined
from perturbdash.figures.metric_words import GATE_WORDS, label
from perturbdash.figures.numbers import count, interval
from perturbdash.figures.tables import float32, of_context, safe
from perturbdash.figures.theme import Mode, nothing, tokens
from perturbdash.vocabulary import HEADLINE, PositiveControl


def halving_strips(
    halvings: pd.DataFrame,
    *,
    mode: Mode = "light",
    positive_control: PositiveControl = "interpolated_duplicate",
    context: str | None = None,
    by_size: bool = True,
    headline: Sequence[str] = HEADLINE,
    marked: str | None = None,
) -> go.Figure:
    """Draw the DRF of each metric once a halving, with the symbol of its gate, and a line over all of them.

    Parameters
    ----------
    halvings
        Columns halving, seed, context, metric, positive_control, drf_mean, drf_low, drf_high, bds, bds_low, bds_high,
        n, gate.
    by_size
        The largest mean on top, else family by family.
    headline
        Metrics whose names are bold.
    marked
        A metric whose lane is tinted.
    """
    rows = of_context(halvings, context)
    rows = rows[rows["positive_control"] == positive_control]
    if rows.empty or rows["drf_mean"].isna().all():
        return nothing(mode, "No metric has a DRF in any halving.", height=300)
    grouped = rows.groupby("metric")["drf_mean"]
    places = lanes(list(dict.fromkeys(rows["metric"])), grouped.mean(), by_size=by_size)
    n = int(rows["halving"].nunique())
    several = rows.groupby("metric")["gate"].nunique()
    alt = (
        f"Dynamic range fraction of {len(places)} metrics by {n} halvings; {int((several > 1).sum())} have more than "
        "one gate."
    )
    figure = lane_canvas(places, rows["drf_mean"], alt=alt, mode=mode, headline=headline, marked=marked)
    low, high = grouped.min(), grouped.max()
    connect(figure, [(float(low[m]), float(high[m]), y) for m, y in places.items()], colour=tokens(mode).axis)
    defined = rows[rows["drf_mean"].notna()]
    for gate, words in GATE_WORDS.items():
        _draw(figure, defined[defined["gate"] == gate], places, gate=gate, words=words, mode=mode)
    lacking = [places[str(m)] for m in grouped.count()[grouped.count() == 0].index]
    say_undefined(figure, lacking, "no perturbation has a value", mode=mode)
    return figure


def _draw(
    figure: go.Figure, rows: pd.DataFrame, places: Mapping[str, float], *, gate: str, words: str, mode: Mode
) -> None:
    if rows.empty:
        return
    colour = tokens(mode).gate(gate)
    figure.add_scatter(
        x=float32(rows["drf_mean"]),
        y=float32([places[m] for m in rows["metric"]]),
        mode="markers",
        name=words,
        marker={
            "symbol": GATE_SYMBOLS[gate],
            "size": 8,
            "color": colour,
            "opacity": 0.8,
            "line": {"color": colour, "width": 1.4},
        },
        customdata=rows["metric"].tolist(),
        hovertext=[_hover(row) for row in rows.to_dict("records")],
        hoverinfo="text",
        cliponaxis=False,
        **KEPT,
    )


def _hover(row: Mapping[Any, Any]) -> str:
    drf = interval(*(float(row[c]) for c in ("drf_mean", "drf_low", "drf_high")))
    bds = interval(*(float(row[c]) for c in ("bds", "bds_low", "bds_high")))
    return (
        f"<b>{safe(label(str(row['metric'])))}</b>: {GATE_WORDS[str(row['gate'])]}<br>halving {int(row['halving'])}, "
        f"seed {int(row['seed'])}<br>DRF {drf}<br>BDS {bds}<br>n = {count(float(row['n']))} perturbations"
    )
