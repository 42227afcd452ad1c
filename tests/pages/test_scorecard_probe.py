"""The probe on the scorecard: computed in the background, for a model and a treatment that the reader chooses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from perturbdash.judgement.sentences_gameability import probe_answer
from perturbdash.ui import files
from perturbdash.ui.library import library
from perturbdash.ui.scorecard import probe
from tests.pages.conftest import Visit, html_of, wait
from tests.pages.evaluated import demo_result, visit_demo
from tests.pages.test_scorecard import segments, visit_noise

QUESTION = "Which metric can be fooled?"


def figures(app: AppTest) -> list[dict]:
    """Return overview and curves, the last two figures of the page."""
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")[-2:]]


def answer_on(model: str, context: str) -> str:
    table = demo_result().gameability(model, context=context)
    return probe_answer(table, ["pearson_expression"]).sentence


def probed(app: AppTest) -> AppTest:
    return wait(app.button(key="pd-start-probe").click().run())


def test_the_demo_is_probed_when_it_is_asked_for(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    app = visit_demo(visit, "scorecard", monkeypatch)
    assert "is scored again after it was rescaled" in html_of(app)
    assert "Shuffled among perturbations" not in html_of(app)
    app = probed(app)
    assert not app.exception
    body = html_of(app)
    assert QUESTION in body
    assert answer_on("skilled", "pooled") in body
    assert "Shuffled among perturbations, skilled keeps" in body
    overview, curves = figures(app)
    assert overview["data"][0]["type"] == "heatmap"
    assert len(overview["layout"]["yaxis"]["ticktext"]) == 12
    assert curves["layout"]["xaxis"]["title"]["text"] == "predicted Δcontrol multiplied by"


def test_model_treatment_and_rows_are_chosen(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    app = probed(visit_demo(visit, "scorecard", monkeypatch, context="line_B"))
    app = segments(app, "Step by step").set_value("blended").run()
    assert not app.exception
    assert figures(app)[1]["layout"]["xaxis"]["title"]["text"].startswith("share of the mean")
    app = (
        next(item for item in app.main.get("button_group") if item.key == "pd-choice-probe-model")
        .set_value("collapsed")
        .run()
    )
    app = wait(app)
    assert not app.exception
    assert answer_on("collapsed", "line_B") in html_of(app)
    app = segments(app, "Metrics").set_value("all").run()
    rows = figures(app)[0]["layout"]["yaxis"]["ticktext"]
    gates = demo_result().gates
    informative = [
        metric for (context, metric), gate in gates.items() if (context, gate) == ("line_B", "informative")
    ]
    assert len(rows) == len({*informative, "pearson_expression"})


def test_what_takes_long_is_asked_for_each_time(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "AT_ONCE", 0.1)
    app = probed(visit_demo(visit, "scorecard", monkeypatch))
    assert answer_on("skilled", "pooled") in html_of(app)
    app = wait(
        next(item for item in app.main.get("button_group") if item.key == "pd-choice-probe-model")
        .set_value("collapsed")
        .run()
    )
    assert not app.exception
    assert answer_on("collapsed", "pooled") not in html_of(app)
    assert answer_on("collapsed", "pooled") in html_of(probed(app))


def test_without_models_there_is_nothing_to_probe(visit: Visit) -> None:
    from perturbdash.ui.records import Record, Source

    record = Record(Source("demo", "demo.h5ad"), settings=(("n_resamples", 200),))
    app = wait(visit("scorecard", dataset=library().address(record)))
    assert not app.exception
    assert QUESTION not in html_of(app)


def test_where_no_metric_can_tell_nothing_is_probed(
    visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(files.DATA_ROOT, str(tmp_path))
    app = visit_noise(visit, tmp_path, 12)
    assert not app.exception
    assert QUESTION not in html_of(app)


@pytest.mark.parametrize(("seconds", "words"), [(0.4, "2 s"), (40.2, "40 s"), (300, "5 min")])
def test_the_price_is_said_in_words(seconds: float, words: str) -> None:
    assert probe._price(seconds) == words
