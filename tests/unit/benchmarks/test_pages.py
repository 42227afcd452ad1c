from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from benchmarks.growth import SERIES, Measured, grown, row
from benchmarks.make_file import Choices, Files
from benchmarks.one_machine import CASES, Goals, moments_memory, not_reached, page, ratio_row
from benchmarks.peers.agreement import CELL_EVAL, Pair, apart
from benchmarks.peers.seconds import TASKS, seconds_row
from benchmarks.timing import Run

PERFORMANCE = Path(__file__).resolve().parents[3] / "docs" / "performance.md"
VALUES = {
    "bare": 0.2,
    "moments": 0.22,
    "total": 2.8,
    "imports": 2.0,
    "first_moments": 0.5,
    "first_total": 4.0,
    "peak_imports": 0.4,
    "peak_moments": 0.9,
    "peak_total": 1.8,
    "result_gb": 0.1,
    "stored": 86_000_000,
    "stages": {"Scoring": 1.4, "Done": 0.001},
}


@pytest.fixture
def files(tmp_path: Path) -> Files:
    cells = tmp_path / "cells.h5ad"
    cells.write_bytes(b"0" * 2_000_000)
    return Files(cells, ())


@pytest.mark.parametrize(
    ("changes", "missed"),
    [
        ({}, []),
        ({"moments": 0.3}, ["read + moments"]),
        ({"total": 3.4, "bare": 0.22}, ["everything"]),
        ({"total": 3.6, "bare": 0.3}, ["3.5 s"]),
        ({"peak_total": 2.6}, ["2.5 GB"]),
        ({"peak_moments": 1.6}, ["1 GB for moments"]),
    ],
)
def test_each_missed_goal_is_named(changes: dict[str, float], missed: list[str]) -> None:
    assert not_reached(VALUES | changes, Goals(1.2, 15, 7, seconds=3.5)) == missed


def test_moments_memory_is_above_imports_and_result() -> None:
    assert moments_memory(VALUES) == pytest.approx(0.4)


def test_the_row_of_a_file_shows_ratios_beside_goals(files: Files) -> None:
    shown = ratio_row(CASES["plain"], files, Run(VALUES, 9.0))
    assert shown[0:3] == ["plain CSR", "2.00", "0.20"]
    assert shown[4] == "1.1 (≤ 1.2)"
    assert shown[6] == "14 (≤ 15, ≤ 3.5 s; 7)"
    assert shown[-1] == "all reached"


def test_a_file_that_was_stopped_says_so(files: Files) -> None:
    stopped = Run({"imports": 2.0}, 600.0, stopped=True, error="> 600 s")
    assert ratio_row(CASES["plain"], files, stopped)[-1] == "> 600 s"
    assert "stages" not in page({"plain": (files, stopped)}, None)


def test_the_page_of_the_documentation_has_every_section(files: Files) -> None:
    text = PERFORMANCE.read_text(encoding="utf-8")
    for section in (*page({"plain": (files, Run(VALUES, 9.0))}, None), "growth", "peers", "agreement"):
        assert text.count(f"<!-- {section}:begin -->") == text.count(f"<!-- {section}:end -->") == 1


def test_growth_finds_the_exponent_and_keeps_what_was_cut_off() -> None:
    cells = SERIES[0]
    sizes = [
        Measured(
            Choices(cells=n), Run(VALUES | {"stored": n * 850, "moments": n / 1e6, "total": n**0.5}, 5.0)
        )
        for n in (10_000, 100_000, 1_000_000)
    ]
    said = grown(cells, sizes)
    assert "read + moments 1.00 (between the two largest 1.00)" in said
    assert "file to everything 0.50 (between the two largest 0.50)" in said
    cut = Measured(Choices(), Run({"imports": 2.0, "first_moments": 0.5}, 60.0, stopped=True, error="> 60 s"))
    assert row(cut)[4:7] == ["> 60 s", "0.50", "> 60 s"]


def test_a_tool_that_reached_the_limit_has_no_ratio() -> None:
    ours = Run({"work": 2.0, "peak": 1.0}, 5.0)
    theirs = Run({"work": 6.0, "peak": 2.0}, 10.0)
    assert seconds_row(Choices(), TASKS[0], theirs, ours)[7] == "2.0; 3.0"
    stopped = Run({"imports": 1.0}, 300.0, stopped=True, error="> 300 s")
    assert seconds_row(Choices(), TASKS[0], stopped, ours)[3:] == ["> 300 s", "–", "5.0", "2.0", "–", "–"]


def test_values_are_compared_by_name_where_both_define_one() -> None:
    theirs = pd.Series({"b": 0.5, "a": 0.25, "c": 0.1})
    ours = pd.Series({"a": 0.25, "b": 0.75, "d": 1.0})
    found = apart(Pair("x", "y"), theirs, ours)
    assert (found.compared, found.of, found.largest, found.median) == (2, 4, 0.25, 0.125)
    assert apart(Pair("x", "y"), theirs, ours * float("nan")).row("tool", "")[5:7] == ["–", "–"]


def test_ranks_over_all_are_made_ranks_over_the_others() -> None:
    pair = next(pair for pair in CELL_EVAL if pair.ours == "pds_l1")
    places = pd.Series([0, 1, 9])
    assert pair.convert(1 - places / 10, 10).tolist() == pytest.approx((1 - places / 9).tolist())
