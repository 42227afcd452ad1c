"""Scores by class of perturbations, against plain numpy on a small result."""

from __future__ import annotations

from typing import Any

import anndata as ad
import numpy as np
import pandas as pd
import pytest

import perturbdash as pdash
from perturbdash.judgement.resampling import bca_mean
from perturbdash.judgement.strata import strata
from perturbdash.judgement.strata_classes import (
    available,
    classified,
    judged_conditions,
    quantile_classes,
)
from perturbdash.vocabulary import ALL_CELLS, POOLED

GENES = [f"G{i:02d}" for i in range(40)]
SINGLES = GENES[:30]
DOUBLES = ["G00+G01", "G00+G25", "G25+G26", "G02+G03", "G04+G27", "G28+G29"]
TESTED = [*SINGLES[10:], *DOUBLES]
CONTEXTS = ("A", "B")


def one_context(rng: np.random.Generator, context: str) -> ad.AnnData:
    base = rng.uniform(0.5, 2, len(GENES))
    shared = rng.normal(0, 0.3, len(GENES))
    effects = {gene: shared + rng.normal(0, rng.uniform(0.1, 0.8), len(GENES)) for gene in SINGLES}
    blocks, names = [rng.normal(base, 0.3, (60, len(GENES)))], ["control"] * 60
    for label in [*SINGLES, *DOUBLES]:
        shift = np.sum([effects[gene] for gene in label.split("+")], axis=0)
        n = int(rng.integers(12, 30))
        blocks.append(rng.normal(base + shift, 0.3, (n, len(GENES))))
        names += [label] * n
    values = np.maximum(np.concatenate(blocks), 0)
    obs = pd.DataFrame(
        {"perturbation": names, "line": context}, index=[f"{context}{i}" for i in range(len(names))]
    )
    return ad.AnnData(values, obs=obs, var=pd.DataFrame(index=GENES))


@pytest.fixture(scope="module")
def result() -> Any:
    rng = np.random.default_rng(11)
    cells = ad.concat([one_context(rng, context) for context in CONTEXTS])
    means = (
        pd.DataFrame(cells.X, columns=GENES)
        .groupby([cells.obs["perturbation"].to_numpy(), cells.obs["line"].to_numpy()])
        .mean()
    )
    means.index.names = ["perturbation", "context"]
    tested = means[means.index.get_level_values("perturbation").isin(TESTED)]
    noise = rng.normal(0, 0.05, tested.shape)
    half = means.loc["control"].reindex(tested.index, level="context") * 0.5 + 0.5 * tested + noise
    few = half.drop(index=TESTED[0], level="perturbation")
    return pdash.evaluate(
        cells,
        {"half": half.reset_index(), "few": few.reset_index()},
        context_key="line",
        space="log1p",
        separator="+",
        store=False,
        n_resamples=300,
    )


@pytest.fixture(scope="module")
def conditions(result: Any) -> pd.DataFrame:
    return judged_conditions(result, ["G10", "G25+G26"])


def values_of(result: Any, prediction: str, metric: str) -> pd.Series:
    table = result.metrics
    own = table[
        (table["prediction"] == prediction) & (table["metric"] == metric) & (table["truth"] == ALL_CELLS)
    ]
    return own.set_index(["context", "perturbation"])["value"]


def test_only_test_conditions_are_parted(result: Any, conditions: pd.DataFrame) -> None:
    assert len(conditions) == len(TESTED) * len(CONTEXTS)
    assert set(conditions["perturbation"]) == set(TESTED)
    variation = result.systematic_variation.query("reference == 'control'").set_index(
        ["context", "perturbation"]
    )
    for row in conditions.sample(6, random_state=0).to_dict("records"):
        same = variation.loc[(row["context"], row["perturbation"])]
        assert (row["shift_norm"], row["cosine"], row["n_cells"]) == tuple(
            same[["shift_norm", "cosine", "n_cells"]]
        )
    assert set(conditions.loc[conditions["selected"], "perturbation"]) == {"G10", "G25+G26"}


def test_genes_seen_are_the_train_singles_of_a_combination(conditions: pd.DataFrame) -> None:
    seen = conditions[conditions["context"] == "A"].set_index("perturbation")["seen"]
    train = set(SINGLES) - set(TESTED)
    for double in DOUBLES:
        assert seen[double] == sum(gene in train for gene in double.split("+"))
    assert seen["G10":"G29"].drop(DOUBLES, errors="ignore").isna().all()


def test_numbers_are_cut_at_quantiles_that_hold_ten_perturbations() -> None:
    rng = np.random.default_rng(0)
    for n, n_classes in ((4, 2), (19, 2), (25, 2), (33, 3), (45, 4), (200, 4)):
        values = rng.normal(size=n)
        place = quantile_classes(values, n_units=n)
        edges = np.quantile(values, np.arange(1, n_classes) / n_classes)
        naive = np.array([sum(value > edge for edge in edges) for value in values])
        np.testing.assert_array_equal(place, naive)
        assert place.max() == n_classes - 1
    assert (quantile_classes(np.arange(3.0), n_units=3) == -1).all()


def test_equal_numbers_share_a_class_and_no_class_is_empty() -> None:
    values = np.array([5.0] * 30 + [6.0] * 5 + [7.0] * 10)
    place = quantile_classes(values, n_units=45)
    for value in (5, 6, 7):
        assert len(set(place[values == value])) == 1
    assert set(place) == set(range(place.max() + 1))


def test_a_class_says_its_least_and_greatest_number(conditions: pd.DataFrame) -> None:
    found = classified(conditions, "shift_norm", CONTEXTS)
    assert found["place"].nunique() == 2
    for words, own in found.groupby("class"):
        assert words == f"{own['shift_norm'].min():.2f} to {own['shift_norm'].max():.2f}"
    assert found.groupby("place")["shift_norm"].max()[0] < found.groupby("place")["shift_norm"].min()[1]


def test_strata_of_one_class_are_not_offered(conditions: pd.DataFrame) -> None:
    assert available(conditions, CONTEXTS) == (
        "shift_norm",
        "n_cells",
        "cosine",
        "n_parts",
        "seen",
        "selection",
    )
    singles = conditions[conditions["n_parts"] == 1].assign(selected=False, n_cells=20)
    assert available(singles, CONTEXTS) == ("shift_norm", "cosine")
    assert available(conditions.iloc[:1], CONTEXTS) == ()


@pytest.mark.parametrize("stratum", ["shift_norm", "n_parts", "seen", "selection"])
@pytest.mark.parametrize("context", ["A", POOLED])
def test_means_and_differences_are_those_of_plain_numpy(
    result: Any, conditions: pd.DataFrame, stratum: str, context: str
) -> None:
    selected = ("G10", "G25+G26") if stratum == "selection" else ()
    contexts = CONTEXTS if context == POOLED else (context,)
    table = strata(result, "wmse", stratum, context=context, models=["half", "few"], selected=selected)
    classes = classified(conditions, stratum, contexts)
    assert list(table.drop_duplicates("place")["n_class"]) == list(classes.groupby("place").size())
    verdict = result.verdict.query(f"context == '{context}' and metric == 'wmse'").set_index("model")[
        "baseline"
    ]
    for row in table.to_dict("records"):
        index = classes.loc[classes["place"] == row["place"], ["context", "perturbation"]]
        own = values_of(result, row["prediction"], "wmse").reindex(pd.MultiIndex.from_frame(index))
        assert row["n"] == own.dropna().index.get_level_values("perturbation").nunique()
        np.testing.assert_allclose(row["mean"], own.groupby("context").mean().mean(), rtol=1e-12)
        if row["kind"] == "model":
            assert row["baseline"] == verdict[row["prediction"]]
            theirs = values_of(result, row["baseline"], "wmse").reindex(own.index)
            better = (theirs - own).groupby("context").mean().mean()
            np.testing.assert_allclose(row["difference"], better, rtol=1e-9)


def test_intervals_are_those_of_the_bootstrap_and_need_ten(result: Any, conditions: pd.DataFrame) -> None:
    table = strata(result, "nir", "n_parts", context="A", models=["half"])
    single = table[(table["prediction"] == "half") & (table["class"] == "single gene or drug")].iloc[0]
    names = sorted(set(TESTED) - set(DOUBLES))
    own = values_of(result, "half", "nir").loc["A"].reindex(names).to_numpy()
    expected = bca_mean(own[:, None], seed=0, n_resamples=300)
    assert (single["low"], single["high"]) == (expected.low[0], expected.high[0])
    double = table[(table["prediction"] == "half") & (table["class"] == "two genes")].iloc[0]
    assert double["n"] == len(DOUBLES)
    assert np.isnan([double["low"], double["high"], double["difference_low"]]).all()
    assert np.isfinite(double["difference"])


def test_a_model_that_misses_a_perturbation_has_a_smaller_n(result: Any) -> None:
    table = strata(result, "mse", "n_parts", context="A", models=["half", "few"])
    single = table[table["class"] == "single gene or drug"].set_index("prediction")
    assert single.loc["few", "n"] == single.loc["half", "n"] - 1
    assert single.loc["few", "n_paired"] == single.loc["few", "n"]


def test_a_selection_leaves_its_perturbations_in_the_classes_of_all(
    result: Any, conditions: pd.DataFrame
) -> None:
    chosen = TESTED[:12]
    every = strata(result, "mse", "shift_norm", context="A", models=["half"])
    some = strata(result, "mse", "shift_norm", context="A", models=["half"], selected=chosen)
    classes = classified(conditions, "shift_norm", ("A",))
    for place, own in some[some["prediction"] == "half"].groupby("place"):
        inside = classes[(classes["place"] == place) & classes["perturbation"].isin(chosen)]
        assert own["n"].item() == len(inside)
        assert own["class"].item() == every.loc[every["place"] == place, "class"].iloc[0]


def test_without_a_verdict_the_best_mean_stands_for_the_hardest_baseline(result: Any) -> None:
    verdict = result.verdict.copy()
    blank = verdict.assign(baseline="")
    result.__dict__["verdict"] = blank
    try:
        table = strata(result, "mse", "n_parts", context="A", models=["half"])
    finally:
        result.__dict__["verdict"] = verdict
    means = result.metric_summary.query("context == 'A' and metric == 'mse' and truth == 'all_cells'")
    often = means[(means["kind"] == "baseline") & (means["n_defined"] >= 0.8 * len(TESTED))]
    best = often.sort_values("mean")["prediction"].iloc[0]
    assert set(table.loc[table["kind"] == "model", "baseline"]) == {best}


def test_nothing_to_part_is_an_empty_table(result: Any) -> None:
    table = strata(result, "mse", "selection", context="A", models=["half"])
    assert table.empty
    assert {"class", "prediction", "difference"} <= set(table.columns)
