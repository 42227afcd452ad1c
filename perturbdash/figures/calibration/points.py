"""Does it take strong effects to see anything? DRF of one metric by perturbation, against a covariate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from perturbdash.figures.cloud import WEBGL_POINTS, cloud, faded
from perturbdash.figures.metric_words import label
from perturbdash.figures.numbers import count, number
from perturbdash.figures.placement import Frame, free_place, place, write_names
from perturbdash.figures.roots import root, root_ticks
from perturbdash.figures.tables import across_contexts, is_combination, safe, spread_evenly
from perturbdash.figures.theme import Mode, canvas, note, nothing, tokens, zero_line
from perturbdash.vocabulary import PositiveControl

Floats = NDArray[np.float64]
JITTER = 0.18
PAD = 0.4
ROOT_ABOVE = 30
MOST_TICKS = 8
STEPS = (1, 2, 5)
POINTS_OF_ZERO = 60
"""So many points stand for the line at zero, which no name may cover."""
SHAPES = (("single", "circle", False), ("combination", "cross", True))


@dataclass(frozen=True, slots=True)
class Band:
    """A class of perturbations with similar values of the covariate."""

    low: float
    high: float
    mean: float
    n: int


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

    Parameters
    ----------
    calibration
        Columns context, metric, positive_control, truth, perturbation, drf.
    covariate
        Columns context, perturbation, value.
    x_is_integer
        Whole numbers are spread by 0.18 so that equal ones can be told apart.
    """
    table = _joined(across_contexts(calibration, context), covariate, metric, positive_control)
    if table.empty:
        return nothing(mode, f"No perturbation has a DRF of {safe(label(metric))}.", height=420)
    rooted = x_is_integer and float(table["value"].max()) > ROOT_ABOVE
    x = _positions(table["value"].to_numpy(dtype=float), x_is_integer, rooted)
    alt = f"DRF of {label(metric)} against {x_label}, {len(table)} perturbations."
    figure = canvas(mode, alt=alt, height=460, dragmode="select", showlegend=True, margin={"t": 34})
    low = min(0.0, float(table["drf"].min()))
    room = 1.1 * PAD if x_is_integer and not rooted else 0.04 * float(np.ptp(x)) or 0.5
    ends = x if rooted or not x_is_integer else table["value"].to_numpy(dtype=float)
    frame = Frame((float(ends.min()) - room, float(ends.max()) + room), (low - 0.08, 1.1))
    figure.update_xaxes(title_text=safe(x_label), range=list(frame.x))
    whole = x_is_integer and not rooted
    if whole:
        figure.update_xaxes(tick0=0, dtick=next(s for s in STEPS if s * MOST_TICKS >= ends.max()))
    if rooted:
        values, words = root_ticks(0.0, float(table["value"].max()))
        figure.update_xaxes(tickvals=values, ticktext=words)
    title = f"DRF of {safe(label(metric))}"
    figure.update_yaxes(title_text=title, range=list(frame.y), **zero_line(tokens(mode).ink))
    _draw_points(figure, table, x, mode=mode, selected=selected)
    bands = _bands(table["value"].to_numpy(dtype=float), table["drf"].to_numpy(dtype=float), x_is_integer)
    reaches = _reaches(bands, rooted, whole)
    _draw_bands(figure, bands, reaches, mode=mode)
    _write_means(figure, bands, reaches, (frame, x, table["drf"].to_numpy(dtype=float)))
    _draw_names(figure, table, x, frame)
    return figure


def _joined(
    calibration: pd.DataFrame, covariate: pd.DataFrame, metric: str, positive_control: str
) -> pd.DataFrame:
    """One row a condition: the mean DRF of the truths where it is defined, and the covariate."""
    chosen = (calibration["metric"] == metric) & (calibration["positive_control"] == positive_control)
    own = calibration[chosen & calibration["drf"].notna()]
    means = own.groupby(["context", "perturbation"], sort=False, as_index=False)["drf"].mean()
    joined = means.merge(covariate[["context", "perturbation", "value"]], on=["context", "perturbation"])
    kept: pd.DataFrame = joined[joined["value"].notna()].reset_index(drop=True)
    return kept


def _positions(values: Floats, x_is_integer: bool, rooted: bool) -> Floats:
    if rooted:
        return np.asarray(root(values) + 0.3 * JITTER * spread_evenly(values.size), dtype=float)
    return values + JITTER * spread_evenly(values.size) if x_is_integer else values


def _draw_points(
    figure: go.Figure, table: pd.DataFrame, x: Floats, *, mode: Mode, selected: Sequence[str]
) -> None:
    combination = is_combination(table["perturbation"])
    several = len(table["context"].unique()) > 1
    for words, symbol, kind in SHAPES:
        rows = table[combination == kind]
        names = [str(name) for name in rows["perturbation"]]
        opacity = faded(names, selected, opacity=0.75)
        marker = {"size": 8, "symbol": symbol, "color": tokens(mode).informative, "opacity": opacity}
        extra = [f" · {safe(c)}" if several else "" for c in rows["context"]]
        text = [f"{_value(v)}{e}" for v, e in zip(rows["value"], extra, strict=True)]
        hover = "{name}<br>DRF %{y:.2f}"
        drawn = cloud(x[combination == kind], rows["drf"], names=names, marker=marker, hover=hover, text=text)
        figure.add_traces([trace.update(name=words) for trace in drawn.traces])
        if drawn.note:
            note(figure, drawn.note, x=1, y=1, xanchor="right", yanchor="bottom")


def _value(value: float) -> str:
    return count(value) if float(value).is_integer() else number(value)


def _bands(values: Floats, drf: Floats, x_is_integer: bool) -> list[Band]:
    """Cut into 0, 1–2, 3 or more where the numbers are small, else into thirds, 0 apart."""
    if x_is_integer and values.max() <= ROOT_ABOVE:
        edges = [-0.5, 0.5, 2.5, np.inf]
    else:
        rest = values[values > 0] if x_is_integer else values
        inner = np.quantile(rest, [1 / 3, 2 / 3]) if rest.size else np.array([])
        edges = [-np.inf, *([0.5] if x_is_integer else []), *np.unique(inner), np.inf]
    bands = []
    for low, high in pairwise(edges):
        inside = (values > low) & (values <= high)
        if inside.any():
            own = values[inside]
            bands.append(
                Band(float(own.min()), float(own.max()), float(drf[inside].mean()), int(inside.sum()))
            )
    return bands


def _reaches(bands: list[Band], rooted: bool, whole: bool) -> list[tuple[float, float]]:
    """Return from where to where each class is drawn."""
    pad = PAD if whole else 0.0
    ends = [(float(root(b.low)), float(root(b.high))) if rooted else (b.low, b.high) for b in bands]
    return [(low - pad, high + pad) for low, high in ends]


def _draw_bands(
    figure: go.Figure, bands: list[Band], reaches: list[tuple[float, float]], *, mode: Mode
) -> None:
    for band, reach in zip(bands, reaches, strict=True):
        figure.add_scatter(
            x=list(reach),
            y=[band.mean, band.mean],
            mode="lines",
            line={"color": tokens(mode).ink, "width": 2},
            hovertext=f"mean {number(band.mean)} over {band.n} perturbations, "
            f"{_value(band.low)} to {_value(band.high)}",
            hoverinfo="text",
            showlegend=False,
        )


def _write_means(
    figure: go.Figure,
    bands: list[Band],
    reaches: list[tuple[float, float]],
    points: tuple[Frame, Floats, Floats],
) -> None:
    """Write the mean of each class at the end of its line, below or above it, where it covers no point."""
    frame, x, y = points
    for band, (low, high) in zip(bands, reaches, strict=True):
        words = f"mean {number(band.mean)}"
        below = [(low, band.mean, "left", "top"), (high, band.mean, "right", "top")]
        places = below if band is bands[0] else below[::-1]
        places += [(at, mean, anchor, "bottom") for at, mean, anchor, _ in places]
        at, mean, across, up = places[free_place(frame, x, y, text=words, places=places)]
        note(figure, words, x=at, y=mean, xref="x", yref="y", xanchor=across, yanchor=up, font={"size": 11})


def _draw_names(figure: go.Figure, table: pd.DataFrame, x: Floats, frame: Frame) -> None:
    """Name those whose DRF is lowest although they are strong, the most surprising first."""
    if len(table) > WEBGL_POINTS:
        return
    names = [str(name) for name in table["perturbation"]]
    surprise = table["value"].rank(pct=True).to_numpy() - table["drf"].rank(pct=True).to_numpy()
    candidates = np.argsort(-surprise, kind="stable")[:5].tolist()
    y = table["drf"].to_numpy(dtype=float)
    line = np.linspace(*frame.x, POINTS_OF_ZERO)
    across, up = np.append(x, line), np.append(y, np.zeros(line.size))
    found = place(frame, across, up, texts=names, candidates=candidates, most=3)
    write_names(figure, found, x, y, texts=[safe(name) for name in names])
