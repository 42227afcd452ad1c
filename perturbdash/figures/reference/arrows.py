"""Shifts as arrows in the plane of the first two components, from control or from the perturbed centroid."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from perturbdash.figures.board import Board, hover_names
from perturbdash.figures.cloud import FADED
from perturbdash.figures.models import ModelStyle, style_of
from perturbdash.figures.numbers import number, percent
from perturbdash.figures.placement import Frame, place
from perturbdash.figures.reference.heads import SHAFT, Heads, arrows_drawn, far_words, heads_of
from perturbdash.figures.reference.ranges import Ranges, shared_ranges
from perturbdash.figures.tables import float32, safe
from perturbdash.figures.theme import Mode, rgba, tokens
from perturbdash.vocabulary import Reference

Floats = NDArray[np.float64]
ANCHORS: dict[Reference, str] = {"control": "control mean", "centroid": "perturbed centroid"}
SYMBOLS: dict[Reference, str] = {"control": "square", "centroid": "x"}
ROW, FOOT, HEAD = 232, 42, 26
"""Pixels of a panel, of the words below the last one, and of the name above the first one."""
GAP = 0.035
WIDTH = 215
"""Pixels of the narrowest panel, where four stand side by side."""
TARGET = 13
NEAR_EDGE = 0.3
CORNER_LINE, CORNER_SHARES = 0.955, (0.04, 0.12, 0.2, 0.28, 0.5, 0.6, 0.7, 0.8, 0.9, 0.98)
"""Height of the words in the upper corners, and places under them, as shares of a panel."""
THIN, THICK = 1.1, 2.6
STRONG = 0.5


@dataclass(frozen=True, slots=True)
class Panel:
    """One row of a figure: the arrows from one reference, and the number of its axes."""

    reference: Reference
    axis: str
    mode: Mode
    style: ModelStyle
    ranges: Ranges

    @property
    def on(self) -> dict[str, str]:
        """Axes of traces."""
        return {"xaxis": f"x{self.axis}", "yaxis": f"y{self.axis}"}

    @property
    def data(self) -> dict[str, str]:
        """Axes of words that stand at a point."""
        return {"xref": f"x{self.axis}", "yref": f"y{self.axis}"}

    @property
    def corner(self) -> dict[str, str]:
        """Axes of words that stand in a corner."""
        return {"xref": f"x{self.axis} domain", "yref": f"y{self.axis} domain"}

    @property
    def frame(self) -> Frame:
        """The plotting area."""
        return Frame(self.ranges.x, self.ranges.y, WIDTH, ROW - 8)


def reference_arrows(
    points: pd.DataFrame,
    anchors: pd.DataFrame,
    explained: Sequence[float],
    cosines: pd.DataFrame,
    *,
    prediction: str,
    reference: Reference | Sequence[Reference],
    mode: Mode = "light",
    marked: Sequence[str] = (),
    selected: Collection[str] = (),
    styles: Mapping[str, ModelStyle] | None = None,
    ranges: Ranges | None = None,
) -> go.Figure:
    """Draw the shifts of one prediction, or of the observation, from one reference, or from several, one a row.

    Parameters
    ----------
    points
        Columns prediction (``"observed"`` or a model), perturbation, pc1, pc2.
    anchors
        Columns anchor (``"control mean"``, ``"perturbed centroid"``), pc1, pc2.
    explained
        Share of the variance that each of the two components explains.
    cosines
        Columns prediction, reference, mean_pairwise_cosine (over all genes).
    marked
        Perturbations drawn thick and named.
    selected
        Where there are any, the other arrows are pale.
    ranges
        The same for all panels, from ``shared_ranges``; by default that of these points.
    """
    ranges = ranges or shared_ranges(points, anchors)
    references: tuple[Reference, ...] = (reference,) if isinstance(reference, str) else tuple(reference)
    style = style_of(prediction, styles)
    own = points[(points["prediction"] == prediction) & points["pc1"].notna() & points["pc2"].notna()]
    kept = arrows_drawn(points, {*marked, *selected})
    own = own[own["perturbation"].isin(kept)]
    said = [(ref, number(_cosine(cosines, prediction, ref))) for ref in references]
    board = Board(
        mode,
        alt=f"{style.label}: shifts of {len(own)} perturbations in the plane of the first two components, "
        + "; ".join(f"from the {ANCHORS[ref]}, mean pairwise cosine {value}" for ref, value in said)
        + ".",
        height=HEAD + ROW * len(references) + FOOT,
        margin={"t": HEAD, "l": 8, "r": 12, "b": 8},
    )
    name = {"font": {"size": 13, "color": style.line(mode)}, "xanchor": "left", "yanchor": "bottom"}
    board.note(f"<b>{safe(style.label)}</b>", x=0, y=1, yshift=4, **name)
    for i, (ref, value) in enumerate(said):
        panel = Panel(ref, "" if i == 0 else str(i + 1), mode, style, ranges)
        _draw_axes(board, panel, explained, i, len(said))
        _draw_words(board, panel, value)
        _draw_panel(board, panel, own, anchors, marked=marked, selected=selected)
    return board.figure()


def _draw_axes(board: Board, panel: Panel, explained: Sequence[float], row: int, n: int) -> None:
    high = (1 + GAP) / n - GAP
    top = 1 - row * (high + GAP)
    last = row == n - 1
    across: dict[str, Any] = {"range": list(panel.ranges.x), "showgrid": False, "anchor": f"y{panel.axis}"}
    if last:
        across["title"] = {"text": f"PC 1 ({percent(explained[0])})"}
    else:
        across["showticklabels"] = False
    board.layout[f"xaxis{panel.axis}"] = across
    board.layout[f"yaxis{panel.axis}"] = {
        "range": list(panel.ranges.y),
        "showgrid": False,
        "domain": [max(0.0, top - high), min(1.0, top)],
        "anchor": f"x{panel.axis}",
        "title": {"text": f"PC 2 ({percent(explained[1])})"},
    }


def _draw_words(board: Board, panel: Panel, cosine: str) -> None:
    bold = {"xanchor": "left", "yanchor": "top", "font": {"size": 11.5}}
    board.note(f"<b>Δ{panel.reference}</b>", x=0.02, y=0.985, **bold, **panel.corner)
    grey = {"size": 11, "color": tokens(panel.mode).muted}
    words = f"pairwise cosine {cosine}"
    board.note(words, x=1, y=0.985, xanchor="right", yanchor="top", font=grey, **panel.corner)


def _draw_panel(
    board: Board,
    panel: Panel,
    own: pd.DataFrame,
    anchors: pd.DataFrame,
    *,
    marked: Sequence[str],
    selected: Collection[str],
) -> None:
    tail = _anchor(anchors, panel.reference)
    if tail is None or own.empty:
        words = f"the {ANCHORS[panel.reference]} is undefined" if tail is None else "no prediction"
        board.note(words, x=0.5, y=0.5, font={"color": tokens(panel.mode).muted}, **panel.corner)
        board.scatter([], [], **panel.on)
        return
    heads = heads_of(own, tail, panel.ranges)
    thick = np.isin(heads.names, list(marked))
    pale = (
        ~np.isin(heads.names, list(selected)) & ~thick if len(selected) else np.zeros(len(thick), dtype=bool)
    )
    _draw_arrows(board, panel, heads.drawn[pale], tail, opacity=FADED, width=THIN)
    _draw_arrows(board, panel, heads.drawn[~thick & ~pale], tail, opacity=STRONG, width=THIN)
    _draw_arrows(board, panel, heads.drawn[thick], tail, opacity=1, width=THICK)
    _draw_targets(board, panel, heads)
    _draw_anchors(board, panel, anchors)
    other = _anchor(anchors, "centroid" if panel.reference == "control" else "control")
    _draw_names(board, panel, heads, thick, [tail] if other is None else [tail, other])
    corner = far_words(heads, tail, panel.frame)
    if corner is not None:
        grey = {"size": 10.5, "color": tokens(panel.mode).muted}
        anchor = {"xanchor": corner.across, "yanchor": corner.up, "align": corner.across}
        board.note(corner.words, x=corner.x, y=corner.y, font=grey, **anchor, **panel.corner)


def _cosine(cosines: pd.DataFrame, prediction: str, reference: Reference) -> float:
    found = cosines[(cosines["prediction"] == prediction) & (cosines["reference"] == reference)]
    return float(found["mean_pairwise_cosine"].iloc[0]) if len(found) else float("nan")


def _anchor(anchors: pd.DataFrame, reference: Reference) -> Floats | None:
    found = anchors[anchors["anchor"] == ANCHORS[reference]]
    if found.empty or found[["pc1", "pc2"]].isna().to_numpy().any():
        return None
    tail: Floats = found[["pc1", "pc2"]].to_numpy(dtype=float)[0]
    return tail


def _draw_arrows(
    board: Board, panel: Panel, drawn: Floats, tail: Floats, *, opacity: float, width: float
) -> None:
    """Draw all arrows of one strength as one trace; each is tail, head, and a break."""
    if not len(drawn):
        return
    ends = np.full((len(drawn), 3, 2), np.nan)
    ends[:, 0], ends[:, 1] = tail, drawn
    line = panel.style.line(panel.mode)
    colour = rgba(line, opacity) if opacity < 1 else line
    board.scatter(
        ends[..., 0].ravel(),
        ends[..., 1].ravel(),
        mode="lines+markers",
        line={"color": colour, "width": width},
        marker={
            "symbol": "arrow",
            "angleref": "previous",
            "color": line,
            "opacity": opacity,
            "size": float32(np.tile([0, 6 + 2 * width, 0], len(drawn))),
            "line": {"width": 0},
        },
        hoverinfo="skip",
        **panel.on,
    )


def _draw_targets(board: Board, panel: Panel, heads: Heads) -> None:
    """Put an invisible point at each head: what a pointer finds there, and what a box selects."""
    place_, escaped = hover_names(heads.names, "%{customdata[0]}")
    board.scatter(
        *heads.drawn.T,
        mode="markers",
        marker={"size": TARGET, "color": panel.style.line(panel.mode), "opacity": 0},
        customdata=[
            [name, float(x), float(y)] for name, (x, y) in zip(heads.names, heads.true.round(3), strict=True)
        ],
        hovertext=escaped,
        hovertemplate=f"{place_}<br>PC 1 %{{customdata[1]:.2f}}, PC 2 %{{customdata[2]:.2f}}<extra></extra>",
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        **panel.on,
    )


def _draw_anchors(board: Board, panel: Panel, anchors: pd.DataFrame) -> None:
    """Draw control mean and centroid, the one in use filled; named on the panels of the observation."""
    ink = tokens(panel.mode).ink
    for kind, anchor in ANCHORS.items():
        position = _anchor(anchors, kind)
        if position is None:
            continue
        used = kind == panel.reference
        marker = {
            "symbol": SYMBOLS[kind] + ("" if used else "-open"),
            "size": 10,
            "color": ink,
            "line": {"color": ink, "width": 0 if used else 1.6},
        }
        words = anchor + (" (reference)" if used else "")
        board.scatter(
            position[:1],
            position[1:],
            mode="markers",
            marker=marker,
            hovertext=words,
            hoverinfo="text",
            **panel.on,
        )
        if used and panel.style.role == "observed":
            ground = {
                "bgcolor": rgba(tokens(panel.mode).background, 0.75),
                "borderpad": 0,
                "font": {"size": 11},
            }
            x, y = position.tolist()
            share = (x - panel.ranges.x[0]) / (panel.ranges.x[1] - panel.ranges.x[0])
            side = "left" if share < NEAR_EDGE else "right" if share > 1 - NEAR_EDGE else "center"
            board.note(anchor, x=x, y=y, xanchor=side, yanchor="top", yshift=-8, **ground, **panel.data)


def _corner_words(ranges: Ranges) -> Floats:
    """Return points under the words in the upper corners, which no name may cover."""
    low, high = (np.array(ends) for ends in zip(ranges.x, ranges.y, strict=True))
    shares = [(share, CORNER_LINE) for share in CORNER_SHARES]
    return np.asarray(low + np.array(shares) * (high - low), dtype=np.float64)


def _draw_names(
    board: Board, panel: Panel, heads: Heads, thick: NDArray[np.bool_], anchors: list[Floats]
) -> None:
    """Name the marked arrows at their heads, off their shafts and off both anchors, the first of which is the tail."""
    shown = heads.drawn[thick & heads.inside]
    names = [name for name, kept in zip(heads.names, thick & heads.inside, strict=True) if kept]
    shafts = [anchors[0] + (shown - anchors[0]) * share for share in SHAFT]
    x, y = np.concatenate([shown, *shafts, anchors, _corner_words(panel.ranges)]).T
    texts = names * (1 + len(SHAFT))
    found = place(panel.frame, x, y, texts=texts, candidates=range(len(names)))
    board.names(found, x, y, texts=[f"<b>{safe(name)}</b>" for name in texts], **panel.data)
