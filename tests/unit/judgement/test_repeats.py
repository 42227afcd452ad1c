"""Calibrations made again: by guides, by other halvings, with control cells of its own, from other controls."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from perturbdash.errors import Cancelled, DataError, SettingsError
from perturbdash.judgement.calibration import dynamic_range, negative_control_of
from perturbdash.judgement.column_halves import matched_halves
from perturbdash.judgement.further import Further
from perturbdash.judgement.halves_comparison import halves_compared
from perturbdash.judgement.halvings import halvings, spread
from perturbdash.judgement.negative_controls import negative_controls
from perturbdash.judgement.own_control import own_control, own_control_calibration
from tests.unit.judgement.repeats import scored, screen

KEYS = ["context", "metric", "positive_control"]


def row_of(table: pd.DataFrame, metric: str, positive: str = "technical_duplicate") -> pd.Series:
    own = table[(table["metric"] == metric) & (table["positive_control"] == positive)]
    assert len(own) == 1
    return own.iloc[0]


@pytest.fixture(scope="module")
def guides():
    return scored(screen(guide_effect=0.4))


@pytest.fixture(scope="module")
def compared(guides):
    return halves_compared(guides, "guide")


def test_what_belongs_to_the_guide_is_found(compared) -> None:
    for metric in ("pearson_delta_centroid", "mse", "r2_delta_control"):
        row = row_of(compared.table, metric)
        assert row["difference_high"] < -0.1, metric
        assert row["drf_column"] < row["drf_random"]


def test_guides_that_agree_show_no_difference() -> None:
    row = row_of(halves_compared(scored(screen()), "guide").table, "pearson_delta_centroid")
    assert abs(row["difference"]) < 0.03
    assert row["difference_low"] < 0.02
    assert row["difference_high"] > -0.02


def test_both_sides_are_evaluations_with_those_halves(guides, compared) -> None:
    by_column = scored(guides.dataset, halves_by="guide")
    random = scored(guides.dataset, halves=matched_halves(guides.dataset, compared.halves))
    for side, expected in (("column", by_column), ("random", random)):
        own = expected.calibration_summary.set_index(KEYS)
        found = compared.table.set_index(KEYS)
        for column, stem in (("drf_mean", "drf"), ("bds", "bds"), ("n", "n"), ("drf_low", "drf_low")):
            np.testing.assert_allclose(
                found[f"{stem}_{side}"].astype(float), own.loc[found.index, column].astype(float)
            )
        assert (found[f"gate_{side}"] == own.loc[found.index, "gate"]).all()


def test_differences_are_paired_means_and_scores_those_of_the_controls(guides, compared) -> None:
    halves = {
        "column": scored(guides.dataset, halves_by="guide"),
        "random": scored(guides.dataset, halves=matched_halves(guides.dataset, compared.halves)),
    }
    drf = {}
    for side, result in halves.items():
        table = result.calibration[result.calibration["positive_control"] == "interpolated_duplicate"]
        drf[side] = table.groupby(["metric", "perturbation"])["drf"].mean()
        positive = table.groupby(["metric", "perturbation"])["positive"].mean().groupby("metric").mean()
        for metric in ("mse", "nir"):
            row = row_of(compared.table, metric, "interpolated_duplicate")
            assert row[f"positive_{side}"] == pytest.approx(positive[metric])
    expected = (drf["column"] - drf["random"]).groupby("metric").agg(["mean", "count"])
    for metric in ("mse", "pearson_delta_centroid_degs", "nir"):
        row = row_of(compared.table, metric, "interpolated_duplicate")
        assert row["n_paired"] == expected.loc[metric, "count"]
        assert row["difference"] == pytest.approx(expected.loc[metric, "mean"])


def test_cells_without_a_value_are_left_out_of_both_sides() -> None:
    cells = screen(guide_effect=0.4)
    kept = np.ones(cells.n_obs, dtype=bool)
    kept[np.flatnonzero(cells.obs["perturbation"] == "P03")[:6]] = False
    lacking = cells.copy()
    lacking.obs["guide"] = cells.obs["guide"].astype(object).where(kept)
    found = halves_compared(scored(lacking), "guide")
    assert found.halves.n_without_value == 6
    expected = halves_compared(scored(cells[kept].copy()), "guide")
    pd.testing.assert_frame_equal(found.table, expected.table)


def naive_own_control(result, perturbation: str, context: str = "all") -> tuple[float, float]:
    """Pearson Δcontrol of duplicate and average, from means of cells, both truths."""
    stats = result.stats[context]
    place = stats.perturbations.index(perturbation)
    fold = result.folds[perturbation]
    others = [i for i, p in enumerate(stats.perturbations) if result.folds[p] != fold]
    mean = stats.all_cells.mean.numpy()[others].mean(0)
    halves = [stats.first.mean.numpy()[place], stats.second.mean.numpy()[place]]
    controls = [stats.control_first.mean.numpy()[0], stats.control_second.mean.numpy()[0]]
    repeat, average = [], []
    for t, o in ((0, 1), (1, 0)):
        truth = halves[t] - controls[t]
        repeat.append(np.corrcoef(halves[o] - controls[o], truth)[0, 1])
        average.append(np.corrcoef(mean - controls[o], truth)[0, 1])
    return float(np.mean(repeat)), float(np.mean(average))


def test_own_control_is_what_its_definition_says(guides) -> None:
    table = own_control_calibration(guides).table
    own = table[
        (table["metric"] == "pearson_delta_control") & (table["positive_control"] == "technical_duplicate")
    ]
    for name in ("P00", "P07"):
        rows = own[own["perturbation"] == name]
        repeat, average = naive_own_control(guides, name)
        assert rows["positive"].mean() == pytest.approx(repeat)
        assert rows["negative"].mean() == pytest.approx(average)


def test_without_any_effect_only_own_control_cells_leave_nothing() -> None:
    """Shared noise lifts repeat and average alike, the average more: ceilings are high, and DRF is not 0."""
    row = row_of(
        own_control(scored(screen(effect=0.0, n_controls=12, n_perturbations=40))), "pearson_delta_control"
    )
    assert row["positive_shared"] > 0.35
    assert row["negative_shared"] > 0.5
    assert row["drf_shared"] < -0.2
    for name in ("positive_own", "negative_own", "drf_own"):
        assert abs(row[name]) < 0.08, name
    assert row["gate_own"] == "uninformative"


def test_told_from_control_the_shared_noise_alone_is_range() -> None:
    """Where no shift is the negative control, few control cells make a repeat of nothing look good."""
    result = scored(screen(effect=0.0, n_controls=4, n_perturbations=40))
    drf = {}
    for name, calibration in (("shared", result.calibrated), ("own", own_control_calibration(result))):
        scores = calibration.halves[0]
        range_ = dynamic_range(
            scores,
            "technical_duplicate",
            nothing_significant=calibration.same_as_mean[0],
            published=False,
            negative_control="control",
        )
        drf[name] = range_.drf[scores.metrics.index("r2_delta_control")].mean()
    assert drf["shared"] > 0.3
    assert drf["own"] < 0


def test_own_control_leaves_a_strong_effect_as_it_is() -> None:
    row = row_of(own_control(scored(screen(effect=1.0, n_controls=2000))), "pearson_delta_control")
    assert row["positive_own"] == pytest.approx(row["positive_shared"], abs=0.01)
    assert row["drf_own"] == pytest.approx(row["drf_shared"], abs=0.02)


def test_one_control_cell_is_refused_in_a_sentence() -> None:
    with pytest.raises(DataError, match=r"too few control cells \(1\).*expected 2 or more"):
        own_control(scored(screen(n_controls=1, n_perturbations=4)))


def test_halvings_are_evaluations_with_the_next_seeds(guides) -> None:
    found = halvings(guides, 3)
    assert found["halving"].unique().tolist() == [1, 2, 3]
    assert found["seed"].unique().tolist() == [0, 1, 2]
    for seed in (0, 2):
        own = found[found["seed"] == seed].drop(columns=["halving", "seed"]).reset_index(drop=True)
        pd.testing.assert_frame_equal(own, scored(guides.dataset, seed=seed).calibration_summary)
    assert found.groupby("seed")["drf_mean"].sum().nunique() == 3


def test_halvings_by_a_column_deal_its_levels_anew() -> None:
    cells = screen(n_perturbations=12)
    cells.obs["batch"] = [f"b{i % 5}" for i in range(cells.n_obs)]
    result = scored(cells, halves_by="batch")
    found = halvings(result, 2)
    own = found[found["seed"] == 1].drop(columns=["halving", "seed"]).reset_index(drop=True)
    expected = scored(cells, halves_by="batch", seed=1).calibration_summary
    pd.testing.assert_frame_equal(own, expected)


def test_spread_counts_gates_and_takes_extremes() -> None:
    table = pd.DataFrame(
        {
            "halving": [1, 2, 3] * 2,
            "context": "all",
            "metric": ["nir"] * 3 + ["mse"] * 3,
            "positive_control": "interpolated_duplicate",
            "drf_mean": [0.2, 0.5, 0.2, np.nan, np.nan, np.nan],
            "gate": ["weak", "informative", "weak", "too_few", "too_few", "too_few"],
        }
    )
    nir, mse = (spread(table).set_index("metric").loc[name] for name in ("nir", "mse"))
    assert (nir["drf_lowest"], nir["drf_highest"], nir["n_other_gates"]) == (0.2, 0.5, 1)
    assert nir["drf_mean"] == pytest.approx(0.3)
    assert nir["drf_sd"] == pytest.approx(np.std([0.2, 0.5, 0.2], ddof=1))
    assert nir["gates"] == "weak 2, informative 1"
    assert np.isnan(mse["drf_mean"])
    assert mse["n_other_gates"] == 0


def test_halvings_that_cannot_be_drawn_are_refused(guides) -> None:
    for n in (1, 21):
        with pytest.raises(SettingsError, match=f"halvings is {n}; expected 2 to 20"):
            halvings(guides, n)
        with pytest.raises(SettingsError, match="expected 2 to 20"):
            Further(halvings=n)
    table = pd.DataFrame(
        {
            "cell": guides.dataset.cell_names,
            "half": np.where(np.arange(guides.dataset.n_cells) % 2, "first", "second"),
        }
    )
    with pytest.raises(SettingsError, match="given as a table"):
        halvings(scored(guides.dataset, halves=table), 2)


@pytest.mark.parametrize("name", ["halvings", "halves", "own", "negative"])
def test_each_stops_when_asked(guides, name: str) -> None:
    def stop(share: float, text: str) -> None:
        raise Cancelled("stop")

    work = {
        "halvings": lambda: halvings(guides, 2, progress=stop),
        "halves": lambda: halves_compared(guides, "guide", progress=stop),
        "own": lambda: own_control(guides, progress=stop),
        "negative": lambda: negative_controls(guides, progress=stop),
    }
    with pytest.raises(Cancelled):
        work[name]()


@pytest.mark.parametrize("name", ["halvings", "halves"])
def test_progress_only_rises_and_ends_at_one(guides, name: str) -> None:
    shares: list[float] = []
    report = lambda share, _: shares.append(share)  # noqa: E731
    if name == "halvings":
        halvings(guides, 3, progress=report)
    else:
        halves_compared(guides, "guide", progress=report)
    assert shares == sorted(shares)
    assert 0.7 < shares[-1] <= 1


def test_controls_in_use_are_those_of_the_calibration_in_both_modes(guides) -> None:
    found = negative_controls(guides)
    for mode, expected in (
        ("default", guides),
        ("published", scored(guides.dataset, calibration="published")),
    ):
        own = found[found["used"] & (found["mode"] == mode)].set_index(KEYS)
        summary = expected.calibration_summary.set_index(KEYS)
        assert len(own) == len(summary)
        columns = [c for c in summary.columns if c not in ("gate", "negative_control")]
        pd.testing.assert_frame_equal(own.loc[summary.index, columns], summary[columns])
        assert (own.loc[summary.index, "gate"] == summary["gate"]).all()
        assert (own.loc[summary.index, "negative_control"] == summary["negative_control"]).all()


def test_a_control_that_is_not_in_use_gives_what_its_scores_say(guides) -> None:
    found = negative_controls(guides)
    metrics = guides.metrics
    value = metrics[(metrics["metric"] == "mse") & (metrics["truth"] != "all_cells")].set_index(
        ["prediction", "truth", "perturbation"]
    )["value"]
    drf = (value["control"] - value["technical_duplicate"]) / value["control"]
    expected = drf.groupby("perturbation").mean().mean()
    own = found[(found["negative_control"] == "control") & (found["mode"] == "default")]
    assert row_of(own, "mse")["drf_mean"] == pytest.approx(expected)
    assert not row_of(own, "mse")["used"]
    assert set(found.loc[found["negative_control"] == "global_mean", "metric"]) == {
        m for m in guides.halves[0].metrics if negative_control_of(m, published=False) == "global_mean"
    }


def test_a_published_result_has_published_rows_alone(guides) -> None:
    found = negative_controls(scored(guides.dataset, calibration="published"))
    assert set(found["mode"]) == {"published"}


def test_further_tables_are_written_and_said_in_the_record(guides, tmp_path) -> None:
    asked = Further(halvings=2, compare_halves="guide", negative_controls=True, own_control=True)
    guides.save(tmp_path, asked.made(guides))
    said = json.loads((tmp_path / "run.json").read_text())["further_tables"]
    assert said["halvings"] == {"halvings": 2, "seeds": [0, 1]}
    assert said["halves_compared"]["column"] == "guide"
    assert said["own_control"]["control_cells_of_halves"] == {"all": [60, 60]}
    for name in ("halvings", "halves_compared", "negative_controls", "own_control"):
        table = pd.read_csv(tmp_path / f"{name}.csv")
        assert len(table) == len(pd.read_parquet(tmp_path / f"{name}.parquet")) >= 40
    assert not Further().asked
    pd.testing.assert_frame_equal(guides.halvings(2), pd.read_parquet(tmp_path / "halvings.parquet"))
