"""Perturbations by what somebody types: the order in which matches are offered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from perturbdash.vocabulary import COMBINATION_SEPARATOR


def search(names: Sequence[str], query: str, *, parts: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the names that match a query, the likeliest first, each group in the order given.

    The name itself comes first, then combinations of exactly these parts in another order, names that start with
    the query, combinations with a part that starts with it, names that contain it, and last names that contain
    each of its words. Case does not count.

    Parameters
    ----------
    parts
        The parts of each name, as the data set knows them; a name that is not there is its own only part.

    Examples
    --------
    >>> search(["AKLF1", "B+KLF1", "KLF10", "KLF1", "GATA1"], "klf1", parts={"B+KLF1": ("B", "KLF1")})
    ['KLF1', 'KLF10', 'B+KLF1', 'AKLF1']
    """
    asked = query.strip().casefold()
    if not asked:
        return list(names)
    pieces = sorted(piece.strip() for piece in asked.split(COMBINATION_SEPARATOR))
    found: list[tuple[int, str]] = []
    for name in names:
        place = _place(name.casefold(), [part.casefold() for part in parts.get(name, (name,))], asked, pieces)
        if place is not None:
            found.append((place, name))
    return [name for _, name in sorted(found, key=lambda item: item[0])]


def _place(name: str, parts: list[str], asked: str, pieces: list[str]) -> int | None:
    if name == asked:
        return 0
    if sorted(parts) == pieces:
        return 1
    if name.startswith(asked):
        return 2
    if any(part.startswith(asked) for part in parts):
        return 3
    if asked in name:
        return 4
    return 5 if all(word in name for word in asked.replace(COMBINATION_SEPARATOR, " ").split()) else None
