"""Compiling goes on where nothing can be cached, and threads are kept and do not wait for each other."""

from __future__ import annotations

import os
import threading

import numba
import numba.typed
import pytest

from perturbdash.statistics.rowwise import compiled, for_row_blocks


def double(x: float) -> float:
    return 2 * x


def test_a_folder_that_cannot_be_written_costs_the_cache_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert numba.typed.List  # its import compiles, so it has to come before njit is replaced
    original = numba.njit

    def njit(*functions: object, cache: bool = False, **options: object):
        if cache:
            raise RuntimeError("cannot cache function 'double': no locator available")
        return original(*functions, **options)

    monkeypatch.setattr(numba, "njit", njit)
    assert compiled(double)(2.0) == 4.0


def test_blocks_within_blocks_are_done_by_the_thread_that_has_them() -> None:
    seen: dict[int, set[int]] = {}

    def outer(block: slice) -> None:
        inner: set[int] = set()
        for_row_blocks(lambda _: inner.add(threading.get_ident()), 8, size=1)
        seen[block.start] = inner
        assert inner == {threading.get_ident()}

    for_row_blocks(outer, 6, size=1)
    assert sorted(seen) == list(range(6))


def test_a_forked_process_has_threads_of_its_own() -> None:
    for_row_blocks(lambda _: None, 4, size=1)
    child = os.fork()
    if child == 0:
        done: list[int] = []
        try:
            for_row_blocks(lambda block: done.append(block.start), 4, size=1)
        finally:
            os._exit(0 if sorted(done) == [0, 1, 2, 3] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
