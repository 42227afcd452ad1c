"""Fewer cells, held to the calibration of the cells themselves; curves, held to what more cells really give."""

from __future__ import annotations

from functools import cache

import anndata as ad
import numpy as np
import pandas as pd
import pytest

import perturbdash
from perturbdash.errors import Cancelled
from perturbdash.judgement.result import Result
from perturbdash.judgement.titration import Titration, titrate
from perturbdash.simulation.settings import SimulationSettings
from perturbdash.simulation.simulate import simulate

FULL, PART = 224, 56
ASKED = ("wmse", "pearson_delta_centroid", "pearson_delta_control", "nir")
KINDS = (
    {"specific_effect": 0.8, "sparsity": 0.08},
    {"specific_effect": 0.3, "sparsity": 0.15},
    {"specific_effect": 0.4, "sparsity": 0.3, "shared_effect": 0.2, "strength_spread": 0.8},
    {"specific_effect": 0.6, "sparsity": 0.1, "inert_share": 0.25},
)
N_CASES = 10


@cache
def simulated(case: int) -> ad.AnnData:
    settings = SimulationSettings(
        n_genes=64,
        n_singles=20,
        n_combinations=0,
        cells_per_perturbation=FULL,
        cell_spread=0.0,
        n_control_cells=400,
        seed=100 + case,
        **KINDS[case % len(KINDS)],
    )
    return simulate(settings).to_anndata()


def some_cells(cells: ad.AnnData, n: int) -> ad.AnnData:
    """The first cells of each perturbation, which lie in random order, and all control cells."""
    label = cells.obs["perturbation"].astype(str)
    kept = (cells.obs.groupby("perturbation", observed=True).cumcount() < n) | (label == "control")
    return cells[kept.to_numpy()].copy()


def evaluated(cells: ad.AnnData, **settings) -> Result:
    return perturbdash.evaluate(cells, store=False, n_resamples=100, **settings)


@pytest.fixture(scope="module")
def result() -> Result:
    return evaluated(some_cells(simulated(0), PART))


@pytest.fixture(scope="module")
def titration(result) -> Titration:
    return titrate(result, metrics=ASKED)


def test_all_of_the_cells_are_the_calibration_of_the_result_exactly(result, titration):
    full = titration.table[titration.table["share"] == 1].drop(columns=["share", "cells", "cells_median"])
    pd.testing.assert_frame_equal(full.reset_index(drop=True), result.calibration_summary)


def test_increments_up_to_all_of_the_cells_give_that_calibration_too(result, monkeypatch):
    monkeypatch.setattr("perturbdash.judgement.thinning.SHARES", (0.5, 1.0))
    merged = titrate(result, metrics=()).table
    merged = merged[merged["share"] == 1]
    by_increments, own = merged.iloc[: len(merged) // 2], merged.iloc[len(merged) // 2 :]
    for name in ("drf_mean", "bds", "n"):
        np.testing.assert_allclose(by_increments[name], own[name], rtol=1e-9, atol=1e-9)


def test_a_level_is_the_calibration_of_the_cells_that_it_has(result, titration):
    from perturbdash.statistics.regrouping import nested_increments

    dataset = result.dataset
    dealt = nested_increments(dataset, (0.25, 0.5), seed=0)
    has = (dealt[0].codes >= 0) | (dealt[1].codes >= 0)
    kept = np.flatnonzero(has | (dataset.label_codes == -1))
    cells = some_cells(simulated(0), PART)[kept].copy()
    alone = evaluated(cells, halves=halves_of(result, cells)).calibration_summary
    level = titration.table[titration.table["share"] == 0.5].reset_index(drop=True)
    assert level["cells"].iloc[0] == pytest.approx(PART / 2, abs=1)
    np.testing.assert_allclose(level["drf_mean"], alone["drf_mean"], rtol=1e-8, atol=1e-8)
    assert list(level["gate"]) == list(alone["gate"])


def halves_of(result: Result, cells: ad.AnnData) -> pd.DataFrame:
    from perturbdash.statistics.halves import assign_groups

    groups = assign_groups(result.dataset, seed=0)
    half = groups.conditions["part"].str.replace(r"_\d+", "", regex=True).to_numpy()[groups.codes]
    table = pd.DataFrame({"cell": result.dataset.cell_names, "half": half})
    return table[table["cell"].isin(cells.obs_names)]


def test_more_cells_give_more(titration):
    table = titration.table[titration.table["positive_control"] == "technical_duplicate"]
    own = table[table["metric"] == "pearson_delta_centroid"]
    assert own["cells"].is_monotonic_increasing
    assert own["drf_mean"].iloc[-1] > own["drf_mean"].iloc[0] + 0.1


def test_the_order_of_rows_does_not_matter(titration):
    cells = some_cells(simulated(0), PART)
    order = np.random.default_rng(5).permutation(cells.n_obs)
    other = titrate(evaluated(cells[order].copy()), metrics=("nir",))
    pd.testing.assert_frame_equal(other.table, titration.table, rtol=1e-8)
    rows = titration.needed["metric"] == "nir"
    mine = titration.needed[rows].reset_index(drop=True)
    pd.testing.assert_frame_equal(other.needed, mine, rtol=1e-6)


def test_several_passes_over_the_cells_give_the_same(result, titration, monkeypatch):
    monkeypatch.setattr("perturbdash.statistics.regrouping.PASS_BYTES", 1)
    other = titrate(result, metrics=())
    assert (titration.passes, other.passes) == (1, len(titration.shares) - 1)
    pd.testing.assert_frame_equal(other.table, titration.table)


@cache
def extrapolated(case: int) -> pd.DataFrame:
    """What part of the cells says of four times as many, beside what those say."""
    cells = simulated(case)
    truth = evaluated(cells).calibration_summary.set_index(["metric", "positive_control"])["drf_mean"]
    titration = titrate(evaluated(some_cells(cells, PART)), metrics=ASKED)
    now = titration.table[titration.table["share"] == 1].set_index(["metric", "positive_control"])["drf_mean"]
    rows = []
    for (_, metric, positive), curve in titration.curves.items():
        drf, fitted = float(truth[metric, positive]), not isinstance(curve, str)
        row = {"case": case, "metric": metric, "positive": positive, "fitted": fitted}
        if fitted:
            best, low, high = (float(values[0]) for values in curve.at(np.array([FULL])))
            need = curve.needed(drf, now=float(now[metric, positive]))
            row |= {"error": best - drf, "inside": low <= drf <= high, "width": high - low}
            row |= {"status": need.status, "recovered": need.low <= FULL <= need.high}
        rows.append(row)
    return pd.DataFrame(rows)


def test_four_times_the_cells_give_what_the_curve_says_in_most_of_ten_simulations():
    found = pd.concat([extrapolated(case) for case in range(N_CASES)], ignore_index=True)
    assert found["fitted"].mean() > 0.7
    fitted = found[found["fitted"].astype(bool)]
    assert fitted["inside"].mean() > 0.85
    assert (fitted.groupby("case")["inside"].mean() > 0.5).all()
    assert fitted["error"].abs().median() < 0.06
    assert fitted["width"].median() < 0.4


def test_the_number_of_cells_that_it_takes_is_recovered():
    found = pd.concat([extrapolated(case) for case in range(N_CASES)], ignore_index=True)
    needed = found[found["status"] == "needed"]
    assert len(needed) > 3 * N_CASES
    assert needed["recovered"].astype(bool).mean() > 0.85


def test_a_result_is_titrated_once():
    small = evaluated(some_cells(simulated(0), 8))
    assert small.titration() is small.titration()


def test_it_stops_when_asked(result):
    def stop(share: float, text: str) -> None:
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        titrate(result, progress=stop)


def test_progress_goes_up_to_the_end(result):
    shares = []
    titrate(result, metrics=("nir",), progress=lambda share, text: shares.append((share, text)))
    assert [share for share, _ in shares] == sorted(share for share, _ in shares)
    assert shares[-1][1] == "Fitting curves"
    assert shares[-1][0] <= 1


def test_too_few_cells_leave_levels_out_and_give_no_number():
    found = titrate(evaluated(some_cells(simulated(0), 8)), metrics=("nir",))
    assert found.shares == (0.5, 0.75, 1.0)
    assert set(found.needed["status"]) == {"no_curve"}
    assert found.needed["cells"].isna().all()
    assert found.needed["reason"].str.contains("too few numbers of cells").all()


def test_no_perturbation_with_halves_gives_the_one_level():
    found = titrate(evaluated(some_cells(simulated(0), 3)), metrics=("nir",))
    assert found.shares == (1.0,)
    assert set(found.needed["status"]) == {"no_curve"}
