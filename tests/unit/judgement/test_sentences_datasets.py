"""What is said of a data set among others."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from perturbdash.judgement.sentences_datasets import Place, datasets_answer

PUBLISHED = pd.DataFrame({"cosine": [0.16, 0.19, 0.2, 0.31, 0.32, 0.5, 0.52, 0.53, 0.56, 0.76]})
R = {"control": 0.99, "centroid": -0.342}


def said(own: Place | None, *, r: float = 0.99, told: tuple[tuple[str, int, int], ...] = ()):
    return datasets_answer(own, PUBLISHED, R | {"control": r}, method="the average", told=told)


def place(cosine: float = 0.36, **changes: float) -> Place:
    given = {"cosine": cosine, "split": cosine, "score": 0.29, "n_contexts": 1} | changes
    return Place(name="Mine", **given)


@pytest.mark.parametrize(
    ("cosine", "where"),
    [
        (0.1, "below all 10 published data sets"),
        (0.2, "in the lower third of the published"),
        (0.4, "in the middle of the published"),
        (0.55, "in the upper third of the published"),
        (0.9, "above all 10 published data sets"),
    ],
)
def test_it_is_placed_among_the_published(cosine: float, where: str):
    assert (
        said(place(cosine)).sentence
        == f"Mine lies {where}: cosine {cosine:.2f}, and the average scores 0.29 there."
    )


def test_it_says_what_a_score_there_means_and_what_is_noise():
    muted = said(place(0.72, split=0.03, score=0.62)).muted
    assert (
        "A model with a Pearson Δcontrol of up to 0.62 there shows no more than the average knows." in muted
    )
    assert "With the controls split the cosine falls to 0.03" in muted
    assert "controls split" not in said(place(0.72, split=0.65)).muted
    assert "controls split" not in said(place(0.72, split=math.nan)).muted


def test_without_a_score_the_sentence_ends_with_the_cosine():
    answer = said(place(score=math.nan))
    assert answer.sentence == "Mine lies in the middle of the published: cosine 0.36."
    assert "A model with" not in answer.muted


@pytest.mark.parametrize(
    ("r", "words"), [(0.95, "closely follows"), (0.7, "rises with"), (0.14, "does not follow")]
)
def test_how_closely_scores_follow_is_said_by_the_correlation(r: float, words: str):
    answer = said(None, r=r)
    assert (
        answer.sentence
        == f"Over 10 published data sets, the score of the average {words} how much one effect is shared."
    )
    assert f"r = {r:.2f} against control" in answer.muted
    assert "against the centroid r = −0.34" in answer.muted
    assert ("whatever a model knows" in answer.muted) == (r >= 0.9)


def test_one_perturbation_has_no_place():
    answer = said(place(math.nan))
    assert answer.sentence.startswith("Over 10 published data sets")
    assert "Mine has one perturbation in a context, so it has no place among them." in answer.muted


def test_what_metrics_can_tell_is_counted_for_each_loaded_one():
    assert (
        "Headline metrics that can tell anything: A 4 of 4 and B none of 4."
        in said(place(), told=(("A", 4, 4), ("B", 0, 4))).muted
    )
    many = tuple((f"D{i}", i, 4) for i in range(7))
    assert said(place(), told=many).muted.endswith("D3 3 of 4, D4 4 of 4 and 2 more data sets.")


def test_means_over_contexts_say_so():
    assert said(place(n_contexts=3)).muted.startswith("Means over its 3 contexts.")
    assert "contexts" not in said(place()).muted
