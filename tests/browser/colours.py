"""Light and dark: the colours of the theme on page and figures, and whether they can be read."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.visiting import LOOK_MS, SCORED_MS, Visitor

ROOT = Path(__file__).resolve().parents[2]
THEME = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
READABLE, COMFORTABLE = 3.0, 7.0
"""Contrast of words in a figure, and of a page's verdict."""
VERDICT = ".pd-verdict-sentence"
IN_INK = """
ink => [...document.querySelectorAll(".js-plotly-plot .main-svg text")]
  .some(text => getComputedStyle(text).fill === ink)
"""
TEXT_COLOURS = """
() => [...document.querySelectorAll(".js-plotly-plot .main-svg text")]
  .filter(text => text.textContent.trim() && text.getBoundingClientRect().width > 0)
  .map(text => getComputedStyle(text).fill)
"""


def rgb(colour: str) -> tuple[float, float, float]:
    if colour.startswith("#"):
        return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
    red, green, blue = re.findall(r"[\d.]+", colour)[:3]
    return float(red), float(green), float(blue)


def css(colour: str) -> str:
    """Return a colour of the theme as a browser computes it."""
    return "rgb({:.0f}, {:.0f}, {:.0f})".format(*rgb(colour))


def luminance(colour: str) -> float:
    channels = [value / 255 for value in rgb(colour)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def expect_mode(visitor: Visitor, mode: str) -> None:
    """Expect a page whose background, and figures whose words, have the colours of a mode."""
    background = css(THEME[mode]["backgroundColor"])
    expect(visitor.page.get_by_test_id("stApp")).to_have_css("background-color", background)
    ink = css(THEME[mode]["textColor"])
    visitor.page.wait_for_function(IN_INK, arg=ink, timeout=SCORED_MS, polling=LOOK_MS)
    visitor.expect_settled()


def unreadable(visitor: Visitor, mode: str) -> list[str]:
    """Return the colours of words in figures, and of the verdict, that stand out too little from the page."""
    background = THEME[mode]["backgroundColor"]
    colours = set(visitor.page.evaluate(TEXT_COLOURS))
    verdict = visitor.main.locator(VERDICT).evaluate("e => getComputedStyle(e).color")
    asked = [*((colour, READABLE) for colour in sorted(colours)), (verdict, COMFORTABLE)]
    found = [
        f"{colour} on {background} has a contrast of {contrast(colour, background):.1f}, below {least}"
        for colour, least in asked
        if contrast(colour, background) < least
    ]
    return found if colours else [*found, "No figure has words."]
