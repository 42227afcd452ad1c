import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from perturbdash.ui.menu import PAGES
from perturbdash.ui.tour import stops as tour_stops
from tests.pages.conftest import Fake, Visit, html_of, wait
from tests.pages.evaluated import demo_result, visit_demo


@pytest.fixture(autouse=True)
def fresh_stops():
    tour_stops.stops_of.clear()


def card_of(app: AppTest) -> dict[str, Any] | None:
    found = [
        part.proto for part in app.get("bidi_component") if part.proto.component_name == "perturbdash_tour"
    ]
    return json.loads(found[0].json) if found else None


@pytest.mark.parametrize("at", range(1, 6))
def test_each_stop_is_a_page_that_has_what_is_spoken_of(at: int, visit: Visit, monkeypatch):
    stop = tour_stops.stops(demo_result())[at - 1]
    parameters = {name: value for name, value in stop.parameters.items() if name != "dataset"}
    app = visit_demo(visit, stop.page, monkeypatch, tour=str(at), **parameters)
    assert not app.exception
    card = card_of(app)
    assert (card["kind"], card["at"], card["of"]) == ("stop", at, 5)
    assert (card["title"], card["text"]) == (stop.title, stop.text)
    assert f">{PAGES[stop.page].title}</h1>" in html_of(app)
    for name, value in parameters.items():
        assert app.query_params[name] == value


def test_the_last_stop_marks_its_gene(visit: Visit, monkeypatch):
    stop = tour_stops.stops(demo_result())[-1]
    parameters = {name: value for name, value in stop.parameters.items() if name != "dataset"}
    app = visit_demo(visit, stop.page, monkeypatch, tour="5", **parameters)
    assert app.selectbox(key="pd-choice-gene").value == stop.parameters["gene"]


def test_on_another_page_the_tour_waits(visit: Visit, monkeypatch):
    card = card_of(visit_demo(visit, "reference", monkeypatch, tour="2"))
    assert card["kind"] == "waiting"
    assert card["at"] == 2


@pytest.mark.parametrize("tour", ["0", "6", "x", "-1", "²", ""])
def test_a_stop_that_is_not_there_is_no_tour(tour: str, visit: Visit, monkeypatch):
    app = visit_demo(visit, "calibration", monkeypatch, tour=tour)
    assert not app.exception
    assert card_of(app) is None


def test_a_deep_link_is_offered_no_tour(visit: Visit, monkeypatch):
    assert card_of(visit_demo(visit, "scorecard", monkeypatch)) is None


def test_other_data_have_no_tour(shell: Visit, fake: Fake, root):
    assert card_of(wait(shell("scorecard", dataset="two.h5ad", tour="1"))) is None


def test_it_is_offered_on_the_scorecard_to_who_comes_by_start_and_nowhere_else(visit: Visit, monkeypatch):
    visit_demo(visit, "scorecard", monkeypatch)
    app = visit("start")
    assert card_of(app) is None
    app.button(key="pd-open-demo").click().run()
    assert card_of(app)["kind"] == "offer"
    app.switch_page("pages/calibration.py").run()
    assert card_of(app) is None
    app.switch_page("pages/scorecard.py").run()
    assert card_of(app) is None


def test_start_leads_to_the_first_stop_also_before_the_demo_is_scored(visit: Visit, monkeypatch):
    import perturbdash

    monkeypatch.setitem(vars(perturbdash), "evaluate", lambda *_, **__: demo_result())
    app = visit("start")
    app.button(key="pd-take-tour").click().run()
    app = wait(app)
    assert not app.exception
    assert dict(app.query_params) == {"dataset": ["demo"], "tour": ["1"]} or app.query_params["tour"] == "1"
    card = card_of(app)
    assert (card["kind"], card["at"], card["taken"]) == ("stop", 1, True)
