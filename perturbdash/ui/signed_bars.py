"""A bar from zero to the left or to the right, as a picture for a cell of a table."""

from __future__ import annotations

import math

from perturbdash.figures.theme import Mode, tokens
from perturbdash.vocabulary import Reference

WIDTH, HEIGHT = 68, 20


def signed_bar(value: float, *, reference: Reference, mode: Mode) -> str | None:
    """Return a data address of a bar for a value from -1 to 1; ``None`` where it is undefined.

    Examples
    --------
    >>> signed_bar(float("nan"), reference="control", mode="light") is None
    True
    """
    if math.isnan(value):
        return None
    colour = tokens(mode)
    length = abs(value) * WIDTH / 2
    start = WIDTH / 2 + min(value, 0) * WIDTH / 2
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH}' height='{HEIGHT}'>"
        f"<path d='M0 10H{WIDTH}' stroke='{colour.rule}'/>"
        f"<path d='M{start:.1f} 5h{length:.1f}v10h-{length:.1f}z' fill='{colour.reference(reference)}'/>"
        f"<path d='M{WIDTH // 2} 2v16' stroke='{colour.muted}'/></svg>"
    )
    return "data:image/svg+xml;utf8," + svg.replace("#", "%23")
