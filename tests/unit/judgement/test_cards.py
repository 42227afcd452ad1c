"""Cards of metrics: what they say, and by what they are found."""

from __future__ import annotations

import pytest

from perturbdash.judgement.cards import FAMILIES, cards, found
from perturbdash.judgement.concepts import CONCEPTS
from perturbdash.metrics.registry import METRICS
from perturbdash.vocabulary import HEADLINE

EVERY = cards()


def named(name: str):
    return next(card for card in EVERY if card.name == name)


def test_each_metric_has_one_card_headline_ones_first_then_by_family():
    assert sorted(card.name for card in EVERY) == sorted([*METRICS, *CONCEPTS])
    assert [card.name for card in EVERY[:4]] == list(HEADLINE)
    families = [list(FAMILIES).index(card.family) for card in EVERY[4:]]
    assert families == sorted(families)


@pytest.mark.parametrize("card", EVERY, ids=lambda card: card.name)
def test_a_card_is_complete(card):
    assert card.label
    assert card.summary[-1] in "?."
    assert card.source
    assert card.doi.startswith("10.")
    assert card.facts
    assert not set(card.facts) & set(card.more)
    for words in (*card.facts.values(), *card.more.values()):
        assert words.endswith(".")
    if card.is_metric:
        assert card.formula
        assert card.symbols
        assert set(card.facts) == {"undefined", "fooled by"}
        assert "negative control" in card.more
        assert card.span
        assert card.better in ("higher", "lower")


@pytest.mark.parametrize(
    ("name", "span"),
    [
        ("wmse", "0 to ∞, perfect 0"),
        ("mse_unbiased", "−∞ to ∞, perfect 0"),
        ("pearson_delta_control", "−1 to 1, perfect 1"),
        ("nir", "0 to 1, chance 0.5"),
        ("r2_delta_centroid", "−∞ to 1, perfect 1"),
    ],
)
def test_ranges_are_written_out(name: str, span: str):
    assert named(name).span == span


def test_skill_belongs_to_what_counts():
    assert {card.skill for card in EVERY if card.name in HEADLINE} == {"size", "pattern", "identity", "sign"}
    assert not [card.name for card in EVERY if card.skill and card.name not in HEADLINE]
    other = cards(("mse", "truth_rank"))
    assert [card.name for card in other if card.skill] == ["mse", "truth_rank"]


def test_every_name_of_every_peer_finds_its_card():
    for card in EVERY:
        for peer in card.peers:
            if peer.name:
                assert card in found(EVERY, peer.name)
                assert card in found(EVERY, peer.name.upper().replace("_", " "))


def test_a_word_in_a_name_goes_before_one_in_a_sentence():
    names = [card.name for card in found(EVERY, "weights")]
    assert names[0] == "weights"
    assert "wmse" in names
    assert found(EVERY, "gate")[0].name == "gate"


def test_text_family_and_headline_are_all_asked_for():
    assert found(EVERY, "") == list(EVERY)
    assert found(EVERY, "zzz") == []
    assert [card.name for card in found(EVERY, "pearson", "centroid", headline=True)] == [
        "pearson_delta_centroid"
    ]
    assert {card.family for card in found(EVERY, "", "beside")} == {"beside"}
    assert found(EVERY, "", "beside", headline=True) == []
