from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from perturbdash.errors import SettingsError
from perturbdash.metrics.compute import REASONS, compute
from perturbdash.metrics.registry import METRICS
from tests.unit.metrics.cases import Case, make_case, make_predictions, prediction


@pytest.fixture(scope="module")
def case():
    return make_case()


def reason(case: Case, given, metric: str) -> list[str]:
    return [REASONS[code] for code in compute(case.truth, given, [metric]).reason[0]]


def one_for_all(case: Case, row: np.ndarray):
    return prediction("one", row[None], np.zeros(len(case.cells)))


def with_cells(case: Case, p: int, cells: np.ndarray) -> Case:
    return dataclasses.replace(case, cells=[cells if q == p else old for q, old in enumerate(case.cells)])


def test_metrics_come_in_the_order_asked_for(case):
    values = compute(case.truth, make_predictions(case)["noisy"], ["nir", "mse"])
    assert values.metrics == ("nir", "mse")
    assert values.value.shape == values.reason.shape == values.truth_defined.shape == (2, len(case.cells))
    assert compute(case.truth, make_predictions(case)["noisy"]).metrics == tuple(METRICS)


def test_an_unknown_metric_is_named_with_those_there_are(case):
    with pytest.raises(SettingsError, match=r"'mze'.*wmse"):
        compute(case.truth, make_predictions(case)["noisy"], ["mse", "mze"])


def test_a_prediction_over_other_genes_is_refused(case):
    other = prediction("short", case.observed[:, 1:], np.arange(len(case.cells)))
    with pytest.raises(SettingsError, match="align"):
        compute(case.truth, other)


def test_constant_predictions_are_told_from_constant_observations(case):
    control = one_for_all(case, case.control)
    assert set(reason(case, control, "pearson_delta_control")) == {"constant prediction"}
    assert set(reason(case, control, "cosine_delta_control")) == {"zero prediction"}
    assert set(reason(case, one_for_all(case, case.control + 0.7), "spearman_delta_control")) == {
        "constant prediction"
    }
    assert set(reason(case, one_for_all(case, case.control + 0.7), "cosine_delta_control")) == {""}
    inert = with_cells(case, 2, np.tile(case.control, (5, 1)))
    noisy = make_predictions(case)["rounded"]
    assert reason(inert, noisy, "pearson_delta_control")[2] == "constant observed"
    assert reason(inert, noisy, "cosine_delta_control")[2] == "zero observed"
    assert reason(inert, noisy, "r2_delta_control")[2] == "constant observed"


def test_a_residue_of_rounding_is_no_pattern(case):
    rng = np.random.default_rng(0)
    wobble = case.control * (1 + 4e-16 * rng.integers(-2, 3, case.control.shape))
    assert not np.array_equal(wobble, case.control)
    for metric in ("pearson_delta_control", "weighted_pearson_delta_control", "pearson_delta_control_top50"):
        assert set(reason(case, one_for_all(case, wobble), metric)) == {"constant prediction"}
    assert set(reason(case, one_for_all(case, wobble), "cosine_delta_control")) == {"zero prediction"}
    values = compute(case.truth, one_for_all(case, wobble), ["direction_match_degs", "deg_auroc"])
    assert np.nanmax(values.value[0]) == 0
    np.testing.assert_allclose(values.value[1][~np.isnan(values.value[1])], 0.5)


def test_a_small_pattern_is_a_pattern(case):
    tiny = case.control + 1e-6 * (case.observed - case.control)
    values = compute(case.truth, prediction("tiny", tiny, np.arange(len(tiny))), ["pearson_delta_control"])
    np.testing.assert_allclose(values.value, 1.0)


def test_who_is_not_tested_has_no_centroid(case):
    found = reason(case, make_predictions(case)["rounded"], "pearson_delta_centroid")
    assert [p for p, text in enumerate(found) if text == "no centroid"] == np.flatnonzero(
        case.fold < 0
    ).tolist()


def test_a_truth_of_one_cell_has_no_variance(case):
    single = with_cells(case, 1, case.cells[1][:1])
    given = make_predictions(case)["rounded"]
    assert reason(single, given, "mse")[1] == ""
    assert reason(single, given, "mse_unbiased")[1] == "fewer than 2 cells"
    assert reason(single, given, "wmse")[1] == "no weights"
    assert reason(single, given, "jaccard_top20")[1] == "fewer than 2 cells"
    assert reason(single, given, "deg_auprc")[1] == "no DEG"
    assert reason(single, given, "pearson_delta_control_top20")[1] == "fewer than 3 genes"


def test_a_truth_of_no_cells_has_no_value_and_disturbs_no_other(case):
    empty = with_cells(case, 1, case.cells[1][:0])
    given = make_predictions(case)["rounded"]
    for metric in METRICS:
        values = compute(empty.truth, given, [metric])
        assert REASONS[values.reason[0, 1]] == "no observed cells"
        assert not values.truth_defined[0, 1]
        if metric != "truth_rank":
            assert np.isfinite(values.value[0, 2:]).any()


def test_a_profile_with_a_hole_is_not_finite(case):
    rows = case.observed.copy()
    rows[3, 0], rows[4, 1] = np.nan, np.inf
    given = prediction("holes", rows, np.arange(len(rows)))
    values = compute(case.truth, given)
    codes = np.array([[REASONS[code] for code in line] for line in values.reason[:, [3, 4]]])
    of_prediction = values.truth_defined[:, [3, 4]]
    assert set(codes[of_prediction]) == {"not finite"}
    assert np.isnan(values.value[:, [3, 4]]).all()


def test_metrics_of_lists_need_enough_genes(case):
    given = make_predictions(case)["rounded"]
    for metric, mask, fewest, text in (
        ("pearson_delta_control_degs", case.truth.degs_rest, 3, "fewer than 3 genes"),
        ("lfc_nmae", case.truth.degs_control, 10, "fewer than 10 DEGs"),
        ("direction_match_degs", case.truth.degs_control, 1, "no DEG"),
    ):
        few = (mask.sum(1) < fewest).tolist()
        assert [found == text for found in reason(case, given, metric)] == few


def test_every_gene_a_deg_leaves_nothing_to_rank():
    rng = np.random.default_rng(0)
    case = make_case()
    cells = [rng.normal(8.0 + p, 0.1, (9, case.control_cells.shape[1])) for p in range(len(case.cells))]
    loud = dataclasses.replace(case, cells=cells)
    assert set(reason(loud, make_predictions(loud)["truth"], "deg_auroc")) == {"every gene is a DEG"}


def test_retrieval_needs_two():
    case = make_case()
    one = np.array([0])
    alone = dataclasses.replace(case, candidates=one).take(perturbations=one)
    alone = dataclasses.replace(alone, fold=np.array([-1]))
    truth = alone.truth
    for metric in ("nir", "pds_l1", "pds_l2", "pds_cosine", "truth_rank"):
        values = compute(truth, one_for_all(alone, alone.control), [metric])
        assert REASONS[values.reason[0, 0]] == "fewer than 2 candidates"
        assert not values.truth_defined.any()


def test_a_single_prediction_has_no_rank_among_predictions(case):
    index = np.full(len(case.cells), -1)
    index[3] = 0
    values = compute(case.truth, prediction("one", case.observed[3:4], index), ["truth_rank"])
    assert REASONS[values.reason[0, 3]] == "fewer than 2 predictions"
    assert values.truth_defined.all()


def test_candidates_without_the_perturbation_itself():
    case = make_case(restricted=True)
    others = case.candidates
    p = int(np.setdiff1d(np.arange(len(case.cells)), others)[0])
    values = compute(case.truth, make_predictions(case)["truth"], ["nir", "pds_l2"])
    assert values.value[:, p].tolist() == [1.0, 1.0]


def test_all_genes_targeted_leave_no_gene_for_pds():
    case = make_case()
    targets = np.zeros_like(case.targets)
    targets[np.arange(targets.shape[1]) % len(targets), np.arange(targets.shape[1])] = True
    all_targets = dataclasses.replace(case, targets=targets)
    given = make_predictions(case)["truth"]
    assert set(reason(all_targets, given, "pds_l1")) == {"no genes left"}
    np.testing.assert_array_equal(compute(all_targets.truth, given, ["nir"]).value, 1.0)


def test_identical_profiles_tie():
    case = make_case()
    twins = with_cells(case, 5, case.cells[4].copy())
    values = compute(twins.truth, prediction("truth", twins.observed, np.arange(len(twins.cells))))
    n = len(twins.cells)
    for metric, lost in (("nir", 1.0), ("pds_l1", 0.5), ("pds_cosine", 0.5), ("truth_rank", 0.5)):
        value = values.value[values.metrics.index(metric), 4]
        assert value == pytest.approx(1 - lost / (n - 1), abs=1e-12), metric


def test_one_vector_for_all_is_at_chance_on_average(case):
    values = compute(case.truth, one_for_all(case, case.observed.mean(0)))
    for metric in ("nir", "pds_l1", "pds_l2", "truth_rank"):
        assert values.value[values.metrics.index(metric)].mean() == pytest.approx(0.5, abs=1e-12)


def test_float32_predictions_are_taken(case):
    given = make_predictions(case)["noisy"]
    single = dataclasses.replace(given, rows=given.rows.to(torch.float32))
    np.testing.assert_allclose(
        compute(case.truth, single, ["mse"]).value, compute(case.truth, given, ["mse"]).value, rtol=1e-5
    )


def test_shifts_of_one_direction_tie_by_angle_and_not_by_size():
    case = make_case()
    doses = np.stack([case.control + (1 + p / 7) * (case.observed[1] - case.control) for p in range(3)])
    cells = [np.stack([row - 0.1, row + 0.1]) for row in doses] + list(case.cells[3:])
    doses_case = dataclasses.replace(case, cells=cells, targets=np.zeros_like(case.targets))
    values = compute(
        doses_case.truth,
        prediction("truth", doses_case.observed, np.arange(len(cells))),
        ["pds_cosine", "pds_l2"],
    )
    n = len(cells)
    np.testing.assert_allclose(values.value[0, :3], 1 - 0.5 * 2 / (n - 1), atol=1e-12)
    np.testing.assert_array_equal(values.value[1, :3], 1.0)


def test_shifts_of_one_size_tie_up_or_down(case):
    up_or_down = np.where(np.arange(len(case.control)) % 3, 1.0, -1.0)
    values = compute(
        case.truth,
        one_for_all(case, case.control + 0.3 * up_or_down),
        ["deg_auroc", "deg_auprc", "jaccard_top20"],
    )
    share = case.truth.degs_control.to(torch.float64).mean(1).numpy()
    some = share > 0
    np.testing.assert_allclose(values.value[0][some], 0.5)
    np.testing.assert_allclose(values.value[1][some], share[some])
    common = case.truth.top20[:, :20].sum(1).numpy()
    np.testing.assert_allclose(values.value[2], common / (40 - common))


def test_a_panel_smaller_than_the_list_is_predicted_whole():
    small = make_case().take(genes=np.arange(8, 20))
    values = compute(small.truth, make_predictions(small)["rounded"], ["jaccard_top20"])
    np.testing.assert_allclose(values.value[0], small.truth.top20.sum(1).numpy() / 12)
