"""Does a win rest on the targeted genes? The difference to the hardest baseline with them and without."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.metric_words import OUTCOME_WORDS, by_skill, is_error, label
from perturbdash.figures.models import ModelStyle
from perturbdash.figures.numbers import count, decimals_for, interval, p_value
from perturbdash.figures.tables import float32, safe
from perturbdash.figures.theme import Mode, canvas, note, nothing, tokens
from perturbdash.figures.warnings.strips import RIGHT, style_for, threshold_lines

ROW, TOP, FOOT = 44, 44, 56
GENES = ("all genes", "without targets")


def with_and_without_targets(
    points: pd.DataFrame,
    limits: pd.DataFrame,
    *,
    model: str,
    mode: Mode = "light",
    style: ModelStyle | None = None,
) -> go.Figure:
    """Draw the difference to the hardest baseline with its interval, with the targeted genes and without, and p.

    Each metric is divided by the farthest end of its intervals, so that they fit on one axis.

    Parameters
    ----------
    points
        Columns metric, genes (``all genes``, ``without targets``), baseline, difference, low, high, p, outcome, n.
    limits
        Columns panel (``p``, ``difference``), value, words.
    """
    drawn = points[points["difference"].notna()]
    if drawn.empty:
        return nothing(mode, "No headline metric is won, so none can rest on the targeted genes.", height=160)
    metrics = by_skill(dict.fromkeys(drawn["metric"]))
    own = style_for(model, style)
    height = TOP + ROW * len(metrics) * len(GENES) + FOOT
    figure = canvas(mode, alt=_alt(drawn, limits), height=height, margin={"t": TOP, "b": FOOT, "r": 150})
    ticks, words = [], []
    for i, metric in enumerate(metrics):
        rows = drawn[drawn["metric"] == metric]
        scale = float(np.nanmax(rows[["difference", "low", "high"]].abs().to_numpy(dtype=float))) or 1.0
        for j, genes in enumerate(GENES):
            y = -(i * len(GENES) + j + 0.18 * (i > 0))
            ticks.append(y)
            grey = tokens(mode).muted
            name = f"<b>{safe(label(metric))}</b><br>" if not j else ""
            words.append(f"{name}<span style='color:{grey}'>{genes}</span>")
            for row in rows[rows["genes"] == genes].to_dict("records"):
                _draw(figure, row, scale, y, own, mode=mode)
    figure.update_xaxes(
        title_text="difference to the hardest baseline<br>(1 = farthest end of the metric’s intervals)",
        range=[-1.08, 1.08],
    )
    figure.update_yaxes(
        tickvals=float32(ticks),
        ticktext=words,
        range=[min(ticks) - 0.6, 0.6],
        showgrid=False,
        showline=False,
        ticks="",
    )
    zero = limits[limits["panel"] == "difference"]
    threshold_lines(figure, zero.assign(panel=RIGHT), zero["value"], mode=mode)
    return figure


def _draw(
    figure: go.Figure, row: Mapping[Any, Any], scale: float, y: float, style: ModelStyle, *, mode: Mode
) -> None:
    ends = [float(row[name]) for name in ("difference", "low", "high")]
    middle, low, high = (value / scale for value in ends)
    shown = row["outcome"] in ("beats", "loses")
    decimals = decimals_for(str(row["metric"]), ends, error=is_error(str(row["metric"])))
    hover = (
        f"<b>{safe(label(str(row['metric'])))}</b>, {safe(row['genes'])}<br>{interval(*ends, decimals=decimals)} "
        f"against {safe(str(row['baseline']).replace('_', ' '))}<br>n = {count(row['n'])}"
    )
    figure.add_scatter(
        x=float32([middle]),
        y=float32([y]),
        mode="markers",
        marker=style.marker(mode, size=11, filled=bool(shown)),
        error_x={
            "type": "data",
            "symmetric": False,
            "array": float32([max(high - middle, 0) if high == high else 0]),
            "arrayminus": float32([max(middle - low, 0) if low == low else 0]),
            "color": style.line(mode),
            "thickness": 1.4,
            "width": 0,
        },
        hovertext=hover,
        hoverinfo="text",
    )
    p = p_value(float(row["p"]))
    outcome = _outcome(row)
    text = f"{outcome}<br>p {p}" if p.startswith("<") else f"{outcome}<br>p = {p}"
    font = {"size": 11, "color": tokens(mode).ink if shown else tokens(mode).muted}
    note(figure, text, x=1, y=y, yref="y", xanchor="left", xshift=8, yanchor="middle", font=font)


def _alt(drawn: pd.DataFrame, limits: pd.DataFrame) -> str:
    told = [
        f"{label(str(row['metric']))}, {row['genes']}: {_outcome(row)}, p {p_value(float(row['p']))}"
        for row in drawn.to_dict("records")
    ]
    limit = limits.loc[limits["panel"] == "p", "value"]
    threshold = f" Below {float(limit.iloc[0]):g} a win is shown." if len(limit) else ""
    return f"Differences to the hardest baseline. {'; '.join(told)}.{threshold}"


def _outcome(row: Mapping[Any, Any]) -> str:
    return OUTCOME_WORDS.get(str(row["outcome"]), str(row["outcome"]))
