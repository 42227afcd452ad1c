"""One treatment of a prediction step by step: a curve for each metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.metric_words import is_error, label, tick_label
from perturbdash.figures.models import ModelStyle, model_styles, style_of
from perturbdash.figures.numbers import count, decimals_for, number
from perturbdash.figures.scorecard.probe import telling_metrics
from perturbdash.figures.scorecard.rows import limits_of, within
from perturbdash.figures.tables import float32, of_context, safe
from perturbdash.figures.theme import Mode, canvas, note, nothing, rgba, rule, tokens

HEIGHT = 430
PLOT = 340
LINE = 15
CHARACTER = 6.0
MOST_NAMES, LONGEST = 9, 20
SYMBOLS = ("circle", "diamond", "square", "triangle-up")
LEAST, MOST = (-0.5, 0.2), (-2.0, 1.0)


def probe_curves(
    table: pd.DataFrame,
    *,
    treatment: str,
    axis: str,
    mode: Mode = "light",
    context: str | None = None,
    metrics: Sequence[str] | None = None,
    styles: Mapping[str, ModelStyle] | None = None,
) -> go.Figure:
    """Draw how each score moves with the steps of one treatment, 0 = unchanged, in units of the dynamic range.

    Parameters
    ----------
    table
        Columns context, model, treatment, level, metric, headline, change_in_range, value, unchanged, n; one model.
    treatment, axis
        Which one, and what its steps are, in words.
    metrics
        Curves; by default `telling_metrics`. Headline metrics are thick and have symbols.
    """
    own = of_context(table, context)
    own = own[own["treatment"] == treatment]
    chosen = telling_metrics(own) if metrics is None else list(metrics)
    own = own[own["metric"].isin(chosen) & own["change_in_range"].notna()].sort_values("level")
    curves = {metric: own[own["metric"] == metric] for metric in chosen}
    curves = {metric: rows for metric, rows in curves.items() if len(rows) > 1}
    if not curves:
        return nothing(mode, "No metric has a score at two steps, so nothing is drawn.", height=160)
    limits = limits_of(own["change_in_range"].to_numpy(dtype=float), least=LEAST, most=MOST)
    figure = canvas(mode, alt=_alt(curves, axis), height=HEIGHT)
    ends = _ends(curves, limits)
    room = 14 + CHARACTER * max((len(tick_label(metric)) for metric in ends), default=0)
    levels = sorted(own["level"].unique())
    figure.update_xaxes(title_text=safe(axis), tickvals=levels, ticktext=[f"{level:g}" for level in levels])
    span = (levels[-1] - levels[0]) or 1.0
    figure.update_xaxes(range=[levels[0] - 0.03 * span, levels[-1] + 0.03 * span])
    figure.update_yaxes(title_text="change of the score<br>(1 = dynamic range)", range=list(limits))
    figure.update_layout(margin={"t": 24, "r": room, "b": 50})
    rule(figure, (levels[0], 0), (levels[-1], 0), color=tokens(mode).ink, width=1.2)
    _say_where_better(figure, mode)
    model = str(own["model"].iloc[0])
    style = style_of(model, styles or model_styles([model]))
    headline = [metric for metric, rows in curves.items() if bool(rows["headline"].iloc[0])]
    for metric, rows in curves.items():
        place = headline.index(metric) if metric in headline else None
        _draw(figure, rows, style, place, limits, mode=mode)
    _write_ends(figure, ends, headline, levels[-1], mode)
    return figure


def _say_where_better(figure: go.Figure, mode: Mode) -> None:
    grey = {"size": 11, "color": tokens(mode).muted}
    note(figure, "↑ better, ↓ worse than unchanged", x=0, y=1, xanchor="left", yanchor="bottom", font=grey)


def _draw(
    figure: go.Figure,
    rows: pd.DataFrame,
    style: ModelStyle,
    place: int | None,
    limits: tuple[float, float],
    *,
    mode: Mode,
) -> None:
    colour = style.line(mode)
    thick = place is not None
    marker = {"symbol": SYMBOLS[(place or 0) % len(SYMBOLS)], "size": 8 if thick else 4, "color": colour}
    figure.add_scatter(
        x=float32(rows["level"]),
        y=float32(within(rows["change_in_range"].astype(float), limits)),
        mode="lines+markers",
        line={"color": colour if thick else rgba(colour, 0.4), "width": 2.2 if thick else 1.2},
        marker=marker if thick else marker | {"color": rgba(colour, 0.5)},
        hovertext=[_hover(row) for row in rows.to_dict("records")],
        hoverinfo="text",
        name=safe(label(str(rows["metric"].iloc[0]))),
    )


def _hover(row: Mapping[Any, Any]) -> str:
    metric = str(row["metric"])
    scores = [float(row[name]) for name in ("unchanged", "value")]
    decimals = decimals_for(metric, scores, error=is_error(metric))
    return "<br>".join(
        [
            f"<b>{safe(label(metric))}</b> at {float(row['level']):g}",
            f"{number(scores[1], decimals)}, unchanged {number(scores[0], decimals)}",
            f"{number(float(row['change_in_range']))} of the dynamic range, n = {count(row['n'])}",
        ]
    )


def _ends(curves: Mapping[str, pd.DataFrame], limits: tuple[float, float]) -> dict[str, float]:
    """Return where the name of each curve stands: at its end, pushed apart, headline metrics before others."""
    short = [m for m in curves if len(tick_label(m)) <= LONGEST or bool(curves[m]["headline"].iloc[0])]
    first = sorted(short, key=lambda metric: not bool(curves[metric]["headline"].iloc[0]))[:MOST_NAMES]
    if not first:
        return {}
    last = {m: float(np.clip(curves[m]["change_in_range"].iloc[-1], *limits)) for m in first}
    order = sorted(last, key=lambda metric: -last[metric])
    step = LINE * (limits[1] - limits[0]) / PLOT
    places = [last[metric] for metric in order]
    for i in range(1, len(places)):
        places[i] = min(places[i], places[i - 1] - step)
    below = limits[0] - places[-1]
    if below > 0:
        places[-1] += below
        for i in range(len(places) - 2, -1, -1):
            places[i] = max(places[i], places[i + 1] + step)
    return dict(zip(order, places, strict=True))


def _write_ends(
    figure: go.Figure, ends: Mapping[str, float], headline: Sequence[str], x: float, mode: Mode
) -> None:
    colour = tokens(mode)
    for metric, y in ends.items():
        thick = metric in headline
        words = f"<b>{safe(tick_label(metric))}</b>" if thick else safe(tick_label(metric))
        font = {"size": 11, "color": colour.ink if thick else colour.muted}
        note(
            figure,
            words,
            x=x,
            y=y,
            xref="x",
            yref="y",
            xanchor="left",
            yanchor="middle",
            xshift=10,
            font=font,
        )


def _alt(curves: Mapping[str, pd.DataFrame], axis: str) -> str:
    told = [
        f"{label(metric)} {number(float(rows['change_in_range'].iloc[-1]))} at {float(rows['level'].iloc[-1]):g}"
        for metric, rows in list(curves.items())[:6]
    ]
    return f"Change of the score in units of the dynamic range by {axis}: {', '.join(told)}."
