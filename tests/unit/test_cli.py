"""The command line: exit status, what goes where, and one sentence for what cannot be used."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import pytest

from perturbdash.cli import main
from perturbdash.judgement.result import TABLES


@pytest.fixture(scope="module")
def screen(tmp_path_factory) -> Path:
    """A small screen with a clear effect for each of twelve perturbations."""
    rng = np.random.default_rng(0)
    genes = [f"G{i}" for i in range(40)]
    labels = np.repeat(["control", *genes[:12]], 20)
    counts = rng.poisson(5, (len(labels), 40)).astype(float)
    for i in range(12):
        counts[labels == genes[i], i : i + 6] *= 3
    values = np.log1p(counts / counts.sum(1, keepdims=True) * 1e4)
    obs = pd.DataFrame(
        {"gene": labels, "batch": rng.choice(["x", "y"], len(labels))},
        index=[f"c{i}" for i in range(len(labels))],
    )
    folder = tmp_path_factory.mktemp("screen")
    ad.AnnData(X=values.astype(np.float32), obs=obs, var=pd.DataFrame(index=genes)).write_h5ad(
        folder / "screen.h5ad"
    )
    means = pd.DataFrame(values, columns=genes).groupby(labels).mean().drop(index="control")
    (0.9 * means + 0.1 * means.mean()).iloc[:12].to_csv(folder / "good.csv")
    return folder


def test_evaluate_writes_every_table_and_says_the_verdict(screen: Path, tmp_path: Path, capsys) -> None:
    status = main(
        [
            "evaluate",
            str(screen / "screen.h5ad"),
            "--predictions",
            f"mine={screen / 'good.csv'}",
            "--out",
            str(tmp_path),
            "--no-store",
        ]
    )
    said = capsys.readouterr()
    assert status == 0
    assert "mine" in said.out
    assert {path.stem for path in tmp_path.glob("*.csv")} == set(TABLES)
    assert json.loads((tmp_path / "run.json").read_text())["models"][0]["model"] == "mine"
    assert ad.read_h5ad(tmp_path / "de.h5ad").shape == (12, 40)


def test_without_predictions_the_data_set_is_calibrated(screen: Path, tmp_path: Path, capsys) -> None:
    assert main(["evaluate", str(screen / "screen.h5ad"), "--out", str(tmp_path), "--no-store"]) == 0
    assert "headline metrics" in capsys.readouterr().out
    assert pd.read_csv(tmp_path / "verdict.csv").empty
    assert len(pd.read_csv(tmp_path / "calibration_summary.csv")) > 60


def test_json_holds_no_nan(screen: Path, capsys) -> None:
    arguments = [
        "evaluate",
        str(screen / "screen.h5ad"),
        "--predictions",
        str(screen / "good.csv"),
        "--json",
        "--no-store",
    ]
    assert main(arguments) == 0
    found = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert set(found) == {"verdict", "calibration_summary", "warnings", "run"}
    assert {row["model"] for row in found["verdict"]} == {"good"}


def test_notices_go_to_standard_error_also_beside_json(screen: Path, capsys) -> None:
    files = [str(screen / "screen.h5ad"), "--predictions", str(screen / "good.csv")]
    assert main(["evaluate", *files, "--json", "--no-store"]) == 0
    said = capsys.readouterr()
    assert "good predicts 12 of 12 perturbations" in said.err
    assert json.loads(said.out)["verdict"]


def test_template_has_a_row_a_perturbation_and_a_column_a_gene(screen: Path, tmp_path: Path) -> None:
    file = tmp_path / "template.csv"
    assert main(["evaluate", str(screen / "screen.h5ad"), "--template", str(file)]) == 0
    table = pd.read_csv(file)
    assert table.shape == (12, 41)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["{}/absent.h5ad", "--json"], "absent.h5ad"),
        (["{}/good.csv", "--json"], "good.csv"),
        (["{}/screen.h5ad", "--perturbation-key", "gen", "--json"], "gene"),
        (["{}/screen.h5ad", "--predictions", "{}/absent.csv", "--json"], "absent.csv"),
        (["{}/screen.h5ad", "--headline", "accuracy", "--json"], "accuracy"),
        (["{}/screen.h5ad", "--blocks-by", "batch", "--json"], "batch"),
        (["{}/screen.h5ad", "--folds", "{}/absent.csv", "--json"], "absent.csv"),
        (["{}/screen.h5ad", "--seed", "-1", "--json"], "-1"),
        (["{}/screen.h5ad"], "--out"),
        (["{}/screen.h5ad", "--out", "{}/good.csv"], "expected a folder"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(screen: Path, capsys, arguments: list[str], words: str) -> None:
    status = main(
        ["evaluate", *(argument.replace("{}", str(screen)) for argument in arguments), "--no-store"]
    )
    said = capsys.readouterr()
    assert status == 1
    assert said.out == ""
    assert said.err.startswith("perturbdash: ")
    assert said.err.count("\n") == 1
    assert words in said.err
    assert "Traceback" not in said.err


def test_wrong_usage_is_two(capsys) -> None:
    with pytest.raises(SystemExit) as end:
        main(["evaluate"])
    assert end.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_only_verbs_that_exist_are_listed(capsys) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    said = capsys.readouterr().out
    assert all(verb in said for verb in ("app", "evaluate", "report", "moments", "simulate"))


def test_debug_shows_the_traceback(screen: Path, capsys) -> None:
    assert main(["evaluate", str(screen / "absent.h5ad"), "--json", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_simulate_writes_what_evaluate_reads(tmp_path: Path, capsys) -> None:
    small = [
        "--genes",
        "60",
        "--perturbations",
        "12",
        "--combinations",
        "2",
        "--cells",
        "12",
        "--control-cells",
        "40",
    ]
    assert main(["simulate", "--out", str(tmp_path), "--seed", "3", *small]) == 0
    files = sorted(path.name for path in tmp_path.iterdir())
    assert "data.h5ad" in files
    assert "truth.csv" in files
    capsys.readouterr()
    assert main(["evaluate", str(tmp_path / "data.h5ad"), "--json", "--no-store"]) == 0
    assert json.loads(capsys.readouterr().out)["run"]["contexts"]


def test_the_module_is_the_command_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "perturbdash", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("perturbdash 0.")


def test_further_tables_are_written_where_they_are_asked_for(screen: Path, tmp_path: Path, capsys) -> None:
    further = ["--halvings", "2", "--compare-halves", "batch", "--negative-controls", "--own-control"]
    words = ["evaluate", str(screen / "screen.h5ad"), "--no-store", *further]
    assert main([*words, "--json"]) == 1
    assert "nowhere to write the further tables" in capsys.readouterr().err
    assert main([*words, "--out", str(tmp_path)]) == 0
    names = {"halvings", "halves_compared", "negative_controls", "own_control"}
    assert {path.stem for path in tmp_path.glob("*.csv")} == {*TABLES, *names}
    said = json.loads((tmp_path / "run.json").read_text())["further_tables"]
    assert set(said) == names
    assert said["halves_compared"]["column"] == "batch"
    assert main([*words[:3], "--halvings", "1", "--out", str(tmp_path)]) == 1
    assert "expected 2 to 20" in capsys.readouterr().err


def test_null_check_and_titration_are_written_where_they_are_asked_for(
    screen: Path, tmp_path: Path, capsys
) -> None:
    words = ["evaluate", str(screen / "screen.h5ad"), "--no-store", "--seed", "5", "--out", str(tmp_path)]
    assert main([*words, "--null-check", "2", "--titration"]) == 0
    said = json.loads((tmp_path / "run.json").read_text())["further_tables"]
    assert said["null_check"] == {"trials": 2, "seed": 5, "passes_over_the_cells": 1}
    assert said["titration"]["seed"] == 5
    assert said["titration"]["shares"][-1] == 1
    null = pd.read_parquet(tmp_path / "null_check.parquet")
    assert set(null["trial"]) == {0, 1, 2}
    assert list(null.columns[:2]) == ["trial", "labels"]
    levels = pd.read_csv(tmp_path / "titration.csv")
    assert list(levels.columns[:3]) == ["share", "cells", "cells_median"]
    assert set(levels["share"]) == set(said["titration"]["shares"])
    needed = pd.read_csv(tmp_path / "titration_needed.csv")
    assert set(needed["question"]) == {"gate", "drf"}
    assert set(needed["status"]) <= {"reached", "needed", "far", "not_reachable", "no_curve"}
    assert main([*words, "--null-check", "21"]) == 1
    assert "whole number from 1 to 20" in capsys.readouterr().err


def test_halves_by_a_column_are_said(screen: Path, tmp_path: Path, capsys) -> None:
    words = ["evaluate", str(screen / "screen.h5ad"), "--no-store", "--out", str(tmp_path)]
    assert main([*words, "--halves-by", "batch"]) == 0
    assert "Halves by 'batch', 2 levels: all 12 conditions take part." in capsys.readouterr().err
    assert main([*words, "--halves-by", "gene"]) == 1
    assert "12 with one level" in capsys.readouterr().err
