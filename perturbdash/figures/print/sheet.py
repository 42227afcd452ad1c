"""How a print sheet is laid out: title, panels with their letters, caption."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_lowercase

import plotly.graph_objects as go

from perturbdash.figures.print.paper import PER_MM, PT, Panel, Sheet, Text
from perturbdash.figures.print.style import VECTOR_POINTS, n_points, printable
from perturbdash.figures.print.words import wrap
from perturbdash.figures.theme import tokens

EDGE = 6.0
GAP = 14.0
TITLE, CAPTION = 8 * PT, 6.5 * PT
LEADING = 1.28
COMFORTABLE, NARROWEST = 255.0, 199.0
"""Panels are laid out no narrower than the first; where there is less room they are scaled down, to 5.5 pt at most."""
ONE_COLUMN = 90 * PER_MM
PAGE = 230 * PER_MM
HIGHEST = 205 * PER_MM
"""A panel with many rows is pressed to this height, so that title and caption stand on its page."""
HEIGHT = 400.0
MOST_UPRIGHT, ROOM = 0.85, 55.0
"""A panel without named rows is at most so much higher than wide, and has room for axis titles and a legend."""
ENDS = (".", "?", ":", ";")


def sheet(
    panels: Sequence[go.Figure],
    *,
    width_mm: float,
    title: str,
    caption: Sequence[str],
    across: int = 1,
) -> Sheet:
    """Lay figures out as a print sheet.

    Parameters
    ----------
    panels
        Drawn in the light mode, in reading order.
    width_mm
        Width of the sheet: 85 for one column of a journal, 180 for two.
    title
        Stands above the panels.
    caption
        Sentences below the panels; empty ones are left out, a full stop is added where none is.
    across
        Panels side by side, where the sheet is wide enough.
    """
    width = width_mm * PER_MM
    head, y = _lines(title, EDGE, width, _Print(TITLE, 700, tokens("light").ink))
    placed, letters, y = _place(panels, across, width, y + 2)
    foot, y = _lines(_sentences(caption), y + 8, width, _Print(CAPTION, 400, tokens("light").muted))
    alts = [str((figure.layout.meta or {}).get("alt", "")) for figure in panels]
    return Sheet(
        width_mm=width_mm,
        height_mm=math.ceil((y + EDGE) / PER_MM * 10) / 10,
        title=title,
        description=" ".join(filter(None, alts)),
        panels=tuple(placed),
        texts=(*head, *letters, *foot),
    )


@dataclass(frozen=True, slots=True)
class _Print:
    size: float
    weight: int
    colour: str


def _sentences(words: Sequence[str]) -> str:
    told = [" ".join(part.split(" ")).strip() for part in words]
    return " ".join(part if part.endswith(ENDS) else f"{part}." for part in told if part)


def _lines(words: str, top: float, width: float, look: _Print) -> tuple[list[Text], float]:
    """Return the lines of a paragraph, and where it ends."""
    lines = wrap(words, width - 2 * EDGE, look.size, bold=look.weight > 400)
    step = LEADING * look.size
    made = [
        Text(line, EDGE, round(top + look.size + i * step, 2), round(look.size, 2), look.weight, look.colour)
        for i, line in enumerate(lines)
    ]
    return made, top + len(lines) * step


def _place(
    panels: Sequence[go.Figure], across: int, width: float, top: float
) -> tuple[list[Panel], list[Text], float]:
    """Return panels, their letters where there are several, and where the last row ends."""
    columns = _columns(panels, across, width)
    own = _own_width(width, columns)
    vector = sum(map(n_points, panels)) < VECTOR_POINTS
    ink = tokens("light").ink
    placed: list[Panel] = []
    letters: list[Text] = []
    for start in range(0, len(panels), columns):
        row = panels[start : start + columns]
        heights = [_height(figure, own) for figure in row]
        for i, (figure, height) in enumerate(zip(row, heights, strict=True)):
            x = i * (own + GAP)
            scale = max(1.0, COMFORTABLE / own)
            made = printable(
                figure, width=round(own * scale, 2), height=round(height * scale, 2), vector=vector
            )
            placed.append(Panel(made, round(x, 2), round(top, 2), round(own, 2), round(height, 2)))
            if len(panels) > 1:
                letters.append(
                    Text(_letter(start + i), round(x + EDGE, 2), round(top + TITLE, 2), TITLE, 700, ink)
                )
        top += max(heights, default=0.0) + (GAP if start + columns < len(panels) else 0)
    return placed, letters, top


def _columns(panels: Sequence[go.Figure], across: int, width: float) -> int:
    """Return how many panels stand side by side; one column of a journal scales down only what fills a page."""
    most = max(1, min(across, len(panels)))
    narrowest = min(most, max(1, int((width + GAP) // (NARROWEST + GAP))))
    if width > ONE_COLUMN:
        rows = math.ceil(most / narrowest)
        return math.ceil(most / rows)
    columns = min(most, max(1, int((width + GAP) // (COMFORTABLE + GAP))))
    while columns < narrowest and _tall(panels, columns, width) > PAGE:
        columns += 1
    return columns


def _own_width(width: float, columns: int) -> float:
    return (width - GAP * (columns - 1)) / columns


def _tall(panels: Sequence[go.Figure], columns: int, width: float) -> float:
    heights = [_height(figure, _own_width(width, columns)) + GAP for figure in panels]
    return sum(max(heights[i : i + columns]) for i in range(0, len(heights), columns))


def _height(figure: go.Figure, width: float) -> float:
    """Return the height of a panel: its own where rows have names, else, or if it is square, little above its width."""
    height = min(float(figure.layout.height or HEIGHT), HIGHEST)
    axes = list(figure.select_yaxes())
    if len(axes) == 1 and axes[0].scaleanchor is not None:
        height = min(height, max(width, COMFORTABLE) + ROOM)
    elif len(axes) == 1 and axes[0].tickvals is None:
        height = min(height, MOST_UPRIGHT * max(width, COMFORTABLE) + ROOM)
    return height * min(1.0, width / COMFORTABLE)


def _letter(index: int) -> str:
    """Return a panel's letter.

    Examples
    --------
    >>> _letter(0), _letter(25), _letter(26)
    ('a', 'z', 'aa')
    """
    rest, own = divmod(index, len(ascii_lowercase))
    return (_letter(rest - 1) if rest else "") + ascii_lowercase[own]
