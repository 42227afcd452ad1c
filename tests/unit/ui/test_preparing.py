"""What scoring needs is loaded beside the pages, and a failure of that is no failure of a page."""

import gc
import logging
import threading

import pytest

from perturbdash import warm
from perturbdash.ui import preparing


@pytest.fixture(autouse=True)
def thawed():
    yield
    gc.unfreeze()


def test_kernels_are_compiled_and_figures_loaded(monkeypatch):
    calls = []
    monkeypatch.setattr(warm, "warm", lambda: calls.append("warm"))
    monkeypatch.setattr(preparing, "import_module", calls.append)
    preparing._load()
    assert calls[0] == "warm"
    assert {"perturbdash.figures.theme", "perturbdash.figures.scorecard.forest_plot"} <= set(calls)


def test_what_is_loaded_is_spared_the_garbage_collector(monkeypatch):
    monkeypatch.setattr(warm, "warm", lambda: None)
    preparing._load()
    assert gc.get_freeze_count() > 10_000


def test_a_failure_is_logged_and_passes(monkeypatch, caplog):
    def broken() -> None:
        raise OSError("no space left")

    monkeypatch.setattr(warm, "warm", broken)
    with caplog.at_level(logging.WARNING, logger="perturbdash"):
        preparing._load()
    assert "scoring will load it all" in caplog.text


def test_a_page_without_a_server_loads_nothing(monkeypatch):
    monkeypatch.setattr(preparing, "begin", lambda: pytest.fail("there is no server to wait for"))
    preparing.prepare()


def test_loading_waits_until_the_server_answers(monkeypatch):
    class Server:
        state = preparing.runtime.RuntimeState.INITIAL

    loaded = threading.Event()
    monkeypatch.setattr(preparing, "PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(preparing, "_load", loaded.set)
    monkeypatch.setattr(preparing.runtime, "exists", lambda: True)
    monkeypatch.setattr(preparing.runtime, "get_instance", lambda: Server)
    waiting = threading.Thread(target=preparing._when_answering, daemon=True)
    waiting.start()
    assert not loaded.wait(0.05)
    Server.state = preparing.runtime.RuntimeState.NO_SESSIONS_CONNECTED
    assert loaded.wait(5)
    waiting.join(5)
