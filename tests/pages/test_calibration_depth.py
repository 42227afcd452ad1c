"""Null check and titration at the end of the page Calibration: offered, running, stopped, done, failed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from perturbdash.errors import DataError
from perturbdash.judgement.result import Result
from perturbdash.metrics.registry import METRICS
from perturbdash.ui import files
from tests.pages.conftest import Visit, html_of, settle
from tests.pages.evaluated import demo_result, visit_demo, visit_scored, write_noise

NULL, TITRATION = "calibration-null", "calibration-titration"


@pytest.fixture
def noise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data root with a file of perturbations that do nothing."""
    monkeypatch.setenv(files.DATA_ROOT, str(tmp_path))
    write_noise(tmp_path / "noise14.h5ad", 14, n_cells=64)
    return tmp_path


@pytest.fixture
def scored(visit: Visit, noise: Path) -> AppTest:
    return visit_scored(visit, "calibration", "noise14.h5ad", n_resamples=200)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Both kinds of work wait until the test lets them end."""
    event = threading.Event()
    for name in ("null_check", "titration"):
        real = getattr(Result, name)

        def waits(result, *arguments, progress, _real=real):
            while not event.wait(0.01):
                progress(0.5, "Reading cells: 7 of 960 cells")
            return _real(result, *arguments, progress=progress)

        monkeypatch.setattr(Result, name, waits)
    yield event
    event.set()


def press(app: AppTest, name: str) -> AppTest:
    """Ask for the work and wait for it."""
    app.button(key=f"pd-start-{name}").click().run()
    settle(60)
    return app.run()


def test_both_are_offered_with_their_price(scored: AppTest):
    assert not scored.exception
    body = html_of(scored)
    assert "Does a metric shine on noise?" in body
    assert "Would more cells help?" in body
    assert body.count("It reads the 960 cells once, about 2 s.") == 2
    assert scored.button(key=f"pd-start-{NULL}").label == "Permute the labels"
    assert scored.button(key=f"pd-start-{TITRATION}").label == "Calibrate with fewer cells"


@pytest.mark.parametrize("name", [NULL, TITRATION])
def test_it_is_followed_and_can_be_stopped(scored: AppTest, held: threading.Event, name: str):
    scored.button(key=f"pd-start-{name}").click().run()
    assert not scored.exception
    assert scored.button(key=f"pd-cancel-{name}").label == "Cancel"
    assert "7 of 960 cells" in scored.get("progress")[0].proto.text
    scored.button(key=f"pd-cancel-{name}").click().run()
    settle()
    scored.run()
    assert "It was stopped before its end" in html_of(scored)
    held.set()
    press(scored, name)
    assert not scored.exception
    assert not [button for button in scored.button if button.key == f"pd-start-{name}"]


def test_a_null_check_says_what_passes_and_draws_each_metric(scored: AppTest):
    before = len(scored.get("plotly_chart"))
    press(scored, NULL)
    assert not scored.exception
    body = html_of(scored)
    assert "when labels are permuted (3 trials)" in body or "on permuted labels, in" in body
    assert len(scored.get("plotly_chart")) == before + 1
    table = next(frame.value for frame in scored.dataframe if "null_highest" in frame.value)
    assert table["null_informative"].between(0, 3).all()


def test_another_number_of_trials_is_another_check(scored: AppTest):
    press(scored, NULL)
    scored.number_input(key="pd-choice-null-trials").set_value(1).run()
    assert scored.button(key=f"pd-start-{NULL}").label == "Permute the labels"
    press(scored, NULL)
    assert "(1 trial)" in html_of(scored) or "of 1 trial," in html_of(scored)
    scored.number_input(key="pd-choice-null-trials").set_value(3).run()
    assert not [button for button in scored.button if button.key == f"pd-start-{NULL}"]


@pytest.mark.parametrize("name", [NULL, TITRATION])
def test_what_fails_is_said_in_a_sentence(scored: AppTest, monkeypatch: pytest.MonkeyPatch, name: str):
    def gone(*_, **__):
        raise DataError("There is no file noise14.h5ad; check its name and folder.")

    monkeypatch.setattr("perturbdash.judgement.null_check.moments_of", gone)
    monkeypatch.setattr("perturbdash.judgement.thinning.moments_of", gone)
    press(scored, name)
    assert not scored.exception
    assert "It could not be computed: There is no file noise14.h5ad" in html_of(scored)


@pytest.mark.parametrize("name", [NULL, TITRATION])
def test_a_file_that_is_gone_ends_the_page_without_a_traceback(scored: AppTest, noise: Path, name: str):
    (noise / "noise14.h5ad").rename(noise / "elsewhere.h5ad")
    press(scored, name)
    assert not scored.exception
    assert "noise14.h5ad" in html_of(scored)


def test_a_titration_answers_for_the_metric_and_the_target(visit: Visit, noise: Path):
    app = visit_scored(visit, "calibration", "noise14.h5ad", n_resamples=200)
    press(app, TITRATION)
    assert not app.exception
    needs = next(frame.value for frame in app.dataframe if "target_words" in frame.value)
    assert len(needs) == len(METRICS)
    own = needs[needs["label"] == METRICS["nir"].label].iloc[0]
    assert f"With 64 cells a perturbation a repeat closes {own['drf_now']:.2f}".replace("-", "−") in html_of(
        app
    )
    assert "0.50" in html_of(app).split("cells a perturbation a repeat closes")[1][:160]
    app.slider(key="pd-choice-titration-target").set_value(0.8).run()
    app.selectbox(key="pd-choice-metric").set_value("wmse").run()
    assert not app.exception
    said = html_of(app).split("cells a perturbation a repeat closes")[1][:160]
    assert "weighted MSE" in said
    assert "0.80" in said


def test_contexts_are_checked_one_by_one_and_together(visit: Visit, monkeypatch: pytest.MonkeyPatch):
    app = visit_demo(visit, "calibration", monkeypatch)
    app.number_input(key="pd-choice-null-trials").set_value(1).run()
    press(app, NULL)
    assert not app.exception
    pooled = spread(app)
    app.selectbox(key="pd-context").set_value("line_B").run()
    assert not app.exception
    assert not [button for button in app.button if button.key == f"pd-start-{NULL}"]
    table = demo_result().calibration_summary
    own = table[(table["context"] == "line_B") & (table["positive_control"] == "interpolated_duplicate")]
    assert spread(app)["drf_mean"].dropna().tolist() == sorted(own["drf_mean"].dropna(), reverse=True)
    assert not spread(app)["drf_mean"].equals(pooled["drf_mean"])


def spread(app: AppTest) -> pd.DataFrame:
    return next(frame.value for frame in app.dataframe if "null_highest" in frame.value)


def test_where_nothing_has_a_value_neither_is_offered(visit: Visit, noise: Path):
    write_noise(noise / "one.h5ad", 1)
    app = visit_scored(visit, "calibration", "one.h5ad")
    assert not app.exception
    assert "Does a metric shine on noise?" not in html_of(app)
    assert "Would more cells help?" not in html_of(app)
