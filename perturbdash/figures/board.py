"""A figure that is put together first and checked once: plotly checks all words again for each one added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from perturbdash.figures.placement import Label
from perturbdash.figures.tables import float32, safe
from perturbdash.figures.theme import Mode, template


class Board:
    """Traces, words, lines and axes of a figure to come.

    Parameters
    ----------
    alt
        What the figure shows, in words.
    height
        Pixels.
    layout
        Anything else of plotly's layout.
    """

    def __init__(self, mode: Mode, *, alt: str, height: int, **layout: Any) -> None:
        self.traces: list[Any] = []
        self.annotations: list[dict[str, Any]] = []
        self.shapes: list[dict[str, Any]] = []
        self.layout: dict[str, Any] = {
            "template": template(mode),
            "dragmode": False,
            "height": height,
            "meta": {"alt": alt},
            "showlegend": False,
        } | layout

    def scatter(self, x: ArrayLike, y: ArrayLike, **trace: Any) -> None:
        """Add points or lines; they travel as float32."""
        self.traces.append({"type": "scatter", "x": float32(x), "y": float32(y), **trace})

    def note(self, text: str, *, x: float, y: float, **settings: Any) -> None:
        """Write words, by default in paper coordinates, without an arrow."""
        defaults = {"xref": "paper", "yref": "paper", "showarrow": False, "align": "left"}
        self.annotations.append({"text": text, "x": x, "y": y} | defaults | settings)

    def rule(
        self, start: tuple[float, float], end: tuple[float, float], *, axis: str = "", **line: Any
    ) -> None:
        """Draw a line between two points in data coordinates, over the grid and below the data.

        Parameters
        ----------
        axis
            Number of the pair of axes, empty for the first.
        """
        (x0, y0), (x1, y1) = start, end
        where = {"xref": f"x{axis}", "yref": f"y{axis}", "layer": "between"}
        self.shapes.append({"type": "line", "x0": x0, "x1": x1, "y0": y0, "y1": y1, "line": line} | where)

    def names(
        self, labels: Sequence[Label], x: ArrayLike, y: ArrayLike, *, texts: Sequence[str], **settings: Any
    ) -> None:
        """Write names that found a place; ``texts`` are escaped by the caller."""
        across, up = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        for label in labels:
            self.note(
                texts[label.index],
                x=float(across[label.index]),
                y=float(up[label.index]),
                **{
                    "xref": "x",
                    "yref": "y",
                    "xshift": label.x_shift,
                    "yshift": label.y_shift,
                    "xanchor": label.x_anchor,
                    "yanchor": label.y_anchor,
                    "font": {"size": 11},
                }
                | settings,
            )

    def figure(self) -> go.Figure:
        """Return the figure."""
        layout = self.layout | {"annotations": self.annotations, "shapes": self.shapes}
        return go.Figure(data=self.traces, layout=layout)


def hover_names(names: Sequence[str], place: str = "%{customdata}") -> tuple[str, list[str] | None]:
    """Return how a hover template shows the names of points, and escaped ones where they need it.

    Examples
    --------
    >>> hover_names(["A", "B"])
    ('%{customdata}', None)
    >>> hover_names(["<b>"])
    ('%{hovertext}', ['&lt;b&gt;'])
    """
    shown = [safe(name) for name in names]
    return (place, None) if shown == list(names) else ("%{hovertext}", shown)
