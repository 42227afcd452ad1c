from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from perturbdash.metrics import truth as truth_module
from perturbdash.metrics.truth import build_truth
from tests.unit.metrics.cases import group, make_case


@pytest.fixture(scope="module")
def case():
    return make_case()


def test_noise_is_the_sampling_variance_of_the_mean(case):
    expected = [(cells.var(0, ddof=1) / len(cells)).mean() for cells in case.cells]
    np.testing.assert_allclose(case.truth.noise.numpy(), expected, rtol=1e-12)


def test_lists_hold_k_genes_without_those_that_drop_out(case):
    truth = case.truth
    assert truth.top20.sum(1).unique().tolist() == [20]
    assert truth.top50.sum(1).unique().tolist() == [50]
    assert not truth.top50[3, 7]


def test_dropped_targets_make_room_in_lists_and_leave_masks_and_weights():
    case = make_case(drop_targets=True)
    truth, targets = case.truth, torch.from_numpy(case.targets)
    for mask in (truth.top20, truth.top50, truth.degs_rest, truth.degs_control):
        assert not (mask & targets).any()
    assert truth.top20.sum(1).unique().tolist() == [20]
    assert (truth.weights[targets] == 0).all()
    np.testing.assert_allclose(truth.weights.sum(1), 1.0)
    kept = make_case().truth
    assert (kept.degs_control & targets).any(), "nothing was there to be dropped"


def test_as_if_dropped_genes_were_not_in_the_panel():
    case = make_case(drop_targets=True)
    p = int(np.flatnonzero(case.targets.any(1))[0])
    without = dataclasses.replace(case.take(genes=np.flatnonzero(~case.targets[p])), drop_targets=False)
    kept = ~torch.from_numpy(case.targets[p])
    np.testing.assert_allclose(case.truth.weights[p][kept], without.truth.weights[p], rtol=1e-12)
    assert torch.equal(case.truth.top20[p][kept], without.truth.top20[p])


def test_fewer_genes_than_a_list_holds():
    small = make_case().take(genes=np.arange(8, 20)).truth
    dropped_out = (small.observed == 0) & (small.control > 0)
    assert torch.equal(small.top20, ~dropped_out)
    assert small.heg1000.all()


def test_highest_genes_by_control_mean(case, monkeypatch):
    monkeypatch.setattr(truth_module, "HIGHEST_GENES", 5)
    truth = make_case().truth
    assert set(np.flatnonzero(truth.heg1000)) == set(np.argsort(-case.control)[:5])


def test_overlap_genes_are_the_largest_significant_shifts(case, monkeypatch):
    monkeypatch.setattr(truth_module, "OVERLAP_GENES", 4)
    truth = make_case().truth
    shift = np.abs(case.observed - case.control)
    for p in range(len(case.cells)):
        degs = np.flatnonzero(truth.degs_control[p])
        expected = degs[np.argsort(-shift[p][degs])][:4]
        assert set(np.flatnonzero(truth.mask("overlap")[p])) == set(expected)


def test_lists_are_the_masks(case):
    lists = case.truth.lists("degs_control")
    for p in range(len(case.cells)):
        found = lists.genes[lists.start[p] : lists.start[p + 1]]
        np.testing.assert_array_equal(found, np.flatnonzero(case.truth.degs_control[p]))
    np.testing.assert_array_equal(lists.row, np.repeat(np.arange(len(case.cells)), lists.sizes))


def test_no_fold_no_centroid(case):
    assert case.truth.has_centroid().tolist() == [bool(f >= 0) for f in case.fold]


def test_without_any_fold_there_are_no_centroids():
    case = make_case()
    n, genes = case.observed.shape
    truth = build_truth(
        group(case.cells),
        perturbations=[str(i) for i in range(n)],
        genes=[str(i) for i in range(genes)],
        control=group([case.control_cells]),
        centroids=torch.empty((0, genes), dtype=torch.float64),
        fold=torch.full((n,), -1),
        targets=torch.zeros((n, genes), dtype=torch.bool),
    )
    assert not truth.has_centroid().any()


def test_a_perturbation_without_cells_is_no_candidate():
    case = make_case()
    cells = list(case.cells)
    cells[4] = np.empty((0, cells[4].shape[1]))
    truth = dataclasses.replace(case, cells=cells).truth
    assert 4 not in truth.candidates.tolist()
    assert truth.exists().tolist() == [p != 4 for p in range(len(cells))]


def test_lists_of_a_large_panel_have_the_length_in_their_name():
    rng = np.random.default_rng(0)
    case = make_case()
    n_genes = 1100
    large = dataclasses.replace(
        case,
        cells=[rng.normal(5.0 + p, 0.1, (4, n_genes)) for p in range(len(case.cells))],
        control_cells=rng.normal(2.0, 0.1, (9, n_genes)),
        targets=np.zeros((len(case.cells), n_genes), dtype=bool),
    ).truth
    assert int(large.heg1000.sum()) == 1000
    for name, size in (("top20", 20), ("top50", 50), ("overlap", 50)):
        assert large.mask(name).sum(1).unique().tolist() == [size]
