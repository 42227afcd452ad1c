"""One Chromium and one tab for all tests; a server that they share, and fresh ones where the start is the point."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import anndata
import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright
from scipy.sparse import csr_matrix

from tests.browser.serving import HOST, Server, start
from tests.browser.visiting import Visitor

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "data" / "demo.h5ad"
CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE {HOST}",
]
VIEWPORT = ViewportSize(width=1440, height=1000)
EXPECT_MS = 20_000
TIMES = pytest.StashKey[list[str]]()

ColorScheme = Literal["light", "dark"]
Visit = Callable[..., Visitor]
Serve = Callable[..., Server]


def pytest_configure(config: pytest.Config) -> None:
    config.stash[TIMES] = []


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["times"] = session.config.stash[TIMES]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take the times of a process that ran a part of the tests."""
    node.config.stash[TIMES] += getattr(node, "workeroutput", {}).get("times", [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.stash[TIMES]:
        terminalreporter.section("measured in the browser")
        for line in config.stash[TIMES]:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
    assert path, "There is no Chromium at /usr/bin/chromium; install it, or set CHROMIUM to its path."
    expect.set_options(timeout=EXPECT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


class Tab:
    """The tab in which visitors come one after the other.

    Streamlit and plotly are some ten megabytes of scripts. A browser that has read them shows a page in half of
    the time that a fresh one needs, so only those get a browser of their own whose test asks for one.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._page: Page | None = None

    def take(self, color_scheme: ColorScheme) -> Page:
        """Return the tab as a newcomer finds it."""
        page = self._page or self._browser.new_context(viewport=VIEWPORT).new_page()
        self._page = None
        page.set_viewport_size(VIEWPORT)
        page.emulate_media(color_scheme=color_scheme, reduced_motion="no-preference")
        return page

    def give_back(self, page: Page) -> None:
        """Take the tab of a visitor who left; one that was never given back is not used again."""
        self._page = page


@pytest.fixture(scope="session")
def tab(chromium: Browser) -> Tab:
    return Tab(chromium)


def write_screen(path: Path) -> None:
    """Write a data set so large that scoring it takes seconds: 400 perturbations of 2,000 genes in two contexts."""
    n_labels, n_genes, n_cells = 400, 2_000, 12
    codes = np.tile(np.repeat(np.arange(n_labels + 1), n_cells), 2)
    counts = np.random.default_rng(0).poisson(0.5, (len(codes), n_genes)).astype(np.float32)
    labels = np.array(["control", *(f"G{i:04d}" for i in range(n_labels))])[codes]
    obs = pd.DataFrame({"perturbation": labels, "cell_line": np.repeat(["A", "B"], len(codes) // 2)})
    obs.index = [f"cell{i}" for i in range(len(codes))]
    var = pd.DataFrame(index=[f"G{i:04d}" for i in range(n_genes)])
    anndata.AnnData(csr_matrix(counts), obs=obs, var=var).write_h5ad(path)


@pytest.fixture(scope="session")
def data_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of data with two data sets, and a file beside it that no visitor may open."""
    outside = tmp_path_factory.mktemp("disk")
    root = outside / "data"
    (root / "screens").mkdir(parents=True)
    shutil.copy(DEMO, root / "screens" / "one.h5ad")
    write_screen(root / "screens" / "large.h5ad")
    shutil.copy(DEMO, outside / "secret.h5ad")
    return root


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, data_root: Path, store: Path) -> Iterator[Server]:
    """The server that tests share which do not ask how it starts."""
    running = start(tmp_path_factory.mktemp("server") / "log.txt", data_root=data_root, store=store)
    yield running
    running.stop()


@pytest.fixture
def serve(tmp_path: Path, data_root: Path) -> Iterator[Serve]:
    """Start servers on one store that nobody has asked for anything yet."""
    running: list[Server] = []

    def fresh(*arguments: str | Path) -> Server:
        log = tmp_path / f"log{len(running)}.txt"
        running.append(start(log, data_root=data_root, store=tmp_path / "store", arguments=arguments))
        return running[-1]

    yield fresh
    for one in running:
        one.stop()


@pytest.fixture
def visit(chromium: Browser, tab: Tab, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Come as a new visitor; whatever a test does, nothing may fail unseen, and nothing leaves this machine.

    The first visitor of a test comes in the tab that tests share, the others with a browser of their own, and so
    does one who says what kind of browser it is.
    """
    visitors: list[Visitor] = []
    in_tab: list[Page] = []

    def come(
        server: Server | None = None,
        *,
        color_scheme: ColorScheme = "light",
        own: bool = False,
        **browser: Any,
    ) -> Visitor:
        url = (server or request.getfixturevalue("server")).url
        if visitors or own or browser:
            options = {"viewport": VIEWPORT, "color_scheme": color_scheme, **browser}
            page = chromium.new_context(**options).new_page()
        else:
            page = tab.take(color_scheme)
            in_tab.append(page)
        visitors.append(Visitor(page, url, request.config.stash[TIMES]))
        visitors[-1].watch()
        return visitors[-1]

    yield come
    for visitor in visitors:
        visitor.leave()
        if visitor.page in in_tab:
            tab.give_back(visitor.page)
        else:
            visitor.page.context.close()
    assert [visitor.hosts for visitor in visitors] == [{HOST} for _ in visitors]
    assert [visitor.complaints for visitor in visitors] == [[] for _ in visitors]


@pytest.fixture
def visitor(visit: Visit) -> Visitor:
    return visit()
