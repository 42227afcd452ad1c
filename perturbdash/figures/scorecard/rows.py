"""The rows that forest and position share: informative metrics, family by family, a lane for each model."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.metric_words import KEPT_AS_WARNING, family, in_order, tick_label
from perturbdash.figures.models import ModelStyle, model_styles, style_of
from perturbdash.figures.numbers import MINUS, number
from perturbdash.figures.tables import float32, of_context, safe
from perturbdash.figures.theme import Mode, canvas, tokens

FAMILY_GAP = 14
ROW = 20
LANE = 8
LEGEND_LINE = 4
ROOM_ABOVE = 34
"""Pixels for the words above the axes, where the legend stands above the figure."""
WHOLE_FROM = 100
NOTHING_INFORMATIVE = "No metric passes the gate, so nothing is drawn."


@dataclass(frozen=True)
class Board:
    """What one of the two figures draws.

    Parameters
    ----------
    table
        Rows of the verdict on informative metrics, with ``place`` (of the metric) and ``y`` (of the model's lane).
    places
        Place of each metric on the axis.
    """

    table: pd.DataFrame
    places: dict[str, float]
    headline: set[str]
    models: list[str]
    styles: dict[str, ModelStyle]

    @property
    def last(self) -> float:
        """The lowest place."""
        return max(self.places.values(), default=0.0)

    def style(self, model: str) -> ModelStyle:
        """Style of a model."""
        return style_of(model, self.styles)

    def of(self, model: str) -> pd.DataFrame:
        """Rows of one model."""
        return self.table[self.table["model"] == model]


def board(
    verdict: pd.DataFrame,
    *,
    context: str | None,
    models: Sequence[str] | None,
    styles: Mapping[str, ModelStyle] | None,
    metrics: Collection[str] | None = None,
) -> Board:
    """Take the rows that the figures draw, all informative metrics or some of them, and give each its place."""
    table = of_context(verdict, context)
    present = list(dict.fromkeys(table["model"]))
    shown = present if models is None else [model for model in models if model in present]
    table = table[table["model"].isin(shown) & (table["gate"] == "informative")]
    table = table[table["metric"].isin(drawn_metrics(table["metric"]) if metrics is None else list(metrics))]
    places: dict[str, float] = {}
    gap = FAMILY_GAP / _row_height(len(shown))
    last_family = None
    at = -1.0
    for metric in in_order(table["metric"]):
        at += 1 + (gap if last_family not in (None, family(metric)) else 0)
        places[metric], last_family = at, family(metric)
    lanes = {model: _lane(i, len(shown)) for i, model in enumerate(shown)}
    place = table["metric"].map(places).astype(float)
    table = table.assign(place=place, y=place + table["model"].map(lanes).astype(float))
    headline = set(table.loc[table["headline"].astype(bool), "metric"])
    return Board(table, places, headline, shown, dict(styles or model_styles(shown)))


def drawn_metrics(metrics: Iterable[str]) -> list[str]:
    """Return the metrics that can have a row, in the order of rows."""
    return [metric for metric in in_order(metrics) if metric != KEPT_AS_WARNING]


def _row_height(n_models: int) -> int:
    return max(ROW, LANE * n_models + 6)


def _lane(index: int, n: int) -> float:
    """Lanes of one row lie closer to each other than to those of the next row."""
    return (index - (n - 1) / 2) / (n + 0.8)


def start(board: Board, *, mode: Mode, alt: str, right: float = 12) -> go.Figure:
    """Return a canvas with the metrics on its left and room for words on its right."""
    row = _row_height(len(board.models))
    top = 66 + 20 * ((len(board.models) - 1) // LEGEND_LINE)
    figure = canvas(
        mode, alt=alt, height=round(row * (board.last + 1.6)) + top + 56, showlegend=True, barmode="overlay"
    )
    bold = [
        f"<b>{safe(tick_label(m))}</b>" if m in board.headline else safe(tick_label(m)) for m in board.places
    ]
    figure.update_xaxes(tickangle=0, nticks=7)
    figure.update_layout(
        margin={"t": top, "r": right},
        legend={"yref": "container", "y": 0.995, "yanchor": "top"},
        yaxis={
            "range": [board.last + 0.8, -0.8],
            "tickvals": float32(list(board.places.values())),
            "ticktext": bold,
            "ticks": "",
            "showgrid": False,
            "showline": False,
            "tickfont": {"color": tokens(mode).ink},
        },
    )
    return figure


def upright(figure: go.Figure, x: float, *, mode: Mode) -> None:
    """Draw a line in ink over the whole height, above what is drawn before it."""
    figure.add_scatter(
        x=[x, x],
        y=list(figure.layout.yaxis.range),
        mode="lines",
        line={"color": tokens(mode).ink, "width": 1.2},
        hoverinfo="skip",
        showlegend=False,
    )


def symbols(style: ModelStyle, mode: Mode, filled: Sequence[bool]) -> dict[str, Any]:
    """Return a marker that is filled on some rows and open on others."""
    full, open_ = style.marker(mode), style.marker(mode, filled=False)
    return {
        "size": 9,
        "symbol": [full["symbol"] if f else open_["symbol"] for f in filled],
        "color": [full["color"] if f else open_["color"] for f in filled],
        "line": {"color": style.line(mode), "width": [full["line"]["width"] if f else 1.6 for f in filled]},
    }


def legend_entry(figure: go.Figure, style: ModelStyle, mode: Mode) -> None:
    """Add a model to the legend with its filled symbol, whatever its rows look like."""
    marker = style.marker(mode, size=10)
    figure.add_scatter(
        x=[None], y=[None], mode="markers", marker=marker, name=safe(style.label), hoverinfo="skip"
    )


def without_legend(figure: go.Figure) -> go.Figure:
    """Take plotly's legend away and the room it had, where a legend that wraps stands above the figure."""
    spare = figure.layout.margin.t - ROOM_ABOVE
    return figure.update_layout(showlegend=False, margin_t=ROOM_ABOVE, height=figure.layout.height - spare)


def number_of(style: ModelStyle) -> str:
    """Return what stands beside the symbol of a model without a colour of its own."""
    return "" if style.number is None else f" {style.number}"


def off_scale(value: float, limits: tuple[float, float]) -> str:
    """Return the words for a value beyond the limits, empty within.

    Examples
    --------
    >>> off_scale(-7.0, (-1.0, 2.0)), off_scale(2365.6, (-1.0, 2.0)), off_scale(0.0, (-1.0, 2.0))
    ('◂ −7.00', '2,366 ▸', '')
    """
    words = number(value) if abs(value) < WHOLE_FROM else f"{value:,.0f}".replace("-", MINUS)
    if value < limits[0]:
        return f"◂ {words}"
    return f"{words} ▸" if value > limits[1] else ""


def within(values: pd.Series, limits: tuple[float, float]) -> pd.Series:
    """Move values beyond the limits just inside them; plotly leaves out what rounding puts beyond an axis."""
    sliver = 1e-4 * (limits[1] - limits[0])
    return values.clip(limits[0] + sliver, limits[1] - sliver)


def limits_of(
    values: np.ndarray, *, least: tuple[float, float], most: tuple[float, float]
) -> tuple[float, float]:
    """Return the ends of an axis: all values where they fit, cut at ``most``, never closer than ``least``."""
    finite = values[np.isfinite(values)]
    low = min([least[0], *finite])
    high = max([least[1], *finite])
    room = 0.05 * (min(high, most[1]) - max(low, most[0]))
    return max(low, most[0]) - room, min(high, most[1]) + room
