import io
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
    assert len(app.get("plotly_chart")) == 2
    assert downloads(app) == ["CSV", "CSV", "CSV", "All tables"]
    for title in ("On which metrics is the difference real?", "How close is it to repeating", "All scores"):
        assert title in body
    assert body.count("seed 0") == 3
    assert "Truth: one half of the cells, mean of both halves" in body
    assert len(app.get("popover")) == 3


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
    strip = body[body.index('class="pd-strip"') : body.index('class="pd-cards"')]
    assert strip.count('class="pd-tally"') == 8


def test_all_tables_come_as_one_file() -> None:
    with zipfile.ZipFile(io.BytesIO(tables_zip(demo_result()))) as archive:
        assert {"verdict.csv", "metric_summary.parquet", "warnings.csv", "run.json"} <= set(
            archive.namelist()
        )
