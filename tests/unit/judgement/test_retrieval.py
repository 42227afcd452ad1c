"""Ranks, distances and confusions of the page Retrieval, against plain numpy and the tables of a result."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import anndata as ad
import numpy as np
import pandas as pd
import pytest

import perturbdash as pdash
from perturbdash.errors import Cancelled
from perturbdash.judgement import retrieval_distances
from perturbdash.judgement.groups import Groups, cluster, shift_tree
from perturbdash.judgement.retrieval_confusions import confusions
from perturbdash.judgement.retrieval_distances import nearness
from perturbdash.judgement.retrieval_matrix import matrix_view
from perturbdash.judgement.retrieval_view import all_variants, rank_view
from perturbdash.judgement.retrieval_words import DISTANCES, REPEAT, VARIANTS

GENES = [f"G{i:02d}" for i in range(40)]
LABELS = ["G00", "G01", "G02", "G00+G01", "drug1", "drug2", "G05", "G06", "G07", "G08", "G09", "twin"]
TESTED = LABELS[:9]
TWIN = "G06"
MODELS = ("half", "flat", "few")
SETTINGS: dict[str, dict[str, str]] = {
    "default": {},
    "targets dropped": {"targets": "drop"},
    "test candidates": {"candidates": "test"},
}


@pytest.fixture(scope="module")
def cells() -> ad.AnnData:
    """Perturbations of 24 cells, one of two cells, and one whose cells are those of another."""
    rng = np.random.default_rng(5)
    base = rng.uniform(0.5, 2, len(GENES))
    blocks, names = [rng.normal(base, 0.3, (60, len(GENES)))], ["control"] * 60
    for label in LABELS:
        shift = 0.4 + rng.normal(0, 0.4, len(GENES)) * (rng.random(len(GENES)) < 0.4)
        n = 2 if label == "G09" else 24
        blocks.append(
            blocks[1 + LABELS.index(TWIN)]
            if label == "twin"
            else rng.normal(base + shift, 0.5, (n, len(GENES)))
        )
        names += [label] * len(blocks[-1])
    values = np.concatenate(blocks)
    obs = pd.DataFrame({"perturbation": names}, index=[f"c{i}" for i in range(len(values))])
    return ad.AnnData(np.maximum(values, 0), obs=obs, var=pd.DataFrame(index=GENES))


@pytest.fixture(scope="module")
def means(cells: ad.AnnData) -> pd.DataFrame:
    return pd.DataFrame(cells.X, columns=GENES).groupby(cells.obs["perturbation"].to_numpy()).mean()


@pytest.fixture(scope="module")
def models(means: pd.DataFrame) -> dict[str, pd.DataFrame]:
    own, rng = means.loc[TESTED], np.random.default_rng(6)
    half = means.loc["control"] + 0.6 * (own - means.loc["control"]) + rng.normal(0, 0.15, own.shape)
    flat = pd.DataFrame([own.mean()] * len(own), index=own.index)
    return {"half": half, "flat": flat, "few": own.iloc[:5] + rng.normal(0, 0.05, (5, len(GENES)))}


@pytest.fixture(scope="module", params=list(SETTINGS))
def result(request: pytest.FixtureRequest, cells: ad.AnnData, models: dict[str, pd.DataFrame]) -> Any:
    return pdash.evaluate(
        cells,
        models,
        space="log1p",
        separator="+",
        store=False,
        n_resamples=200,
        **SETTINGS[request.param],
    )


@pytest.fixture(scope="module")
def plain(cells: ad.AnnData, models: dict[str, pd.DataFrame]) -> Any:
    return pdash.evaluate(cells, models, space="log1p", separator="+", store=False, n_resamples=200)


def distances(means: pd.DataFrame, profile: pd.Series, metric: str) -> pd.Series:
    """Of one profile to all observed ones, over the genes of the metric."""
    truths = means.drop(index="control")
    if metric.startswith("pds"):
        kept = [gene for gene in GENES if gene not in {part for label in LABELS for part in label.split("+")}]
        truths, profile = truths[kept], profile[kept]
        control = means.loc["control", kept]
        if metric == "pds_l1":
            return (truths - profile).abs().sum(axis=1)
        if metric == "pds_cosine":
            a, b = truths - control, profile - control
            return 1 - (a @ b) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b))
    return ((truths - profile) ** 2).sum(axis=1) ** 0.5


def naive_rank(means: pd.DataFrame, profile: pd.Series, label: str, metric: str) -> float:
    away = distances(means, profile, metric)
    others = away.drop(index=label)
    tied = np.isclose(others, away[label], rtol=1e-12, atol=0)
    nearer = (others < away[label]) & ~tied
    return 1 + nearer.sum() + (1.0 if metric == "nir" else 0.5) * tied.sum()


def by_name(result: Any, metric: str) -> pd.Series:
    """Ranks against all cells, by prediction and perturbation."""
    ranks = rank_view(result, "all", metric).ranks
    ranks = ranks[ranks["truth"] == "all_cells"]
    return ranks.set_index(["prediction", "perturbation"])["rank"].sort_index()


@pytest.mark.parametrize("metric", DISTANCES)
def test_ranks_are_those_of_plain_numpy_ties_as_the_metric_counts_them(plain, means, models, metric):
    found = by_name(plain, metric)
    for model, profiles in models.items():
        for label, profile in profiles.iterrows():
            assert found.loc[model, label] == naive_rank(means, profile, str(label), metric), (model, label)


def test_a_tie_with_a_twin_is_a_loss_in_nir_and_half_a_one_in_the_pds(plain, means):
    assert means.loc[TWIN].equals(means.loc["twin"])
    ranks = {metric: by_name(plain, metric) for metric in DISTANCES}
    assert [ranks[metric].loc["half", TWIN] % 1 for metric in DISTANCES] == [0, 0.5, 0.5, 0.5]


@pytest.mark.parametrize("metric", VARIANTS)
def test_ranks_say_what_the_table_of_metrics_says(result, metric):
    found = rank_view(result, "all", metric)
    own = result.metrics[(result.metrics["metric"] == metric) & result.metrics["value"].notna()]
    keys = ["prediction", "perturbation", "truth"]
    values = own.set_index(keys)["value"]
    ranks = found.ranks.set_index(keys)
    said = 1 - (ranks["rank"] - 1) / (ranks["n_candidates"] - 1)
    assert said.to_numpy() == pytest.approx(values.loc[ranks.index].to_numpy())
    judged = own[(own["truth"] == "all_cells") & own["kind"].isin(("baseline", "model"))]
    counted = found.ranks[found.ranks["truth"] == "all_cells"].groupby("prediction").size()
    assert counted.to_dict() == judged.groupby("prediction").size().to_dict()


@pytest.mark.parametrize("metric", DISTANCES)
@pytest.mark.parametrize("prediction", [*MODELS, REPEAT])
def test_the_matrix_has_the_ranks_of_the_metric_for_every_perturbation(result, metric, prediction):
    found = nearness(result, "all", prediction, metric)
    view = rank_view(result, "all", metric).ranks
    own = view[(view["prediction"] == prediction) & (view["truth"] != "second_half")]
    assert dict(zip(found.rows, found.own_rank, strict=True)) == dict(
        zip(own["perturbation"], own["rank"], strict=True)
    )
    if metric == "nir":
        assert np.array_equal(found.own_rank, found.ranks[np.arange(len(found.rows)), found.own])
    for ranks in found.ranks:
        assert sorted(ranks) == list(range(1, len(found.columns) + 1))


@pytest.mark.parametrize("metric", DISTANCES)
def test_distances_are_those_of_plain_numpy_and_ranks_sort_them(plain, means, models, metric):
    found = nearness(plain, "all", "half", metric)
    assert set(found.columns) == set(LABELS)
    for i, label in enumerate(found.rows):
        away = distances(means, models["half"].loc[label], metric)[list(found.columns)].to_numpy()
        assert found.distances[i] == pytest.approx(away, rel=1e-5)
        assert (np.diff(found.distances[i][np.argsort(found.ranks[i])]) >= -1e-6).all()


def test_with_test_candidates_only_these_are_columns(result):
    found, view = nearness(result, "all", "half"), rank_view(result, "all")
    expected = set(TESTED) if result.settings.candidates == "test" else set(LABELS)
    assert set(found.columns) == expected
    assert view.n_candidates == len(expected)
    assert view.only_test == (result.settings.candidates == "test")


def test_the_repeat_is_judged_on_the_same_perturbations_among_those_with_two_halves(plain):
    view = rank_view(plain, "all")
    repeat = view.ranks[view.ranks["prediction"] == REPEAT]
    assert set(repeat["truth"]) == {"first_half", "second_half"}
    assert set(repeat["perturbation"]) <= set(TESTED)
    row = view.of(REPEAT)
    assert row is not None
    assert (row["truth"], row["n_candidates"]) == ("half", len(LABELS) - 1)
    assert row["first"] == pytest.approx((repeat["rank"] == 1).sum() / 2)


def test_as_published_the_repeat_has_one_truth(cells, models):
    result = pdash.evaluate(
        cells, models, space="log1p", separator="+", store=False, n_resamples=50, calibration="published"
    )
    view = rank_view(result, "all")
    assert set(view.ranks.loc[view.ranks["prediction"] == REPEAT, "truth"]) == {"first_half"}
    assert view.half_words == "the first half as truth"
    assert rank_view(result, "all").of(REPEAT)["n"] == nearness(result, "all", REPEAT).own_rank.size


def test_a_model_with_few_predictions_has_few_ranks_and_the_best_baseline_has_enough(plain):
    view = rank_view(plain, "all")
    few = view.of("few")
    assert few is not None
    assert few["n"] == 5
    baselines = view.summary[(view.summary["kind"] == "baseline") & (view.summary["n"] >= 0.8 * len(TESTED))]
    assert view.best_baseline == baselines.sort_values("mean", ascending=False)["prediction"].iloc[0]
    assert view.of("nobody") is None


def test_blocks_change_nothing_and_one_perturbation_can_be_asked_for(plain, monkeypatch):
    whole = nearness(plain, "all", "half", "pds_l1")
    monkeypatch.setattr(retrieval_distances, "ROWS", 2)
    seen: list[float] = []
    blocks = nearness(plain, "all", "half", "pds_l1", progress=lambda share, _: seen.append(share))
    assert np.array_equal(whole.ranks, blocks.ranks)
    assert np.array_equal(whole.distances, blocks.distances)
    assert len(seen) == 5
    one = nearness(plain, "all", "half", "pds_l1", only=["G02"])
    assert one.rows == ("G02",)
    assert np.array_equal(one.ranks[0], whole.ranks[whole.rows.index("G02")])

    def stop(*_: object) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        nearness(plain, "all", "half", progress=stop)


def test_the_nearest_truths_end_with_the_own_one_and_the_worst_stands_last(plain):
    found = nearness(plain, "all", "flat")
    worst = found.worst()
    assert worst is not None
    table = found.nearest(worst, 3)
    assert table["rank"].tolist() == [1, 2, 3, int(found.own_rank.max())]
    assert table["own"].tolist() == [False, False, False, True]
    assert table["candidate"].iloc[-1] == worst
    assert (np.diff(table["distance"]) >= 0).all()
    assert found.nearest("nobody").empty
    every = found.table(3)
    assert every.groupby("perturbation")["own"].sum().eq(1).all()
    assert every[every["perturbation"] == worst]["rank"].tolist() == table["rank"].tolist()
    assert found.first.tolist() == [int(np.argmin(row)) for row in found.distances]


def test_confusions_count_what_predictions_are_taken_for(plain):
    found = nearness(plain, "all", "flat")
    nearest = {row: found.columns[i] for row, i in zip(found.rows, found.first, strict=True)}
    (everything,) = set(nearest.values())
    misses = [row for row in nearest if row != everything]
    groups = Groups("table", {"x": (everything, misses[0], misses[1]), "y": (misses[2], misses[3])})
    said = confusions(found, groups)
    assert (said.n_rows, said.n_misses) == (len(nearest), len(misses))
    assert said.taken_for == ((everything, len(misses)),)
    assert (said.n_grouped, said.n_within) == (4, 2)


def test_the_matrix_stands_in_the_order_of_the_tree_or_of_the_table(plain):
    found, tree = nearness(plain, "all", "half"), shift_tree(plain, "all")
    leaves = [tree.names[i] for i in tree.order]
    view = matrix_view(found, tree, cluster(tree, 3))
    assert list(view.ranks.columns) == leaves
    assert list(view.ranks.index) == [name for name in leaves if name in found.rows]
    for row in found.rows[:3]:
        for column in found.columns[:3]:
            i, j = found.rows.index(row), found.columns.index(column)
            assert view.ranks.loc[row, column] == found.ranks[i, j]
    table = Groups("table", {"late": ("drug2", "drug1"), "next": ("G05", "drug1")})
    ordered = matrix_view(found, tree, table)
    assert set(ordered.ranks.columns[:2]) == {"drug1", "drug2"}
    assert ordered.ranks.columns[2] == "G05"
    assert ordered.group_of["drug1"] == "late"
    assert (view.by_table, ordered.by_table) == (False, True)
    assert len(view.table()) == len(found.rows) * len(found.columns)
    assert not matrix_view(found, tree, table, selected=["drug1", "G05"]).alone


def test_of_a_large_matrix_the_selected_are_shown_alone_with_their_ranks_among_all(plain):
    found, tree = nearness(plain, "all", "half"), shift_tree(plain, "all")
    names = tuple(f"X{i}" for i in range(61))
    wide = replace(
        found,
        columns=(*found.columns, *names),
        ranks=np.hstack([found.ranks, np.tile(np.arange(20, 81, dtype=np.uint16), (len(found.rows), 1))]),
        distances=np.hstack([found.distances, np.ones((len(found.rows), 61), np.float32)]),
    )
    longer = replace(
        tree, names=(*tree.names, *names), order=np.append(tree.order, np.arange(61) + len(tree.names))
    )
    view = matrix_view(wide, longer, cluster(tree, 2), selected=["G01", "G02", "X1"])
    assert view.alone
    assert set(view.ranks.columns) == set(view.ranks.index) == {"G01", "G02"}
    assert view.n_candidates == len(found.columns) + 61
    assert not matrix_view(wide, longer, cluster(tree, 2), selected=["G01"]).alone


def test_variants_are_rows_of_the_summary_with_repeats_against_each_half(plain):
    table = all_variants(plain, "all")
    assert set(table["metric"]) == set(VARIANTS)
    judged = table[table["truth"] == "all_cells"]
    assert set(judged["kind"]) == {"baseline", "model"}
    repeats = table[table["truth"] != "all_cells"]
    assert set(repeats["prediction"]) == {"technical_duplicate", "interpolated_duplicate"}
