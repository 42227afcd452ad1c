"""Where the arrows of a panel end, and what lies off the scale."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perturbdash.figures.models import OBSERVED
from perturbdash.figures.numbers import number
from perturbdash.figures.placement import Frame
from perturbdash.figures.reference.ranges import Ranges
from perturbdash.figures.tables import safe

Floats = NDArray[np.float64]
SHAFT = (0.98, 0.95, 0.9, 0.84, 0.78, 0.7, 0.6, 0.5)
EARLY = (0.4, 0.3, 0.2, 0.1)
NAMED_OFF_SCALE = 2
CHARACTER, LINE = 5.6, 13.0
"""Pixels of a character and of a line of the small words in a corner."""
CORNER = 21
"""Pixels that the words in the upper corners take."""
EDGE = 0.985
MOST_ARROWS = 400


@dataclass(frozen=True, slots=True)
class Heads:
    """Where the arrows of one panel end; those off the scale are cut at the edge."""

    names: list[str]
    true: Floats
    drawn: Floats
    inside: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Corner:
    """Words, and the corner in which they cover the fewest arrows: position in the panel and anchors."""

    words: str
    x: float
    y: float
    across: str
    up: str


def heads_of(own: pd.DataFrame, tail: Floats, ranges: Ranges) -> Heads:
    """Cut arrows that leave the ranges at the edge, in their own direction.

    Parameters
    ----------
    own
        Columns perturbation, pc1, pc2.
    tail
        ``(2,)``, from where all arrows start.
    """
    true = own[["pc1", "pc2"]].to_numpy(dtype=float)
    low = np.array([ranges.x[0], ranges.y[0]])
    high = np.array([ranges.x[1], ranges.y[1]])
    step = true - tail
    with np.errstate(divide="ignore", invalid="ignore"):
        until = np.where(step > 0, (high - tail) / step, np.where(step < 0, (low - tail) / step, np.inf))
    share = np.minimum(1.0, until.min(axis=1))
    inside = share >= 1.0
    drawn = tail + step * np.where(inside, 1.0, share * EDGE)[:, None]
    return Heads([str(name) for name in own["perturbation"]], true, drawn, inside)


def arrows_drawn(points: pd.DataFrame, keep: Collection[str] = (), most: int = MOST_ARROWS) -> list[str]:
    """Return the perturbations whose arrows are drawn: all, or of a large screen every k-th by length.

    Parameters
    ----------
    points
        Columns prediction (``"observed"`` or a name), perturbation, pc1, pc2.
    keep
        Perturbations that are drawn whatever their length.
    """
    own = points[points["prediction"] == OBSERVED]
    names = own["perturbation"].astype(str).to_numpy(dtype=object)
    if len(names) <= most:
        return [str(name) for name in dict.fromkeys(points["perturbation"].astype(str))]
    order = np.argsort(-np.hypot(*own[["pc1", "pc2"]].to_numpy(dtype=float).T), kind="stable")
    every = names[order[np.linspace(0, len(names) - 1, most).astype(int)]]
    return list(dict.fromkeys([*(name for name in names if name in set(keep)), *every]))


def far_words(heads: Heads, tail: Floats, frame: Frame) -> Corner | None:
    """Say in words what was cut: two by name and value, of more the furthest and their number."""
    rows = np.flatnonzero(~heads.inside)
    if not rows.size:
        return None
    by_length = rows[np.argsort(-np.linalg.norm(heads.true[rows] - heads.drawn[rows], axis=1))]
    few = rows.size <= NAMED_OFF_SCALE
    lines = [_far(heads, int(row)) for row in by_length[: NAMED_OFF_SCALE if few else 1]]
    lines.append("off the scale" if few else f"{rows.size} of {len(heads.names)} off the scale")
    longest = max(len(line.split("<br>")[0]) for line in lines)
    x, y, across, up = _emptiest(heads, tail, frame, (CHARACTER * longest, LINE * len(lines)))
    return Corner("<br>".join(lines), x, y, across, up)


def _emptiest(
    heads: Heads, tail: Floats, frame: Frame, size: tuple[float, float]
) -> tuple[float, float, str, str]:
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


def marked_by_rule(
    points: pd.DataFrame, anchors: pd.DataFrame, ranges: Ranges, among: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return two perturbations to mark: the longest observed arrow in the panel, and the head farthest from its.

    Distances are measured in panels, so that both components count alike.

    Parameters
    ----------
    points
        Columns prediction, perturbation, pc1, pc2.
    anchors
        Columns anchor, pc1, pc2; arrows start at the first.
    among
        Only of these, where there are any.
    """
    own = points[(points["prediction"] == OBSERVED) & points["pc1"].notna() & points["pc2"].notna()]
    if among:
        own = own[own["perturbation"].isin(list(among))]
    inside = ranges.holds(own["pc1"].to_numpy(dtype=float), own["pc2"].to_numpy(dtype=float))
    own = own[inside] if inside.any() else own
    if own.empty:
        return ()
    frame = Frame(ranges.x, ranges.y, 1, 1)
    heads = frame.pixels(own["pc1"].to_numpy(), own["pc2"].to_numpy())
    tail = frame.pixels(*np.nan_to_num(anchors[["pc1", "pc2"]].to_numpy(dtype=float)[0])).ravel()
    first = int(np.linalg.norm(heads - tail, axis=1).argmax())
    second = int(np.linalg.norm(heads - heads[first], axis=1).argmax())
    names = own["perturbation"].astype(str).tolist()
    return tuple(dict.fromkeys([names[first], names[second]]))
