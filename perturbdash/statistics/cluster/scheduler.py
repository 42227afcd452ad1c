"""Parts on the workers of a Dask scheduler: reduced, merged as a tree, done again where a worker is lost."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from perturbdash.errors import DataError, PerturbdashError, SettingsError
from perturbdash.statistics.cluster.part import Part
from perturbdash.statistics.cluster.reducing import reduce
from perturbdash.statistics.partial import Partial, merge_partials

if TYPE_CHECKING:
    from distributed import Client, Future

    from perturbdash.vocabulary import Progress

ARITY = 4
"""Partial moments that one task merges."""

_SECONDS_TO_CONNECT = 15
_SECONDS_BETWEEN_LOOKS = 0.5


def reduce_on(
    scheduler: str,
    parts_for: Callable[[int], Sequence[Part]],
    *,
    retries: int = 2,
    progress: Progress | None = None,
) -> Partial:
    """Reduce parts on the workers of a scheduler and merge them there.

    What a lost worker was doing, and the partial moments that it held, are computed again by others.

    Parameters
    ----------
    scheduler
        Address, such as ``tcp://10.0.0.1:8786``.
    parts_for
        Gives the parts for a number of threads.
    retries
        How often a part that fails is tried again.
    progress
        Called every half second at least, with the share of parts that are reduced; it may raise ``Cancelled``.

    Raises
    ------
    SettingsError
        If dask is not installed, or there is no scheduler, or it goes away.
    DataError
        As of `reduce`; if workers die of a part again and again.
    """
    with _connected(scheduler) as client:
        parts = parts_for(sum(client.nthreads().values()) or 1)
        run = uuid.uuid4().hex[:12]
        names = {f"perturbdash-part-{run}-{number}": part for number, part in enumerate(parts)}
        leaves = [
            client.submit(reduce, part, key=name, retries=retries, pure=False) for name, part in names.items()
        ]
        root = _tree(client, leaves, retries)
        waiting = set(leaves)
        leaves.clear()  # a part that nobody waits for here is freed there as soon as it is merged
        try:
            _watch(client, waiting, names, progress)
            found = _result(root, names)
        finally:
            root.cancel()
    if progress is not None:
        progress(1.0, f"Reduced {len(parts):,} parts")
    return found


def _tree(client: Client, leaves: Sequence[Future], retries: int) -> Future:
    """Return the merge of all leaves; merges go before parts, so that few partial moments lie about."""
    level, height = list(leaves), 0
    while len(level) > 1:
        height += 1
        level = [
            client.submit(merge_partials, level[i : i + ARITY], retries=retries, priority=height, pure=False)
            for i in range(0, len(level), ARITY)
        ]
    return level[0]


def _watch(client: Client, waiting: set[Future], names: dict[str, Part], progress: Progress | None) -> None:
    """Wait for all parts; raise what went wrong with the first that failed."""
    from distributed import wait

    total = len(waiting)
    while waiting:
        try:
            done = set(wait(waiting, timeout=_SECONDS_BETWEEN_LOOKS, return_when="FIRST_COMPLETED").done)
        except TimeoutError:
            done = set()
        for future in done:
            if future.status == "error":
                raise _sentence(future.exception(), names) from None
        waiting -= done
        if progress is not None:
            threads = sum(client.nthreads().values())
            where = f"{threads} threads" if threads else "no worker yet; waiting for one"
            reduced = total - len(waiting)
            progress(reduced / (total + 1), f"Reducing cells: {reduced:,} of {total:,} parts, {where}")


def _result(root: Future, names: dict[str, Part]) -> Partial:
    from distributed import wait

    wait([root])
    if root.status == "error":
        raise _sentence(root.exception(), names) from None
    found: Partial = root.result()
    return found


def _sentence(problem: BaseException, names: dict[str, Part]) -> BaseException:
    """Return an error of a worker as one sentence for the user."""
    from distributed import KilledWorker

    if isinstance(problem, PerturbdashError):
        return problem
    if isinstance(problem, KilledWorker):
        part = names.get(str(problem.task))
        what = "a merge" if part is None else part.words
        return DataError(
            f"{problem.allowed_failures + 1} workers died of {what}; expected workers with memory for a few tables "
            "of moments each: give them more, take fewer --rows or genes, or see their logs."
        )
    return DataError(
        f"A worker failed ({type(problem).__name__}: {problem}); expected the same perturbdash and libraries on all "
        "machines: see the logs of the workers."
    )


@contextmanager
def _connected(scheduler: str) -> Iterator[Client]:
    try:
        import dask
        import distributed
        from distributed.comm import CommClosedError
    except ImportError as problem:
        raise SettingsError(
            "A scheduler needs dask, which is not installed; pip install 'perturbdash[cluster]'."
        ) from problem
    try:
        client = distributed.Client(scheduler, timeout=_SECONDS_TO_CONNECT, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as problem:
        raise SettingsError(
            f"No Dask scheduler answers at {scheduler!r} ({_last_line(problem)}); expected an address such as "
            "tcp://10.0.0.1:8786: start one with `dask scheduler`, or leave --scheduler out."
        ) from problem
    quiet = {"distributed.admin.large-graph-warning-threshold": "1GB"}
    with client, client.as_current(), dask.config.set(quiet):
        try:
            yield client
        except (CommClosedError, CancelledError, asyncio.CancelledError, TimeoutError) as problem:
            raise SettingsError(
                f"The Dask scheduler at {scheduler} went away before the work was done; start it and try again."
            ) from problem


def _last_line(problem: Any) -> str:
    return next(iter(reversed(str(problem).splitlines())), type(problem).__name__)
