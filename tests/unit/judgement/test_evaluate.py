"""Evaluation as a Python call: inputs in every form, settings, determinism, splits, blocks."""

from __future__ import annotations

from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import pytest

import perturbdash as pdash
from perturbdash.errors import Cancelled, PredictionError, SchemaError, SettingsError

GENES = [f"G{i}" for i in range(30)]
N = 14


def make_cells(seed: int = 0, contexts: tuple[str, ...] = ("A",), n_cells: int = 12) -> ad.AnnData:
    """A small screen in which every perturbation moves five genes."""
    rng = np.random.default_rng(seed)
    rows, obs = [], []
    for context in contexts:
        for label in ["control", *GENES[:N]]:
            values = rng.gamma(4, 0.3, (n_cells, len(GENES)))
            if label != "control":
                place = GENES.index(label)
                values[:, place : place + 5] += 1.5
                values += 0.1
            rows.append(values)
            obs += [(label, context)] * n_cells
    frame = pd.DataFrame(obs, columns=["perturbation", "cell_line"])
    frame.index = [f"cell{i}" for i in range(len(frame))]
    return ad.AnnData(X=np.vstack(rows), obs=frame, var=pd.DataFrame(index=GENES))


def centroid_table(cells: ad.AnnData) -> pd.DataFrame:
    labels = cells.obs["perturbation"].to_numpy()
    return pd.DataFrame(cells.X, columns=cells.var_names).groupby(labels).mean().drop(index="control")


@pytest.fixture(scope="module")
def cells() -> ad.AnnData:
    return make_cells()


def evaluate(cells, predictions=None, **settings) -> pdash.Result:
    return pdash.evaluate(cells, predictions, store=False, n_resamples=300, **settings)


def test_prediction_as_path_frame_and_anndata_give_the_same(cells: ad.AnnData, tmp_path: Path) -> None:
    table = centroid_table(cells).iloc[:11]
    table.to_csv(tmp_path / "m.csv")
    as_cells = ad.AnnData(
        X=table.to_numpy(), obs=pd.DataFrame(index=table.index), var=pd.DataFrame(index=GENES)
    )
    results = [evaluate(cells, {"m": source}).metrics for source in (tmp_path / "m.csv", table, as_cells)]
    for other in results[1:]:
        pd.testing.assert_frame_equal(results[0], other)


def test_row_order_and_gene_order_do_not_matter(cells: ad.AnnData) -> None:
    table = centroid_table(cells)
    rng = np.random.default_rng(5)
    shuffled = cells[rng.permutation(cells.n_obs)].copy()
    mixed = table.iloc[::-1, rng.permutation(len(GENES))]
    first, second = evaluate(cells, {"m": table}), evaluate(shuffled, {"m": mixed})
    pd.testing.assert_frame_equal(first.metrics, second.metrics, rtol=1e-9)
    pd.testing.assert_frame_equal(first.calibration_summary, second.calibration_summary, rtol=1e-9)
    pd.testing.assert_frame_equal(first.verdict, second.verdict, rtol=1e-9)


def test_another_seed_gives_other_halves_and_is_recorded(cells: ad.AnnData) -> None:
    first, second = evaluate(cells, seed=0), evaluate(cells, seed=1)
    assert not first.calibration["positive"].equals(second.calibration["positive"])
    assert second.run["settings"]["seed"] == 1


def test_held_out_perturbations_are_the_test_set(cells: ad.AnnData) -> None:
    result = evaluate(cells, {"m": centroid_table(cells).iloc[:10]})
    metrics = result.metrics
    judged = metrics[(metrics["truth"] == "all_cells") & (metrics["prediction"] == "m")]
    assert judged["perturbation"].nunique() == 10
    assert not result.judges_a_fit
    assert result.run["contexts"]["all"]["test_perturbations"] == 10


def test_everything_predicted_is_said_to_be_a_fit(cells: ad.AnnData) -> None:
    result = evaluate(cells, {"m": centroid_table(cells)})
    assert result.judges_a_fit
    summary = result.metric_summary.set_index(["prediction", "truth", "metric"])
    assert summary.loc[("m", "all_cells", "mse"), "mean"] == pytest.approx(0, abs=1e-20)
    assert summary.loc[("m", "all_cells", "nir"), "mean"] == 1


def test_what_one_model_misses_counts_against_that_model_only(cells: ad.AnnData) -> None:
    table = centroid_table(cells)
    result = evaluate(cells, {"all": table.iloc[:12], "most": table.iloc[:11]})
    summary = result.metric_summary.set_index(["prediction", "truth", "metric"])
    assert summary.loc[("all", "all_cells", "mse"), ["n_defined", "n_missing"]].tolist() == [12, 0]
    assert summary.loc[("most", "all_cells", "mse"), ["n_defined", "n_missing"]].tolist() == [11, 1]
    row = result.metrics.query(
        "prediction == 'most' and truth == 'all_cells' and metric == 'mse' and value != value"
    )
    assert row["reason"].tolist() == ["missing"]
    assert "missing" in set(result.warnings.loc[result.warnings["model"] == "most", "warning"])


def test_a_split_column_decides_and_train_predictions_are_warned_of(cells: ad.AnnData) -> None:
    split = cells.copy()
    train = set(GENES[:3])
    split.obs["split"] = ["train" if label in train else "test" for label in split.obs["perturbation"]]
    result = evaluate(split, {"m": centroid_table(cells)})
    assert result.run["contexts"]["all"]["test_perturbations"] == N - 3
    assert "train_predictions" in set(result.warnings["warning"])


def test_calibration_does_not_depend_on_the_models(cells: ad.AnnData) -> None:
    with_model = evaluate(cells, {"m": centroid_table(cells).iloc[:10]})
    pd.testing.assert_frame_equal(evaluate(cells).calibration_summary, with_model.calibration_summary)


def test_missing_genes_are_an_error_or_the_shared_ones_are_scored(cells: ad.AnnData) -> None:
    table = centroid_table(cells).iloc[:, :20]
    with pytest.raises(PredictionError, match="10 of the 30"):
        evaluate(cells, {"m": table})
    result = evaluate(cells, {"m": table}, genes="shared")
    assert result.run["genes"] == 20
    assert result.de.n_vars == 20


def test_conditions_with_few_cells_take_no_part_in_the_calibration() -> None:
    cells = make_cells()
    few = np.flatnonzero(cells.obs["perturbation"].to_numpy() == "G0")[3:]
    result = evaluate(cells[np.setdiff1d(np.arange(cells.n_obs), few)].copy())
    assert "G0" not in set(result.calibration["perturbation"])
    assert result.run["contexts"]["all"]["too_few_cells_for_halves"] == 1


def test_several_contexts_are_judged_within_and_pooled() -> None:
    cells = make_cells(contexts=("A", "B"))
    result = evaluate(cells, {"m": centroid_table(cells).iloc[:11]}, context_key="cell_line")
    assert set(result.verdict["context"]) == {"A", "B", "pooled"}
    summary = result.metric_summary.set_index(["context", "prediction", "truth", "metric"])["mean"]
    parts = [summary[(context, "m", "all_cells", "mse")] for context in ("A", "B")]
    assert summary[("pooled", "m", "all_cells", "mse")] == pytest.approx(np.mean(parts))
    assert "transfer_mean" in result.all_cells.kinds


def test_blocks_widen_nothing_when_each_perturbation_is_its_own(cells: ad.AnnData) -> None:
    blocked = cells.copy()
    blocked.obs["pathway"] = [
        "none" if p == "control" else f"w{GENES.index(p):02d}" for p in blocked.obs["perturbation"]
    ]
    one = evaluate(blocked, blocks_by="pathway").calibration_summary
    pd.testing.assert_series_equal(one["drf_mean"], evaluate(cells).calibration_summary["drf_mean"])
    blocked.obs["pathway"] = [
        "none" if p == "control" else f"w{GENES.index(p) // 7}" for p in blocked.obs["perturbation"]
    ]
    two = evaluate(blocked, blocks_by="pathway").calibration_summary
    assert not two["drf_low"].equals(one["drf_low"])
    pd.testing.assert_series_equal(two["drf_mean"], one["drf_mean"])


def test_blocks_that_contradict_are_refused(cells: ad.AnnData) -> None:
    with pytest.raises(SettingsError, match="block"):
        evaluate(cells, blocks_by="cell_name")
    mixed = cells.copy()
    mixed.obs["batch"] = ["x", "y"] * (cells.n_obs // 2)
    with pytest.raises(SettingsError, match="2 blocks"):
        evaluate(mixed, blocks_by="batch")


def test_dropping_targets_changes_what_rests_on_them(cells: ad.AnnData) -> None:
    keep = evaluate(cells, {"m": centroid_table(cells).iloc[:11]})
    drop = evaluate(cells, {"m": centroid_table(cells).iloc[:11]}, targets="drop")
    degs = drop.degs[drop.degs["reference"] == "control"]
    assert not (degs["gene"] == degs["perturbation"]).any()
    kept = keep.degs[keep.degs["reference"] == "control"]
    assert (kept["gene"] == kept["perturbation"]).any()


def test_two_models_of_one_name_are_refused(cells: ad.AnnData) -> None:
    table = centroid_table(cells)
    with pytest.raises(PredictionError, match="called 'm'"):
        evaluate(cells, [("m", table), ("m", table)])


def test_cancelling_stops(cells: ad.AnnData) -> None:
    def stop(share: float, text: str) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        evaluate(cells, progress=stop)


def test_wrong_schema_is_said(cells: ad.AnnData) -> None:
    with pytest.raises(SchemaError, match="perturbation"):
        evaluate(cells, perturbation_key="perturbatoin")


def test_public_figures_work_with_the_table_alone(cells: ad.AnnData) -> None:
    figure = pdash.figures.drf_bars(evaluate(cells).calibration_summary)
    assert len(figure.data) > 0


def test_models_are_scored_on_the_test_perturbations_only_also_against_halves(cells: ad.AnnData) -> None:
    split = cells.copy()
    train = set(GENES[:4])
    split.obs["split"] = ["train" if label in train else "test" for label in split.obs["perturbation"]]
    result = evaluate(split, {"m": centroid_table(cells)})
    metrics = result.metrics
    assert not set(metrics.loc[metrics["prediction"] == "m", "perturbation"]) & train
    controls = metrics[(metrics["prediction"] == "technical_duplicate") & (metrics["metric"] == "mse")]
    assert train <= set(controls["perturbation"])
    summary = result.metric_summary.set_index(["prediction", "truth", "metric"])
    assert summary.loc[("m", "first_half", "mse"), ["n_defined", "n_undefined", "n_missing"]].tolist() == [
        N - 4,
        0,
        0,
    ]


@pytest.mark.parametrize("few", [("A", "B"), ("B",)])
def test_a_context_in_which_no_condition_can_be_halved_is_judged_without_calibration(
    few: tuple[str, ...],
) -> None:
    screen = make_cells(contexts=("A", "B"))
    perturbed = screen.obs["cell_line"].isin(few) & (screen.obs["perturbation"] != "control")
    kept = ~perturbed | (np.arange(screen.n_obs) % 12 < 3)
    result = evaluate(screen[kept.to_numpy()].copy(), {"m": centroid_table(screen).iloc[:11]})
    summary = result.calibration_summary.set_index("context")
    assert (summary.loc["B", "n"] == 0).all()
    assert (summary.loc["B", "gate"] == "too_few").all()
    verdict = result.verdict.set_index(["context", "metric"])
    assert verdict.loc[("B", "mse"), "n"] == 11
    assert set(result.calibration["context"]) == {"A", "B"} - set(few)


def test_the_run_says_what_was_chosen_and_left_out(cells: ad.AnnData) -> None:
    chosen = cells.copy()
    chosen.obs["pathway"] = chosen.obs["perturbation"].astype(str)
    chosen.obs["split"] = [
        "val" if label == "G0" else "train" if label in GENES[1:4] else "test"
        for label in chosen.obs["perturbation"]
    ]
    half = ["first" if i % 2 else "second" for i in range(chosen.n_obs)]
    halves = pd.DataFrame({"cell": chosen.obs_names, "half": half})
    table = centroid_table(cells).iloc[:, :20]
    run = evaluate(chosen, {"m": table}, halves=halves, blocks_by="pathway", genes="shared").run
    assert (run["given_halves"], run["given_folds"], run["blocks_by"]) == (True, False, "pathway")
    assert (run["genes"], run["genes_of_data"], run["targeted_genes"]) == (20, len(GENES), N)
    counts = run["contexts"]["all"]
    assert (counts["train_perturbations"], counts["test_perturbations"]) == (3, N - 4)
    assert not evaluate(cells).run["given_halves"]


def test_folds_that_are_given_and_folds_of_combinations_contradict(cells: ad.AnnData) -> None:
    folds = pd.DataFrame({"perturbation": GENES[:N], "fold": np.arange(N) % 2})
    with pytest.raises(SettingsError, match="expected one of them"):
        evaluate(cells, folds=folds, combination_folds=True)


def test_a_perturbation_whose_name_looks_empty_keeps_its_fold(cells: ad.AnnData, tmp_path: Path) -> None:
    labels = ["None", *GENES[1:N]]
    renamed = cells.copy()
    renamed.obs["perturbation"] = ["None" if p == "G0" else p for p in renamed.obs["perturbation"]]
    pd.DataFrame({"perturbation": labels, "fold": np.arange(N) % 2}).to_csv(
        tmp_path / "folds.csv", index=False
    )
    result = evaluate(renamed, folds=tmp_path / "folds.csv")
    assert result.folds["None"] == 0


def test_one_name_counts_as_a_list_of_one(cells: ad.AnnData) -> None:
    table = centroid_table(cells).iloc[:11]
    both = pd.concat([table.assign(model="sharp"), table.assign(model="blurred")])
    result = evaluate(cells, both, models="sharp", headline="nir")
    assert result.models == ("sharp",)
    assert result.settings.headline == ("nir",)


@pytest.mark.parametrize("wrong", [{"seed": 1.5}, {"min_perturbations": 2.5}, {"n_resamples": 0}])
def test_numbers_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match=next(iter(wrong))):
        pdash.evaluate(make_cells(), store=False, **wrong)


def test_a_model_that_copies_control_never_beats(cells: ad.AnnData) -> None:
    control = cells.X[(cells.obs["perturbation"] == "control").to_numpy()].mean(0)
    copied = pd.DataFrame([control] * 11, index=GENES[:11], columns=GENES)
    table = evaluate(cells, {"m": copied}).verdict
    assert "beats" not in set(table["outcome"])
    closest = table[table["metric"].isin(["mse", "pearson_delta_centroid"])]
    assert (closest["baseline"] == "control").any()


def test_validation_perturbations_are_no_training_predictions(cells: ad.AnnData) -> None:
    split = cells.copy()
    role = {"G0": "val", "G1": "train", "control": "train"}
    split.obs["split"] = [role.get(label, "test") for label in split.obs["perturbation"]]
    warnings = evaluate(split, {"m": centroid_table(cells)}).warnings.set_index("warning")
    assert warnings.loc["train_predictions", "value"] == 1


def test_genes_that_a_model_lacks_are_said_to_be_scored_for_none(cells: ad.AnnData) -> None:
    table = centroid_table(cells)
    models = {"few": table.iloc[:11, :20], "all": table.iloc[:11]}
    warnings = evaluate(cells, models, genes="shared").warnings
    missing = warnings[warnings["warning"] == "missing"]
    assert missing["model"].tolist() == ["few"]
    assert "scored for no model" in missing["sentence"].iloc[0]


@pytest.mark.parametrize("name", ["mean", "linear", "technical_duplicate", "global_mean"])
def test_a_model_does_not_take_the_place_of_a_baseline_of_its_name(cells: ad.AnnData, name: str) -> None:
    with pytest.raises(PredictionError, match=f"called '{name}'.*rename it"):
        evaluate(cells, {name: centroid_table(cells).iloc[:11]})


def test_a_context_does_not_take_the_place_of_the_pooled_rows() -> None:
    with pytest.raises(SchemaError, match="called 'pooled'"):
        evaluate(make_cells(contexts=("A", "pooled")))


def test_a_column_of_two_levels_stands_for_the_halves(cells: ad.AnnData) -> None:
    replicates = cells.copy()
    replicates.obs["replicate"] = [("r1", "r2")[i % 2] for i in range(cells.n_obs)]
    half = ["second" if i % 2 else "first" for i in range(cells.n_obs)]
    by_column = evaluate(replicates, halves_by="replicate")
    by_table = evaluate(cells, halves=pd.DataFrame({"cell": cells.obs_names, "half": half}))
    pd.testing.assert_frame_equal(by_column.calibration, by_table.calibration)
    assert by_column.run["halves_by"] == "replicate"
    replicates.obs["replicate"] = cells.obs["perturbation"].astype(str)
    with pytest.raises(SettingsError, match="14 with one level"):
        evaluate(replicates, halves_by="replicate")
    with pytest.raises(SettingsError, match="no obs column"):
        evaluate(cells, halves_by="replicate")
    with pytest.raises(SettingsError, match="leave one out"):
        evaluate(replicates, halves_by="replicate", halves=pd.DataFrame({"cell": [], "half": []}))
