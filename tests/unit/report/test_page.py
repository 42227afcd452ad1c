"""The page as a whole: order, what every state shows, safety, determinism."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import date
from html.parser import HTMLParser

import pytest

from perturbdash.judgement.sentences import model_verdicts
from perturbdash.judgement.sentences_scorecard import hero
from perturbdash.report.document import plotly_script
from perturbdash.report.writing import report_html
from tests.unit.report.made import EVIL, embedded, headings, scope_of, scored, words

MADE = date(2026, 1, 2)
FIRST = [
    "Verdict",
    "Warnings",
    "Differences and positions",
    "All scores",
    "Calibration",
    "Systematic variation",
    "Reference",
]
LAST = ["Perturbations", "What was left out", "Settings and versions", "Methods", "References"]
SCRIPT = re.compile(r"<script(?: [^>]*)?>(.*?)</script>", re.DOTALL)
NOT_MARKUP = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "wbr"}


class Outline(HTMLParser):
    """Collects elements, attributes and ids, and holds every element to be closed where it was opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in NOT_MARKUP:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def outline(page: str) -> Outline:
    parser = Outline()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser


@pytest.fixture(scope="module")
def page() -> str:
    return report_html(scored(), title="My screen", made=MADE)


def test_the_sections_stand_in_their_order_the_verdict_first(page: str) -> None:
    assert headings(page) == FIRST + LAST
    contents = re.search(r'<nav class="pr-contents".*?</nav>', page, re.DOTALL)
    assert contents
    assert re.findall(r'href="#([^"]+)"', contents.group()) == re.findall(r'<section id="([^"]+)"', page)


def test_several_contexts_have_a_section_each_after_the_pooled_ones() -> None:
    page = report_html(scored(contexts=("A", "B")), made=MADE)
    assert headings(page) == [*FIRST, "Context A", "Context B", *LAST]
    assert "all contexts together" in words(page)
    assert embedded(page, "pr-data")["contexts"] == ["A"] * 14 + ["B"] * 14


def test_the_verdict_is_the_sentence_of_the_scorecard(page: str) -> None:
    result = scored()
    sentence = "".join(hero(model_verdicts(result.verdict, "A")))
    assert "good beats every baseline" in sentence
    assert re.sub(r"\s", "", sentence) in re.sub(r"\s", "", words(page))
    assert page.index("beats every baseline") < page.index('id="warnings"')


def test_without_predictions_the_data_set_is_calibrated() -> None:
    page = report_html(scored(models=()), made=MADE)
    assert headings(page) == FIRST + LAST
    text = words(page)
    assert "No prediction is loaded." in text
    assert "can tell a repeated experiment from the average" in text
    assert set(embedded(page, "pr-data")["views"]) == {"Calibration"}


def test_where_nothing_is_informative_it_says_so_and_draws_no_difference() -> None:
    result = scored(effect=0.0)
    assert not scope_of(result).headline
    text = words(report_html(result, made=MADE))
    assert "Nothing can be said about these models on this data" in text
    assert "What would help" in text
    assert "beats every baseline on" not in text


def test_eight_models_are_all_in_it() -> None:
    models = tuple(f"model{i}" for i in range(8))
    page = report_html(scored(models=models), made=MADE)
    text = words(page)
    assert all(model in text for model in models)
    assert "Not drawn: model6 and model7" in text
    assert [name for name, _ in embedded(page, "pr-data")["views"]["Headline metrics of one prediction"]][
        :8
    ] == [*models]


def test_one_perturbation_is_enough() -> None:
    data = scored(models=())
    assert len(data.dataset.perturbations) == 14
    import perturbdash
    from tests.unit.report.made import cells

    alone = perturbdash.evaluate(cells(["G01"]), store=False, n_resamples=50, space="log1p")
    page = report_html(alone, made=MADE)
    assert "1 perturbation" in words(page)
    outline(page)


def test_the_markup_is_whole_and_ids_are_there_once(page: str) -> None:
    found = outline(page)
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = [a["href"] or "" for tag, a in found.elements if tag == "a"]
    assert {t[1:] for t in targets if t.startswith("#")} <= set(ids)
    assert {t.split("/")[2] for t in targets if not t.startswith("#")} == {"doi.org"}


def test_nothing_is_fetched(page: str) -> None:
    found = outline(page)
    for tag, attributes in found.elements:
        assert tag not in {"img", "iframe", "object", "embed", "video", "audio"}
        assert "src" not in attributes
        assert tag != "link" or attributes["href"] == "data:,"
    styles = "".join(re.findall(r"<style>(.*?)</style>", page, re.DOTALL))
    assert "url(" not in styles
    assert "@import" not in styles


def test_the_policy_lets_only_the_two_scripts_run(page: str) -> None:
    policy = next(
        attributes["content"] or ""
        for tag, attributes in outline(page).elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-inline'" not in policy.split("style-src")[0]
    running = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert len(running) == 2
    for script in running:
        assert base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() in policy
    assert page.count(plotly_script()) == 1


def test_every_figure_says_what_it_shows(page: str) -> None:
    places = [a for _, a in outline(page).elements if a.get("class") == "pr-plot"]
    assert len(places) >= 5
    assert all(place["role"] == "img" and len(place["aria-label"] or "") > 20 for place in places)


def test_tables_have_captions_and_headers_with_a_scope(page: str) -> None:
    body = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    tables = re.findall(r"<table.*?</table>", body, re.DOTALL)
    assert len(tables) >= 6
    for table in tables:
        assert "<caption" in table
        assert all('scope="' in head for head in re.findall(r"<th\b[^>]*>", table))


@pytest.mark.parametrize("contexts", [("A",), ('<b onclick="x">&', "</script><script>alert(3)</script>")])
def test_names_from_data_are_never_markup(contexts: tuple[str, ...]) -> None:
    models = ("</script><script>alert(4)</script>", '"><img src=x onerror=alert(5)>')
    title = "<title></title><script>alert(6)</script>"
    page = report_html(scored(models=models, contexts=contexts, evil=True), title=title, made=MADE)
    found = outline(page)
    tags = [tag for tag, _ in found.elements]
    assert "img" not in tags
    assert all(not name.startswith("on") for _, attributes in found.elements for name in attributes)
    assert len(re.findall(r"<script>", page)) == 2
    for content in SCRIPT.findall(page.replace(plotly_script(), "")):
        assert "<script" not in content.lower()
        assert "<!--" not in content
    text = words(page)
    for name in (*models, title, *(contexts if len(contexts) > 1 else ())):
        assert name.replace(" ", "") in text.replace(" ", "")
    assert set(EVIL) <= set(embedded(page, "pr-data")["names"])


def test_the_same_twice_and_only_the_date_differs(page: str) -> None:
    scored.cache_clear()
    again = report_html(scored(), title="My screen", made=MADE)
    assert again == page
    later = report_html(scored(), title="My screen", made=date(2030, 5, 6))
    assert later != page
    assert later.replace("2030-05-06", "2026-01-02") == page


def test_the_record_is_readable_and_can_be_saved(page: str) -> None:
    run = embedded(page, "pr-run")
    assert run["settings"]["n_resamples"] == 200
    assert [model["model"] for model in run["models"]] == ["good", "flat"]
    text = words(page)
    assert run["digest"] in text
    for name, version in run["versions"].items():
        assert f"{name} {version}" in text
