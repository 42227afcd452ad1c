"""What is said of one gene, and of whose truth is nearest."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd

from perturbdash.judgement.gene_everywhere import GeneEverywhere
from perturbdash.judgement.nearest_view import NearestTruths
from perturbdash.judgement.sentences_gene import (
    everywhere_sentence,
    gene_not_here,
    gene_sentence,
    nearest_sentence,
)
from perturbdash.judgement.sentences_views import Name, plain


def view(**changes: object) -> SimpleNamespace:
    genes = pd.DataFrame(
        {
            "gene": ["HBZ", "LTB", "GDF15"],
            "observed": [-0.81, 0.25, 0.01],
            "t": [-8.125, 9.0, np.nan],
            "p_adj": [0.0004, 0.00001, np.nan],
            "deg": [True, True, False],
            "target": [False, True, False],
        }
    )
    predicted = pd.DataFrame(
        {
            "gene": ["HBZ", "HBZ"],
            "prediction": ["mean", "sharp"],
            "shift": [0.5, -0.31],
            "kind": ["baseline", "model"],
        }
    )
    found = {"perturbation": "MAPK1", "genes": genes, "predicted": predicted, "left_out": ()}
    return SimpleNamespace(**(found | changes))


def test_a_gene_has_its_shift_test_rank_and_predictions() -> None:
    words = gene_sentence(view(), "HBZ")
    assert plain(words) == (
        "HBZ in MAPK1: observed −0.81 (t −8.12, adjusted p 4.0e−04, a DEG, rank 2 of 3 by the size of t); "
        "predicted mean 0.50, sharp −0.31."
    )
    assert Name("sharp") in words
    assert "rank 1 of 3" in plain(gene_sentence(view(), "LTB"))
    assert "a DEG, targeted" in plain(gene_sentence(view(), "LTB"))


def test_a_gene_without_a_test_or_a_prediction_says_so() -> None:
    assert plain(gene_sentence(view(), "GDF15")) == (
        "GDF15 in MAPK1: observed 0.01 (without a test); not predicted."
    )
    assert "left out of this page" in plain(gene_sentence(view(left_out=("MAPK1",)), "MAPK1"))


def test_names_near_a_missing_gene_are_offered() -> None:
    assert gene_not_here("X", 1200, ()) == "No gene of the 1,200 in the panel is called “X”."


def test_a_gene_everywhere_names_its_largest_shifts() -> None:
    observed = pd.DataFrame(
        {
            "perturbation": list("ABCD"),
            "observed": [0.1, -2.0, 0.5, np.nan],
            "deg": [False, True, True, False],
        }
    )
    found = GeneEverywhere("HBZ", "control", observed, pd.DataFrame())
    assert (
        everywhere_sentence(found) == "A DEG in 2 of 3 perturbations. Largest shift: B −2.00, C 0.50, A 0.10."
    )


def test_ranks_are_said_as_people_say_them() -> None:
    table = pd.DataFrame(
        {
            "prediction": ["sharp", "sharp", "mean"],
            "rank": [1, 2, 32],
            "own": [False, True, True],
        }
    )
    assert plain(nearest_sentence(NearestTruths(table, 32, 250))) == (
        "Its own truth stands sharp 2nd, mean 32nd of 33."
    )
    assert plain(nearest_sentence(NearestTruths(table.iloc[:0], 32, 250))) == "No prediction to compare."
