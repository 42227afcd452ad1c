"""Compiled loops over rows, shared by as many threads as torch uses."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch


def for_blocks(work: Callable[[slice], None], n_rows: int, *, size: int = 25) -> None:
    """Call ``work`` for blocks of at most ``size`` rows; it releases the GIL and uses no torch.

    Examples
    --------
    >>> seen = []
    >>> for_blocks(lambda block: seen.append((block.start, block.stop)), 5, size=2)
    >>> sorted(seen)
    [(0, 2), (2, 4), (4, 5)]
    """
    blocks = [slice(start, min(start + size, n_rows)) for start in range(0, n_rows, size)]
    n_threads = min(torch.get_num_threads(), len(blocks))
    if n_threads <= 1:
        for block in blocks:
            work(block)
        return
    with ThreadPoolExecutor(n_threads) as pool:
        for _ in pool.map(work, blocks):
            pass
