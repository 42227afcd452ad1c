"""Systematic variation of real cells: Systema's own numbers, and a study whose shared effect is noise."""

from __future__ import annotations

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import torch

from perturbdash.io.dataset import read
from perturbdash.statistics.accumulate import moments
from perturbdash.statistics.context import context_statistics
from perturbdash.statistics.systematic import summary, systematic_variation


def table_of(dataset, seed=0):
    table = moments(dataset, seed=seed, device="cpu")
    return pd.concat(
        systematic_variation(context_statistics(table, context, torch.device("cpu")), seed=seed)
        for context in dataset.contexts
    )


def test_norman_equals_the_published_function(shared):
    table = table_of(read(shared / "data/norman19_k562_perturbench_250g.h5ad"))
    golden = pd.read_csv(shared / "golden/norman250/systema_systematic_variation.csv")
    both = golden.merge(table, on=["perturbation", "reference"], suffixes=("_golden", ""), validate="1:1")
    assert len(both) == len(golden) == len(table)
    np.testing.assert_allclose(both["cosine"], both["cosine_to_average_effect"], rtol=1e-6)
    np.testing.assert_allclose(both["shift_norm"], both["shift_norm_golden"], rtol=1e-6)


@pytest.mark.filterwarnings("ignore:Observation names are not unique")
@pytest.mark.parametrize("seed", [0, 1])
def test_mcfaline_is_noise_in_the_control_mean(shared, seed):
    cells = ad.read_h5ad(shared / "data/perturbench_devel.h5ad")
    cells = cells[cells.obs["dataset"] == "mcfaline23"].copy()
    table = table_of(read(cells, context_key="cell_type"), seed)
    rows = summary(table).set_index(["reference", "context"]).loc["control"]
    assert sorted(rows.index) == ["A172", "T98G", "U87MG"]
    assert (rows["n"] == 9).all()
    assert rows["cosine"].mean() == pytest.approx(0.72, abs=0.02)
    assert rows["cosine_split_control"].mean() == pytest.approx(0, abs=0.1)
    assert (rows["cosine_split_control"] < 0.2).all()
    assert rows["part_is_noise"].all()
