"""Lines of text in Arial, by the approximate widths of its characters."""

from __future__ import annotations

import re
from collections.abc import Iterator

BOLD = 1.07
OTHER = 0.6
_WIDTHS = {
    0.222: "ijl'|",
    0.278: " \u00a0!,./:;It[]\\f·",
    0.333: "()-r`“”‘’",
    0.4: '"*°',
    0.5: "ckvxyzsJ",
    0.556: "abdeghnopqu0123456789$?_#L–≥≤",
    0.584: "+<=>~−±×",
    0.61: "FTZ",
    0.667: "ABEKPSVXYΔ&",
    0.722: "CDHNRUw",
    0.778: "GOQ",
    0.833: "mM",
    0.944: "W%@…—",
}
_OF = {character: width for width, characters in _WIDTHS.items() for character in characters}


def width(words: str, size: float, *, bold: bool = False) -> float:
    """Return how wide a line is, in the unit of ``size``.

    Examples
    --------
    >>> round(width("iiii", 10), 1), round(width("WWWW", 10), 1)
    (8.9, 37.8)
    """
    return size * (BOLD if bold else 1.0) * sum(_OF.get(character, OTHER) for character in words)


def wrap(words: str, most: float, size: float, *, bold: bool = False) -> list[str]:
    """Break words into lines, at spaces that may break; a word that is wider than a line is broken where it must.

    Parameters
    ----------
    most
        Width of a line, in the unit of ``size``.

    Examples
    --------
    >>> wrap("one two three", 45, 10)
    ['one two', 'three']
    >>> wrap("  ", 45, 10)
    []
    """
    lines: list[str] = []
    for word in (
        piece
        for part in re.split(r"[ \t\n]+", words)
        if part
        for piece in _pieces(part, most, size, bold=bold)
    ):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer, size, bold=bold) <= most:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _pieces(word: str, most: float, size: float, *, bold: bool) -> Iterator[str]:
    start = 0
    for end in range(1, len(word) + 1):
        if end - start > 1 and width(word[start:end], size, bold=bold) > most:
            yield word[start : end - 1]
            start = end - 1
    yield word[start:]
