import re
from pathlib import Path

import anndata as ad
import numpy as np
import pytest

from perturbdash.judgement.sentences_views import perturbation_verdict, plain
from perturbdash.judgement.views import (
    by_strength,
    gene_everywhere,
    nearest_truths,
    perturbation_metrics,
    perturbation_view,
    strongest,
)
from perturbdash.metrics.registry import METRICS
from perturbdash.ui import files
from tests.pages.conftest import Visit, html_of, ready, wait
from tests.pages.evaluated import demo_result, visit_demo
from tests.pages.screens import alts_of, choose, figures_of, record_of, result_of, write_screen

PAGE = "perturbation"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(files.DATA_ROOT, str(tmp_path))
    monkeypatch.setenv("PERTURBDASH_STORE", str(tmp_path / "store"))
    return tmp_path


@pytest.fixture
def screen(root: Path, visit: Visit):
    write_screen(root)
    return wait(visit(PAGE, dataset=record_of(2), perturbation="G02"))


def text_of(app) -> str:
    """Return the markup of a page without its tags."""
    return re.sub(r"<[^>]*>", "", html_of(app))


def test_the_demo_opens_on_its_strongest_perturbation(visit: Visit, monkeypatch):
    app = visit_demo(visit, PAGE, monkeypatch)
    assert not app.exception
    name = strongest(demo_result(), "line_A")
    assert app.selectbox(key="pd-choice-perturbation").value == name
    found = perturbation_view(demo_result(), "line_A", name, "control")
    assert plain(perturbation_verdict(found).sentence) in text_of(app)
    starts = [alt.split(":")[0] for alt in alts_of(app)]
    assert starts[:4] == ["mean (baseline)", *demo_result().models]
    assert starts[4].startswith("Shift against control and adjusted p of 500 genes")
    assert starts[5].startswith("Observed and predicted shift")
    assert starts[6].startswith(f"Observed profiles nearest to the predictions of {name}")
    assert len(starts) == 7
    labels = [item.proto.label for item in app.main.get("download_button")]
    assert labels.count("CSV") == 6


def test_choosing_another_perturbation_changes_page_and_address(screen):
    screen.selectbox(key="pd-choice-perturbation").set_value("P1").run()
    assert screen.query_params["perturbation"] == "P1"
    found = perturbation_view(result_of(screen), "all", "P1", "control")
    assert plain(perturbation_verdict(found).sentence) in text_of(screen)
    assert list(screen.dataframe[0].value["gene"]) == list(found.table()["gene"])


def test_an_unknown_perturbation_is_said_and_the_strongest_shown(root: Path, visit: Visit):
    write_screen(root)
    app = visit(PAGE, dataset=record_of(1), perturbation="<i>", gene="NOGENE")
    body = html_of(app) + html_of(wait(app))
    assert not app.exception
    assert "“&lt;i&gt;”, which is not here" in body
    assert "called “NOGENE”" in body
    assert app.selectbox(key="pd-choice-perturbation").value == strongest(result_of(app), "all")
    assert "gene" not in app.query_params


def test_the_reference_moves_shifts_but_not_the_volcano(screen):
    before = figures_of(screen)
    choose(screen, "Reference", "centroid")
    assert screen.query_params["reference"] == "centroid"
    after = figures_of(screen)
    assert after[3]["data"] == before[3]["data"]
    assert after[1]["data"] != before[1]["data"]
    assert "the mean is the reference itself and predicts no shift" in text_of(screen)
    assert "Δcentroid, log1p units" in html_of(screen)


def test_the_root_scale_changes_the_panels_and_stays_for_the_visit(screen):
    before = figures_of(screen)[1]["layout"]["xaxis"]
    choose(screen, "Scale", "root")
    after = figures_of(screen)[1]["layout"]["xaxis"]
    assert "ticktext" in after
    assert "ticktext" not in before
    screen.selectbox(key="pd-choice-perturbation").set_value("P1").run()
    assert "ticktext" in figures_of(screen)[1]["layout"]["xaxis"]


def test_a_gene_that_is_looked_up_is_marked_and_first(screen):
    last = screen.dataframe[0].value["gene"].iloc[-1]
    screen.selectbox(key="pd-choice-gene").set_value(last).run()
    assert screen.query_params["gene"] == last
    assert screen.dataframe[0].value["gene"].iloc[0] == last
    assert any("▸" in tick for tick in figures_of(screen)[4]["layout"]["yaxis"]["ticktext"])
    for figure in figures_of(screen)[:4]:
        assert any(trace.get("marker", {}).get("symbol") == "circle-open" for trace in figure["data"])
    assert f"{last} in G02: observed" in text_of(screen)
    screen.selectbox(key="pd-choice-gene").set_value(None).run()
    assert "gene" not in screen.query_params
    assert f"{last} in G02: observed" not in text_of(screen)


def test_a_gene_is_shown_over_all_perturbations_and_followed_to_another(root: Path, visit: Visit):
    write_screen(root)
    app = wait(visit(PAGE, dataset=record_of(2), perturbation="G02", gene="g07"))
    assert app.query_params["gene"] == "G07"
    found = gene_everywhere(result_of(app), "all", "G07", "control")
    assert alts_of(app)[-1].startswith("Shift of G07, Δcontrol, in 8 perturbations")
    table = next(frame.value for frame in app.dataframe if "perturbation" in frame.value)
    assert table["perturbation"].tolist() == found.observed["perturbation"].tolist()
    np.testing.assert_allclose(table["shift_m0"], found.table()["shift_m0"])
    app.selectbox(key="pd-choice-perturbation").set_value("P1").run()
    assert app.query_params["gene"] == "G07"
    assert "G07 in P1: observed" in text_of(app)


def test_a_gene_that_is_not_in_the_panel_is_said_with_names_near_it(root: Path, visit: Visit):
    write_screen(root)
    app = ready(visit(PAGE, dataset=record_of(1), perturbation="G02", gene="G0"))
    assert "No gene of the 30 in the panel is called “G0”. Near it: G00, G01, G02." in text_of(app)
    assert "gene" not in app.query_params
    assert "No gene is looked up" in html_of(app)


def test_the_nearest_truths_are_those_of_the_view(screen):
    found = nearest_truths(result_of(screen), "all", "G02")
    figure = figures_of(screen)[5]
    shown = {
        row[0]
        for trace in figure["data"]
        if trace["mode"].startswith("markers")
        for row in trace["customdata"]
    }
    assert shown == set(found.table["candidate"])
    own = found.table[found.table["own"] & (found.table["prediction"] == "m0")]["rank"].item()
    assert f"<b>G02 {own}</b>" in figure["layout"]["yaxis"]["ticktext"]
    assert "of 8" in text_of(screen)


def test_buttons_go_through_perturbations_by_strength_and_within_a_selection(screen):
    order = by_strength(result_of(screen), "all")
    assert screen.selectbox(key="pd-choice-perturbation").options == list(order)
    place = order.index("G02")
    screen.button(key="pd-step-next").click().run()
    assert screen.selectbox(key="pd-choice-perturbation").value == order[place + 1]
    screen.button(key="pd-step-previous").click().run()
    assert screen.selectbox(key="pd-choice-perturbation").value == "G02"
    screen.query_params["selection"] = ["G02", "P3"]
    screen.run()
    chosen = [name for name in order if name in ("G02", "P3")]
    assert screen.selectbox(key="pd-choice-perturbation").options[:2] == chosen
    one = chosen.index("G02")
    step = screen.button(key=f"pd-step-{'next' if one == 0 else 'previous'}")
    assert screen.button(key=f"pd-step-{'previous' if one == 0 else 'next'}").disabled
    step.click().run()
    assert screen.selectbox(key="pd-choice-perturbation").value == "P3"


def test_how_many_top_genes_are_drawn_can_be_chosen(screen):
    assert len(figures_of(screen)[4]["layout"]["yaxis"]["ticktext"]) == 15
    choose(screen, "Genes", "10")
    assert len(figures_of(screen)[4]["layout"]["yaxis"]["ticktext"]) == 10
    screen.selectbox(key="pd-choice-perturbation").set_value("P1").run()
    assert len(figures_of(screen)[4]["layout"]["yaxis"]["ticktext"]) == 10


def test_target_genes_can_be_taken_out(screen):
    assert "Targeted and kept: G02." in text_of(screen)
    assert screen.dataframe[0].value["target"].sum() == 1
    choose(screen, "Target genes", "out")
    assert "Targeted and left out: G02." in text_of(screen)
    assert "G02" not in set(screen.dataframe[0].value["gene"])
    assert len(screen.dataframe[0].value) == 29


def test_a_model_without_the_perturbation_says_so(root: Path, visit: Visit):
    write_screen(root)
    app = wait(visit(PAGE, dataset=record_of(2), perturbation="G00"))
    assert not app.exception
    assert "m1 does not predict G00." in text_of(app)
    assert "no prediction of this perturbation" in str(figures_of(app)[2]["layout"]["annotations"])
    assert "because there is no prediction of G00: additive, linear, m1" in text_of(app)
    assert "shift_m1" not in app.dataframe[0].value


def test_every_metric_has_its_row_with_the_reason_where_undefined(screen):
    body, rows = text_of(screen), perturbation_metrics(result_of(screen), "all", "G02")
    for metric in rows["metric"].unique():
        assert METRICS[metric].label in body
    nir = rows[(rows["metric"] == "nir") & (rows["prediction"] == "m0")]["value"].item()
    row = re.search(r"NIR ↑.*?</tr>", html_of(screen), re.DOTALL)
    assert row is not None
    assert f">{nir:.2f}<" in row[0]
    assert "control: constant prediction" in body
    assert 'title="constant prediction"' in html_of(screen)


def test_a_train_perturbation_is_shown_and_not_scored(root: Path, visit: Visit):
    write_screen(root)
    app = wait(visit(PAGE, dataset=record_of(1), perturbation="P4"))
    assert not app.exception
    assert "P4 is not scored" in html_of(app)
    assert "m0 does not predict P4." in text_of(app)
    assert len(app.dataframe[0].value) == 30


def test_without_predictions_volcano_and_genes_remain(root: Path, visit: Visit):
    write_screen(root)
    app = wait(visit(PAGE, dataset=record_of(0)))
    assert not app.exception
    assert html_of(app).count("No prediction is loaded") == 2
    assert len(figures_of(app)) == 2
    assert len(app.dataframe[0].value) == 30
    assert re.search(r"of 30 genes differs? from control", text_of(app))


def test_of_many_models_three_have_panels_at_a_time_and_the_table_has_all(root: Path, visit: Visit):
    write_screen(root)
    app = wait(visit(PAGE, dataset=record_of(8), perturbation="G01"))
    assert not app.exception
    assert [alt.split(":")[0] for alt in alts_of(app)][:4] == ["mean (baseline)", "m0", "m1", "m2"]
    assert len(alts_of(app)) == 7
    choose(app, "Models in the panels", "7-8")
    assert [alt.split(":")[0] for alt in alts_of(app)][:3] == ["mean (baseline)", "7 m6", "8 m7"]
    assert {f"shift_m{i}" for i in range(8)} <= set(app.dataframe[0].value)
    app.sidebar.get("button_group")[0].set_value(["m7"]).run()
    assert [alt.split(":")[0] for alt in alts_of(app)][:2] == ["mean (baseline)", "m7"]


def test_a_perturbation_that_the_context_does_not_have_is_said(root: Path, visit: Visit):
    write_screen(root, contexts=("K562", "RPE1"))
    cells = ad.read_h5ad(root / "screen.h5ad")
    gone = (cells.obs["perturbation"] == "P1") & (cells.obs["cell_type"] == "RPE1")
    cells[~gone.to_numpy()].copy().write_h5ad(root / "screen.h5ad")
    app = visit(PAGE, dataset=record_of(1), context="RPE1", perturbation="P1")
    body = html_of(app) + html_of(wait(app))
    assert not app.exception
    assert "P1 has no cells in context RPE1" in body
    shown = app.selectbox(key="pd-choice-perturbation").value
    assert shown == by_strength(result_of(app), "RPE1")[0]


def test_one_perturbation_has_no_centroid_and_says_so(root: Path, visit: Visit):
    write_screen(root, labels=["G00"])
    app = wait(visit(PAGE, dataset=record_of(0), reference="centroid"))
    assert not app.exception
    assert html_of(app).count("There is no perturbed centroid") == 2
    assert len(figures_of(app)) == 1
    choose(app, "Reference", "control")
    assert "There is no perturbed centroid" not in html_of(app)
    assert len(figures_of(app)) == 2
    assert "There is no other truth" in html_of(app)


def test_all_contexts_together_become_one_and_that_is_said(root: Path, visit: Visit):
    write_screen(root, contexts=("K562", "RPE1"))
    app = wait(visit(PAGE, dataset=record_of(1), context="pooled"))
    assert not app.exception
    assert "this page shows one: K562." in html_of(app)
    before = app.dataframe[0].value
    app = wait(
        visit(
            PAGE,
            dataset=record_of(1),
            context="RPE1",
            perturbation=app.selectbox(key="pd-choice-perturbation").value,
        )
    )
    assert not before.equals(app.dataframe[0].value)


def test_a_name_from_a_file_never_becomes_markup(root: Path, visit: Visit):
    write_screen(root, labels=["<img src=x>", "G01", "P1", "P2"])
    app = wait(visit(PAGE, dataset=record_of(1), perturbation="<img src=x>"))
    assert not app.exception
    assert "&lt;img src=x&gt;" in html_of(app)
    assert "<img" not in html_of(app)
