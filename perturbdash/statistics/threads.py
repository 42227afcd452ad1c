"""How rows, columns and groups are dealt to threads."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def shares(codes: NDArray[np.int32], weights: NDArray[np.int64], n: int) -> list[tuple[int, int]]:
    """Cut rows sorted by group into at most n spans of about equal weight, never within a group.

    Examples
    --------
    >>> shares(np.array([0, 0, 1, 1, 2, 2], dtype=np.int32), np.full(6, 10), 2)
    [(0, 4), (4, 6)]
    """
    if codes.size == 0:
        return []
    ends = np.cumsum(weights)
    target = ends[-1] * np.arange(1, n) / n
    middle = codes[np.searchsorted(ends, target)]
    left = np.searchsorted(codes, middle, side="left")
    right = np.searchsorted(codes, middle, side="right")
    before, after = np.r_[0, ends][left], np.r_[0, ends][right]
    return _spans(np.where(target - before < after - target, left, right), codes.size)


def pointer_spans(indptr: NDArray[np.int64], n: int) -> list[tuple[int, int]]:
    """Cut the rows (columns) of a sparse chunk into at most n spans of about equally many values.

    Examples
    --------
    >>> pointer_spans(np.array([0, 6, 7, 8, 12]), 2)
    [(0, 1), (1, 4)]
    """
    return _spans(np.searchsorted(indptr, indptr[-1] * np.arange(1, n) / n), indptr.size - 1)


def even_spans(size: int, n: int) -> list[tuple[int, int]]:
    """Cut a range into at most n spans of about equal length.

    Examples
    --------
    >>> even_spans(5, 2)
    [(0, 2), (2, 5)]
    """
    return _spans(size * np.arange(1, n) // n, size)


def _spans(cuts: NDArray[np.integer[Any]], size: int) -> list[tuple[int, int]]:
    edges = [0, *(int(cut) for cut in cuts), size]
    return [(start, stop) for start, stop in pairwise(edges) if stop > start]
