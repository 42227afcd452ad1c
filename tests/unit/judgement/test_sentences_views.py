"""Sentences of the pages Reference and Perturbation: each rule, and the words at its edges."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from perturbdash.judgement.sentences_views import Name, perturbation_verdict, plain, reference_verdict

SPACE = "\N{NO-BREAK SPACE}"


def cosines(**values: tuple[float, float]) -> pd.DataFrame:
    rows = [
        {"prediction": name, "reference": reference, "mean_pairwise_cosine": value, "n": 33}
        for name, both in values.items()
        for reference, value in zip(("control", "centroid"), both, strict=True)
    ]
    return pd.DataFrame(rows)


def of_reference(table: pd.DataFrame, *models: str) -> tuple[str, str]:
    found = reference_verdict(table, models, n_genes=250)
    return plain(found.sentence), plain(found.muted)


def test_one_answer_is_named_with_both_references() -> None:
    table = cosines(observed=(0.132, 0.02), sharp=(0.34, 0.03), collapsed=(0.99, 0.10))
    sentence, muted = of_reference(table, "sharp", "collapsed")
    assert sentence == (
        "collapsed has one answer: from control its 33 shifts point the same way (0.99, observed 0.13); "
        "from the centroid they do not (0.10, observed 0.02)."
    )
    assert muted == (
        "Mean pairwise cosine of shifts, 250 genes, 33 perturbations. Against control: observed 0.13, sharp 0.34, "
        "collapsed 0.99. Against the perturbed centroid: 0.02, 0.03, 0.10."
    )


@pytest.mark.parametrize(
    ("left", "words"),
    [(0.95, "they still do"), (0.5, "they are still too alike"), (-0.2, "they do not (−0.20")],
)
def test_what_is_left_from_the_centroid_has_its_own_words(left: float, words: str) -> None:
    sentence, _ = of_reference(cosines(observed=(0.1, 0.0), m=(0.97, left)), "m")
    assert words in sentence


def test_shifts_that_are_only_more_alike_are_no_single_answer() -> None:
    sentence, _ = of_reference(cosines(observed=(0.1, 0.0), m=(0.6, 0.1)), "m")
    assert sentence == (
        "Shifts of m are more alike than the observed: from control (0.60, observed 0.10), "
        "from the centroid (0.10, observed 0.00)."
    )


def test_shifts_as_alike_as_the_observed_are_stated_beside_them() -> None:
    sentence, _ = of_reference(cosines(observed=(0.5, 0.02), a=(0.55, 0.03), b=(0.6, 0.04)), "a", "b")
    assert sentence == (
        "From control the 33 observed shifts are alike at a cosine of 0.50, from the centroid at 0.02; "
        "b at 0.60 and 0.04."
    )


def test_a_hidden_model_is_not_named_and_none_is_needed() -> None:
    table = cosines(observed=(0.5, -0.001), m=(0.99, 0.9))
    sentence, muted = of_reference(table)
    assert sentence == (
        "From control the 33 observed shifts are alike at a cosine of 0.50, from the centroid at 0.00."
    )
    assert " m " not in muted


def test_a_model_with_fewer_shifts_says_how_many() -> None:
    table = cosines(observed=(0.5, 0.0), m=(0.4, np.nan))
    table.loc[table["prediction"] == "m", "n"] = 12
    _, muted = of_reference(table, "m")
    assert "m 0.40 (n = 12)" in muted
    assert "0.00, –." in muted


class View:
    """What the sentences read of a view of one perturbation."""

    def __init__(self, agreement: list[tuple], reference: str = "control", **changes: object) -> None:
        names = ["prediction", "kind", "r", "slope", "nir"]
        self.agreement = pd.DataFrame(agreement, columns=names)
        self.perturbation, self.reference = "MAPK1", reference
        self.genes = pd.DataFrame(
            {
                "gene": ["HBZ", "LTB", "GDF15"],
                "p_adj": [0.001, 0.01, 0.5],
                "deg": [True, True, False],
                "target": False,
                "mean_group": [0.1, 2.0, 1.0],
                "mean_reference": [1.8, 1.0, 1.0],
            }
        )
        self.missing: tuple[str, ...] = ()
        self.left_out: tuple[str, ...] = ()
        self.parts: tuple[str, ...] = ("MAPK1",)
        self.n_cells, self.n_control_cells, self.n_others = 100, 1200, 32
        self.tested, self.in_mean = True, False
        for name, value in changes.items():
            setattr(self, name, value)


MEAN = ("mean", "baseline", -0.484, -0.179, 0.125)
SHARP = ("sharp", "model", 0.957, 0.546, 0.844)
COLLAPSED = ("collapsed", "model", -0.46, -0.16, 0.125)


def of_perturbation(*agreement: tuple, **changes: object) -> tuple[str, str]:
    found = perturbation_verdict(View(list(agreement), **changes))
    return plain(found.sentence).replace(SPACE, " "), plain(found.muted).replace(SPACE, " ")


def test_best_model_and_mean_are_compared_and_the_others_follow() -> None:
    sentence, muted = of_perturbation(MEAN, COLLAPSED, SHARP)
    assert sentence == (
        "MAPK1: sharp has the pattern at r 0.96 and 55 % of its size; "
        "the mean, without knowing it, r −0.48 and −18 %."
    )
    assert muted == (
        "collapsed: r −0.46, −16 %. Δcontrol, 3 genes, 100 cells against 1,200 control cells, 2 DEGs "
        "(adjusted p < 0.05). NIR among 32 other perturbations: collapsed 0.12, sharp 0.84, mean 0.12."
    )


def test_models_are_pieces_that_a_screen_gives_their_symbol() -> None:
    found = perturbation_verdict(View([MEAN, SHARP]))
    assert Name("sharp") in found.sentence
    assert Name("mean") in found.muted


def test_a_mean_that_does_better_is_said_to() -> None:
    sentence, _ = of_perturbation((*MEAN[:2], 0.97, 0.9, 0.5), SHARP)
    assert sentence.endswith("the mean, without knowing it, does better: r 0.97 and 90 %.")


def test_a_mean_over_everything_holds_the_perturbation() -> None:
    sentence, _ = of_perturbation(MEAN, SHARP, in_mean=True)
    assert "the mean, which holds it, r −0.48" in sentence


def test_the_mean_is_the_reference_itself() -> None:
    nothing = ("mean", "baseline", np.nan, np.nan, 0.1)
    sentence, muted = of_perturbation(nothing, SHARP, reference="centroid")
    assert sentence.endswith("; the mean is the reference itself and predicts no shift.")
    assert "Δcentroid" in muted
    sentence, _ = of_perturbation(nothing, SHARP)
    assert sentence.endswith("; the mean predicts no shift.")
    sentence, _ = of_perturbation(SHARP)
    assert sentence.endswith("; there is no mean to compare with.")


def test_no_model_with_the_pattern_is_not_praised() -> None:
    sentence, _ = of_perturbation(MEAN, COLLAPSED)
    assert sentence.startswith(
        "MAPK1: no model has the pattern, collapsed comes nearest with r −0.46 and −16 %;"
    )


def test_models_without_a_shift_or_without_the_perturbation_are_named() -> None:
    sentence, muted = of_perturbation(MEAN, ("flat", "model", np.nan, np.nan, 0.1), missing=("a", "b"))
    assert sentence == "MAPK1: flat predicts no shift that can be compared."
    assert "flat: r –, –. a and b do not predict MAPK1." in muted
    sentence, muted = of_perturbation(MEAN, missing=("a",))
    assert sentence == "MAPK1: 2 of 3 genes differ from control, HBZ most (−1.70 log1p units)."
    assert "a does not predict MAPK1." in muted


def test_many_models_are_counted_after_the_fourth() -> None:
    many = [(f"m{i}", "model", 0.9 - i / 10, 0.5, 0.5) for i in range(7)]
    _, muted = of_perturbation(MEAN, *many)
    assert "m4: r 0.50, 50 % and 2 more below." in muted
    _, muted = of_perturbation(MEAN, missing=tuple("abcdef"))
    assert "a, b, c, d and 2 more do not predict MAPK1." in muted


def test_without_models_the_strongest_gene_is_named_or_why_there_is_none() -> None:
    assert of_perturbation()[0] == "MAPK1: 2 of 3 genes differ from control, HBZ most (−1.70 log1p units)."
    genes = View([]).genes
    none = of_perturbation(genes=genes.assign(deg=False))
    assert none[0] == "MAPK1: no gene differs from control."
    assert "0 DEGs" in none[1]
    untested = of_perturbation(genes=genes.assign(deg=False, p_adj=np.nan))
    assert untested[0] == "MAPK1: too few cells for a test of its genes."
    one = of_perturbation(genes=genes.assign(deg=[False, True, False]))
    assert one[0] == "MAPK1: 1 of 3 genes differs from control, LTB most (+1.00 log1p units)."


def test_targets_and_train_perturbations_are_stated() -> None:
    genes = View([]).genes.assign(target=[True, False, False])
    assert "Targeted and kept: HBZ." in of_perturbation(MEAN, SHARP, genes=genes)[1]
    assert "Targeted and left out: MAPK1." in of_perturbation(MEAN, SHARP, left_out=("MAPK1",))[1]
    pair = {"genes": genes, "parts": ("HBZ", "MAPK1")}
    assert "Targeted and kept (1 of 2 in the panel): HBZ." in of_perturbation(MEAN, SHARP, **pair)[1]
    assert "Targeted" not in of_perturbation(MEAN, SHARP)[1]
    assert "not among the test perturbations: not scored" in of_perturbation(MEAN, SHARP, tested=False)[1]


def test_sentences_load_no_torch() -> None:
    code = "import perturbdash.judgement.sentences_views, sys; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
