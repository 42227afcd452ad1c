"""A server of the dashboard as a user starts it: a command, a port, a folder of data and a store."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
START_SECONDS = 60
STOP_SECONDS = 20
OURS = ("PERTURBDASH_", "STREAMLIT_")
LEFT_EARLY = re.compile(
    r"Exception in ASGI application\nTraceback.*?WebSocketDisconnected: Cannot call \"send\"[^\n]*", re.DOTALL
)
"""Streamlit logs this where a browser is closed at the moment in which its connection is accepted."""


@dataclass(frozen=True)
class Server:
    """A running server and its log."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path
    temporary: Path

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def fetch(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=5) as answer:
            content: bytes = answer.read()
        return content

    def stop(self) -> None:
        """Stop the server as Ctrl+C does, and look at what it leaves beside its store: no traceback, no upload."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            raise
        said = LEFT_EARLY.sub("", self.log.read_text())
        assert "Traceback" not in said, said
        assert self.process.returncode == 0
        assert not list(self.temporary.glob("perturbdash-*"))


def start(
    log: Path,
    *,
    store: Path,
    command: Sequence[str | Path] = (sys.executable, "-m", "perturbdash"),
    data_root: Path | None = None,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    arguments: Sequence[str | Path] = (),
) -> Server:
    """Start ``perturbdash app`` on a free port and wait until it answers."""
    port = _free_port()
    surroundings = {
        name: value
        for name, value in {**os.environ, **(environment or {})}.items()
        if not name.startswith(OURS)
    }
    surroundings["PERTURBDASH_STORE"] = str(store)
    temporary = Path(tempfile.mkdtemp(dir=log.parent))
    surroundings["TMPDIR"] = str(temporary)
    surroundings["SSH_CONNECTION"] = "no browser opens by itself in a session over ssh"
    if data_root is not None:
        surroundings["PERTURBDASH_DATA_ROOT"] = str(data_root)
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [*map(str, command), "app", "--port", str(port), *map(str, arguments)],
            cwd=folder,
            env=surroundings,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(process, port, log, temporary)
    _wait(server)
    return server


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _wait(server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            if server.fetch("/_stcore/health") == b"ok":
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    if server.process.poll() is None:
        os.killpg(server.process.pid, signal.SIGKILL)
        server.process.wait()
    raise AssertionError(f"The server did not answer; it said:\n{server.log.read_text()}")
