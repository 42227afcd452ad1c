from __future__ import annotations

import argparse
import json
from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

from perturbdash.errors import SettingsError
from perturbdash.io.dataset import read
from perturbdash.io.predictions import read_predictions
from perturbdash.simulation.command import HELP, add_arguments, run
from perturbdash.simulation.settings import SimulationSettings

SMALL = [
    "--genes",
    "60",
    "--perturbations",
    "6",
    "--combinations",
    "2",
    "--cells",
    "6",
    "--control-cells",
    "20",
]


def parsed(*words):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args([str(word) for word in words])


def test_every_setting_has_a_flag_and_a_sentence():
    assert set(HELP) == {field.name for field in fields(SimulationSettings)}
    chosen = parsed("--out", "x")
    assert SimulationSettings(**{name: getattr(chosen, name) for name in HELP}) == SimulationSettings()


@pytest.mark.parametrize("space", ["counts", "log1p"])
def test_the_files_fit_each_other(tmp_path, space):
    out = tmp_path / "new" / "folder"
    sentence = run(parsed("--out", out, *SMALL, "--contexts", "x", "y", "--space", space, "--seed", 5))
    assert "skilled, collapsed, wrong_scale" in sentence
    dataset = read(out / "data.h5ad")
    assert dataset.schema.space == space
    for path in sorted((out / "predictions").glob("*.csv")):
        (prediction,) = read_predictions(path, dataset)
        assert prediction.genes == dataset.genes
    truth = pd.read_csv(out / "truth.csv")
    assert set(truth["perturbation"]) == set(dataset.perturbations)
    record = json.loads((out / "settings.json").read_text())
    assert (record["seed"], record["n_genes"], record["contexts"]) == (5, 60, ["x", "y"])
    assert record["models"]["wrong_scale"]["space"] == "linear"


def test_the_truth_beside_the_data_is_what_its_cells_show(tmp_path):
    run(parsed("--out", tmp_path, *SMALL, "--cells", 400, "--control-cells", 2000, "--space", "log1p"))
    import anndata as ad

    cells = ad.read_h5ad(tmp_path / "data.h5ad")
    truth = pd.read_csv(tmp_path / "truth.csv").set_index("perturbation")
    frame = pd.DataFrame(cells.X.toarray(), columns=cells.var_names)
    centroids = frame.groupby(cells.obs["perturbation"].to_numpy()).mean()
    shifts = centroids.drop(index="control") - centroids.loc["control"]
    shown, known = shifts.loc[truth.index].to_numpy().ravel(), truth[list(frame)].to_numpy().ravel()
    assert np.corrcoef(shown, known)[0, 1] > 0.97


def test_nothing_held_out_gives_no_predictions(tmp_path):
    words = ["--combinations", 0, "--test-share", 0]
    assert "predictions none" in run(parsed("--out", tmp_path, *SMALL, *words))
    assert list((tmp_path / "predictions").iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="cannot be written"):
        run(parsed("--out", tmp_path / "file" / "below", *SMALL))
