"""Many points in one figure: as they are, by WebGL, or as a density with a sample of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
CROWD = "crowd"
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

    A selection in the browser fades as `faded` does. Of many points those that are not faded are all drawn.

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
    chosen = np.union1d(np.linspace(0, across.size - 1, SAMPLE).astype(int), _selected(marker))
    words = f"{across.size:,} points as density, {chosen.size:,} of them drawn"
    sample = _Points(across, up, names, text, marker).trace(kind, hover, chosen)
    density = _density(across, up, marker)
    density.meta = {CROWD: {"x": across, "y": up, "names": tuple(names)}}
    return Cloud([density, sample], words)


def _selected(marker: dict[str, Any]) -> NDArray[np.intp]:
    """Return the first of the points that keep their strength while others fade."""
    opacity = marker.get("opacity")
    if not isinstance(opacity, np.ndarray) or opacity.min() > FADED:
        return np.empty(0, dtype=np.intp)
    return np.flatnonzero(opacity > FADED)[:SAMPLE]


@dataclass(frozen=True, slots=True)
class Crowd:
    """Points of which a figure draws only some.

    Parameters
    ----------
    x, y
        ``(n,)``, as on the axes; ``x`` is None where a point is a row, which lies at every x.
    names
        ``(n,)``.
    axes
        The axes that they are drawn on, as plotly names them.
    """

    x: NDArray[np.float32] | None
    y: NDArray[np.float32]
    names: Sequence[str]
    axes: tuple[str, str] = ("x", "y")

    def inside(self, shape: Mapping[str, Any]) -> list[str]:
        """Return the names of the points in a box or a lasso; ``shape`` as for `holds`."""
        return [self.names[int(i)] for i in np.flatnonzero(self.holds(shape))]

    def holds(self, shape: Mapping[str, Any]) -> NDArray[np.bool_]:
        """Tell which points lie in a box or a lasso, ``(n,)``.

        Parameters
        ----------
        shape
            As Streamlit reports it: ``xref``, ``yref``, and two corners of a box or the corners of a lasso as
            ``x`` and ``y``.
        """
        if (shape.get("xref", "x"), shape.get("yref", "y")) != self.axes:
            return np.zeros(self.y.size, dtype=bool)
        x, y = np.asarray(shape["x"], dtype=float), np.asarray(shape["y"], dtype=float)
        if self.x is None:
            return np.asarray((self.y >= y.min()) & (self.y <= y.max()), dtype=bool)
        if x.size != 2:
            return _in_polygon(self.x, self.y, x, y)
        across = (self.x >= x.min()) & (self.x <= x.max())
        hit: NDArray[np.bool_] = across & (self.y >= y.min()) & (self.y <= y.max())
        return hit


def _in_polygon(
    x: NDArray[np.float32], y: NDArray[np.float32], corners_x: NDArray[Any], corners_y: NDArray[Any]
) -> NDArray[np.bool_]:
    """Tell which points lie in a polygon: a ray to the right of them crosses its sides an odd number of times."""
    hit = np.zeros(x.size, dtype=bool)
    sides = zip(corners_x, corners_y, np.roll(corners_x, 1), np.roll(corners_y, 1), strict=True)
    for x0, y0, x1, y1 in sides:
        if y0 != y1:
            crosses = (y0 > y) != (y1 > y)
            hit ^= crosses & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return hit


def take_crowds(figure: go.Figure) -> list[Crowd]:
    """Take the points that are not drawn out of a figure, so that a browser does not get them."""
    found = []
    for trace in figure.data:
        if isinstance(trace.meta, dict) and CROWD in trace.meta:
            axes = (trace.xaxis or "x", trace.yaxis or "y")
            found.append(Crowd(**trace.meta[CROWD], axes=axes))
            trace.meta = None
    return found


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
            **kept_by_a_box(self.marker),
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


def kept_by_a_box(marker: dict[str, Any]) -> dict[str, Any]:
    """Return how plotly shows what a box in the browser takes and leaves, the same as `faded`.

    Examples
    --------
    >>> kept_by_a_box({"opacity": 0.8})["selected"]["marker"]["opacity"]
    0.8
    """
    opacity = marker.get("opacity", 1)
    strong = float(np.max(opacity, initial=FADED)) if isinstance(opacity, np.ndarray) else float(opacity)
    return {"selected": {"marker": {"opacity": strong}}, "unselected": {"marker": {"opacity": FADED}}}
