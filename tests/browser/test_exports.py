"""Figures that leave: SVG and PNG made in the browser, light on white, with everything a paper needs."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

import perturbdash
from perturbdash.figures.print import sheet
from perturbdash.figures.tables import safe
from perturbdash.figures.theme import DARK, canvas
from tests.browser.conftest import ROOT, Visit
from tests.browser.visiting import SCORED_MS, Visitor

pytestmark = pytest.mark.browser

EVIL = '<script>alert(1)</script>&"\u0007'
NARROW, WIDE = "85 mm, one column", "180 mm, two columns"
SVG = "{http://www.w3.org/2000/svg}"
EXPORT = (ROOT / "perturbdash" / "ui" / "export.js").read_text(encoding="utf-8")
RUN = """
async ([code, data]) => {
  const module = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  const place = document.body.appendChild(document.createElement("div"));
  place.id = "export-place";
  module.default({ data, parentElement: place });
}
"""


def frame(visitor: Visitor, key: str) -> Locator:
    return visitor.main.locator(f".st-key-frame-{key}")


def opened(visitor: Visitor, page: str, key: str) -> Locator:
    """Open a page on the demo and wait until a frame of it is painted."""
    visitor.open(f"/{page}?dataset=demo")
    frame(visitor, key).locator(".main-svg text:visible").first.wait_for(timeout=2 * SCORED_MS)
    visitor.expect_settled()
    return frame(visitor, key)


def save(visitor: Visitor, key: str, kind: str, width: str, folder: Path) -> Path:
    """Choose a file of a frame with the mouse: two clicks."""
    frame(visitor, key).get_by_role("button", name=kind, exact=True).click()
    with visitor.page.expect_download() as waiting:
        visitor.page.get_by_role("menuitem", name=width).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def words(root: ET.Element) -> str:
    return " ".join("".join(node.itertext()) for node in root.iter(f"{SVG}text"))


def check_svg(path: Path, width_mm: int) -> ET.Element:
    text = path.read_text(encoding="utf-8")
    root = ET.fromstring(text)
    assert root.tag == f"{SVG}svg"
    assert root.get("width") == f"{width_mm}mm"
    assert re.fullmatch(r"[\d.]+mm", root.get("height", ""))
    _, _, width, height = map(float, root.get("viewBox", "").split())
    assert width / height == pytest.approx(width_mm / float(root.get("height", "")[:-2]), rel=0.01)
    paper = root.find(f"{SVG}rect")
    assert paper is not None
    assert (paper.get("fill"), float(paper.get("width", 0)), float(paper.get("height", 0))) == (
        "#FFFFFF",
        width,
        height,
    )
    for colour in (DARK.ink, DARK.background, DARK.muted, DARK.petrol):
        channels = ", ".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
        assert colour.lower() not in text.lower()
        assert f"rgb({channels})" not in text
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"url\((?:&quot;|[\"'])?#([^)\"'&]+)", text)) <= set(ids)
    assert not re.findall(r"(?:href|src)=\"https?:", text)
    assert "Inter" not in text
    return root


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_an_svg_is_light_on_white_with_title_data_and_version(mode: str, visit: Visit, tmp_path: Path):
    visitor = visit(color_scheme=mode)
    opened(visitor, "calibration", "dynamic_range_fraction")
    for label, width in ((NARROW, 85), (WIDE, 180)):
        path = save(visitor, "dynamic_range_fraction", "SVG", label, tmp_path)
        assert re.fullmatch(rf"demo_simulated_\w*dynamic_range_fraction_{width}mm\.svg", path.name)
        root = check_svg(path, width)
        told = words(root)
        assert "Which metrics can tell a repeat from the average?" in told
        for part in (
            "Demo (simulated)",
            "seed 0",
            f"perturbdash\u00a0{perturbdash.__version__}",
            "NIR",
            "DRF",
        ):
            assert part in told
    expect(frame(visitor, "dynamic_range_fraction").get_by_role("status")).to_have_text(f"Saved {path.name}")


def test_a_png_has_300_dots_an_inch_and_is_not_blank(visitor: Visitor, tmp_path: Path):
    opened(visitor, "systematic_variation", "norm_against_cosine")
    for label, width, wanted in ((NARROW, 85, 1004), (WIDE, 180, 2126)):
        path = save(visitor, "norm_against_cosine", "PNG", label, tmp_path)
        with Image.open(path) as picture:
            assert picture.format == "PNG"
            assert picture.width == wanted
            assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
            grey = np.asarray(picture.convert("L"))
            assert np.asarray(picture.convert("RGBA"))[..., 3].min() == 255
        assert grey[:3].min() == grey[:, -2:].min() == 255
        assert 0.003 < (grey < 128).mean() < 0.2
        thirds = np.array_split(grey, 3)
        assert all((third < 128).any() for third in thirds), width


def test_panels_share_one_sheet_with_letters_and_names_of_their_own(visitor: Visitor, tmp_path: Path):
    opened(visitor, "perturbation", "agreement")
    figures = frame(visitor, "agreement").locator(".js-plotly-plot").count()
    root = check_svg(save(visitor, "agreement", "SVG", WIDE, tmp_path), 180)
    panels = [node for node in root if node.tag == f"{SVG}svg"]
    assert len(panels) == figures > 1
    assert len({(panel.get("x"), panel.get("y")) for panel in panels}) == figures
    for panel in panels:
        _, _, laid_out, _ = map(float, panel.get("viewBox", "").split())
        assert laid_out >= 254
        assert 5.4 < float(panel.get("width", 0)) / laid_out * 7 <= 7
    bold = [
        "".join(node.itertext()) for node in root.findall(f"{SVG}text") if node.get("font-weight") == "700"
    ]
    assert bold[1:] == list("abcdefgh"[:figures])
    assert not list(root.iter(f"{SVG}image"))


def test_genes_are_italic_in_print(visitor: Visitor, tmp_path: Path):
    opened(visitor, "perturbation", "agreement")
    for key in ("volcano", "top-genes"):
        root = check_svg(save(visitor, key, "SVG", NARROW, tmp_path), 85)
        italic = [
            "".join(node.itertext()) for node in root.iter() if "italic" in (node.get("style") or "").lower()
        ]
        assert any(re.match(r"G\d{4}", name) for name in italic), key


def test_the_keyboard_alone_saves_a_figure_and_escape_closes_the_menu(visitor: Visitor, tmp_path: Path):
    page = opened(visitor, "calibration", "dynamic_range_fraction").page
    own = frame(visitor, "dynamic_range_fraction")
    button = own.get_by_role("button", name="SVG", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name=NARROW)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menuitem", name=NARROW)).to_have_count(0)
    expect(button).to_be_focused()
    page.keyboard.press("Tab")
    other = own.get_by_role("button", name="PNG", exact=True)
    expect(other).to_be_focused()
    page.keyboard.press("Enter")
    last = page.locator("[role=menuitem][data-focused=true]").filter(has_text=WIDE)
    for _ in range(100):  # a key that comes before the menu listens is lost; End says the same however often
        page.keyboard.press("End")
        if last.count():
            break
        page.wait_for_timeout(100)
    expect(last).to_be_visible()
    with page.expect_download() as waiting:
        page.keyboard.press("Enter")
    assert waiting.value.suggested_filename.endswith(".png")
    assert Path(waiting.value.path()).stat().st_size > 10_000
    expect(other).to_be_focused()


def test_saving_does_not_run_the_page_again(visitor: Visitor, tmp_path: Path):
    opened(visitor, "calibration", "dynamic_range_fraction")
    figure = frame(visitor, "dynamic_range_fraction").locator(".js-plotly-plot")
    figure.evaluate("node => { node.dataset.mine = 'kept'; }")
    before = visitor.page.url
    save(visitor, "dynamic_range_fraction", "SVG", NARROW, tmp_path)
    visitor.expect_settled()
    assert visitor.page.url == before
    assert figure.evaluate("node => node.dataset.mine") == "kept"


def test_the_tools_stand_in_one_row_and_leave_the_title_alone(visitor: Visitor):
    opened(visitor, "systematic_variation", "norm_against_cosine")
    rows = visitor.main.locator("[class*=st-key-tools-]")
    assert rows.count() > 1
    for width in (1440, 1024, 390):
        visitor.resize(width, 1000)
        for row in rows.all():
            expect_in_one_row(row, width)


def expect_in_one_row(row: Locator, width: int) -> None:
    buttons = [box for box in (b.bounding_box() for b in row.get_by_role("button").all()) if box]
    assert max(box["y"] for box in buttons) - min(box["y"] for box in buttons) < 2, width
    assert all(a["x"] + a["width"] <= b["x"] + 0.5 for a, b in pairwise(buttons)), width
    assert buttons[-1]["x"] + buttons[-1]["width"] <= width
    title = row.locator("xpath=ancestor::*[contains(@class,'st-key-head-')]").locator(".pd-title").first
    box = title.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= buttons[0]["x"], width
    assert box["width"] > 150, width


def evil_sheet() -> dict[str, Any]:
    figure = canvas("light", alt=EVIL, height=200)
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="markers+text", text=[safe(EVIL), "B"])
    figure.update_yaxes(tickvals=[0, 1], ticktext=[safe(EVIL), "two"])
    return sheet([figure, figure], width_mm=85, title=EVIL, caption=[EVIL]).as_json()


def test_names_from_data_never_become_markup_in_a_file(visitor: Visitor, tmp_path: Path):
    page = opened(visitor, "calibration", "dynamic_range_fraction").page
    with page.expect_download() as waiting:
        page.evaluate(RUN, [EXPORT, {"job": "1", "kind": "svg", "name": "evil.svg", "sheet": evil_sheet()}])
    path = tmp_path / "evil.svg"
    waiting.value.save_as(path)
    root = check_svg(path, 85)
    assert not [node for node in root.iter() if node.tag.endswith("script")]
    assert words(root).count('<script>alert(1)</script>&"') >= 4


def test_what_the_browser_cannot_do_becomes_a_sentence(visitor: Visitor):
    page = opened(visitor, "calibration", "dynamic_range_fraction").page
    broken = evil_sheet()
    broken["panels"][0]["figure"]["layout"]["width"] = -1
    page.evaluate(RUN, [EXPORT, {"job": "2", "kind": "svg", "name": "x.svg", "sheet": broken}])
    expect(page.locator("#export-place [role=status]")).to_contain_text("The browser could not make the file")
    page.evaluate(RUN, [EXPORT, {"job": "3", "kind": "svg", "name": "x.svg", "problem": "No cell is left."}])
    expect(page.locator("#export-place [role=status]").last).to_have_text("No cell is left.")
