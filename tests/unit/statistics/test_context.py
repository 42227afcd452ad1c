from __future__ import annotations

import numpy as np
import pytest
import torch

from perturbdash.errors import DataError
from perturbdash.statistics.context import context_statistics
from tests.unit.statistics.naive import assert_same_group, naive_group, naive_moments

CPU = torch.device("cpu")


def screen(n_control=47, seed=0):
    """Two contexts; the second has no control; ``solo`` has one cell, so no second half."""
    rng = np.random.default_rng(seed)
    labels = ["B"] * 9 + ["A"] * 5 + ["control"] * n_control + ["solo"] + ["A"] * 6 + ["C"] * 4
    contexts = ["v"] * (15 + n_control) + ["w"] * 10
    cells = rng.gamma(1.0, 1.0, (len(labels), 7)) * (rng.random((len(labels), 7)) < 0.6)
    cells += 100 * np.asarray(contexts == np.array("w"))[..., None]
    order = rng.permutation(len(labels))
    return cells[order], np.array(labels, dtype=object)[order], np.array(contexts, dtype=object)[order]


def statistics(context="v", **options):
    cells, labels, contexts = screen(**options)
    return context_statistics(naive_moments(cells, labels, contexts=contexts), context, CPU)


def members(label, context="v", **options):
    cells, labels, contexts = screen(**options)
    return cells[(labels == label) & (contexts == context)]


def test_groups_equal_those_of_the_cells_themselves():
    stats = statistics()
    names = ("A", "B", "solo")
    assert (stats.context, stats.perturbations, len(stats.genes)) == ("v", names, 7)
    assert_same_group(stats.all_cells, naive_group([members(p) for p in names]))
    assert_same_group(stats.first, naive_group([members(p)[::2] for p in names]))
    assert_same_group(stats.second, naive_group([members(p)[1::2] for p in names]))


def test_control_is_merged_from_its_blocks():
    stats, control = statistics(), members("control")
    first, second = control[::2], control[1::2]
    assert_same_group(stats.control, naive_group([control]))
    assert_same_group(stats.control_first, naive_group([first]))
    assert_same_group(stats.control_second, naive_group([second]))
    blocks = [*np.array_split(first, 10), *np.array_split(second, 10)]
    assert_same_group(stats.control_blocks, naive_group(blocks))


def test_blocks_without_cells_are_empty_and_change_nothing():
    stats, control = statistics(n_control=5), members("control", n_control=5)
    assert stats.control_blocks.n.tolist() == [1.0] * 3 + [0.0] * 7 + [1.0] * 2 + [0.0] * 8
    assert_same_group(stats.control, naive_group([control]))


def test_no_control_leaves_an_empty_control():
    stats = statistics("w")
    assert stats.perturbations == ("A", "C")
    assert stats.control.n.tolist() == [0.0]
    assert torch.isnan(stats.control.mean).all()
    assert_same_group(stats.all_cells, naive_group([members("A", "w"), members("C", "w")]))


def test_categorical_columns_do_as_well():
    cells, labels, contexts = screen()
    moments = naive_moments(cells, labels, contexts=contexts)
    columns = ["context", "perturbation", "part"]
    moments.conditions[columns] = moments.conditions[columns].astype("category")
    assert_same_group(context_statistics(moments, "v", CPU).all_cells, statistics().all_cells, rtol=0, atol=0)


def test_unknown_context_is_named():
    with pytest.raises(DataError, match=r"no context 'x'.*v, w"):
        statistics("x")


@pytest.mark.parametrize("rows", [torch.tensor([2, 0]), torch.tensor([True, False, True])])
def test_keep_takes_the_rows_of_every_group(rows):
    stats = statistics()
    kept = stats.keep(rows)
    index = rows.nonzero()[:, 0] if rows.dtype == torch.bool else rows
    assert kept.perturbations == tuple(stats.perturbations[i] for i in index)
    for name in ("all_cells", "first", "second"):
        assert_same_group(getattr(kept, name), getattr(stats, name).take(index), rtol=0, atol=0)
    assert kept.control is stats.control


def test_variance_is_the_sample_variance_and_undefined_for_one_cell():
    variance = statistics().all_cells.variance().numpy()
    np.testing.assert_allclose(variance[0], members("A").var(axis=0, ddof=1))
    assert np.isnan(variance[2]).all()


def test_merging_keeps_the_digits_of_a_small_variance_on_a_large_mean():
    rng = np.random.default_rng(1)
    blocks = [1e6 + 1e-3 * rng.normal(size=(n, 3)) for n in (5, 900, 1, 30)]
    exact = naive_group([np.concatenate(blocks)])
    assert_same_group(naive_group(blocks).pooled(), exact, rtol=1e-6)
    left, right = naive_group(blocks[:2]), naive_group(blocks[2:])
    assert_same_group(left.merged(right).pooled(), exact, rtol=1e-6)


def test_merging_with_nothing_and_of_nothing():
    cells = np.arange(6.0).reshape(3, 2)
    some, none = naive_group([cells, cells[:0]]), naive_group([cells[:0], cells[:0]])
    assert_same_group(some.merged(none), some)
    assert_same_group(none.merged(some), some)
    assert_same_group(none.pooled(), naive_group([cells[:0]]))
    assert_same_group(some.pooled(), naive_group([cells]))
