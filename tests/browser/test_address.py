"""What a link may ask for: a file below the data folder, and values that are not there."""

import pytest
from playwright.sync_api import expect

from tests.browser.visiting import Visitor

pytestmark = pytest.mark.browser

NO_DATA = "This data set cannot be used as it is"


def test_a_file_below_the_data_folder_opens_by_its_path(visitor: Visitor):
    visitor.open("/calibration?dataset=screens/one.h5ad")
    visitor.expect_painted("calibration")
    expect(visitor.box("pd-dataset")).to_have_value("one")
    assert visitor.parameters["dataset"] == ["screens/one.h5ad"]


@pytest.mark.parametrize("path", ["../secret.h5ad", "screens/../../secret.h5ad", "/etc/passwd", "gone.h5ad"])
def test_a_path_that_leads_elsewhere_is_refused(path: str, visitor: Visitor):
    visitor.open(f"/scorecard?dataset={path}")
    visitor.expect_title("scorecard")
    expect(visitor.main.locator("section.pd-empty")).to_contain_text(NO_DATA)
    expect(visitor.main.get_by_role("link", name="Go to Start")).to_be_visible()
    expect(visitor.sidebar.locator(".st-key-pd-context")).to_have_count(0)
    visitor.expect_settled()
    visitor.main.get_by_role("link", name="Go to Start").click()
    expect(visitor.main.locator("input[type=file]")).to_be_attached()


def test_an_unknown_data_set_is_said_and_the_demo_is_one_click_away(visitor: Visitor):
    visitor.open("/scorecard?dataset=0123456789abcdef01234567")
    expect(visitor.main.locator("section.pd-empty")).to_contain_text("Load the file again")
    visitor.main.get_by_role("link", name="Go to Start").click()
    visitor.main.get_by_role("button", name="Open the demo").click()
    visitor.expect_painted("scorecard")
    assert visitor.parameters["dataset"] == ["demo"]


@pytest.mark.parametrize(
    ("page", "parameter", "value"),
    [
        ("perturbation", "perturbation", "NOSUCH"),
        ("scorecard", "context", "Mars"),
        ("reference", "reference", "moon"),
        ("scorecard", "models", "gone"),
    ],
)
def test_an_unknown_value_gives_way_to_the_default_with_a_notice(
    page: str, parameter: str, value: str, visitor: Visitor
):
    visitor.open(f"/{page}?dataset=demo&{parameter}={value}")
    notice = visitor.main.locator(".pd-note").filter(has_text=f"“{value}”")
    expect(notice).to_be_visible()
    visitor.expect_painted(page)
    expect(notice).to_be_visible()
    assert value not in visitor.parameters.get(parameter, [])


def test_markup_in_an_address_stays_text(visitor: Visitor):
    visitor.open("/scorecard?dataset=demo&context=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
    expect(visitor.main.locator(".pd-note")).to_contain_text("<img src=x onerror=alert(1)>")
    assert visitor.main.locator("img[src=x]").count() == 0
