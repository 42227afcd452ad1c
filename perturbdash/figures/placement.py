"""Which names fit into a figure, and where: at most seven, none over another, none over a point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

MOST_LABELS = 7
CHARACTER = 7.2
LINE = 14.0
POINT = 4.0

_PLACES = (
    (8, 0, "left", "middle"),
    (-8, 0, "right", "middle"),
    (0, 8, "center", "bottom"),
    (0, -8, "center", "top"),
    (6, 6, "left", "bottom"),
    (-6, 6, "right", "bottom"),
    (6, -6, "left", "top"),
    (-6, -6, "right", "top"),
    (0, 22, "center", "bottom"),
    (0, -22, "center", "top"),
)
"""Ten positions tried in turn: shift in pixels (x to the right, y up) and the anchor of the text."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The plotting area: ranges of both axes and its size in pixels, as far as it is known beforehand."""

    x: tuple[float, float]
    y: tuple[float, float]
    width: float = 460
    height: float = 360

    def pixels(self, x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
        """Return ``(n, 2)`` pixels from the lower left corner."""
        across = (np.asarray(x, dtype=float) - self.x[0]) / ((self.x[1] - self.x[0]) or 1) * self.width
        up = (np.asarray(y, dtype=float) - self.y[0]) / ((self.y[1] - self.y[0]) or 1) * self.height
        return np.stack(np.broadcast_arrays(across, up), axis=-1)


@dataclass(frozen=True, slots=True)
class Label:
    """A name that found a place: the index of its point, shift in pixels, anchors."""

    index: int
    x_shift: int
    y_shift: int
    x_anchor: str
    y_anchor: str


def place(
    frame: Frame,
    x: ArrayLike,
    y: ArrayLike,
    *,
    texts: Sequence[str],
    candidates: Sequence[int],
    most: int = MOST_LABELS,
) -> list[Label]:
    """Find places for the names of some points, the most important first; a name that would collide is dropped.

    Parameters
    ----------
    x, y
        ``(n,)`` all points, none of which a name may cover.
    texts
        ``(n,)`` names.
    candidates
        Indices of the points to name, in order of importance.

    Examples
    --------
    >>> frame = Frame((0, 1), (0, 1))
    >>> [label.index for label in place(frame, [0.2, 0.2], [0.5, 0.5], texts=["A", "B"], candidates=[1])]
    [1]
    """
    points = frame.pixels(x, y)
    points = points[np.isfinite(points).all(axis=1)] if points.size else points
    targets = frame.pixels(x, y)
    taken = np.empty((0, 4))
    found: list[Label] = []
    for index in candidates:
        if len(found) == most:
            break
        if not np.isfinite(targets[index]).all():
            continue
        for shift_x, shift_y, x_anchor, y_anchor in _PLACES:
            label = Label(int(index), shift_x, shift_y, x_anchor, y_anchor)
            box = _box(targets[index], texts[index], label)
            if _inside(box, frame) and not _covers(box, points) and not _overlaps(box, taken):
                found.append(label)
                taken = np.vstack([taken, box])
                break
    return found


def free_place(
    frame: Frame, x: ArrayLike, y: ArrayLike, *, text: str, places: Sequence[tuple[float, float, str, str]]
) -> int:
    """Return the index of the first place where a text covers no point; the first of all if there is none.

    Parameters
    ----------
    x, y
        ``(n,)`` all points.
    places
        Position and anchors of the text, x and y, the most wanted first.

    Examples
    --------
    >>> places = [(0.5, 0.5, "left", "top"), (0.5, 0.5, "left", "bottom")]
    >>> free_place(Frame((0, 1), (0, 1)), [0.52], [0.48], text="mean", places=places)
    1
    """
    points = frame.pixels(x, y)
    for index, (across, up, x_anchor, y_anchor) in enumerate(places):
        box = _box(frame.pixels(across, up), text, Label(0, 0, 0, x_anchor, y_anchor))
        if _inside(box, frame) and not _covers(box, points):
            return index
    return 0


def _box(point: NDArray[np.float64], text: str, label: Label) -> NDArray[np.float64]:
    """Return left, bottom, right, top of a name in pixels."""
    width = CHARACTER * len(text)
    left = point[0] + label.x_shift - {"left": 0.0, "center": width / 2, "right": width}[label.x_anchor]
    bottom = point[1] + label.y_shift - {"bottom": 0.0, "middle": LINE / 2, "top": LINE}[label.y_anchor]
    return np.array([left, bottom, left + width, bottom + LINE])


def _inside(box: NDArray[np.float64], frame: Frame) -> bool:
    return bool(box[0] >= 0 and box[1] >= 0 and box[2] <= frame.width and box[3] <= frame.height)


def _covers(box: NDArray[np.float64], points: NDArray[np.float64]) -> bool:
    across = (points[:, 0] > box[0] - POINT) & (points[:, 0] < box[2] + POINT)
    up = (points[:, 1] > box[1] - POINT / 2) & (points[:, 1] < box[3] + POINT / 2)
    return bool((across & up).any())


def _overlaps(box: NDArray[np.float64], taken: NDArray[np.float64]) -> bool:
    across = (taken[:, 0] < box[2]) & (taken[:, 2] > box[0])
    up = (taken[:, 1] < box[3]) & (taken[:, 3] > box[1])
    return bool((across & up).any())


def write_names(
    figure: go.Figure, labels: Sequence[Label], x: ArrayLike, y: ArrayLike, *, texts: Sequence[str]
) -> None:
    """Write names that found a place into a figure; ``texts`` are escaped by the caller."""
    across, up = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    for label in labels:
        figure.add_annotation(
            x=float(across[label.index]),
            y=float(up[label.index]),
            text=texts[label.index],
            xshift=label.x_shift,
            yshift=label.y_shift,
            xanchor=label.x_anchor,
            yanchor=label.y_anchor,
            showarrow=False,
            font={"size": 11},
        )
