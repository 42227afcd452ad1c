"""Names from data or from a link, as short as their place is."""

from __future__ import annotations

LONGEST = 40


def cut(name: str, longest: int = LONGEST) -> str:
    """Return a name, its end cut where it is long.

    Examples
    --------
    >>> cut("GATA1+KLF1", 6)
    'GATA1…'
    """
    return name if len(name) <= longest else name[: longest - 1] + "…"
