"""Without signal nothing may shine; with signal the headline metrics do."""

from __future__ import annotations

from pathlib import Path

import anndata as ad
import numpy as np
import pytest

import perturbdash as pdash
from perturbdash.vocabulary import CONTROL, HEADLINE

SEEDS = range(8)

SELECTED_ON_THE_TRUTH = {"pearson_delta_centroid_top20"}
"""Its genes are the ones in which the truth lies farthest from the control mean, by chance too, so that the
negative control of this metric, the control mean, is pushed below zero on them and any repeat looks better."""


@pytest.fixture(scope="module")
def norman(shared: Path) -> ad.AnnData:
    return ad.read_h5ad(shared / "data" / "norman19_k562_perturbench_250g.h5ad")


def permuted(cells: ad.AnnData, seed: int) -> ad.AnnData:
    """Permute the labels of the perturbed cells."""
    labels = cells.obs["perturbation"].astype(str).to_numpy()
    perturbed = np.flatnonzero(labels != CONTROL)
    labels[perturbed] = labels[np.random.default_rng(seed).permutation(perturbed)]
    obs = cells.obs[[]].assign(perturbation=labels)
    return ad.AnnData(X=cells.X, obs=obs, var=cells.var[[]])


@pytest.mark.parametrize("seed", SEEDS)
def test_no_metric_is_informative_on_permuted_labels(norman: ad.AnnData, seed: int) -> None:
    result = pdash.evaluate(permuted(norman, seed), seed=seed, store=False)
    table = result.calibration_summary
    shining = table[(table["gate"] == "informative") & ~table["metric"].isin(SELECTED_ON_THE_TRUTH)]
    assert shining.empty, shining[["metric", "positive_control", "drf_low", "bds_low", "n"]].to_string()


@pytest.mark.parametrize("seed", SEEDS)
def test_all_headline_metrics_are_informative_on_the_true_labels(norman: ad.AnnData, seed: int) -> None:
    result = pdash.evaluate(norman, seed=seed, store=False)
    gates = {metric: result.gates[("all", metric)] for metric in HEADLINE}
    assert gates == dict.fromkeys(HEADLINE, "informative")
