"""The first request to a fresh server is a deep link: everything is there that a link promises."""

import signal

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Serve, Visit
from tests.browser.serving import STOP_SECONDS
from tests.browser.visiting import DEMO_MODELS

pytestmark = pytest.mark.browser

SHOWN = list(DEMO_MODELS[:2])
TOGETHER = (("scorecard",), ("playground",), ("perturbation", "embedding"))
"""Pages by servers that they are the first to ask for anything; the others wait for the result as Scorecard does."""


@pytest.mark.parametrize("names", TOGETHER, ids="+".join)
def test_pages_open_cold_by_a_deep_link(names: tuple[str, ...], serve: Serve, visit: Visit):
    """Visitors who come at once to a server that has nothing yet share its work."""
    server = serve()
    visitors = {name: visit(server) for name in names}
    with visitors[names[0]].timed(f"fresh server, deep link to {names[0]}: title"):
        for name, visitor in visitors.items():
            visitor.open(f"/{name}?dataset=demo&models={'&models='.join(SHOWN)}")
        visitors[names[0]].expect_title(names[0])
    for name, visitor in visitors.items():
        with visitor.timed(f"fresh server, deep links to {', '.join(names)}: {name} scored and painted"):
            visitor.expect_painted(name)
        visitor.expect_shell()
        assert visitor.parameters["dataset"] == ["demo"]
        assert visitor.parameters["models"] == SHOWN


def test_the_start_page_opens_cold_by_a_deep_link(serve: Serve, visit: Visit):
    visitor = visit(serve())
    visitor.open("/?dataset=demo")
    visitor.expect_title("start")
    expect(visitor.main.locator(".pd-verdict-sentence")).to_contain_text("44 perturbations")
    expect(visitor.main.get_by_role("row", name="skilled")).to_contain_text("28 of 44")
    visitor.expect_shell()
    visitor.expect_settled()


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
