"""The whole way, in Python and through the command line, gives the values of the published code."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import perturbdash as pdash
from perturbdash.cli import main

LOOSE = {"wmse", "weighted_r2_delta_control", "weighted_r2_delta_centroid"}
MODELS = ("sharp", "collapsed")


@pytest.fixture(scope="session")
def data(shared: Path) -> Path:
    return shared / "data" / "norman19_k562_perturbench_250g.h5ad"


@pytest.fixture(scope="session")
def golden(shared: Path) -> Path:
    return shared / "golden" / "norman250"


@pytest.fixture(scope="session")
def predictions(golden: Path) -> list[Path]:
    return [golden / f"prediction_{name}.csv" for name in MODELS]


@pytest.fixture(scope="session")
def published(data: Path, golden: Path, predictions: list[Path]) -> pdash.Result:
    return pdash.evaluate(
        data,
        dict(zip(MODELS, predictions, strict=True)),
        halves=golden / "halves.csv",
        folds=golden / "folds.csv",
        calibration="published",
        store=False,
    )


@pytest.fixture(scope="session")
def by_command(data: Path, golden: Path, predictions: list[Path], tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("results")
    status = main(
        [
            "evaluate",
            str(data),
            "--predictions",
            *(f"{name}={path}" for name, path in zip(MODELS, predictions, strict=True)),
            "--halves",
            str(golden / "halves.csv"),
            "--folds",
            str(golden / "folds.csv"),
            "--calibration",
            "published",
            "--no-store",
            "--out",
            str(out),
        ]
    )
    assert status == 0
    return out


def assert_close(merged: pd.DataFrame, ours: str, theirs: str) -> None:
    loose = merged["metric"].isin(LOOSE).to_numpy()
    for rows, atol in ((~loose, 0.0), (loose, 1e-4)):
        chosen = merged[rows]
        np.testing.assert_allclose(chosen[ours], chosen[theirs], rtol=1e-6, atol=max(atol, 1e-12))


def check_metrics(metrics: pd.DataFrame, golden: Path) -> None:
    theirs = pd.read_csv(golden / "cellsimbench_metrics_first_half_truth.csv.gz")
    assert set(theirs["metric"]) <= set(metrics["metric"])
    ours = metrics[metrics["truth"] == "first_half"]
    merged = theirs.merge(
        ours, on=["prediction", "perturbation", "metric"], suffixes=("_theirs", "_ours"), how="left"
    )
    assert len(merged) == len(theirs)
    assert_close(merged, "value_ours", "value_theirs")


def check_drf(calibration: pd.DataFrame, golden: Path) -> None:
    theirs = pd.read_csv(golden / "miller_drf.csv.gz")
    merged = theirs.merge(
        calibration, on=["perturbation", "metric", "positive_control"], suffixes=("_theirs", "_ours")
    )
    assert len(merged) == len(theirs)
    assert_close(merged, "drf_ours", "drf_theirs")


def test_every_metric_of_all_six_predictions(published: pdash.Result, golden: Path) -> None:
    check_metrics(published.metrics, golden)


def test_dynamic_range_fractions(published: pdash.Result, golden: Path) -> None:
    check_drf(published.calibration, golden)


def check_all_cells(metrics: pd.DataFrame, golden: Path) -> None:
    ours = metrics[metrics["truth"] == "all_cells"]
    accuracy = pd.read_csv(golden / "systema_centroid_accuracy.csv").melt(
        "perturbation", var_name="prediction"
    )
    accuracy["metric"] = "nir"
    pds = pd.read_csv(golden / "cell_eval2_pds.csv")
    for theirs in (accuracy, pds):
        merged = theirs.merge(
            ours, on=["prediction", "perturbation", "metric"], suffixes=("_theirs", "_ours")
        )
        assert len(merged) == len(theirs)
        np.testing.assert_allclose(merged["value_ours"], merged["value_theirs"], rtol=1e-6)


def test_retrieval_on_all_cells(published: pdash.Result, golden: Path) -> None:
    check_all_cells(published.metrics, golden)


def check_systematic_variation(table: pd.DataFrame, golden: Path) -> None:
    theirs = pd.read_csv(golden / "systema_systematic_variation.csv")
    merged = theirs.merge(table, on=["perturbation", "reference"], suffixes=("_theirs", "_ours"))
    assert len(merged) == len(theirs)
    np.testing.assert_allclose(merged["cosine"], merged["cosine_to_average_effect"], rtol=1e-6)
    np.testing.assert_allclose(merged["shift_norm_ours"], merged["shift_norm_theirs"], rtol=1e-6)


def test_systematic_variation(published: pdash.Result, golden: Path) -> None:
    check_systematic_variation(published.systematic_variation, golden)


def test_differential_expression(published: pdash.Result, golden: Path) -> None:
    theirs = pd.read_csv(golden / "scanpy_de_control_all_cells.csv.gz")
    de = published.de
    pairs = pd.MultiIndex.from_product([de.obs["perturbation"], de.var_names], names=["perturbation", "gene"])
    layers = {"t_ours": "t_control", "p_ours": "p_control", "p_adj_ours": "p_adj_control"}
    stacked = pd.DataFrame({name: de.layers[layer].ravel() for name, layer in layers.items()}, index=pairs)
    merged = theirs.merge(stacked.reset_index(), on=["perturbation", "gene"])
    assert len(merged) == len(theirs)
    np.testing.assert_allclose(merged["t_ours"], merged["t"], rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(merged["p_ours"], merged["p"], rtol=1e-5)
    np.testing.assert_allclose(merged["p_adj_ours"], merged["p_adj"], rtol=1e-5)


def test_the_command_line_writes_the_same_values(by_command: Path, golden: Path) -> None:
    read = {
        name: pd.read_csv(by_command / f"{name}.csv")
        for name in ("metrics", "calibration", "systematic_variation")
    }
    check_metrics(read["metrics"], golden)
    check_drf(read["calibration"], golden)
    check_all_cells(read["metrics"], golden)
    check_systematic_variation(read["systematic_variation"], golden)


def test_every_table_is_written_twice_and_the_same(by_command: Path) -> None:
    for csv in sorted(by_command.glob("*.csv")):
        parquet = pd.read_parquet(csv.with_suffix(".parquet"))
        assert list(pd.read_csv(csv).columns) == list(parquet.columns)
        assert len(pd.read_csv(csv)) == len(parquet)
    run = json.loads((by_command / "run.json").read_text())
    assert run["settings"]["calibration"] == "published"
    assert run["contexts"]["all"] == {
        "perturbations": 33,
        "perturbed_cells": 3275,
        "control_cells": 100,
        "too_few_cells_for_halves": 0,
        "test_perturbations": 33,
        "train_perturbations": 33,
    }


@pytest.fixture(scope="session")
def default(data: Path, golden: Path, predictions: list[Path]) -> pdash.Result:
    return pdash.evaluate(data, dict(zip(MODELS, predictions, strict=True)), store=False)


def test_the_good_model_beats_and_the_collapsed_does_not(default: pdash.Result) -> None:
    headline = default.verdict[default.verdict["headline"] & (default.verdict["gate"] == "informative")]
    beats = (headline["outcome"] == "beats").groupby(headline["model"]).sum()
    assert len(headline) == 8
    assert beats["sharp"] >= 3
    assert beats["collapsed"] == 0


def test_collapse_is_warned_of_for_the_collapsed_alone(default: pdash.Result) -> None:
    warned = default.warnings[default.warnings["warning"] == "collapse"]
    assert warned["model"].tolist() == ["collapsed"]


def test_the_command_line_says_so(data: Path, predictions: list[Path], tmp_path: Path, capsys) -> None:
    status = main(
        ["evaluate", str(data), "--predictions", *map(str, predictions), "--out", str(tmp_path), "--no-store"]
    )
    said = capsys.readouterr()
    assert status == 0
    assert "prediction_sharp beats every baseline on" in said.out
    assert "prediction_collapsed beats every baseline on none of the 4" in said.out
    assert "this judges a fit, not a prediction" in said.out
    assert "warning collapse: prediction_collapsed" in said.out
    assert "33 of 33" in said.err
