"""A visitor in Chromium: what the pages show, and what must never happen while they are open."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import (
    ConsoleMessage,
    Dialog,
    Locator,
    Page,
    Request,
    Response,
    ViewportSize,
    WebError,
    WebSocket,
    expect,
)

from perturbdash.ui.menu import PAGES

TITLE_MS = 20_000
SCORED_MS = 120_000
KNOWN_404 = re.compile(r"^/\w+/_stcore/(health|host-config)$")
"""Streamlit looks for its server below the address of a page before it looks above."""

PAINTED = ".js-plotly-plot .main-svg text:visible"
SETTLED = """
() => document.querySelector("h1")?.checkVisibility()
  && document.querySelector("[data-testid=stApp][data-test-script-state=notRunning]")
  && !document.querySelector("[data-testid=stSkeleton]")
"""
FITTING = """
() => [...document.querySelectorAll("[data-testid=stPlotlyChart]")].filter(place => place.checkVisibility())
  .every(place => {
    const drawn = place.querySelector(".main-svg");
    return drawn && Math.abs(drawn.getBoundingClientRect().width - place.getBoundingClientRect().width) < 2;
  })
"""
LOOK_MS = 50
DEMO_MODELS = ("skilled", "collapsed", "wrong_scale")
FORGET = (
    "() => { try { localStorage.clear(); sessionStorage.clear(); } catch { /* a page that has none */ } }"
)
EMPTY = "section.pd-empty"
WITHOUT_FIGURES = ("start", "methods")
"""Pages that draw none."""
FIGURE_PAGES = tuple(name for name in PAGES if name not in WITHOUT_FIGURES)
TRACEBACK = re.compile(r"Traceback|File \".*\", line \d+|\w+Error: ")


@dataclass
class Visitor:
    """One browser session on one server."""

    page: Page
    url: str
    times: list[str]
    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Collect every host that is asked, every error on the console, every failed request and every dialog."""
        for event, heard in self._ears():
            self.page.context.on(event, heard)  # type: ignore[call-overload]
        self.page.on("websocket", self._socket)

    def leave(self) -> None:
        """Go, and take along what this visitor left in the browser."""
        context = self.page.context
        if self.page.url.startswith("http"):
            self.page.evaluate(FORGET)
        for event, heard in self._ears():
            context.remove_listener(event, heard)
        self.page.remove_listener("websocket", self._socket)
        self.page.goto("about:blank")
        self.page.mouse.move(0, 0)
        context.clear_cookies()
        context.clear_permissions()

    def _ears(self) -> tuple[tuple[str, Callable[..., None]], ...]:
        return (
            ("request", self._request),
            ("response", self._response),
            ("console", self._console),
            ("weberror", self._error),
            ("dialog", self._dialog),
        )

    def _request(self, request: Request) -> None:
        self._host(request.url)

    def _socket(self, socket: WebSocket) -> None:
        self._host(socket.url)

    def _error(self, error: WebError) -> None:
        self.complaints.append(str(error.error))

    def _dialog(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _host(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob", "about"):
            self.hosts.add(parts.hostname or url)

    def _response(self, response: Response) -> None:
        if response.status >= 400 and not KNOWN_404.match(urlsplit(response.url).path):
            self.complaints.append(f"{response.status} {response.url}")

    def _console(self, message: ConsoleMessage) -> None:
        place = urlsplit(str(message.location.get("url", ""))).path
        if message.type == "error" and not KNOWN_404.match(place):
            self.complaints.append(f"console: {message.text}")

    def open(self, address: str) -> Page:
        """Open an address of the server."""
        self.page.goto(self.url + address)
        return self.page

    @property
    def parameters(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.page.url).query)

    def box(self, key: str) -> Locator:
        """Return the field of a select box by the key of the box."""
        return self.page.locator(f".st-key-{key}").get_by_role("combobox")

    @property
    def main(self) -> Locator:
        return self.page.get_by_test_id("stMain")

    @property
    def sidebar(self) -> Locator:
        return self.page.get_by_test_id("stSidebar")

    def expect_title(self, name: str) -> None:
        """Expect one headline, the page's own."""
        expect(self.page.locator("h1")).to_have_text(PAGES[name].title)

    def expect_painted(self, name: str) -> None:
        """Expect the page's headline, its verdict and a figure if it draws any, and nothing in their place.

        It waits without the growing pauses of ``expect``, so that the time it takes can be measured.
        """
        title = re.compile(f"^{re.escape(PAGES[name].title)}$")
        self.page.locator("h1").filter(has_text=title).wait_for(timeout=TITLE_MS)
        if name in FIGURE_PAGES:
            self.main.locator(PAINTED).first.wait_for(timeout=SCORED_MS)
        self.expect_settled()
        self.expect_title(name)
        expect(self.main.locator(".pd-verdict-sentence")).to_be_visible()
        expect(self.main.locator(EMPTY)).to_have_count(0)

    def expect_shell(self) -> None:
        """Expect menu and sidebar of the demo: data set, models, context; Streamlit's own menu is not drawn."""
        links = self.sidebar.get_by_role("link")
        expect(links).to_have_text([re.compile(f"{page.title}$") for page in PAGES.values()])
        for place in range(len(PAGES)):
            expect(links.nth(place)).to_have_attribute("href", re.compile("dataset=demo"))
        expect(self.box("pd-dataset")).to_have_value("Demo (simulated)")
        for model in DEMO_MODELS:
            expect(self.sidebar.locator(".st-key-pd-models")).to_contain_text(model)
        expect(self.box("pd-context")).to_be_visible()
        expect(self.page.get_by_test_id("stSidebarNav")).to_have_count(0)

    def expect_settled(self) -> None:
        """Expect that the server has said all that it has to say, and the browser shown it, without a traceback."""
        self.page.wait_for_function(SETTLED, timeout=SCORED_MS, polling=LOOK_MS)
        expect(self.page.get_by_test_id("stException")).to_have_count(0)
        expect(self.main).not_to_contain_text(TRACEBACK)

    def resize(self, width: int, height: int = 844) -> None:
        """Make the window another one and wait until its figures are drawn anew, as wide as their places."""
        self.page.set_viewport_size(ViewportSize(width=width, height=height))
        self.page.wait_for_function(FITTING, timeout=SCORED_MS, polling=LOOK_MS)

    def menu(self, name: str) -> None:
        """Go to a page by the menu."""
        self.sidebar.get_by_role("link", name=PAGES[name].title).click()

    def pick(self, key: str, option: str) -> None:
        """Choose an option of a select box by the key of the box."""
        self.box(key).click()
        self.page.get_by_role("option", name=option, exact=True).click()

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """Measure how long something takes; the times are printed after the run."""
        began = time.monotonic()
        yield
        self.times.append(f"{time.monotonic() - began:6.2f} s  {what}")
