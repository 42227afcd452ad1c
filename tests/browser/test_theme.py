"""Light and dark: as the system says, and as the reader says in the menu; page and figures alike."""

import re
import tomllib

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ROOT, Visit
from tests.browser.visiting import Visitor

pytestmark = pytest.mark.browser

THEME = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
READABLE = 3.0
TEXT_COLOURS = """
() => [...document.querySelectorAll(".js-plotly-plot .main-svg text")]
  .filter(text => text.textContent.trim() && text.getBoundingClientRect().width > 0)
  .map(text => getComputedStyle(text).fill)
"""
FONTS = '() => [...document.fonts].filter(f => f.family.includes("Inter")).map(f => f.status)'


def rgb(colour: str) -> tuple[float, float, float]:
    if colour.startswith("#"):
        return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
    red, green, blue = re.findall(r"[\d.]+", colour)[:3]
    return float(red), float(green), float(blue)


def luminance(colour: str) -> float:
    channels = [value / 255 for value in rgb(colour)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def expect_mode(visitor: Visitor, mode: str) -> None:
    wanted = THEME[mode]["backgroundColor"]
    red, green, blue = rgb(wanted)
    expect(visitor.page.get_by_test_id("stApp")).to_have_css(
        "background-color", f"rgb({red:.0f}, {green:.0f}, {blue:.0f})"
    )
    visitor.page.wait_for_function(
        """([ink, select]) => {
            const texts = [...document.querySelectorAll(select)];
            return texts.length && texts.some(text => getComputedStyle(text).fill === ink);
        }""",
        arg=[
            "rgb({:.0f}, {:.0f}, {:.0f})".format(*rgb(THEME[mode]["textColor"])),
            ".js-plotly-plot .main-svg text",
        ],
    )
    visitor.expect_settled()
    colours = set(visitor.page.evaluate(TEXT_COLOURS))
    assert colours
    assert {
        colour: contrast(colour, wanted) for colour in colours if contrast(colour, wanted) < READABLE
    } == {}
    verdict = visitor.main.locator(".pd-verdict-sentence").evaluate("e => getComputedStyle(e).color")
    assert contrast(verdict, wanted) > 7


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_page_and_figures_follow_the_system(mode: str, visit: Visit):
    visitor = visit(color_scheme=mode)
    for name in ("scorecard", "calibration", "systematic_variation", "reference", "perturbation"):
        visitor.open(f"/{name}?dataset=demo")
        visitor.expect_painted(name)
        expect_mode(visitor, mode)
    assert "loaded" in visitor.page.evaluate(FONTS)


def test_page_and_figures_follow_the_menu(visitor: Visitor):
    page = visitor.open("/calibration?dataset=demo")
    visitor.expect_painted("calibration")
    for choice, mode in (("Dark", "dark"), ("Light", "light")):
        page.get_by_test_id("stMainMenu").get_by_role("button").click()
        page.get_by_test_id(f"stMainMenuItem-theme-{choice}").click()
        page.keyboard.press("Escape")
        expect_mode(visitor, mode)
    page.get_by_test_id("stMainMenu").get_by_role("button").click()
    page.get_by_test_id("stMainMenuItem-theme-Dark").click()
    page.keyboard.press("Escape")
    visitor.menu("scorecard")
    visitor.expect_painted("scorecard")
    expect_mode(visitor, "dark")
