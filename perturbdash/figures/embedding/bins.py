"""Many cells as a grid: how many lie in each bin, the mean of a value there, and lines of equal density."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from perturbdash.figures.cloud import BINS
from perturbdash.figures.tables import float32
from perturbdash.figures.theme import Mode, rgba, tokens

FEWEST = 3
CELLS_A_BIN = 2.5
COARSEST = 12
SMOOTH = 2.2
LINES = (0.1, 0.3, 0.55, 0.8)
"""Heights of the lines as shares of the highest density."""

SCALES: dict[Mode, tuple[str, ...]] = {
    "light": ("#EEF4F5", "#B9D6DA", "#4E96A0", "#06343B"),
    "dark": ("#1D2731", "#1F545C", "#47A5A5", "#D6F7F3"),
}

Floats = NDArray[np.float64]


def value_scale(mode: Mode) -> list[list[Any]]:
    """Return the colours of a value, low to high."""
    colours = SCALES[mode]
    return [[i / (len(colours) - 1), colour] for i, colour in enumerate(colours)]


@dataclass(frozen=True, slots=True)
class Grid:
    """A square grid over the plane.

    Parameters
    ----------
    x, y
        Centres of the bins, ``(side,)``.
    counts
        Cells in each bin, ``(side, side)``, rows are y.
    means
        Mean value in each bin that holds three cells or more, NaN elsewhere; ``None`` without values.
    """

    x: Floats
    y: Floats
    counts: Floats
    means: Floats | None


def side_for(n: int) -> int:
    """Return how many bins a side has: 130 for many cells, fewer where bins would be empty.

    Examples
    --------
    >>> side_for(300), side_for(2_250), side_for(42_250), side_for(10**6)
    (12, 30, 130, 130)
    """
    return int(np.clip(np.sqrt(n / CELLS_A_BIN), COARSEST, BINS))


def grid(x: ArrayLike, y: ArrayLike, values: ArrayLike | None = None) -> Grid:
    """Count cells by bin, and average a value in each; cells whose value is NaN do not count.

    Parameters
    ----------
    x, y, values
        ``(n,)``.
    """
    across, up = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    ranges = [(float(axis.min()), float(axis.max())) for axis in (across, up)]
    numbers = None if values is None else np.asarray(values, dtype=float)
    kept = np.ones(across.size, dtype=bool) if numbers is None else np.isfinite(numbers)
    settings: dict[str, Any] = {"bins": side_for(across.size), "range": ranges}
    counts, edges_x, edges_y = np.histogram2d(across[kept], up[kept], **settings)
    means = None
    if numbers is not None:
        sums = np.histogram2d(across[kept], up[kept], weights=numbers[kept], **settings)[0]
        means = np.where(counts >= FEWEST, sums / np.maximum(counts, 1), np.nan).T
    centres = [(edges[:-1] + edges[1:]) / 2 for edges in (edges_x, edges_y)]
    return Grid(centres[0], centres[1], counts.T, means)


def density(cells: Grid, mode: Mode) -> go.Heatmap:
    """Return how many cells lie where, as grey on a logarithmic scale."""
    shown = np.where(cells.counts > 0, np.log1p(cells.counts), np.nan)
    grey = tokens(mode).baseline
    return go.Heatmap(
        x=float32(cells.x),
        y=float32(cells.y),
        z=float32(shown),
        colorscale=[[0, rgba(grey, 0.12)], [1, rgba(grey, 0.75)]],
        showscale=False,
        showlegend=False,
        hoverinfo="skip",
    )


def contours(cells: Grid, mode: Mode) -> go.Contour:
    """Return lines of equal density, of the counts smoothed by a Gaussian of about two bins of 130."""
    from scipy.ndimage import gaussian_filter

    smooth = gaussian_filter(cells.counts, SMOOTH * len(cells.x) / BINS, mode="constant")
    highest = float(smooth.max()) or 1.0
    levels = {"start": LINES[0], "end": LINES[-1], "size": (LINES[-1] - LINES[0]) / (len(LINES) - 1)}
    return go.Contour(
        x=float32(cells.x),
        y=float32(cells.y),
        z=float32(smooth / highest),
        autocontour=False,
        contours={"coloring": "none", **levels},
        line={"color": rgba(tokens(mode).ink, 0.35), "width": 0.8},
        showscale=False,
        showlegend=False,
        hoverinfo="skip",
    )
