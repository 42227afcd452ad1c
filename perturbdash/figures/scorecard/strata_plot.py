"""Scores by class of perturbation: means of models and baselines, and differences to the hardest baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.metric_words import arrow, baseline_label, is_error, label
from perturbdash.figures.models import ModelStyle, style_of, styles_for
from perturbdash.figures.numbers import bounds, count, decimals_for, number
from perturbdash.figures.scorecard import rows as shared
from perturbdash.figures.tables import float32, safe
from perturbdash.figures.theme import Mode, canvas, note, nothing, tokens

LANE = 13
GAP = 22
LEGEND_ROW, LEGEND_LINE = 20, 2
"""Pixels of a line of the legend, and how many names fit into one."""
FAR = 6.0
"""How many times farther off than others a prediction may lie before it is written at the edge of the axis."""


@dataclass(frozen=True)
class _Kind:
    """What of the table is drawn: a value with its interval, over n perturbations."""

    value: str
    low: str
    high: str
    n: str


MEAN = _Kind("mean", "low", "high", "n")
DIFFERENCE = _Kind("difference", "difference_low", "difference_high", "n_paired")


def strata_means(
    table: pd.DataFrame,
    *,
    mode: Mode = "light",
    styles: Mapping[str, ModelStyle] | None = None,
    legend: bool = False,
) -> go.Figure:
    """Draw the mean score of each prediction in each class of perturbations, with its 95 % interval.

    Parameters
    ----------
    table
        Columns metric, place, class, prediction, kind, n, mean, low, high; one row a class and prediction.
    legend
        Name the predictions above the axes, for where no legend stands beside the figure.
    """
    figure = _draw(table, table, MEAN, mode=mode, styles=styles)
    return _with_legend(figure, table, table, mode=mode, styles=styles) if legend else figure


def strata_differences(
    table: pd.DataFrame,
    *,
    mode: Mode = "light",
    styles: Mapping[str, ModelStyle] | None = None,
    legend: bool = False,
) -> go.Figure:
    """Draw the paired difference of each model to its hardest baseline in each class, with its 95 % interval.

    Parameters
    ----------
    table
        Columns metric, place, class, prediction, kind, baseline, n_paired, difference, difference_low,
        difference_high.
    legend
        Name the models above the axes, for where no legend stands beside the figure.
    """
    models = table[table["kind"] == "model"]
    figure = _draw(models, table, DIFFERENCE, mode=mode, styles=styles)
    return _with_legend(figure, models, table, mode=mode, styles=styles) if legend else figure


def _with_legend(
    figure: go.Figure,
    table: pd.DataFrame,
    beside: pd.DataFrame,
    *,
    mode: Mode,
    styles: Mapping[str, ModelStyle] | None,
) -> go.Figure:
    """Add symbol and name of each prediction above the axes, with the room that those of ``beside`` take."""
    names = list(dict.fromkeys(table["prediction"]))
    if not names or not figure.data:
        return figure
    known = styles_for(names, styles)
    for name in names:
        shared.legend_entry(figure, style_of(name, known), mode)
    room = LEGEND_ROW * -(-beside["prediction"].nunique() // LEGEND_LINE)
    return figure.update_layout(
        showlegend=True,
        legend={"yref": "container", "y": 0.995, "yanchor": "top"},
        margin_t=figure.layout.margin.t + room,
        height=figure.layout.height + room,
    )


def _draw(
    table: pd.DataFrame,
    beside: pd.DataFrame,
    kind: _Kind,
    *,
    mode: Mode,
    styles: Mapping[str, ModelStyle] | None,
) -> go.Figure:
    """Draw a lane a prediction; those of ``beside`` have a place too, so that both figures have the same rows."""
    if table[kind.value].notna().sum() == 0:
        return nothing(mode, "No class has a value, so nothing is drawn.", height=160)
    metric = str(table["metric"].iloc[0])
    names = list(dict.fromkeys(table["prediction"]))
    known = styles_for(names, styles)
    heights, height = _places(beside, list(dict.fromkeys(beside["prediction"])))
    figure = canvas(mode, alt=_alt(table, metric, kind), height=round(height) + 96, barmode="overlay")
    limits = _limits(table, kind)
    title = f"{label(metric)} {arrow(metric)}" if kind is MEAN else f"difference in {label(metric)}"
    figure.update_xaxes(title_text=safe(title), range=list(limits), nticks=6)
    _name_classes(figure, table, heights, kind, mode)
    if kind is DIFFERENCE:
        shared.upright(figure, 0, mode=mode)
        grey = {"size": 11, "color": tokens(mode).muted}
        note(figure, "← worse ", x=0, y=1, xref="x", xanchor="right", yanchor="bottom", font=grey)
        note(figure, " better →", x=0, y=1, xref="x", xanchor="left", yanchor="bottom", font=grey)
    for name in names:
        rows = table[table["prediction"] == name]
        y = rows["place"].map(lambda place, name=name: heights[int(place), name])
        _draw_lane(figure, rows.assign(y=y), style_of(name, known), limits, kind=kind, mode=mode)
    return figure


def _places(table: pd.DataFrame, names: Sequence[str]) -> tuple[dict[tuple[int, str], float], float]:
    """Return the height of each lane in pixels from the top, and that of all of them."""
    found, at = {}, GAP / 2
    for place in sorted(table["place"].unique()):
        for name in names:
            found[int(place), name] = at
            at += LANE
        at += GAP
    return found, at - GAP / 2


def _name_classes(
    figure: go.Figure,
    table: pd.DataFrame,
    heights: Mapping[tuple[int, str], float],
    kind: _Kind,
    mode: Mode,
) -> None:
    """Write class and n at the left, and a hairline between classes."""
    ticks, words, ends = [], [], []
    for place, rows in table.groupby("place", sort=True):
        own = [y for (p, _), y in heights.items() if p == place]
        ticks.append((min(own) + max(own)) / 2)
        ends.append(max(own) + GAP / 2 + LANE / 2)
        n = rows[kind.n].max()
        few = ", no interval" if rows[[kind.low, kind.high]].isna().all(axis=None) else ""
        grey = tokens(mode).muted
        words.append(
            f"{safe(rows['class'].iloc[0])}<br><span style='color:{grey}'>n = {count(n)}{few}</span>"
        )
    last = max(heights.values()) + GAP / 2
    figure.update_layout(
        margin={"t": 26, "b": 44},
        yaxis={
            "range": [last, -GAP / 2 + LANE / 2],
            "tickvals": float32(ticks),
            "ticktext": words,
            "ticks": "",
            "showgrid": False,
            "showline": False,
            "tickfont": {"color": tokens(mode).ink},
        },
    )
    for y in ends[:-1]:
        figure.add_shape(
            type="line",
            xref="paper",
            x0=0,
            x1=1,
            y0=y,
            y1=y,
            layer="below",
            line={"color": tokens(mode).rule, "width": 1},
        )


def _draw_lane(
    figure: go.Figure,
    rows: pd.DataFrame,
    style: ModelStyle,
    limits: tuple[float, float],
    *,
    kind: _Kind,
    mode: Mode,
) -> None:
    drawn = rows[rows[kind.value].notna()]
    value = drawn[kind.value].astype(float)
    middle, inside = shared.within(value, limits), value.between(*limits)
    words = [shared.off_scale(v, limits) or shared.number_of(style) for v in value]
    marker = style.marker(mode, size=9)
    figure.add_scatter(
        x=float32(middle),
        y=float32(drawn["y"]),
        mode="markers+text",
        marker=marker | {"opacity": np.where(inside, 1.0, 0.0).tolist()},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": float32((drawn[kind.high].clip(*limits) - middle).clip(lower=0).fillna(0)),
            "arrayminus": float32((middle - drawn[kind.low].clip(*limits)).clip(lower=0).fillna(0)),
            "color": style.line(mode),
            "thickness": 1.3,
            "width": 0,
        },
        text=words,
        textposition=["middle left" if v > limits[1] else "middle right" for v in value],
        textfont={"size": 10, "color": style.line(mode)},
        hovertext=[_hover(row, style, kind) for row in drawn.to_dict("records")],
        hoverinfo="text",
        name=safe(style.label),
        showlegend=False,
    )
    for row in rows[rows[kind.value].isna()].itertuples():
        font = {"size": 10, "color": style.line(mode)}
        text = f"–{shared.number_of(style)}"
        note(figure, text, x=0, y=float(str(row.y)), yref="y", xanchor="left", xshift=4, font=font)


def _hover(row: Mapping[Any, Any], style: ModelStyle, kind: _Kind) -> str:
    metric = str(row["metric"])
    ends = [float(row[name]) for name in (kind.value, kind.low, kind.high)]
    decimals = decimals_for(metric, ends, error=is_error(metric))
    told = f"{number(ends[0], decimals)} {bounds(ends[1], ends[2], decimals)}".rstrip()
    what = label(metric)
    if kind is DIFFERENCE:
        told, what = f"difference {told}", f"{what} against {baseline_label(str(row['baseline']))}"
    return "<br>".join(
        [
            f"<b>{safe(style.label)}</b>, {safe(row['class'])}",
            safe(what),
            told,
            f"n = {count(row[kind.n])}",
        ]
    )


def _limits(table: pd.DataFrame, kind: _Kind) -> tuple[float, float]:
    """Return an axis that holds all predictions but those that lie many times farther off than most."""
    columns = table[[kind.value, kind.low, kind.high]].astype(float)
    if kind is DIFFERENCE:
        centre = 0.0
    else:
        usual = columns.loc[table["kind"] == "baseline", kind.value].median()
        centre = float(columns[kind.value].median() if np.isnan(usual) else usual)
    distance = (columns[[kind.value, kind.low, kind.high]] - centre).abs().max(axis=1)
    farthest = distance.groupby(table["prediction"]).max()
    usual_names = farthest.index[farthest <= FAR * farthest.median()]
    kept = columns[table["prediction"].isin(usual_names)].to_numpy()
    finite = kept[np.isfinite(kept)]
    ends = [*finite, 0.0] if kind is DIFFERENCE else list(finite) or [centre]
    room = 0.06 * (max(ends) - min(ends)) or 0.1
    return min(ends) - room, max(ends) + room


def _alt(table: pd.DataFrame, metric: str, kind: _Kind) -> str:
    what = "Mean score" if kind is MEAN else "Difference to the hardest baseline"
    parts = []
    for name in dict.fromkeys(table["prediction"]):
        rows = table[table["prediction"] == name]
        values = ", ".join(
            f"{row['class']} {number(row[kind.value])}"
            for row in rows.sort_values("place").to_dict("records")
        )
        parts.append(f"{baseline_label(str(name)) if rows['kind'].iloc[0] == 'baseline' else name}: {values}")
    return f"{what} on {label(metric)} by class of perturbations. {'; '.join(parts)}."
