import re
from pathlib import Path

import pytest

from perturbdash.judgement.plane_view import reference_view
from perturbdash.judgement.sentences_views import plain, reference_verdict
from perturbdash.ui import files
from tests.pages.conftest import Visit, html_of, wait
from tests.pages.evaluated import demo_result, visit_demo
from tests.pages.screens import alts_of, choose, figures_of, record_of, result_of, write_screen

PAGE = "reference"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(files.DATA_ROOT, str(tmp_path))
    monkeypatch.setenv("PERTURBDASH_STORE", str(tmp_path / "store"))
    return tmp_path


@pytest.fixture
def screen(root: Path, visit: Visit):
    write_screen(root)
    return wait(visit(PAGE, dataset=record_of(2)))


def text_of(app) -> str:
    """Return the markup of a page without the symbols of models."""
    return re.sub(r"<[^>]*>", "", html_of(app))


def test_the_demo_has_a_panel_for_each_prediction_and_reference(visit: Visit, monkeypatch):
    app = visit_demo(visit, PAGE, monkeypatch)
    assert not app.exception
    found = reference_view(demo_result(), "line_A")
    assert plain(reference_verdict(found.cosines, demo_result().models, n_genes=500).sentence) in text_of(app)
    starts = [alt.split(":")[0] for alt in alts_of(app)]
    assert starts[:-1] == ["observed", *demo_result().models]
    assert all("control mean" in alt and "perturbed centroid" in alt for alt in alts_of(app)[:-1])
    assert starts[-1] == "Angle of each shift to the average effect; medians"
    labels = [item.proto.label for item in app.main.get("download_button")]
    assert labels.count("CSV") == 4


def test_panels_share_their_ranges(screen):
    layouts = [figure["layout"] for figure in figures_of(screen)][:-1]
    assert len(layouts) == 3
    for axes in (("xaxis", "xaxis2"), ("yaxis", "yaxis2")):
        assert len({str(layout[axis]["range"]) for layout in layouts for axis in axes}) == 1


def test_the_table_holds_the_cosines_of_the_view(screen):
    body = html_of(screen)
    for row in reference_view(result_of(screen), "all").cosines.to_dict("records"):
        assert f"{row['mean_pairwise_cosine']:.2f}".replace("-", "−") in body
    assert "m1 does not predict 1 of 6 perturbations" in body


def test_one_reference_can_be_shown_and_the_centroid_is_the_reference_of_all_pages(screen):
    assert "reference" not in screen.query_params
    choose(screen, "View", "centroid")
    assert len(alts_of(screen)) == 4
    assert all("perturbed centroid" in alt for alt in alts_of(screen)[:-1])
    assert not any("control mean" in alt for alt in alts_of(screen)[:-1])
    assert screen.query_params["reference"] == "centroid"
    choose(screen, "View", "control")
    assert all("control mean" in alt for alt in alts_of(screen)[:-1])
    choose(screen, "View", "both")
    assert all("control mean" in alt and "perturbed centroid" in alt for alt in alts_of(screen)[:-1])
    assert "reference" not in screen.query_params


def test_a_link_with_the_centroid_shows_it_alone(root: Path, visit: Visit):
    write_screen(root)
    app = wait(visit(PAGE, dataset=record_of(1), reference="centroid"))
    assert len(alts_of(app)) == 3
    assert not any("control mean" in alt for alt in alts_of(app)[:-1])
    app = visit(PAGE, dataset=record_of(1), reference="sun")
    assert "“sun”, which is not here" in html_of(app) + html_of(wait(app))
    assert "control mean" in alts_of(app)[0]


def thick(app) -> str:
    found = re.search(r"Thick: ([^<]*?)\.<", html_of(app))
    assert found is not None
    return found[1]


def test_two_are_marked_by_rule_and_others_by_choice(screen):
    first, second = thick(screen).split(", ")
    assert {first, second} <= set(reference_view(result_of(screen), "all").longest)
    screen.multiselect(key="pd-mark").set_value(["G02", "P1"]).run()
    assert thick(screen) == "G02, P1"
    assert "selection" not in screen.query_params
    choose(screen, "View", "control")
    assert thick(screen) == "G02, P1"
    screen.multiselect(key="pd-mark").set_value([]).run()
    assert thick(screen) == f"{first}, {second}"


def test_a_selection_of_other_pages_is_marked_and_the_rest_is_pale(screen):
    screen.query_params["selection"] = ["G02", "P1"]
    screen.run()
    assert thick(screen) == "G02, P1"
    panel = figures_of(screen)[0]
    arrows = [trace for trace in panel["data"] if trace["mode"] == "lines+markers"]
    assert {trace["marker"]["opacity"] for trace in arrows} == {0.15, 1}
    assert screen.multiselect(key="pd-mark").value == []


def test_without_predictions_the_observed_shifts_remain(root: Path, visit: Visit):
    write_screen(root)
    app = wait(visit(PAGE, dataset=record_of(0)))
    assert not app.exception
    assert alts_of(app)[0].startswith("observed:")
    assert len(alts_of(app)) == 2
    assert "From control the 8 observed shifts are alike" in html_of(app)


def test_of_many_models_three_have_panels_at_a_time_and_the_table_has_all(root: Path, visit: Visit):
    write_screen(root)
    app = wait(visit(PAGE, dataset=record_of(8)))
    assert not app.exception
    assert [alt.split(":")[0] for alt in alts_of(app)][:-1] == ["observed", "m0", "m1", "m2"]
    choose(app, "Models in the panels", "7-8")
    assert [alt.split(":")[0] for alt in alts_of(app)][:-1] == ["observed", "7 m6", "8 m7"]
    assert text_of(app).count("m7") >= 3


def test_the_table_of_angles_holds_the_angles_of_the_view(screen):
    angles = reference_view(result_of(screen), "all").angles
    table = screen.dataframe[0].value
    assert table["perturbation"].tolist() == list(reference_view(result_of(screen), "all").longest)
    for row in angles[angles["prediction"] == "m0"].to_dict("records"):
        shown = table.set_index("perturbation").loc[row["perturbation"], f"m0_{row['reference']}"]
        assert shown == row["angle"]


def test_one_perturbation_is_an_empty_state_with_the_reason(root: Path, visit: Visit):
    write_screen(root, labels=["G00"])
    app = wait(visit(PAGE, dataset=record_of(0)))
    assert not app.exception
    assert "One perturbation has nothing to be compared with" in html_of(app)
    assert not app.get("plotly_chart")


def test_all_contexts_together_become_one_and_that_is_said(root: Path, visit: Visit):
    write_screen(root, contexts=("K562", "RPE1"))
    app = wait(visit(PAGE, dataset=record_of(1), context="pooled"))
    assert not app.exception
    assert "this page shows one: K562." in html_of(app)
    app = wait(visit(PAGE, dataset=record_of(1), context="RPE1"))
    assert "this page shows one" not in html_of(app)
    assert "RPE1" in html_of(app)
