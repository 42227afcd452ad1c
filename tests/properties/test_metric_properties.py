"""What holds for every metric of the registry."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from perturbdash.metrics.compute import REASONS, compute
from perturbdash.metrics.prediction import Prediction
from perturbdash.metrics.registry import METRICS
from tests.unit.metrics.cases import make_case, make_predictions, prediction, profiles_of

NAMES = ("noisy", "rounded", "mean", "control", "truth", "nothing")
each_metric = pytest.mark.parametrize("metric", METRICS)


@pytest.fixture(scope="module", params=[False, True], ids=["targets kept", "targets dropped"])
def case(request):
    return make_case(drop_targets=request.param)


@pytest.fixture(scope="module")
def predictions(case):
    return make_predictions(case)


@pytest.fixture(scope="module")
def values(case, predictions):
    return {name: compute(case.truth, given) for name, given in predictions.items()}


def row(values, metric):
    return values.value[values.metrics.index(metric)]


def reasons(values, metric):
    return [REASONS[code] for code in values.reason[values.metrics.index(metric)]]


@each_metric
def test_a_perfect_prediction_gives_the_perfect_value(case, values, metric):
    spec = METRICS[metric]
    found = row(values["truth"], metric)
    allowed = values["truth"].truth_defined[values["truth"].metrics.index(metric)]
    assert allowed.sum() >= 3
    np.testing.assert_array_equal(~np.isnan(found), allowed)
    if metric == "mse_unbiased":
        assert (found[allowed] < 0).all()
    elif spec.attains_perfect:
        np.testing.assert_allclose(found[allowed], spec.perfect, atol=1e-9)


@each_metric
def test_a_better_prediction_is_nearer_to_perfect(case, metric):
    rng = np.random.default_rng(5)
    noise = rng.normal(size=case.observed.shape)
    everyone = np.arange(len(noise))
    means = []
    for size in (0.05, 2.0):
        found = compute(case.truth, prediction("x", case.observed + size * noise, everyone), [metric])
        means.append(np.nanmean(found.value))
    assert METRICS[metric].direction * (means[0] - means[1]) > 0


@each_metric
def test_gene_order_does_not_matter(case, predictions, values, metric):
    order = np.random.default_rng(0).permutation(case.observed.shape[1])
    shuffled = case.take(genes=order)
    for name in ("noisy", "mean"):
        given = predictions[name]
        moved = Prediction(name, "model", given.rows[:, torch.from_numpy(order)], given.index)
        np.testing.assert_allclose(
            compute(shuffled.truth, moved, [metric]).value[0],
            row(values[name], metric),
            rtol=1e-9,
            atol=1e-12,
        )


@each_metric
def test_perturbation_order_only_permutes(case, predictions, values, metric):
    order = np.random.default_rng(1).permutation(len(case.cells))
    shuffled = case.take(perturbations=order)
    for name in ("noisy", "rounded", "mean"):
        given = predictions[name]
        moved = Prediction(name, "model", given.rows, given.index[torch.from_numpy(order)])
        found = compute(shuffled.truth, moved, [metric])
        np.testing.assert_allclose(found.value[0], row(values[name], metric)[order], rtol=1e-9, atol=1e-12)
        assert [REASONS[code] for code in found.reason[0]] == [
            reasons(values[name], metric)[i] for i in order
        ]


@each_metric
def test_a_missing_prediction_is_undefined_and_called_missing(values, predictions, metric):
    for name in ("noisy", "nothing"):
        missing = predictions[name].index.numpy() < 0
        assert missing.any()
        assert np.isnan(row(values[name], metric)[missing]).all()
        assert {
            reason for reason, gone in zip(reasons(values[name], metric), missing, strict=True) if gone
        } == {"missing"}
        assert "missing" not in [
            r for r, gone in zip(reasons(values[name], metric), missing, strict=True) if not gone
        ]


@each_metric
def test_what_others_are_missing_changes_nothing_but_the_rank_among_predictions(
    case, predictions, values, metric
):
    if metric == "truth_rank":
        return
    full = predictions["truth"]
    index = full.index.clone()
    index[::3] = -1
    found = compute(case.truth, Prediction("truth", "model", full.rows, index), [metric]).value[0]
    expected = np.where(index.numpy() < 0, np.nan, row(values["truth"], metric))
    np.testing.assert_array_equal(found, expected)


@each_metric
def test_values_lie_in_the_range_of_the_card(values, metric):
    spec = METRICS[metric]
    for name in NAMES:
        found = row(values[name], metric)
        defined = found[~np.isnan(found)]
        assert ((defined >= spec.low) & (defined <= spec.high)).all(), name


@each_metric
def test_undefined_has_a_reason_and_defined_has_none(values, metric):
    for name in NAMES:
        undefined = np.isnan(row(values[name], metric))
        np.testing.assert_array_equal(undefined, np.array(reasons(values[name], metric)) != "")


@each_metric
def test_what_the_truth_allows_does_not_depend_on_the_prediction(values, metric):
    index = values["truth"].metrics.index(metric)
    for name in NAMES:
        np.testing.assert_array_equal(values[name].truth_defined[index], values["truth"].truth_defined[index])
        assert not (~np.isnan(values[name].value[index]) & ~values[name].truth_defined[index]).any()


@each_metric
def test_alone_as_among_all(case, predictions, values, metric):
    for name in ("rounded", "mean"):
        alone = compute(case.truth, predictions[name], [metric])
        np.testing.assert_array_equal(alone.value[0], row(values[name], metric))


@each_metric
def test_shared_rows_as_one_row_for_each_perturbation(case, predictions, values, metric):
    spread = prediction("mean", profiles_of(predictions["mean"]), np.arange(len(case.cells)))
    found = compute(case.truth, spread, [metric]).value[0]
    np.testing.assert_allclose(found, row(values["mean"], metric), rtol=1e-12, atol=1e-12)


def test_inputs_stay_as_they_are(case, predictions):
    truth = case.truth
    tensors = [getattr(truth, name) for name in vars(truth) if isinstance(getattr(truth, name), torch.Tensor)]
    tensors += [t for given in predictions.values() for t in (given.rows, given.index)]
    before = [tensor.clone() for tensor in tensors]
    for given in predictions.values():
        compute(truth, given)
    for tensor, was in zip(tensors, before, strict=True):
        assert torch.equal(tensor.nan_to_num(-7.0), was.nan_to_num(-7.0))


def test_one_prediction_leaves_nothing_behind_for_the_next(case, predictions, values):
    for name in reversed(NAMES):
        again = compute(case.truth, predictions[name])
        np.testing.assert_array_equal(again.value, values[name].value)
        np.testing.assert_array_equal(again.reason, values[name].reason)
