"""What only a browser shows of the Playground: sliders by keyboard, history, and what comes first on a phone."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.visiting import Visitor

pytestmark = pytest.mark.browser


def thumb(visitor: Visitor, name: str) -> Locator:
    return visitor.main.locator(f".st-key-pd-knob-{name}").get_by_role("slider")


def verdict(visitor: Visitor) -> Locator:
    return visitor.main.locator(".pd-verdict-sentence")


def test_a_slider_by_keyboard_is_one_step_of_the_history(visitor: Visitor):
    page = visitor.open("/playground?step=4")
    visitor.expect_painted("playground")
    expect(verdict(visitor)).to_contain_text("even repeating the experiment reaches only")
    thumb(visitor, "cells").focus()
    page.keyboard.press("ArrowRight")
    expect(verdict(visitor)).to_contain_text("Your own settings")
    expect(thumb(visitor, "cells")).to_have_attribute("aria-valuetext", "20")
    visitor.expect_settled()
    assert visitor.parameters == {"step": ["4"], "cells": ["20"]}
    page.go_back()
    expect(verdict(visitor)).to_contain_text("even repeating the experiment reaches only")
    expect(thumb(visitor, "cells")).to_have_attribute("aria-valuetext", "16")
    page.go_forward()
    expect(verdict(visitor)).to_contain_text("Your own settings")
    expect(thumb(visitor, "cells")).to_have_attribute("aria-valuetext", "20")


def test_the_story_is_walked_to_its_end_and_other_pages_know_nothing_of_it(visitor: Visitor):
    page = visitor.open("/playground")
    visitor.expect_painted("playground")
    for step in (2, 3, 4, 5):
        visitor.main.get_by_role("button", name=re.compile("^Next: ")).click()
        page.wait_for_url(f"**/playground?step={step}")
        expect(visitor.main.locator(".pd-verdict .pd-muted")).to_contain_text(f"Step {step} of 5.")
    visitor.expect_settled()
    visitor.main.get_by_role("link", name="Next: your own data").click()
    visitor.expect_title("start")
    assert visitor.parameters == {}
    page.go_back()
    expect(visitor.main.locator(".pd-verdict .pd-muted")).to_contain_text("Step 5 of 5.")


def test_on_a_phone_the_answers_come_before_the_sliders(visitor: Visitor):
    visitor.page.set_viewport_size({"width": 390, "height": 844})
    visitor.open("/playground")
    visitor.expect_painted("playground")
    tops = [
        visitor.main.locator(where).first.bounding_box()["y"]
        for where in (".pd-verdict", ".pd-answer-cards", ".js-plotly-plot", ".st-key-pd-knobs")
    ]
    assert tops == sorted(tops)
