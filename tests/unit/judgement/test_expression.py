"""Tests of listed genes, whose p-values are made of the list alone, against those of all genes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from perturbdash.judgement.expression import ContextDe
from perturbdash.statistics.context import Group
from perturbdash.statistics.de import rest, welch
from perturbdash.statistics.pvalues import benjamini_hochberg, two_sided_p


def group(n: np.ndarray, mean: np.ndarray, m2: np.ndarray) -> Group:
    return Group(*(torch.from_numpy(np.asarray(x, dtype=float)) for x in (n, mean, m2)))


@pytest.fixture
def de() -> ContextDe:
    rng = np.random.default_rng(3)
    n, genes = 12, 80
    mean = rng.gamma(2, 0.5, genes) + 0.3 * rng.normal(size=(n, genes)) * (rng.random((n, genes)) < 0.3)
    mean[:, 1] = mean[:, 0]
    m2 = np.tile(rng.gamma(2, 1.0, genes), (n, 1))
    m2[:, 1] = m2[:, 0]
    cells = group(np.r_[1, np.full(n - 1, 20)], mean, m2)
    control = group(np.array([200]), mean.mean(0, keepdims=True), 10 * m2[:1])
    dropped = rng.random((n, genes)) < 0.1
    return ContextDe(
        control=welch(cells, control, method="t-test_overestim_var"),
        rest=welch(cells, rest(cells), method="t-test_overestim_var"),
        cells=cells,
        dropped=dropped,
    )


@pytest.mark.parametrize("reference", ["control", "rest"])
def test_listed_genes_have_the_tests_that_they_have_among_all(de: ContextDe, reference: str):
    listed, tests = de.listed(reference), getattr(de, reference)
    p = two_sided_p(tests.t, tests.df)
    p_adj = benjamini_hochberg(p).numpy()
    expected = (p_adj < 0.05) & ~de.dropped
    assert expected.sum() > 20
    np.testing.assert_array_equal(np.stack([listed.row, listed.column]), np.stack(np.nonzero(expected)))
    np.testing.assert_array_equal(de.degs(reference), expected)
    np.testing.assert_array_equal(listed.t, tests.t.numpy()[expected])
    np.testing.assert_allclose(listed.p, p.numpy()[expected], rtol=1e-12)
    np.testing.assert_allclose(listed.p_adj, p_adj[expected], rtol=1e-12)
    assert 0 not in listed.row


def test_listing_makes_no_table_of_p_values(de: ContextDe):
    for reference in ("control", "rest"):
        de.listed(reference)
        tests = getattr(de, reference)
        assert not {"p", "p_adj"} & set(tests.__dict__)


def test_where_nothing_differs_the_list_is_empty(de: ContextDe):
    same = group(np.full(3, 20), np.ones((3, 5)), np.ones((3, 5)))
    tests = welch(same, rest(same), method="t-test_overestim_var")
    nothing = ContextDe(tests, tests, same, np.zeros((3, 5), dtype=bool)).listed("rest")
    assert [len(column) for column in (nothing.row, nothing.column, nothing.t, nothing.p, nothing.p_adj)] == [
        0
    ] * 5
