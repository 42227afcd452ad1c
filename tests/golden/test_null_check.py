"""On real data with permuted labels no headline metric is informative."""

from __future__ import annotations

from pathlib import Path

import pytest

import perturbdash as pdash
from perturbdash.judgement.null_check import NullCheck
from perturbdash.vocabulary import HEADLINE


@pytest.fixture(scope="module")
def check(shared: Path) -> NullCheck:
    result = pdash.evaluate(shared / "data" / "norman19_k562_perturbench_250g.h5ad", store=False)
    return result.null_check(4)


def test_no_headline_metric_is_informative_on_norman_with_permuted_labels(check: NullCheck) -> None:
    table = check.table[check.table["positive_control"] == "interpolated_duplicate"]
    headline = table[table["metric"].isin(HEADLINE)]
    assert set(headline.loc[headline["trial"] == 0, "gate"]) == {"informative"}
    assert "informative" not in set(headline.loc[headline["trial"] > 0, "gate"])


def test_what_shines_on_norman_with_permuted_labels_is_what_starts_from_the_control_mean(
    check: NullCheck,
) -> None:
    permuted = check.table[check.table["trial"] > 0]
    shine = permuted[permuted["gate"] == "informative"]
    assert set(shine["metric"]) <= {"pearson_delta_centroid_top20", "pearson_delta_centroid_top50"}
    assert set(shine["negative_control"]) <= {"control"}
