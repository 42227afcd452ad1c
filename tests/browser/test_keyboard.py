"""Everything by the keyboard alone: from the first page to one perturbation, and one always sees where one is."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from perturbdash.ui.menu import PAGES
from tests.browser.keyboard import MARKED, MOST_STEPS, focused
from tests.browser.visiting import PAINTED, SCORED_MS, Visitor

pytestmark = pytest.mark.browser


def press_to(visitor: Visitor, key: str, name: str) -> None:
    """Press a key until the keyboard speaks to something of this name, which then has to be marked."""
    wanted = re.compile(name)
    passed = []
    for _ in range(MOST_STEPS):
        visitor.page.keyboard.press(key)
        passed.append(focused(visitor))
        if wanted.search(passed[-1] or ""):
            assert visitor.page.evaluate(MARKED) == ""
            return
    raise AssertionError(f"{key} never comes to “{name}”; it came to {passed}.")


def expect_figures(visitor: Visitor, name: str) -> None:
    """Expect a page with its answer and its figures; a frame may say why it has none."""
    expect(visitor.page.locator("h1")).to_have_text(PAGES[name].title, timeout=SCORED_MS)
    visitor.main.locator(PAINTED).first.wait_for(timeout=SCORED_MS)
    visitor.expect_settled()


def test_from_start_to_a_perturbation_and_to_another_one(visitor: Visitor):
    press = visitor.page.keyboard.press
    visitor.open("/")
    expect(visitor.page.get_by_role("button", name="Open the demo")).to_be_enabled()
    visitor.expect_settled()
    press_to(visitor, "Tab", "Open the demo$")
    press("Enter")
    expect_figures(visitor, "scorecard")

    press_to(visitor, "Shift+Tab", f"^\\w+\\s+{PAGES['perturbation'].title}$")
    press("Enter")
    expect_figures(visitor, "perturbation")
    box = visitor.box("pd-choice-perturbation")
    before = box.input_value()
    assert before

    for _ in range(MOST_STEPS):
        press("Tab")
        if box.evaluate("box => box === document.activeElement"):
            break
    expect(box).to_be_focused()
    assert visitor.page.evaluate(MARKED) == ""
    press("ArrowDown")
    expect(visitor.page.get_by_role("option").first).to_be_visible()
    press("ArrowDown")
    press("Enter")
    expect(box).not_to_have_value(before, timeout=SCORED_MS)
    expect_figures(visitor, "perturbation")
    after = box.input_value()
    assert visitor.parameters["perturbation"] == [after]
    expect(visitor.main.locator(".pd-verdict-sentence")).to_contain_text(after)


def test_the_menu_can_be_skipped(visitor: Visitor):
    visitor.open("/scorecard?dataset=demo")
    expect_figures(visitor, "scorecard")
    visitor.page.keyboard.press("Tab")
    assert re.search("skip to main content", focused(visitor) or "", re.IGNORECASE)
    visitor.page.keyboard.press("Enter")
    visitor.page.keyboard.press("Tab")
    assert visitor.main.evaluate("main => main.contains(document.activeElement)")
