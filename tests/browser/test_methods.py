"""The drawer of a card: one step of the history, formulas that are drawn, nothing that shuts somebody out."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from perturbdash.judgement.cards import cards
from tests.browser.axe import KNOWN, SEVERE, findings
from tests.browser.colours import THEME, css
from tests.browser.visiting import Visitor

pytestmark = pytest.mark.browser


def open_methods(visitor: Visitor, query: str = "") -> None:
    visitor.open(f"/methods{query}")
    visitor.expect_title("methods")
    visitor.expect_settled()


def test_every_formula_is_drawn(visitor: Visitor):
    open_methods(visitor)
    formulas = visitor.main.locator(".katex-display")
    expect(formulas).to_have_count(len([card for card in cards() if card.formula]))
    assert visitor.page.locator(".katex-error").count() == 0


def test_opening_and_closing_the_drawer_is_one_step_each(visitor: Visitor):
    open_methods(visitor)
    drawer = visitor.page.get_by_role("dialog")
    visitor.main.locator(".st-key-pd-details-nir button").first.click()
    expect(drawer).to_contain_text("normalised inverse rank")
    assert visitor.parameters["card"] == ["nir"]
    expect(drawer.locator(".katex-display")).to_have_count(1)
    assert visitor.page.locator(".katex-error").count() == 0
    visitor.page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    visitor.page.wait_for_url("**/methods")
    visitor.page.go_back()
    expect(drawer).to_contain_text("normalised inverse rank")
    visitor.page.go_back()
    expect(drawer).to_have_count(0)
    assert "card" not in visitor.parameters


def test_the_metric_of_another_page_opens_nothing_and_is_kept(visitor: Visitor):
    open_methods(visitor, "?metric=mse")
    drawer = visitor.page.get_by_role("dialog")
    expect(drawer).to_have_count(0)
    visitor.main.locator(".st-key-pd-details-nir button").first.click()
    expect(drawer).to_contain_text("normalised inverse rank")
    visitor.page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    visitor.page.wait_for_url("**/methods?metric=mse")


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_drawer_shuts_nobody_out(mode: str, visitor: Visitor):
    visitor.page.emulate_media(color_scheme=mode)
    open_methods(visitor, "?card=nir")
    drawer = visitor.page.get_by_role("dialog")
    expect(drawer).to_contain_text("transpose_rank")
    visitor.expect_settled()
    expect(drawer.locator(".pd-card-asks")).to_have_css("color", css(THEME[mode]["textColor"]))
    assert findings(visitor.page, SEVERE, KNOWN) == []
