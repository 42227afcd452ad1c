"""The page Embedding in every state: centroids, cells, layouts that take their time, boxes."""

from __future__ import annotations

import re
import sys
import threading
from pathlib import Path

import anndata as ad
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from perturbdash.judgement import embedding_cells, embedding_umap
from perturbdash.judgement.embedding_view import centroid_view
from perturbdash.judgement.sentences_embedding import embedding_verdict
from perturbdash.judgement.sentences_views import plain
from perturbdash.ui import files
from perturbdash.ui.library import library
from tests.pages.conftest import Visit, html_of, wait
from tests.pages.evaluated import demo_result, visit_demo, visit_scored, write_noise
from tests.pages.screens import alts_of, choose, figures_of, record_of, result_of, write_screen

PAGE = "embedding"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(files.DATA_ROOT, str(tmp_path))
    monkeypatch.setenv("PERTURBDASH_STORE", str(tmp_path / "store"))
    return tmp_path


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turn UMAP into a layout that costs nothing; it stands on its head."""

    def layout(scores, *, n_neighbours, seed, progress=None):
        return -scores[:, :2][:, ::-1].copy()

    for module in (embedding_cells, embedding_umap):
        monkeypatch.setattr(module, "umap_layout", layout)


def settled(app: AppTest) -> AppTest:
    """Run a page until nothing is under way: cells are read, then laid out, then drawn."""
    for _ in range(4):
        if not app.get("progress"):
            return app
        wait(app)
    assert not app.get("progress")
    return app


@pytest.fixture
def screen(root: Path, visit: Visit, quick):
    write_screen(root)
    return settled(wait(visit(PAGE, dataset=record_of(2))))


def text_of(app: AppTest) -> str:
    return re.sub(r"<[^>]*>", "", html_of(app))


def layout_of(app: AppTest, name: str) -> AppTest:
    """Choose where cells are drawn."""
    app.selectbox(key="pd-choice-cell-layout").select(name).run()
    return settled(app)


def test_nothing_loaded_says_so(visit: Visit):
    app = visit(PAGE)
    assert not app.exception
    assert not app.get("plotly_chart")


def test_the_demo_has_its_verdict_a_panel_a_model_and_its_cells(visit: Visit, monkeypatch, quick):
    app = settled(visit_demo(visit, PAGE, monkeypatch))
    assert not app.exception
    result = demo_result()
    found = centroid_view(result, "line_A", "control")
    assert plain(embedding_verdict(found, result.models).sentence) in text_of(app)
    starts = [alt.split(":")[0] for alt in alts_of(app)]
    assert starts[:3] == list(result.models)
    assert "2,996 cells in the plane" in alts_of(app)[3]
    assert "2,996 cells; first two of 30 components of log1p expression, 500 genes" in text_of(app)
    assert "Colours are not models here" in text_of(app)
    assert "seed 0" in text_of(app)
    labels = [item.proto.label for item in app.main.get("download_button")]
    assert labels.count("CSV") == 3


def test_panels_share_ranges_and_the_table_has_the_distances(screen):
    assert not screen.exception
    layouts = [figure["layout"] for figure in figures_of(screen)][:2]
    for axis in ("xaxis", "yaxis"):
        assert layouts[0][axis]["range"] == layouts[1][axis]["range"]
    found = centroid_view(result_of(screen), "all", "control")
    table = screen.dataframe[0].value
    for name in ("m0", "m1", "mean"):
        np.testing.assert_allclose(table[f"distance_{name}"], found.distances[f"distance_{name}"])
    assert "m1 does not predict 1 of 6 test perturbations; no line leads there." in text_of(screen)


def test_the_reference_moves_the_norms_and_stands_in_the_address(screen):
    before = screen.dataframe[0].value["norm"].tolist()
    choose(screen, "Reference", "centroid")
    assert screen.query_params["reference"] == "centroid"
    assert screen.dataframe[0].value["norm"].tolist() != before
    assert "shift from the perturbed centroid" in text_of(screen)


def test_centroids_by_umap_come_after_the_components(screen, monkeypatch):
    held = threading.Event()

    def layout(scores, *, n_neighbours, seed, progress=None):
        while not held.wait(0.01):
            progress(0.5, "UMAP: epoch 3 of 500")
        return scores[:, :2]

    monkeypatch.setattr(embedding_umap, "umap_layout", layout)
    choose(screen, "Centroids in", "umap")
    assert screen.button(key="pd-cancel-centroid-umap").label == "Cancel"
    assert "in the plane of two components" in alts_of(screen)[0]
    held.set()
    settled(screen)
    assert "in a layout by UMAP" in alts_of(screen)[0]
    assert (
        "7 neighbours, fitted on observed and predicted centroids of all loaded models together"
        in text_of(screen)
    )
    assert not screen.exception


def test_a_umap_of_cells_can_be_stopped_and_the_components_stay(screen, monkeypatch):
    def layout(scores, *, n_neighbours, seed, progress=None):
        while True:
            progress(0.5, "UMAP: epoch 3 of 500")

    monkeypatch.setattr(embedding_cells, "umap_layout", layout)
    screen.selectbox(key="pd-choice-cell-layout").select("umap").run()
    assert screen.button(key="pd-cancel-cell-umap").label == "Cancel"
    assert "first two of" in text_of(screen)
    screen.button(key="pd-cancel-cell-umap").click().run()
    wait(screen)
    assert "It was stopped before its end" in text_of(screen)
    assert screen.button(key="pd-start-cell-umap").label == "Compute the UMAP"
    assert "180 cells in the plane" in alts_of(screen)[2]
    assert not screen.exception


def test_cells_by_umap_say_so(screen):
    layout_of(screen, "umap")
    assert "180 cells; UMAP of 30 components" in text_of(screen).replace("29 components", "30 components")
    assert "seed 0" in text_of(screen)
    assert not screen.exception


def test_cells_where_the_file_puts_them_come_first(root: Path, visit: Visit, quick):
    write_screen(root)
    cells = ad.read_h5ad(root / "screen.h5ad")
    cells.obsm["X_umap"] = np.random.default_rng(0).normal(size=(cells.n_obs, 2))
    cells.obsm["X_pca"] = np.random.default_rng(0).normal(size=(cells.n_obs, 5))
    cells.obsm["X_umap"][3] = np.nan
    cells.write_h5ad(root / "screen.h5ad")
    app = settled(wait(visit(PAGE, dataset=record_of(1))))
    assert app.selectbox(key="pd-choice-cell-layout").options == [
        "X_umap, of the file",
        "PCA",
        "UMAP",
        "X_pca, of the file (2 of 5)",
    ]
    assert "179 of 180 cells; 1 has no place in this embedding; placed by the file’s X_umap" in text_of(app)
    layout_of(app, "obsm:X_pca")
    assert "180 cells; placed by the file’s X_pca" in text_of(app)
    assert not app.exception


def test_a_gene_colours_bins_and_an_unknown_one_is_said(screen):
    choose(screen, "Colour cells by", "gene")
    assert "Name a gene to colour the cells by it." in text_of(screen)
    screen.query_params["gene"] = "g05"
    settled(screen.run())
    assert "Where is G05 high?" in text_of(screen)
    figure = figures_of(screen)[2]
    assert {trace["type"] for trace in figure["data"]} == {"scattergl", "heatmap", "contour", "scatter"}
    screen.query_params["gene"] = "nothing"
    settled(screen.run())
    assert "nothing" in text_of(screen)
    assert not screen.exception


def test_a_column_colours_by_labels_or_on_a_scale(root: Path, visit: Visit, quick):
    write_screen(root)
    cells = ad.read_h5ad(root / "screen.h5ad")
    cells.obs["batch"] = np.where(np.arange(cells.n_obs) % 2 == 0, "<b>one</b>", "two")
    cells.obs["depth"] = np.arange(cells.n_obs, dtype=float)
    cells.write_h5ad(root / "screen.h5ad")
    app = settled(wait(visit(PAGE, dataset=record_of(0))))
    choose(app, "Colour cells by", "column")
    app.selectbox(key="pd-choice-cell-column").select("batch").run()
    assert "Where do cells differ in batch?" in text_of(app)
    names = [trace.get("name") for trace in figures_of(app)[1]["data"]]
    assert names[:2] == ["&lt;b&gt;one&lt;/b&gt;", "two"]
    app.selectbox(key="pd-choice-cell-column").select("depth").run()
    trace = figures_of(app)[1]["data"][0]
    assert trace["marker"]["colorbar"]["title"]["text"] == "depth"
    assert not app.exception


def test_a_box_round_cells_counts_them_by_perturbation(screen, monkeypatch):
    cells_block = sys.modules["perturbdash.ui.embedding.cells"]
    own = cells_block.plot
    everything = {"xref": "x", "yref": "y", "x": [-1e9, 1e9], "y": [-1e9, 1e9]}
    nothing = everything | {"x": [1e8, 1e9]}
    shapes = [everything]

    def plot(figure, **settings):
        own(figure, **settings)
        return {"selection": {"box": shapes, "lasso": []}}

    monkeypatch.setattr(cells_block, "plot", plot)
    screen.run()
    assert "180 of the 180 cells that are shown, of 8 perturbations and of control." in text_of(screen)
    table = next(frame.value for frame in screen.dataframe if "inside" in frame.value)
    assert table["inside"].tolist() == [20] * 9
    assert (table["per_cent"] == 100).all()
    screen.button(key="pd-select-boxed").click().run()
    assert len(screen.query_params["selection"]) == 8
    shapes[:] = [nothing]
    screen.run()
    assert "None of the 180 cells that are shown." in text_of(screen)
    assert not screen.exception


def test_a_selection_fades_the_others_and_colours_its_cells(root: Path, visit: Visit, quick):
    write_screen(root)
    app = settled(wait(visit(PAGE, dataset=record_of(2), selection=["G01", "P2"])))
    assert not app.exception
    assert sorted(app.dataframe[0].value["perturbation"]) == ["G01", "P2"]
    names = [trace["name"] for trace in figures_of(app)[2]["data"] if trace.get("name")]
    assert sorted(names) == ["G01", "P2", "control", "other perturbations"]


def test_perturbations_to_colour_can_be_chosen(screen):
    screen.multiselect(key="pd-cell-mark").set_value(["P1"]).run()
    names = [trace["name"] for trace in figures_of(screen)[2]["data"] if trace.get("name")]
    assert names == ["other perturbations", "control", "P1"]


def test_without_predictions_the_observed_centroids_remain(root: Path, visit: Visit, quick):
    write_screen(root)
    app = settled(wait(visit(PAGE, dataset=record_of(0))))
    assert not app.exception
    assert "Two components hold" in text_of(app)
    assert "No prediction is loaded" in text_of(app)
    assert alts_of(app)[0].startswith("observed:")
    assert "How strong?" in text_of(app)
    choose(app, "Centroids in", "umap")
    settled(app)
    assert "in a layout by UMAP" in alts_of(app)[0]


def test_of_many_models_three_have_panels_and_the_table_has_all(root: Path, visit: Visit, quick):
    write_screen(root)
    app = settled(wait(visit(PAGE, dataset=record_of(8))))
    assert not app.exception
    assert [alt.split(":")[0] for alt in alts_of(app)][:3] == ["m0", "m1", "m2"]
    assert len(app.get("plotly_chart")) == 4
    assert {f"distance_m{i}" for i in range(8)} <= set(app.dataframe[0].value)
    choose(app, "Models in the panels", "7-8")
    assert [alt.split(":")[0] for alt in alts_of(app)][:2] == ["7 m6", "8 m7"]


def test_several_contexts_show_one_and_cells_of_all_when_asked(root: Path, visit: Visit, quick):
    write_screen(root, contexts=("one", "two"))
    app = settled(wait(visit(PAGE, dataset=record_of(1), context="two")))
    assert "180 cells; first two" in text_of(app)
    choose(app, "Cells of", "all")
    settled(app)
    assert "360 cells; first two" in text_of(app)
    assert "Cells of all contexts." in text_of(app)
    assert not app.exception


@pytest.mark.parametrize(
    ("n", "words"), [(1, "One perturbation has no plane"), (4, "Too few perturbations for UMAP")]
)
def test_few_perturbations_have_no_umap_and_say_why(root: Path, visit: Visit, quick, n, words):
    write_noise(root / "few.h5ad", n)
    app = settled(visit_scored(visit, PAGE, "few.h5ad"))
    assert not app.exception
    choose(app, "Centroids in", "umap")
    settled(app)
    assert words in text_of(app)
    assert f"{16 * (n + 1)} cells" in text_of(app)
    assert not app.exception


def test_a_large_file_is_not_read_before_somebody_asks(root: Path, visit: Visit, quick, monkeypatch):
    from perturbdash.ui.embedding import placing

    monkeypatch.setattr(placing, "READ_AT_ONCE", 10)
    write_screen(root)
    app = wait(visit(PAGE, dataset=record_of(1)))
    assert "The cells are not read yet" in text_of(app)
    assert len(app.get("plotly_chart")) == 1
    app.button(key="pd-start-cell-components").click().run()
    settled(app)
    assert len(app.get("plotly_chart")) == 2


def test_a_file_that_cannot_be_read_again_becomes_a_sentence(root: Path, visit: Visit, quick, monkeypatch):
    def fail(*_, **__):
        raise OSError("gone")

    monkeypatch.setattr(embedding_cells, "read_cells", fail)
    write_screen(root)
    app = wait(wait(visit(PAGE, dataset=record_of(1))))
    assert "It could not be computed" in text_of(app)
    assert "Traceback" not in text_of(app)
    assert not app.exception


def test_the_work_is_shared_by_visitors(root: Path, visit: Visit, quick):
    write_screen(root)
    settled(wait(visit(PAGE, dataset=record_of(1))))
    before = len(library().extra_jobs._jobs)
    app = visit(PAGE, dataset=record_of(1))
    assert not app.get("progress")
    assert len(library().extra_jobs._jobs) == before
