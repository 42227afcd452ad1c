from __future__ import annotations

from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import pytest

from perturbdash.io.alignment import align
from perturbdash.io.dataset import read
from perturbdash.io.predictions import read_predictions
from perturbdash.simulation.demo import DATA, write_demo
from perturbdash.simulation.prediction import MODELS

FOLDER = Path(__file__).resolve().parents[3] / "data"


@pytest.fixture(scope="module")
def again(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    write_demo(folder)
    return folder


def test_the_command_gives_the_cells_that_are_shipped(again):
    shipped, made = ad.read_h5ad(FOLDER / DATA), ad.read_h5ad(again / DATA)
    assert shipped.obs.equals(made.obs)
    assert list(shipped.var_names) == list(made.var_names)
    assert (shipped.X != made.X).nnz == 0


@pytest.mark.parametrize("name", MODELS)
def test_the_command_gives_the_predictions_that_are_shipped(again, name):
    shipped, made = (pd.read_csv(folder / f"{name}.csv") for folder in (FOLDER, again))
    pd.testing.assert_frame_equal(shipped, made, rtol=1e-3)


def test_it_is_small_and_nothing_else_is_shipped():
    files = {path.name: path.stat().st_size for path in FOLDER.iterdir()}
    assert set(files) == {DATA, "README.md", *(f"{name}.csv" for name in MODELS)}
    assert sum(files.values()) < 4_000_000


def test_it_is_read_without_any_flag():
    dataset = read(FOLDER / DATA)
    schema = dataset.schema
    assert (schema.perturbation_key, schema.context_key, schema.separator) == (
        "perturbation",
        "cell_line",
        "+",
    )
    assert (schema.space, schema.totals_key, schema.split_key) == ("counts", "total_counts", None)
    assert len(dataset.contexts) == 2
    pairs = {label for label in dataset.perturbations if "+" in label}
    assert (len(dataset.perturbations), len(pairs)) == (44, 12)
    for name in MODELS:
        (prediction,) = read_predictions(FOLDER / f"{name}.csv", dataset)
        report = align(prediction, dataset).report
        assert (report.model, report.perturbations_matched, report.notices) == (name, 28, ())
        assert pairs.isdisjoint(report.perturbations_missing)
        assert ("without a logarithm" in report.space) == (name == "wrong_scale")
    values = ad.read_h5ad(FOLDER / DATA).X.data
    assert np.array_equal(values, np.rint(values))


def test_its_readme_says_plainly_that_it_is_simulated():
    text = (FOLDER / "README.md").read_text()
    assert "simulated, not measured" in text
    assert "python -m perturbdash.simulation.demo --out data" in text
