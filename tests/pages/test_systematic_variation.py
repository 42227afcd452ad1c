from pathlib import Path

import pytest

from perturbdash.judgement.pairwise_view import pairwise_view
from perturbdash.statistics.systematic import summary
from perturbdash.ui import files
from tests.pages.conftest import Fake, Visit, html_of, wait
from tests.pages.evaluated import demo_result, visit_demo, visit_scored, write_noise

PAGE = "systematic_variation"


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERTURBDASH_STORE", str(tmp_path / "store"))


@pytest.fixture
def noise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(files.DATA_ROOT, str(tmp_path))
    for n in (1, 14):
        write_noise(tmp_path / f"noise{n}.h5ad", n)
    return tmp_path


@pytest.fixture
def demo(visit: Visit, monkeypatch: pytest.MonkeyPatch):
    return visit_demo(visit, PAGE, monkeypatch)


def test_the_demo_is_placed_among_the_published(demo):
    assert not demo.exception
    means = summary(demo_result().systematic_variation)
    control, centroid = means.iloc[0], means.iloc[1]
    body = html_of(demo)
    assert f"Strong systematic variation: mean cosine {control['cosine']:.2f} to the average effect" in body
    assert "more than 9 of 10 published data sets" in body
    assert f"{centroid['cosine']:.2f}".replace("-", "−") in body
    assert "part of this is noise" not in body
    assert "this is line_A; line_B has" in body
    assert len(demo.get("plotly_chart")) == 3


def test_the_table_has_both_references_with_bars_the_strongest_first(demo):
    table = demo.dataframe[0].value
    own = demo_result().systematic_variation
    own = own[own["context"] == "line_A"]
    assert len(table) == own["perturbation"].nunique()
    assert table["shift_norm_control"].is_monotonic_decreasing
    for reference in ("control", "centroid"):
        expected = own[own["reference"] == reference].set_index("perturbation")["cosine"]
        assert table[f"cosine_{reference}"].tolist() == expected.loc[table["perturbation"]].tolist()
        assert table[f"bar_{reference}"].str.startswith("data:image/svg+xml").all()
    assert (table["n_degs"] > 0).any()
    assert [i.proto.label for i in demo.main.get("download_button") if i.proto.label == "CSV"] == ["CSV"] * 5
    assert demo.dataframe[0].proto.columns.count('"help"') == len(table.columns)


def test_the_reference_of_the_right_figure_is_chosen_and_said(demo):
    assert "Reference: control (Δcontrol)" in html_of(demo)
    next(g for g in demo.main.get("button_group") if g.label == "Reference").set_value("centroid").run()
    assert "Reference: perturbed centroid (Δcentroid)" in html_of(demo)
    assert demo.query_params["reference"] == "centroid"
    assert not demo.exception


def test_a_selection_in_the_address_filters_the_table(visit: Visit, monkeypatch):
    names = list(demo_result().dataset.perturbations[:2])
    app = visit_demo(visit, PAGE, monkeypatch, selection=names)
    assert sorted(app.dataframe[0].value["perturbation"]) == names
    assert "2 selected of 44 perturbations" in " ".join(item.value for item in app.caption)
    assert "2 of 44 selected, the others faded; mean cosine" in html_of(app)


def test_without_any_effect_the_page_says_that_it_is_noise(visit: Visit, noise):
    app = visit_scored(visit, PAGE, "noise14.h5ad")
    assert not app.exception
    assert "part of this is noise in the control mean" in html_of(app)
    assert "with the controls split" in html_of(app)
    assert "Part of this is noise in the control mean: the cosine falls by" in html_of(app)


def test_one_perturbation_has_no_cosine_but_a_norm(visit: Visit, noise):
    app = visit_scored(visit, PAGE, "noise1.h5ad")
    assert not app.exception
    body = html_of(app)
    assert "One perturbation has no average effect" in body
    assert "the shift of P00 itself" in body
    assert not app.get("plotly_chart")
    table = app.dataframe[0].value
    assert table["cosine_control"].isna().all()
    assert table["shift_norm_control"].gt(0).all()


def test_tables_without_rows_are_an_empty_state(visit: Visit, fake: Fake, root):
    app = wait(visit(PAGE, dataset="two.h5ad"))
    assert not app.exception
    assert "No shift to compare" in html_of(app)


def test_the_forms_and_the_pairs_are_those_of_the_tables(demo):
    result = demo_result()
    means = summary(result.systematic_variation)
    own = means[means["context"] == "line_A"].set_index("reference")
    body = html_of(demo)
    for form in ("cosine", "cosine_leave_one_out", "cosine_split_control"):
        row = own.loc["control"]
        assert f"{row[form]:.2f} ± {row[f'{form}_se']:.2f}" in body
    found = pairwise_view(result, "line_A")
    assert f"946 pairs, all cells; mean {found.means['mean'][0]:.2f} from control" in body
    shown = next(frame.value for frame in demo.dataframe if "other" in frame.value)
    assert shown["cosine_centroid"].tolist() == found.nearest["cosine_centroid"].tolist()


def test_a_selection_asks_for_its_own_pairs(visit: Visit, monkeypatch):
    names = list(demo_result().dataset.perturbations[:2])
    app = visit_demo(visit, PAGE, monkeypatch, selection=names)
    shown = next(frame.value for frame in app.dataframe if "other" in frame.value)
    assert (shown["perturbation"].isin(names) | shown["other"].isin(names)).all()
    assert "within the selection" in html_of(app)
