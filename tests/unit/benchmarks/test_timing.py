from __future__ import annotations

import sys

import pytest

from benchmarks.timing import Run, peak_gb, run

EMITS = "import json, time; print(json.dumps({'a': 1}), flush=True); print('{no json', flush=True)"


def test_later_values_replace_earlier_ones() -> None:
    found = run([sys.executable, "-c", f"{EMITS}; print(json.dumps({{'a': 2, 'b': 3}}))"], limit=30)
    assert (found.values, found.finished) == ({"a": 2, "b": 3}, True)


def test_what_was_emitted_before_the_limit_is_kept() -> None:
    found = run([sys.executable, "-c", f"{EMITS}; time.sleep(60)"], limit=1.5)
    assert (found.values, found.stopped, found.error) == ({"a": 1}, True, "> 2 s")
    assert found.or_stopped("It") is found


def test_a_failure_says_its_last_line() -> None:
    found = run([sys.executable, "-c", f"{EMITS}; raise SystemExit('no such file')"], limit=30)
    assert (found.values, found.finished, found.error) == ({"a": 1}, False, "no such file")
    with pytest.raises(RuntimeError, match="Reading failed: no such file"):
        found.or_stopped("Reading")


def test_a_run_without_an_error_has_finished() -> None:
    assert Run({}, 1.0).finished


def test_the_peak_of_memory_does_not_fall() -> None:
    before = peak_gb()
    held = bytearray(60_000_000)
    held[::4096] = b"x" * len(held[::4096])
    assert 0 < before <= peak_gb()
