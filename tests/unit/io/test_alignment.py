from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from perturbdash.errors import PredictionError
from perturbdash.io.alignment import align, genes_to_score, space_in_words
from perturbdash.io.dataset import read
from perturbdash.io.predictions import read_predictions
from perturbdash.io.schema import Schema
from tests.unit.io.stand_in import StandIn

ONE = StandIn()
TWO = StandIn(contexts=("x", "y"), schema=Schema("perturbation", "ctrl", separator="+", context_key="line"))


def frame(**columns):
    return pd.DataFrame({"perturbation": ["C", "B+A", "other"], **columns})


def full(**more):
    return frame(G4=[4.0, 8, 0], G2=[2.0, 6, 0], G1=[1.0, 5, 0], G3=[3.0, 7, 0], **more)


def test_rows_and_columns_follow_the_data_set():
    (prediction,) = read_predictions(full(), ONE)
    aligned = align(prediction, ONE, genes=("G1", "G2", "G4"))
    expected = np.full((4, 3), np.nan)
    expected[1], expected[3] = [5, 6, 8], [1, 2, 4]
    np.testing.assert_array_equal(aligned.profiles["all"], expected)
    assert aligned.genes == ("G1", "G2", "G4")
    assert aligned.predicted_control == {"all": None}


def test_the_report_counts_what_was_matched():
    (prediction,) = read_predictions(full(X9=[0, 0, 0]), ONE, name="mine")
    report = align(prediction, ONE).report
    assert (report.genes_matched, report.genes_missing) == (4, ())
    assert (report.perturbations_matched, report.perturbations_missing) == (2, ("A", "B"))
    assert (report.perturbations_extra, report.contexts, report.cells) == (("other",), ("all",), None)
    assert report.sentence().startswith("mine predicts 2 of 4 perturbations and 4 of 4 genes")
    assert report.maximum == 8.0


def test_a_prediction_without_context_counts_for_every_context():
    (prediction,) = read_predictions(full(), TWO)
    aligned = align(prediction, TWO)
    np.testing.assert_array_equal(aligned.profiles["x"], aligned.profiles["y"])
    assert aligned.report.contexts == ("x", "y")
    assert any("every one" in notice for notice in aligned.report.notices)


def test_contexts_and_predicted_controls_are_kept_apart():
    table = pd.concat([full(context="x"), full(context="y").replace({"perturbation": {"other": "ctrl"}})])
    (prediction,) = read_predictions(table[table["perturbation"] != "other"].iloc[1:], TWO)
    aligned = align(prediction, TWO)
    assert np.isnan(aligned.profiles["x"][3]).all()
    assert not np.isnan(aligned.profiles["y"][3]).any()
    assert aligned.predicted_control["x"] is None
    np.testing.assert_array_equal(aligned.predicted_control["y"], np.zeros(4))


def test_profiles_cannot_be_changed():
    (prediction,) = read_predictions(full(), ONE)
    with pytest.raises(ValueError, match="read-only"):
        align(prediction, ONE).profiles["all"][0, 0] = 1.0


def test_missing_genes_are_an_error_or_leave_the_shared_ones():
    whole = read_predictions(full(), ONE)
    part = read_predictions(full().drop(columns=["G2", "G3"]), ONE, name="part")
    assert genes_to_score(whole, ONE, "all") == ONE.genes
    assert genes_to_score([], ONE, "all") == ONE.genes
    assert genes_to_score([*whole, *part], ONE, "shared") == ("G1", "G4")
    with pytest.raises(PredictionError, match=r"part lacks 2 of the 4 genes .* --genes shared"):
        genes_to_score([*whole, *part], ONE, "all")
    with pytest.raises(PredictionError, match="part lacks 2 of the 4 genes"):
        align(part[0], ONE, genes=ONE.genes)
    other = read_predictions(full()[["perturbation", "G2"]], ONE)
    with pytest.raises(PredictionError, match="no gene in common"):
        genes_to_score([*part, *other], ONE, "shared")
    assert align(part[0], ONE).report.genes_missing == ("G2", "G3")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((6.0, 0.0, False), "log1p"),
        ((900.0, 0.0, False), "without a logarithm"),
        ((3.0, 0.4, False), "shifts"),
        ((5.0, 0.0, True), "counts"),
    ],
)
def test_the_space_is_put_into_words(values, words):
    maximum, negatives, integers = values
    assert words in space_in_words(maximum, negatives, integers=integers)


def test_the_golden_predictions_fit_their_data_set(shared):
    golden = shared / "golden" / "norman250" / "prediction_sharp.csv"
    dataset = read(shared / "data" / "norman19_k562_perturbench_250g.h5ad")
    table = pd.read_csv(golden, index_col=0, float_precision="round_trip")
    (prediction,) = read_predictions(golden, dataset)
    aligned = align(prediction, dataset)
    assert prediction.name == "prediction_sharp"
    assert aligned.genes == dataset.genes
    assert (aligned.report.perturbations_matched, aligned.report.perturbations_missing) == (33, ())
    assert aligned.report.notices == ()
    row = dataset.perturbations.index(dataset.canonical("PTPN12+SAMD1"))
    expected = table.loc["SAMD1+PTPN12", list(aligned.genes)]
    np.testing.assert_array_equal(aligned.profiles["all"][row], expected)
