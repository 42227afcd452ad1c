"""A prediction made worse: against predictions that were changed by hand and scored anew."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import perturbdash as pdash
from perturbdash.errors import Cancelled, SettingsError
from perturbdash.judgement.gameability import COLUMNS, gameability
from perturbdash.judgement.treatments import REPEATS, TREATMENTS, once, shuffled_orders
from perturbdash.metrics.registry import METRICS
from perturbdash.vocabulary import ALL_CELLS, POOLED
from tests.unit.judgement.test_strata import CONTEXTS, SINGLES, TESTED, result

__all__ = ["result"]

KEYS = ["context", "metric"]


def step(table: pd.DataFrame, treatment: str, level: float) -> pd.DataFrame:
    own = table[(table["treatment"] == treatment) & (table["level"] == level)]
    return own.set_index(KEYS).sort_index()


def means(result: Any, model: str) -> pd.Series:
    table = result.metric_summary
    own = table[(table["prediction"] == model) & (table["truth"] == ALL_CELLS)]
    return own.set_index(KEYS)["mean"].sort_index()


@pytest.fixture(scope="module")
def table(result: Any) -> pd.DataFrame:
    return result.gameability("half")


BY_HAND = {
    ("scaled", 0.5): lambda y, control, mean: control + 0.5 * (y - control),
    ("scaled", 2.0): lambda y, control, mean: control + 2 * (y - control),
    ("blended", 0.25): lambda y, control, mean: 0.75 * y + 0.25 * mean,
    ("exaggerated", 1.5): lambda y, control, mean: mean + 1.5 * (y - mean),
}


@pytest.fixture(scope="module")
def by_hand(result: Any) -> Any:
    """Change the profiles of `half` by hand, in every context, and evaluate them as files would be."""
    predictions = {}
    place = {label: i for i, label in enumerate(result.dataset.perturbations)}
    for (treatment, level), change in BY_HAND.items():
        frames = []
        for context, stats in result.stats.items():
            profiles = result.aligned[0].profiles[context][[place[name] for name in TESTED]]
            train = [list(stats.perturbations).index(name) for name in SINGLES[:10]]
            mean = stats.all_cells.mean[train].mean(0).numpy()
            changed = change(profiles, stats.control.mean[0].numpy(), mean)
            index = pd.MultiIndex.from_product([TESTED, [context]], names=["perturbation", "context"])
            frames.append(pd.DataFrame(changed, index, list(stats.genes)))
        predictions[f"{treatment} {level}"] = pd.concat(frames)
    return pdash.evaluate(result.dataset, predictions, store=False, n_resamples=50)


@pytest.mark.parametrize(("treatment", "level"), BY_HAND)
def test_a_treatment_scores_as_a_file_that_was_changed_by_hand(
    by_hand: Any, table: pd.DataFrame, treatment: str, level: float
) -> None:
    expected = means(by_hand, f"{treatment} {level}")
    own = step(table, treatment, level)
    defined = own.index[own["change"].notna()]
    assert len(defined) > 100
    np.testing.assert_allclose(own.loc[defined, "value"], expected[defined], rtol=1e-8, atol=1e-12)


def test_the_unchanged_level_is_the_score_of_the_table(result: Any, table: pd.DataFrame) -> None:
    assert tuple(table.columns) == COLUMNS
    for treatment in TREATMENTS.values():
        own = step(table, treatment.name, treatment.unchanged)
        pd.testing.assert_series_equal(
            own["value"].dropna(), means(result, "half")[own["value"].notna()], check_names=False
        )
        assert (own["change"].dropna() == 0).all()
        assert own["rank"].equals(own["rank_unchanged"])


def test_change_is_positive_where_better_and_pooled_averages_contexts(table: pd.DataFrame) -> None:
    for treatment, level in (("noised", 1.0), ("blended", 0.5)):
        own = step(table, treatment, level)
        direction = own.index.get_level_values("metric").map(lambda name: METRICS[name].direction)
        full = own["change"].notna() & (own["n"] == len(TESTED))
        np.testing.assert_allclose(
            own["change"][full], (direction * (own["value"] - own["unchanged"]))[full], atol=1e-12
        )
        for metric in ("mse", "nir"):
            apart = np.mean([own.loc[(context, metric), "change"] for context in CONTEXTS])
            assert own.loc[(POOLED, metric), "change"] == pytest.approx(apart)
    ranges = own["change"] / own["dynamic_range"]
    pd.testing.assert_series_equal(own["change_in_range"], ranges, check_names=False)


def test_ranks_count_who_is_better(result: Any, table: pd.DataFrame) -> None:
    summary = result.metric_summary
    own = step(table, "blended", 0.5)
    for context in (*CONTEXTS, POOLED):
        here = summary[(summary["context"] == context) & (summary["truth"] == ALL_CELLS)]
        for metric in ("mse", "wmse", "nir", "pds_cosine"):
            rows = here[(here["metric"] == metric) & (here["prediction"] != "half")]
            n_units = len(TESTED)
            others = rows[(rows["n_defined"] >= 0.8 * n_units) | (rows["prediction"] == "mean")][
                "mean"
            ].dropna()
            direction = METRICS[metric].direction
            cell = own.loc[(context, metric)]
            assert cell["rank"] == 1 + (direction * (others - cell["value"]) > 1e-9).sum()
            assert cell["rank_unchanged"] == 1 + (direction * (others - cell["unchanged"]) > 1e-9).sum()
            assert cell["n_ranked"] == len(others) + 1


def test_size_is_seen_by_l1_and_not_by_the_cosine(table: pd.DataFrame) -> None:
    own = step(table, "scaled", 0.25).loc[POOLED]
    assert abs(own.loc["pds_cosine", "change"]) < 1e-9
    assert abs(own.loc["pearson_delta_control", "change"]) < 1e-9
    assert own.loc["pds_l1", "change"] < -0.05
    assert own.loc["mse", "change"] < 0


def test_shuffling_loses_identity_and_keeps_the_expression(table: pd.DataFrame) -> None:
    own = step(table, "shuffled", 1.0).loc[POOLED]
    kept = own["kept"]
    assert kept["pearson_expression"] > 0.5 > kept["pearson_delta_centroid"]
    assert kept["pearson_expression"] == pytest.approx(
        own.loc["pearson_expression", "value"] / own.loc["pearson_expression", "unchanged"]
    )
    assert np.isnan(kept["mse"])
    assert own.loc["nir", "change"] < -0.2
    half = step(table, "shuffled", 0.5).loc[POOLED]
    assert own.loc["nir", "change"] < half.loc["nir", "change"] < 0


def test_each_prediction_goes_to_another_perturbation_whatever_the_order() -> None:
    orders = shuffled_orders(TESTED, 3)
    assert orders == shuffled_orders(TESTED[::-1], 3)
    assert len(orders) == REPEATS
    assert all(sorted(order) == sorted(TESTED) for order in orders)
    assert orders[0] != orders[1]
    assert orders != shuffled_orders(TESTED, 4)


def test_the_same_numbers_whatever_the_order_of_rows_and_genes(result: Any, table: pd.DataFrame) -> None:
    profiles = {}
    for context in CONTEXTS:
        rows = [list(result.dataset.perturbations).index(name) for name in TESTED]
        index = pd.MultiIndex.from_product([TESTED, [context]], names=["perturbation", "context"])
        genes = list(result.stats[context].genes)
        profiles[context] = pd.DataFrame(result.aligned[0].profiles[context][rows], index, genes)
    turned = pd.concat(profiles.values()).iloc[::-1, ::-1]
    again = pdash.evaluate(
        result.dataset, {"half": turned}, store=False, n_resamples=50, seed=result.settings.seed
    )
    for treatment in ("noised", "shuffled"):
        a, b = (step(one.gameability("half"), treatment, 1.0)["value"] for one in (result, again))
        pd.testing.assert_series_equal(a, b, rtol=1e-9)


@pytest.fixture(scope="module")
def extremes(result: Any) -> Any:
    """A prediction that is right to the last digit, and one that is the mean of the training perturbations."""
    perfect, mean = [], []
    for context, stats in result.stats.items():
        names = list(stats.perturbations)
        rows = stats.all_cells.mean.numpy()
        index = pd.MultiIndex.from_product([TESTED, [context]], names=["perturbation", "context"])
        perfect.append(pd.DataFrame(rows[[names.index(n) for n in TESTED]], index, list(stats.genes)))
        average = rows[[names.index(n) for n in SINGLES[:10]]].mean(0)
        mean.append(pd.DataFrame(np.tile(average, (len(TESTED), 1)), index, list(stats.genes)))
    predictions = {"perfect": pd.concat(perfect), "average": pd.concat(mean)}
    return pdash.evaluate(result.dataset, predictions, store=False, n_resamples=50)


def test_nothing_makes_a_perfect_prediction_better(extremes: Any) -> None:
    table = extremes.gameability("perfect", context=POOLED)
    exact = [name for name, spec in METRICS.items() if spec.attains_perfect and name != "mse_unbiased"]
    own = table[table["metric"].isin(exact)]
    assert (own["change"].dropna() <= 1e-9).all()
    assert (own["rank_unchanged"].dropna() == 1).all()
    harmed = own[own["treatment"].isin(["noised"]) & (own["level"] == 2)].set_index("metric")["change"]
    assert (harmed[["mse", "wmse", "pearson_delta_centroid", "r2_delta_control"]] < -0.01).all()


def test_the_mean_has_nothing_to_lose(extremes: Any) -> None:
    table = extremes.gameability("average", context=POOLED)
    still = table[table["treatment"].isin(["blended", "exaggerated", "shuffled"])]
    assert still["change"].notna().sum() > 100
    np.testing.assert_allclose(still["change"].dropna(), 0, atol=1e-9)
    assert (still["rank"].dropna() == still.loc[still["rank"].notna(), "rank_unchanged"]).all()
    centroid = table[(table["metric"] == "pearson_delta_centroid") & (table["treatment"] == "blended")]
    assert centroid["change"].isna().all()


def test_it_is_computed_once_and_can_be_stopped(result: Any) -> None:
    said = []
    result.gameability("few", progress=lambda share, text: said.append(share))
    assert said == sorted(said)
    assert said[0] == 0
    assert max(said) < 1
    result.gameability("few", progress=lambda share, text: pytest.fail("computed again"))

    def stop(share: float, text: str) -> None:
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        gameability(result, "half", stop)


def test_a_model_that_is_not_there_is_named(result: Any) -> None:
    with pytest.raises(SettingsError, match="choose from: half, few"):
        result.gameability("other")


def test_steps_are_said_in_words() -> None:
    assert once("shuffled", 1.0) == "it is shuffled among perturbations"
    assert once("scaled", 0.25) == "its Δcontrol is multiplied by 0.25"
    assert once("noised", 0.5) == "noise of 0.5 sd of its shifts is added"
