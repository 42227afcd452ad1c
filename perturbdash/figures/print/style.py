"""The print style: a figure in the light mode becomes ink on white paper, without a grid, in Arial."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
import plotly.graph_objects as go

from perturbdash.figures.cloud import FADED
from perturbdash.figures.print.paper import FONT, PT, PX
from perturbdash.figures.theme import template, tokens

WHITE = "#FFFFFF"
TEXT, SMALLEST_TEXT = 7 * PT, 6 * PT
AXIS = 0.75 * PT
INTERVAL = 0.9 * PX
SYMBOLS = 0.8
"""Models' symbols of 9 px on the screen are then 5.5 px in print."""
SQUARE_SHARE = 0.68
"""Of the side of a square matrix with names, what its cells take."""
VECTOR_POINTS = 20_000
"""Below so many points WebGL traces become SVG ones."""
HOVER = ("customdata", "hovertext", "hovertemplate", "hoverlabel")


def printable(figure: go.Figure, *, width: float, height: float, vector: bool = True) -> dict[str, Any]:
    """Return a figure in the print style as plotly's JSON; the figure itself stays as it is.

    Parameters
    ----------
    figure
        Drawn in the light mode.
    width, height
        Units of the sheet.
    vector
        Draw points as SVG where they were drawn by WebGL.
    """
    made = go.Figure(
        data=[_trace(trace, vector=vector) for trace in figure.data],
        layout=go.Layout(figure.layout.to_plotly_json()),
    )
    made.update_layout(
        template=_template(),
        paper_bgcolor=WHITE,
        plot_bgcolor=WHITE,
        width=width,
        height=height,
        autosize=False,
        hovermode=False,
        dragmode=False,
        meta=None,
    )
    made.for_each_xaxis(_axis)
    made.for_each_yaxis(_axis)
    if made.layout.yaxis.scaleanchor is not None:
        for axis in (made.layout.xaxis, made.layout.yaxis):
            _thin(axis, SQUARE_SHARE * min(width, height))
    for annotation in made.layout.annotations:
        _readable(annotation.font)
    _readable(made.layout.legend.font)
    found: dict[str, Any] = json.loads(str(made.to_json()))
    return found


def n_points(figure: go.Figure) -> int:
    """Return how many points a figure draws."""
    return sum(len(trace.x) for trace in figure.data if getattr(trace, "x", None) is not None)


def fades(figure: go.Figure) -> bool:
    """Return whether a figure shows some perturbations pale, since others are selected."""
    shown = (getattr(trace, "marker", None) for trace in figure.data)
    opacities = (getattr(marker, "opacity", None) for marker in shown if marker is not None)
    return any(np.isclose(np.ravel(values), FADED).any() for values in opacities if values is not None)


@cache
def _template() -> go.layout.Template:
    ink = tokens("light").ink
    made = go.layout.Template(template("light").to_plotly_json())
    line = {"linecolor": ink, "linewidth": AXIS, "tickcolor": ink, "tickwidth": AXIS}
    font = {"color": ink, "family": FONT, "size": TEXT}
    axis = line | {"showgrid": False, "tickfont": font, "title": {"font": font, "standoff": 8}}
    legend = {"font": font, "itemwidth": 30, "tracegroupgap": 4}
    made.layout.update(font=font, xaxis=axis, yaxis=axis, legend=legend)
    return made


def _axis(axis: Any) -> None:
    ink = tokens("light").ink
    axis.showgrid = False
    if axis.linecolor is not None:
        axis.linecolor = ink
    if axis.linewidth is not None:
        axis.linewidth = AXIS
    if axis.tickcolor is not None:
        axis.tickcolor = ink
    _readable(axis.tickfont)
    _readable(axis.title.font)


def _thin(axis: Any, length: float) -> None:
    """Leave out names of a square matrix that would touch their neighbours."""
    names = axis.ticktext or ()
    step = -(-int(len(names) * (axis.tickfont.size or TEXT)) // max(int(length), 1))
    if step > 1:
        axis.ticktext = [name if i % step == 0 else "" for i, name in enumerate(names)]


def _readable(font: Any) -> None:
    """Take Arial, and no text smaller than print can hold."""
    if font.family is not None:
        font.family = FONT
    if font.size is not None:
        font.size = (
            np.maximum(font.size, SMALLEST_TEXT) if np.ndim(font.size) else max(font.size, SMALLEST_TEXT)
        )


def _trace(trace: Any, *, vector: bool) -> Any:
    kept = trace.to_plotly_json()
    for name in HOVER:
        kept.pop(name, None)
    kept["hoverinfo"] = "skip"
    if kept.get("type") in ("scatter", "scattergl") and "text" not in str(kept.get("mode", "")):
        kept.pop("text", None)
    if kept.get("type") == "scattergl" and vector:
        kept["type"] = "scatter"
    made = go.Figure(data=[kept]).data[0]
    size = getattr(getattr(made, "marker", None), "size", None)
    if size is not None:
        made.marker.size = np.multiply(size, SYMBOLS) if np.ndim(size) else SYMBOLS * size
    for name in ("error_x", "error_y"):
        if name in kept:
            made[name].thickness = INTERVAL
    if "textfont" in kept:
        _readable(made.textfont)
    return made
