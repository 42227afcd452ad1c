"""Counts from single precision against counts from exact distances, where ties and near ties are many."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from perturbdash.metrics import nearness as nearness_module
from perturbdash.metrics.kernels import nearness_compiled, shifts_compiled
from perturbdash.metrics.nearness import observed_shifts
from perturbdash.metrics.pair import Pair
from perturbdash.metrics.truth import Truth, build_truth
from tests.unit.metrics.cases import Case, group, make_case, make_predictions, prediction

KINDS = ("squares", "l2", "cosine")


def portable(truth: Truth, given, monkeypatch) -> tuple[dict, tuple, np.ndarray]:
    with monkeypatch.context() as patch:
        patch.setattr(Truth, "compiled", False)
        return counts_of(truth, given)


def counts_of(truth: Truth, given) -> tuple[dict, tuple, np.ndarray]:
    pair = Pair(truth, given)
    found = pair.nearness()
    return dict(found.counts), pair.city_block_counts(), found.farther


def assert_same(truth: Truth, given, monkeypatch) -> None:
    counts, city, farther = counts_of(truth, given)
    counts_torch, city_torch, farther_torch = portable(truth, given, monkeypatch)
    there = given.index.numpy() >= 0
    for kind in KINDS:
        for ours, theirs in zip(counts[kind], counts_torch[kind], strict=True):
            np.testing.assert_array_equal(ours[there], theirs[there], err_msg=kind)
    for ours, theirs in zip(city, city_torch, strict=True):
        np.testing.assert_array_equal(ours[there], theirs[there])
    observed = there & truth.exists()
    np.testing.assert_array_equal(farther[observed], farther_torch[observed])


def screen(profiles: np.ndarray, control: np.ndarray, **changes) -> Truth:
    """A truth with these observed profiles, two cells each."""
    n, n_genes = profiles.shape
    settings = {"targets": np.zeros((n, n_genes), bool), "drop_targets": False} | changes
    settings["targets"] = torch.from_numpy(settings["targets"])
    return build_truth(
        group([np.stack([row, row]) for row in profiles]),
        perturbations=[str(i) for i in range(n)],
        genes=[str(i) for i in range(n_genes)],
        control=group([np.stack([control, control])]),
        centroids=torch.from_numpy(profiles.mean(0, keepdims=True)),
        fold=torch.zeros(n, dtype=torch.int64),
        **settings,
    )


@pytest.mark.parametrize("drop_targets", [False, True])
@pytest.mark.parametrize("name", ["noisy", "rounded", "mean", "control", "truth"])
def test_equal_to_tables_of_exact_distances(name, drop_targets, monkeypatch):
    case = make_case(drop_targets=drop_targets)
    assert_same(case.truth, make_predictions(case)[name], monkeypatch)


@pytest.mark.parametrize("step", [0.0, 1e-15, 1e-10, 1e-8, 1e-6, 1e-4])
@pytest.mark.parametrize("drop_targets", [False, True])
def test_candidates_that_single_precision_cannot_tell_apart(step, drop_targets, monkeypatch):
    rng = np.random.default_rng(0)
    one, control = rng.gamma(2.0, 1.0, 77), rng.gamma(2.0, 1.0, 77)
    profiles = one + step * rng.normal(size=(40, 77))
    targets = np.zeros(profiles.shape, bool)
    targets[np.arange(0, 40, 3), np.arange(0, 40, 3)] = True
    truth = screen(profiles, control, targets=targets, drop_targets=drop_targets)
    predicted = prediction("near", one + step * rng.normal(size=(40, 77)), rng.integers(0, 40, 40))
    assert_same(truth, predicted, monkeypatch)


def test_ranks_are_those_of_sorted_distances_in_a_panel_of_many_genes():
    rng = np.random.default_rng(1)
    profiles, control = rng.gamma(1.0, 1.0, (30, 8_201)), rng.gamma(1.0, 1.0, 8_201)
    predicted = profiles + rng.normal(0, 3.0, profiles.shape)
    truth = screen(profiles, control)
    counts, city, farther = counts_of(truth, prediction("model", predicted, np.arange(30)))
    own = np.arange(30)
    tables = {
        "l1": np.abs(predicted[:, None] - profiles[None]).sum(2),
        "l2": ((predicted[:, None] - profiles[None]) ** 2).sum(2),
    }
    for found, table in (
        (city, tables["l1"]),
        (counts["l2"], tables["l2"]),
        (counts["squares"], tables["l2"]),
    ):
        np.testing.assert_array_equal(found.nearer, (table < table[own, own][:, None]).sum(1))
        assert not found.tied.any()
    np.testing.assert_array_equal(farther - 0.5, (tables["l2"] > tables["l2"][own, own]).sum(0))


@pytest.mark.parametrize("size", [1e-25, 1e-12, 1e12, 1e25])
def test_sizes_beyond_single_precision(size, monkeypatch):
    rng = np.random.default_rng(2)
    profiles = size * rng.gamma(2.0, 1.0, (12, 33))
    truth = screen(profiles, size * rng.gamma(2.0, 1.0, 33))
    predicted = profiles + size * rng.normal(0, 1.0, profiles.shape)
    predicted[3] = profiles[3] * 1e18
    assert_same(truth, prediction("large", predicted, np.arange(12)), monkeypatch)


def test_a_shift_that_is_zero_has_no_angle(monkeypatch):
    case = make_case()
    cells = [np.tile(case.control, (4, 1)), *case.cells[1:]]
    inert = dataclasses.replace(case, cells=cells)
    for name in ("control", "noisy"):
        assert_same(inert.truth, make_predictions(inert)[name], monkeypatch)
    counts = counts_of(inert.truth, make_predictions(inert)["control"])[0]
    assert not counts["cosine"].nearer.any()
    assert set(counts["cosine"].tied) == {len(cells) - 1}


def test_rows_in_chunks_give_the_same(monkeypatch):
    case = make_case()
    given = make_predictions(case)["noisy"]
    whole = counts_of(case.truth, given)
    monkeypatch.setattr(nearness_module, "ROWS_AT_ONCE", 5)
    monkeypatch.setattr(nearness_module, "ROWS_A_BLOCK", 2)
    chunks = counts_of(make_case().truth, given)
    for kind in KINDS:
        np.testing.assert_array_equal(np.stack(whole[0][kind]), np.stack(chunks[0][kind]))
    np.testing.assert_array_equal(np.stack(whole[1]), np.stack(chunks[1]))
    np.testing.assert_array_equal(whole[2], chunks[2])


def test_one_perturbation():
    case = make_case()
    alone = dataclasses.replace(case, candidates=np.array([0])).take(perturbations=np.array([0]))
    alone = dataclasses.replace(alone, fold=np.array([-1]))
    counts, city, farther = counts_of(alone.truth, prediction("one", alone.observed + 1, np.array([0])))
    assert [
        int(number) for found in (*counts.values(), city) for number in (found.nearer[0], found.tied[0])
    ] == [0] * 8
    assert farther.tolist() == [0.5]


@pytest.mark.parametrize("n_genes", [5, 64, 1030, 3000])
def test_margins_hold_what_single_precision_loses(n_genes):
    rng = np.random.default_rng(n_genes)
    profiles, control = rng.gamma(0.5, 2.0, (9, n_genes)), rng.gamma(0.5, 2.0, n_genes)
    predicted = profiles + rng.normal(0, 0.2, profiles.shape)
    theirs = observed_shifts(screen(profiles, control))
    shifts, norms = nearness_module._shifts_of(theirs, torch.from_numpy(predicted))
    free, _ = nearness_module._products(shifts, theirs)
    city = np.zeros((9, 9), np.float32)
    shifts_compiled.city_block(shifts, theirs.table, theirs.n_free, city)
    a, b = predicted - control, profiles - control
    angles = 1 - (a @ b.T) / np.linalg.norm(a, axis=1)[:, None] / np.linalg.norm(b, axis=1)
    exact = {
        nearness_compiled.SQUARES: (free, ((a[:, None] - b[None]) ** 2).sum(2)),
        nearness_compiled.ALL_SQUARES: (free, ((a[:, None] - b[None]) ** 2).sum(2)),
        nearness_compiled.ANGLE: (free, angles),
        nearness_compiled.CITY_BLOCK: (city, np.abs(a[:, None] - b[None]).sum(2)),
    }
    value, margin = np.empty(9), np.empty(9)
    for kind, (table, expected) in exact.items():
        for row in range(9):
            nearness_compiled._approximate(
                kind, table[row], norms[:, row].copy(), theirs.observed.norms, n_genes, value, margin
            )
            assert (np.abs(value - expected[row]) <= margin).all()
            assert (margin < 0.02 * expected[row].max()).all()


def with_missing(case: Case) -> Case:
    cells = list(case.cells)
    cells[4] = cells[4][:0]
    return dataclasses.replace(case, cells=cells)


def test_a_truth_without_cells_is_in_nobodys_way(monkeypatch):
    case = with_missing(make_case())
    assert_same(case.truth, make_predictions(make_case())["rounded"], monkeypatch)
