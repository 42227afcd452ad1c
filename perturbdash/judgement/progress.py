"""Progress of a part of some work, as progress of the whole."""

from __future__ import annotations

from perturbdash.vocabulary import Progress


def part(progress: Progress | None, start: float, end: float, words: str = "") -> Progress | None:
    """Return what reports the progress of a part of the whole, from one share of it to another.

    Parameters
    ----------
    words
        Put before each text.

    Examples
    --------
    >>> part(lambda share, text: print(share, text), 0.5, 1)(0.5, "halfway through the second half")
    0.75 halfway through the second half
    """
    if progress is None:
        return None
    return lambda share, text: progress(start + (end - start) * share, words + text)
