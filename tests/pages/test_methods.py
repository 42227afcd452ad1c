"""The page Methods: its cards, its search, and the drawer of a card."""

import html
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from perturbdash.judgement.cards import cards
from perturbdash.judgement.concepts import CONCEPTS
from perturbdash.metrics.registry import METRICS
from perturbdash.ui import files
from perturbdash.vocabulary import HEADLINE
from tests.pages.conftest import Visit, html_of, wait
from tests.pages.evaluated import demo_result, visit_demo, visit_scored, write_noise

PAGE = "methods"


def drawer(app: AppTest) -> str:
    """Return title and words of the drawer; empty where none is open."""

    def walk(node: Any) -> Iterator[Any]:
        yield node
        for child in getattr(node, "children", {}).values():
            yield from walk(child)

    words = []
    for dialog in [node for node in walk(app._tree) if node.type == "dialog"]:
        words.append(dialog.proto.dialog.title)
        for node in walk(dialog):
            proto = getattr(node, "proto", None)
            words += [str(getattr(proto, name, "")) for name in ("body", "code_text")]
    return "\n".join(filter(None, words)).replace("\\", "")


def shown(app: AppTest) -> list[str]:
    """Return the names of the cards, in their order."""
    return [
        b.key.removeprefix("pd-details-") for b in app.button if b.key and b.key.startswith("pd-details-")
    ]


def test_without_data_every_card_is_there(visit: Visit):
    app = visit(PAGE)
    assert not app.exception
    body = html_of(app)
    assert (
        f"{len(METRICS)} metrics in 5 families; four carry the verdict, one for each kind of skill." in body
    )
    assert "No data set is loaded" not in body
    assert shown(app)[: len(HEADLINE)] == list(HEADLINE)
    assert set(shown(app)) == {*METRICS, *CONCEPTS}
    assert len(app.latex) == len([card for card in cards() if card.formula])
    for spec in METRICS.values():
        assert spec.doi in body
        assert html.escape(spec.summary) in body
    assert drawer(app) == ""


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("transpose rank", ["nir", "truth_rank"]),
        ("wmse_exp2", ["wmse"]),
        ("Centroid Accuracy", ["nir"]),
        ("nonctl-mean", ["baselines"]),
        ("pearson_deltapert", ["pearson_delta_centroid"]),
        ("Δcentroid cosine", ["cosine_delta_centroid"]),
        ("interpolated duplicate", ["duplicates"]),
    ],
)
def test_a_name_that_another_tool_uses_finds_the_card(text: str, first: list[str], visit: Visit):
    app = visit(PAGE)
    app.text_input(key="pd-methods-search").set_value(text).run()
    assert not app.exception
    assert shown(app)[: len(first)] == first
    assert len(shown(app)) < len(METRICS)


def test_family_and_switch_narrow_the_cards_and_nothing_found_is_said(visit: Visit):
    app = visit(PAGE)
    app.toggle(key="pd-methods-headline").set_value(True).run()
    assert shown(app) == list(HEADLINE)
    app.toggle(key="pd-methods-headline").set_value(False).run()
    family = next(g for g in app.main.get("button_group") if g.label == "Family")
    family.set_value("retrieval").run()
    assert set(shown(app)) == {name for name, spec in METRICS.items() if spec.family == "retrieval"}
    app.text_input(key="pd-methods-search").set_value("no such <b>thing</b>").run()
    assert shown(app) == []
    assert "No metric is called that" in html_of(app)
    assert not app.exception


def test_details_opens_the_drawer_and_says_so_in_the_address(visit: Visit):
    app = visit(PAGE)
    app.button(key="pd-details-nir").click().run()
    assert not app.exception
    assert app.query_params["metric"] == "nir"
    said = drawer(app)
    assert said.startswith("NIR, normalised inverse rank")
    assert "transpose_rank" in said
    assert "is 1 − NIR, so lower is better there" in said
    assert "Nothing to show: no data set is loaded." in said
    assert "$N$: number of candidates" in said
    assert "author = {Miller and others}" in said


@pytest.mark.parametrize("name", ["wmse", "pds_l1", "deg_auroc", "drf", "baselines", "verdict"])
def test_a_drawer_opens_by_its_address(name: str, visit: Visit):
    app = visit(PAGE, metric=name)
    assert not app.exception
    card = next(card for card in cards() if card.name == name)
    said = drawer(app)
    assert said.startswith(card.label)
    assert all(meaning.replace("\\", "") in said for _, meaning in card.symbols)
    assert card.doi in said
    assert all(html.escape(words) in said for words in (*card.facts.values(), *card.more.values()))


def test_an_unknown_card_is_said_and_left_out(visit: Visit):
    app = visit(PAGE, metric="accuracy")
    assert "The link asks for the metric “accuracy”, which is not here; it is left out." in html_of(app)
    assert drawer(app) == ""
    assert "metric" not in app.query_params


def test_the_drawer_has_scores_and_gate_of_the_open_data(visit: Visit, monkeypatch):
    visit_demo(visit, "calibration", monkeypatch)
    app = visit(PAGE, dataset="demo", metric="nir")
    assert not app.exception
    said = drawer(app)
    table = demo_result().metric_summary
    own = table[(table["context"] == "pooled") & (table["metric"] == "nir") & (table["truth"] == "all_cells")]
    own = own.set_index("prediction")
    for model in demo_result().models:
        assert model in said
        assert f"{own.loc[model, 'mean']:.2f}" in said
    summary = demo_result().calibration_summary
    row = summary[(summary["context"] == "pooled") & (summary["metric"] == "nir")].iloc[0]
    assert f"informative here: DRF {row['drf_mean']:.2f}" in said
    one = drawer(visit(PAGE, dataset="demo", metric="nir", context="line_B", models="skilled"))
    assert "context line_B" in one
    assert "collapsed" not in one


@pytest.fixture
def noise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(files.DATA_ROOT, str(tmp_path))
    write_noise(tmp_path / "noise14.h5ad", 14)
    return tmp_path


def test_without_models_the_drawer_has_the_gate_alone(visit: Visit, noise):
    wait(visit("calibration", dataset="noise14.h5ad"))
    app = visit(PAGE, dataset="noise14.h5ad", metric="nir")
    assert not app.exception
    said = drawer(app)
    assert "uninformative here: DRF" in said or "weak here: DRF" in said
    assert "matching mean" not in said


def test_a_data_set_that_is_not_scored_says_so(visit: Visit, noise):
    app = visit(PAGE, dataset="noise14.h5ad", metric="wmse")
    assert not app.exception
    assert "Nothing to show: it is not scored yet." in drawer(app)
    assert "40 metrics" in html_of(app)


def test_other_headline_metrics_lead_the_cards(visit: Visit, noise):
    app = visit_scored(visit, PAGE, "noise14.h5ad", headline=("mse", "nir"))
    assert shown(app)[:2] == ["mse", "nir"]
    assert "two carry the verdict, one for each kind of skill." in html_of(app)


def test_a_data_set_that_cannot_be_opened_leaves_the_cards(visit: Visit, noise):
    app = visit(PAGE, dataset="gone.h5ad", metric="nir")
    assert not app.exception
    assert drawer(app).startswith("NIR")
    assert set(shown(app)) == {*METRICS, *CONCEPTS}
