"""The sentences of the page Embedding follow from its tables."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from perturbdash.judgement.sentences_embedding import box_sentence, embedding_verdict
from perturbdash.judgement.sentences_views import plain


def view(*rows: tuple[str, float, float, float], n_tested: int = 33, explained=(0.67, 0.17), **changes):
    """Rows are name, distance, distance of the average, spread."""
    summary = pd.DataFrame(
        [
            {
                "prediction": name,
                "distance": distance,
                "average": average,
                "nearer": 1 - distance / average,
                "spread": spread,
                "n": n_tested,
                "n_average": n_tested,
            }
            for name, distance, average, spread in rows
        ],
        columns=["prediction", "distance", "average", "nearer", "spread", "n", "n_average"],
    )
    given = {
        "summary": summary,
        "n": 40,
        "n_tested": n_tested,
        "n_genes": 250,
        "noise": 0.3,
        "explained": explained,
        "reference": "control",
        "distances": pd.DataFrame({"norm": [3.78, 1.0]}),
    }
    return SimpleNamespace(**given | changes)


def test_the_nearest_first_one_spot_is_called_so():
    found = embedding_verdict(
        view(("collapsed", 1.33, 1.35, 0.02), ("sharp", 0.6, 1.35, 0.9)), ["sharp", "collapsed"]
    )
    assert plain(found.sentence) == (
        "sharp lands 56\u00a0% nearer to its truth than the average does; collapsed lands almost on one spot."
    )
    said = plain(found.muted)
    assert (
        "all 250 genes, 33 test perturbations, all cells: sharp 0.60, collapsed 1.33, the average 1.35"
        in said
    )
    assert "sampling noise alone makes 0.30" in said
    assert "shows 84\u00a0% of the variance between the 40 observed centroids" in said


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (1.0, "lands 0\u00a0% nearer to its truth than the average does."),
        (1.2, "lands 20\u00a0% farther from its truth than the average does."),
        (29.0, "lands 29 times as far from its truth as the average."),
        (0.5, "lands 50\u00a0% nearer to its truth than the average does."),
    ],
)
def test_nearer_farther_and_as_far(distance, words):
    assert plain(embedding_verdict(view(("m", distance, 1.0, 0.9)), ["m"]).sentence) == f"m {words}"


def test_only_models_that_are_shown_and_at_most_three_are_named():
    rows = [(name, 0.5 + i / 10, 1.0, 0.9) for i, name in enumerate("abcde")]
    assert "c lands" not in plain(embedding_verdict(view(*rows), ["a", "b"]).sentence)
    found = embedding_verdict(view(*rows), list("abcde"))
    assert plain(found.sentence).endswith("; 2 more below.")
    assert "e 0.90" in plain(found.muted)


def test_without_an_average_the_distance_itself_is_said():
    one = view(("m", 0.5, np.nan, np.nan), n_tested=1)
    found = embedding_verdict(one, ["m"])
    assert plain(found.sentence) == "m lands 0.50 log1p units from its truth."
    assert "the average is undefined here" in plain(found.muted)


def test_averages_over_other_perturbations_are_a_range():
    found = embedding_verdict(view(("a", 0.5, 1.0, 0.9), ("b", 0.6, 1.2, 0.9)), ["a", "b"])
    assert "the average on the same perturbations 1.00 to 1.20 log1p units" in plain(found.muted)


def test_without_a_model_the_plane_is_the_answer():
    found = embedding_verdict(view(), [])
    assert (
        plain(found.sentence)
        == "Two components hold 84\u00a0% of the variance between 40 observed centroids."
    )
    assert "No prediction is loaded" in plain(found.muted)
    assert "3.78 log1p units" in plain(found.muted)
    alone = embedding_verdict(view(explained=(np.nan, np.nan), n=1), [])
    assert plain(alone.sentence) == "1 perturbation, and no variance between centroids to show."


def test_a_box_is_said_in_words():
    counts = pd.DataFrame({"perturbation": ["A", "control"], "inside": [30, 4]})
    assert box_sentence(counts, 2996, "control") == (
        "34 of the 2,996 cells that are shown, of 1 perturbation and of control."
    )
    assert box_sentence(counts.iloc[:0], 2996, "control") == "None of the 2,996 cells that are shown."
