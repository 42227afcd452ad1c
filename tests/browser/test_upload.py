"""A data set and predictions come through the browser; good ones are scored, bad ones are a sentence."""

import csv
import io
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, expect

from tests.browser.conftest import DEMO
from tests.browser.downloads import download
from tests.browser.visiting import Visitor

pytestmark = pytest.mark.browser

MATCHED = "28 of 44"


def add_predictions(visitor: Visitor, *predictions: Path | FilePayload) -> None:
    visitor.page.get_by_role("button", name="Add a prediction").click()
    field = visitor.page.get_by_test_id("stPopoverBody").locator("input[type=file]")
    if all(isinstance(item, Path) for item in predictions):
        field.set_input_files([item for item in predictions if isinstance(item, Path)])
    else:
        field.set_input_files([item for item in predictions if not isinstance(item, Path)])


def tables(path: Path) -> dict[str, list[dict[str, str]]]:
    with zipfile.ZipFile(path) as archive:
        return {
            name: list(csv.DictReader(io.StringIO(archive.read(f"{name}.csv").decode())))
            for name in ("verdict", "warnings")
        }


def test_a_sharp_and_a_collapsed_prediction_are_told_apart(visitor: Visitor, shared: Path, tmp_path: Path):
    golden = shared / "golden" / "norman250"
    page = visitor.open("/")
    page.locator("input[type=file]").set_input_files(shared / "data" / "norman19_k562_perturbench_250g.h5ad")
    expect(visitor.main).to_contain_text("33 perturbations and 100 control cells found; ready to calibrate.")
    add_predictions(visitor, golden / "prediction_sharp.csv", golden / "prediction_collapsed.csv")
    expect(visitor.main).to_contain_text("ready to score two predictions.")
    with visitor.timed("uploads scored"):
        page.get_by_role("button", name="Looks right: score").click()
        visitor.expect_painted("scorecard")
    sentence = visitor.main.locator(".pd-verdict-sentence")
    expect(sentence).to_contain_text("prediction_sharp beats every baseline on")
    expect(sentence).to_contain_text("on none")
    visitor.menu("start")
    found = tables(download(visitor, visitor.main.get_by_role("button", name="All tables"), tmp_path))
    counted = [row for row in found["verdict"] if row["gate"] == "informative" and row["headline"] == "True"]
    beats = [row["model"] for row in counted if row["outcome"] == "beats"]
    per_model = len(counted) // 2
    assert beats.count("prediction_sharp") > per_model / 2
    assert beats.count("prediction_collapsed") == 0
    collapse = [row["model"] for row in found["warnings"] if row["warning"] == "collapse"]
    assert collapse == ["prediction_collapsed"]


def test_a_link_to_an_upload_opens_it_for_another_visitor(visit, tmp_path: Path):
    first = visit()
    first.open("/").locator("input[type=file]").set_input_files(
        {"name": "mine.h5ad", "mimeType": "", "buffer": DEMO.read_bytes()}
    )
    expect(first.main).to_contain_text("ready to calibrate")
    second = visit()
    second.page.goto(first.page.url)
    expect(second.main).to_contain_text("ready to calibrate")
    expect(second.box("pd-dataset")).to_have_value("mine")


def test_a_file_that_is_none_is_a_sentence_and_what_was_loaded_is_still_there(visitor: Visitor):
    page = visitor.open("/?dataset=demo")
    expect(visitor.main.get_by_role("row", name="skilled")).to_contain_text(MATCHED)
    page.get_by_role("button", name="Choose other data").click()
    page.locator("input[type=file]").set_input_files(
        {"name": "x.h5ad", "mimeType": "", "buffer": b"this is no HDF5"}
    )
    state = visitor.main.locator("section.pd-empty")
    expect(state).to_contain_text("This data set cannot be used as it is")
    expect(state.locator("p").first).to_have_text(re.compile(r"^x\.h5ad [^.]*HDF5.*\.$"))
    visitor.expect_settled()
    expect(visitor.main).not_to_contain_text("did not foresee")
    visitor.pick("pd-dataset", "Demo (simulated)")
    expect(visitor.main.get_by_role("row", name="skilled")).to_contain_text(MATCHED)
    assert visitor.parameters["dataset"] == ["demo"]


def test_a_prediction_of_unknown_genes_is_a_sentence_and_the_others_stay(visitor: Visitor):
    visitor.open("/?dataset=demo")
    expect(visitor.main.get_by_role("row", name="skilled")).to_contain_text(MATCHED)
    add_predictions(
        visitor,
        {
            "name": "strange.csv",
            "mimeType": "text/csv",
            "buffer": b"perturbation,Q1,Q2\nPERT1,1,2\nPERT2,3,4\n",
        },
    )
    problem = visitor.main.locator(".pd-finding").filter(has_text="strange")
    expect(problem).to_be_visible()
    visitor.expect_settled()
    expect(visitor.main).not_to_contain_text("did not foresee")
    for model in ("skilled", "collapsed", "wrong_scale"):
        expect(visitor.main.get_by_role("row", name=model)).to_contain_text(MATCHED)
    visitor.menu("scorecard")
    visitor.expect_painted("scorecard")
    expect(visitor.main.locator(".pd-finding").filter(has_text="strange is left out.")).to_be_visible()
    assert list(tables_of_start(visitor)) == ["collapsed", "skilled", "wrong_scale"]


def tables_of_start(visitor: Visitor) -> list[str]:
    visitor.menu("start")
    rows = visitor.main.get_by_role("row").filter(has_text=MATCHED)
    expect(rows).to_have_count(3)
    return sorted(row.split()[0] for row in rows.all_inner_texts())
