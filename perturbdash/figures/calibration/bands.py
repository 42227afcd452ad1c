"""Classes of perturbations with similar values of a covariate, and the mean DRF of each."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from perturbdash.figures.numbers import count, number
from perturbdash.figures.placement import CHARACTER, LINE, Frame, free_place
from perturbdash.figures.roots import root
from perturbdash.figures.theme import Mode, note, tokens

Floats = NDArray[np.float64]
PAD = 0.4
ROOT_ABOVE = 30
POINTS_OF_LINE = 40
GAP = 0.012
"""Between a line and its words, as a share of the axis."""


@dataclass(frozen=True, slots=True)
class Band:
    """A class of perturbations with similar values of the covariate."""

    low: float
    high: float
    mean: float
    n: int


def bands_of(values: Floats, drf: Floats, x_is_integer: bool) -> list[Band]:
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


def reaches_of(bands: list[Band], rooted: bool, whole: bool) -> list[tuple[float, float]]:
    """Return from where to where each class is drawn."""
    pad = PAD if whole else 0.0
    ends = [(float(root(b.low)), float(root(b.high))) if rooted else (b.low, b.high) for b in bands]
    return [(low - pad, high + pad) for low, high in ends]


def draw_bands(
    figure: go.Figure, bands: list[Band], reaches: list[tuple[float, float]], *, mode: Mode
) -> None:
    """Draw the mean of each class as a line over its reach."""
    for band, reach in zip(bands, reaches, strict=True):
        figure.add_scatter(
            x=list(reach),
            y=[band.mean, band.mean],
            mode="lines",
            line={"color": tokens(mode).ink, "width": 2},
            hovertext=f"mean {number(band.mean)} over {band.n} perturbations, "
            f"{value_words(band.low)} to {value_words(band.high)}",
            hoverinfo="text",
            showlegend=False,
        )


def write_means(
    figure: go.Figure,
    bands: list[Band],
    reaches: list[tuple[float, float]],
    points: tuple[Frame, Floats, Floats],
) -> tuple[Floats, Floats]:
    """Write the mean of each class at its line, below or above it, where it covers no point, line or other mean.

    Returns
    -------
    tuple of ndarray
        Where points, lines and these words lie, x and y: what no name may cover.
    """
    frame, x, y = points
    along = [np.linspace(*reach, POINTS_OF_LINE) for reach in reaches]
    x = np.concatenate([x, *along])
    y = np.concatenate([y, *(np.full(POINTS_OF_LINE, band.mean) for band in bands)])
    gap = GAP * (frame.y[1] - frame.y[0])
    for band, (low, high) in zip(bands, reaches, strict=True):
        words = f"mean {number(band.mean)}"
        ends = [(low, "left"), (high, "right"), ((low + high) / 2, "center")]
        places = [
            (at, band.mean + up * gap * far, anchor, "bottom" if up > 0 else "top")
            for far in (1, 4, 7)
            for up in (-1, 1)
            for at, anchor in (ends if band is bands[0] else [ends[1], ends[0], ends[2]])
        ]
        at, mean, across, up = places[free_place(frame, x, y, text=words, places=places)]
        note(figure, words, x=at, y=mean, xref="x", yref="y", xanchor=across, yanchor=up, font={"size": 11})
        covered = _covered(frame, (at, mean), (across, up), words)
        x, y = np.append(x, covered[0]), np.append(y, covered[1])
    return x, y


def _covered(
    frame: Frame, at: tuple[float, float], anchors: tuple[str, str], words: str
) -> tuple[Floats, Floats]:
    """Return points that stand for the place of some words."""
    width = CHARACTER * len(words) / frame.width * (frame.x[1] - frame.x[0])
    height = LINE / frame.height * (frame.y[1] - frame.y[0])
    left = at[0] - {"left": 0.0, "center": width / 2, "right": width}[anchors[0]]
    bottom = at[1] - (height if anchors[1] == "top" else 0.0)
    grid = np.meshgrid(np.linspace(left, left + width, 8), np.linspace(bottom, bottom + height, 3))
    return grid[0].ravel(), grid[1].ravel()


def value_words(value: float) -> str:
    """Return a covariate as it is written: counts whole, sizes with decimals.

    Examples
    --------
    >>> value_words(1200.0), value_words(1.25)
    ('1,200', '1.25')
    """
    return count(value) if float(value).is_integer() else number(value)
