"""Every letter of every formula is explained."""

from __future__ import annotations

import re

import pytest

from perturbdash.judgement.concepts import CONCEPTS, NEED_CELLS
from perturbdash.metrics.registry import METRICS
from perturbdash.metrics.symbols import SYMBOLS, WORDS, symbols_of

each_spec = pytest.mark.parametrize("spec", METRICS.values(), ids=METRICS)


def left_over(formula: str, own: tuple[str, ...] = ()) -> str:
    """Return the letters of a formula that no symbol explains."""
    rest = WORDS.sub("", formula)
    for latex in own:
        rest = rest.replace(latex, "")
    for item in sorted(SYMBOLS, key=lambda item: -len(item.pattern)):
        rest = re.sub(item.pattern, "", rest)
    rest = re.sub(r"\\mathrm\{sign\}|\\[a-zA-Z]+|_k|_\{k[^}]*\}|\bk\b|n\b|_p\b|rest", "", rest)
    return "".join(re.findall("[a-zA-Z]", rest))


@each_spec
def test_every_letter_of_a_formula_is_explained(spec):
    assert left_over(spec.formula, tuple(spec.symbols)) == ""
    found = dict(symbols_of(spec))
    assert {"y", r"\delta^y", r"\hat T_k", "k_p", "P_k,\\ R_k"} & set(found)
    assert all(meaning and meaning == meaning.strip() for meaning in found.values())


def test_a_letter_without_a_meaning_is_seen():
    assert left_over(r"\frac{x_g}{Z}\,Q") == "ZQ"


def test_a_meaning_of_its_own_goes_before_the_usual_one():
    usual, own = dict(symbols_of(METRICS["nir"])), dict(symbols_of(METRICS["truth_rank"]))
    assert "candidates" in usual["N"]
    assert own["N"] == METRICS["truth_rank"].symbols["N"]


@pytest.mark.parametrize(
    "latex",
    [latex for spec in METRICS.values() for latex in (spec.formula, *spec.symbols)]
    + [latex for concept in CONCEPTS.values() for latex in (concept.formula, *concept.symbols)],
)
def test_latex_is_balanced(latex: str):
    depth = 0
    for sign in re.sub(r"\\[{}]", "", latex):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        assert depth >= 0
    assert depth == 0
    assert latex.count(r"\left") - latex.count(r"\leftarrow") == latex.count(r"\right")
    assert latex.count("$") == 0
    assert not re.search(r"[^\x00-\x7f]", latex), "KaTeX warns of letters that are not ASCII"


@pytest.mark.parametrize("concept", CONCEPTS.values(), ids=CONCEPTS)
def test_a_card_beside_the_metrics_is_complete(concept):
    assert concept.name not in METRICS
    assert concept.summary.endswith("?")
    assert re.fullmatch(r"10\.\d{4,5}/\S+", concept.doi)
    assert concept.facts
    assert all(fact.endswith(".") for fact in concept.facts.values())
    assert bool(concept.formula) or not concept.symbols


def test_names_of_peers_beside_the_metrics_stand_in_a_source(shared):
    folder = shared / "data" / "published"
    words = set(re.findall(r"\w+", "\n".join(path.read_text() for path in folder.glob("*.csv"))))
    assert {peer.name for concept in CONCEPTS.values() for peer in concept.elsewhere} - {""} <= words


def test_what_needs_cells_is_not_computed():
    assert not set(NEED_CELLS) & set(METRICS)
