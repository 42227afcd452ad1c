from __future__ import annotations

import numpy as np
import pytest

from perturbdash.errors import SettingsError
from perturbdash.io.alignment import align
from perturbdash.io.dataset import read
from perturbdash.io.predictions import read_predictions
from perturbdash.simulation.prediction import SimulatedModel, predict
from perturbdash.simulation.settings import SimulationSettings
from perturbdash.simulation.simulate import simulate

SETTINGS = SimulationSettings(
    n_genes=80,
    n_singles=8,
    n_combinations=3,
    cells_per_perturbation=4,
    n_control_cells=10,
    contexts=("x", "y"),
)


@pytest.fixture(scope="module")
def simulated():
    return simulate(SETTINGS)


def values(simulated, **choices):
    table = predict(simulated, SimulatedModel(**{"skill": 1.0, "noise": 0.0} | choices))
    genes = list(simulated.truth.genes)
    return table.loc[table["context"] == "y", genes].to_numpy()


def truth_of(simulated):
    truth = simulated.truth
    held = [truth.perturbations.index(label) for label in truth.held_out]
    seen = [i for i in range(len(truth.perturbations)) if i not in held]
    return truth.expected[1, held], truth.expected[1, seen].mean(0), truth.expected_control[1]


def test_skill_leads_from_the_average_to_the_truth(simulated):
    exact, average, _ = truth_of(simulated)
    np.testing.assert_allclose(values(simulated), exact)
    np.testing.assert_allclose(values(simulated, skill=0.0), np.tile(average, (len(exact), 1)))
    np.testing.assert_allclose(values(simulated, skill=0.25), average + 0.25 * (exact - average))


def test_noise_is_a_multiple_of_the_spread_and_collapse_shrinks_it(simulated):
    exact, average, _ = truth_of(simulated)
    spread = simulated.truth.expected[1].std(0)
    high = simulated.truth.expected[1].mean(0) > 4 * spread
    high &= spread > 1e-6
    error = (values(simulated, noise=0.5) - exact)[:, high] / spread[high]
    assert error.std() == pytest.approx(0.5, rel=0.15)
    pulled = values(simulated, noise=0.5, collapse=0.9)
    np.testing.assert_allclose(
        (pulled - average)[:, high], 0.1 * (values(simulated, noise=0.5) - average)[:, high], atol=1e-12
    )


def test_models_with_different_draws_err_independently(simulated):
    exact, _, _ = truth_of(simulated)
    first, second = (values(simulated, noise=0.5, draw=i) - exact for i in (0, 1))
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.2
    np.testing.assert_array_equal(first, values(simulated, noise=0.5, draw=0) - exact)


def test_scale_and_space(simulated):
    exact, _, control = truth_of(simulated)
    np.testing.assert_allclose(values(simulated, scale=3.0), np.maximum(0, control + 3 * (exact - control)))
    np.testing.assert_allclose(values(simulated, space="linear"), np.expm1(exact))


def test_predictions_are_read_on_the_genes_and_conditions_of_the_data(simulated):
    dataset = read(simulated.to_anndata())
    table = predict(simulated, SimulatedModel(with_control=True))
    (prediction,) = read_predictions(table, dataset, name="m")
    aligned = align(prediction, dataset)
    assert aligned.report.genes_missing == ()
    assert aligned.report.perturbations_matched == len(simulated.truth.held_out)
    np.testing.assert_allclose(aligned.predicted_control["y"], simulated.truth.expected_control[1])


def test_all_perturbations_can_be_predicted(simulated):
    labels = simulated.truth.perturbations
    assert len(predict(simulated, SimulatedModel(), perturbations=labels)) == 2 * len(labels)


@pytest.mark.parametrize(
    "wrong", [{"skill": 2}, {"collapse": -0.1}, {"noise": -1}, {"space": "counts"}, {"draw": -1}]
)
def test_a_choice_that_is_not_allowed_is_named(wrong):
    with pytest.raises(SettingsError, match=f"{next(iter(wrong))} is"):
        SimulatedModel(**wrong)


@pytest.mark.parametrize("labels", [["nothing"], []])
def test_only_what_was_simulated_can_be_predicted(simulated, labels):
    with pytest.raises(SettingsError, match="expected labels such as"):
        predict(simulated, SimulatedModel(), perturbations=labels)
