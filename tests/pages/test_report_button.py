"""The button Report on every page: what it gives, and when it is shut."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from perturbdash.ui import report_button
from perturbdash.ui.menu import PAGES
from tests.pages.conftest import Fake, Visit, settle, wait
from tests.unit.report.made import headings, scored, words


def button(app: AppTest) -> Any:
    """Return the button as the browser gets it, or None."""
    found = [e.proto for e in app.main.get("download_button") if e.proto.label == "Report"]
    assert len(found) <= 1
    return found[0] if found else None


def test_nothing_loaded_has_no_button(visit: Visit) -> None:
    assert button(visit()) is None


def test_a_page_without_a_result_has_it_shut_and_says_why(shell: Visit, root, fake: Fake) -> None:
    app = shell("start", dataset="two.h5ad")
    found = button(app)
    assert found.disabled
    assert found.help == report_button.NOTHING_SCORED
    settle()


@pytest.mark.parametrize("page", [name for name in PAGES if name != "start"])
def test_a_page_with_a_result_offers_it(page: str, shell: Visit, root, fake: Fake) -> None:
    app = wait(shell(page, dataset="two.h5ad"))
    found = button(app)
    assert not found.disabled
    assert not app.exception
    assert "prints" in found.help


def test_what_it_gives_is_the_report_under_the_name_of_the_screen() -> None:
    page = report_button.report(scored(), "Screen <1>").decode()
    assert headings(page)[0] == "Verdict"
    assert words(page).strip().startswith("Screen <1>: perturbdash report")


def test_the_file_has_the_name_of_the_data_set(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[Any, ...]] = []
    monkeypatch.setattr(report_button.st, "download_button", lambda *args, **_: given.append(args))
    monkeypatch.setattr(report_button.session, "title", lambda _: "Norman 2019 / K562")
    view: Any = type("View", (), {"dataset": object(), "record": object(), "result": scored()})
    report_button.offer(view)
    _, make, name, kind = given[0]
    assert (name, kind) == ("perturbdash_Norman_2019_K562.html", "text/html")
    assert b"Norman 2019 / K562" in make()
