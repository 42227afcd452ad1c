"""The marks of a panel of centroids: lines, observed and predicted points, references, names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perturbdash.figures.board import Board, hover_names
from perturbdash.figures.cloud import FADED, SVG_POINTS, faded, kept_by_a_box
from perturbdash.figures.models import ModelStyle
from perturbdash.figures.numbers import number
from perturbdash.figures.placement import Frame, place
from perturbdash.figures.reference.ranges import Ranges
from perturbdash.figures.roots import root
from perturbdash.figures.tables import is_combination, safe
from perturbdash.figures.theme import Mode, rgba, tokens

HEIGHT, WIDTH = 350, 230
ANCHORS = {"control mean": "square", "perturbed centroid": "x"}
SIZE, SMALL = 7, 5
STRONG, LINE = 0.9, 0.5
MOST_NAMED = 4
CORNER = (0.02, 0.12, 0.22, 0.32, 0.42)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Panel:
    """What all marks of a panel share.

    Parameters
    ----------
    roots
        Both axes are root axes.
    selected
        Perturbations that do not fade; empty for all.
    """

    mode: Mode
    style: ModelStyle
    ranges: Ranges
    roots: bool
    selected: tuple[str, ...]


def scaled(values: pd.Series, *, roots: bool) -> Floats:
    """Return places on an axis: as they are, or their signed roots."""
    found = values.to_numpy(dtype=float)
    return root(found) if roots else found


def _kind(n: int) -> str:
    return "scattergl" if n > SVG_POINTS else "scatter"


def draw_lines(board: Board, panel: Panel, observed: pd.DataFrame, predicted: pd.DataFrame) -> None:
    """Join what belongs together; one trace for what is selected and one for what is not."""
    both = predicted.merge(observed, on="perturbation", suffixes=("", "_observed"))
    chosen = (
        both["perturbation"].isin(panel.selected).to_numpy() if panel.selected else np.ones(len(both), bool)
    )
    for rows, opacity in ((both[~chosen], FADED), (both[chosen], LINE)):
        if rows.empty:
            continue
        ends = np.full((len(rows), 3, 2), np.nan)
        ends[:, 0] = rows[["across_observed", "up_observed"]]
        ends[:, 1] = rows[["across", "up"]]
        board.scatter(
            ends[..., 0].ravel(),
            ends[..., 1].ravel(),
            type=_kind(len(both)),
            mode="lines",
            line={"color": rgba(panel.style.line(panel.mode), opacity), "width": 1},
            hoverinfo="skip",
        )


def draw_observed(board: Board, panel: Panel, observed: pd.DataFrame) -> None:
    """Draw what is tested in ink, a cross for a combination, and what is not small and grey."""
    tested = _tested(observed)
    colour = tokens(panel.mode)
    for rows, look, words in (
        (observed[~tested], {"size": SMALL, "color": colour.faint}, "observed, not tested"),
        (observed[tested], {"size": SIZE, "color": colour.ink}, "observed"),
    ):
        names = rows["perturbation"].astype(str).tolist()
        symbols = np.where(is_combination(names), "cross", "circle").tolist()
        data = [[name, words] for name in names]
        _draw_points(board, panel, rows, {**look, "symbol": symbols}, data)


def _tested(observed: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which perturbations are tested; all of them where none is."""
    tested: NDArray[np.bool_] = observed["tested"].to_numpy(dtype=bool)
    return tested if tested.any() else np.ones(len(observed), dtype=bool)


def draw_predicted(board: Board, panel: Panel, predicted: pd.DataFrame) -> None:
    """Draw what one model predicts, in its colour."""
    distances = predicted["distance"] if "distance" in predicted else pd.Series(np.nan, index=predicted.index)
    words = [f"predicted, {number(value)} from its truth" for value in distances]
    names = predicted["perturbation"].astype(str)
    data = [list(pair) for pair in zip(names, words, strict=True)]
    _draw_points(board, panel, predicted, panel.style.marker(panel.mode, size=SIZE), data)


def _draw_points(
    board: Board, panel: Panel, rows: pd.DataFrame, marker: dict[str, Any], data: list[list[str]]
) -> None:
    if rows.empty:
        return
    names = [pair[0] for pair in data]
    marker = marker | {"opacity": faded(names, panel.selected, opacity=STRONG)}
    where, escaped = hover_names(names, "%{customdata[0]}")
    board.scatter(
        rows["across"],
        rows["up"],
        type=_kind(len(rows)),
        mode="markers",
        marker=marker,
        customdata=data,
        hovertext=escaped,
        hovertemplate=f"{where}<br>%{{customdata[1]}}<extra></extra>",
        **kept_by_a_box(marker),
    )


def draw_anchors(board: Board, panel: Panel, anchors: pd.DataFrame) -> None:
    """Draw the references as open marks in ink."""
    ink = tokens(panel.mode).ink
    known = anchors[anchors["x"].notna() & anchors["y"].notna()]
    for anchor, x, y in zip(known["anchor"], known["x"], known["y"], strict=True):
        across, up = (scaled(pd.Series([value]), roots=panel.roots) for value in (x, y))
        marker = {
            "symbol": f"{ANCHORS[str(anchor)]}-open",
            "size": 10,
            "color": ink,
            "line": {"color": ink, "width": 1.6},
        }
        board.scatter(across, up, mode="markers", marker=marker, hovertext=str(anchor), hoverinfo="text")


def draw_names(board: Board, panel: Panel, observed: pd.DataFrame, predicted: pd.DataFrame) -> None:
    """Name a few observed centroids: the selected ones, else the tested ones that are farthest out.

    A name covers no point, or none of those that do not fade.
    """
    if panel.selected:
        observed, predicted = (
            rows[rows["perturbation"].isin(panel.selected)] for rows in (observed, predicted)
        )
    frame = Frame(panel.ranges.x, panel.ranges.y, WIDTH, HEIGHT - 80)
    corner = _corner(panel.ranges)
    x = np.concatenate([observed["across"], predicted["across"], corner[0]])
    y = np.concatenate([observed["up"], predicted["up"], corner[1]])
    names = observed["perturbation"].astype(str).tolist()
    wide, high = (ends[1] - ends[0] for ends in (panel.ranges.x, panel.ranges.y))
    across, up = (observed[axis].to_numpy(dtype=float) for axis in ("across", "up"))
    if not panel.roots and len(across):
        across, up = across - across.mean(), up - up.mean()
    far = np.hypot(across / wide, up / high)
    wanted = _tested(observed) & ~observed["off"].to_numpy(dtype=bool)
    order = [int(i) for i in np.argsort(-far, kind="stable") if wanted[i]]
    texts = [*names, *[""] * (len(x) - len(names))]
    found = place(frame, x, y, texts=texts, candidates=order, most=MOST_NAMED)
    board.names(found, x, y, texts=[safe(text) for text in texts])


def _corner(ranges: Ranges) -> tuple[Floats, Floats]:
    """Return points under the words at the foot, which no name may cover."""
    x = ranges.x[0] + np.array(CORNER) * (ranges.x[1] - ranges.x[0])
    return x, np.full(len(CORNER), ranges.y[0] + 0.04 * (ranges.y[1] - ranges.y[0]))
