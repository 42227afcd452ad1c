from pathlib import Path

import anndata as ad
import pandas as pd
import pytest

import perturbdash
from perturbdash.metrics.registry import METRICS
from perturbdash.ui import calibration_again, calibration_frames, files
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
    frames = [item.key for item in demo.main.get("download_button") if item.proto.label == "CSV"]
    own = ("dynamic_range_fraction", "drf_by_perturbation", "calibration_summary", "drf_of_perturbations")
    assert {f"csv-{name}" for name in own} <= set(frames)


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


FURTHER = "Calibrate again with"


def pick(app, topic: str):
    return wait(buttons(app, FURTHER).set_value(topic).run())


def press(app, words: str):
    return wait(next(button for button in app.main.button if button.label == words).click().run())


def table_with(app, column: str):
    return next(frame.value for frame in app.dataframe if column in frame.value)


def test_halves_by_a_column_stand_beside_random_ones(demo):
    box = demo.selectbox(key="pd-choice-halves-column")
    assert box.options == ["replicate: 3 levels, within 88 conditions"]
    assert "What does a repeat with another level of this column give?" in html_of(demo)
    app = press(demo, "Repeat by replicate")
    assert not app.exception
    body = html_of(app)
    assert "A repeat with another replicate closes 0." in body
    assert "on NIR, with the same replicates 0." in body
    assert "What does a repeat with another replicate give?" in body
    shown = table_with(app, "drf_column")
    assert len(shown) == len(METRICS)
    assert shown["drf_random"].dropna().is_monotonic_decreasing
    halves = table_with(app, "n_without_value")
    assert len(halves) == 88
    assert (halves["n_levels"] == 3).all()
    app.selectbox(key="pd-choice-metric").set_value("wmse").run()
    assert "of the gap on weighted MSE" in html_of(app)
    buttons(app, "Order").set_value("family").run()
    assert table_with(app, "drf_column")["label"].iloc[0] == METRICS[next(iter(METRICS))].label
    app = pick(app, "control")
    assert "A repeat with another replicate" not in html_of(app)
    assert "A repeat with another replicate closes" in html_of(pick(app, "column"))
    assert not app.exception


def test_other_halvings_say_which_gates_changed(demo):
    app = pick(demo, "halvings")
    app.number_input(key="pd-choice-halvings").set_value(3).run()
    app = press(app, "Calibrate by 3 halvings")
    assert not app.exception
    assert "over 3 halvings" in html_of(app)
    assert "seeds 0 to 2" in html_of(app)
    by_seed = table_with(app, "halving")
    assert by_seed["halving"].tolist() == [1, 2, 3]
    table = demo_result().calibration_summary
    own = table[(table["context"] == "pooled") & (table["positive_control"] == "interpolated_duplicate")]
    assert by_seed["drf_mean"].iloc[0] == own.set_index("metric").loc["nir", "drf_mean"]
    assert len(table_with(app, "drf_lowest")) == len(METRICS)


def test_every_negative_control_is_shown_with_the_reason_for_the_one_in_use(demo):
    app = pick(demo, "negative")
    assert not app.exception
    body = html_of(app)
    assert "from another negative control" in body.lower()
    assert "which one is used, and why?" in body.lower()
    assert "permuted labels, 8 times of 8" in body
    shown = table_with(app, "in_use")
    assert set(shown["control"]) == {"mean", "control", "global mean"}
    assert (shown["in_use"] == "used").sum() == len(METRICS)
    buttons(app, "Rules").set_value("published").run()
    assert not app.exception
    assert "published rules, truth: the first half alone" in html_of(app)


def test_own_control_cells_say_what_is_left_of_the_ceiling(demo):
    app = pick(demo, "control")
    assert not app.exception
    assert "With control cells of its own, a repeat scores 0." in html_of(app)
    assert " on Pearson Δcontrol instead of " in html_of(app)
    n = sum(spec.reference == "control" for spec in METRICS.values())
    assert len(table_with(app, "positive_own")) == n
    app.selectbox(key="pd-choice-metric").set_value("pds_l1").run()
    assert "on PDS (L1) instead of" in html_of(app)


def test_perturbations_that_do_nothing_have_every_answer(visit: Visit, noise):
    app = visit_scored(visit, "calibration", "noise14.h5ad")
    assert "No column can stand for a repeat" in html_of(app)
    for topic, said in (
        ("negative", "from another negative control"),
        ("control", "With control cells of its own"),
    ):
        app = pick(app, topic)
        assert not app.exception
        assert said in html_of(app)
    app = press(pick(app, "halvings"), "Calibrate by 5 halvings")
    assert not app.exception
    assert "over 5 halvings" in html_of(app)


def test_published_results_have_one_set_of_rules_and_one_truth(visit: Visit, noise):
    app = visit_scored(visit, "calibration", "noise14.h5ad", calibration="published")
    app = pick(app, "negative")
    assert not app.exception
    assert "Rules" not in [group.label for group in app.main.get("button_group")]
    assert "published rules" in html_of(app)


def test_given_halves_cannot_be_drawn_again(visit: Visit, noise, monkeypatch):
    cells = [f"c{i}" for i in range(15 * 16)]
    table = pd.DataFrame({"cell": cells, "half": ["first", "second"] * 120})
    evaluate = perturbdash.evaluate
    monkeypatch.setitem(
        vars(perturbdash), "evaluate", lambda data, *a, **k: evaluate(data, *a, **(k | {"halves": table}))
    )
    app = pick(visit_scored(visit, "calibration", "noise14.h5ad"), "halvings")
    assert not app.exception
    assert "The halves are given" in html_of(app)


def test_one_control_cell_is_said_in_the_place_of_the_figure(visit: Visit, noise):
    path = noise / "lonely.h5ad"
    write_noise(path, 14)
    cells = ad.read_h5ad(path)
    kept = (cells.obs["perturbation"] != "control").to_numpy()
    kept[0] = True
    cells[kept].write_h5ad(path)
    app = pick(visit_scored(visit, "calibration", "lonely.h5ad"), "control")
    assert not app.exception
    assert "too few control cells (1)" in html_of(app)


def test_a_click_on_a_lane_of_a_further_figure_shows_that_metric(monkeypatch):
    asked = {}
    monkeypatch.setattr(calibration_frames.address, "change", lambda **changes: asked.update(changes))
    event = {"selection": {"points": [{"customdata": "mae"}]}}
    monkeypatch.setitem(calibration_frames.st.session_state, "plot-halvings", event)
    calibration_again.picks("halvings")()
    assert asked == {"metric": "mae"}


def test_without_a_value_there_is_nothing_to_calibrate_again(visit: Visit, noise):
    app = visit_scored(visit, "calibration", "noise1.h5ad")
    assert "How firm is this calibration?" not in html_of(app)
