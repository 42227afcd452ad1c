"""Everything by the keyboard alone: from the first page to one perturbation, and one always sees where one is."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from perturbdash.ui.menu import PAGES
from tests.browser.visiting import FIGURE_PAGES, PAINTED, SCORED_MS, Visitor

pytestmark = pytest.mark.browser

MOST_STEPS = 80
ACTIVE = """
    let element = document.activeElement;
    while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
"""
FOCUSED = f"""
() => {{
    {ACTIVE}
    if (element === document.body) return null;
    return element.getAttribute("aria-label") || element.innerText?.trim() || element.value || element.title || "";
}}
"""
IN_A_GRID = "() => !!document.activeElement.closest('[data-testid=stDataFrame]')"
"""The grid of a table marks its cells itself, on a canvas, and Tab goes from cell to cell."""
MARKED = f"""
() => {{
    {ACTIVE}
    const probe = document.querySelector(".stApp").appendChild(document.createElement("i"));
    probe.style.color = "var(--pd-petrol)";
    const petrol = getComputedStyle(probe).color;
    probe.remove();
    for (let box = element, up = 0; box && up < 6; box = box.parentElement ?? box.getRootNode().host, up++) {{
        const style = getComputedStyle(box);
        const wide = parseFloat(style.outlineWidth) >= 2 && style.outlineStyle === "solid";
        if (wide && style.outlineColor === petrol) return "";
    }}
    return element.outerHTML.slice(0, 300) || "?";
}}
"""
"""Empty where an outline of 2 px in petrol is round what the keyboard speaks to, or round a box about it."""


def focused(visitor: Visitor) -> str | None:
    """Return the name of what the keyboard speaks to; None for nothing."""
    name: str | None = visitor.page.evaluate(FOCUSED)
    return name


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


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_one_sees_where_the_keyboard_is(name: str, mode: str, visitor: Visitor):
    visitor.page.emulate_media(color_scheme=mode)
    visitor.open(f"/{'' if name == 'start' else name}?dataset=demo")
    visitor.expect_title(name)
    visitor.main.locator(".pd-verdict-sentence").wait_for(timeout=SCORED_MS)
    if name in FIGURE_PAGES:
        expect_figures(visitor, name)
    visitor.expect_settled()
    unmarked, reached = [], []
    for _ in range(MOST_STEPS):
        visitor.page.keyboard.press("Tab")
        if focused(visitor) is None or visitor.page.evaluate(IN_A_GRID):
            break
        reached.append(focused(visitor))
        unmarked.append(visitor.page.evaluate(MARKED))
    assert [where for where in unmarked if where] == []
    assert any(label.endswith(PAGES["scorecard"].title) for label in reached), reached
    assert all(reached), "Something that the keyboard comes to has no name."


def test_the_menu_can_be_skipped(visitor: Visitor):
    visitor.open("/scorecard?dataset=demo")
    expect_figures(visitor, "scorecard")
    visitor.page.keyboard.press("Tab")
    assert re.search("skip to main content", focused(visitor) or "", re.IGNORECASE)
    visitor.page.keyboard.press("Enter")
    visitor.page.keyboard.press("Tab")
    assert visitor.main.evaluate("main => main.contains(document.activeElement)")
