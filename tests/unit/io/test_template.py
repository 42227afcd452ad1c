from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from perturbdash.errors import PredictionError
from perturbdash.io.alignment import align
from perturbdash.io.dataset import read as open_data
from perturbdash.io.predictions import read_predictions
from perturbdash.io.schema import Schema
from perturbdash.io.template import template, write_template
from perturbdash.simulation.settings import SimulationSettings
from perturbdash.simulation.simulate import simulate
from tests.unit.io.stand_in import StandIn

ONE = StandIn()
TWO = StandIn(contexts=("x", "y"), schema=Schema("perturbation", "ctrl", separator="+", context_key="line"))


def read(path):
    if path.name.endswith(".parquet"):
        return pd.read_parquet(path)
    return pd.read_csv(path, sep="\t" if ".tsv" in path.name else ",")


@pytest.mark.parametrize("dataset", [ONE, TWO])
@pytest.mark.parametrize("ending", [".csv", ".tsv", ".csv.gz", ".tsv.gz", ".parquet"])
def test_a_filled_template_is_read_back(dataset, ending, tmp_path):
    path = write_template(dataset, tmp_path / f"mine{ending}")
    frame = read(path)
    values = np.random.default_rng(0).random((len(frame), 4))
    frame[list(dataset.genes)] = values
    if ending == ".parquet":
        frame.to_parquet(path, index=False)
    else:
        frame.to_csv(path, index=False, sep="\t" if "tsv" in ending else ",")
    (prediction,) = read_predictions(path, dataset)
    aligned = align(prediction, dataset)
    assert aligned.report.perturbations_missing == ()
    np.testing.assert_array_equal(np.vstack(list(aligned.profiles.values())), values)


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_an_unfilled_template_is_refused_with_the_reason(ending, tmp_path):
    path = write_template(TWO, tmp_path / f"mine{ending}")
    with pytest.raises(PredictionError, match="template that is not filled in"):
        read_predictions(path, TWO)


def test_it_has_a_row_for_each_condition_and_a_column_for_each_gene():
    frame = template(TWO)
    assert list(frame.columns) == ["perturbation", "context", *TWO.genes]
    assert list(zip(frame["context"], frame["perturbation"], strict=True)) == [
        (context, label) for context in TWO.contexts for label in TWO.perturbations
    ]
    assert list(template(ONE).columns) == ["perturbation", *ONE.genes]


def test_a_split_asks_for_the_test_part_alone():
    split = {("all", "A"): "train", ("all", "A+B"): "test", ("all", "B"): "val", ("all", "C"): "test"}
    assert list(template(StandIn(split=split))["perturbation"]) == ["A+B", "C"]


def test_control_means_are_written_and_read_as_predicted_control(tmp_path):
    control = {"x": np.arange(4.0), "y": np.arange(4.0) + 1}
    path = write_template(TWO, tmp_path / "c.csv", control=control)
    frame = read(path)
    frame.loc[frame["perturbation"] == "A", list(TWO.genes)] = 2.0
    (prediction,) = read_predictions(frame, TWO)
    assert len(prediction.conditions) == 2
    np.testing.assert_array_equal(prediction.control["y"], control["y"])


def test_an_unknown_ending_or_folder_is_refused(tmp_path):
    with pytest.raises(PredictionError, match="unknown ending"):
        write_template(ONE, tmp_path / "mine.xlsx")
    with pytest.raises(PredictionError, match="choose another folder"):
        write_template(ONE, tmp_path / "absent" / "mine.csv")


def test_a_template_of_cells_is_filled_and_read_back(tmp_path):
    simulated = simulate(
        SimulationSettings(
            n_genes=30, n_singles=4, n_combinations=1, cells_per_perturbation=5, contexts=("a", "b")
        )
    )
    dataset = open_data(simulated.to_anndata())
    path = write_template(dataset, tmp_path / "t.csv")
    frame = pd.read_csv(path)
    frame[list(dataset.genes)] = np.arange(30.0)
    (prediction,) = read_predictions(frame, dataset)
    assert align(prediction, dataset).report.perturbations_missing == ()
    assert set(frame["context"]) == {"a", "b"}
