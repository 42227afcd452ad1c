"""Compiled loops against numpy, on sizes that do not fit their tiles."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from perturbdash.metrics.distances import _pairwise, compare
from perturbdash.metrics.kernels import distances_compiled, distances_torch, places_torch
from perturbdash.metrics.pair import Pair
from perturbdash.metrics.truth import Truth
from perturbdash.statistics.rowwise import for_row_blocks
from tests.unit.metrics.cases import make_case, make_predictions


@pytest.mark.parametrize(("n_rows", "n_others", "n_genes"), [(3, 5, 8), (70, 600, 24), (1, 513, 16)])
def test_pairwise_distances(n_rows, n_others, n_genes):
    rng = np.random.default_rng(0)
    rows, others = rng.normal(size=(n_rows, n_genes)), rng.normal(size=(n_others, n_genes))
    l1, l2 = np.zeros((n_rows, n_others)), np.zeros((n_rows, n_others))
    transposed = np.ascontiguousarray(others.T)
    for_row_blocks(
        lambda b: distances_compiled.pairwise(rows, transposed, l1, l2, b.start, b.stop), n_rows, size=32
    )
    np.testing.assert_allclose(l1, cdist(rows, others, "cityblock"), rtol=1e-12)
    np.testing.assert_allclose(l2, cdist(rows, others, "sqeuclidean"), rtol=1e-12)
    portable = distances_torch.pairwise(torch.from_numpy(rows), torch.from_numpy(others))
    np.testing.assert_allclose(portable[0], l1, rtol=1e-12)
    np.testing.assert_allclose(portable[1], l2, rtol=1e-12)


def test_masked_squares():
    rng = np.random.default_rng(1)
    rows, others, keep = rng.normal(size=(7, 9)), rng.normal(size=(11, 9)), rng.random((7, 9)) < 0.6
    squares = np.zeros((7, 11))
    distances_compiled.masked_squares(rows, np.ascontiguousarray(others.T), keep, squares, 0, 7)
    expected = (((rows[:, None] - others[None]) ** 2) * keep[:, None]).sum(2)
    np.testing.assert_allclose(squares, expected, rtol=1e-12)
    portable = distances_torch.masked_squares(*map(torch.from_numpy, (rows, others, keep)))
    np.testing.assert_allclose(portable, expected, rtol=1e-12)


def test_distances_to_equal_profiles_are_equal_to_the_last_bit():
    case = make_case()
    for p in range(1, len(case.cells)):
        case.cells[p] = case.cells[0]
    truth = case.truth
    distances = _pairwise(truth, torch.from_numpy(case.observed + 0.1), targeted=False)
    for table in distances:
        assert (table == table[:, :1]).all()


def test_a_tie_is_relative_and_zero_ties_with_zero():
    other, own = (
        torch.tensor([1.0 + 1e-14, 1.0 - 1e-9, 0.0, 1e-30], dtype=torch.float64),
        torch.tensor([1.0, 1.0, 0.0, 0.0], dtype=torch.float64),
    )
    nearer, tie = compare(other, own)
    assert tie.tolist() == [True, False, True, False]
    assert nearer.tolist() == [False, True, False, False]


@pytest.mark.parametrize("drop_targets", [False, True])
@pytest.mark.parametrize("name", ["rounded", "mean", "control"])
@pytest.mark.parametrize("path", ["compiled", "torch"])
def test_places_among_all_genes(name, drop_targets, path, monkeypatch):
    monkeypatch.setattr(Truth, "compiled", path == "compiled")
    case = make_case(drop_targets=drop_targets)
    truth = case.truth
    pair = Pair(truth, make_predictions(case)[name])
    found, lists = pair.places("top20"), truth.lists("top20")
    for p in range(len(case.cells)):
        size = np.abs(pair.rows.numpy()[pair.index[p]] - case.control).round(12)
        if drop_targets:
            size[case.targets[p]] = -1
        order = np.argsort(-size, kind="stable").tolist()
        for entry in range(lists.start[p], lists.start[p + 1]):
            gene = lists.genes[entry]
            assert found.above[entry] == (size > size[gene]).sum()
            assert found.upto[entry] == (size >= size[gene]).sum()
            assert found.among[entry] == (order.index(gene) < 20)


def test_places_in_torch_go_by_gene_order_at_ties():
    scores = torch.tensor([[1.0, 3.0, 1.0, 1.0]], dtype=torch.float64)
    row, gene = torch.zeros(4, dtype=torch.int64), torch.arange(4)
    above, upto, among = places_torch.locate(scores, row, gene, torch.full((4,), 2))
    assert above.tolist() == [1, 0, 1, 1]
    assert upto.tolist() == [4, 1, 4, 4]
    assert among.tolist() == [True, True, False, False]


def test_blocks_cover_every_row_once_and_pass_errors_on():
    seen: list[int] = []
    for_row_blocks(lambda block: seen.extend(range(block.start, block.stop)), 103, size=10)
    assert sorted(seen) == list(range(103))

    def broken(block):
        raise RuntimeError(f"row {block.start}")

    with pytest.raises(RuntimeError, match="row 0"):
        for_row_blocks(broken, 103, size=10)


COMPILED_AFTER = """
import sys
from numba.core.dispatcher import Dispatcher
from perturbdash.metrics import kernels
from perturbdash.metrics.compute import compute
from tests.unit.metrics.cases import make_case, make_predictions

def signatures():
    from perturbdash.metrics.kernels import (
        distances_compiled, nearness_compiled, order_compiled, shifts_compiled, sums_compiled, truth_compiled
    )
    from perturbdash.statistics import ranking, significance, welch_kernels
    modules = (
        distances_compiled, nearness_compiled, order_compiled, shifts_compiled, sums_compiled, truth_compiled,
        ranking, significance, welch_kernels,
    )
    return {
        name: len(value.signatures)
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, Dispatcher)
    }

kernels.warm()
before = signatures()
for drop in (False, True):
    case = make_case(drop_targets=drop)
    for given in make_predictions(case).values():
        compute(case.truth, given)
assert signatures() == before, (signatures(), before)
entries = ("whole", "listed", "count_nearer", "count_farther", "locate", "average_precision", "welch_rows")
assert all(before[name] == 1 for name in entries), before
"""


def test_warm_leaves_nothing_to_compile():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", COMPILED_AFTER], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
