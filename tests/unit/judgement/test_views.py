"""Tables behind the pages Reference and Perturbation, against plain numpy on a small result."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from scipy import stats

import perturbdash as pdash
from perturbdash.judgement import plane_view
from perturbdash.judgement.views import (
    by_strength,
    covariates,
    dynamic_ranges,
    gene_everywhere,
    nearest_truths,
    perturbation_metrics,
    perturbation_view,
    reference_profiles,
    reference_view,
    strongest,
)
from perturbdash.vocabulary import ALL_CELLS, POSITIVE_CONTROLS

GENES = [f"G{i:02d}" for i in range(40)]
LABELS = ["G00", "G01", "G02", "G00+G01", "drug1", "drug2", "G05", "G06", "G07", "G08", "G09", "G10"]
TESTED = LABELS[:9]


@pytest.fixture(scope="module")
def cells() -> ad.AnnData:
    rng = np.random.default_rng(5)
    base = rng.uniform(0.5, 2, len(GENES))
    blocks, names = [rng.normal(base, 0.3, (60, len(GENES)))], ["control"] * 60
    for label in LABELS:
        shift = 0.4 + rng.normal(0, 0.5, len(GENES)) * (rng.random(len(GENES)) < 0.4)
        blocks.append(rng.normal(base + shift, 0.3, (24, len(GENES))))
        names += [label] * 24
    values = np.concatenate(blocks)
    obs = pd.DataFrame({"perturbation": names}, index=[f"c{i}" for i in range(len(values))])
    return ad.AnnData(np.maximum(values, 0), obs=obs, var=pd.DataFrame(index=GENES))


@pytest.fixture(scope="module")
def means(cells: ad.AnnData) -> pd.DataFrame:
    return pd.DataFrame(cells.X, columns=GENES).groupby(cells.obs["perturbation"].to_numpy()).mean()


@pytest.fixture(scope="module")
def models(means: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """A model with half of each shift, one that gives the mean alone, and one that lacks four perturbations."""
    control, own = means.loc["control"], means.loc[TESTED]
    noise = np.random.default_rng(6).normal(0, 0.05, own.shape)
    flat = pd.DataFrame([means.loc[["G08", "G09", "G10"]].mean()] * len(own), index=own.index)
    return {"half": control + 0.5 * (own - control) + noise, "flat": flat, "few": own.iloc[:5] + noise[:5]}


@pytest.fixture(scope="module")
def result(cells: ad.AnnData, models: dict[str, pd.DataFrame]) -> Any:
    found = pdash.evaluate(cells, models, space="log1p", separator="+", store=False, n_resamples=200)
    assert set(LABELS) == set(found.dataset.perturbations)
    return found


def centroid_of(means: pd.DataFrame) -> pd.Series:
    return means.loc[[label for label in LABELS if label not in TESTED]].mean()


def references(means: pd.DataFrame) -> dict[str, pd.Series]:
    return {"control": means.loc["control"], "centroid": centroid_of(means)}


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


@pytest.mark.parametrize("reference", ["control", "centroid"])
def test_what_is_subtracted_is_control_or_the_mean_of_the_train_centroids(result, means, reference) -> None:
    profiles = reference_profiles(result, "all", reference)
    expected = references(means)[reference]
    np.testing.assert_allclose(profiles, np.tile(expected, (len(LABELS), 1)), rtol=1e-9)


@pytest.mark.parametrize("reference", ["control", "centroid"])
@pytest.mark.parametrize("label", ["G00", "G00+G01", "G05"])
def test_shifts_and_agreement_of_one_perturbation(result, means, models, label, reference) -> None:
    view = perturbation_view(result, "all", label, reference)
    subtracted = references(means)[reference]
    observed = means.loc[label] - subtracted
    genes = view.genes.set_index("gene")
    np.testing.assert_allclose(genes.loc[GENES, "observed"], observed, atol=1e-9)
    np.testing.assert_allclose(genes.loc[GENES, "mean_reference"], means.loc["control"], atol=1e-9)
    shifts = view.predicted.pivot_table(index="gene", columns="prediction", values="shift").loc[GENES]
    agreement = view.agreement.set_index("prediction")
    predicted = models["half"].loc[label] - subtracted
    np.testing.assert_allclose(shifts["half"], predicted, atol=1e-9)
    fit = stats.linregress(observed, predicted)
    assert agreement.loc["half", "r"] == pytest.approx(fit.rvalue)
    assert agreement.loc["half", "slope"] == pytest.approx(fit.slope)
    degs = genes.loc[GENES, "deg"].to_numpy()
    assert 3 <= degs.sum() < len(GENES)
    assert agreement.loc["half", "r_degs"] == pytest.approx(
        stats.pearsonr(observed[degs], predicted[degs])[0]
    )
    np.testing.assert_allclose(shifts["mean"], centroid_of(means) - subtracted, atol=1e-9)


def test_a_prediction_that_is_the_reference_has_no_pattern_and_no_size(result) -> None:
    agreement = perturbation_view(result, "all", "G00", "centroid").agreement.set_index("prediction")
    assert agreement.loc[["mean", "flat"], ["r", "r_degs", "slope"]].isna().all(axis=None)
    assert agreement.loc["half", ["r", "slope"]].notna().all()


def test_agreement_is_the_metric_of_the_evaluation(result) -> None:
    for reference in ("control", "centroid"):
        view = perturbation_view(result, "all", "G02", reference)
        metrics = perturbation_metrics(result, "all", "G02").set_index(["metric", "prediction"])["value"]
        for row in view.agreement.to_dict("records"):
            expected = metrics[f"pearson_delta_{reference}", row["prediction"]]
            assert row["r"] == pytest.approx(expected, nan_ok=True)
            assert row["nir"] == metrics["nir", row["prediction"]]


def test_tests_are_those_of_scipy_against_control(result, cells) -> None:
    view = perturbation_view(result, "all", "G01", "centroid")
    there = cells.obs["perturbation"].to_numpy()
    group, control = cells.X[there == "G01"], cells.X[there == "control"]
    scale = np.sqrt(group.var(0, ddof=1) / len(group) + control.var(0, ddof=1) / len(group))
    np.testing.assert_allclose(view.genes["t"], (group.mean(0) - control.mean(0)) / scale, rtol=1e-6)
    np.testing.assert_array_equal(view.genes["deg"], view.genes["p_adj"] < 0.05)
    np.testing.assert_allclose(stats.false_discovery_control(view.genes["p"]), view.genes["p_adj"], rtol=1e-6)
    assert (view.n_cells, view.n_control_cells) == (24, 60)


def test_targets_are_marked_and_can_be_taken_out(result, means) -> None:
    kept = perturbation_view(result, "all", "G00+G01", "control")
    assert list(kept.genes.loc[kept.genes["target"], "gene"]) == ["G00", "G01"]
    assert kept.left_out == ()
    out = perturbation_view(result, "all", "G00+G01", "control", drop_targets=True)
    assert out.left_out == ("G00", "G01")
    assert list(out.genes["gene"]) == GENES[2:]
    assert set(out.predicted["gene"]) == set(GENES[2:])
    shift = out.predicted.loc[out.predicted["prediction"] == "half", "shift"]
    r = stats.pearsonr(shift, out.genes["observed"])[0]
    assert out.agreement.set_index("prediction").loc["half", "r"] == pytest.approx(r)
    assert r != pytest.approx(kept.agreement.set_index("prediction").loc["half", "r"])


def test_a_model_without_the_perturbation_is_named(result) -> None:
    assert perturbation_view(result, "all", "G00", "control").missing == ()
    view = perturbation_view(result, "all", "G05", "control")
    assert view.missing == ("few",)
    assert "few" not in set(view.predicted["prediction"])
    assert view.only(["half"]).missing == ()
    assert set(view.only(["half"]).predicted["prediction"]) == {"mean", "half"}
    assert list(view.only([]).agreement["prediction"]) == ["mean"]


def test_train_perturbations_are_shown_and_say_that_they_are_not_scored(result, means) -> None:
    view = perturbation_view(result, "all", "G10", "centroid")
    assert (view.tested, view.in_mean) == (False, True)
    assert perturbation_metrics(result, "all", "G10").empty
    np.testing.assert_allclose(view.genes["observed"], means.loc["G10"] - centroid_of(means), atol=1e-9)
    tested = perturbation_view(result, "all", "G00", "control")
    assert (tested.tested, tested.in_mean, tested.n_others) == (True, False, len(LABELS) - 1)


def test_one_row_a_gene_with_every_prediction_the_strongest_first(result) -> None:
    view = perturbation_view(result, "all", "G02", "control")
    table = view.table()
    assert list(table.columns[-4:]) == ["shift_mean", "shift_half", "shift_flat", "shift_few"]
    assert (np.diff(table["t"].abs()) <= 0).all()
    own = view.predicted[view.predicted["prediction"] == "few"].set_index("gene")["shift"]
    np.testing.assert_array_equal(table["shift_few"], own.loc[table["gene"]])


def test_metrics_of_one_perturbation_are_rows_of_the_table_metrics(result) -> None:
    every = result.metrics
    for label in ("G00", "G05"):
        own = every[(every["perturbation"] == label) & (every["truth"] == ALL_CELLS)]
        found = perturbation_metrics(result, "all", label)
        pd.testing.assert_frame_equal(found, own.reset_index(drop=True))
    missing = found[found["prediction"] == "few"]
    assert set(missing["reason"]) == {"missing"}


def test_the_first_one_shown_is_tested_and_has_the_most_degs(result) -> None:
    degs = result.degs[result.degs["reference"] == "control"].groupby("perturbation").size()
    assert strongest(result, "all") == degs.reindex(sorted(TESTED)).fillna(0).idxmax()


def test_cosines_of_all_pairs_under_both_references(result, means, models) -> None:
    view = reference_view(result, "all")
    found = view.cosines.set_index(["prediction", "reference"])
    assert list(found.index[:2]) == [("observed", "control"), ("observed", "centroid")]
    effect = (centroid_of(means) - means.loc["control"]).to_numpy()
    for name, profiles in {"observed": means.loc[TESTED], **models}.items():
        for reference, subtracted in references(means).items():
            shifts = (profiles - subtracted).to_numpy()
            row = found.loc[(name, reference)]
            assert row["n"] == len(profiles)
            if np.allclose(shifts, 0):
                assert row["mean_pairwise_cosine"] == row["cosine_to_average_effect"] == 0
                continue
            pairs = [cosine(a, b) for a, b in combinations(shifts, 2)]
            assert row["mean_pairwise_cosine"] == pytest.approx(np.mean(pairs), rel=1e-6)
            toward = np.mean([cosine(a, effect) for a in shifts])
            assert row["cosine_to_average_effect"] == pytest.approx(toward, rel=1e-6)
    assert view.missing == {"half": 0, "flat": 0, "few": 4}
    assert found.loc[("flat", "control"), "mean_pairwise_cosine"] == pytest.approx(1)
    assert found.loc[("flat", "centroid"), "mean_pairwise_cosine"] == 0


def test_the_plane_holds_what_is_tested_and_knows_the_longest_shift(result, means) -> None:
    view = reference_view(result, "all")
    observed = view.plane.points[view.plane.points["prediction"] == "observed"]
    assert list(observed["perturbation"]) == sorted(TESTED)
    centred = means.loc[sorted(TESTED)] - means.loc[sorted(TESTED)].mean()
    values = np.linalg.svd(centred, compute_uv=False) ** 2
    np.testing.assert_allclose(view.plane.explained, values[:2] / values.sum(), rtol=1e-6)
    np.testing.assert_allclose(
        np.hypot(*(observed[c].to_numpy() for c in ("pc1", "pc2"))) ** 2 @ np.ones(len(TESTED)),
        values[:2].sum(),
    )
    norms = np.linalg.norm(means.loc[TESTED] - means.loc["control"], axis=1)
    assert view.longest[0] == TESTED[int(norms.argmax())]
    assert view.n_genes == len(GENES)


def test_without_predictions_everything_observed_is_there(cells, means) -> None:
    alone = pdash.evaluate(cells, space="log1p", separator="+", store=False, n_resamples=200)
    view = perturbation_view(alone, "all", "G00", "centroid")
    assert view.agreement.empty
    assert list(view.table().columns) == list(view.genes.columns)
    np.testing.assert_allclose(view.genes["observed"], means.loc["G00"] - means.loc[LABELS].mean(), atol=1e-9)
    assert not view.tested
    assert set(reference_view(alone, "all").cosines["n"]) == {len(LABELS)}


def test_one_perturbation_has_no_centroid_and_no_pair(cells) -> None:
    two = cells[cells.obs["perturbation"].isin(["control", "G00"]).to_numpy()].copy()
    alone = pdash.evaluate(two, space="log1p", store=False, n_resamples=200)
    view = perturbation_view(alone, "all", "G00", "centroid")
    assert view.genes["observed"].isna().all()
    assert view.genes["t"].notna().all()
    assert view.agreement.empty
    cosines = reference_view(alone, "all").cosines
    assert cosines["mean_pairwise_cosine"].isna().all()


def test_covariates_are_counted_for_each_condition(result, means) -> None:
    found = covariates(result).set_index("perturbation")
    assert found.loc["G00+G01", "combination"]
    assert found["combination"].sum() == 1
    assert set(found["n_cells"]) == {24}
    norm = np.linalg.norm(means.loc["drug1"] - means.loc["control"])
    assert found.loc["drug1", "shift_norm"] == pytest.approx(norm)
    view = perturbation_view(result, "all", "drug1", "control")
    assert found.loc["drug1", "n_degs"] == view.genes["deg"].sum()


def test_the_dynamic_range_is_positive_control_minus_negative_in_the_good_direction(result) -> None:
    found = dynamic_ranges(result, "all").set_index("metric")["dynamic_range"]
    every = result.metrics
    halves = every[every["truth"] != ALL_CELLS].groupby(["prediction", "metric", "truth"])["value"].mean()
    for metric, negative, sign in (("mse", "mean", -1), ("pearson_delta_centroid", "control", 1)):
        difference = halves[POSITIVE_CONTROLS[0], metric].mean() - halves[negative, metric].mean()
        assert found[metric] == pytest.approx(sign * difference)
        assert found[metric] > 0


def test_numbers_of_a_published_screen(shared) -> None:
    golden = shared / "golden" / "norman250"
    models = {name: golden / f"prediction_{name}.csv" for name in ("sharp", "collapsed")}
    data = shared / "data" / "norman19_k562_perturbench_250g.h5ad"
    result = pdash.evaluate(data, models, folds=golden / "folds.csv", store=False, n_resamples=200)
    view = perturbation_view(result, "all", "MAPK1", "control")
    numbers = view.agreement.set_index("prediction").round(2)
    assert numbers.loc["sharp", ["r", "slope"]].tolist() == [0.96, 0.55]
    assert numbers.loc["mean", ["r", "slope"]].tolist() == [-0.48, -0.18]
    assert view.genes["deg"].sum() == 8
    cosines = reference_view(result, "all").cosines.round(2)
    from_control = cosines[cosines["reference"] == "control"]["mean_pairwise_cosine"]
    assert from_control.tolist() == [0.13, 0.34, 0.99]


def profiles_of(models, means, label) -> dict[str, pd.Series]:
    found = {"mean": centroid_of(means)}
    return found | {name: own.loc[label] for name, own in models.items() if label in own.index}


@pytest.mark.parametrize("label", ["G00", "G00+G01", "G07"])
@pytest.mark.parametrize("drop", [False, True])
def test_nearest_truths_are_those_of_plain_distances(result, means, models, label, drop) -> None:
    found = nearest_truths(result, "all", label, drop_targets=drop)
    kept = [gene for gene in GENES if not (drop and gene in label.split("+"))]
    assert found.n_genes == len(kept)
    assert found.n_others == len(LABELS) - 1
    for name, profile in profiles_of(models, means, label).items():
        distance = np.sqrt(((means.loc[LABELS, kept] - profile[kept]) ** 2).sum(axis=1)).sort_values()
        own = found.table[found.table["prediction"] == name]
        expected = distance.index[:5].tolist()
        if label not in expected:
            expected.append(label)
        assert own["candidate"].tolist() == expected
        np.testing.assert_allclose(own["distance"], distance[expected], rtol=1e-9)
        assert own["rank"].tolist() == [list(distance.index).index(other) + 1 for other in expected]
        assert own.loc[own["own"], "candidate"].tolist() == [label]


def test_the_rank_of_the_own_truth_is_the_metric_of_the_evaluation(result) -> None:
    for label in TESTED:
        metrics = perturbation_metrics(result, "all", label).set_index(["metric", "prediction"])["value"]
        found = nearest_truths(result, "all", label)
        for row in found.table[found.table["own"]].to_dict("records"):
            behind = (found.n_others - (row["rank"] - 1)) / found.n_others
            assert behind == pytest.approx(metrics["nir", row["prediction"]])


def test_a_tie_stands_before_the_own_truth(cells) -> None:
    same = cells[cells.obs["perturbation"] == "G01"].copy()
    same.obs["perturbation"] = "twin"
    same.obs_names = [f"t{i}" for i in range(len(same))]
    both = ad.concat([cells, same])
    near = cells[cells.obs["perturbation"] == "G01"].X.mean(0) + np.linspace(0, 0.1, len(GENES))
    model = pd.DataFrame(near[None], index=["G01"], columns=GENES)
    made = pdash.evaluate(both, {"near": model}, space="log1p", separator="+", store=False, n_resamples=200)
    found = nearest_truths(made, "all", "G01").table
    own = found[found["prediction"] == "near"]
    assert own["candidate"].tolist()[:2] == ["twin", "G01"]
    assert own["rank"].tolist()[:2] == [1, 2]


def test_candidates_can_be_the_test_set(cells, models) -> None:
    made = pdash.evaluate(
        cells, models, space="log1p", separator="+", store=False, n_resamples=200, candidates="test"
    )
    found = nearest_truths(made, "all", "G00", n=50)
    assert found.n_others == len(TESTED) - 1
    assert set(found.table["candidate"]) == set(TESTED)


@pytest.mark.parametrize("reference", ["control", "centroid"])
def test_one_gene_over_all_perturbations_is_a_column_of_the_shifts(result, means, models, reference) -> None:
    found = gene_everywhere(result, "all", "G03", reference)
    subtracted = references(means)[reference]["G03"]
    own = found.observed.set_index("perturbation")
    np.testing.assert_allclose(own.loc[LABELS, "observed"], means.loc[LABELS, "G03"] - subtracted, atol=1e-9)
    assert (np.diff(found.observed["t"].abs()) <= 0).all()
    shifts = found.predicted.set_index(["prediction", "perturbation"])["shift"]
    for name, table in models.items():
        np.testing.assert_allclose(shifts[name][table.index], table["G03"] - subtracted, atol=1e-9)
        assert len(shifts[name]) == len(table)
    for label in ("G00", "G05"):
        gene = perturbation_view(result, "all", label, reference).genes.set_index("gene").loc["G03"]
        for column in ("observed", "t", "p_adj", "deg", "target"):
            assert own.loc[label, column] == gene[column]
    wide = found.only(["half"]).table()
    assert [name for name in wide if name.startswith("shift_")] == ["shift_mean", "shift_half"]


@pytest.mark.parametrize("reference", ["control", "centroid"])
def test_angles_are_those_between_shift_and_average_effect(result, means, models, reference) -> None:
    view = reference_view(result, "all")
    effect = (centroid_of(means) - means.loc["control"]).to_numpy()
    angles = view.angles[view.angles["reference"] == reference].set_index(["prediction", "perturbation"])[
        "angle"
    ]
    for name, profiles in {"observed": means.loc[TESTED], **models}.items():
        assert len(angles[name]) == len(profiles)
        for label, shift in (profiles - references(means)[reference]).iterrows():
            if np.allclose(shift, 0):
                assert np.isnan(angles[name, label])
                continue
            expected = np.degrees(np.arccos(np.clip(cosine(shift.to_numpy(), effect), -1, 1)))
            assert angles[name, label] == pytest.approx(expected, abs=1e-5)
    zero = view.cosines.set_index(["prediction", "reference"])["n_zero"]
    assert zero["flat", "centroid"] == len(TESTED)
    assert zero["flat", "control"] == 0


def test_the_spread_of_pairwise_cosines_is_over_all_pairs(result, means, models, monkeypatch) -> None:
    row = (
        reference_view(result, "all")
        .cosines.set_index(["prediction", "reference"])
        .loc[("observed", "control")]
    )
    shifts = (means.loc[sorted(TESTED)] - means.loc["control"]).to_numpy()
    pairs = [cosine(a, b) for a, b in combinations(shifts, 2)]
    assert row["pairwise_sd"] == pytest.approx(np.std(pairs, ddof=1))
    assert row[["pairwise_low", "pairwise_high"]].tolist() == pytest.approx(
        list(np.quantile(pairs, [0.1, 0.9]))
    )
    monkeypatch.setattr(plane_view, "MOST_IN_PAIRS", 5)
    few = reference_view(result, "all")
    assert few.in_pairs == 5
    thinned = [cosine(a, b) for a, b in combinations(shifts[::2], 2)]
    own = few.cosines.set_index(["prediction", "reference"]).loc[("observed", "control")]
    assert own["pairwise_sd"] == pytest.approx(np.std(thinned, ddof=1))
    assert own["mean_pairwise_cosine"] == pytest.approx(np.mean(pairs))


def test_the_order_of_strength_begins_with_what_is_tested(result) -> None:
    order = by_strength(result, "all")
    assert set(order[: len(TESTED)]) == set(TESTED)
    degs = result.degs[result.degs["reference"] == "control"].groupby("perturbation").size()
    counts = degs.reindex(order).fillna(0)
    assert (np.diff(counts[: len(TESTED)]) <= 0).all()
    assert (np.diff(counts[len(TESTED) :]) <= 0).all()
    assert order[0] == strongest(result, "all")
