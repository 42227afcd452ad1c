"""Every metric equals a naive one, for predictions with gaps and ties, with targets and candidates switched."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from perturbdash.metrics import truth as truth_module
from perturbdash.metrics.compute import MetricValues, compute
from perturbdash.metrics.registry import METRICS
from perturbdash.metrics.truth import Truth
from tests.reference.naive_metrics import HIGHEST, NAIVE, Naive
from tests.unit.metrics.cases import Case, make_case, make_predictions, profiles_of

SETTINGS = {
    "plain": {},
    "targets dropped": {"drop_targets": True},
    "restricted candidates": {"restricted": True, "seed": 3},
}
PREDICTIONS = ("noisy", "rounded", "mean", "control", "truth")


@pytest.fixture(autouse=True)
def few_highest_genes(monkeypatch):
    monkeypatch.setattr(truth_module, "HIGHEST_GENES", HIGHEST)


@cache
def case(setting: str) -> Case:
    return make_case(**SETTINGS[setting])


@cache
def values(setting: str, name: str) -> MetricValues:
    return compute(case(setting).truth, make_predictions(case(setting))[name])


@cache
def naive(setting: str, name: str) -> Naive:
    return Naive(case(setting), profiles_of(make_predictions(case(setting))[name]))


def test_there_is_a_reference_for_every_metric():
    assert set(NAIVE) == set(METRICS)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("name", PREDICTIONS)
@pytest.mark.parametrize("setting", SETTINGS)
def test_equals_the_naive_value(setting, name, metric):
    reference = naive(setting, name)
    expected = [np.nan if reference.missing(p) else NAIVE[metric](reference, p) for p in range(reference.n)]
    found = values(setting, name)
    np.testing.assert_allclose(
        found.value[found.metrics.index(metric)], expected, rtol=1e-9, atol=1e-12, err_msg=metric
    )


@pytest.mark.parametrize("name", PREDICTIONS)
@pytest.mark.parametrize("setting", SETTINGS)
def test_the_torch_path_gives_the_same(setting, name, monkeypatch):
    compiled = values(setting, name)
    monkeypatch.setattr(Truth, "compiled", False)
    portable = compute(make_case(**SETTINGS[setting]).truth, make_predictions(case(setting))[name])
    np.testing.assert_allclose(portable.value, compiled.value, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(portable.reason, compiled.reason)
    np.testing.assert_array_equal(portable.truth_defined, compiled.truth_defined)


def test_the_cases_reach_what_they_are_made_for():
    plain = values("plain", "noisy")
    defined = ~np.isnan(plain.value)
    for metric in METRICS:
        assert defined[plain.metrics.index(metric)].sum() >= 5, metric
    reference = naive("plain", "noisy")
    sizes = [reference.degs(p, "control").sum() for p in range(reference.n)]
    assert min(sizes) < 10 < max(sizes)
    assert reference.x[3, 7] == 0
    assert reference.case.control[7] > 0
