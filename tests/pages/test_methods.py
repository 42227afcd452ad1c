"""The page Methods: its cards, its search, and the drawer of a card."""

import html
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

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
    assert app.query_params["card"] == "nir"
    assert "metric" not in app.query_params
    said = drawer(app)
    assert said.startswith("NIR, normalised inverse rank")
    assert "transpose_rank" in said
    assert "is 1 − NIR, so lower is better there" in said
    assert "Nothing to show: no data set is loaded." in said
    assert "$N$: number of candidates" in said
    assert "author = {Miller and others}" in said


@pytest.mark.parametrize("name", ["wmse", "pds_l1", "deg_auroc", "drf", "baselines", "verdict"])
def test_a_drawer_opens_by_its_address(name: str, visit: Visit):
    app = visit(PAGE, card=name)
    assert not app.exception
    card = next(card for card in cards() if card.name == name)
    said = drawer(app)
    assert said.startswith(card.label)
    assert all(meaning.replace("\\", "") in said for _, meaning in card.symbols)
    assert card.doi in said
    assert all(html.escape(words) in said for words in (*card.facts.values(), *card.more.values()))


def test_an_unknown_card_is_said_and_left_out(visit: Visit):
    app = visit(PAGE, card="accuracy")
    assert "The link asks for the card “accuracy”, which is not here; it is left out." in html_of(app)
    assert drawer(app) == ""
    assert "card" not in app.query_params
    assert "which is not here" not in html_of(app.run())


def test_a_metric_that_was_chosen_elsewhere_opens_nothing_and_stays(visit: Visit):
    app = visit(PAGE, metric="nir")
    assert not app.exception
    assert drawer(app) == ""
    assert app.query_params["metric"] == "nir"
    app.button(key="pd-details-wmse").click().run()
    assert drawer(app).startswith("weighted MSE")
    assert app.query_params["metric"] == "nir"
    assert "The link asks for" not in html_of(visit(PAGE, metric="accuracy"))


def test_calibration_leads_to_the_card_of_its_metric_and_back(visit: Visit, monkeypatch):
    app = visit_demo(visit, "calibration", monkeypatch, metric="mse")
    link = next(e.proto for e in app.main.get("page_link") if e.proto.label.endswith("on Methods"))
    assert parse_qs(link.query_string) == {"dataset": ["demo"], "metric": ["mse"], "card": ["mse"]}
    app = visit(PAGE, dataset="demo", metric="mse", card="nir")
    links = {e.proto.label: parse_qs(e.proto.query_string) for e in app.get("page_link")}
    assert links["NIR by perturbation"]["metric"] == ["nir"]
    assert links["Calibration"] == {"dataset": ["demo"], "metric": ["mse"]}


def test_the_drawer_has_scores_and_gate_of_the_open_data(visit: Visit, monkeypatch):
    visit_demo(visit, "calibration", monkeypatch)
    app = visit(PAGE, dataset="demo", card="nir")
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
    one = drawer(visit(PAGE, dataset="demo", card="nir", context="line_B", models="skilled"))
    assert "context line_B" in one
    assert "collapsed" not in one


@pytest.fixture
def noise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(files.DATA_ROOT, str(tmp_path))
    write_noise(tmp_path / "noise14.h5ad", 14)
    return tmp_path


def test_without_models_the_drawer_has_the_gate_alone(visit: Visit, noise):
    wait(visit("calibration", dataset="noise14.h5ad"))
    app = visit(PAGE, dataset="noise14.h5ad", card="nir")
    assert not app.exception
    said = drawer(app)
    assert "uninformative here: DRF" in said or "weak here: DRF" in said
    assert "matching mean" not in said


def test_a_calibration_as_published_has_its_truth_in_the_drawer(visit: Visit, noise):
    scored = visit_scored(visit, "calibration", "noise14.h5ad", calibration="published")
    said = drawer(visit(PAGE, dataset=scored.query_params["dataset"], card="mse"))
    assert " here: DRF " in said
    assert "truth: the first half." in said
    plain = wait(visit("calibration", dataset="noise14.h5ad"))
    assert "truth: each half once." in drawer(visit(PAGE, dataset=plain.query_params["dataset"], card="mse"))


def test_a_data_set_that_is_not_scored_says_so(visit: Visit, noise):
    app = visit(PAGE, dataset="noise14.h5ad", card="wmse")
    assert not app.exception
    assert "Nothing to show: it is not scored yet." in drawer(app)
    assert "40 metrics" in html_of(app)


def test_other_headline_metrics_lead_the_cards(visit: Visit, noise):
    app = visit_scored(visit, PAGE, "noise14.h5ad", headline=("mse", "nir"))
    assert shown(app)[:2] == ["mse", "nir"]
    assert "two carry the verdict, one for each kind of skill." in html_of(app)


def test_a_data_set_that_cannot_be_opened_leaves_the_cards(visit: Visit, noise):
    app = visit(PAGE, dataset="gone.h5ad", card="nir")
    assert not app.exception
    said = drawer(app)
    assert said.startswith("NIR")
    assert "since the data set cannot be opened: There is no gone.h5ad below the data folder" in said
    assert "no data set is loaded" not in said
    assert set(shown(app)) == {*METRICS, *CONCEPTS}
