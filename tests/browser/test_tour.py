"""The tour of the demo: offered once to a browser, walked by keyboard, skipped for good."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.visiting import SCORED_MS, Visitor

pytestmark = pytest.mark.browser

PAGES = ("scorecard", "calibration", "systematic_variation", "perturbation", "perturbation")
OUTLINED = """() => {
  const style = document.getElementById("pd-tour-outline");
  const things = [...document.querySelectorAll(style.textContent.split(" {")[0])];
  const thing = things[0].getBoundingClientRect();
  return [getComputedStyle(things[0]).outlineStyle, thing.top, thing.height];
}"""
SEEN = f"""() => {{
  const [, top, height] = ({OUTLINED})();
  const free = innerHeight - 130;
  return top > -10 && (top + height <= free || top < 250);
}}"""
FOCUSED = "() => document.activeElement?.shadowRoot?.activeElement?.className ?? ''"


def card(visitor: Visitor) -> Locator:
    return visitor.page.locator(".st-key-pd-tour section.card")


def came_by_start(visitor: Visitor) -> Visitor:
    visitor.open("/")
    visitor.page.get_by_role("button", name="Open the demo").click()
    visitor.expect_painted("scorecard")
    return visitor


def expect_stop(visitor: Visitor, at: int) -> None:
    expect(card(visitor)).to_contain_text(f"{at} of 5", timeout=SCORED_MS)
    expect(card(visitor)).to_be_visible()
    visitor.expect_settled()
    visitor.expect_title(PAGES[at - 1])
    assert visitor.parameters["tour"] == [str(at)]


def tab_to(visitor: Visitor, button: str) -> None:
    for _ in range(5):
        visitor.page.keyboard.press("Tab")
        if visitor.page.evaluate(FOCUSED) == button:
            return
    raise AssertionError(f"Tab does not reach {button}")


def test_the_five_stops_are_walked_by_keyboard_and_none_covers_what_it_speaks_of(visit: Visit):
    visitor = came_by_start(visit())
    page = visitor.page
    expect(card(visitor)).to_contain_text("New here?")
    assert page.evaluate(FOCUSED) == ""
    card(visitor).get_by_role("button", name="Take the tour").focus()
    page.keyboard.press("Enter")
    for at in range(1, 6):
        expect_stop(visitor, at)
        page.wait_for_function(f"() => ({FOCUSED})() === 'card'")
        expect(card(visitor)).to_have_role("dialog")
        page.wait_for_function(SEEN)
        assert page.evaluate(OUTLINED)[0] == "solid"
        if at < 5:
            tab_to(visitor, "next")
            page.keyboard.press("Enter")
    assert visitor.parameters["gene"]
    expect(visitor.box("pd-choice-gene")).to_have_value(visitor.parameters["gene"][0])
    tab_to(visitor, "back")
    page.keyboard.press("Enter")
    expect_stop(visitor, 4)
    page.reload()
    expect_stop(visitor, 4)
    page.go_back()
    expect_stop(visitor, 5)
    tab_to(visitor, "next")
    page.keyboard.press("Enter")
    expect(card(visitor)).to_have_count(0)
    assert "tour" not in visitor.parameters


def test_escape_skips_it_for_this_browser_and_start_still_has_it(visit: Visit):
    visitor = came_by_start(visit())
    card(visitor).get_by_role("button", name="Take the tour").click()
    expect_stop(visitor, 1)
    visitor.page.keyboard.press("Escape")
    expect(card(visitor)).to_have_count(0)
    assert "tour" not in visitor.parameters
    visitor.page.reload()
    visitor.expect_painted("scorecard")
    came_by_start(visitor)
    visitor.page.wait_for_timeout(1500)
    expect(card(visitor)).to_be_hidden()
    visitor.open("/calibration?dataset=demo&tour=2")
    visitor.expect_painted("calibration")
    visitor.page.wait_for_timeout(1500)
    expect(card(visitor)).to_be_hidden()
    visitor.open("/")
    visitor.page.get_by_role("button", name="Take the tour").click()
    expect_stop(visitor, 1)


def test_an_offer_is_made_once_and_another_browser_gets_its_own(visit: Visit):
    first = came_by_start(visit())
    expect(card(first)).to_contain_text("New here?")
    came_by_start(first)
    first.page.wait_for_timeout(1500)
    expect(card(first)).to_be_hidden()
    second = came_by_start(visit())
    expect(card(second)).to_contain_text("New here?")
    card(second).get_by_role("button", name="No, thanks").click()
    expect(card(second)).to_have_count(0)


def test_a_deep_link_is_offered_nothing(visit: Visit):
    visitor = visit()
    visitor.open("/scorecard?dataset=demo")
    visitor.expect_painted("scorecard")
    visitor.page.wait_for_timeout(1500)
    expect(card(visitor)).to_have_count(0)


def test_it_waits_while_the_reader_looks_elsewhere(visit: Visit):
    visitor = came_by_start(visit())
    card(visitor).get_by_role("button", name="Take the tour").click()
    expect_stop(visitor, 1)
    visitor.menu("reference")
    visitor.expect_painted("reference")
    expect(card(visitor)).to_contain_text("The tour waits")
    card(visitor).get_by_role("button", name="Go on").click()
    expect_stop(visitor, 1)


def test_a_browser_that_remembers_nothing_is_shown_it_once_a_visit(visit: Visit):
    visitor = visit(viewport={"width": 390, "height": 844})
    visitor.page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('refused'); } });"
    )
    came_by_start(visitor)
    card(visitor).get_by_role("button", name="Take the tour").click()
    expect_stop(visitor, 1)
    box = card(visitor).bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, 390)
    assert box["y"] + box["height"] == pytest.approx(844)
    card(visitor).get_by_role("button", name="Skip the tour").click()
    expect(card(visitor)).to_have_count(0)
    visitor.page.go_back()
    visitor.expect_settled()
    expect(card(visitor)).to_have_count(0)
