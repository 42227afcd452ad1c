"""What is said of permuted labels and of more cells."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from perturbdash.judgement.price import Price
from perturbdash.judgement.sentences_calibration_depth import null_answer, titration_answer

HEADLINE = ("wmse", "nir")


def spread(**passes: int) -> pd.DataFrame:
    metrics = ["wmse", "mae", "nir", "pearson_delta_centroid_top20", "lfc_nmae"]
    control = {"pearson_delta_centroid_top20": "control"}
    return pd.DataFrame(
        {
            "metric": metrics,
            "gate": ["informative", "weak", "informative", "informative", "too_few"],
            "negative_control": [control.get(metric, "mean") for metric in metrics],
            "null_informative": [passes.get(metric, 0) for metric in metrics],
            "null_n": [3, 3, 3, 3, 0],
        }
    )


def row(**changes) -> dict[str, object]:
    usual = {
        "metric": "nir",
        "question": "drf",
        "target": 0.5,
        "cells_now": 48.2,
        "drf_now": 0.31,
        "drf_low_now": 0.2,
        "status": "needed",
        "cells": 113.0,
        "cells_low": 84.0,
        "cells_high": 190.0,
        "end": 0.9,
        "end_low": 0.7,
        "end_high": 1.0,
        "reason": "",
    }
    return usual | changes


GATE = row(question="gate", target=0.05, status="reached", cells=12.0, cells_low=8.0, cells_high=20.0)


def test_nothing_passes_on_permuted_labels():
    said = null_answer(spread(), trials=3, headline=HEADLINE)
    assert said.sentence == "No metric passes its gate when labels are permuted (3 trials)."
    assert "3 informative metrics" in said.muted
    assert "1 metric has no value on permuted labels" in said.muted


def test_what_passes_is_named_and_cannot_be_believed():
    said = null_answer(spread(pearson_delta_centroid_top20=2), trials=3, headline=HEADLINE)
    assert said.sentence == (
        "“Pearson Δcentroid, top 20” passes its gate on permuted labels, in 2 of 3 trials, so it cannot be believed "
        "here."
    )
    assert "It is not a headline metric." in said.muted
    assert "It starts from the control mean" in said.muted


def test_a_headline_metric_that_passes_is_a_reason_to_choose_another():
    said = null_answer(spread(nir=3, mae=1), trials=3, headline=HEADLINE)
    assert said.sentence.startswith("NIR and MAE pass their gates on permuted labels, in 1 to 3 of 3 trials")
    assert "NIR counts in the verdict: choose another headline metric." in said.muted
    assert "control mean" not in said.muted


def test_no_value_at_all_on_permuted_labels():
    nothing = spread().assign(null_n=0)
    said = null_answer(nothing, trials=1, headline=HEADLINE)
    assert said.sentence == "No metric has a value when labels are permuted (1 trial)."


def test_how_many_cells_are_needed():
    said = titration_answer(row(), GATE)
    assert said.sentence == (
        "With 48 cells a perturbation a repeat closes 0.31 of the gap on NIR; about 110 (84 to 190) would be needed "
        "for 0.50."
    )
    assert "With cells without end the curve comes to 0.90 (0.70 to 1.00)." in said.muted
    assert "far beyond" not in said.muted
    assert "Its interval lies above 0.05, as the gate asks." in said.muted


def test_a_number_far_from_the_data_is_said_to_be():
    said = titration_answer(row(cells=900.0, cells_high=np.inf), GATE)
    assert "about 900 (84 or more) would be needed" in said.sentence
    assert "That is 19 times the data, far beyond what was measured." in said.muted


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("far", "0.50 is far, more than 32 times these cells"),
        ("not_reachable", "0.50 is not reachable with more cells"),
        ("no_curve", "how many it would take for 0.50 is not said"),
        ("reached", "for 0.50, about 30 (21 to 41) are enough"),
    ],
)
def test_other_answers(status, words):
    reason = "the curve does not fit the levels" if status == "no_curve" else ""
    number = {"cells": 30.0, "cells_low": 21.0, "cells_high": 41.0} if status == "reached" else {}
    if status != "reached":
        number = {"cells": np.nan, "cells_low": np.nan, "cells_high": np.nan}
    said = titration_answer(row(status=status, reason=reason, **number), GATE | {"status": status})
    assert words in said.sentence
    assert "nan" not in said.sentence + said.muted
    if status == "no_curve":
        assert "The curve does not fit the levels, so there is no curve and no number." in said.muted


def test_a_metric_without_a_drf_says_so():
    said = titration_answer(
        row(drf_now=np.nan, status="no_curve", reason="0 perturbations have a value"), GATE
    )
    assert said.sentence == "No perturbation has a DRF on NIR."
    assert "0 perturbations have a value" in said.muted


def test_a_price_says_cells_passes_and_time():
    assert Price(100_000, 3, 9.6).words == "reads the 100,000 cells 3 times, about 10 s"
    assert Price(50, 1, 0.01).words == "reads the 50 cells once, about 2 s"
