"""Tables for people: markdown, sections of a page that a benchmark fills, and the exponent of a growth."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in markdown; a bar within a cell is escaped.

    Raises
    ------
    ValueError
        If a row has not as many cells as the header.
    """
    lines = [list(header), ["---"] * len(header)]
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"A row has {len(row)} cells; expected {len(header)}, as the header.")
        lines.append([cell.replace("|", "\\|") for cell in row])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def number(value: float | None, digits: int = 2, unit: str = "") -> str:
    """Return a number with so many significant digits, and a dash where there is none.

    Examples
    --------
    >>> number(0.2345), number(1234.5), number(None), number(3.14159, 3, " s")
    ('0.23', '1,234', '–', '3.14 s')
    """
    if value is None or math.isnan(value):
        return "–"
    if value == 0:
        return f"0{unit}"
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{value:,.{places}f}{unit}"


def fill(path: Path, section: str, text: str) -> None:
    """Put a text between the marks of a section, ``<!-- name:begin -->`` and ``<!-- name:end -->``.

    Raises
    ------
    ValueError
        If the page does not have each of the marks once, the beginning first.
    """
    page = path.read_text(encoding="utf-8")
    begin, end = f"<!-- {section}:begin -->", f"<!-- {section}:end -->"
    if page.count(begin) != 1 or page.count(end) != 1 or page.index(begin) > page.index(end):
        raise ValueError(
            f"{path} has no section {section!r}; expected {begin} and {end} once, in this order."
        )
    before, rest = page.split(begin)
    after = rest.split(end)[1]
    path.write_text(f"{before}{begin}\n\n{text.strip()}\n\n{end}{after}", encoding="utf-8")


def exponent(size: Sequence[float], cost: Sequence[float]) -> float:
    """Return b of cost = a · size^b, by least squares of the logarithms; NaN with fewer than two sizes.

    Examples
    --------
    >>> round(exponent([1, 10, 100], [2, 20, 200]), 6)
    1.0
    """
    x, y = np.log(np.asarray(size, dtype=float)), np.log(np.asarray(cost, dtype=float))
    if len(np.unique(x)) < 2:
        return math.nan
    centred = x - x.mean()
    return float((centred @ y) / (centred @ centred))
