from pathlib import Path

import pytest

from perturbdash.metrics.registry import METRICS
from perturbdash.ui import calibration_frames, files
from tests.pages.conftest import Fake, Visit, html_of, wait
from tests.pages.evaluated import demo_result, visit_demo, visit_scored, write_noise


@pytest.fixture
def noise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data root with perturbations that do nothing: too few of them, enough of them, and one."""
    monkeypatch.setenv(files.DATA_ROOT, str(tmp_path))
    monkeypatch.setenv("PERTURBDASH_STORE", str(tmp_path / "store"))
    for n in (1, 6, 14):
        write_noise(tmp_path / f"noise{n}.h5ad", n)
    return tmp_path


@pytest.fixture
def demo(visit: Visit, monkeypatch: pytest.MonkeyPatch):
    return visit_demo(visit, "calibration", monkeypatch)


def buttons(app, label: str):
    return next(group for group in app.main.get("button_group") if group.label == label)


def numbers(app):
    """The table of all metrics."""
    return next(frame for frame in app.dataframe if "drf_median" in frame.value)


def test_the_demo_opens_with_the_count_of_its_pooled_table(demo):
    assert not demo.exception
    table = demo_result().calibration_summary
    own = table[(table["context"] == "pooled") & (table["positive_control"] == "interpolated_duplicate")]
    n = int((own["gate"] == "informative").sum())
    assert 0 < n < len(own)
    body = html_of(demo)
    assert f"{n} of {len(own)} metrics can tell a repeated experiment from the average." in body
    assert "no paper gives a threshold" in body
    assert "pd-range-positive" in body
    assert "what would help" not in body
    assert len(demo.get("plotly_chart")) == 2
    assert [i.proto.label for i in demo.main.get("download_button") if i.proto.label == "CSV"] == ["CSV"] * 5


def test_the_table_has_every_column_of_the_summary_with_help(demo):
    frame = numbers(demo)
    assert len(frame.value) == len(METRICS)
    named = {"label", "control", "words", "drf_mean", "drf_low", "drf_high", "drf_median", "bds", "bds_low"}
    assert named | {"bds_high", "n", "n_undefined", "n_no_range"} <= set(frame.value.columns)
    assert frame.value["drf_mean"].is_monotonic_decreasing
    assert frame.proto.columns.count('"help"') == len(frame.value.columns)


def test_controls_change_what_is_shown(demo):
    before = numbers(demo).value
    buttons(demo, "Positive control").set_value("technical_duplicate").run()
    assert not demo.exception
    assert "Verdicts follow the interpolated duplicate" in html_of(demo)
    assert not numbers(demo).value["drf_mean"].equals(before["drf_mean"])
    buttons(demo, "Order").set_value("family").run()
    assert numbers(demo).value["label"].iloc[0] == METRICS[next(iter(METRICS))].label
    buttons(demo, "DRF by perturbation against").set_value("shift_norm").run()
    assert "norm of the shift" in html_of(demo)
    demo.selectbox(key="pd-choice-metric").set_value("wmse").run()
    assert "DRF of weighted MSE by perturbation" in html_of(demo)
    assert demo.query_params["metric"] == "wmse"
    assert not demo.exception


def test_choices_outlast_a_visit_to_another_page(demo):
    buttons(demo, "Positive control").set_value("technical_duplicate").run()
    demo.switch_page("pages/systematic_variation.py").run()
    demo.switch_page("pages/calibration.py").run()
    assert buttons(demo, "Positive control").value == "technical_duplicate"


def test_one_context_shows_its_own_rows(visit: Visit, monkeypatch):
    app = visit_demo(visit, "calibration", monkeypatch, context="line_B")
    table = demo_result().calibration_summary
    own = table[(table["context"] == "line_B") & (table["positive_control"] == "interpolated_duplicate")]
    assert numbers(app).value["drf_mean"].tolist() == sorted(own["drf_mean"], reverse=True)


def test_too_few_perturbations_say_how_many_there_are_and_what_to_lower(visit: Visit, noise):
    app = visit_scored(visit, "calibration", "noise6.h5ad")
    assert not app.exception
    body = html_of(app)
    assert "Too few perturbations to say what any metric can tell." in body
    assert "At most 6 perturbations have a value, and the rule asks for 10." in body
    assert "Lower “Fewest perturbations” in the settings on Start to 6" in body
    assert "Go to Start" in [item.proto.label for item in app.main.get("page_link")]
    assert set(numbers(app).value["words"]) == {"too few"}
    assert app.get("plotly_chart")


def test_nothing_informative_says_why_in_numbers(visit: Visit, noise):
    app = visit_scored(visit, "calibration", "noise14.h5ad")
    assert not app.exception
    body = html_of(app)
    assert "No metric can tell a repeated experiment from the average." in body
    assert "hardly nearer to the truth than the average" in body
    assert "More cells for each perturbation make repeats agree (here 16 each)" in body


def test_a_metric_without_a_value_says_why_in_the_place_of_its_figure(visit: Visit, noise):
    app = visit_scored(visit, "calibration", "noise14.h5ad")
    app.selectbox(key="pd-choice-metric").set_value("lfc_nmae").run()
    assert not app.exception
    assert "LFC NMAE has no value here" in html_of(app)
    assert "fewer than 10 genes differ from control" in html_of(app)


def test_one_perturbation_says_that_there_is_no_average(visit: Visit, noise):
    app = visit_scored(visit, "calibration", "noise1.h5ad")
    assert not app.exception
    assert "There is one perturbation, so there is no average of others" in html_of(app)
    assert not app.get("plotly_chart")
    assert numbers(app).value["n"].eq(0).all()


def test_the_published_mode_is_said(visit: Visit, noise):
    app = visit_scored(visit, "calibration", "noise14.h5ad", calibration="published", min_perturbations=5)
    assert not app.exception
    body = html_of(app)
    assert "Calibration as published by Miller et al. 2025" in body
    assert "with 5 perturbations or more" in body
    assert "Truth: the first half alone, as published" in body


def test_tables_without_rows_are_an_empty_state(visit: Visit, fake: Fake, root):
    app = wait(visit("calibration", dataset="two.h5ad"))
    assert not app.exception
    assert "Nothing was calibrated" in html_of(app)


def test_every_condition_too_small_for_halves_says_so(visit: Visit, noise):
    write_noise(noise / "tiny.h5ad", 6, n_cells=3)
    app = visit_scored(visit, "calibration", "tiny.h5ad")
    assert not app.exception
    body = html_of(app)
    assert "No perturbation can be tested, so no metric can be calibrated." in body
    assert "a perturbation needs 4 cells or more; here 3 each" in body
    assert not app.get("plotly_chart")


def test_the_chosen_metric_is_explained_and_leads_to_its_scores(visit: Visit, monkeypatch):
    app = visit_demo(visit, "calibration", monkeypatch, metric="wmse")
    body = html_of(app)
    assert "What does weighted MSE ask?" in body
    assert METRICS["wmse"].fooled_by in body
    assert "Scores of the models on weighted MSE" in [i.proto.label for i in app.main.get("page_link")]
    assert app.query_params["metric"] == "wmse"


def test_each_context_has_its_gates(demo):
    table = demo_result().calibration_summary
    own = table[(table["positive_control"] == "interpolated_duplicate") & (table["metric"] == "nir")]
    body = html_of(demo)
    assert "Does it hold in every context?" in body
    for value in own["drf_mean"]:
        assert f" {value:.2f}</span>" in body


def test_the_table_has_one_row_a_perturbation_the_lowest_first(demo):
    frame = next(frame.value for frame in demo.dataframe if "perturbation" in frame.value)
    assert frame["perturbation"].is_unique
    assert len(frame) == 44
    assert frame["drf"].dropna().is_monotonic_increasing


def test_a_click_on_a_bar_shows_that_metric(monkeypatch):
    asked = {}
    monkeypatch.setattr(calibration_frames.address, "change", lambda **changes: asked.update(changes))
    event = {"selection": {"points": [{"customdata": ["wmse"]}]}}
    monkeypatch.setitem(calibration_frames.st.session_state, "plot-drf", event)
    calibration_frames.show_metric()
    assert asked == {"metric": "wmse"}
