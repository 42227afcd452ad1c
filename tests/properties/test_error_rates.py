"""On simulated screens a model that knows nothing does not win, and intervals cover what they are about."""

from __future__ import annotations

import anndata as ad
import numpy as np
import pandas as pd
import pytest

import perturbdash as pdash
from perturbdash.judgement.resampling import bca_mean
from perturbdash.simulation.prediction import SimulatedModel, predict
from perturbdash.simulation.settings import SimulationSettings
from perturbdash.simulation.simulate import simulate
from perturbdash.vocabulary import CONTROL, HEADLINE

N_TEST = 30
N_SCREENS = 8
MODELS_A_SCREEN = 5


def screen(seed: int, inert_share: float) -> ad.AnnData:
    """Simulate 60 single perturbations as log1p counts per 10,000, half of them for testing."""
    settings = SimulationSettings(
        n_genes=150,
        n_singles=2 * N_TEST,
        n_combinations=0,
        cells_per_perturbation=30,
        n_control_cells=200,
        inert_share=inert_share,
        seed=seed,
    )
    return simulate(settings).to_anndata("log1p")


def centroids(cells: ad.AnnData) -> pd.DataFrame:
    """Mean of each label, label × gene."""
    dense = pd.DataFrame(cells.X.toarray(), columns=cells.var_names)
    return dense.groupby(cells.obs["perturbation"].astype(str).to_numpy()).mean()


def mean_plus_noise(cells: ad.AnnData, seed: int) -> dict[str, pd.DataFrame]:
    """Return models that predict the train mean with noise of different sizes for the test perturbations."""
    means = centroids(cells).drop(index=CONTROL)
    names = list(means.index)
    train, test = names[:N_TEST], names[N_TEST:]
    rng = np.random.default_rng(seed)
    spread = means.loc[train].std(axis=0).to_numpy()
    average = means.loc[train].mean(axis=0).to_numpy()
    sizes = np.linspace(0.02, 1.0, MODELS_A_SCREEN)
    noisy = (average + size * spread * rng.normal(size=(len(test), len(average))) for size in sizes)
    return {
        f"m{i}": pd.DataFrame(values, index=test, columns=means.columns) for i, values in enumerate(noisy)
    }


@pytest.mark.parametrize("inert_share", [0.0, 0.2])
def test_the_mean_plus_noise_beats_in_at_most_one_of_twenty_trials(inert_share: float) -> None:
    outcomes = []
    for seed in range(N_SCREENS):
        cells = screen(seed, inert_share)
        result = pdash.evaluate(cells, mean_plus_noise(cells, seed), store=False, n_resamples=2000)
        verdict = result.verdict
        assert (verdict.loc[verdict["metric"] == "wmse", "n"] == N_TEST).all()
        outcomes.append(verdict[verdict["metric"].isin(HEADLINE)])
    table = pd.concat(outcomes)
    rates = (table["outcome"] == "beats").groupby(table["metric"]).mean()
    assert len(table) == N_SCREENS * MODELS_A_SCREEN * len(HEADLINE)
    assert (rates <= 0.05).all(), rates.to_dict()


@pytest.fixture(scope="module")
def population() -> pdash.Result:
    """Evaluate a model of some skill on several hundred test perturbations."""
    settings = SimulationSettings(
        n_genes=150,
        n_singles=100,
        n_combinations=400,
        cells_per_perturbation=20,
        n_control_cells=400,
        seed=11,
    )
    simulated = simulate(settings)
    names = [name for name, parts in simulated.truth.parts.items() if len(parts) > 1]
    predicted = predict(simulated, SimulatedModel(skill=0.5, noise=0.6), perturbations=names)
    return pdash.evaluate(simulated.to_anndata("log1p"), {"m": predicted}, store=False, n_resamples=500)


@pytest.mark.parametrize("metric", HEADLINE)
def test_intervals_at_thirty_perturbations_cover_the_mean_of_all(
    population: pdash.Result, metric: str
) -> None:
    scores = population.all_cells
    place = scores.metrics.index(metric)
    difference = (scores.value["m"] - scores.value["control"])[place, :, 0]
    difference = difference[~np.isnan(difference)]
    assert len(difference) >= 300
    rng = np.random.default_rng(0)
    trials = np.stack([rng.choice(difference, N_TEST, replace=False) for _ in range(1000)], axis=1)
    intervals = bca_mean(trials, seed=0, n_resamples=2000)
    covered = (intervals.low <= difference.mean()) & (difference.mean() <= intervals.high)
    assert covered.mean() >= 0.88
    assert covered.mean() < 1
