"""Loops over the rows of a matrix, compiled, and shared by two threads a block at a time."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])

ROWS_PER_BLOCK = 25
_this_thread = threading.local()
_PARALLEL_VALUES = 32768  # torch hands an elementwise operation of this many values to several threads


def compiled(function: Function, *, fastmath: bool | set[str] = False) -> Function:
    """Compile a loop with numba: cached on disk where that is possible, without the GIL, division as in numpy."""
    options = {"nogil": True, "error_model": "numpy", "fastmath": fastmath}
    try:
        return cast(Function, numba.njit(cache=True, **options)(function))
    except RuntimeError:  # neither the package's folder nor the user's cache can be written
        return cast(Function, numba.njit(**options)(function))


def row_blocks(n_rows: int, size: int = ROWS_PER_BLOCK) -> Iterator[slice]:
    """Yield slices of at most ``size`` rows; temporaries of such blocks stay in the processor's cache.

    Examples
    --------
    >>> list(row_blocks(5, 2))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    for start in range(0, n_rows, max(1, size)):
        yield slice(start, min(start + size, n_rows))


def serial_blocks(n_rows: int, n_columns: int) -> Iterator[slice]:
    """Yield slices of rows so small that torch computes an elementwise operation on the calling thread.

    An operation of a few microseconds that has to wait for a second thread takes a thousand times longer
    when other programs keep the processor busy.

    Examples
    --------
    >>> list(serial_blocks(5, 16_000))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    return row_blocks(n_rows, serial_rows(n_columns))


def serial_rows(n_columns: int) -> int:
    """Return how many rows of so many columns torch computes on the calling thread."""
    return max(1, (_PARALLEL_VALUES - 1) // max(1, n_columns))


def for_row_blocks(work: Callable[[slice], None], n_rows: int, *, size: int = ROWS_PER_BLOCK) -> None:
    """Call ``work`` for every block of rows, on as many threads as torch uses; it must release the GIL.

    Examples
    --------
    >>> seen = []
    >>> for_row_blocks(lambda block: seen.append((block.start, block.stop)), 5, size=2)
    >>> sorted(seen)
    [(0, 2), (2, 4), (4, 5)]
    """
    import torch

    blocks = list(row_blocks(n_rows, size))
    n_threads = torch.get_num_threads()
    if min(n_threads, len(blocks)) <= 1 or getattr(_this_thread, "works", False):
        for block in blocks:
            work(block)
        return
    for _ in _workers(n_threads).map(work, blocks):
        pass


@cache
def _workers(n_threads: int) -> ThreadPoolExecutor:
    """Keep threads, since starting them takes longer than many a block; they never wait for each other."""

    def mark() -> None:
        _this_thread.works = True

    return ThreadPoolExecutor(n_threads, thread_name_prefix="rows", initializer=mark)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_workers.cache_clear)  # threads do not live on in a forked process
