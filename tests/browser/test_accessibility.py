"""Every page in every state, light and dark: nothing that shuts somebody out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import anndata as ad
import numpy as np
import pytest
from playwright.sync_api import expect

from perturbdash.ui.menu import PAGES
from tests.browser.axe import Known, findings
from tests.browser.conftest import DEMO, Visit
from tests.browser.serving import Server, start
from tests.browser.visiting import EMPTY, FIGURE_PAGES, PAINTED, SCORED_MS, Visitor

pytestmark = pytest.mark.browser

SEVERE = ("serious", "critical")
STRUCTURE = ("moderate",)
"""Landmarks, order of headings, one headline."""
KNOWN: tuple[Known, ...] = ()

ANSWER = ".pd-verdict-sentence"
STATES = {
    "nothing loaded": ("/", ".pd-hero"),
    "start, loaded": ("/?dataset=demo", ANSWER),
    **{name: (f"/{name}?dataset=demo", ANSWER) for name in PAGES if name != "start"},
    "no models": ("/scorecard?dataset=screens/one.h5ad", f"{EMPTY}, {ANSWER}"),
    "data set not there": ("/scorecard?dataset=screens/none.h5ad", EMPTY),
    "start, data set not there": ("/?dataset=screens/none.h5ad", ".pd-note"),
}
"""By name: an address, and what has to be there before anything is looked at."""
WIDTHS = {"phone": 390, "1440 px at 200 %": 720}
RESIZED_MS = 800
"""Figures are drawn anew a moment after the window changed."""


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


def open_state(visitor: Visitor, state: str) -> None:
    """Open an address and wait for what has to be there, and for the figures where there are any."""
    address, wanted = STATES[state]
    visitor.open(address)
    expect_ready(visitor, wanted)


def expect_ready(visitor: Visitor, wanted: str) -> None:
    visitor.main.locator(wanted).first.wait_for(timeout=SCORED_MS)
    visitor.expect_settled()
    for figure in visitor.main.locator(".js-plotly-plot:visible").all():
        figure.locator(".main-svg").first.wait_for()


def expect_accessible(visitor: Visitor) -> None:
    """Expect that axe finds nothing in either mode."""
    for mode in ("light", "dark"):
        visitor.page.emulate_media(color_scheme=mode)
        expect(visitor.page.get_by_test_id("stApp")).to_have_css("color-scheme", mode)
        visitor.expect_settled()
        assert findings(visitor.page, (*SEVERE, *STRUCTURE), KNOWN) == [], mode


@pytest.mark.parametrize("state", STATES)
def test_nothing_shuts_somebody_out(state: str, visitor: Visitor):
    open_state(visitor, state)
    expect_accessible(visitor)


@pytest.mark.parametrize("name", ["scorecard", "calibration"])
def test_nothing_shuts_somebody_out_where_nothing_can_be_said(name: str, silent: Server, visit: Visit):
    visitor = visit(silent)
    visitor.open(f"/{name}")
    expect_ready(visitor, ANSWER)
    if name == "scorecard":
        expect(visitor.main.locator(".pd-verdict-sentence")).to_contain_text("Nothing can be said")
    expect_accessible(visitor)


@pytest.mark.parametrize("name", FIGURE_PAGES)
def test_every_figure_says_what_it_shows(name: str, visitor: Visitor):
    open_state(visitor, name)
    visitor.main.locator(PAINTED).first.wait_for(timeout=SCORED_MS)
    figures = visitor.main.get_by_test_id("stPlotlyChart")
    said = figures.evaluate_all(
        """figures => figures.map(figure =>
            [figure, ...figure.querySelectorAll("[aria-label]")].map(e => e.getAttribute("aria-label") ?? "")
            .sort((one, other) => other.length - one.length)[0])"""
    )
    assert said
    assert [words for words in said if len(words.split()) < 4] == []


@pytest.mark.parametrize("state", STATES)
def test_a_page_does_not_scroll_sideways(state: str, visitor: Visitor):
    first, *others = WIDTHS.values()
    visitor.page.set_viewport_size({"width": first, "height": 844})
    open_state(visitor, state)
    wider = {first: beyond(visitor)}
    for width in others:
        visitor.page.set_viewport_size({"width": width, "height": 844})
        visitor.page.wait_for_timeout(RESIZED_MS)
        wider[width] = beyond(visitor)
    assert wider == {width: [0, 0] for width in WIDTHS.values()}


def beyond(visitor: Visitor) -> list[int]:
    """Return by how many pixels the page, and its main part, are wider than what one sees of them."""
    found: list[int] = visitor.page.evaluate(
        """() => [document.documentElement, document.querySelector("[data-testid=stMain]")]
            .map(box => box.scrollWidth - box.clientWidth)"""
    )
    return found


def test_what_moves_stands_still_for_those_who_ask(visitor: Visitor):
    visitor.page.emulate_media(reduced_motion="reduce")
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
