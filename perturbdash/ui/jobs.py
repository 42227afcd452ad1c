"""Long work: one thread for all visitors, progress in a plain object, cancel by an event."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Literal

from perturbdash.errors import Cancelled, PerturbdashError
from perturbdash.vocabulary import Progress

State = Literal["waiting", "running", "done", "failed", "cancelled"]
UNEXPECTED = "Something went wrong that perturbdash did not foresee; the details are in the server's log."
MOST_KEPT = 200
SHUTDOWN = "interpreter shutdown"
"""Python says so where a server that is stopped still computes; nobody needs its traceback."""
OUT_OF_MEMORY = "The server ran out of memory; use fewer genes or cells, or a machine with more memory."

_log = logging.getLogger("perturbdash")


class Job:
    """One piece of work that pages ask about.

    Attributes
    ----------
    share, text
        How much is done, 0 to 1, and what is being done.
    problem
        A sentence for the user, where the work failed.
    """

    def __init__(self, key: str) -> None:
        self.key = key
        self.state: State = "waiting"
        self.share = 0.0
        self.text = "Waiting for other work on this server"
        self.problem = ""
        self.started = time.monotonic()
        self._stop = threading.Event()
        self._ended = threading.Event()

    @property
    def ended(self) -> bool:
        """Done, failed or cancelled."""
        return self._ended.is_set()

    @property
    def seconds(self) -> float:
        """Time since the work was asked for."""
        return time.monotonic() - self.started

    def cancel(self) -> None:
        """Ask the work to stop at its next report of progress."""
        self._stop.set()

    def wait(self, seconds: float) -> bool:
        """Wait a moment for the end; return whether it came."""
        return self._ended.wait(seconds)

    def report(self, share: float, text: str) -> None:
        """Take a report of progress, as `perturbdash.vocabulary.Progress`.

        Raises
        ------
        Cancelled
            If somebody asked the work to stop.
        """
        if self._stop.is_set():
            raise Cancelled("The computation was stopped.")
        self.share, self.text = min(max(float(share), 0.0), 1.0), text

    def run(self, work: Callable[[Progress], object]) -> None:
        """Do the work; whatever it raises becomes a sentence."""
        try:
            self.state = "running"
            self.report(0.0, "Starting")
            work(self.report)
            self.state, self.share = "done", 1.0
        except Cancelled:
            self.state = "cancelled"
        except Exception as error:
            self.problem = sentence(error)
            self.state = "failed"
        finally:
            self._ended.set()


Work = Callable[[Progress], object]


class Jobs:
    """The jobs of a server, one after the other; the same key is the same job for every visitor."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()
        self._queue: SimpleQueue[tuple[Job, Work]] = SimpleQueue()
        # A daemon, so that a server that is stopped does not wait for an evaluation.
        threading.Thread(target=_serve, args=(self._queue,), name="perturbdash-jobs", daemon=True).start()

    def start(self, key: str, work: Work) -> Job:
        """Start work, or return the job that does it already; one that ended is started anew."""
        with self._lock:
            job = self._jobs.get(key)
            if job is None or job.ended:
                job = self._jobs[key] = Job(key)
                self._queue.put((job, work))
                self._drop_oldest()
            return job

    def _drop_oldest(self) -> None:
        ended = [key for key, job in self._jobs.items() if job.ended]
        for key in ended[: max(0, len(self._jobs) - MOST_KEPT)]:
            del self._jobs[key]

    def get(self, key: str) -> Job | None:
        """Return the last job with this key."""
        with self._lock:
            return self._jobs.get(key)

    def forget(self, key: str) -> None:
        """Drop a job that ended."""
        with self._lock:
            job = self._jobs.get(key)
            if job is not None and job.ended:
                del self._jobs[key]


def _serve(queue: SimpleQueue[tuple[Job, Work]]) -> None:
    while True:
        job, work = queue.get()
        job.run(work)
        del job, work


def sentence(error: BaseException) -> str:
    """Return what a user is told about an error; what was not foreseen goes to the log with its traceback."""
    if isinstance(error, PerturbdashError):
        return str(error)
    if SHUTDOWN not in str(error):
        _log.error("unexpected error", exc_info=error)
    return OUT_OF_MEMORY if isinstance(error, MemoryError) else UNEXPECTED
