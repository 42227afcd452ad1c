"""Threads that read, decode and add up, while whoever waits for them is heard a few times a second."""

from __future__ import annotations

import os
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Result = TypeVar("Result")

SECONDS_BETWEEN_CALLS = 0.2
_THREADS_AT_MOST = 8


def available_threads() -> int:
    """Return how many threads to use: the processors that this process may run on, 8 at most.

    ``OMP_NUM_THREADS`` asks for fewer, as Dask does for workers that share a machine.
    """
    affinity: Callable[[int], set[int]] | None = getattr(os, "sched_getaffinity", None)
    processors = len(affinity(0)) if affinity else os.cpu_count() or 1
    asked = os.environ.get("OMP_NUM_THREADS", "").strip()
    limit = int(asked) if asked.isdecimal() and int(asked) > 0 else _THREADS_AT_MOST
    return min(processors, limit, _THREADS_AT_MOST)


class Workers:
    """A few threads, to be closed.

    Parameters
    ----------
    waiting
        Called a few times a second while threads work; what it raises stops them.
    """

    def __init__(self, waiting: Callable[[], None] | None = None) -> None:
        self.n = available_threads()
        self._waiting = waiting
        self._pool = ThreadPoolExecutor(self.n)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()

    def run(self, work: Callable[[int, int], Result], spans: Sequence[tuple[int, int]]) -> list[Result]:
        """Return ``work(start, stop)`` of each span, in their order; a single one is done by the caller.

        No thread works any more when this returns or raises, so that buffers may be used again.
        """
        if len(spans) == 1:
            return [work(*spans[0])]
        tasks = [self._pool.submit(work, *span) for span in spans]
        try:
            self._wait(tasks)
            return [task.result() for task in tasks]
        finally:
            for task in tasks:
                task.cancel()
            wait(tasks)

    def _wait(self, tasks: Sequence[Future[Result]]) -> None:
        pending = set(tasks)
        while pending:
            done, pending = wait(pending, timeout=SECONDS_BETWEEN_CALLS, return_when=FIRST_EXCEPTION)
            for task in done:
                task.result()
            if pending and self._waiting is not None:
                self._waiting()
