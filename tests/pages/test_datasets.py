"""The page Data sets in every state."""

from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from perturbdash import published
from perturbdash.judgement.standing import standing
from perturbdash.ui import files
from perturbdash.ui.library import library
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
