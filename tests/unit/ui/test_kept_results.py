"""What one server computed, the next one shows."""

from __future__ import annotations

import os

import pandas as pd
import pytest

import perturbdash
from perturbdash.judgement import putting_off
from perturbdash.judgement.kept_result import KeptResult
from perturbdash.simulation.settings import SimulationSettings
from perturbdash.simulation.simulate import simulate
from perturbdash.ui.library import Library
from perturbdash.ui.records import Record, Source

CELLS = SimulationSettings(
    n_genes=30, n_singles=12, n_combinations=2, cells_per_perturbation=10, n_control_cells=40
)


@pytest.fixture
def record(tmp_path):
    path, model, broken = (tmp_path / name for name in ("cells.h5ad", "mine.csv", "broken.csv"))
    simulate(CELLS).to_anndata().write_h5ad(path)
    dataset = perturbdash.read(path)
    means = pd.DataFrame(0.5, index=list(dataset.perturbations), columns=list(dataset.genes))
    means.to_csv(model)
    broken.write_text("no,such\ntable,here\n")
    named = (("mine", Source("given", str(model))), ("broken", Source("given", str(broken))))
    found = Record(Source("given", str(path)), predictions=named)
    return found.only_settings({"n_resamples": 100})


@pytest.fixture
def store(tmp_path):
    return tmp_path / "store"


def scored(library, record):
    job = library.score(record)
    assert job.wait(60)
    assert job.state == "done", job.problem
    return library.result(record)


def test_the_next_server_has_the_result_without_computing_it(store, record):
    first = Library(store)
    expected = scored(first, record)
    second = Library(store)
    found = second.result(record)
    assert isinstance(found, KeptResult)
    assert second.job(record) is None
    assert second.left_out(record) == first.left_out(record)
    assert set(second.left_out(record)) == {"broken"}
    pd.testing.assert_frame_equal(found.verdict, expected.verdict)
    assert second.models(record) == ("mine",)


def test_its_profiles_are_read_when_they_are_asked_for(store, record):
    expected = scored(Library(store), record)
    second = Library(store)
    found = second.result(record)
    job = second.read_profiles(record, found)
    assert job.wait(60)
    assert job.state == "done", job.problem
    assert found.has_profiles
    assert (found.stats["all"].all_cells.mean == expected.stats["all"].all_cells.mean).all()


def test_a_file_that_changed_is_scored_anew(store, record):
    scored(Library(store), record)
    path = dict(record.predictions)["mine"].name
    pd.read_csv(path, index_col=0).add(0.1).to_csv(path)
    os.utime(path, ns=(1, 1))
    assert Library(store).result(record) is None


def test_another_setting_has_no_result(store, record):
    scored(Library(store), record)
    assert Library(store).result(record.only_settings({"n_resamples": 100, "seed": 1})) is None


def test_without_a_store_nothing_is_kept(record, tmp_path):
    scored(Library(None), record)
    assert Library(None).result(record) is None
    assert not list(tmp_path.glob("**/results"))


def test_metrics_that_are_not_waited_for_are_computed_next_and_then_kept(store, record, monkeypatch):
    monkeypatch.setattr(putting_off, "PAIR_GENES_WAITED_FOR", 0)
    first = Library(store)
    part = scored(first, record)
    assert part.put_off
    assert Library(store).result(record).put_off == part.put_off
    job = first.complete(record, part)
    assert job.wait(60)
    assert job.state == "done", job.problem
    whole = first.result(record)
    assert whole.put_off == ()
    found = Library(store).result(record)
    assert found.put_off == ()
    pd.testing.assert_frame_equal(found.metric_summary, whole.metric_summary)
