"""Every page in every state, light and dark: nothing that shuts somebody out, nothing that cannot be read or saved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import anndata as ad
import numpy as np
import pytest
from playwright.sync_api import expect

from perturbdash.ui.menu import PAGES
from tests.browser.axe import KNOWN, SEVERE, STRUCTURE, findings
from tests.browser.colours import VERDICT, expect_mode, unreadable
from tests.browser.conftest import DEMO, ColorScheme, Visit
from tests.browser.downloads import download, rows
from tests.browser.keyboard import unmarked
from tests.browser.serving import Server, start
from tests.browser.visiting import DEMO_MODELS, EMPTY, FIGURE_PAGES, SCORED_MS, WITHOUT_FIGURES, Visitor

pytestmark = pytest.mark.browser

MODES: tuple[ColorScheme, ...] = ("light", "dark")
STATES = {
    "nothing loaded": ("/", ".pd-hero"),
    "start, loaded": ("/?dataset=demo", VERDICT),
    **{name: (f"/{name}?dataset=demo", VERDICT) for name in WITHOUT_FIGURES if name != "start"},
    "no models": ("/scorecard?dataset=screens/one.h5ad", f"{EMPTY}, {VERDICT}"),
    "data set not there": ("/scorecard?dataset=screens/none.h5ad", EMPTY),
    "start, data set not there": ("/?dataset=screens/none.h5ad", ".pd-note"),
}
"""States without figures by name: an address, and what has to be there before anything is looked at."""
PHONE, ENLARGED = 390, 720
"""Widths of a phone, and of a window of 1440 pixels in which everything is twice as large."""
WIDER = """
() => [document.documentElement, document.querySelector("[data-testid=stMain]")]
  .map(box => box.scrollWidth - box.clientWidth)
"""
"""By how many pixels a page, and its main part, are wider than what one sees of them."""
SAID = """
figures => figures.map(figure =>
  [figure, ...figure.querySelectorAll("[aria-label]")].map(e => e.getAttribute("aria-label") ?? "")
    .sort((one, other) => other.length - one.length)[0])
"""


@pytest.fixture(scope="session")
def silent(tmp_path_factory: pytest.TempPathFactory, store: Path) -> Iterator[Server]:
    """A server with the demo's cells under permuted labels, where no metric can tell anything."""
    folder = tmp_path_factory.mktemp("silent")
    cells = ad.read_h5ad(DEMO)
    labels, lines = cells.obs["perturbation"].astype(str).to_numpy(), cells.obs["cell_line"].to_numpy()
    rng = np.random.default_rng(0)
    for line in np.unique(lines):
        own = np.flatnonzero(lines == line)
        labels[own] = rng.permutation(labels[own])
    cells.obs["perturbation"] = labels
    cells.write_h5ad(folder / "silent.h5ad")
    models = [DEMO.parent / f"{name}.csv" for name in ("skilled", "collapsed")]
    arguments = [folder / "silent.h5ad", "--predictions", *models]
    running = start(folder / "log.txt", store=store, arguments=arguments)
    yield running
    running.stop()


def opened(visitor: Visitor, address: str, wanted: str) -> Visitor:
    """Open an address and wait for what has to be there."""
    visitor.open(address)
    visitor.main.locator(wanted).first.wait_for(timeout=SCORED_MS)
    visitor.expect_settled()
    return visitor


def broken(visitor: Visitor) -> list[str]:
    """Return what axe finds."""
    return [f"axe: {found}" for found in findings(visitor.page, (*SEVERE, *STRUCTURE), KNOWN)]


def sideways(visitor: Visitor, width: int) -> list[str]:
    """Make the window as wide as this; return by how much the page is wider."""
    visitor.resize(width)
    beyond = visitor.page.evaluate(WIDER)
    return [] if beyond == [0, 0] else [f"At {width} px, page and main part are {beyond} px wider."]


def wordless(visitor: Visitor) -> list[str]:
    """Return what figures say who say hardly anything of what they show."""
    said = visitor.main.get_by_test_id("stPlotlyChart").evaluate_all(SAID)
    assert said
    return [f"A figure says only “{words}”." for words in said if len(words.split()) < 4]


def unsaved(visitor: Visitor, folder: Path) -> list[str]:
    """Return the frames without one button for their numbers, and the tables that have holes."""
    frames = visitor.main.locator("[class*=st-key-frame-]").filter(
        has=visitor.page.locator(".js-plotly-plot")
    )
    assert frames.count() > 0
    found = [
        f"Not one button CSV: {frame.get_attribute('class')}"
        for frame in frames.all()
        if frame.get_by_role("button", name="CSV", exact=True).count() != 1
    ]
    for button in visitor.main.get_by_role("button", name="CSV", exact=True).all():
        path = download(visitor, button, folder)
        table = rows(path)
        if not table or any(None in row or None in row.values() for row in table):
            found.append(f"Empty, or not a table: {path.name}")
    return found


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", FIGURE_PAGES)
def test_a_page_with_figures_shuts_nobody_out(name: str, mode: ColorScheme, visit: Visit, tmp_path: Path):
    visitor = visit(color_scheme=mode)
    asked = {"dataset": ["demo"]} | ({"models": list(DEMO_MODELS[:2])} if mode == "dark" else {})
    visitor.open(f"/{name}?{urlencode(asked, doseq=True)}")
    visitor.expect_painted(name)
    visitor.expect_shell()
    assert visitor.parameters == asked
    expect_mode(visitor, mode)
    found = unreadable(visitor, mode)
    found += wordless(visitor)
    found += broken(visitor)
    found += unmarked(visitor, PAGES["scorecard"].title)
    if mode == "light":
        found += unsaved(visitor, tmp_path)
    assert found == []


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("state", STATES)
def test_a_page_without_figures_shuts_nobody_out(state: str, mode: ColorScheme, visit: Visit):
    visitor = opened(visit(color_scheme=mode), *STATES[state])
    expect(visitor.page.get_by_test_id("stApp")).to_have_css("color-scheme", mode)
    if "dataset=demo" in visitor.page.url:
        visitor.expect_shell()
    assert broken(visitor) + unmarked(visitor, PAGES["scorecard"].title) == []


@pytest.mark.parametrize("name", ["scorecard", "calibration"])
def test_nothing_shuts_somebody_out_where_nothing_can_be_said(name: str, silent: Server, visit: Visit):
    visitor = opened(visit(silent), f"/{name}", VERDICT)
    if name == "scorecard":
        expect(visitor.main.locator(VERDICT)).to_contain_text("Nothing can be said")
    found = []
    for mode in MODES:
        visitor.page.emulate_media(color_scheme=mode)
        expect_mode(visitor, mode)
        found += broken(visitor)
    assert found == []


@pytest.mark.parametrize("state", [*FIGURE_PAGES, *STATES])
def test_a_page_does_not_scroll_sideways(state: str, visitor: Visitor):
    visitor.resize(PHONE)
    opened(visitor, *STATES.get(state, (f"/{state}?dataset=demo", VERDICT)))
    assert sideways(visitor, PHONE) + sideways(visitor, ENLARGED) == []


def test_what_moves_stands_still_for_those_who_ask(visit: Visit):
    visitor = visit(reduced_motion="reduce")
    visitor.open("/")
    visitor.expect_settled()
    longest = visitor.page.evaluate(
        """() => Math.max(...[...document.querySelectorAll("*")].flatMap(element => {
            const style = getComputedStyle(element);
            return [...style.transitionDuration.split(","), ...style.animationDuration.split(",")]
                .map(value => parseFloat(value) * (value.trim().endsWith("ms") ? 1 : 1000));
        }))"""
    )
    assert longest <= 1
    assert visitor.main.locator(EMPTY).count() == 0
