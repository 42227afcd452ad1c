from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import perturbdash
from perturbdash.errors import Cancelled
from perturbdash.judgement.recalibration import recalibrate
from perturbdash.simulation.settings import SimulationSettings
from perturbdash.simulation.simulate import simulate
from perturbdash.statistics.store import open_moments


@pytest.fixture(scope="module")
def result():
    cells = simulate(
        SimulationSettings(
            n_genes=40, n_singles=14, n_combinations=0, cells_per_perturbation=20, n_control_cells=80, seed=4
        )
    ).to_anndata()
    return perturbdash.evaluate(cells, store=False, n_resamples=200)


def test_the_same_moments_give_the_same_calibration(result):
    moments = open_moments(result.dataset, seed=0, store=False)
    again = recalibrate(result, moments)
    pd.testing.assert_frame_equal(again.summary, result.calibration_summary)
    pd.testing.assert_frame_equal(again.table, result.calibration)


def test_another_seed_deals_other_folds_and_is_that_of_an_evaluation(result):
    moments = open_moments(result.dataset, seed=3, store=False)
    again = recalibrate(result, moments, seed=3)
    expected = perturbdash.evaluate(result.dataset, store=False, seed=3, n_resamples=200)
    pd.testing.assert_frame_equal(again.summary, expected.calibration_summary)
    assert not np.allclose(again.summary["drf_mean"], result.calibration_summary["drf_mean"], equal_nan=True)


def test_it_stops_when_asked(result):
    def stop(share: float, text: str) -> None:
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        recalibrate(result, open_moments(result.dataset, store=False), progress=stop)
