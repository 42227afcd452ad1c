"""Counts in sentences."""

from __future__ import annotations

WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def number_word(n: int) -> str:
    """Return a small number in words.

    Examples
    --------
    >>> number_word(2), number_word(3300)
    ('two', '3,300')
    """
    return WORDS[n] if n < len(WORDS) else f"{n:,}"


def plural(n: int, one: str, many: str, *, words: bool = False) -> str:
    """Return a count with its noun.

    Parameters
    ----------
    words
        Write small numbers in words.

    Examples
    --------
    >>> plural(1, "cell", "cells"), plural(2, "model", "models", words=True)
    ('1 cell', 'two models')
    """
    return f"{number_word(n) if words else f'{n:,}'} {one if n == 1 else many}"
