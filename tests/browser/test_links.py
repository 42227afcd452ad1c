"""Links that hold: copied, opened after a restart, and each step of a visit gone back and forward."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import DEMO, Serve, Visit
from tests.browser.test_upload import add_predictions
from tests.browser.visiting import SCORED_MS, Visitor
from tests.pages.screens import write_screen

pytestmark = pytest.mark.browser

REFUSE = """
navigator.clipboard.writeText = () => Promise.reject(new Error("refused"));
document.execCommand = () => false;
"""


def copy_link(visitor: Visitor) -> str:
    """Copy the link of a page and return what the clipboard holds."""
    visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.main.get_by_role("button", name="Copy link").click()
    expect(said(visitor)).to_contain_text("Copied.")
    copied: str = visitor.page.evaluate("navigator.clipboard.readText()")
    return copied


def said(visitor: Visitor) -> Locator:
    return visitor.page.locator(".st-key-pd-page-tools").get_by_role("status")


def chip(visitor: Visitor) -> Locator:
    return visitor.main.locator(".st-key-pd-clear-selection button").first


def expect_scored(visitor: Visitor) -> None:
    """Expect the Scorecard's answer, which on few perturbations may be that nothing can be said."""
    visitor.expect_title("scorecard")
    visitor.main.locator(".pd-verdict-sentence").first.wait_for(timeout=SCORED_MS)
    visitor.expect_settled()


def shown(visitor: Visitor) -> tuple[str, list[str]]:
    """Return the verdict and the chips of a page."""
    return (
        visitor.main.locator(".pd-verdict-sentence").first.inner_text(),
        visitor.main.locator(".pd-chips li").all_inner_texts(),
    )


def test_a_link_opens_the_same_view_after_a_restart_of_the_server(serve: Serve, visit: Visit, tmp_path: Path):
    write_screen(tmp_path)
    server = serve()
    first = visit(server)
    first.open("/").locator("input[type=file]").set_input_files(tmp_path / "screen.h5ad")
    expect(first.main).to_contain_text("ready to calibrate")
    add_predictions(first, tmp_path / "m0.csv", tmp_path / "m5.csv")
    expect(first.main).to_contain_text("ready to score two predictions.")
    first.main.get_by_text("Settings").click()
    field = first.page.locator(".st-key-pd-setting-seed input")
    field.fill("7")
    field.press("Enter")
    expect(first.main).to_contain_text("Settings (1 changed)")
    first.page.get_by_role("button", name="Looks right: score").click()
    expect_scored(first)
    first.page.goto(f"{first.page.url}&selection=G01&selection=P1&models=m5")
    expect_scored(first)
    expect(chip(first)).to_contain_text("2 perturbations: G01, P1")
    was, link = shown(first), copy_link(first)
    assert link == first.page.url
    expect(said(first)).to_contain_text("127.0.0.1, so a colleague on another machine cannot open it")
    expect(said(first)).not_to_contain_text("ends when the server stops")
    first.page.goto("about:blank")
    server.stop()

    later = visit(serve())
    later.open(urlsplit(link)._replace(scheme="", netloc="").geturl())
    expect_scored(later)
    assert shown(later) == was
    assert later.page.url.split("?")[1] == link.split("?")[1]
    expect(chip(later)).to_contain_text("2 perturbations: G01, P1")
    later.menu("start")
    expect(later.main).to_contain_text("ready to score two predictions.", timeout=SCORED_MS)
    later.main.get_by_text("Settings (1 changed)").click()
    expect(later.page.locator(".st-key-pd-setting-seed input")).to_have_value("7")


def test_without_a_store_the_link_says_that_it_ends_and_nothing_is_left(
    serve: Serve, visit: Visit, tmp_path: Path
):
    server = serve("--no-store")
    visitor = visit(server)
    page = visitor.open("/")
    page.locator("input[type=file]").set_input_files(
        {"name": "mine.h5ad", "mimeType": "", "buffer": DEMO.read_bytes()}
    )
    expect(visitor.main).to_contain_text("ready to calibrate")
    expect(visitor.main).to_contain_text("last until the server stops")
    copy_link(visitor)
    expect(said(visitor)).to_contain_text("The link ends when the server stops")
    assert list(server.temporary.glob("perturbdash-*"))
    assert not list((tmp_path / "store").rglob("*"))


def test_the_link_of_data_sets_says_what_stands_beside_and_the_address_does_not(visitor: Visitor):
    visitor.open("/datasets?dataset=demo")
    visitor.expect_title("datasets")
    visitor.main.locator(".pd-verdict-sentence").first.wait_for(timeout=SCORED_MS)
    assert parse_qs(urlsplit(copy_link(visitor)).query) == {"dataset": ["demo"], "with": ["none"]}
    assert visitor.parameters == {"dataset": ["demo"]}


def test_where_copying_is_refused_the_link_can_be_selected(visit: Visit):
    visitor = visit(own=True)
    visitor.page.add_init_script(REFUSE)
    visitor.open("/?dataset=demo&reference=centroid")
    expect(visitor.main).to_contain_text("ready to score three predictions.", timeout=SCORED_MS)
    visitor.main.get_by_role("button", name="Copy link").click()
    field = visitor.main.get_by_label("Link to this view")
    expect(field).to_have_value(visitor.page.url)
    expect(visitor.main.locator(".st-key-pd-page-tools")).to_contain_text("the link is selected")
    visitor.page.keyboard.press("Escape")
    expect(field).to_have_count(0)


def test_what_the_command_line_opened_is_in_the_address_without_a_step(serve: Serve, visit: Visit):
    visitor = visit(serve("--demo"), own=True)
    visitor.open("/")
    expect(visitor.main).to_contain_text("ready to score three predictions.", timeout=SCORED_MS)
    assert visitor.parameters == {"dataset": ["demo"]}
    assert visitor.page.evaluate("history.length") == 2
    visitor.main.get_by_role("button", name="Choose other data").click()
    expect(visitor.main).to_contain_text("Or bring your own data")
    visitor.page.go_back()
    expect(visitor.main).to_contain_text("ready to score three predictions.")


def test_back_and_forward_go_over_pages_and_choices_one_step_each(visitor: Visitor):
    together, context = "all together (2 contexts)", visitor.box("pd-context")

    def expect_view(name: str, chosen: str) -> None:
        visitor.expect_title(name)
        expect(context).to_have_value(chosen, timeout=SCORED_MS)
        visitor.expect_settled()

    page = visitor.open("/?dataset=demo")
    expect_view("start", together)
    visitor.pick("pd-context", "line_A")
    page.wait_for_url("**context=line_A")
    expect(visitor.main.locator(".pd-chips")).to_contain_text("line_A")
    visitor.expect_settled()
    visitor.menu("calibration")
    expect_view("calibration", "line_A")
    visitor.pick("pd-context", "line_B")
    page.wait_for_url("**/calibration**context=line_B")
    expect_view("calibration", "line_B")

    for name, chosen in (("calibration", "line_A"), ("start", "line_A"), ("start", together)):
        page.go_back()
        expect_view(name, chosen)
    assert visitor.parameters == {"dataset": ["demo"]}
    for name, chosen in (("start", "line_A"), ("calibration", "line_A"), ("calibration", "line_B")):
        page.go_forward()
        expect_view(name, chosen)


def test_back_shows_the_models_and_the_selection_as_they_were(visitor: Visitor):
    page = visitor.open("/scorecard?dataset=demo&selection=G0089&selection=G0158")
    visitor.expect_painted("scorecard")
    chips = visitor.main.locator(".pd-chips")
    visitor.sidebar.get_by_role("button", name="collapsed").click()
    expect(chips).not_to_contain_text("collapsed")
    chip(visitor).click()
    expect(chip(visitor)).to_have_count(0)
    visitor.expect_settled()
    page.go_back()
    expect(chip(visitor)).to_contain_text("2 perturbations")
    expect(chips).not_to_contain_text("collapsed")
    page.go_back()
    expect(chips).to_contain_text("collapsed")
    page.go_forward()
    expect(chips).not_to_contain_text("collapsed")
    page.go_forward()
    expect(chip(visitor)).to_have_count(0)
    visitor.expect_settled()
