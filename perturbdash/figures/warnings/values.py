"""Is it in another space? Where predicted values lie, and what totals the profiles stand for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.models import ModelStyle
from perturbdash.figures.numbers import number, percent
from perturbdash.figures.roots import root, root_ticks
from perturbdash.figures.tables import float32, safe
from perturbdash.figures.theme import Mode, canvas, note, nothing, rgba
from perturbdash.figures.warnings.scales import log_scale
from perturbdash.figures.warnings.strips import (
    Row,
    colour_of,
    known,
    observed_style,
    short,
    strips,
    style_for,
    threshold_lines,
)

HEIGHT = 360


def value_counts(
    points: pd.DataFrame,
    limits: pd.DataFrame,
    *,
    model: str,
    mode: Mode = "light",
    style: ModelStyle | None = None,
) -> go.Figure:
    """Draw where predicted values lie, above where observed ones do: negatives, whole numbers and maxima show.

    Parameters
    ----------
    points
        Columns kind (``predicted``, ``observed``), low, high (of a bin), share (of all values).
    limits
        Columns panel (``values``, ``totals``), value, words.
    """
    if points.empty or points["share"].fillna(0).sum() == 0:
        return nothing(mode, "There is no predicted value, so nothing is drawn.", height=160)
    own = known(limits[limits["panel"] == "values"])
    low, high = float(points["low"].min()), float(points["high"].max())
    ends = [low, high, *own["value"].astype(float)]
    places = root([min(ends), max(ends)])
    room = 0.03 * float(places[1] - places[0])
    predicted = points[(points["kind"] == "predicted") & (points["share"] > 0)]
    alt = f"Predicted values of {model} lie from {short(_end(predicted, 'low'))} to {short(_end(predicted, 'high'))}."
    figure = canvas(mode, alt=alt, height=HEIGHT, margin={"t": 48, "b": 56}, barmode="overlay")
    ticks, words = root_ticks(min(ends), max(ends))
    figure.update_xaxes(
        title_text="value of a profile on a gene<br>(log1p units expected, root axis)",
        range=[float(places[0]) - room, float(places[1]) + room],
        tickvals=float32(ticks),
        ticktext=words,
    )
    figure.update_yaxes(visible=False, range=[-0.05, 2.75])
    for base, kind in ((1.4, "predicted"), (0.0, "observed")):
        shown = style_for(model, style) if kind == "predicted" else observed_style()
        _draw(
            figure,
            points[points["kind"] == kind],
            model if kind == "predicted" else kind,
            shown,
            base,
            mode=mode,
        )
    threshold_lines(figure, own, root(own["value"]), mode=mode)
    return figure


def _end(rows: pd.DataFrame, name: str) -> float:
    if rows.empty:
        return float("nan")
    return float(rows[name].min() if name == "low" else rows[name].max())


def _draw(
    figure: go.Figure, rows: pd.DataFrame, label: str, style: ModelStyle, base: float, *, mode: Mode
) -> None:
    rows = rows[rows["share"] > 0]
    colour = colour_of(style, mode)
    font = {"size": 12, "color": colour}
    where = {"yref": "y", "xanchor": "left", "yanchor": "top"}
    ends = f"{short(_end(rows, 'low'))} to {short(_end(rows, 'high'))}"
    note(figure, f"<b>{safe(label)}</b>, {ends}", x=0, y=base + 1.2, font=font, **where)
    if rows.empty:
        return
    left, right = root(rows["low"]), root(rows["high"])
    share = np.sqrt(rows["share"].to_numpy(dtype=float))
    figure.add_bar(
        x=float32((left + right) / 2),
        y=float32(share / share.max()),
        base=base,
        width=float32(right - left),
        marker={"color": rgba(colour, 0.6), "line": {"width": 0}},
        hovertext=[
            f"{number(row['low'])} to {number(row['high'])}: {percent(row['share'])} of the values"
            for row in rows.to_dict("records")
        ],
        hoverinfo="text",
    )


def implied_totals(
    values: pd.DataFrame,
    limits: pd.DataFrame,
    *,
    model: str,
    mode: Mode = "light",
    style: ModelStyle | None = None,
) -> go.Figure:
    """Draw the total that each profile stands for, Σ expm1, predicted and observed, with its limits.

    Parameters
    ----------
    values
        Columns perturbation, observed, predicted.
    limits
        Columns panel (``values``, ``totals``), value, words.
    """
    own = limits[(limits["panel"] == "totals") & (limits["value"] > 0)]
    positive = values[["observed", "predicted"]] > 0 if len(values) else pd.DataFrame()
    if values.empty or not positive.to_numpy().any() or own.empty:
        return nothing(mode, "No profile stands for a total above 0, so nothing is drawn.", height=160)
    names = [str(name) for name in values["perturbation"]]
    shown = values[["observed", "predicted"]].where(positive)
    below = int((~positive["predicted"]).sum())
    lost = f" ({below} at or below 0 not drawn)" if below else ""
    rows = [
        Row(f"{model}{lost}", shown["predicted"].to_numpy(dtype=float), names, style_for(model, style)),
        Row("observed", shown["observed"].to_numpy(dtype=float), names, observed_style()),
    ]
    alt = (
        f"Implied total of {len(values)} profiles: predicted median {short(float(values['predicted'].median()))}, "
        f"observed {short(float(values['observed'].median()))}."
    )
    scale = log_scale("implied total of a profile, Σ expm1 (log axis)")
    return strips(rows, own, scale, mode=mode, alt=alt, unit="profile")
