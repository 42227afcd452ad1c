from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from perturbdash.statistics.partial import Partial, merge_partials

N_GENES = 5


def partial_of(cells: np.ndarray, groups: np.ndarray) -> Partial:
    """Moments by numpy of the cells of each group that occurs."""
    numbers = np.unique(groups).astype(np.int32)
    members = [cells[groups == number] for number in numbers]
    return Partial(
        numbers,
        np.array([len(x) for x in members]),
        np.stack([x.mean(0) for x in members]),
        np.stack([((x - x.mean(0)) ** 2).sum(0) for x in members]),
        np.stack([(x > 0).sum(0) for x in members]).astype(np.int32),
    )


@st.composite
def divided(draw):
    """Cells of some groups, each cell in some part, and how many neighbours are merged at a time."""
    n = draw(st.integers(1, 60))
    seed = draw(st.integers(0, 2**32 - 1))
    groups = np.array(draw(st.lists(st.integers(0, 6), min_size=n, max_size=n)))
    parts = np.array(draw(st.lists(st.integers(0, 8), min_size=n, max_size=n)))
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=12))
    offset = draw(st.sampled_from([0.0, 1.0, 1e3]))
    rng = np.random.default_rng(seed)
    cells = offset + rng.normal(0, draw(st.sampled_from([1e-2, 1.0])), (n, N_GENES))
    return np.where(rng.random((n, N_GENES)) < 0.3, 0.0, cells), groups, parts, sizes, rng


@settings(max_examples=150, deadline=None)
@given(divided())
def test_any_partition_merged_by_any_tree_is_the_whole(case) -> None:
    cells, groups, parts, sizes, rng = case
    expected = partial_of(cells, groups)
    waiting = [partial_of(cells[parts == part], groups[parts == part]) for part in np.unique(parts)]
    turn = 0
    while len(waiting) > 1:
        rng.shuffle(waiting)
        n = 1 + sizes[turn % len(sizes)]
        waiting = [merge_partials(waiting[:n]), *waiting[n:]]
        turn += 1
    (found,) = waiting
    assert found.groups.tolist() == expected.groups.tolist()
    assert (found.n_cells == expected.n_cells).all()
    assert (found.nnz == expected.nnz).all()
    assert found.nnz.dtype == np.int32
    np.testing.assert_allclose(found.mean, expected.mean, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(found.m2, expected.m2, rtol=1e-10, atol=1e-10)


def test_merging_leaves_its_parts_alone() -> None:
    rng = np.random.default_rng(0)
    parts = [partial_of(rng.random((20, N_GENES)), rng.integers(0, 4, 20)) for _ in range(3)]
    before = [part.mean.copy() for part in parts]
    merge_partials(parts)
    assert all((part.mean == kept).all() for part, kept in zip(parts, before, strict=True))


def test_any_order_in_memory_and_type_of_count_is_taken() -> None:
    rng = np.random.default_rng(1)
    parts = [partial_of(rng.random((90, N_GENES)), rng.integers(0, 30, 90)) for _ in range(3)]
    whole = merge_partials(parts)
    first, *others = parts
    odd = replace(first, mean=np.asfortranarray(first.mean), nnz=first.nnz.astype(np.int64))
    again = merge_partials([*others, odd])
    np.testing.assert_allclose(again.mean, whole.mean, rtol=1e-13)
    np.testing.assert_allclose(again.m2, whole.m2, rtol=1e-13)
    assert (again.nnz == whole.nnz).all()
