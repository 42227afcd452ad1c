"""Threads do all pieces, say that they are alive, and stop at once when told to."""

import threading

import pytest

from perturbdash.errors import Cancelled
from perturbdash.io import workers
from perturbdash.io.workers import Workers, available_threads

PATIENCE = 20


def test_at_least_one_thread_and_eight_at_most():
    assert 1 <= available_threads() <= 8


@pytest.mark.parametrize(
    ("asked", "expected"), [("1", 1), ("3", 3), ("0", 8), ("many", 8), ("", 8), ("64", 8)]
)
def test_fewer_threads_can_be_asked_for(monkeypatch, asked, expected):
    monkeypatch.setattr("os.sched_getaffinity", lambda process: set(range(40)), raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", asked)
    assert available_threads() == expected


@pytest.mark.parametrize("n", [0, 1, 2, 50])
def test_results_come_in_order(n):
    with Workers() as pool:
        assert pool.run(lambda a, b: (a, b), [(i, i + 1) for i in range(n)]) == [(i, i + 1) for i in range(n)]


def test_whoever_waits_is_heard_and_can_stop_the_work(monkeypatch):
    monkeypatch.setattr(workers, "SECONDS_BETWEEN_CALLS", 0.01)
    started, released, calls = [], threading.Event(), []

    def waiting():
        calls.append(len(started))
        if len(calls) == 3:
            released.set()
            raise Cancelled("stopped")

    def work(start, stop):
        started.append(start)
        released.wait(PATIENCE)

    with Workers(waiting) as pool, pytest.raises(Cancelled):
        pool.run(work, [(i, i + 1) for i in range(1000)])
    assert len(calls) == 3
    assert len(started) < 1000


def test_no_thread_writes_any_more_once_one_failed():
    running, done = threading.Event(), []

    def work(start, stop):
        if start == 0:
            running.wait(PATIENCE)
            raise OSError("damaged")
        running.set()
        done.append(start)

    with Workers() as pool:
        if pool.n == 1:
            running.set()
        with pytest.raises(OSError, match="damaged"):
            pool.run(work, [(i, i + 1) for i in range(200)])
        seen = len(done)
        pool.run(lambda a, b: None, [(0, 1), (1, 2)])
    assert len(done) == seen
