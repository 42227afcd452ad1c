import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from perturbdash.figures.numbers import interval, number
from perturbdash.ui import demo as demo_files
from perturbdash.ui import files
from perturbdash.ui.downloads import tables_zip
from perturbdash.ui.library import library
from perturbdash.ui.records import Option, Record, Source
from tests.pages.conftest import Visit, html_of, wait
from tests.pages.evaluated import N_GENES, demo_result, visit_demo, visit_scored, write_noise


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(files.DATA_ROOT, str(tmp_path))
    monkeypatch.setenv("PERTURBDASH_STORE", str(tmp_path / "store"))
    return tmp_path


def write_prediction(path: Path, n_perturbations: int) -> None:
    values = np.random.default_rng(1).uniform(4.0, 6.0, size=(n_perturbations, N_GENES)).round(3)
    names = [f"P{i:02}" for i in range(n_perturbations)]
    table = pd.DataFrame(values, columns=[f"G{i}" for i in range(N_GENES)])
    table.insert(0, "perturbation", names)
    table.to_csv(path, index=False)


def visit_noise(visit: Visit, root: Path, n: int, **settings: Option):
    """Open the page on perturbations that do nothing, with one prediction."""
    write_noise(root / "noise.h5ad", n)
    write_prediction(root / "guess.csv", n)
    record = Record(Source("root", "noise.h5ad")).with_prediction("guess", Source("root", "guess.csv"))
    address = library().address(record.only_settings(dict(settings)))
    return wait(visit("scorecard", dataset=address))


def downloads(app) -> list[str]:
    return [item.proto.label for item in app.main.get("download_button")]


def links(app) -> list[str]:
    return [item.proto.label for item in app.main.get("page_link")]


def pooled(table: pd.DataFrame, **where: str) -> pd.DataFrame:
    own = table[table["context"] == "pooled"]
    for name, value in where.items():
        own = own[own[name] == value]
    return own


def test_nothing_loaded_offers_the_demo(visit: Visit) -> None:
    app = visit("scorecard")
    assert not app.exception
    assert "No data set is loaded" in html_of(app)
    assert "Load data on Start" in links(app)


def test_the_demo_says_who_beats_the_baselines(visit: Visit, monkeypatch) -> None:
    app = visit_demo(visit, "scorecard", monkeypatch)
    assert not app.exception
    body = html_of(app)
    verdict = pooled(demo_result().verdict, model="skilled")
    headline = verdict[verdict["headline"] & (verdict["gate"] == "informative")]
    k = int((headline["outcome"] == "beats").sum())
    assert k >= 3
    sentence = (
        f"beats every baseline on {k} of the {len(headline)} headline metrics that can tell anything here"
    )
    assert f"skilled</span> {sentence}" in body
    assert "collapsed</span> on none" in body
    assert "Loses to a baseline: " in body
    assert "can be told on this data." in body
    assert f"Holm over the {len(headline)}, below 0.05" in body
    assert "Truth: all cells, 28 test perturbations" in body
    assert "judges a fit" not in body


def test_numbers_on_screen_are_those_of_the_tables(visit: Visit, monkeypatch) -> None:
    body = html_of(visit_demo(visit, "scorecard", monkeypatch))
    row = pooled(demo_result().verdict, model="skilled", metric="nir").iloc[0]
    shown = interval(row["difference"], row["low"], row["high"])
    assert f"by {shown}" in body
    means = pooled(demo_result().metric_summary, truth="all_cells", metric="nir").set_index("prediction")[
        "mean"
    ]
    table = body[body.index('class="pd-scores') :]
    for name in ("skilled", "collapsed", "wrong_scale"):
        assert f">{number(means[name])} <" in table
    finding = demo_result().warnings.query("warning == 'collapse'").iloc[0]
    assert finding["sentence"] in body
    assert "checks without a finding" in body


def test_every_figure_has_its_frame_csv_and_explanation(visit: Visit, monkeypatch) -> None:
    app = visit_demo(visit, "scorecard", monkeypatch)
    body = html_of(app)
    assert len(app.get("plotly_chart")) == 4
    titles = (
        "In which contexts does it hold?",
        "On which metrics is the difference real?",
        "How close is it to repeating the experiment?",
        "Does the verdict hold everywhere?",
        "All scores",
        "Which perturbations does it get right?",
    )
    assert [label for label in downloads(app) if label in ("CSV", "All tables")] == [
        *["CSV"] * len(titles),
        "All tables",
    ]
    for title in titles:
        assert title in body
    assert body.count("seed 0") == len(titles)
    assert body.count("28 of 44 perturbations, those tested") == len(titles)
    assert "Truth: one half of the cells, mean of both halves" in body


def test_one_context_shows_its_own_rows(visit: Visit, monkeypatch) -> None:
    body = html_of(visit_demo(visit, "scorecard", monkeypatch, context="line_B"))
    verdict = demo_result().verdict
    row = verdict[
        (verdict["context"] == "line_B") & (verdict["model"] == "skilled") & (verdict["metric"] == "nir")
    ]
    shown = interval(*row.iloc[0][["difference", "low", "high"]].astype(float))
    assert f"by {shown}" in body
    assert "averaged within a context" not in body
    assert "the first: line_A" not in body
    assert "In which contexts does it hold?" not in body


def test_only_chosen_models_are_shown(visit: Visit, monkeypatch) -> None:
    app = visit_demo(visit, "scorecard", monkeypatch, models=["collapsed"])
    assert not app.exception
    body = html_of(app)
    assert "skilled" not in body
    assert "collapsed</span> beats every baseline on none of the" in body


def test_a_fit_is_called_a_fit(visit: Visit, root: Path) -> None:
    app = visit_noise(visit, root, 12)
    assert "No perturbation was held out: this judges a fit, not a prediction." in html_of(app)


@pytest.mark.parametrize(
    ("n", "words"), [(6, "So few perturbations cannot tell"), (14, "Noise would explain")]
)
def test_nothing_informative_is_a_page_with_an_argument(visit: Visit, root: Path, n: int, words: str) -> None:
    app = visit_noise(visit, root, n)
    assert not app.exception
    body = html_of(app)
    assert "Nothing can be said about this model on this data, and that is an answer." in body
    assert "No headline metric can tell anything on this data set: none of the 4" in body
    assert words in body
    assert f"{n} perturbations, 16 cells each" in body
    assert body.count('class="pd-figure"') == 3
    for title in ("Why can nothing be said?", "What can still be said", "What would help"):
        assert title in body
    assert "No metric passes the gate, so no difference is drawn." in body
    assert f"Shut by the gate: all {demo_result().verdict['metric'].nunique()}" in body
    assert "beats every baseline on" not in body
    assert not app.get("plotly_chart")
    assert ("a metric needs a value on 10 of them" in body) == (n < 10)


def test_one_perturbation_says_what_cannot_be_computed(visit: Visit, root: Path) -> None:
    app = visit_noise(visit, root, 1)
    assert not app.exception
    body = html_of(app)
    assert "The average is the mean of the other perturbations, and there is no other." in body
    assert "One perturbation has no effect in common with another." in body
    assert "More perturbations: a metric needs a value on 10 of them." in body


def test_without_predictions_it_says_what_could_be_told(visit: Visit) -> None:
    record = Record(Source("demo", "demo.h5ad"), settings=(("n_resamples", 500),))
    app = wait(visit("scorecard", dataset=library().address(record)))
    assert not app.exception
    body = html_of(app)
    assert "No prediction is loaded. 4 of the 4 headline metrics could tell" in body
    assert "What could be told about a model here?" in body
    result = library().result(record)
    row = pooled(result.calibration_summary, metric="nir", positive_control="interpolated_duplicate").iloc[0]
    assert interval(row["drf_mean"], row["drf_low"], row["drf_high"]) in body
    assert "Add a prediction on Start" in links(app)
    assert "Template for a prediction" in downloads(app)


def test_without_predictions_and_without_signal_it_says_why(visit: Visit, root: Path) -> None:
    write_noise(root / "noise.h5ad", 12)
    app = visit_scored(visit, "scorecard", "noise.h5ad")
    assert not app.exception
    body = html_of(app)
    assert "No prediction is loaded, and no headline metric could judge one on this data." in body
    assert "Why can nothing be said?" in body
    assert "Add a prediction on Start" in links(app)


def test_more_models_than_colours_are_numbered(visit: Visit, root: Path) -> None:
    skilled = pd.read_csv(demo_files.folder() / "skilled.csv")
    genes = skilled.select_dtypes("number").columns
    record = Record(Source("demo", "demo.h5ad"), settings=(("n_resamples", 500),))
    for i in range(8):
        noise = np.random.default_rng(i).normal(0, 0.05 * i, size=(len(skilled), len(genes)))
        table = skilled.copy()
        table[genes] = (table[genes] + noise).clip(lower=0)
        table.to_csv(root / f"model{i}.csv", index=False)
        record = record.with_prediction(f"model{i}", Source("root", f"model{i}.csv"))
    app = wait(visit("scorecard", dataset=library().address(record)))
    assert not app.exception
    body = html_of(app)
    assert "the other 4 on " in body
    assert '<span class="pd-number">8</span>' in body
    strip = body[body.index('class="pd-strip"') : body.index('class="pd-card ')]
    assert strip.count('class="pd-tally"') == 8


def test_all_tables_come_as_one_file() -> None:
    with zipfile.ZipFile(io.BytesIO(tables_zip(demo_result()))) as archive:
        assert {"verdict.csv", "metric_summary.parquet", "warnings.csv", "run.json"} <= set(
            archive.namelist()
        )


def segments(app, label: str):
    return next(item for item in app.main.get("button_group") if item.label == label)


def test_what_is_close_to_a_finding_has_a_plain_card(visit: Visit, monkeypatch) -> None:
    app = visit_demo(visit, "scorecard", monkeypatch)
    assert "Close, not a finding: " in html_of(app)
    assert "A plain card is no finding" in html_of(app)


def test_strata_follow_metric_and_class(visit: Visit, monkeypatch) -> None:
    app = visit_demo(visit, "scorecard", monkeypatch, metric="nir")
    body = html_of(app)
    assert "By effect size: NIR ↑; truth: all cells, 28 test perturbations." in body
    assert "cut at quartiles" in body
    app = segments(app, "Perturbations by").set_value("seen").run()
    assert not app.exception
    assert "By genes seen: NIR ↑" in html_of(app)
    assert "training perturbations as singles" in html_of(app)


def test_a_selection_is_a_class_and_leaves_its_rows(visit: Visit, monkeypatch) -> None:
    names = ["G0026", "G0149", "G0158"]
    app = visit_demo(visit, "scorecard", monkeypatch, selection=names)
    assert not app.exception
    assert "the selected of 28 test perturbations" in html_of(app)
    table = app.dataframe[-1].value
    assert set(table["perturbation"]) == set(names)
    app = segments(app, "Perturbations by").set_value("selection").run()
    assert not app.exception
    assert "Classes: the selected perturbations, and all others" in html_of(app)


def test_the_table_of_perturbations_shows_every_metric(visit: Visit, monkeypatch) -> None:
    app = visit_demo(visit, "scorecard", monkeypatch)
    table = app.dataframe[-1].value
    result = demo_result()
    assert len(table) == 2 * 28
    assert list(table.columns[:4]) == ["perturbation", "context", "wmse", "pearson_delta_centroid"]
    assert set(result.all_cells.metrics) <= set(table.columns)
    own = result.metrics.query("prediction == 'skilled' and truth == 'all_cells' and metric == 'nir'")
    shown = table.set_index(["context", "perturbation"])["nir"]
    assert (own.set_index(["context", "perturbation"])["value"].reindex(shown.index) == shown).all()
    assert "– undefined: no DEG (" in html_of(app)


def test_the_table_shows_another_model_and_differences(visit: Visit, monkeypatch) -> None:
    app = visit_demo(visit, "scorecard", monkeypatch)
    app = segments(app, "Model").set_value("collapsed").run()
    assert "collapsed: scores." in html_of(app)
    app = segments(app, "Show").set_value("difference").run()
    assert not app.exception
    assert "positive where the model is better" in html_of(app)
    verdict = pooled(demo_result().verdict, model="collapsed", metric="nir")["difference"].item()
    assert app.dataframe[-1].value["nir"].mean() == pytest.approx(verdict)


def test_contexts_stand_beside_each_other(visit: Visit, monkeypatch) -> None:
    body = html_of(visit_demo(visit, "scorecard", monkeypatch))
    table = body[body.index("pd-contexts") :]
    for context in ("all together", "line_A", "line_B"):
        assert context in table
    verdict = demo_result().verdict.query("context == 'line_B' and model == 'skilled' and headline")
    assert f"{(verdict['outcome'] == 'beats').sum()} of 4" in table


def test_a_context_without_prediction_is_said(visit: Visit, root: Path) -> None:
    skilled = pd.read_csv(demo_files.folder() / "skilled.csv")
    key = next(name for name in skilled.columns if set(skilled[name]) == {"line_A", "line_B"})
    skilled[skilled[key] == "line_A"].to_csv(root / "half.csv", index=False)
    record = Record(Source("demo", "demo.h5ad"), settings=(("n_resamples", 500),))
    record = record.with_prediction("half", Source("root", "half.csv"))
    app = wait(visit("scorecard", dataset=library().address(record)))
    assert not app.exception
    assert "no prediction for line_B" in html_of(app)
    app = wait(visit("scorecard", dataset=library().address(record), context="line_B"))
    assert not app.exception
    assert "half has no prediction for line_B." in html_of(app)


def test_many_models_begin_with_the_headline_rows(visit: Visit, monkeypatch) -> None:
    from perturbdash.ui.scorecard import figures

    monkeypatch.setattr(figures, "MOST_LANES", 10)
    app = visit_demo(visit, "scorecard", monkeypatch)
    heights = [json.loads(chart.proto.spec)["layout"]["height"] for chart in app.get("plotly_chart")]
    app = segments(app, "Metrics in both figures").set_value("all").run()
    taller = [json.loads(chart.proto.spec)["layout"]["height"] for chart in app.get("plotly_chart")]
    assert taller[0] > 2 * heights[0]
    assert taller[1] > 2 * heights[1]
