"""The matrix of Retrieval under the mouse: a click chooses a row, a box selects rows on all pages."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.visiting import SCORED_MS, Visitor

pytestmark = pytest.mark.browser

FRAME = ".st-key-frame-distance-matrix"


def rows(visitor: Visitor) -> dict[str, tuple[float, float]]:
    """Return the place of each row's name in the window: its middle, at the left of the cells."""
    visitor.main.locator(FRAME).scroll_into_view_if_needed()
    found = visitor.page.evaluate(
        f"""() => {{
          const plot = document.querySelector("{FRAME} .js-plotly-plot");
          const box = plot.querySelector(".nsewdrag").getBoundingClientRect();
          const {{ xaxis, yaxis }} = plot._fullLayout;
          return yaxis.ticktext.map((name, i) => [name, box.left + xaxis.d2p(1), box.top + yaxis.d2p(i)]);
        }}"""
    )
    return {name: (x, y) for name, x, y in found}


def test_a_click_chooses_a_row_here_and_a_box_selects_rows(visitor: Visitor) -> None:
    visitor.open("/retrieval?dataset=demo")
    visitor.expect_painted("retrieval")
    visitor.main.locator(f"{FRAME} .js-plotly-plot .nsewdrag").first.wait_for(timeout=SCORED_MS)
    visitor.expect_settled()
    name, place = list(rows(visitor).items())[4]
    visitor.page.mouse.move(*place)
    visitor.page.mouse.click(*place)
    expect(visitor.main.get_by_role("heading", name=f"For what is {name} taken?")).to_be_visible()
    visitor.expect_settled()
    visitor.expect_title("retrieval")
    assert visitor.parameters["perturbation"] == [name]

    places = rows(visitor)
    names = list(places)[1:4]
    left, top = places[names[0]]
    mouse = visitor.page.mouse
    mouse.move(left, top - 3)
    mouse.down()
    mouse.move(left + 40, top + 10, steps=4)
    mouse.move(left + 80, places[names[-1]][1] + 3, steps=4)
    mouse.up()
    chip = visitor.main.locator(".st-key-pd-clear-selection").get_by_role("button").first
    expect(chip).to_contain_text(re.compile(r"^3 perturbations: "))
    visitor.expect_settled()
    assert sorted(visitor.parameters["selection"]) == sorted(names)
