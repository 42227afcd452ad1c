"""Observed centroids in ink, predicted ones in the model's colour, a line between the two of a perturbation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from perturbdash.figures.board import Board, hover_names
from perturbdash.figures.cloud import FADED, SVG_POINTS, faded, kept_by_a_box
from perturbdash.figures.models import OBSERVED, ModelStyle, style_of
from perturbdash.figures.numbers import number, percent
from perturbdash.figures.placement import Frame, place
from perturbdash.figures.reference.ranges import Ranges, shared_ranges
from perturbdash.figures.roots import root, root_ticks
from perturbdash.figures.tables import is_combination, safe
from perturbdash.figures.theme import Mode, rgba, tokens

HEIGHT, WIDTH = 350, 230
ANCHORS = {"control mean": "square", "perturbed centroid": "x"}
SIZE, SMALL = 7, 5
STRONG, LINE = 0.9, 0.5
MOST_NAMED = 4
CORNER = (0.02, 0.12, 0.22, 0.32, 0.42)

Floats = NDArray[np.float64]


def plane_ranges(points: pd.DataFrame, anchors: pd.DataFrame, *, roots: bool) -> Ranges:
    """Return the ranges that all panels share, on root axes in roots; parameters as for `centroid_panel`."""
    made = [
        frame.assign(pc1=_scaled(frame["x"], roots=roots), pc2=_scaled(frame["y"], roots=roots))
        for frame in (points, anchors)
    ]
    return shared_ranges(*made)


def centroid_panel(
    points: pd.DataFrame,
    anchors: pd.DataFrame,
    *,
    prediction: str = OBSERVED,
    explained: Sequence[float] | None = None,
    mean_length: float | None = None,
    mode: Mode = "light",
    selected: Sequence[str] = (),
    styles: Mapping[str, ModelStyle] | None = None,
    ranges: Ranges | None = None,
) -> go.Figure:
    """Draw one panel: the observed centroids, and where one model puts them.

    Parameters
    ----------
    points
        Columns prediction (``"observed"`` or a model), perturbation, tested, x, y; and distance, of a predicted
        centroid to its truth.
    anchors
        Columns anchor (``"control mean"``, ``"perturbed centroid"``), x, y; none on a layout without a scale.
    prediction
        The model; ``"observed"`` for a panel without one.
    explained
        Share of the variance on both axes, which are then root axes with true numbers; ``None`` for a layout whose
        axes mean nothing.
    mean_length
        Mean distance of prediction and truth over all genes.
    selected
        Where there are any, the others fade.
    ranges
        The same for all panels, from ``plane_ranges``; by default that of these points.
    """
    roots = explained is not None
    limits = ranges or plane_ranges(points, anchors, roots=roots)
    panel = _Panel(mode, style_of(prediction, styles), limits, roots, tuple(selected))
    observed = _placed(points[points["prediction"] == OBSERVED], panel)
    predicted = _placed(points[points["prediction"] == prediction], panel)
    if prediction == OBSERVED:
        predicted = predicted.iloc[:0]
    length = "" if mean_length is None else f"mean length {number(mean_length)}"
    board = Board(
        mode,
        alt=f"{panel.style.label}: {len(observed)} observed centroids"
        + ("" if prediction == OBSERVED else f", joined to {len(predicted)} predicted ones; {length}")
        + (" in the plane of two components." if roots else " in a layout by UMAP."),
        height=HEIGHT,
        margin={"t": 28, "l": 8, "r": 12, "b": 8},
    )
    _draw_axes(board, panel, explained)
    _draw_words(board, panel, length)
    if observed.empty:
        grey = {"color": tokens(mode).muted}
        board.note("no centroid to draw", x=0.5, y=0.5, font=grey)
        board.scatter([], [])
        return board.figure()
    _draw_lines(board, panel, observed, predicted)
    _draw_observed(board, panel, observed)
    _draw_predicted(board, panel, predicted)
    _draw_anchors(board, panel, anchors)
    _draw_names(board, panel, observed, predicted)
    _say_off_scale(board, panel, pd.concat([observed, predicted]))
    return board.figure()


@dataclass(frozen=True, slots=True)
class _Panel:
    mode: Mode
    style: ModelStyle
    ranges: Ranges
    roots: bool
    selected: tuple[str, ...]


def _scaled(values: pd.Series, *, roots: bool) -> Floats:
    found = values.to_numpy(dtype=float)
    return root(found) if roots else found


def _placed(rows: pd.DataFrame, panel: _Panel) -> pd.DataFrame:
    """Add where each point is drawn: on the scale of the axes, at the edge where it is off."""
    rows = rows[rows["x"].notna() & rows["y"].notna()]
    across, up = (_scaled(rows[axis], roots=panel.roots) for axis in ("x", "y"))
    inside = panel.ranges.holds(across, up)
    edges = []
    for values, (low, high) in ((across, panel.ranges.x), (up, panel.ranges.y)):
        room = 0.012 * (high - low)
        edges.append(np.clip(values, low + room, high - room))
    return rows.assign(across=edges[0], up=edges[1], off=~inside).reset_index(drop=True)


def _draw_axes(board: Board, panel: _Panel, explained: Sequence[float] | None) -> None:
    for axis, ends, i in (("xaxis", panel.ranges.x, 1), ("yaxis", panel.ranges.y, 2)):
        settings: dict[str, Any] = {"range": list(ends)}
        if explained is None:
            settings |= {"showticklabels": False, "ticks": "", "showgrid": False}
            settings["title"] = {"text": f"UMAP {i}"}
        else:
            low, high = (float(np.sign(end) * end**2) for end in ends)
            settings["tickvals"], settings["ticktext"] = root_ticks(low, high)
            settings["title"] = {"text": f"PC {i} ({percent(float(explained[i - 1]))})"}
        board.layout[axis] = settings


def _draw_words(board: Board, panel: _Panel, length: str) -> None:
    high: dict[str, Any] = {"y": 1, "yshift": 4, "yanchor": "bottom"}
    colour = panel.style.line(panel.mode)
    name = f"<b>{safe(panel.style.label)}</b>"
    board.note(name, x=0, xanchor="left", font={"size": 13, "color": colour}, **high)
    if length:
        grey = {"size": 11.5, "color": tokens(panel.mode).muted}
        board.note(length, x=1, xanchor="right", font=grey, **high)


def _draw_lines(board: Board, panel: _Panel, observed: pd.DataFrame, predicted: pd.DataFrame) -> None:
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


def _kind(n: int) -> str:
    return "scattergl" if n > SVG_POINTS else "scatter"


def _draw_observed(board: Board, panel: _Panel, observed: pd.DataFrame) -> None:
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


def _draw_predicted(board: Board, panel: _Panel, predicted: pd.DataFrame) -> None:
    distances = predicted["distance"] if "distance" in predicted else pd.Series(np.nan, index=predicted.index)
    words = [f"predicted, {number(value)} from its truth" for value in distances]
    names = predicted["perturbation"].astype(str)
    data = [list(pair) for pair in zip(names, words, strict=True)]
    _draw_points(board, panel, predicted, panel.style.marker(panel.mode, size=SIZE), data)


def _draw_points(
    board: Board, panel: _Panel, rows: pd.DataFrame, marker: dict[str, Any], data: list[list[str]]
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


def _draw_anchors(board: Board, panel: _Panel, anchors: pd.DataFrame) -> None:
    ink = tokens(panel.mode).ink
    known = anchors[anchors["x"].notna() & anchors["y"].notna()]
    for anchor, x, y in zip(known["anchor"], known["x"], known["y"], strict=True):
        across, up = (_scaled(pd.Series([value]), roots=panel.roots) for value in (x, y))
        marker = {
            "symbol": f"{ANCHORS[str(anchor)]}-open",
            "size": 10,
            "color": ink,
            "line": {"color": ink, "width": 1.6},
        }
        board.scatter(across, up, mode="markers", marker=marker, hovertext=str(anchor), hoverinfo="text")


def _draw_names(board: Board, panel: _Panel, observed: pd.DataFrame, predicted: pd.DataFrame) -> None:
    """Name a few observed centroids: the selected ones, else those farthest out."""
    frame = Frame(panel.ranges.x, panel.ranges.y, WIDTH, HEIGHT - 80)
    x = np.concatenate([observed["across"], predicted["across"], _corner(panel.ranges)[0]])
    y = np.concatenate([observed["up"], predicted["up"], _corner(panel.ranges)[1]])
    names = observed["perturbation"].astype(str).tolist()
    wide, high = (ends[1] - ends[0] for ends in (panel.ranges.x, panel.ranges.y))
    far = np.hypot(
        observed["across"].to_numpy(dtype=float) / wide, observed["up"].to_numpy(dtype=float) / high
    )
    wanted = observed["perturbation"].isin(panel.selected).to_numpy() if panel.selected else _tested(observed)
    order = [int(i) for i in np.argsort(-far, kind="stable") if wanted[i] and not observed["off"][int(i)]]
    texts = [*names, *[""] * (len(x) - len(names))]
    found = place(frame, x, y, texts=texts, candidates=order, most=MOST_NAMED)
    board.names(found, x, y, texts=[safe(text) for text in texts])


def _corner(ranges: Ranges) -> tuple[Floats, Floats]:
    """Return points under the words at the foot, which no name may cover."""
    x = ranges.x[0] + np.array(CORNER) * (ranges.x[1] - ranges.x[0])
    return x, np.full(len(CORNER), ranges.y[0] + 0.04 * (ranges.y[1] - ranges.y[0]))


def _say_off_scale(board: Board, panel: _Panel, points: pd.DataFrame) -> None:
    off = points[points["off"]]
    if off.empty:
        return
    size = np.hypot(off["x"].to_numpy(dtype=float), off["y"].to_numpy(dtype=float))
    row = off.iloc[int(size.argmax())]
    words = f"{len(off):,} off the scale, at the edge"
    if panel.roots:
        words += f"<br>{safe(row['perturbation'])} at {number(row['x'])}, {number(row['y'])}"
    grey = {"size": 10, "color": tokens(panel.mode).muted}
    ground = {"bgcolor": rgba(tokens(panel.mode).background, 0.75), "borderpad": 1, "align": "left"}
    board.note(words, x=0.01, y=0.01, xanchor="left", yanchor="bottom", font=grey, **ground)
