"""What the page Retrieval says, from tables made by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from perturbdash.judgement.groups import Groups
from perturbdash.judgement.retrieval_confusions import Confusions
from perturbdash.judgement.retrieval_view import RANK_COLUMNS, RankView
from perturbdash.judgement.retrieval_words import REPEAT
from perturbdash.judgement.sentences_retrieval import (
    Measured,
    candidates_words,
    distance_words,
    misses_sentence,
    retrieval_verdict,
)
from perturbdash.judgement.sentences_views import Name, plain

OVER = Measured(250, 33, own_targets_out=False)
CLUSTERS = Groups("clusters", {"group 1": ("A", "B")})


def view(
    models: dict[str, tuple[float, int]],
    *,
    metric: str = "nir",
    repeat: tuple[float, int] | None = (20.5, 33),
) -> RankView:
    """Models by name: how many they find first, of how many; 33 candidates."""
    rows = [("mean", "baseline", "all_cells", 33, 1.0, 1 / 33, 17.0, 0.5, 33)]
    rows += [
        (name, "model", "all_cells", n, float(first), first / n, 2.0, 0.5 + first / 66, 33)
        for name, (first, n) in models.items()
    ]
    if repeat is not None:
        first, n = repeat
        rows.append((REPEAT, "positive_control", "half", n, first, first / n, 1.0, 0.97, 30))
    columns = ["prediction", "kind", "truth", "n", "first", "first_share", "median", "mean", "n_candidates"]
    ranks = pd.DataFrame(columns=list(RANK_COLUMNS))
    return RankView(metric, ranks, pd.DataFrame(rows, columns=columns), 33, 33, only_test=False)


def sentence(models: dict[str, tuple[float, int]], **settings) -> str:
    return plain(retrieval_verdict(view(models, **settings), list(models), OVER).sentence)


def test_the_best_stands_first_and_chance_is_named():
    said = sentence({"collapsed": (1, 33), "sharp": (15, 33)})
    assert said == "sharp finds its own perturbation first for 15 of 33; collapsed for 1, as chance would."


def test_a_model_that_predicts_fewer_says_of_how_many():
    said = sentence({"sharp": (15, 33), "few": (4, 10)})
    assert said == "sharp finds its own perturbation first for 15 of 33; few for 4 of 10."


@pytest.mark.parametrize(
    ("models", "expected"),
    [
        (
            {"a": (1, 33)},
            "The model finds its own perturbation first no more often than chance: a for 1 of 33.",
        ),
        (
            {"a": (1, 33), "b": (0, 33)},
            "No model finds its own perturbation first more often than chance: a for 1 of 33, b for none.",
        ),
    ],
)
def test_where_nobody_beats_chance_the_sentence_says_so(models, expected):
    assert sentence(models) == expected


def test_more_than_four_models_are_counted():
    said = sentence({f"m{i}": (20 - i, 33) for i in range(7)})
    assert said.endswith("; m3 for 17; 3 more below.")


def test_guessing_is_told_from_skill_by_what_it_would_find_in_a_twentieth_of_cases():
    assert "as chance would" in sentence({"a": (20, 33), "b": (3, 33)})
    assert "as chance would" not in sentence({"a": (20, 33), "b": (4, 33)})


def test_without_a_model_it_is_the_repeat_and_without_that_nothing():
    assert sentence({}) == (
        "A repeated experiment finds its own perturbation first for 62\N{NO-BREAK SPACE}% of 33; no prediction is "
        "shown."
    )
    assert sentence({}, repeat=None) == "No prediction can be compared with the observed profiles."


def test_muted_are_chance_the_repeat_with_its_truth_means_distance_and_candidates():
    found = retrieval_verdict(view({"sharp": (15, 33), "few": (4, 10)}), ["sharp", "few", "mute"], OVER)
    assert plain(found.muted) == (
        "Chance: 1 of 33. A repeated experiment (the other half of the cells, each half once as truth): "
        "62\N{NO-BREAK SPACE}% of 33, among the 30 with enough cells. NIR, mean over perturbations: sharp 0.73, "
        "few 0.56 (n = 10), mean 0.50; a repeat 0.97 (truth: a half). mute has no rank here. Euclidean distance over "
        "250 genes; truth: all cells; candidates: all 33 perturbations of the context."
    )
    assert {word.text for word in found.muted if isinstance(word, Name)} == {"sharp", "few", "mean", "mute"}


def test_the_distance_is_named_with_the_genes_that_it_leaves_out():
    assert distance_words("pds_cosine", OVER).startswith(
        "1 − cosine of the shifts from control over 217 genes"
    )
    assert distance_words("pds_l2", Measured(250, 0, False)) == (
        "Euclidean distance over 250 genes, none of which is a target"
    )
    assert distance_words("nir", Measured(250, 33, True)) == (
        "Euclidean distance over 250 genes, a perturbation’s own targets left out"
    )


def test_candidates_are_named():
    own = view({})
    assert candidates_words(own) == "all 33 perturbations of the context"
    tested = RankView("nir", own.ranks, own.summary, 10, 10, only_test=True)
    assert candidates_words(tested) == "all 10 test perturbations"


@pytest.mark.parametrize(
    ("found", "groups", "expected"),
    [
        (
            Confusions("sharp", 33, 18, (("X", 3), ("Y", 2)), 18, 14),
            CLUSTERS,
            "Most often taken for: X (3×), Y (2×). Of 18 misses of sharp, 14 stay within its cluster.",
        ),
        (Confusions("sharp", 33, 0, (), 0, 0), CLUSTERS, "sharp misses none of 33."),
        (
            Confusions("sharp", 33, 5, (), 3, 1),
            Groups("table", {}),
            "No truth is taken for twice. Of 5 misses of sharp, 1 of 3 in a group stays within a group of the table.",
        ),
        (
            Confusions(REPEAT, 33, 1, (), 0, 0),
            Groups("table", {}),
            "No truth is taken for twice. No perturbation of the 1 miss of a repeat is in a group.",
        ),
    ],
)
def test_misses_are_counted_with_those_that_stay_in_the_group(found, groups, expected):
    assert plain(misses_sentence(found, groups)) == expected
