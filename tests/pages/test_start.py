from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import perturbdash
from perturbdash.ui import demo, files
from perturbdash.ui.library import library
from tests.pages.conftest import Fake, Visit, html_of, settle, wait

GENES = [f"G{i}" for i in range(12)]
LABELS = ["control", "G0", "G1", "G2", "G0+G1"]


def write_cells(path: Path, column: str = "perturbation", labels: list[str] | None = None) -> None:
    names = [label for label in labels or LABELS for _ in range(8)]
    counts = np.random.default_rng(0).poisson(3.0, size=(len(names), len(GENES))).astype(np.float32)
    obs = pd.DataFrame(
        {column: names, "batch": ["b1", "b2"] * (len(names) // 2)},
        index=[f"c{i}" for i in range(len(names))],
    )
    ad.AnnData(counts, obs=obs, var=pd.DataFrame(index=GENES)).write_h5ad(path)


def write_prediction(path: Path, genes: list[str] = GENES, labels: list[str] = LABELS[1:]) -> None:
    values = np.random.default_rng(1).random((len(labels), len(genes)))
    pd.DataFrame(values, index=pd.Index(labels, name="perturbation"), columns=genes).to_csv(path)


@pytest.fixture
def cells(tmp_path, monkeypatch, fake: Fake) -> Path:
    """A data root with real cells and predictions; only the evaluation is a stand-in."""
    monkeypatch.delitem(vars(perturbdash), "read")
    monkeypatch.setenv(files.DATA_ROOT, str(tmp_path))
    write_cells(tmp_path / "cells.h5ad")
    write_cells(tmp_path / "strange.h5ad", column="what", labels=["zero", "G0", "G1", "G2"])
    write_cells(tmp_path / "no_control.h5ad", labels=["G0", "G1", "G2"])
    (tmp_path / "text.h5ad").write_text("this is no HDF5")
    write_prediction(tmp_path / "good.csv")
    write_prediction(tmp_path / "narrow.csv", genes=GENES[:-2])
    write_prediction(tmp_path / "partly.csv", labels=LABELS[1:3])
    (tmp_path / "text.csv").write_text("nothing")
    return tmp_path


def add(app: AppTest, path: str) -> AppTest:
    return wait(app.selectbox(key="pd-prediction-path").set_value(path).run())


def opened(app: AppTest):
    return library().record(app.query_params["dataset"])


def test_before_anything_is_loaded_the_page_asks_the_question_and_claims_no_number(shell: Visit):
    body = html_of(shell())
    assert "that the average does not know?" in body
    assert "pd-number-big" not in body
    assert "Or bring your own data" in body


def test_without_a_data_root_the_card_says_how_to_set_one(shell: Visit):
    app = shell()
    assert any("--data-root" in element.value for element in app.markdown)
    assert "pd-path" not in [element.key for element in app.selectbox]
    assert any("Up to 200 MB" in element.value for element in app.caption)


def test_a_file_below_the_root_opens_from_the_list(shell: Visit, cells):
    app = shell()
    assert "cells.h5ad" in app.selectbox(key="pd-path").options
    app.selectbox(key="pd-path").set_value("cells.h5ad").run()
    assert app.query_params["dataset"] == "cells.h5ad"
    assert "4 perturbations and 8 control cells found; ready to calibrate." in html_of(app)


def test_an_upload_opens_and_is_kept_by_its_content(shell: Visit, cells):
    app = shell()
    app.file_uploader[0].upload("mine.h5ad", (cells / "cells.h5ad").read_bytes()).run()
    assert "4 perturbations and 8 control cells found" in html_of(app)
    again = shell("calibration", dataset=app.query_params["dataset"])
    assert again.selectbox(key="pd-dataset").options == ["mine"]


def test_one_click_opens_the_demo_and_leads_to_its_scorecard(shell: Visit, cells, fake: Fake, monkeypatch):
    (cells / "cells.h5ad").rename(cells / demo.DATA)
    for name in ("partly.csv", "narrow.csv", "text.csv"):
        (cells / name).unlink()
    monkeypatch.setattr(demo, "folder", lambda: cells)
    demo.record.cache_clear()
    app = wait(shell().button(key="pd-open-demo").click().run())
    demo.record.cache_clear()
    assert not app.exception
    assert ">Scorecard</h1>" in html_of(app)
    assert app.query_params["dataset"] == "demo"
    assert [list(run["predictions"]) for run in fake.evaluated] == [["good"]]


def test_what_was_found_stands_beside_each_choice_and_checks_are_listed(shell: Visit, cells):
    app = shell(dataset="cells.h5ad")
    body = html_of(app)
    assert app.selectbox(key="pd-schema-perturbation_key").value == "perturbation"
    assert app.selectbox(key="pd-schema-control").value == "control"
    assert "8 cells; one of the known words" in body
    assert "Is the file in order?" in body
    assert "12 genes only" in body
    assert body.index("pd-finding") < body.index("pd-passed")


def test_a_change_of_the_schema_is_another_view_and_can_be_taken_back(shell: Visit, cells):
    app = shell(dataset="cells.h5ad")
    app.selectbox(key="pd-schema-control").set_value("G2").run()
    assert opened(app).schema == (("control", "G2"),)
    assert app.selectbox(key="pd-schema-control").value == "G2"
    app.button(key="pd-schema-reset").click().run()
    assert app.query_params["dataset"] == "cells.h5ad"


def test_a_new_perturbation_column_asks_detection_for_the_control_again(shell: Visit, cells):
    app = shell(dataset="cells.h5ad")
    app.selectbox(key="pd-schema-control").set_value("G2").run()
    app.selectbox(key="pd-schema-perturbation_key").set_value("batch").run()
    assert opened(app).schema == (("perturbation_key", "batch"),)


def test_without_a_known_column_the_page_says_so_and_takes_a_choice(shell: Visit, cells):
    app = shell(dataset="strange.h5ad")
    assert not app.exception
    assert "This data set cannot be used as it is" in html_of(app)
    app.selectbox(key="pd-schema-perturbation_key").set_value("what").run()
    assert app.selectbox(key="pd-schema-control").value is None
    app.selectbox(key="pd-schema-control").set_value("G2").run()
    assert "3 perturbations and 8 control cells found" in html_of(app)


def test_without_control_cells_a_label_can_be_chosen(shell: Visit, cells):
    app = shell(dataset="no_control.h5ad")
    assert "This data set cannot be used as it is" in html_of(app)
    assert app.selectbox(key="pd-schema-perturbation_key").value == "perturbation"
    app.selectbox(key="pd-schema-control").set_value("G2").run()
    assert "2 perturbations and 8 control cells found" in html_of(app)


def test_a_file_that_is_none_of_ours_is_refused_and_other_data_can_be_chosen(shell: Visit, cells):
    app = shell(dataset="text.h5ad")
    assert not app.exception
    assert "Choose other data" in html_of(app)
    app.button(key="pd-other").click().run()
    assert "dataset" not in app.query_params
    assert "Or bring your own data" in html_of(app)


def test_a_prediction_shows_what_matches_and_leads_to_the_scorecard(shell: Visit, cells, fake: Fake):
    app = add(shell(dataset="cells.h5ad"), "good.csv")
    body = html_of(app)
    assert "4 of 4" in body
    assert "12 of 12" in body
    assert "ready to score one prediction." in body
    assert app.sidebar.get("button_group")[0].value == ["good"]
    app = wait(app.button(key="pd-score").click().run())
    assert ">Scorecard</h1>" in html_of(app)
    assert str(fake.evaluated[0]["predictions"]["good"]).endswith("good.csv")


def test_missing_perturbations_are_counted_and_named(shell: Visit, cells):
    body = html_of(add(shell(dataset="cells.h5ad"), "partly.csv"))
    assert "2 of 4" in body
    assert "2 of 4 perturbations are predicted: these are tested, the other 2 are train." in body


def test_what_one_of_two_models_misses_is_named(shell: Visit, cells):
    body = html_of(add(add(shell(dataset="cells.h5ad"), "good.csv"), "partly.csv"))
    assert "partly lacks 2 perturbations: G0+G1, G2." in body
    assert "No perturbation is held out, so this judges a fit, not a prediction." in body


def test_missing_genes_need_a_choice_that_one_click_makes(shell: Visit, cells, fake: Fake):
    app = add(shell(dataset="cells.h5ad"), "narrow.csv")
    assert "<b>narrow</b> is left out. It lacks 2 of the 12 genes of the data set: G10, G11." in html_of(app)
    assert "one prediction needs a look" in html_of(app)
    assert app.button(key="pd-score").label == "Looks right: calibrate"
    app.button(key="pd-shared-genes").click().run()
    assert opened(app).settings == (("genes", "shared"),)
    assert "ready to score one prediction" in html_of(app)
    wait(app.button(key="pd-score").click().run())
    assert fake.evaluated[0]["genes"] == "shared"


def test_a_bad_prediction_is_a_sentence_and_the_others_stay(shell: Visit, cells):
    app = add(add(shell(dataset="cells.h5ad"), "good.csv"), "text.csv")
    assert not app.exception
    assert "<b>text</b> is left out. " in html_of(app)
    assert "4 of 4" in html_of(app)
    assert "ready to score one prediction, and one is left out." in html_of(app)
    app.selectbox(key="pd-edit-which").set_value("text").run()
    app.button(key="pd-remove").click().run()
    assert [name for name, _ in opened(app).predictions] == ["good"]


def test_predictions_are_renamed_and_removed(shell: Visit, cells):
    app = add(shell(dataset="cells.h5ad"), "good.csv")
    app.text_input(key="pd-name-good").set_value("sharp").run()
    app = wait(app)
    assert [name for name, _ in opened(app).predictions] == ["sharp"]
    assert app.sidebar.get("button_group")[0].value == ["sharp"]
    app.button(key="pd-remove").click().run()
    assert app.query_params["dataset"] == "cells.h5ad"


def test_the_prediction_that_is_chosen_is_renamed_and_keeps_its_place(shell: Visit, cells):
    app = add(add(shell(dataset="cells.h5ad"), "good.csv"), "partly.csv")
    app.selectbox(key="pd-edit-which").set_value("partly").run()
    app.text_input(key="pd-name-partly").set_value("other").run()
    assert [name for name, _ in opened(app).predictions] == ["good", "other"]
    assert app.selectbox(key="pd-edit-which").value == "other"
    app.selectbox(key="pd-edit-which").set_value("good").run()
    app.text_input(key="pd-name-good").set_value("first").run()
    assert [name for name, _ in opened(app).predictions] == ["first", "other"]


def test_a_replacement_has_the_name_and_the_place_of_what_it_replaces(shell: Visit, cells):
    app = add(add(shell(dataset="cells.h5ad"), "good.csv"), "partly.csv")
    app.selectbox(key="pd-edit-which").set_value("good").run()
    app = wait(app.selectbox(key="pd-replacement-path").set_value("narrow.csv").run())
    assert [(name, source.name) for name, source in opened(app).predictions] == [
        ("good", "narrow.csv"),
        ("partly", "partly.csv"),
    ]
    assert "10 of 12" in html_of(app)
    upload = next(item for item in app.file_uploader if "replacement" in str(item.key))
    app = wait(upload.upload("new.csv", (cells / "good.csv").read_bytes()).run())
    name, source = opened(app).predictions[0]
    assert (name, source.place, source.title) == ("good", "upload", "new.csv")


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ("mean", "is the name of a row of perturbdash&#x27;s own"),
        ("partly", "Another model is called “partly”"),
    ],
)
def test_a_name_that_is_taken_is_refused_with_the_reason(new: str, why: str, shell: Visit, cells):
    app = add(add(shell(dataset="cells.h5ad"), "good.csv"), "partly.csv")
    app.selectbox(key="pd-edit-which").set_value("good").run()
    app.text_input(key="pd-name-good").set_value(new).run()
    assert why in html_of(app)
    assert [name for name, _ in opened(app).predictions] == ["good", "partly"]
    assert app.text_input(key="pd-name-good").value == "good"


def test_a_new_prediction_avoids_names_of_baselines_and_of_models_inside_files(shell: Visit, cells):
    table = pd.read_csv(cells / "good.csv")
    both = pd.concat([table.assign(model="inner"), table.assign(model="outer")])
    both.to_csv(cells / "several.csv", index=False)
    write_prediction(cells / "inner.csv")
    write_prediction(cells / "mean.csv")
    app = add(add(add(shell(dataset="cells.h5ad"), "several.csv"), "inner.csv"), "mean.csv")
    assert [name for name, _ in opened(app).predictions] == ["several", "inner 2", "mean model"]
    assert "ready to score four predictions." in html_of(app)
    app.selectbox(key="pd-edit-which").set_value("several").run()
    assert any("2 models, which keep their own names" in item.value for item in app.caption)
    assert not [item for item in app.text_input if str(item.key).startswith("pd-name")]


def test_an_upload_of_a_prediction_is_kept_over_a_restart(shell: Visit, cells):
    app = shell(dataset="cells.h5ad")
    upload = next(item for item in app.file_uploader if "prediction" in str(item.key))
    app = wait(upload.upload("mine.csv", (cells / "good.csv").read_bytes()).run())
    record = opened(app)
    settle()
    library.clear()
    again = wait(shell(dataset=app.query_params["dataset"]))
    assert opened(again) == record
    assert "ready to score one prediction." in html_of(again)


def test_without_a_store_the_page_says_how_long_what_was_changed_lasts(shell: Visit, cells, monkeypatch):
    app = shell(dataset="cells.h5ad")
    app.number_input(key="pd-setting-seed").set_value(7).run()
    assert "until the server stops" not in html_of(app)
    library.clear()
    monkeypatch.setenv(files.NO_STORE, "1")
    app = shell(dataset="cells.h5ad")
    assert "until the server stops" not in html_of(app)
    app.number_input(key="pd-setting-seed").set_value(7).run()
    assert "Uploads and changes last until the server stops" in html_of(app)


def test_settings_are_part_of_the_view_and_defaults_leave_it(shell: Visit, cells, fake: Fake):
    app = shell(dataset="cells.h5ad")
    app.number_input(key="pd-setting-seed").set_value(7).run()
    app.selectbox(key="pd-setting-targets").set_value("drop").run()
    assert opened(app).settings == (("seed", 7), ("targets", "drop"))
    wait(app.button(key="pd-score").click().run())
    assert (fake.evaluated[0]["seed"], fake.evaluated[0]["targets"]) == (7, "drop")


def test_a_setting_put_back_is_no_change(shell: Visit, cells):
    app = shell(dataset="cells.h5ad")
    app.number_input(key="pd-setting-seed").set_value(7).run()
    app.number_input(key="pd-setting-seed").set_value(0).run()
    assert app.query_params["dataset"] == "cells.h5ad"


def test_what_the_command_line_named_is_open_until_it_is_left(shell: Visit, cells, monkeypatch):
    monkeypatch.setenv(files.OPEN_DATA, str(cells / "cells.h5ad"))
    monkeypatch.setenv(files.OPEN_PREDICTIONS, f'[["mine", "{cells / "good.csv"}"]]')
    app = wait(shell())
    assert "ready to score one prediction" in html_of(app)
    app.button(key="pd-other").click().run()
    assert "Or bring your own data" in html_of(app)
    assert "Or bring your own data" in html_of(app.run())
