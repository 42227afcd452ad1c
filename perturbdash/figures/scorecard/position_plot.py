"""Position of each model between the average and a repeated experiment."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.metric_words import label
from perturbdash.figures.models import ModelStyle
from perturbdash.figures.numbers import interval, number
from perturbdash.figures.scorecard import rows as shared
from perturbdash.figures.tables import float32, safe
from perturbdash.figures.theme import Mode, note, nothing, rgba, tokens

LEAST, MOST = (-0.5, 1.2), (-1.0, 2.0)


def positions(
    verdict: pd.DataFrame,
    *,
    mode: Mode = "light",
    context: str | None = None,
    models: Sequence[str] | None = None,
    styles: Mapping[str, ModelStyle] | None = None,
    metrics: Collection[str] | None = None,
) -> go.Figure:
    """Draw where each model stands between the average (0) and a repeat (1), truth: one half of the cells.

    The rows are those of the forest: informative metrics only.

    Parameters
    ----------
    verdict
        Columns context, model, metric, headline, gate, position, position_low, position_high.
    models
        Those that are shown, in this order; by default all.
    metrics
        Rows; by default all informative metrics.
    """
    board = shared.board(verdict, context=context, models=models, styles=styles, metrics=metrics)
    if board.table.empty:
        return nothing(mode, shared.NOTHING_INFORMATIVE, height=220)
    limits = shared.limits_of(board.table["position"].to_numpy(dtype=float), least=LEAST, most=MOST)
    alt = f"Position between the average and a repeat on {len(board.places)} informative metrics: {_means(board)}."
    figure = shared.start(board, mode=mode, alt=alt)
    title = "position in the dynamic range<br>(0 = negative, 1 = positive control)"
    figure.update_xaxes(title_text=title, range=list(limits))
    for x, words in ((0, "the average"), (1, "a repeat")):
        shared.upright(figure, x, mode=mode)
        grey = {"size": 11, "color": tokens(mode).muted}
        note(figure, words, x=x, y=1, xref="x", xanchor="center", yanchor="bottom", font=grey)
    for model in board.models:
        _draw_model(figure, board.of(model), board.style(model), limits, mode=mode)
    return figure


def _means(board: shared.Board) -> str:
    return ", ".join(f"{model} {number(board.of(model)['position'].mean())}" for model in board.models)


def _draw_model(
    figure: go.Figure, rows: pd.DataFrame, style: ModelStyle, limits: tuple[float, float], *, mode: Mode
) -> None:
    drawn = rows[rows["position"].notna()]
    middle = shared.within(drawn["position"], limits)
    figure.add_bar(
        x=float32(middle),
        y=float32(drawn["y"]),
        orientation="h",
        width=0.14,
        marker={"color": rgba(style.colour(mode), 0.32), "line": {"width": 0}},
        hoverinfo="skip",
        showlegend=False,
    )
    low, high = (drawn[c].astype(float).clip(*limits) for c in ("position_low", "position_high"))
    words = [shared.off_scale(v, limits) or shared.number_of(style) for v in drawn["position"]]
    figure.add_scatter(
        x=float32(middle),
        y=float32(drawn["y"]),
        mode="markers+text",
        marker=shared.symbols(style, mode, [True] * len(drawn))
        | {"size": 8, "opacity": drawn["position"].between(*limits).astype(float).tolist()},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": float32((high - middle).clip(lower=0).fillna(0)),
            "arrayminus": float32((middle - low).clip(lower=0).fillna(0)),
            "color": rgba(style.line(mode), 0.75),
            "thickness": 1,
            "width": 0,
        },
        text=words,
        textposition=["middle left" if v > limits[1] else "middle right" for v in drawn["position"]],
        textfont={"size": 10, "color": style.line(mode)},
        hovertext=[_hover(row, style) for row in drawn.to_dict("records")],
        hoverinfo="text",
        showlegend=False,
    )
    shared.legend_entry(figure, style, mode)
    for row in rows[rows["position"].isna()].itertuples():
        font = {"size": 10, "color": style.line(mode)}
        words_ = f"–{shared.number_of(style)}"
        note(
            figure, words_, x=0, y=float(str(row.y)), xref="x", yref="y", xanchor="left", xshift=4, font=font
        )


def _hover(row: Mapping[Any, Any], style: ModelStyle) -> str:
    value, low, high = (float(str(row[c])) for c in ("position", "position_low", "position_high"))
    return f"<b>{safe(style.label)}</b><br>{safe(label(str(row['metric'])))}<br>position {interval(value, low, high)}"
