"""A result in the store: what is opened again is what was written, or nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import perturbdash as pdash
from perturbdash.errors import Cancelled
from perturbdash.judgement import kept as module
from perturbdash.judgement.evaluate import posed
from perturbdash.judgement.kept import can_be_kept, keep, kept
from perturbdash.judgement.kept_result import KEPT_TABLES
from perturbdash.simulation.settings import SimulationSettings
from perturbdash.simulation.simulate import simulate

SETTINGS_OF_CELLS = SimulationSettings(
    n_genes=40,
    n_singles=12,
    n_combinations=4,
    cells_per_perturbation=12,
    n_control_cells=60,
    contexts=("K562", "RPE1"),
)
KEY = "what decides the numbers"
SETTINGS = {"n_resamples": 200, "store": False}
TABLES = (*KEPT_TABLES, "calibration", "metrics", "degs", "verdict_without_targets")


@pytest.fixture(scope="module")
def world():
    dataset = pdash.read(simulate(SETTINGS_OF_CELLS).to_anndata())
    means = pd.DataFrame(
        np.random.default_rng(0).random((16, 40)), index=dataset.perturbations, columns=dataset.genes
    )
    return dataset, {"mine": means, "half": means.iloc[::2]}


@pytest.fixture(scope="module")
def result(world):
    dataset, models = world
    return pdash.evaluate(dataset, models, **SETTINGS)


class Posing:
    """What reads profiles again, and how often it did."""

    def __init__(self, world) -> None:
        self.world, self.times = world, 0

    def __call__(self, left_out, progress):
        assert left_out == {"broken": "It has no column."}
        progress(0.0, "Reading")
        self.times += 1
        dataset, models = self.world
        return posed(dataset, models, progress, **SETTINGS)


@pytest.fixture
def posing(world):
    return Posing(world)


@pytest.fixture
def folder(tmp_path, result) -> Path:
    keep(result, tmp_path / "results", KEY, {"broken": "It has no column."})
    return tmp_path / "results"


def opened(folder, world, posing):
    return kept(folder, KEY, world[0], posing)


def test_what_is_opened_again_is_the_same(folder, world, posing, result):
    found = opened(folder, world, posing)
    assert found.left_out == {"broken": "It has no column."}
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(found.result, name), getattr(result, name), check_exact=True)
    assert found.result.gates == result.gates
    assert found.result.run == result.run
    assert found.result.models == result.models


def test_scores_and_tables_need_no_profiles(folder, world, posing, result):
    found = opened(folder, world, posing).result
    for name in KEPT_TABLES:
        getattr(found, name)
    assert (found.genes, found.perturbations, found.contexts) == (
        result.genes,
        result.perturbations,
        result.contexts,
    )
    assert found.aligned[1].report == result.aligned[1].report
    assert len(found.calibration) == len(result.calibration)
    assert not found.has_profiles
    assert posing.times == 0


def test_profiles_are_read_once_and_are_the_same(folder, world, posing, result):
    found = opened(folder, world, posing).result
    context = result.contexts[0]
    assert (found.stats[context].all_cells.mean == result.stats[context].all_cells.mean).all()
    for name, prediction in result.baselines[context].items():
        assert (found.baselines[context][name].rows == prediction.rows).all()
    np.testing.assert_array_equal(found.aligned[1].profiles[context], result.aligned[1].profiles[context])
    assert found.has_profiles
    assert posing.times == 1


def test_reading_profiles_can_be_stopped_and_asked_for_again(folder, world, posing):
    found = opened(folder, world, posing).result

    def stop(share, text):
        raise Cancelled(text)

    with pytest.raises(Cancelled):
        found.read_profiles(stop)
    assert not found.has_profiles
    found.read_profiles(lambda share, text: None)
    assert found.has_profiles


def test_another_key_has_no_result(folder, world, posing):
    assert kept(folder, "another", world[0], posing) is None


def test_another_version_computes_again(folder, world, posing, monkeypatch):
    monkeypatch.setattr(module, "__version__", "another")
    assert opened(folder, world, posing) is None


@pytest.mark.parametrize("name", ["scores.npz", "verdict.parquet", "about.json"])
@pytest.mark.parametrize("harm", ["cut", "changed", "gone"])
def test_what_is_damaged_is_never_served(folder, world, posing, name, harm):
    (path,) = folder.glob(f"*/{name}")
    content = path.read_bytes()
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(
            content[: len(content) // 2] if harm == "cut" else content[:-9] + b"x" + content[-8:]
        )
    assert opened(folder, world, posing) is None


def test_an_entry_under_the_name_of_another_is_not_served(folder, world, posing):
    (path,) = folder.glob("*/about.json")
    about = json.loads(path.read_text())
    path.write_text(json.dumps(about | {"key": "0" * 64}))
    assert opened(folder, world, posing) is None


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path, result, caplog):
    (tmp_path / "results").write_text("a file")
    keep(result, tmp_path / "results", KEY, {})
    assert "cannot be kept" in caplog.text


def test_those_opened_longest_ago_make_room(folder, world, posing, result, monkeypatch):
    keep(result, folder, "another", {})
    opened(folder, world, posing)
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    monkeypatch.setattr(module, "MOST_BYTES", size + 1)
    keep(result, folder, "a third", {})
    assert kept(folder, "another", world[0], posing) is None
    assert opened(folder, world, posing) is not None
    assert kept(folder, "a third", world[0], posing) is not None


def test_only_what_the_seed_decides_and_is_complete_can_be_kept(result):
    assert can_be_kept(result)
    assert not can_be_kept(replace(result, halves_table=pd.DataFrame({"cell": [], "half": []})))


def test_opening_loads_no_torch(folder, tmp_path):
    script = (
        "import sys; from pathlib import Path; from types import SimpleNamespace\n"
        "from perturbdash.judgement.kept import kept\n"
        f"found = kept(Path({str(folder)!r}), {KEY!r}, SimpleNamespace(), print).result\n"
        "assert len(found.verdict) and len(found.conditions) and found.gates\n"
        "assert 'torch' not in sys.modules and 'anndata' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60, cwd=tmp_path)
