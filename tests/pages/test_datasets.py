"""The page Data sets in every state."""

import json
import shutil
from base64 import b64decode
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from perturbdash import published
from perturbdash.judgement.standing import standing
from perturbdash.ui import files
from perturbdash.ui.datasets import members
from perturbdash.ui.datasets.choosing import MOST
from perturbdash.ui.library import library
from perturbdash.ui.records import Record, Source
from tests.pages.conftest import Visit, html_of, ready, settle, wait
from tests.pages.evaluated import demo_result, visit_demo, write_noise
from tests.pages.screens import figures_of, record_of, write_screen

PAGE = "datasets"


@pytest.fixture
def noise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data root with data sets of nothing, and a file that is none."""
    monkeypatch.setenv(files.DATA_ROOT, str(tmp_path))
    for n in (1, 14):
        write_noise(tmp_path / f"noise{n}.h5ad", n)
    (tmp_path / "broken.h5ad").write_bytes(b"no cells")
    return tmp_path


def rows(app: AppTest) -> pd.DataFrame:
    """The table, with its names as index."""
    return app.dataframe[0].value.set_index("name")


def finished(app: AppTest) -> AppTest:
    """Run the page until nothing is being scored."""
    for _ in range(4):
        if not app.get("progress"):
            return app
        settle()
        app = app.run()
    raise AssertionError("Something is still being scored.")


def copied(app: AppTest) -> dict:
    """Return what the page tells the button that copies its link."""
    found = [e.proto for e in app.main.get("bidi_component") if e.proto.component_name.endswith("copy_link")]
    return json.loads(found[0].mixed.json if found[0].WhichOneof("data") == "mixed" else found[0].json)


def test_without_data_the_published_stand(visit: Visit):
    app = visit(PAGE)
    assert not app.exception
    body = html_of(app)
    assert "Over 10 published data sets, the score of the average closely follows" in body
    assert "r = 0.99 against control" in body
    assert "against the centroid r = −0.34" in body
    assert len(app.get("plotly_chart")) == 2
    assert "No data set is scored yet" in body
    table = rows(app)
    assert set(table["kind"]) == {"published"}
    assert len(table) == len(published.SCREENS)
    assert table.loc["Adamson 2016", "mean_degs"] == pytest.approx(127.0)
    assert pd.isna(table.loc["Xu 2024", "mean_degs"])
    assert pd.isna(table.loc["Nadig 2025 Jurkat", "cosine"])


def test_the_demo_is_placed_and_its_contexts_are_columns(visit: Visit, monkeypatch):
    app = visit_demo(visit, PAGE, monkeypatch)
    assert not app.exception
    body = html_of(app)
    own = standing(demo_result())
    facts = own.facts.set_index("context")
    average = own.scores.query("context == 'pooled' and prediction == 'mean' and reference == 'control'")
    assert f"cosine {facts.loc['pooled', 'cosine']:.2f}" in body
    assert f"the average scores {average['score'].iloc[0]:.2f} there" in body
    assert "in the upper third of the published" in body
    assert len(app.get("plotly_chart")) == 3
    assert "Load a second data set to compare" not in body
    table = rows(app)
    assert list(table.index[:2]) == ["Demo (simulated) · line_A", "Demo (simulated) · line_B"]
    assert table["mean_degs"].iloc[0] == pytest.approx(facts.loc["line_A", "mean_degs"])
    assert [i.proto.label for i in app.main.get("download_button") if i.proto.label == "CSV"] == ["CSV"] * 4


def test_contexts_together_are_one_row_and_one_context_is_itself(visit: Visit, monkeypatch):
    app = visit_demo(visit, PAGE, monkeypatch)
    group = next(g for g in app.main.get("button_group") if g.label == "Contexts")
    group.set_value("together").run()
    assert rows(app).index[0] == "Demo (simulated)"
    assert rows(app)["kind"].value_counts()["loaded"] == 1
    one = visit_demo(visit, PAGE, monkeypatch, context="line_B")
    assert rows(one).index[0] == "Demo (simulated) · line_B"
    assert rows(one)["kind"].value_counts()["loaded"] == 1
    assert "Demo (simulated), line_B, lies" in html_of(one)
    facts = standing(demo_result()).facts.set_index("context")
    told = "Demo (simulated) · line_B {informative:.0f} of {n_headline:.0f}".format(**facts.loc["line_B"])
    assert f"Headline metrics that can tell anything: {told}." in html_of(one)


def test_two_data_sets_stand_side_by_side_and_one_click_takes_one_out(visit: Visit, noise):
    app = finished(wait(visit(PAGE, dataset="noise14.h5ad", **{"with": "noise1.h5ad"})))
    assert not app.exception
    assert list(rows(app).index[:2]) == ["noise14", "noise1"]
    body = html_of(app)
    assert "Headline metrics that can tell anything: noise14 none of 4 and noise1 none of 4" in body
    assert "With the controls split the cosine falls to" in body
    pills = next(g for g in app.main.get("button_group") if g.label == "Beside it")
    pills.set_value([]).run()
    assert app.query_params["with"] == "none"
    assert rows(app)["kind"].value_counts()["loaded"] == 1
    assert "Load a second data set to compare" in html_of(app)


def test_what_was_opened_before_stands_beside_without_being_asked_for(visit: Visit, noise):
    app = finished(wait(visit(PAGE, dataset="noise14.h5ad")))
    app.query_params["dataset"] = "noise1.h5ad"
    app = finished(app.run())
    assert list(rows(app).index[:2]) == ["noise1", "noise14"]
    assert "with" not in app.query_params
    assert "has one perturbation in a context" in html_of(app)


def test_a_copied_link_opens_in_another_visit_what_stands_here(visit: Visit, noise):
    app = finished(wait(visit(PAGE, dataset="noise14.h5ad")))
    assert copied(app)["linked"] == {"with": ["none"]}
    app.query_params["dataset"] = "noise1.h5ad"
    app = finished(app.run())
    assert "with" not in app.query_params
    assert copied(app)["linked"] == {"with": ["noise14.h5ad"]}
    other = finished(wait(visit(PAGE, dataset="noise1.h5ad", **copied(app)["linked"])))
    assert rows(other).equals(rows(app))
    assert copied(wait(visit("calibration", dataset="noise1.h5ad")))["linked"] == {}


def test_a_link_to_an_upload_beside_ends_with_a_server_that_keeps_nothing(visit: Visit, noise, monkeypatch):
    monkeypatch.setenv(files.NO_STORE, "1")
    kept = library().address(Record(Source("root", "noise1.h5ad")).only_settings({"seed": 3}))
    app = finished(wait(visit(PAGE, dataset="noise14.h5ad", **{"with": kept})))
    assert copied(app)["linked"] == {"with": [kept]}
    assert "ends when the server stops" in copied(app)["ends"]
    assert copied(finished(wait(visit(PAGE, dataset="noise14.h5ad"))))["ends"] == ""


def test_what_is_beyond_the_most_is_named(visit: Visit, noise):
    gone = [f"gone{n:02}.h5ad" for n in range(MOST + 1)]
    app = visit(PAGE, **{"with": gone})
    assert not app.exception
    body = html_of(app)
    assert f"12 data sets stand beside it at most; {gone[-1]} is left out." in body
    assert body.count("is left out: ") == MOST
    more = html_of(visit(PAGE, **{"with": [*gone, "x.h5ad", "y.h5ad", "z.h5ad"]}))
    assert "at most; gone12.h5ad, x.h5ad, y.h5ad and 1 more are left out." in more
    assert "at most" not in html_of(visit(PAGE, **{"with": gone[1:]}))


def test_a_key_that_is_too_long_for_a_file_is_left_out_and_cut(visit: Visit, noise):
    app = finished(wait(visit(PAGE, dataset="noise14.h5ad", **{"with": "x" * 300})))
    assert not app.exception
    assert f"<b>{'x' * 59}…</b> is left out: There is no " in html_of(app)
    assert rows(app).index[0] == "noise14"


def test_files_of_one_name_are_two_and_told_apart(visit: Visit, noise):
    for folder in ("a", "b"):
        (noise / folder).mkdir()
    shutil.copy(noise / "noise1.h5ad", noise / "a/screen.h5ad")
    shutil.copy(noise / "noise14.h5ad", noise / "b/screen.h5ad")
    app = finished(wait(visit(PAGE, dataset="a/screen.h5ad")))
    assert rows(app).index[0] == "screen"
    app.query_params["dataset"] = "b/screen.h5ad"
    app = finished(app.run())
    assert list(rows(app).index[:2]) == ["screen (b)", "screen (a)"]
    chosen = next(box for box in app.sidebar.selectbox if box.label == "Data set")
    assert sorted(chosen.options) == ["screen (a)", "screen (b)"]
    assert "<span>data</span> screen (b)" in html_of(app)


def test_another_view_of_the_same_data_takes_its_place(visit: Visit, noise):
    app = finished(wait(visit(PAGE, dataset="noise14.h5ad")))
    other = library().address(Record(Source("root", "noise14.h5ad")).only_settings({"seed": 3}))
    app.query_params["dataset"] = other
    app = finished(wait(app.run()))
    assert rows(app)["kind"].value_counts()["loaded"] == 1
    app = finished(wait(visit(PAGE, dataset=other, **{"with": "noise14.h5ad"})))
    assert list(rows(app).index[:2]) == ["noise14", "noise14 (2)"]


def test_a_path_is_added_and_scored(visit: Visit, noise):
    app = finished(wait(visit(PAGE, dataset="noise1.h5ad")))
    app.selectbox(key="pd-add-dataset").set_value("noise14.h5ad").run()
    assert app.query_params["with"] == "noise14.h5ad"
    app = finished(app)
    assert list(rows(app).index[:2]) == ["noise1", "noise14"]


def test_those_that_cannot_be_opened_leave_the_others(visit: Visit, noise):
    bad = ["broken.h5ad", "../secret.h5ad", "gone.h5ad", "0123456789abcdef01234567"]
    app = finished(wait(visit(PAGE, dataset="noise1.h5ad", **{"with": [*bad, "noise14.h5ad"]})))
    assert not app.exception
    assert html_of(app).count("is left out: ") == len(bad)
    assert list(rows(app).index[:2]) == ["noise1", "noise14"]
    app = finished(wait(visit(PAGE, dataset=bad[0], **{"with": "noise14.h5ad"})))
    assert not app.exception
    assert rows(app).index[0] == "noise14"
    assert "closely follows" in html_of(app)


def test_many_models_have_colours_or_numbers(visit: Visit, tmp_path: Path, monkeypatch):
    monkeypatch.setenv(files.DATA_ROOT, str(tmp_path))
    write_screen(tmp_path)
    app = finished(wait(visit(PAGE, dataset=record_of(8))))
    assert not app.exception
    traces = {trace.get("name") for trace in figures_of(app)[0]["data"]}
    assert {"m0", "m5", "7 m6", "8 m7"} <= traces
    shown = next(group for group in app.sidebar.get("button_group") if group.label == "Models")
    shown.set_value(["m7"]).run()
    traces = {trace.get("name") for trace in figures_of(app)[0]["data"]}
    assert "m7" in traces
    assert "m0" not in traces


def test_models_are_hidden_in_the_open_data_set_alone(visit: Visit, tmp_path: Path, monkeypatch):
    monkeypatch.setenv(files.DATA_ROOT, str(tmp_path))
    write_screen(tmp_path)
    (tmp_path / "b").mkdir()
    shutil.copy(tmp_path / "screen.h5ad", tmp_path / "b/other.h5ad")
    mine = library().record(record_of(2))
    other = library().address(
        Record(Source("root", "b/other.h5ad"), mine.schema, mine.predictions, mine.settings)
    )
    keys = {"dataset": record_of(2), "with": other}
    app = finished(wait(visit(PAGE, **keys, models="m1")))
    assert not app.exception
    drawn = {trace.get("name"): b64decode(trace["x"]["bdata"]) for trace in figures_of(app)[0]["data"][-3:]}
    assert len(drawn["m1"]) == 2 * len(drawn["m0"]) > 0


def test_one_that_cannot_be_scored_says_why_and_can_be_tried_again(visit: Visit, noise, monkeypatch):
    import perturbdash
    from perturbdash.errors import DataError

    real = perturbdash.evaluate

    def fails(dataset, *given, **settings):
        if dataset.name == "noise1":
            raise DataError("There are <b>no</b> cells.")
        return real(dataset, *given, **settings)

    monkeypatch.setitem(vars(perturbdash), "evaluate", fails)
    app = finished(wait(visit(PAGE, dataset="noise14.h5ad", **{"with": "noise1.h5ad"})))
    assert not app.exception
    assert "<b>noise1</b> is left out: There are &lt;b&gt;no&lt;/b&gt; cells." in html_of(app)
    assert rows(app).index[0] == "noise14"
    monkeypatch.setitem(vars(perturbdash), "evaluate", real)
    next(b for b in app.button if b.label == "Score again").click().run()
    app = finished(app)
    assert list(rows(app).index[:2]) == ["noise14", "noise1"]


def test_what_is_opened_and_not_scored_waits_for_a_click(visit: Visit, noise):
    app = visit("start", dataset="noise14.h5ad")
    app.query_params["dataset"] = "noise1.h5ad"
    app = app.switch_page("pages/datasets.py").run()
    app = finished(ready(app))
    assert "1 data set of this visit not scored yet: noise14" in html_of(app)
    assert rows(app).index[0] == "noise1"
    app.button(key="pd-score-beside").click().run()
    app = finished(app)
    assert list(rows(app).index[:2]) == ["noise1", "noise14"]


def test_a_file_that_is_gone_when_it_is_to_be_scored_is_left_out(visit: Visit, noise):
    app = visit("start", dataset="noise14.h5ad")
    app.query_params["dataset"] = "noise1.h5ad"
    app = finished(ready(app.switch_page("pages/datasets.py").run()))
    (noise / "noise14.h5ad").unlink()
    app.button(key="pd-score-beside").click().run()
    assert not app.exception
    assert "<b>noise14</b> is left out: There is no noise14.h5ad below the data folder" in html_of(app)
    assert rows(app).index[0] == "noise1"


def test_tables_that_cannot_be_made_leave_a_data_set_out(visit: Visit, noise, monkeypatch):
    from perturbdash.errors import DataError
    from perturbdash.judgement import standing as made_by

    def fails(result):
        raise DataError("Its tables cannot be made.")

    monkeypatch.setattr(made_by, "standing", fails)
    monkeypatch.setattr(members, "PATIENCE_SECONDS", 20)
    app = visit(PAGE, dataset="noise14.h5ad")
    assert not app.exception
    assert "<b>noise14</b> is left out: Its tables cannot be made." in html_of(app)
    assert set(rows(app)["kind"]) == {"published"}


def test_tables_outlive_the_results_they_were_made_from(visit: Visit, noise):
    app = finished(wait(visit(PAGE, dataset="noise14.h5ad")))
    library()._results._items.clear()
    library().jobs._jobs.clear()
    app.run()
    assert not app.get("progress")
    assert rows(app).index[0] == "noise14"


def test_published_method_and_reference_change_the_scatter(visit: Visit, monkeypatch):
    app = visit_demo(visit, PAGE, monkeypatch, reference="centroid")
    app.selectbox(key="pd-published-method").set_value("gears").run()
    assert not app.exception
    body = html_of(app)
    assert "the score of GEARS closely follows" in body
    assert "Mean Pearson Δcentroid" in body
    chosen = next(g for g in app.main.get("button_group") if g.label == "Heat map")
    chosen.set_value("bds").run()
    assert "BDS, darker is better" in html_of(app)
    assert not app.exception
