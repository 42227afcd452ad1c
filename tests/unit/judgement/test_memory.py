"""How many tables of conditions × genes an evaluation holds at a time."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
import torch

import perturbdash as pdash
from perturbdash.judgement import evaluate as evaluating
from perturbdash.judgement import scoring
from perturbdash.judgement.case import model_prediction
from perturbdash.statistics.context import context_statistics
from tests.unit.judgement.test_evaluate import centroid_table, make_cells


@pytest.fixture(scope="module")
def cells():
    return make_cells()


def evaluate(cells) -> pdash.Result:
    return pdash.evaluate(cells, {"m": centroid_table(cells)}, store=False, n_resamples=50)


def test_moments_end_with_the_statistics_that_were_gathered_from_them(cells, monkeypatch):
    seen, alive = [], []

    def gather(moments, context, device):
        seen.append(weakref.ref(moments))
        return context_statistics(moments, context, device)

    def score(*args, **keywords):
        gc.collect()
        alive.append([ref() is not None for ref in seen])
        return scoring.score_halves(*args, **keywords)

    monkeypatch.setattr(evaluating, "context_statistics", gather)
    monkeypatch.setattr("perturbdash.judgement.recalibration.score_halves", score)
    evaluate(cells)
    assert alive == [[False]]


def test_one_half_is_tested_after_the_other_has_let_its_tests_go(cells, monkeypatch):
    tests, alive = [], []
    run_tests = scoring.run_tests

    def run(*args):
        gc.collect()
        alive.append(sum(ref() is not None for ref in tests))
        found = run_tests(*args)
        tests.append(weakref.ref(found))
        return found

    monkeypatch.setattr(scoring, "run_tests", run)
    evaluate(cells)
    assert alive == [0, 0]


def test_one_model_is_a_table_after_the_other(cells, monkeypatch):
    made, alive = [], []

    def make(*args, **keywords):
        gc.collect()
        alive.append(sum(ref() is not None for ref in made))
        found = model_prediction(*args, **keywords)
        made.append(weakref.ref(found.rows))
        return found

    monkeypatch.setattr(scoring, "model_prediction", make)
    table = centroid_table(cells)
    pdash.evaluate(cells, {"a": table, "b": table, "c": table}, store=False, n_resamples=50)
    assert len(alive) == 9
    assert max(alive) <= 1


def test_two_averages_that_are_one_are_scored_once(cells, monkeypatch):
    scored = []
    compute = scoring.compute

    def record(truth, prediction, metrics):
        scored.append(prediction.name)
        return compute(truth, prediction, metrics)

    monkeypatch.setattr(scoring, "compute", record)
    result = evaluate(cells)
    assert scored.count("matching_mean") == 0
    assert scored.count("mean") == 3
    value = result.all_cells.value
    assert np.isfinite(value["mean"]).any()
    np.testing.assert_array_equal(value["matching_mean"], value["mean"])


def test_a_case_looks_at_the_profiles_that_were_aligned(cells):
    result = evaluate(cells)
    for aligned in result.aligned:
        for context, profiles in aligned.profiles.items():
            assert np.shares_memory(profiles, result.cases[context].models[aligned.name])


def test_all_perturbations_of_a_context_are_no_copy(cells):
    (stats,) = evaluate(cells).stats.values()
    n = len(stats.perturbations)
    assert stats.keep(torch.arange(n)) is stats
    assert stats.keep(torch.ones(n, dtype=torch.bool)) is stats
    fewer = stats.keep(torch.arange(n - 1))
    assert fewer.perturbations == stats.perturbations[:-1]
    assert fewer.all_cells.mean.shape[0] == n - 1
