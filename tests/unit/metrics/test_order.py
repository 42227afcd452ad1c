"""Ranks of shifts and places of genes against scipy, beyond the sizes of the small screen."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from perturbdash.metrics.order import distinct_shifts, order_shifts
from perturbdash.metrics.pair import Pair
from perturbdash.metrics.truth import Truth, build_truth
from tests.unit.metrics.cases import group, make_case, make_predictions, prediction


def eighths(values: np.ndarray) -> np.ndarray:
    """Sums of such numbers are exact, so that equal shifts are equal in numpy too."""
    return (8 * values).round() / 8


def large(n_genes: int) -> tuple[Truth, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(n_genes)
    base = eighths(3.0 + rng.gamma(1.0, 1.0, n_genes))
    cells = [eighths(base + 0.5 * p + rng.normal(0, 0.3, (8, n_genes))) for p in range(3)]
    control = [eighths(base + rng.normal(0, 0.3, (8, n_genes)))]
    truth = build_truth(
        group(cells),
        perturbations=["a", "b", "c"],
        genes=[str(i) for i in range(n_genes)],
        control=group(control),
        centroids=torch.from_numpy(np.mean([c.mean(0) for c in cells], 0, keepdims=True)),
        fold=torch.zeros(3, dtype=torch.int64),
        targets=torch.zeros((3, n_genes), dtype=torch.bool),
    )
    predicted = truth.observed.numpy() + eighths(rng.normal(0, 0.2, (3, n_genes)))
    return truth, predicted, control[0].mean(0)


@pytest.mark.parametrize("n_genes", [8_192, 8_193, 17_000])
def test_ranks_and_places_of_large_panels(n_genes):
    truth, predicted, control = large(n_genes)
    pair = Pair(truth, prediction("model", predicted, np.arange(3)))
    shift, observed = predicted - control, truth.observed.numpy() - control
    expected = [spearmanr(shift[p], observed[p]).statistic for p in range(3)]
    np.testing.assert_allclose(pair.rank_correlation("control"), expected, rtol=1e-12)
    found, lists = pair.places("degs_control"), truth.lists("degs_control")
    assert len(lists.genes) > 100
    sizes = np.abs(shift)
    above = [(sizes[p] > sizes[p, g]).sum() for p, g in zip(lists.row, lists.genes, strict=True)]
    upto = [(sizes[p] >= sizes[p, g]).sum() for p, g in zip(lists.row, lists.genes, strict=True)]
    np.testing.assert_array_equal(found.above, above)
    np.testing.assert_array_equal(found.upto, upto)


def test_equal_pairs_of_profile_and_reference_are_sorted_once():
    case = make_case()
    n = len(case.cells)
    one = np.zeros(n, np.int64)
    assert len(distinct_shifts(case.truth, one, "control").table) == 1
    assert len(distinct_shifts(case.truth, one, "centroid").table) == len(np.unique(case.fold))
    dropped = make_case(drop_targets=True).truth
    assert len(distinct_shifts(dropped, one, "control").table) == n
    items = distinct_shifts(case.truth, np.where(np.arange(n) % 2, 0, -1), "centroid")
    assert sorted(items.members) == list(range(1, n, 2))


@pytest.mark.parametrize("reference", ["control", "centroid"])
@pytest.mark.parametrize("drop_targets", [False, True])
def test_the_torch_path_gives_the_same_places_and_correlation(reference, drop_targets, monkeypatch):
    case = make_case(drop_targets=drop_targets)
    for name, given in make_predictions(case).items():
        ours = order_shifts(case.truth, Pair(case.truth, given).rows, given.index.numpy(), reference)
        with monkeypatch.context() as patch:
            patch.setattr(Truth, "compiled", False)
            theirs = order_shifts(case.truth, Pair(case.truth, given).rows, given.index.numpy(), reference)
        np.testing.assert_allclose(ours.correlation, theirs.correlation, rtol=1e-12, err_msg=name)
        there = given.index.numpy() >= 0
        for genes in ours.places:
            entries = there[ours.places[genes].row]
            for field in ("row", "above", "upto", "among"):
                mine, other = (getattr(found.places[genes], field) for found in (ours, theirs))
                np.testing.assert_array_equal(
                    mine[entries], other[entries], err_msg=f"{name} {genes} {field}"
                )
