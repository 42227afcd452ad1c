import pytest
from streamlit.testing.v1 import AppTest

from perturbdash.figures.numbers import number
from perturbdash.judgement.playground.answers import answers
from perturbdash.judgement.playground.knobs import KNOBS
from perturbdash.judgement.playground.story import ANSWERED, DRAWN, FIRST, STEPS, TRICKS
from perturbdash.ui import demo
from tests.pages.conftest import Visit, html_of, wait

PAGE = "playground"


def parameters(app: AppTest) -> dict[str, str]:
    found = {name: app.query_params[name] for name in app.query_params}
    return {name: value[-1] if isinstance(value, list) else value for name, value in found.items()}


def slider(app: AppTest, name: str):
    return app.select_slider(key=f"pd-knob-{name}")


def titles(app: AppTest) -> list[str]:
    body = html_of(app)
    return [part.split("</h2>")[0] for part in body.split('<h2 class="pd-title">')[1:]]


def test_without_data_the_page_is_whole_and_its_address_empty(visit: Visit):
    app = visit(PAGE)
    assert not app.exception
    body = html_of(app)
    assert "No data set is loaded" not in body
    assert "A model that knows nothing about any perturbation scores" in body
    assert len(app.get("plotly_chart")) == 2
    assert len(app.select_slider) == len(KNOBS) == 10
    assert parameters(app) == {}
    assert titles(app)[:2] == ["Where do the shifts point?", "What if only shared effect changed?"]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.title)
def test_each_step_opens_cold_by_its_link_and_says_its_own_numbers(step, visit: Visit):
    app = visit(PAGE, step=str(step.number))
    assert not app.exception
    body = html_of(app)
    assert f"Step {step.number} of 5." in body
    assert "Your own settings" not in body
    assert "The link asks" not in body
    assert {name: slider(app, name).value for name in KNOBS} == {
        name: getattr(step.settings, name) for name in KNOBS
    }
    assert app.selectbox(key="pd-playground-over").value == step.over
    assert app.selectbox(key="pd-playground-drawn").value == step.drawn
    found = answers(step.settings, ANSWERED)
    for _, row in found.iterrows():
        assert f"<b>{number(row['model'])}</b>" in body
        assert f"repeat {number(row['repeat'])}" in body
        assert f"DRF {number(row['drf_mean'])}" in body
    words = "can tell", "can hardly tell", "cannot tell"
    shown = [body.count(f"<b>{word}</b>") for word in words]
    assert shown == [sum(found["gate"] == gate) for gate in ("informative", "weak", "uninformative")]
    assert body.count("pd-answer-now") == 1


def test_the_cards_lead_to_the_steps_and_carry_their_source(visit: Visit):
    app = visit(PAGE, cells="16", seed="5")
    for step in STEPS:
        button = next(b for b in app.button if b.key.startswith(f"pd-story-{step.number}"))
        assert step.title in button.label
        assert step.doi.replace(".", "\\.") in button.label
    next(b for b in app.button if b.key.startswith("pd-story-3")).click().run()
    assert parameters(app) == {"step": "3", "seed": "5"}
    assert "Step 3 of 5." in html_of(app)
    next(b for b in app.button if b.key.startswith("pd-story-1")).click().run()
    assert parameters(app) == {"seed": "5"}


def test_next_leads_through_the_story_to_the_readers_own_data(visit: Visit):
    app = visit(PAGE)
    for step in STEPS[1:]:
        app.button(key="pd-next-step").click().run()
        assert f"Step {step.number} of 5." in html_of(app)
        assert parameters(app) == {"step": str(step.number)}
    assert not [button for button in app.button if button.key == "pd-next-step"]
    assert "Next: your own data" in [link.proto.label for link in app.main.get("page_link")]


def test_a_moved_slider_takes_the_storys_sentence_away_and_stands_in_the_address(visit: Visit):
    app = visit(PAGE, step="4")
    slider(app, "cells").set_value(200).run()
    assert not app.exception
    assert parameters(app) == {"step": "4", "cells": "200"}
    body = html_of(app)
    assert "Your own settings: " in body
    assert "Changed from step 4: Cells a perturbation 200 instead of 16." in body
    assert "even repeating" not in body
    slider(app, "skill").set_value(0.5).run()
    assert parameters(app) == {"step": "4", "cells": "200", "skill": "0.50"}
    slider(app, "cells").set_value(16).run()
    assert parameters(app) == {"step": "4", "skill": "0.50"}
    app.button(key="pd-put-back").click().run()
    assert parameters(app) == {"step": "4"}
    assert slider(app, "skill").value == 0
    assert "even repeating" in html_of(app)


def test_any_state_is_a_link(visit: Visit):
    one = visit(PAGE, step="2")
    slider(one, "bias").set_value(2.0).run()
    one.selectbox(key="pd-playground-drawn").set_value("nir").run()
    one.selectbox(key="pd-playground-over").set_value("controls").run()
    one.get("button_group")[0].set_value("centroid").run()
    one.button(key="pd-another-seed").click().run()
    link = parameters(one)
    assert link == {
        "step": "2",
        "bias": "2.0",
        "drawn": "nir",
        "over": "controls",
        "arrows": "centroid",
        "seed": "4",
    }
    other = visit(PAGE, **link)
    assert html_of(other) == html_of(one)
    assert titles(other)[1] == "What if only control cells changed?"
    other.selectbox(key="pd-playground-drawn").set_value(STEPS[1].drawn).run()
    assert "drawn" not in parameters(other)


def test_what_a_link_names_and_is_not_here_is_said_and_left_out(visit: Visit):
    wrong = {
        "step": "9",
        "cells": "17",
        "seed": "-1",
        "over": "<b>x</b>",
        "drawn": "mse",
        "arrows": "up",
        "bias": "1.0",
    }
    app = visit(PAGE, **wrong)
    assert not app.exception
    body = html_of(app)
    assert body.count("The link asks for “") == 6
    for words in (
        "“9” under “Step”, which is not here; showing 1 instead.",
        "“17” under “Cells a perturbation”, which is not here; showing 50 instead.",
        "“-1” under “Seed”, which is not here; showing 3 instead.",
        "“mse” under “What the curve shows”, which is not here; showing Pearson Δcontrol instead.",
        "under “Over which slider”, which is not here; showing Shared effect instead.",
        "“up” under “Arrows from”, which is not here; showing control instead.",
    ):
        assert words in body
    assert "pearson_delta_control" not in body
    assert "“&lt;b&gt;x&lt;/b&gt;”" in body
    assert parameters(app) == {"bias": "1.0"}


@pytest.mark.parametrize("name", TRICKS)
def test_each_trick_sets_its_sliders_and_draws_its_curve(name: str, visit: Visit):
    app = visit(PAGE, step="5", collapse="0.50", arrows="control")
    app.button(key=f"pd-show-{name}").click().run()
    assert not app.exception
    trick = TRICKS[name]
    settings = FIRST.at(**trick.changes)
    assert {knob: slider(app, knob).value for knob in KNOBS} == {
        knob: getattr(settings, knob) for knob in KNOBS
    }
    assert set(parameters(app)) == {*trick.changes, "over", "drawn"}
    label = KNOBS[trick.over].label
    assert titles(app)[1] == f"What if only {label[0].lower()}{label[1:]} changed?"
    said = {
        "bias": "the average from 0.1",
        "scale": "PDS by angle stays at",
        "controls": "the published form from 0.8",
    }
    assert said[name] in html_of(app)


@pytest.mark.parametrize("drawn", DRAWN)
def test_everything_can_be_drawn(drawn: str, visit: Visit):
    app = visit(PAGE, drawn=drawn, over="skill")
    assert not app.exception
    assert len(app.get("plotly_chart")) == 2


def test_a_model_that_has_no_pattern_has_a_dash_and_no_zero(visit: Visit):
    body = html_of(visit(PAGE, step="3", collapse="1.00"))
    card = next(part for part in body.split("<section") if "<h3>Pearson Δcentroid</h3>" in part)
    assert "<b>–</b>" in card
    assert "pd-at-model" not in card.split("</section>")[0]


def test_loaded_data_stay_in_the_sidebar_with_their_models_and_change_no_number(visit: Visit):
    alone = html_of(visit(PAGE))
    app = wait(visit(PAGE, dataset="demo", step="1"))
    assert not app.exception
    assert app.selectbox(key="pd-dataset").value == "demo"
    shown = next(group for group in app.sidebar.get("button_group") if group.key == "pd-models")
    assert [option.content.split(" ")[-1].replace("\\", "") for option in shown.proto.options] == [
        name for name, _ in demo.record().predictions
    ]
    assert (
        alone.split('<section class="pd-verdict">')[1]
        == html_of(app).split('<section class="pd-verdict">')[1]
    )
    links = {link.proto.label: link.proto.query_string for link in app.sidebar.get("page_link")}
    assert links["Scorecard"] == "dataset=demo"
