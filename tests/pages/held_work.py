"""Work that lasts until a test lets it end."""

from __future__ import annotations

import threading

HELD = threading.Event()
DONE: list[int] = []


def work(progress) -> int:
    DONE.append(1)
    while not HELD.wait(0.01):
        progress(0.5, "Thinking")
    progress(0.9, "Ready")
    return 42
