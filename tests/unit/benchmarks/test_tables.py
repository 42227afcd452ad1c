from __future__ import annotations

import math
from pathlib import Path

import pytest

from benchmarks.tables import exponent, fill, markdown, number


def test_a_table_has_a_line_a_row_and_escapes_bars() -> None:
    assert markdown(("a", "b"), [("1", "x|y")]).splitlines() == [
        "| a | b |",
        "| --- | --- |",
        "| 1 | x\\|y |",
    ]


def test_a_row_of_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match="1 cells; expected 2"):
        markdown(("a", "b"), [("1",)])


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "0"), (0.00456, "0.0046"), (9.99, "10.0"), (123.4, "123"), (math.nan, "–"), (None, "–")],
)
def test_numbers_have_two_significant_digits(value: float | None, shown: str) -> None:
    assert number(value) == shown


def test_filling_changes_its_section_alone_and_can_be_repeated(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "before\n<!-- a:begin -->\nold\n<!-- a:end -->\nbetween\n<!-- b:begin --><!-- b:end -->\n"
    )
    fill(page, "a", "first")
    fill(page, "a", "second")
    fill(page, "b", "third")
    text = page.read_text(encoding="utf-8")
    assert text == (
        "before\n<!-- a:begin -->\n\nsecond\n\n<!-- a:end -->\nbetween\n"
        "<!-- b:begin -->\n\nthird\n\n<!-- b:end -->\n"
    )


@pytest.mark.parametrize(
    "text",
    ["", "<!-- a:begin -->", "<!-- a:end --><!-- a:begin -->", "<!-- a:begin -->" * 2 + "<!-- a:end -->"],
)
def test_a_page_without_the_section_is_left_alone(tmp_path: Path, text: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(text)
    with pytest.raises(ValueError, match="no section 'a'"):
        fill(page, "a", "new")
    assert page.read_text() == text


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_the_exponent_of_a_power_is_found(power: float) -> None:
    sizes = [3.0, 10.0, 70.0, 1000.0]
    assert exponent(sizes, [7 * size**power for size in sizes]) == pytest.approx(power, abs=1e-12)


def test_one_size_has_no_exponent() -> None:
    assert math.isnan(exponent([5.0], [1.0]))
    assert math.isnan(exponent([5.0, 5.0], [1.0, 2.0]))
