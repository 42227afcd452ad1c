"""Light and dark: as the system says, also while a page is open, and as the reader says in the menu."""

import pytest

from tests.browser.colours import expect_mode, unreadable
from tests.browser.visiting import Visitor

pytestmark = pytest.mark.browser

FONTS = '() => [...document.fonts].filter(f => f.family.includes("Inter")).map(f => f.status)'


def choose(visitor: Visitor, choice: str) -> None:
    """Choose light or dark in the menu."""
    visitor.page.get_by_test_id("stMainMenu").get_by_role("button").click()
    visitor.page.get_by_test_id(f"stMainMenuItem-theme-{choice}").click()
    visitor.page.keyboard.press("Escape")


def expect_readable(visitor: Visitor, mode: str) -> None:
    expect_mode(visitor, mode)
    assert unreadable(visitor, mode) == []


def test_an_open_page_and_its_figures_follow_the_system(visitor: Visitor):
    visitor.open("/perturbation?dataset=demo")
    visitor.expect_painted("perturbation")
    for mode in ("dark", "light"):
        visitor.page.emulate_media(color_scheme=mode)
        expect_readable(visitor, mode)
    assert "loaded" in visitor.page.evaluate(FONTS)


def test_page_and_figures_follow_the_menu(visitor: Visitor):
    visitor.open("/calibration?dataset=demo")
    visitor.expect_painted("calibration")
    for choice, mode in (("Dark", "dark"), ("Light", "light")):
        choose(visitor, choice)
        expect_readable(visitor, mode)
    choose(visitor, "Dark")
    visitor.menu("scorecard")
    visitor.expect_painted("scorecard")
    expect_readable(visitor, "dark")
