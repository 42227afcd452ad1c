"""A figure to select perturbations from: box, lasso and click with a mouse, a tap on a touch screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from perturbdash.ui import pointer, selection

if TYPE_CHECKING:
    import plotly.graph_objects as go

OUTLINE = {"line": {"color": "#7C8794", "width": 1, "dash": "dot"}, "layer": "below"}


def prepare(
    figure: go.Figure, place: str, *, picks: bool = False
) -> tuple[str, Callable[[], None] | Literal["ignore"]]:
    """Make a figure one to select from; return the key of its widget, and what a selection calls.

    On a touch screen a drag scrolls the page, so perturbations are selected there by table, search or list.

    Parameters
    ----------
    picks
        A click shows the perturbation on this page instead of opening the page Perturbation.
    """
    from perturbdash.figures.cloud import take_crowds

    crowds = take_crowds(figure)
    content = selection.digest(_content(figure))
    widget = selection.widget(place, content)
    meta = {**(figure.layout.meta or {}), pointer.OPENS: pointer.PICKS if picks else True}
    scrolls = pointer.is_coarse()
    figure.update_layout(dragmode=False if scrolls else "select", meta=meta)
    for shape in selection.outline(place, content):
        figure.add_shape(**_drawn(shape), **OUTLINE)
    clicked = selection.pick_perturbation if picks else selection.open_perturbation
    return widget, "ignore" if scrolls else selection.from_figure(place, widget, content, crowds, clicked)


def _content(figure: go.Figure) -> Iterator[object]:
    """Yield the points of a figure: where they lie, and what they are."""
    for trace in figure.data:
        if trace.customdata is not None:
            for values in (trace.x, trace.y, trace.customdata):
                yield np.asarray(values).tolist()


def _drawn(shape: Mapping[str, Any]) -> dict[str, Any]:
    axes = {"xref": shape.get("xref", "x"), "yref": shape.get("yref", "y")}
    x, y = shape["x"], shape["y"]
    if len(x) == 2:
        return {"type": "rect", "x0": x[0], "x1": x[1], "y0": y[0], "y1": y[1], **axes}
    corners = " L ".join(f"{float(a)!r},{float(b)!r}" for a, b in zip(x, y, strict=True))
    return {"type": "path", "path": f"M {corners} Z", **axes}
