"""What scoring needs is loaded beside the pages, and a failure of that is no failure of a page."""

import logging

import pytest

from perturbdash import warm
from perturbdash.ui import preparing


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(preparing, "AFTER_SECONDS", 0)


def test_kernels_are_compiled(monkeypatch):
    calls = []
    monkeypatch.setattr(warm, "warm", lambda: calls.append("warm"))
    preparing._load()
    assert calls == ["warm"]


def test_a_failure_is_logged_and_passes(monkeypatch, caplog):
    def broken() -> None:
        raise OSError("no space left")

    monkeypatch.setattr(warm, "warm", broken)
    with caplog.at_level(logging.WARNING, logger="perturbdash"):
        preparing._load()
    assert "scoring will load it all" in caplog.text
