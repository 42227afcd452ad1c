"""Does a model give one answer for everything? Cosines of all pairs of shifts, and how much they vary."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from perturbdash.figures.models import ModelStyle
from perturbdash.figures.numbers import count, number
from perturbdash.figures.tables import float32, safe
from perturbdash.figures.theme import Mode, canvas, note, nothing, rgba, tokens
from perturbdash.figures.warnings.scales import log_place, log_ticks
from perturbdash.figures.warnings.strips import colour_of, observed_style, short, style_for, threshold_lines

HEIGHT = 430
COSINES, VARIANCE = (0.44, 1.0), (0.0, 0.2)
LEAST_SHARE = 1e-6
KINDS = ("predicted", "observed")


def collapse(
    points: pd.DataFrame,
    limits: pd.DataFrame,
    values: pd.DataFrame,
    *,
    model: str,
    mode: Mode = "light",
    style: ModelStyle | None = None,
) -> go.Figure:
    """Draw pairwise cosines, predicted and observed, with the threshold; below, the variance of predicted shifts.

    Parameters
    ----------
    points
        Columns kind (``predicted``, ``observed``), low, high (of a bin), pairs.
    limits
        Columns panel (``cosine``, ``variance``), value, words.
    values
        Columns kind, mean_cosine, variance_ratio.
    """
    if points.empty or not points["pairs"].any() or values["mean_cosine"].notna().sum() == 0:
        return nothing(mode, "There is no pair of shifts: it needs two perturbations or more.", height=160)
    styles = {"predicted": style_for(model, style), "observed": observed_style()}
    labels = {"predicted": model, "observed": "observed"}
    means = dict(zip(values["kind"], values["mean_cosine"].astype(float), strict=True))
    ratio = float(values.set_index("kind")["variance_ratio"].get("predicted", np.nan))
    alt = (
        f"Mean cosine of pairs of shifts {short(means['predicted'])} predicted, {short(means['observed'])} observed; "
        f"variance of predicted shifts {short(ratio)} of the observed."
    )
    figure = canvas(mode, alt=alt, height=HEIGHT, margin={"t": 34, "b": 50}, barmode="overlay")
    _axes(figure, ratio, limits)
    for top, kind in zip((1.5, 0.0), KINDS, strict=True):
        rows = points[points["kind"] == kind]
        _draw_pairs(figure, rows, means[kind], labels[kind], styles[kind], top, mode=mode)
    _draw_variance(figure, ratio, styles, mode)
    own = limits[limits["panel"] == "cosine"]
    threshold_lines(figure, own, own["value"], mode=mode, bottom=COSINES[0])
    return figure


def _axes(figure: go.Figure, ratio: float, limits: pd.DataFrame) -> None:
    least = max(LEAST_SHARE, min(0.01, ratio / 3 if ratio > 0 else 0.01))
    most = max(2.0, ratio * 2) if np.isfinite(ratio) else 2.0
    ticks, words = log_ticks(least, most)
    ends = limits.loc[limits["panel"] == "cosine", "value"].astype(float)
    figure.update_layout(
        xaxis={
            "range": [-1.03, max(1.03, float(ends.max()) + 0.03 if len(ends) else 1.03)],
            "anchor": "y",
            "tickvals": [-1, -0.5, 0, 0.5, 1],
            "title": {"text": "cosine between the Δcontrol of two perturbations", "standoff": 4},
        },
        yaxis={"domain": list(COSINES), "visible": False, "range": [-0.05, 2.95]},
        xaxis2={
            "range": [float(log_place(least)), float(log_place(most))],
            "anchor": "y2",
            "tickvals": float32(ticks),
            "ticktext": words,
            "title": {"text": "variance, as a share of the observed (log axis)", "standoff": 4},
        },
        yaxis2={"domain": list(VARIANCE), "visible": False, "range": [-0.6, 0.9]},
    )


def _draw_pairs(
    figure: go.Figure,
    rows: pd.DataFrame,
    mean: float,
    label: str,
    style: ModelStyle,
    base: float,
    *,
    mode: Mode,
) -> None:
    colour = colour_of(style, mode)
    pairs = rows["pairs"].to_numpy(dtype=float)
    low, high = rows["low"].to_numpy(dtype=float), rows["high"].to_numpy(dtype=float)
    if pairs.size and pairs.max() > 0:
        filled = pairs > 0
        figure.add_bar(
            x=float32((low + high)[filled] / 2),
            y=float32(pairs[filled] / pairs.max()),
            base=base,
            width=float(high[0] - low[0]),
            marker={"color": rgba(colour, 0.45), "line": {"width": 0}},
            hovertext=[
                f"{number(a)} to {number(b)}: {count(n)} pairs"
                for a, b, n in zip(low[filled], high[filled], pairs[filled], strict=True)
            ],
            hoverinfo="text",
        )
    font = {"size": 12, "color": colour}
    text = f"<b>{safe(label)}</b>, {count(pairs.sum())} pairs"
    note(figure, text, x=-1, y=base + 1.3, xref="x", yref="y", xanchor="left", yanchor="top", font=font)
    if np.isnan(mean):
        return
    behind = {"bgcolor": tokens(mode).background, "borderpad": 1}
    figure.add_scatter(
        x=float32([mean, mean]),
        y=float32([base, base + 1.12]),
        mode="lines",
        line={"color": colour, "width": 2.4},
        hoverinfo="skip",
    )
    side = {"xanchor": "left", "xshift": 5} if mean < 0.4 else {"xanchor": "right", "xshift": -5}
    note(
        figure,
        f"mean <b>{short(mean)}</b>",
        x=mean,
        y=base + 1.02,
        xref="x",
        yref="y",
        font=font,
        **behind,
        **side,
    )


def _draw_variance(figure: go.Figure, ratio: float, styles: Mapping[str, ModelStyle], mode: Mode) -> None:
    colour = tokens(mode)
    limit = float(log_place(0.1))
    figure.add_shape(
        type="line",
        xref="x2",
        yref="paper",
        x0=limit,
        x1=limit,
        y0=0,
        y1=VARIANCE[1] + 0.03,
        line={"color": colour.warning_text, "width": 1.3, "dash": "dash"},
    )
    font = {"size": 11, "color": colour.warning_text}
    note(
        figure,
        "0.1: collapse lies below",
        x=limit,
        y=VARIANCE[1] + 0.03,
        xref="x2",
        xanchor="left",
        yanchor="bottom",
        font=font,
    )
    shown = {"predicted": max(ratio, LEAST_SHARE) if np.isfinite(ratio) else np.nan, "observed": 1.0}
    for kind, value in shown.items():
        style = styles[kind]
        marker = style.marker(mode, size=13)
        figure.add_scatter(
            x=float32([log_place(value)]),
            y=[0],
            xaxis="x2",
            yaxis="y2",
            mode="markers",
            marker=marker,
            hovertext=f"{kind}: {short(value)} of the observed variance",
            hoverinfo="text",
        )
        if np.isfinite(value):
            words = "observed 1" if kind == "observed" else f"<b>{short(ratio)}</b>"
            font = {"size": 11.5, "color": colour_of(style, mode)}
            note(
                figure,
                words,
                x=float(log_place(value)),
                y=0.5,
                xref="x2",
                yref="y2",
                xanchor="center",
                font=font,
            )
