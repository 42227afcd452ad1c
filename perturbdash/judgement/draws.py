"""Random draws over units, made once for all columns, tables and contexts that have as many of them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perturbdash.judgement.units import Floats
from perturbdash.vocabulary import Purpose

DRAWS_AT_ONCE = 400_000
BYTES_KEPT = 256 * 2**20

Draws = NDArray[Any]
Key = tuple[str, int, int, int]


class Kept:
    """The arrays that were asked for last, up to a number of bytes in all."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._arrays: OrderedDict[Key, Draws] = OrderedDict()
        self._lock = Lock()

    def get_or(self, key: Key, make: Callable[[], Draws]) -> Draws:
        """Return the array of a key, made where it is not there."""
        with self._lock:
            if key in self._arrays:
                self._arrays.move_to_end(key)
                return self._arrays[key]
        made = make()
        made.flags.writeable = False
        with self._lock:
            self._arrays[key] = made
            while sum(array.nbytes for array in self._arrays.values()) > self._most:
                self._arrays.popitem(last=False)
        return made


_kept = Kept(BYTES_KEPT)


def times_drawn(seed: int, n: int, n_resamples: int, *, at_once: int) -> Iterator[Floats]:
    """Yield how often each of n units is drawn with replacement in some resamples, ``(n_units, at_once)``.

    The draws depend on the seed and the number of units alone, so that a column's result does not depend on which
    other columns are computed beside it.
    """
    dtype = np.min_scalar_type(n)
    if n * n_resamples * dtype.itemsize <= BYTES_KEPT // 2:
        key = ("bootstrap", seed, n, n_resamples)
        whole = _kept.get_or(key, lambda: _all_times_drawn(seed, n, n_resamples, dtype))
        for start in range(0, n_resamples, at_once):
            yield whole[start : start + at_once].astype(np.float64).T
        return
    rng = np.random.default_rng([seed, Purpose.BOOTSTRAP])
    for start in range(0, n_resamples, at_once):
        counts = np.zeros((min(at_once, n_resamples - start), n), dtype=dtype)
        yield _draw(rng, counts).astype(np.float64).T


def signs_drawn(seed: int, n: int, n_flips: int) -> Iterator[Floats]:
    """Yield a sign, 1 or -1, for each of n units in some flips, ``(n_units, n_flips)``; as `times_drawn`."""
    size = max(1, DRAWS_AT_ONCE // n)
    if n * n_flips <= BYTES_KEPT // 2:
        whole = _kept.get_or(
            ("signs", seed, n, n_flips), lambda: np.concatenate(list(_signs(seed, n, n_flips, size)))
        )
        parts: Iterator[Draws] = (whole[start : start + size] for start in range(0, n_flips, size))
    else:
        parts = _signs(seed, n, n_flips, size)
    for signs in parts:
        yield signs.astype(np.float64).T


def _all_times_drawn(seed: int, n: int, n_resamples: int, dtype: np.dtype[Any]) -> Draws:
    rng = np.random.default_rng([seed, Purpose.BOOTSTRAP])
    counts = np.zeros((n_resamples, n), dtype=dtype)
    size = max(1, DRAWS_AT_ONCE // n)
    for start in range(0, n_resamples, size):
        _draw(rng, counts[start : start + size])
    return counts


def _draw(rng: np.random.Generator, counts: Draws) -> Draws:
    from perturbdash.judgement.draws_compiled import count_drawn

    count_drawn(rng.integers(0, counts.shape[1], size=counts.shape, dtype=np.int32), counts)
    return counts


def _signs(seed: int, n: int, n_flips: int, size: int) -> Iterator[Draws]:
    rng = np.random.default_rng([seed, Purpose.SIGN_FLIP])
    for start in range(0, n_flips, size):
        shape = (min(size, n_flips - start), n)
        yield 2 * rng.integers(0, 2, size=shape, dtype=np.int8) - 1
