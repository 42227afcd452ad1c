import threading

import pytest

from perturbdash.errors import DataError
from perturbdash.ui.jobs import OUT_OF_MEMORY, UNEXPECTED, Jobs


def test_progress_is_seen_while_the_work_goes_on():
    jobs, go, reported = Jobs(), threading.Event(), threading.Event()

    def work(progress):
        progress(0.5, "half")
        reported.set()
        go.wait(5)

    job = jobs.start("a", work)
    assert reported.wait(5)
    assert (job.state, job.share, job.text) == ("running", 0.5, "half")
    go.set()
    assert job.wait(5)
    assert (job.state, job.share, job.problem) == ("done", 1.0, "")


def test_the_same_key_is_the_same_job_until_it_ends():
    jobs, go, calls = Jobs(), threading.Event(), []

    def work(progress):
        calls.append(1)
        go.wait(5)

    first, second = jobs.start("a", work), jobs.start("a", work)
    assert first is second
    go.set()
    assert first.wait(5)
    third = jobs.start("a", work)
    assert third is not first
    assert third.wait(5)
    assert len(calls) == 2


def test_cancel_stops_at_the_next_report_also_before_the_start():
    jobs, reached = Jobs(), []

    def endless(progress):
        while True:
            progress(0.1, "on and on")

    running = jobs.start("endless", endless)
    waiting = jobs.start("later", lambda progress: reached.append(1))
    waiting.cancel()
    assert waiting.state == "waiting"
    running.cancel()
    assert running.wait(5)
    assert waiting.wait(5)
    assert (running.state, waiting.state, reached) == ("cancelled", "cancelled", [])


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (DataError("There is no X; add it."), "There is no X; add it."),
        (RuntimeError("inner detail"), UNEXPECTED),
        (MemoryError(), OUT_OF_MEMORY),
    ],
)
def test_an_error_becomes_a_sentence(error, sentence):
    def work(progress):
        raise error

    jobs = Jobs()
    job = jobs.start("a", work)
    assert job.wait(5)
    assert (job.state, job.problem) == ("failed", sentence)
    jobs.forget("a")
    assert jobs.get("a") is None
