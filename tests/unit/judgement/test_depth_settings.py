"""Null check and titration under other settings: halves by a column, the published rules, blocks, fewer genes."""

from __future__ import annotations

import anndata as ad
import numpy as np
import pandas as pd
import pytest

import perturbdash
from perturbdash.judgement.titration import titrate
from perturbdash.simulation.settings import SimulationSettings
from perturbdash.simulation.simulate import simulate


@pytest.fixture(scope="module")
def cells() -> ad.AnnData:
    made = simulate(
        SimulationSettings(
            n_genes=50, n_singles=14, n_combinations=0, cells_per_perturbation=48, n_control_cells=120, seed=9
        )
    ).to_anndata()
    made.obs["block"] = pd.Categorical(made.obs["perturbation"].astype(str).str[-1])
    return made


def table_of_halves(cells: ad.AnnData) -> pd.DataFrame:
    half = np.where(np.arange(cells.n_obs) % 2, "first", "second")
    return pd.DataFrame({"cell": cells.obs_names, "half": half})


@pytest.mark.parametrize(
    "settings",
    [
        {"halves_by": "replicate"},
        {"halves": True},
        {"calibration": "published"},
        {"blocks_by": "block", "min_perturbations": 5},
        {"genes": "shared"},
        {"seed": 12},
    ],
    ids=lambda settings: ", ".join(settings),
)
def test_every_setting_is_kept(cells, settings):
    settings = settings | ({"halves": table_of_halves(cells)} if "halves" in settings else {})
    predictions = None
    if "genes" in settings:
        rows = pd.DataFrame(
            1.0, index=sorted(set(cells.obs["perturbation"]) - {"control"}), columns=cells.var_names[:40]
        )
        predictions = {"flat": rows}
    result = perturbdash.evaluate(cells, predictions, store=False, n_resamples=100, **settings)
    check = result.null_check(1)
    observed = check.table[check.table["trial"] == 0].drop(columns=["trial", "labels"])
    pd.testing.assert_frame_equal(observed.reset_index(drop=True), result.calibration_summary)
    permuted = check.table[(check.table["trial"] == 1) & (check.table["metric"] == "nir")]
    assert (permuted["drf_mean"] < 0.25).all()
    assert (permuted["n"] == 14).all()
    found = titrate(result, metrics=("wmse",))
    assert found.seed == settings.get("seed", 0)
    full = found.table[found.table["share"] == 1].drop(columns=["share", "cells", "cells_median"])
    pd.testing.assert_frame_equal(full.reset_index(drop=True), result.calibration_summary)
    rows = (found.table["metric"] == "wmse") & (found.table["positive_control"] == "technical_duplicate")
    own = found.table.loc[rows, "drf_mean"]
    assert own.iloc[0] < own.iloc[-1]
