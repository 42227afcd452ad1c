"""Many points in one figure: as they are, by WebGL, or as a density with a sample of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from perturbdash.figures.tables import float32, safe
from perturbdash.figures.theme import rgba

SVG_POINTS = 1_500
SVG_POINTS_WITHOUT_WEBGL = 4_000
WEBGL_POINTS = 20_000
SAMPLE = 4_000
BINS = 130
FADED = 0.15
"""Opacity of what is not selected."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """Traces of many points, and what must be said on the figure where not all of them are drawn."""

    traces: list[Any]
    note: str = ""


def cloud(
    x: ArrayLike,
    y: ArrayLike,
    *,
    names: Sequence[str],
    marker: dict[str, Any],
    hover: str,
    text: Sequence[str] | None = None,
    webgl: bool = True,
) -> Cloud:
    """Draw points: SVG when few, WebGL up to 20,000, above that their density and a sample.

    Parameters
    ----------
    x, y
        ``(n,)``.
    names
        ``(n,)`` raw names; they are the points' ``customdata``, by which a selection is read.
    hover
        Plotly hover template in which ``{name}`` stands for the point's name.
    text
        ``(n,)`` what the hover says below it, already escaped.
    webgl
        False for the panels of a page that holds more than four such figures.
    """
    across, up = float32(x), float32(y)
    limit = WEBGL_POINTS if webgl else SVG_POINTS_WITHOUT_WEBGL
    kind = go.Scattergl if webgl and across.size > SVG_POINTS else go.Scatter
    everything = np.arange(across.size)
    if across.size <= limit:
        points = _Points(across, up, names, text, marker)
        return Cloud([points.trace(kind, hover, everything)])
    chosen = np.unique(np.linspace(0, across.size - 1, SAMPLE).astype(int))
    words = f"{across.size:,} points as density, {chosen.size:,} of them drawn"
    sample = _Points(across, up, names, text, marker).trace(kind, hover, chosen)
    return Cloud([_density(across, up, marker), sample], words)


@dataclass(frozen=True, slots=True)
class _Points:
    x: NDArray[np.float32]
    y: NDArray[np.float32]
    names: Sequence[str]
    text: Sequence[str] | None
    marker: dict[str, Any]

    def trace(self, kind: type, hover: str, rows: NDArray[np.intp]) -> Any:
        """Draw some of the points."""
        names = [self.names[i] for i in rows]
        shown = [safe(name) for name in names]
        plain = shown == names
        template = hover.replace("{name}", "%{customdata}" if plain else "%{hovertext}")
        return kind(
            x=self.x[rows],
            y=self.y[rows],
            mode="markers",
            marker={key: v[rows] if isinstance(v, np.ndarray) else v for key, v in self.marker.items()},
            customdata=names,
            hovertext=None if plain else shown,
            text=None if self.text is None else [self.text[i] for i in rows],
            hovertemplate=f"{template}{'<br>%{text}' if self.text is not None else ''}<extra></extra>",
        )


def _density(x: NDArray[Any], y: NDArray[Any], marker: dict[str, Any]) -> Any:
    finite = np.isfinite(x) & np.isfinite(y)
    counts, edges_x, edges_y = np.histogram2d(x[finite], y[finite], bins=BINS)
    shown = np.where(counts > 0, np.log1p(counts), np.nan).T
    colour = marker["color"] if isinstance(marker.get("color"), str) else "#7C8794"
    return go.Heatmap(
        x=float32((edges_x[:-1] + edges_x[1:]) / 2),
        y=float32((edges_y[:-1] + edges_y[1:]) / 2),
        z=float32(shown),
        colorscale=[[0, rgba(colour, 0.15)], [1, rgba(colour, 0.85)]],
        showscale=False,
        hoverinfo="skip",
    )


def faded(names: Sequence[str], selected: Sequence[str], *, opacity: float) -> NDArray[np.float32] | float:
    """Return the opacity of each point: those outside a selection fade to 15 %."""
    if not len(selected):
        return opacity
    chosen = set(selected)
    return float32([opacity if name in chosen else FADED for name in names])
