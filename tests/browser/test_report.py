"""The report in a browser, from a file: no request, no error, painted in both modes, sorted, copied, saved, printed."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Error, Locator, Page, Request, expect

from perturbdash.report.writing import report_html
from tests.browser.conftest import VIEWPORT, Tab
from tests.browser.visiting import FORGET, Visitor
from tests.unit.report.made import EVIL, scored

pytestmark = pytest.mark.browser
PLOT = ".pr-plot"
FITTING = f"""
() => [...document.querySelectorAll("{PLOT}")].every(place => {{
  const drawn = place.querySelector(".main-svg").getBoundingClientRect().width;
  return Math.abs(drawn - place.getBoundingClientRect().width) < 2;
}})
"""
INK = {"light": "rgb(26, 31, 38)", "dark": "rgb(230, 234, 239)"}


@dataclass
class Reader:
    """A page opened from a file, and everything that it asks for or complains about."""

    page: Page
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, file: Path) -> Page:
        for event, heard in self._ears():
            self.page.on(event, heard)  # type: ignore[call-overload]
        self.page.goto(file.as_uri())
        return self.page

    def leave(self) -> None:
        """Go, and take along what this reader left in the browser."""
        self.page.evaluate(FORGET)
        for event, heard in self._ears():
            self.page.remove_listener(event, heard)
        self.page.goto("about:blank")

    def _ears(self) -> tuple[tuple[str, Callable[..., None]], ...]:
        return (
            ("request", self._request),
            ("console", self._console),
            ("pageerror", self._error),
            ("dialog", self._dialog),
        )

    def _request(self, request: Request) -> None:
        self.asked.append(request.url)

    def _console(self, message: ConsoleMessage) -> None:
        self.complaints.append(message.text)

    def _error(self, error: Error) -> None:
        self.complaints.append(str(error))

    def _dialog(self, dialog: Dialog) -> None:
        self.complaints.append(dialog.message)
        dialog.dismiss()

    def paint_all(self) -> int:
        """Scroll to every figure until it is painted, and return how many there are."""
        places = self.page.locator(PLOT)
        for i in range(places.count()):
            places.nth(i).scroll_into_view_if_needed()
            expect(places.nth(i).locator(".main-svg").first).to_be_visible()
        return places.count()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(report_html(scored(contexts=("A", "B")), title="My screen"), encoding="utf-8")
    return path


@pytest.fixture
def reader(tab: Tab, request: pytest.FixtureRequest) -> Iterator[Reader]:
    page = tab.take(getattr(request, "param", "light"))
    found = Reader(page)
    yield found
    found.leave()
    page.emulate_media(media="null")
    tab.give_back(page)
    assert len(found.asked) == 1, found.asked
    assert found.asked[0].startswith("file://")
    assert found.complaints == []


def ink(place: Locator) -> str:
    """Colour of the words of a figure."""
    colour: str = place.locator(".xtitle").first.evaluate("text => getComputedStyle(text).fill")
    return colour


def column(page: Page, place: int) -> list[str]:
    texts: list[str] = page.locator(f"#pr-perturbations tbody tr > :nth-child({place})").all_inner_texts()
    return texts


@pytest.mark.parametrize(
    ("reader", "widths"), [("light", (390, 1024, 1440)), ("dark", (1440,))], indirect=["reader"]
)
def test_every_figure_is_painted_in_the_colours_of_the_mode_and_nothing_is_too_wide(
    reader: Reader, widths: tuple[int, ...], file: Path
) -> None:
    reader.page.set_viewport_size({"width": widths[0], "height": 900})
    page = reader.open(file)
    assert reader.paint_all() >= 12
    mode = "dark" if page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") else "light"
    for place in page.locator(PLOT).filter(has=page.locator(".xtitle")).all():
        assert ink(place) == INK[mode]
    assert page.locator("body").evaluate("b => getComputedStyle(b).color") == INK[mode]
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function(FITTING)
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_the_switch_changes_page_and_figures(reader: Reader, file: Path) -> None:
    page = reader.open(file)
    place = page.locator(PLOT).first
    place.scroll_into_view_if_needed()
    expect(place.locator(".xtitle").first).to_have_css("fill", INK["light"])
    page.get_by_role("button", name="Dark").click()
    expect(place.locator(".xtitle").first).to_have_css("fill", INK["dark"])
    expect(page.locator("body")).to_have_css("color", INK["dark"])
    page.get_by_role("button", name="Light").click()
    expect(place.locator(".xtitle").first).to_have_css("fill", INK["light"])


def test_on_paper_every_figure_is_there_and_light(reader: Reader, file: Path, tmp_path: Path) -> None:
    page = reader.open(file)
    page.get_by_role("button", name="Dark").click()
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 680, "height": 1000})
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    places = page.locator(PLOT)
    for i in range(places.count()):
        expect(places.nth(i).locator(".main-svg").first).to_be_attached()
        assert places.nth(i).bounding_box()["width"] <= 680
    for place in places.filter(has=page.locator(".xtitle")).all():
        assert ink(place) == INK["light"]
    expect(page.locator("body")).to_have_css("color", INK["light"])
    expect(page.get_by_role("button", name="Copy methods")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= 680


def test_the_table_sorts_by_mouse_and_keyboard_and_searches(reader: Reader, file: Path) -> None:
    page = reader.open(file)
    head = page.locator("#pr-perturbations thead")
    expect(page.locator("#pr-count")).to_have_text("28 rows")
    cells = head.get_by_role("button", name="norm")
    cells.click()
    place = [h.inner_text().strip(" ↓↑") for h in head.locator("th").all()].index("norm") + 1
    values = [float(text) for text in column(page, place)]
    assert values == sorted(values, reverse=True)
    expect(head.locator("[aria-sort=descending]")).to_have_count(1)
    expect(cells).to_be_focused()
    page.keyboard.press("Enter")
    assert [float(text) for text in column(page, place)] == sorted(values)
    page.get_by_role("searchbox", name="Search").fill("g03")
    expect(page.locator("#pr-count")).to_have_text("2 of 28 rows")
    assert set(column(page, 1)) == {"G03"}
    page.get_by_role("searchbox", name="Search").fill("nobody")
    expect(page.locator("#pr-count")).to_have_text("0 of 28 rows")


def test_the_table_shows_what_is_chosen_and_undefined_stands_last_with_its_reason(
    reader: Reader, file: Path
) -> None:
    page = reader.open(file)
    page.get_by_role("combobox", name="Show").select_option(label="NIR ↑")
    heads = page.locator("#pr-perturbations thead th").all_inner_texts()
    assert heads[-1].startswith("NIR ↑, ")
    for _ in range(2):
        page.locator("#pr-perturbations thead button").nth(5).click()
        shown = column(page, 6)
        assert shown[-6:] == ["–"] * 6
        assert "–" not in shown[:-6]
    last = page.locator("#pr-perturbations tbody tr").last.locator("td").nth(4)
    expect(last).to_have_attribute("title", "not tested")


@pytest.mark.parametrize("allowed", [True, False])
def test_methods_and_bibtex_are_copied_or_selected(reader: Reader, file: Path, allowed: bool) -> None:
    page = reader.open(file)
    page.evaluate(
        """allowed => {
          const put = async (text) => { if (!allowed) throw new Error("not allowed"); window.copied = text; };
          Object.defineProperty(navigator, "clipboard", { value: { writeText: put } });
          document.addEventListener("copy", () => { window.copied = String(getSelection()); });
        }""",
        allowed,
    )
    for name, words in (("Copy methods", "We analysed My screen"), ("Copy BibTeX", "@article{systema2025,")):
        button = page.locator("button[data-copy]", has_text=name)
        button.click()
        expect(page.locator("button[data-copy]", has_text=re.compile("Copied|Selected"))).to_have_count(1)
        assert words in page.evaluate("window.copied")
        expect(button).to_have_text(name)


def test_run_and_table_are_saved_without_a_request(reader: Reader, file: Path, tmp_path: Path) -> None:
    page = reader.open(file)
    found = {}
    for name, target in (("run.json", "Save run.json"), ("perturbations.csv", "Save as CSV")):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=target).click()
        assert waiting.value.suggested_filename == name
        found[name] = tmp_path / name
        waiting.value.save_as(found[name])
    reader.asked[1:] = [url for url in reader.asked[1:] if not url.startswith("blob:")]
    assert json.loads(found["run.json"].read_text())["settings"]["seed"] == 0
    rows = list(csv.DictReader(io.StringIO(found["perturbations.csv"].read_text(encoding="utf-8"))))
    assert len(rows) == 28
    assert {"perturbation", "context", "n_cells", "nir/good"} <= set(rows[0])


def test_keyboard_alone_leads_to_every_section(reader: Reader, file: Path) -> None:
    page = reader.open(file)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the verdict")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#verdict$"))
    for link in page.locator(".pr-contents a").all():
        link.focus()
        page.keyboard.press("Enter")
        expect(page.locator(":target h2, h2:target")).to_be_in_viewport()


def test_names_that_are_markup_do_nothing(reader: Reader, tmp_path: Path) -> None:
    contexts = ("</script><script>alert(3)</script>", "B")
    models = ("<script>alert(4)</script>", '"><img src=x onerror=alert(5)>')
    path = tmp_path / "evil.html"
    result = scored(models=models, contexts=contexts, evil=True)
    path.write_text(report_html(result, title="<img src=x onerror=alert(6)>"), encoding="utf-8")
    page = reader.open(path)
    reader.paint_all()
    page.get_by_role("searchbox", name="Search").fill("img")
    expect(page.locator("#pr-perturbations tbody")).to_contain_text(EVIL[1])
    expect(page.locator("img")).to_have_count(0)
    assert (
        page.evaluate(
            "document.scripts.length - document.querySelectorAll('[type=\"application/json\"]').length"
        )
        == 2
    )


def test_the_dashboard_gives_the_same_page(visitor: Visitor, chromium: Browser, tmp_path: Path) -> None:
    visitor.open("/scorecard?dataset=demo")
    visitor.expect_painted("scorecard")
    button = visitor.main.get_by_role("button", name="Report").first
    with visitor.timed("report of the demo"), visitor.page.expect_download(timeout=120_000) as waiting:
        button.click()
    assert waiting.value.suggested_filename == "perturbdash_Demo_simulated.html"
    path = tmp_path / "demo.html"
    waiting.value.save_as(path)
    context = chromium.new_context(viewport=VIEWPORT)
    reader = Reader(context.new_page())
    page = reader.open(path)
    expect(page.locator("h1")).to_have_text("Demo (simulated)")
    expect(page.locator("#verdict")).to_contain_text("skilled beats every baseline on")
    reader.paint_all()
    assert (len(reader.asked), reader.complaints) == (1, [])
    context.close()
