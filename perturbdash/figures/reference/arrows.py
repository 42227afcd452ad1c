"""Shifts as arrows in the plane of the first two components, from control or from the perturbed centroid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from perturbdash.figures.models import ModelStyle, style_of
from perturbdash.figures.numbers import number, percent
from perturbdash.figures.placement import Frame, place, write_names
from perturbdash.figures.reference.ranges import Ranges, shared_ranges
from perturbdash.figures.tables import float32, safe
from perturbdash.figures.theme import Mode, canvas, note, rgba, tokens
from perturbdash.vocabulary import Reference

Floats = NDArray[np.float64]
ANCHORS: dict[Reference, str] = {"control": "control mean", "centroid": "perturbed centroid"}
SYMBOLS: dict[Reference, str] = {"control": "square", "centroid": "x"}
NAMED_OFF_SCALE = 2
SHAFT = (0.98, 0.95, 0.9, 0.84, 0.78, 0.7, 0.6, 0.5)
EARLY = (0.4, 0.3, 0.2, 0.1)
HEIGHT = 300
WIDTH = 215
"""Pixels of the narrowest panel, where four stand side by side."""
CHARACTER, LINE = 5.6, 13.0
"""Pixels of a character and of a line of the small words in a corner."""
CORNER = 16
"""Pixels that the words in the upper corners take."""


@dataclass(frozen=True, slots=True)
class Heads:
    """Where the arrows of one panel end; those off the scale are cut at the edge."""

    names: list[str]
    true: Floats
    drawn: Floats
    inside: NDArray[np.bool_]


def reference_arrows(
    points: pd.DataFrame,
    anchors: pd.DataFrame,
    explained: Sequence[float],
    cosines: pd.DataFrame,
    *,
    prediction: str,
    reference: Reference,
    mode: Mode = "light",
    marked: Sequence[str] = (),
    styles: Mapping[str, ModelStyle] | None = None,
    ranges: Ranges | None = None,
) -> go.Figure:
    """Draw one panel: the shifts of one prediction, or of the observation, from one reference.

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
    ranges
        The same for all panels, from ``shared_ranges``; by default that of these points.
    """
    ranges = ranges or shared_ranges(points, anchors)
    style = style_of(prediction, styles)
    cosine = _cosine(cosines, prediction, reference)
    own = points[(points["prediction"] == prediction) & points["pc1"].notna() & points["pc2"].notna()]
    alt = (
        f"{style.label}: shifts of {len(own)} perturbations from the {ANCHORS[reference]} in the plane of the first "
        f"two components; mean pairwise cosine {number(cosine)}."
    )
    figure = canvas(mode, alt=alt, height=HEIGHT, margin={"t": 26})
    figure.update_xaxes(title_text=f"PC 1 ({percent(explained[0])})", range=list(ranges.x), showgrid=False)
    figure.update_yaxes(title_text=f"PC 2 ({percent(explained[1])})", range=list(ranges.y), showgrid=False)
    _draw_words(figure, style, reference, cosine, mode=mode)
    tail = _anchor(anchors, reference)
    if tail is None or own.empty:
        words = f"the {ANCHORS[reference]} is undefined" if tail is None else "no prediction"
        note(figure, words, x=0.5, y=0.5, font={"color": tokens(mode).muted})
        return figure
    heads = _heads(own, tail, ranges)
    thick = np.isin(heads.names, list(marked))
    _draw_arrows(figure, heads, tail, ~thick, colour=rgba(style.line(mode), 0.5), width=1.1)
    _draw_arrows(figure, heads, tail, thick, colour=style.line(mode), width=2.6)
    _draw_anchors(figure, anchors, reference, mode=mode, named=style.role == "observed")
    other = _anchor(anchors, "centroid" if reference == "control" else "control")
    _draw_names(figure, heads, thick, ranges, [tail] if other is None else [tail, other])
    _draw_off_scale(figure, heads, tail, ranges, mode=mode)
    return figure


def _cosine(cosines: pd.DataFrame, prediction: str, reference: Reference) -> float:
    found = cosines[(cosines["prediction"] == prediction) & (cosines["reference"] == reference)]
    return float(found["mean_pairwise_cosine"].iloc[0]) if len(found) else float("nan")


def _anchor(anchors: pd.DataFrame, reference: Reference) -> Floats | None:
    found = anchors[anchors["anchor"] == ANCHORS[reference]]
    if found.empty or found[["pc1", "pc2"]].isna().to_numpy().any():
        return None
    tail: Floats = found[["pc1", "pc2"]].to_numpy(dtype=float)[0]
    return tail


def _heads(own: pd.DataFrame, tail: Floats, ranges: Ranges) -> Heads:
    """Cut arrows that leave the ranges at the edge, in their own direction."""
    true = own[["pc1", "pc2"]].to_numpy(dtype=float)
    low = np.array([ranges.x[0], ranges.y[0]])
    high = np.array([ranges.x[1], ranges.y[1]])
    step = true - tail
    with np.errstate(divide="ignore", invalid="ignore"):
        until = np.where(step > 0, (high - tail) / step, np.where(step < 0, (low - tail) / step, np.inf))
    share = np.minimum(1.0, until.min(axis=1))
    inside = share >= 1.0
    drawn = tail + step * np.where(inside, 1.0, share * 0.985)[:, None]
    return Heads([str(name) for name in own["perturbation"]], true, drawn, inside)


def _draw_words(
    figure: go.Figure, style: ModelStyle, reference: Reference, cosine: float, *, mode: Mode
) -> None:
    name = {"font": {"size": 13, "color": style.line(mode)}, "xanchor": "left", "yanchor": "bottom"}
    note(figure, f"<b>{safe(style.label)}</b>", x=0, y=1.01, **name)
    note(figure, f"<b>Δ{reference}</b>", x=0.02, y=0.985, xanchor="left", yanchor="top", font={"size": 11.5})
    grey = {"size": 11, "color": tokens(mode).muted}
    words = f"pairwise cosine {number(cosine)}"
    note(figure, words, x=1, y=0.985, xanchor="right", yanchor="top", font=grey)


def _draw_arrows(
    figure: go.Figure,
    heads: Heads,
    tail: Floats,
    chosen: NDArray[np.bool_],
    *,
    colour: str,
    width: float,
) -> None:
    """Draw all arrows of one strength as one trace; each is tail, head, and a break."""
    rows = np.flatnonzero(chosen)
    if not rows.size:
        return
    ends = np.full((rows.size, 3, 2), np.nan)
    ends[:, 0], ends[:, 1] = tail, heads.drawn[rows]
    hover = [_hover(heads, int(row)) for row in rows]
    figure.add_scatter(
        x=float32(ends[..., 0].ravel()),
        y=float32(ends[..., 1].ravel()),
        mode="lines+markers",
        line={"color": colour, "width": width},
        marker={
            "symbol": "arrow",
            "angleref": "previous",
            "color": colour,
            "opacity": 1,
            "size": float32(np.tile([0, 6 + 2 * width, 0], rows.size)),
            "line": {"width": 0},
        },
        text=[words for text in hover for words in ("", text, "")],
        customdata=[name for row in rows for name in ("", heads.names[row], "")],
        hoverinfo="text",
    )


def _hover(heads: Heads, row: int) -> str:
    x, y = heads.true[row]
    return f"{safe(heads.names[row])}<br>PC 1 {number(x)}, PC 2 {number(y)}"


def _draw_anchors(
    figure: go.Figure, anchors: pd.DataFrame, reference: Reference, *, mode: Mode, named: bool
) -> None:
    """Draw control mean and centroid, the one in use filled."""
    ink = tokens(mode).ink
    for kind, anchor in ANCHORS.items():
        position = _anchor(anchors, kind)
        if position is None:
            continue
        used = kind == reference
        marker: dict[str, Any] = {
            "symbol": SYMBOLS[kind] + ("" if used else "-open"),
            "size": 10,
            "color": ink,
        }
        marker["line"] = {"color": ink, "width": 0 if used else 1.6}
        figure.add_scatter(
            x=float32(position[:1]),
            y=float32(position[1:]),
            mode="markers",
            marker=marker,
            hovertext=anchor + (" (reference)" if used else ""),
            hoverinfo="text",
        )
        if used and named:
            ground = rgba(tokens(mode).background, 0.75)
            below = {"xref": "x", "yref": "y", "yanchor": "top", "yshift": -8, "font": {"size": 11}}
            note(
                figure,
                anchor,
                x=float(position[0]),
                y=float(position[1]),
                bgcolor=ground,
                borderpad=0,
                **below,
            )


def _draw_names(
    figure: go.Figure, heads: Heads, thick: NDArray[np.bool_], ranges: Ranges, anchors: list[Floats]
) -> None:
    """Name the marked arrows at their heads, off their shafts and off both anchors, the first of which is the tail."""
    frame = Frame(ranges.x, ranges.y, WIDTH, HEIGHT - 80)
    shown = heads.drawn[thick & heads.inside]
    names = [name for name, kept in zip(heads.names, thick & heads.inside, strict=True) if kept]
    shafts = [anchors[0] + (shown - anchors[0]) * share for share in SHAFT]
    x, y = np.concatenate([shown, *shafts, anchors]).T
    texts = names * (1 + len(SHAFT))
    found = place(frame, x, y, texts=texts, candidates=range(len(names)))
    write_names(figure, found, x, y, texts=[f"<b>{safe(name)}</b>" for name in texts])


def _draw_off_scale(figure: go.Figure, heads: Heads, tail: Floats, ranges: Ranges, *, mode: Mode) -> None:
    """Say in words what was cut: two by name and value, of more the furthest and their number."""
    rows = np.flatnonzero(~heads.inside)
    if not rows.size:
        return
    by_length = rows[np.argsort(-np.linalg.norm(heads.true[rows] - heads.drawn[rows], axis=1))]
    grey = {"size": 10.5, "color": tokens(mode).muted}
    named = by_length[: NAMED_OFF_SCALE if rows.size <= NAMED_OFF_SCALE else 1]
    lines = [_far(heads, int(row)) for row in named]
    lines += (
        ["off the scale"]
        if rows.size <= NAMED_OFF_SCALE
        else [f"{rows.size} of {len(heads.names)} off the scale"]
    )
    x, y, across, up = _emptiest(heads, tail, ranges, (CHARACTER * max(map(len, lines)), LINE * len(lines)))
    place_ = {"xanchor": across, "yanchor": up, "align": across}
    note(figure, "<br>".join(lines), x=x, y=y, font=grey, **place_)


def _emptiest(
    heads: Heads, tail: Floats, ranges: Ranges, size: tuple[float, float]
) -> tuple[float, float, str, str]:
    """Return the corner in which words of a size in pixels cover the fewest arrows: position and anchors."""
    frame = Frame(ranges.x, ranges.y, WIDTH, HEIGHT - 80)
    shafts = np.concatenate([tail + (heads.drawn - tail) * share for share in (1.0, *SHAFT, *EARLY)])
    points = frame.pixels(*shafts.T)
    found: list[tuple[int, tuple[float, float, str, str]]] = []
    for up, y, low in (
        ("bottom", 0.02, 0.0),
        ("top", 1 - CORNER / frame.height, frame.height - CORNER - size[1]),
    ):
        for across, x, left in (("right", 1.0, frame.width - size[0]), ("left", 0.02, 0.0)):
            inside = (points >= [left, low]) & (points <= [left + size[0], low + size[1]])
            found.append((int(inside.all(axis=1).sum()), (x, y, across, up)))
    return min(found, key=lambda corner: corner[0])[1]


def _far(heads: Heads, row: int) -> str:
    """Name an arrow with the component in which it leaves the scale furthest."""
    beyond = np.abs(heads.true[row] - heads.drawn[row])
    component = int(beyond.argmax())
    return f"{safe(heads.names[row])}, PC {component + 1} {number(heads.true[row][component])}"
