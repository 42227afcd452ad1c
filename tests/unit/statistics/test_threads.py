from __future__ import annotations

import numpy as np
import pytest

from perturbdash.statistics.threads import even_spans, pointer_spans, shares


@pytest.mark.parametrize("n", [1, 2, 3, 8])
@pytest.mark.parametrize("seed", range(5))
def test_shares_cover_all_rows_and_cut_no_group(n, seed):
    rng = np.random.default_rng(seed)
    codes = np.sort(rng.integers(0, 12, 100)).astype(np.int32)
    weights = rng.integers(0, 50, 100)
    spans = shares(codes, weights, n)
    assert [row for start, stop in spans for row in range(start, stop)] == list(range(100))
    members = [set(codes[start:stop]) for start, stop in spans]
    assert sum(len(each) for each in members) == len(set(codes))
    assert len(spans) <= n


def test_shares_are_balanced_by_weight():
    codes = np.repeat(np.arange(100, dtype=np.int32), 3)
    weights = np.where(codes < 50, 1, 9)
    (a, b), (c, d) = shares(codes, weights, 2)
    assert abs(weights[a:b].sum() - weights[c:d].sum()) <= 27


def test_one_group_goes_to_one_thread():
    assert shares(np.zeros(10, dtype=np.int32), np.ones(10, dtype=int), 4) == [(0, 10)]


def test_no_rows_no_shares():
    assert shares(np.zeros(0, dtype=np.int32), np.zeros(0, dtype=int), 2) == []


@pytest.mark.parametrize("indptr", [[0], [0, 0, 0], [0, 5, 6, 30, 31, 31, 40]])
@pytest.mark.parametrize("n", [1, 2, 5])
def test_pointer_spans_cover_all_rows(indptr, n):
    spans = pointer_spans(np.array(indptr), n)
    assert [row for start, stop in spans for row in range(start, stop)] == list(range(len(indptr) - 1))


@pytest.mark.parametrize(("size", "n"), [(0, 2), (1, 2), (10, 3)])
def test_even_spans_cover_the_range(size, n):
    spans = even_spans(size, n)
    assert [i for start, stop in spans for i in range(start, stop)] == list(range(size))
    assert max((stop - start for start, stop in spans), default=0) <= -(-size // n)
