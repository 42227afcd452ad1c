"""DRF by perturbation agrees with the tables of the calibration."""

from __future__ import annotations

import numpy as np
import pytest

import perturbdash
from perturbdash.judgement.drf_view import drf_view
from tests.pages.evaluated import demo_result, write_noise


@pytest.fixture(scope="module")
def result():
    return demo_result()


@pytest.mark.parametrize("context", ["line_A", "pooled"])
@pytest.mark.parametrize("metric", ["nir", "lfc_nmae", "wmse"])
def test_values_and_counts_are_those_of_the_tables(result, metric: str, context: str):
    found = drf_view(result, metric=metric, positive_control="technical_duplicate", context=context)
    rows = result.calibration
    rows = rows[(rows["metric"] == metric) & (rows["positive_control"] == "technical_duplicate")]
    rows = rows if context == "pooled" else rows[rows["context"] == context]
    expected = rows.groupby(["context", "perturbation"])[["drf", "negative", "positive"]].mean()
    own = found.conditions.set_index(["context", "perturbation"]).loc[expected.index]
    for column in expected:
        np.testing.assert_allclose(own[column], expected[column])
    summary = result.calibration_summary.set_index(["context", "metric", "positive_control"])
    said = summary.loc[(context, metric, "technical_duplicate")]
    assert found.perturbations["drf"].notna().sum() == said["n"]
    assert found.perturbations["no_range"].sum() == said["n_no_range"]


def test_what_has_no_value_says_why(result):
    found = drf_view(result, metric="lfc_nmae", positive_control="interpolated_duplicate", context="line_A")
    lacking = found.conditions["drf"].isna()
    assert lacking.any()
    assert (found.conditions.loc[lacking, "reason"] == "fewer than 10 DEGs").all()
    assert (found.conditions.loc[~lacking, "reason"] == "").all()


def test_conditions_too_small_for_halves_are_counted(tmp_path):
    write_noise(tmp_path / "tiny.h5ad", 6, n_cells=3)
    result = perturbdash.evaluate(tmp_path / "tiny.h5ad", store=False, n_resamples=50)
    found = drf_view(result, metric="nir", positive_control="interpolated_duplicate", context="all")
    assert found.conditions.empty
    assert (found.n_too_small, found.n_always_train) == (6, 0)
    assert found.perturbations.empty
