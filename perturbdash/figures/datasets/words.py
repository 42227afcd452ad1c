"""What is written into the scatter over data sets: names, and both correlations in a free corner."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from perturbdash.figures.numbers import number
from perturbdash.figures.placement import Frame, place, write_names
from perturbdash.figures.tables import safe
from perturbdash.figures.theme import Mode, note, tokens

MOST_NAMES = 18
LONGEST_NAME = 28
Corner = tuple[bool, bool]
CORNERS: tuple[Corner, ...] = ((True, False), (False, True), (False, False), (True, True))
"""Right or left, top or bottom, in the order in which they are wanted."""
BOX = (0.36, 0.2)
"""Share of width and of height that the correlations take."""


def draw_names(
    figure: go.Figure, table: pd.DataFrame, own: pd.DataFrame, frame: Frame, corner: Corner
) -> None:
    """Name loaded data sets in ink, then published ones, off all points, dotted lines and the corner."""
    average = own[own["kind"] != "model"]
    loaded = average.assign(score=average["score"].fillna(frame.y[0]))
    others = own[own["kind"] == "model"].dropna(subset=["score"])
    names = [*(_cut(str(name)) for name in loaded["name"]), *(str(name) for name in table["dataset"])]
    points = [rows[["cosine", "score"]].to_numpy(dtype=float) for rows in (loaded, table, others)]
    points += [_on_dotted_lines(loaded), _in_corner(corner, frame)]
    x, y = np.concatenate(points).T
    texts = names + [""] * (len(x) - len(names))
    labels = place(frame, x, y, texts=texts, candidates=range(len(names)), most=MOST_NAMES)
    written = [f"<b>{safe(name)}</b>" if at < len(loaded) else safe(name) for at, name in enumerate(names)]
    write_names(figure, labels, x, y, texts=written)


def _on_dotted_lines(loaded: pd.DataFrame) -> NDArray[np.float64]:
    """Return points along the lines to the form with the controls split, ``(n, 2)``."""
    split = loaded.dropna(subset=["cosine_split_control"])
    share = np.linspace(0, 1, 30)[:, None]
    ends = split[["cosine_split_control", "cosine"]].to_numpy(dtype=float)
    x = ends[:, 0] + share * (ends[:, 1] - ends[:, 0])
    y = np.broadcast_to(split["score"].to_numpy(dtype=float), x.shape)
    return np.stack([x.ravel(), y.ravel()], axis=1)


def free_corner(table: pd.DataFrame, own: pd.DataFrame, frame: Frame) -> Corner:
    """Return the corner with the fewest points, the lower right one where several are free."""
    shown = np.concatenate(
        [rows[["cosine", "score"]].dropna().to_numpy(dtype=float) for rows in (table, own)]
    )
    lows, highs = np.transpose([frame.x, frame.y])
    shares = (shown - lows) / (highs - lows)

    def crowd(corner: Corner) -> int:
        right, top = corner
        across = shares[:, 0] > 1 - BOX[0] if right else shares[:, 0] < BOX[0]
        up = shares[:, 1] > 1 - BOX[1] if top else shares[:, 1] < BOX[1]
        return int((across & up).sum())

    return min(CORNERS, key=crowd)


def _in_corner(corner: Corner, frame: Frame) -> NDArray[np.float64]:
    """Return points where the correlations are written, ``(n, 2)``."""
    spans = [
        np.linspace(0.98 - size, 0.98, n) if far else np.linspace(0.02, 0.02 + size, n)
        for far, size, n in zip(corner, BOX, (8, 4), strict=True)
    ]
    across, up = np.meshgrid(*spans)
    points = [low + share * (high - low) for share, (low, high) in ((across, frame.x), (up, frame.y))]
    return np.stack([point.ravel() for point in points], axis=1)


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def draw_correlations(
    figure: go.Figure, correlations: Mapping[str, float], reference: str, corner: Corner, *, mode: Mode
) -> None:
    """Write both correlations into a corner, that of the reference that is shown in bold."""
    words = {"control": "against control", "centroid": "against the centroid"}
    lines = [
        f"r = {'<b>' if name == reference else ''}{number(r)}{'</b>' if name == reference else ''} {words[name]}"
        for name, r in correlations.items()
    ]
    if lines:
        right, top = corner
        side = "right" if right else "left"
        note(
            figure,
            "<br>".join(["published:", *lines]),
            x=0.99 if right else 0.01,
            y=0.97 if top else 0.03,
            xanchor=side,
            yanchor="top" if top else "bottom",
            align=side,
            font={"size": 12, "color": tokens(mode).ink},
        )
