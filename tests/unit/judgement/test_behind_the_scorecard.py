"""Tables behind the scorecard: scores by perturbation, outcomes by context, what stands behind a warning."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from perturbdash.judgement.behind_warnings import behind_warning
from perturbdash.judgement.context_outcomes import context_outcomes, lacking
from perturbdash.judgement.perturbation_scores import (
    BESIDE,
    hardest_baselines,
    long_scores,
    perturbation_scores,
    undefined_counts,
)
from perturbdash.metrics.registry import METRICS
from perturbdash.vocabulary import ALL_CELLS, POOLED
from tests.unit.judgement.test_strata import CONTEXTS, TESTED, result

__all__ = ["result"]

KEYS = ["context", "perturbation"]


def wide(result: Any, prediction: str) -> pd.DataFrame:
    table = result.metrics
    own = table[(table["prediction"] == prediction) & (table["truth"] == ALL_CELLS)]
    return own.pivot_table(index=KEYS, columns="metric", values="value", dropna=False)


def test_one_row_a_condition_with_every_metric(result: Any) -> None:
    table = perturbation_scores(result, "half", context=POOLED)
    assert len(table) == len(TESTED) * len(CONTEXTS)
    expected = wide(result, "half")
    for metric in METRICS:
        own = table.set_index(KEYS)[metric].sort_index()
        np.testing.assert_array_equal(own, expected[metric].reindex(own.index))
    sizes = result.stats["A"].all_cells.n.cpu().numpy()
    cells = dict(zip(result.stats["A"].perturbations, sizes, strict=True))
    here = table[table["context"] == "A"]
    assert list(here["n_cells"]) == [cells[name] for name in here["perturbation"]]


def test_beside_is_the_hardest_baseline_and_the_difference_is_that_to_it(result: Any) -> None:
    against = hardest_baselines(result, "half", "A")
    verdict = result.verdict.query("context == 'A' and model == 'half'").set_index("metric")["baseline"]
    assert against["wmse"] == verdict["wmse"]
    beside = perturbation_scores(result, "half", context="A", show="beside").set_index("perturbation")
    apart = perturbation_scores(result, "half", context="A", show="difference").set_index("perturbation")
    theirs = wide(result, against["wmse"]).loc["A", "wmse"].reindex(beside.index)
    np.testing.assert_array_equal(beside["wmse" + BESIDE], theirs)
    np.testing.assert_allclose(apart["wmse"], theirs - beside["wmse"])
    np.testing.assert_allclose(apart["nir"], beside["nir"] - beside["nir" + BESIDE])


def test_the_mean_of_the_differences_is_the_verdict(result: Any) -> None:
    apart = perturbation_scores(result, "half", context="A", show="difference")
    verdict = result.verdict.query("context == 'A' and model == 'half'").set_index("metric")["difference"]
    judged = verdict.dropna().index
    assert len(judged) > 10
    np.testing.assert_allclose(apart[list(judged)].mean(), verdict[judged], rtol=1e-9)


def test_the_long_form_is_the_table_metrics(result: Any) -> None:
    found = long_scores(result, ["few", "mean"], context="A")
    table = result.metrics
    same = table[
        (table["context"] == "A") & table["prediction"].isin(["few", "mean"]) & (table["truth"] == ALL_CELLS)
    ]
    order = ["prediction", "metric", "perturbation"]
    pd.testing.assert_frame_equal(
        found.sort_values(order, ignore_index=True), same.sort_values(order, ignore_index=True)
    )


def test_reasons_are_counted_by_metric(result: Any) -> None:
    found = undefined_counts(result, "few", context="A")
    assert found["missing"] == dict.fromkeys(METRICS, 1)
    assert sum(next(iter(found.values())).values()) == max(sum(by.values()) for by in found.values())


def test_outcomes_by_context_are_those_of_the_verdict(result: Any) -> None:
    table = context_outcomes(result, ["half"])
    assert list(table["context"]) == [POOLED, *CONTEXTS]
    for row in table.to_dict("records"):
        own = result.verdict.query(f"context == '{row['context']}' and model == 'half' and headline")
        told = own[own["gate"] == "informative"]
        assert (row["beats"], row["informative"]) == ((told["outcome"] == "beats").sum(), len(told))
        assert row["n_test"] == len(TESTED)


def test_a_context_without_prediction_says_so(result: Any) -> None:
    half, few = result.aligned
    only_a = replace(half, report=replace(half.report, contexts=("A",)))
    fewer = replace(result, aligned=(only_a, few))
    assert lacking(fewer, "B", "half") == "no prediction"
    assert lacking(fewer, POOLED, "half") == "no prediction for B"
    assert "no prediction" not in lacking(fewer, "A", "half") + lacking(fewer, POOLED, "few")


def test_missing_perturbations_are_named(result: Any) -> None:
    table = behind_warning(result, "missing", context=POOLED, models=["half", "few"])
    assert table.to_dict("records") == [
        {"model": "few", "context": context, "missing": TESTED[0], "kind": "perturbation"}
        for context in CONTEXTS
    ]
    assert len(behind_warning(result, "missing", context="A", models=["few"])) == 1


def test_leakage_is_the_ratio_of_squared_distances(result: Any) -> None:
    table = behind_warning(result, "leakage", context="A", models=["half"]).set_index("perturbation")
    stats, label = result.stats["A"], TESTED[3]
    i = list(stats.perturbations).index(label)
    j = list(result.dataset.perturbations).index(label)
    rest = ~result.tests["A"].degs("control")[i]
    own = result.aligned[0].profiles["A"][j]
    first, second = (half.mean[i].numpy() for half in (stats.first, stats.second))
    expected = ((own - first)[rest] ** 2).sum() / ((second - first)[rest] ** 2).sum()
    assert table.loc[label, "ratio"] == pytest.approx(expected)
    assert table.loc[label, "genes"] == rest.sum()
    assert table["ratio"].is_monotonic_increasing


def test_identical_profiles_are_grouped(result: Any) -> None:
    assert behind_warning(result, "identical", context="A", models=["half"]).empty
    case = result.cases["A"]
    a, b = (list(case.stats.perturbations).index(name) for name in TESTED[:2])
    profiles = case.models["half"].copy()
    profiles[b] = profiles[a]
    changed = {**result.cases, "A": replace(case, models={"half": profiles})}
    table = behind_warning(replace(result, cases=changed), "identical", context="A", models=["half"])
    assert set(table["perturbation"]) == set(TESTED[:2])
    assert set(table["group"]) == {1}
    assert set(table["same_profile"]) == {2}


def test_values_of_a_prediction_stand_beside_the_observed_ones(result: Any) -> None:
    table = behind_warning(result, "space", context="A", models=["half"]).set_index("perturbation")
    j = list(result.dataset.perturbations).index(TESTED[0])
    own = result.aligned[0].profiles["A"][j]
    assert table.loc[TESTED[0], "predicted_highest"] == own.max()
    i = list(result.stats["A"].perturbations).index(TESTED[0])
    observed = result.stats["A"].all_cells.mean[i].numpy()
    fold = np.expm1(own).sum() / np.expm1(observed).sum()
    assert table.loc[TESTED[0], "total_fold_log10"] == pytest.approx(np.log10(fold))


def test_what_has_no_table_is_empty(result: Any) -> None:
    for warning in ("collapse", "control_drift", "train_predictions", "target_gene_only"):
        assert behind_warning(result, warning, context=POOLED, models=["half"]).empty
