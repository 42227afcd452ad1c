"""What axe-core finds on a page: rules of WCAG and of good practice, with the elements that break them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

from tests.browser.visiting import FITTING, LOOK_MS, SCORED_MS

SEVERE = ("serious", "critical")
STRUCTURE = ("moderate",)
"""Landmarks, order of headings, one headline."""
MARGIN = 50
SCROLLER = "() => document.querySelector('[data-testid=stMain]').scrollHeight"
STEPS_TO_FULL_HEIGHT = 3
GROWN_MS = 100


@dataclass(frozen=True)
class Known:
    """A finding that cannot be mended from this code.

    Parameters
    ----------
    rule
        Name of the rule.
    selector
        Matches the element that breaks it.
    reason
        Why it stays.
    """

    rule: str
    selector: str
    reason: str


KNOWN: tuple[Known, ...] = ()


@cache
def script() -> str:
    """Return axe-core."""
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def findings(page: Page, impacts: Iterable[str], known: Iterable[Known] = ()) -> list[str]:
    """Return one line an element that breaks a rule of these impacts.

    The window is made as high as the page: to axe, text below the edge of a box that scrolls is hidden.
    """
    show_all(page)
    page.evaluate(script())
    result: dict[str, Any] = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    excluded = list(known)
    return [
        f"{violation['impact']} {violation['id']}: {node['html'][:160]} {json.dumps(node['target'])[-120:]} "
        f"{node.get('failureSummary', '')}"
        for violation in result["violations"]
        if violation["impact"] in set(impacts)
        for node in violation["nodes"]
        if not any(_is(page, node, item) for item in excluded if item.rule == violation["id"])
    ]


def show_all(page: Page) -> None:
    """Make the window as high as the page; figures that come into sight may make it higher still."""
    size = page.viewport_size
    assert size is not None
    for _ in range(STEPS_TO_FULL_HEIGHT):
        height = page.evaluate(SCROLLER) + MARGIN
        if height <= size["height"]:
            return
        size["height"] = height
        page.set_viewport_size(size)
        page.wait_for_function(FITTING, timeout=SCORED_MS, polling=LOOK_MS)
        page.wait_for_timeout(GROWN_MS)


def _is(page: Page, node: dict[str, Any], known: Known) -> bool:
    target = node["target"][-1]
    return bool(
        page.evaluate(
            "([target, selector]) => !!document.querySelector(target)?.matches(selector)",
            [target, known.selector],
        )
    )
