"""Work that a page asks for: offered, followed, stopped, failed, kept."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from perturbdash.errors import DataError
from tests.pages.conftest import html_of, settle
from tests.pages.held_work import DONE, HELD


def page() -> None:
    import streamlit as st

    from perturbdash.ui import background
    from perturbdash.ui.menu import PAGES
    from perturbdash.ui.view import View
    from tests.pages import held_work

    view = View(PAGES["start"], "light")
    found = background.computed(
        view,
        "answer",
        st.query_params.get("seed"),
        held_work.work,
        title="The answer",
        why="It reads the cells again, about 3 s.",
        button="Compute it",
        automatic="automatic" in st.query_params,
    )
    if found is not None:
        st.write(f"It is {found}.")


@pytest.fixture(autouse=True)
def anew():
    HELD.clear()
    DONE.clear()
    yield
    HELD.set()


def opened(**parameters: str) -> AppTest:
    app = AppTest.from_function(page, default_timeout=20)
    for name, value in parameters.items():
        app.query_params[name] = value
    return app.run()


def test_it_is_offered_followed_and_kept_for_the_next_visitor():
    app = opened()
    assert "The answer" in html_of(app)
    assert "about 3 s" in html_of(app)
    assert not DONE
    app.button(key="pd-start-answer").click().run()
    assert app.button(key="pd-cancel-answer").label == "Cancel"
    HELD.set()
    settle()
    assert app.run().markdown[0].value == "It is 42."
    assert opened().markdown[0].value == "It is 42."
    assert DONE == [1]
    assert not opened(seed="1").markdown


def test_it_stops_and_can_be_asked_for_again():
    app = opened(automatic="")
    app.button(key="pd-cancel-answer").click().run()
    settle()
    app.run()
    assert "It was stopped before its end" in html_of(app)
    HELD.set()
    app.button(key="pd-start-answer").click().run()
    settle()
    assert app.run().markdown[0].value == "It is 42."


def test_what_fails_says_why(monkeypatch: pytest.MonkeyPatch):
    def fails(progress) -> int:
        raise DataError("The cells are gone; open the data again.")

    monkeypatch.setattr("tests.pages.held_work.work", fails)
    app = opened(automatic="")
    settle()
    app.run()
    assert "The cells are gone; open the data again." in html_of(app)
    assert not app.exception
