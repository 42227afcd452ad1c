"""The first request to a fresh server is a deep link: everything is there that a link promises."""

import re
import signal

import pytest
from playwright.sync_api import expect

from perturbdash.ui.menu import PAGES
from tests.browser.conftest import Serve, Visit
from tests.browser.serving import STOP_SECONDS

pytestmark = pytest.mark.browser

DATA_PAGES = [name for name in PAGES if name != "start"]
MODELS = ["skilled", "collapsed", "wrong_scale"]
SHOWN = MODELS[:2]


@pytest.mark.parametrize("name", DATA_PAGES)
def test_a_page_opens_cold_by_a_deep_link(name: str, serve: Serve, visit: Visit):
    visitor = visit(serve())
    with visitor.timed(f"fresh server, deep link to {name}: title"):
        visitor.open(f"/{name}?dataset=demo&models={'&models='.join(SHOWN)}")
        visitor.expect_title(name)
    with visitor.timed(f"fresh server, deep link to {name}: scored and painted"):
        visitor.expect_painted(name)
    _expect_shell(visitor)
    assert visitor.parameters["dataset"] == ["demo"]
    assert visitor.parameters["models"] == SHOWN


def test_the_start_page_opens_cold_by_a_deep_link(serve: Serve, visit: Visit):
    visitor = visit(serve())
    visitor.open("/?dataset=demo")
    visitor.expect_title("start")
    expect(visitor.main.locator(".pd-verdict-sentence")).to_contain_text("44 perturbations")
    expect(visitor.main.get_by_role("row", name="skilled")).to_contain_text("28 of 44")
    _expect_shell(visitor)
    visitor.expect_settled()


def _expect_shell(visitor) -> None:
    """Menu and what is shown: data set, models, context; Streamlit's own menu of pages is not drawn."""
    links = visitor.sidebar.get_by_role("link")
    expect(links).to_have_text([re.compile(f"{page.title}$") for page in PAGES.values()])
    for place in range(len(PAGES)):
        expect(links.nth(place)).to_have_attribute("href", re.compile("dataset=demo"))
    expect(visitor.box("pd-dataset")).to_have_value("Demo (simulated)")
    for model in MODELS:
        expect(visitor.sidebar.locator(".st-key-pd-models")).to_contain_text(model)
    expect(visitor.box("pd-context")).to_be_visible()
    expect(visitor.page.get_by_test_id("stSidebarNav")).to_have_count(0)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_server_without_a_store_leaves_no_upload_behind(
    sign: signal.Signals, serve: Serve, visit: Visit
):
    server = serve("--no-store")
    visitor = visit(server)
    visitor.open("/").locator("input[type=file]").set_input_files(
        {"name": "x.h5ad", "mimeType": "", "buffer": b"this is no HDF5"}
    )
    expect(visitor.main.locator("section.pd-empty")).to_be_visible()
    assert list(server.temporary.rglob("x.h5ad"))
    visitor.page.goto("about:blank")
    server.process.send_signal(sign)
    server.process.wait(STOP_SECONDS)
