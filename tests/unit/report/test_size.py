"""A report on a large screen stays small enough to be sent."""

from __future__ import annotations

import anndata as ad
import numpy as np
import pandas as pd

import perturbdash
from perturbdash.report.writing import report_html
from tests.unit.report.made import embedded

N_PERTURBATIONS, N_GENES, N_CELLS = 1000, 500, 6
MOST_BYTES = 10_000_000


def test_a_thousand_perturbations_and_two_models_take_less_than_ten_megabytes() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat([*["control"] * 5, *(f"P{i:04}" for i in range(N_PERTURBATIONS))], N_CELLS)
    values = rng.gamma(4, 0.3, (len(labels), N_GENES))
    values[5 * N_CELLS :] += np.repeat(rng.gamma(1, 0.3, (N_PERTURBATIONS, N_GENES)), N_CELLS, axis=0)
    obs = pd.DataFrame({"perturbation": labels}, index=[f"c{i}" for i in range(len(labels))])
    data = ad.AnnData(values, obs=obs, var=pd.DataFrame(index=[f"G{i:03}" for i in range(N_GENES)]))
    means = pd.DataFrame(values, columns=data.var_names).groupby(labels).mean().drop(index="control")
    models = {f"m{i}": means + rng.normal(0, 0.1 * (1 + i), means.shape) for i in range(2)}
    result = perturbdash.evaluate(data, models, store=False, n_resamples=20, space="log1p")
    page = report_html(result)
    assert len(page.encode()) < MOST_BYTES
    data_of_page = embedded(page, "pr-data")
    assert len(data_of_page["names"]) == N_PERTURBATIONS
    assert "deg_auprc/m1" in data_of_page["columns"]
