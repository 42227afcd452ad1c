"""What every benchmark needs: seconds, memory, the machine, versions, and other processes with a time limit."""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that a call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def peak_gb() -> float:
    """Return the largest resident memory of this process so far, in GB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def machine() -> str:
    """Return processor, cores, memory and system in a line."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    system = f"{platform.system()} {platform.machine()}"
    return f"{_processor()}, {cores} cores, {memory:.0f} GB, {system}, Python {platform.python_version()}"


def versions(*names: str) -> str:
    """Return the installed versions of some packages in a line."""
    return ", ".join(f"{name} {_version(name)}" for name in names)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, "unknown processor")


def emit(**values: Any) -> None:
    """Print values for the process that started this one, at once, so that a time limit loses only the rest."""
    print(json.dumps(values), flush=True)


@dataclass(frozen=True)
class Run:
    """What another process gave.

    Parameters
    ----------
    values
        What it emitted, later values over earlier ones.
    seconds
        From its start to its end, or to the limit.
    stopped
        Whether it reached the limit.
    error
        The last line of its standard error where it failed, or that it reached the limit; else empty.
    """

    values: dict[str, Any]
    seconds: float
    stopped: bool = False
    error: str = ""

    @property
    def finished(self) -> bool:
        """Whether it ended by itself and without an error."""
        return not self.error

    def or_stopped(self, what: str) -> Run:
        """Return this, unless it failed for another reason than the limit.

        Raises
        ------
        RuntimeError
            With what the process said.
        """
        if self.error and not self.stopped:
            raise RuntimeError(f"{what} failed: {self.error}")
        return self


def run(
    command: Sequence[str | Path],
    *,
    limit: float,
    environment: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
) -> Run:
    """Run a command until it ends or a time limit in seconds, and read what it emitted."""
    start = time.perf_counter()
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            capture_output=True,
            text=True,
            timeout=limit,
            check=False,
        )
    except subprocess.TimeoutExpired as stopped:
        output = stopped.stdout or b""
        text = output.decode(errors="replace") if isinstance(output, bytes) else output
        return Run(_emitted(text), time.perf_counter() - start, stopped=True, error=f"> {limit:.0f} s")
    seconds = time.perf_counter() - start
    said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    failed = done.returncode != 0
    error = (said[-1] if said else f"exit status {done.returncode}") if failed else ""
    return Run(_emitted(done.stdout), seconds, error=error)


def _emitted(text: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for line in text.splitlines():
        if line.startswith("{"):
            try:
                values |= json.loads(line)
            except json.JSONDecodeError:
                continue
    return values
