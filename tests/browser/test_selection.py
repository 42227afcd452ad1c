"""Perturbations selected by box, table, search and list: one selection, on all pages and in the address."""

import math
import re

import pytest
from playwright.sync_api import Locator, expect

from perturbdash.ui.pointer import HEADER, ROW
from tests.browser.conftest import Visit
from tests.browser.visiting import SCORED_MS, Visitor

pytestmark = pytest.mark.browser

FRAME = ".st-key-frame-norm_against_cosine"
TICKS = 15
SCROLLED = "() => document.querySelector('[data-testid=stMain]').scrollTop"


def opened(visitor: Visitor, parameters: str = "") -> Visitor:
    visitor.open(f"/systematic_variation?dataset=demo{parameters}")
    visitor.expect_painted("systematic_variation")
    visitor.main.locator(f"{FRAME} .js-plotly-plot .nsewdrag").first.wait_for(timeout=SCORED_MS)
    visitor.expect_settled()
    return visitor


def selection(visitor: Visitor) -> list[str]:
    return visitor.parameters.get("selection", [])


def chip(visitor: Visitor) -> Locator:
    return visitor.main.locator(".st-key-pd-clear-selection").get_by_role("button").first


def expect_count(visitor: Visitor, n: int) -> None:
    expect(chip(visitor)).to_contain_text(re.compile(rf"^{n} perturbations?: "))
    visitor.expect_settled()


def expect_none(visitor: Visitor) -> None:
    expect(visitor.main.locator(".st-key-pd-clear-selection")).to_have_count(0)
    visitor.expect_settled()
    assert selection(visitor) == []


def points(visitor: Visitor) -> dict[str, tuple[float, float]]:
    """Return the place of each point in the window."""
    visitor.main.locator(FRAME).scroll_into_view_if_needed()
    found = visitor.page.evaluate(
        f"""() => {{
          const plot = document.querySelector("{FRAME} .js-plotly-plot");
          const box = plot.querySelector(".nsewdrag").getBoundingClientRect();
          const {{ xaxis, yaxis }} = plot._fullLayout;
          return plot._fullData.filter((trace) => trace.customdata).flatMap((trace) =>
            Array.from(trace.customdata, (name, i) => [name,
              box.left + xaxis.d2p(trace.x[i]), box.top + yaxis.d2p(trace.y[i])]));
        }}"""
    )
    return {name: (x, y) for name, x, y in found}


def loneliest(places: dict[str, tuple[float, float]]) -> str:
    """Return the point that is furthest from its neighbour, so that a click cannot mean another."""

    def gap(name: str) -> float:
        x, y = places[name]
        return min(math.hypot(x - a, y - b) for other, (a, b) in places.items() if other != name)

    return max(places, key=gap)


def expect_opened(visitor: Visitor, name: str) -> None:
    """Expect the page of a perturbation."""
    visitor.page.wait_for_url(re.compile(r"/perturbation\?"))
    visitor.expect_title("perturbation")
    visitor.expect_settled()
    assert visitor.parameters["perturbation"] == [name]
    expect(visitor.box("pd-choice-perturbation")).to_have_value(name)


def drag(visitor: Visitor, box: tuple[float, float, float, float]) -> None:
    mouse = visitor.page.mouse
    mouse.move(box[0], box[1])
    mouse.down()
    mouse.move((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, steps=4)
    mouse.move(box[2], box[3], steps=4)
    mouse.up()


def table(visitor: Visitor) -> Locator:
    found = visitor.main.locator(".st-key-frame-distinct_perturbations").get_by_test_id("stDataFrame")
    found.scroll_into_view_if_needed()
    return found


def click_row(visitor: Visitor, row: int, *, x: float = TICKS) -> None:
    box = table(visitor).bounding_box()
    assert box is not None
    visitor.page.mouse.click(box["x"] + x, box["y"] + HEADER + ROW * row + ROW / 2)


def row_names(visitor: Visitor, first: str | None = None) -> list[str]:
    """Return the names in the rows that are seen, once there are some, or once this one is the first."""
    cells = table(visitor).locator("table[role=grid] tbody tr td[aria-colindex='1']")
    expect(cells.first).to_have_text(re.compile(".") if first is None else first)
    found = [cell.strip() for cell in cells.all_text_contents()]
    assert len(found) > 5
    return found


def swipe(visitor: Visitor, x: float, y: float) -> None:
    """Drag a finger 200 pixels up."""
    session = visitor.page.context.new_cdp_session(visitor.page)

    def touch(kind: str, *at: float) -> None:
        points = [{"x": x, "y": place} for place in at]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", y)
    for step in range(20, 201, 20):
        touch("touchMove", y - step)
        visitor.page.wait_for_timeout(30)
    touch("touchEnd")


def test_a_box_selects_what_lies_in_it_on_all_pages_and_the_chip_clears_it(visit: Visit):
    visitor = opened(visit())
    places = points(visitor)
    xs, ys = [x for x, _ in places.values()], [y for _, y in places.values()]
    box = (min(xs) - 6, sorted(ys)[0] - 6, sorted(xs)[len(xs) // 2] + 0.5, max(ys) + 6)
    inside = {name for name, (x, y) in places.items() if box[0] < x < box[2] and box[1] < y < box[3]}
    assert 0 < len(inside) < len(places)
    drag(visitor, box)
    expect_count(visitor, len(inside))
    assert set(selection(visitor)) == inside
    expect(visitor.main).to_contain_text(f"{len(inside)} selected of {len(places)} perturbations")
    expect(
        visitor.main.locator(f"{FRAME} .shapelayer path, {FRAME} .layer-below path").first
    ).to_be_attached()
    visitor.menu("calibration")
    visitor.expect_painted("calibration")
    expect_count(visitor, len(inside))
    chip(visitor).click()
    expect_none(visitor)
    visitor.page.go_back()
    expect_count(visitor, len(inside))
    visitor.menu("systematic_variation")
    visitor.expect_painted("systematic_variation")
    chip(visitor).focus()
    visitor.page.keyboard.press("Enter")
    expect_none(visitor)
    expect(visitor.main).to_contain_text("Tick rows to select them")


def test_a_click_on_a_point_opens_its_page(visit: Visit):
    visitor = opened(visit())
    places = points(visitor)
    name = loneliest(places)
    visitor.page.mouse.click(*places[name])
    expect_opened(visitor, name)


def test_rows_are_ticked_one_after_the_other_and_the_table_stands_still(visit: Visit):
    visitor = opened(visit())
    before = table(visitor).bounding_box()
    names = row_names(visitor)
    for n, row in enumerate((0, 3, 5), start=1):
        click_row(visitor, row)
        expect_count(visitor, n)
        assert selection(visitor) == [names[i] for i in (0, 3, 5)[:n]]
    after = table(visitor).bounding_box()
    assert before is not None
    assert after is not None
    assert abs(after["y"] - before["y"]) < 3
    click_row(visitor, 3)
    expect_count(visitor, 2)
    assert selection(visitor) == [names[0], names[5]]
    visitor.menu("calibration")
    visitor.expect_painted("calibration")
    visitor.menu("systematic_variation")
    visitor.expect_painted("systematic_variation")
    expect(visitor.main).to_contain_text("2 selected of 44 perturbations")
    click_row(visitor, 1)
    expect_count(visitor, 1)
    assert selection(visitor) == [names[5]]
    expect(visitor.main).to_contain_text("1 selected of 44 perturbations; 2 are shown to tick among")
    click_row(visitor, 0, x=90)
    expect_opened(visitor, names[0])


def test_a_table_sorted_in_the_browser_selects_the_rows_that_are_seen(visit: Visit):
    visitor = opened(visit())
    names = sorted(points(visitor))
    assert row_names(visitor)[:5] != names[:5]
    box = table(visitor).bounding_box()
    assert box is not None
    visitor.page.mouse.click(box["x"] + 70, box["y"] + HEADER / 2)
    seen = row_names(visitor, first=names[0])
    assert seen == names[: len(seen)]
    click_row(visitor, 1)
    expect_count(visitor, 1)
    assert selection(visitor) == [seen[1]]
    click_row(visitor, 4)
    expect_count(visitor, 2)
    assert set(selection(visitor)) == {seen[1], seen[4]}
    assert row_names(visitor)[:5] == seen[:5]
    assert "/systematic_variation?" in visitor.page.url
    click_row(visitor, 2, x=200)
    expect_opened(visitor, seen[2])


def test_search_and_list_select_by_keyboard_as_box_and_table_do(visit: Visit):
    visitor = opened(visit())
    page = visitor.page
    control = visitor.main.locator(".st-key-pd-select").get_by_role("button").first
    control.focus()
    page.keyboard.press("Enter")
    field = page.get_by_placeholder("A name, or a part of a combination")
    field.fill("g0468")
    pills = page.locator(".st-key-pd-select-offered").get_by_role("button")
    expect(pills.first).to_have_text("G0468")
    pills.first.focus()
    page.keyboard.press("Enter")
    expect_count(visitor, 1)
    expect(field).to_be_visible()
    page.get_by_role("tab", name="Paste a list").click()
    page.locator(".st-key-pd-select-pasted textarea").fill("g0026; NOPE\nG0468+G0053")
    page.get_by_role("button", name="Select these").click()
    expect_count(visitor, 2)
    assert selection(visitor) == ["G0026", "G0053+G0468"]
    body = page.get_by_test_id("stPopoverBody")
    expect(body).to_contain_text("2 of 3 labels found")
    expect(body.locator("code").first).to_have_text("NOPE")
    page.keyboard.press("Escape")
    expect(visitor.main).to_contain_text("2 selected of 44 perturbations")


def test_a_link_selects_and_names_what_is_not_there(visit: Visit):
    visitor = visit()
    visitor.open("/systematic_variation?dataset=demo&selection=G0026&selection=gone&selection=G0468%2BG0053")
    visitor.expect_painted("systematic_variation")
    expect(visitor.main.locator(".pd-note").first).to_contain_text("2 found and selected; not found: gone")
    expect_count(visitor, 2)
    assert selection(visitor) == ["G0026", "G0053+G0468"]


def test_a_drag_over_a_figure_scrolls_a_phone(visit: Visit):
    visitor = opened(visit(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True))
    page = visitor.page
    area = visitor.main.locator(f"{FRAME} .js-plotly-plot .nsewdrag").first
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    assert box is not None
    top = page.evaluate(SCROLLED)
    swipe(visitor, box["x"] + box["width"] / 2, min(box["y"] + box["height"] / 2, 600))
    page.wait_for_function(f"top => ({SCROLLED})() > top + 100", arg=top)
    visitor.expect_settled()
    assert selection(visitor) == []
    places = points(visitor)
    name = loneliest(places)
    page.touchscreen.tap(*places[name])
    expect_opened(visitor, name)
