"""An evaluation from a store of moments: the same numbers as from the cells, and a clear word on what needs them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import perturbdash as pdash
from perturbdash.cli import main
from perturbdash.errors import DataError, SettingsError
from perturbdash.io.store_facts import StoreFacts
from perturbdash.judgement.result import TABLES
from perturbdash.simulation.simulate import simulate
from perturbdash.statistics.accumulate import moments
from perturbdash.statistics.moments_file import write_moments
from tests.unit.judgement.test_kept import SETTINGS, SETTINGS_OF_CELLS


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    dataset = pdash.read(simulate(SETTINGS_OF_CELLS).to_anndata())
    path = tmp_path_factory.mktemp("store") / "screen.h5ad"
    write_moments(path, moments(dataset, seed=3), StoreFacts.of(dataset, seed=3).texts())
    model = pd.DataFrame(
        np.random.default_rng(0).random((16, 40)), index=dataset.perturbations, columns=dataset.genes
    )
    return dataset, path, model


@pytest.fixture(scope="module")
def result(world):
    _, path, model = world
    return pdash.evaluate(path, {"mine": model}, **SETTINGS)


def test_every_table_is_that_of_the_cells(world, result):
    dataset, _, model = world
    expected = pdash.evaluate(dataset, {"mine": model}, seed=3, **SETTINGS)
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(result, name), getattr(expected, name), check_exact=True)
    differ = {key for key, value in expected.run.items() if result.run[key] != value}
    assert differ == {"digest", "from"}
    assert result.run["from"] == "moments"


def test_the_seed_is_that_of_the_halves(world, result):
    assert result.settings.seed == 3
    with pytest.raises(SettingsError, match=r"drawn with seed 3 .* seed 0 is asked for"):
        pdash.evaluate(world[1], seed=0, **SETTINGS)


@pytest.mark.parametrize(
    "ask",
    [
        lambda result: result.halvings(2),
        lambda result: result.halves_compared("batch"),
        lambda result: result.null_check(1),
        lambda result: result.titration(),
    ],
)
def test_what_reads_cells_again_says_that_there_are_none(result, ask):
    with pytest.raises(DataError, match=r"needs the single cells.*open the file of cells"):
        ask(result)


@pytest.mark.parametrize("keyword", ["halves_by", "blocks_by", "halves"])
def test_what_asks_for_columns_of_cells_says_that_there_are_none(world, keyword):
    value = pd.DataFrame({"cell": [], "half": []}) if keyword == "halves" else "batch"
    with pytest.raises(DataError, match="needs the single cells"):
        pdash.evaluate(world[1], **{keyword: value}, **SETTINGS)


def test_what_comes_from_moments_is_there(result):
    assert len(result.own_control())
    assert len(result.negative_controls())


@pytest.mark.parametrize(
    "flags", [["--titration"], ["--null-check", "1"], ["--halvings", "2"], ["--compare-halves", "batch"]]
)
def test_the_command_line_says_so_before_it_scores(world, tmp_path, capsys, flags):
    code = main(["evaluate", str(world[1]), "--out", str(tmp_path / "out"), "--no-store", *flags])
    assert code == 1
    assert "open the file of cells" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_store_without_a_word_on_its_halves_counts_them_as_given(world, tmp_path):
    dataset, _, model = world
    path = tmp_path / "plain.h5ad"
    write_moments(path, moments(dataset, seed=3))
    found = pdash.evaluate(path, {"mine": model}, seed=3, **SETTINGS)
    assert found.given_halves
    expected = pdash.evaluate(dataset, {"mine": model}, seed=3, **SETTINGS)
    pd.testing.assert_frame_equal(found.calibration_summary, expected.calibration_summary)


def test_moments_that_cannot_be_are_refused(world, tmp_path):
    dataset, _, _ = world
    found = moments(dataset, seed=3)
    found.m2[0, 0] = -1.0
    write_moments(tmp_path / "bad.h5ad", found)
    with pytest.raises(DataError, match="below zero"):
        pdash.evaluate(tmp_path / "bad.h5ad", **SETTINGS)
