"""The demo from the start page on: one click, then the ways through the pages."""

import csv
import io
import json
import zipfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from perturbdash.judgement.result import TABLES
from tests.browser.conftest import Serve, Visit
from tests.browser.downloads import download
from tests.browser.visiting import SCORED_MS, Visitor

pytestmark = pytest.mark.browser


def test_one_click_leads_from_the_start_page_to_the_painted_scorecard(serve: Serve, visit: Visit):
    visitor = visit(serve())
    page = visitor.open("/")
    visitor.expect_title("start")
    button = page.get_by_role("button", name="Open the demo")
    expect(button).to_be_enabled()
    with visitor.timed("fresh server, one click: demo scored, Scorecard painted"):
        button.click()
        visitor.expect_painted("scorecard")
    expect(visitor.main.locator(".pd-verdict-sentence")).to_contain_text("skilled beats every baseline on")
    assert visitor.parameters["dataset"] == ["demo"]


def test_pages_and_perturbations_are_switched_and_the_address_follows(visitor: Visitor):
    visitor.open("/scorecard?dataset=demo&context=A&reference=centroid")
    visitor.expect_painted("scorecard")
    ways = ("calibration", "systematic_variation", "reference", "perturbation")
    for name, time in [(name, "first") for name in ways] + [(name, "second") for name in ways]:
        with visitor.timed(f"switch to {name}, {time} time"):
            visitor.menu(name)
            visitor.expect_painted(name)
        assert f"/{name}?" in visitor.page.url
        assert visitor.parameters["dataset"] == ["demo"]
    box = visitor.box("pd-choice-perturbation")
    before = box.input_value()
    box.click()
    other = visitor.page.get_by_role("option").nth(5)
    chosen = other.inner_text().strip()
    with visitor.timed("switch of the perturbation"):
        other.click()
        visitor.page.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get("perturbation") == [chosen])
        visitor.expect_painted("perturbation")
    expect(box).to_have_value(chosen)
    expect(visitor.main.locator(".pd-verdict-sentence")).to_contain_text(chosen)
    visitor.page.go_back()
    expect(box).to_have_value(before)
    expect(visitor.main.locator(".pd-verdict-sentence")).to_contain_text(before)
    visitor.expect_settled()


def test_all_tables_come_as_one_zip(visitor: Visitor, tmp_path: Path):
    visitor.open("/scorecard?dataset=demo")
    visitor.expect_painted("scorecard")
    visitor.menu("start")
    visitor.expect_title("start")
    visitor.expect_settled()
    button = visitor.main.get_by_role("button", name="All tables")
    with visitor.timed("zip of all tables"):
        path = download(visitor, button, tmp_path)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
        assert {f"{table}.csv" for table in TABLES} <= names
        assert {f"{table}.parquet" for table in TABLES} <= names
        assert "de.h5ad" in names
        assert json.loads(archive.read("run.json"))
        for name in names:
            if name.endswith(".csv"):
                assert next(csv.reader(io.StringIO(archive.read(name).decode())))
        verdict = list(csv.DictReader(io.StringIO(archive.read("verdict.csv").decode())))
    assert {row["model"] for row in verdict} == {"skilled", "collapsed", "wrong_scale"}


def test_work_is_followed_and_cancelled_and_taken_up_again(visitor: Visitor):
    page = visitor.open("/calibration?dataset=screens/large.h5ad")
    for attempt in ("Score again", "Go to Start"):
        expect(page.get_by_role("progressbar")).to_be_visible()
        page.get_by_role("button", name="Cancel").click()
        expect(visitor.main).to_contain_text("Stopped", timeout=SCORED_MS)
        expect(visitor.box("pd-dataset")).to_have_value("large")
        visitor.main.get_by_text(attempt).click()
    expect(visitor.main).to_contain_text("ready to calibrate")
