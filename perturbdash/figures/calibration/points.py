"""Does it take strong effects to see anything? DRF of one metric by perturbation, against a covariate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from perturbdash.figures.calibration.bands import (
    ROOT_ABOVE,
    bands_of,
    draw_bands,
    reaches_of,
    value_words,
    write_means,
)
from perturbdash.figures.cloud import WEBGL_POINTS, cloud, faded
from perturbdash.figures.metric_words import label
from perturbdash.figures.numbers import count
from perturbdash.figures.placement import Frame, place, write_names
from perturbdash.figures.roots import root, root_ticks
from perturbdash.figures.tables import across_contexts, is_combination, safe, spread_evenly
from perturbdash.figures.theme import Mode, canvas, note, nothing, tokens, zero_line
from perturbdash.vocabulary import PositiveControl

Floats = NDArray[np.float64]
JITTER = 0.18
PAD = 0.4
MOST_TICKS = 8
STEPS = (1, 2, 5)
WIDTH = 400
"""Pixels of the plotting area where it is narrow beside another figure."""
POINTS_OF_ZERO = 60
"""So many points stand for the line at zero, which no name may cover."""
BELOW, LANE = 0.08, 0.13
"""Room below the lowest value, and for the lane of those without a value."""
KINDS = (
    ("single", "circle", False, False),
    ("combination", "cross", True, False),
    ("no range, DRF 0", "circle-open", False, True),
    ("no range, combination", "cross-open", True, True),
)


def drf_by_perturbation(
    calibration: pd.DataFrame,
    covariate: pd.DataFrame,
    *,
    metric: str,
    x_label: str,
    x_is_integer: bool,
    mode: Mode = "light",
    positive_control: PositiveControl = "interpolated_duplicate",
    context: str | None = None,
    selected: Sequence[str] = (),
) -> go.Figure:
    """Draw the DRF of one metric for each perturbation against a covariate, with the mean of three or four classes.

    Perturbations without a value stand in a lane below the others and are counted there.

    Parameters
    ----------
    calibration
        Columns context, metric, positive_control, truth, perturbation, drf; where it has a column no_range, those
        for which the negative control leaves nothing to gain are open.
    covariate
        Columns context, perturbation, value.
    x_is_integer
        Whole numbers are spread by 0.18 so that equal ones can be told apart.
    selected
        Perturbations that keep their strength while the others fade.
    """
    every = _joined(across_contexts(calibration, context), covariate, metric, positive_control)
    table = every[every["drf"].notna()].reset_index(drop=True)
    if table.empty:
        return nothing(mode, f"No perturbation has a DRF of {safe(label(metric))}.", height=420)
    lacking = every[every["drf"].isna()]
    rooted = x_is_integer and float(every["value"].max()) > ROOT_ABOVE
    x = _positions(table["value"].to_numpy(dtype=float), x_is_integer, rooted)
    alt = f"DRF of {label(metric)} against {x_label}, {len(table)} perturbations, {len(lacking)} without a value."
    figure = canvas(mode, alt=alt, height=460, dragmode="select", showlegend=True, margin={"t": 34})
    low = min(0.0, float(table["drf"].min())) - BELOW
    bottom = low - LANE * bool(len(lacking))
    frame = Frame(_x_axis(figure, every, x_label, x_is_integer, rooted), (bottom, 1.1), width=WIDTH)
    figure.update_yaxes(
        title_text=f"DRF of {safe(label(metric))}",
        range=list(frame.y),
        tickvals=[v for v in np.round(np.arange(-1, 1.01, 0.2), 1) if v >= low],
        **zero_line(tokens(mode).ink),
    )
    _draw_points(figure, table, x, mode=mode, selected=selected)
    if len(lacking):
        at = _positions(lacking["value"].to_numpy(dtype=float), x_is_integer, rooted)
        _draw_lacking(figure, lacking, (at, low - LANE / 2), mode=mode, selected=selected)
    bands = bands_of(table["value"].to_numpy(dtype=float), table["drf"].to_numpy(dtype=float), x_is_integer)
    reaches = reaches_of(bands, rooted, x_is_integer and not rooted)
    draw_bands(figure, bands, reaches, mode=mode)
    taken = write_means(figure, bands, reaches, (frame, x, table["drf"].to_numpy(dtype=float)))
    _draw_names(figure, table, taken, frame)
    return figure


def _joined(
    calibration: pd.DataFrame, covariate: pd.DataFrame, metric: str, positive_control: str
) -> pd.DataFrame:
    """One row a condition: the mean DRF of the truths where it is defined, and the covariate."""
    chosen = (calibration["metric"] == metric) & (calibration["positive_control"] == positive_control)
    own = calibration[chosen]
    own = own if "no_range" in own else own.assign(no_range=False)
    grouped = own.groupby(["context", "perturbation"], sort=False, as_index=False)
    means = grouped.agg(drf=("drf", "mean"), no_range=("no_range", "any"))
    joined = means.merge(covariate[["context", "perturbation", "value"]], on=["context", "perturbation"])
    kept: pd.DataFrame = joined[joined["value"].notna()].reset_index(drop=True)
    return kept


def _positions(values: Floats, x_is_integer: bool, rooted: bool) -> Floats:
    if rooted:
        return np.asarray(root(values) + 0.3 * JITTER * spread_evenly(values.size), dtype=float)
    return values + JITTER * spread_evenly(values.size) if x_is_integer else values


def _x_axis(
    figure: go.Figure, every: pd.DataFrame, x_label: str, x_is_integer: bool, rooted: bool
) -> tuple[float, float]:
    """Set the axis of the covariate and return its range."""
    values = every["value"].to_numpy(dtype=float)
    whole = x_is_integer and not rooted
    ends = _positions(values, True, True) if rooted else values
    room = 1.1 * PAD if whole else 0.04 * float(np.ptp(ends)) or 0.5
    found = (float(ends.min()) - room, float(ends.max()) + room)
    figure.update_xaxes(title_text=safe(x_label), range=list(found))
    if whole:
        figure.update_xaxes(tick0=0, dtick=next(s for s in STEPS if s * MOST_TICKS >= ends.max()))
    if rooted:
        places, words = root_ticks(0.0, float(values.max()))
        figure.update_xaxes(tickvals=places, ticktext=words)
    return found


def _draw_points(
    figure: go.Figure, table: pd.DataFrame, x: Floats, *, mode: Mode, selected: Sequence[str]
) -> None:
    combination, no_range = is_combination(table["perturbation"]), table["no_range"].to_numpy(dtype=bool)
    several = len(table["context"].unique()) > 1
    said = []
    for words, symbol, combined, without_range in KINDS:
        where = (combination == combined) & (no_range == without_range)
        if without_range and not where.any():
            continue
        rows = table[where]
        names = [str(name) for name in rows["perturbation"]]
        opacity = faded(names, selected, opacity=0.75)
        marker = {"size": 8, "symbol": symbol, "color": tokens(mode).informative, "opacity": opacity}
        extra = [f" · {safe(c)}" if several else "" for c in rows["context"]]
        text = [f"{value_words(v)}{e}" for v, e in zip(rows["value"], extra, strict=True)]
        hover = "{name}<br>DRF %{y:.2f}"
        drawn = cloud(x[where], rows["drf"], names=names, marker=marker, hover=hover, text=text)
        figure.add_traces([trace.update(name=words) for trace in drawn.traces])
        said += [drawn.note] if drawn.note else []
    if said:
        font = {"color": tokens(mode).muted, "size": 11}
        note(figure, "<br>".join(said), x=1, y=1, xanchor="right", yanchor="bottom", align="right", font=font)


def _draw_lacking(
    figure: go.Figure,
    rows: pd.DataFrame,
    place_: tuple[Floats, float],
    *,
    mode: Mode,
    selected: Sequence[str],
) -> None:
    """Draw those without a value as ticks in a lane of their own, and count them there."""
    x, y = place_
    colour = tokens(mode)
    names = [str(name) for name in rows["perturbation"]]
    marker = {
        "size": 9,
        "symbol": "line-ns-open",
        "color": colour.uninformative,
        "opacity": faded(names, selected, opacity=0.9),
        "line": {"width": 1.4, "color": colour.uninformative},
    }
    drawn = cloud(x, np.full(len(x), y), names=names, marker=marker, hover="{name}<br>no DRF")
    figure.add_traces([trace.update(showlegend=False) for trace in drawn.traces])
    words = f"{count(len(rows))} without a value"
    font = {"size": 10.5, "color": colour.muted}
    note(figure, words, x=1, y=y, yref="y", xanchor="right", yanchor="bottom", yshift=5, font=font)


def _draw_names(figure: go.Figure, table: pd.DataFrame, taken: tuple[Floats, Floats], frame: Frame) -> None:
    """Name those whose DRF is lowest although they are strong, the most surprising first.

    Parameters
    ----------
    taken
        What no name may cover, x and y; the points of the table come first.
    """
    if len(table) > WEBGL_POINTS:
        return
    names = [str(name) for name in table["perturbation"]]
    surprise = table["value"].rank(pct=True).to_numpy() - table["drf"].rank(pct=True).to_numpy()
    candidates = np.argsort(-surprise, kind="stable")[:5].tolist()
    line = np.linspace(*frame.x, POINTS_OF_ZERO)
    across, up = np.append(taken[0], line), np.append(taken[1], np.zeros(line.size))
    found = place(frame, across, up, texts=names, candidates=candidates, most=3)
    write_names(figure, found, across, up, texts=[safe(name) for name in names])
