from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from perturbdash.errors import DataError
from perturbdash.statistics.moments import COLUMNS, Moments, merge


def of(groups: dict[tuple[str, str, str], np.ndarray]) -> Moments:
    """Moments by numpy of the cells of each group."""
    frame = pd.DataFrame([(*key, len(x)) for key, x in groups.items()], columns=COLUMNS)
    mean = np.stack([x.mean(0) for x in groups.values()])
    m2 = np.stack([((x - x.mean(0)) ** 2).sum(0) for x in groups.values()])
    nnz = np.stack([(x > 0).sum(0) for x in groups.values()])
    return Moments(frame, tuple(f"g{i}" for i in range(mean.shape[1])), mean, m2, nnz)


@pytest.fixture
def cells():
    rng = np.random.default_rng(0)
    keys = [("v", "B", "first"), ("v", "A", "second"), ("v", "control", "first_3"), ("u", "A", "first")]
    return {key: np.maximum(rng.normal(1, 2, (rng.integers(2, 30), 4)), 0) for key in keys}


def test_merge_equals_the_moments_of_all_cells(cells):
    parts = [{key: x[i::3] for key, x in cells.items() if len(x[i::3])} for i in range(3)]
    merged = merge([of(part) for part in parts])
    order = [tuple(row) for row in merged.conditions[COLUMNS[:3]].to_numpy()]
    expected = of({key: cells[key] for key in order})
    assert merged.conditions.equals(expected.conditions)
    np.testing.assert_allclose(merged.mean, expected.mean, rtol=1e-13)
    np.testing.assert_allclose(merged.m2, expected.m2, rtol=1e-13)
    assert (merged.nnz == expected.nnz).all()


def test_merge_orders_groups_control_first(cells):
    merged = of(cells).merge(of(cells))
    expected = [("u", "A"), ("v", "control"), ("v", "A"), ("v", "B")]
    assert [tuple(row) for row in merged.conditions[COLUMNS[:2]].to_numpy()] == expected


def test_merge_leaves_its_parts_alone(cells):
    part = of(cells)
    before = part.mean.copy(), part.m2.copy(), part.conditions.copy()
    part.merge(part)
    assert (part.mean == before[0]).all()
    assert (part.m2 == before[1]).all()
    assert part.conditions.equals(before[2])


def test_merge_of_other_genes_is_refused(cells):
    part = of(cells)
    with pytest.raises(DataError, match="different genes"):
        part.merge(part.take_genes([1, 0, 2, 3]))


def test_merge_of_nothing_is_refused():
    with pytest.raises(DataError, match="no moments to merge"):
        merge([])


def test_take_genes(cells):
    part = of(cells).take_genes(np.array([2, 0]))
    assert part.genes == ("g2", "g0")
    assert (part.mean == of(cells).mean[:, [2, 0]]).all()
    assert (part.nnz == of(cells).nnz[:, [2, 0]]).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mean": np.zeros((4, 3))}, "cannot have a mean"),
        ({"nnz": np.zeros((4, 4))}, "cannot have a nnz"),
        ({"conditions": pd.DataFrame({"part": []})}, "need the columns"),
    ],
)
def test_parts_that_do_not_fit_are_refused(cells, change, message):
    with pytest.raises(DataError, match=message):
        Moments(**{**vars(of(cells)), **change})


def test_repeated_and_empty_groups_are_refused(cells):
    fields = vars(of(cells))
    conditions = fields["conditions"]
    with pytest.raises(DataError, match="same group twice"):
        Moments(**{**fields, "conditions": conditions.assign(context="v", perturbation="A", part="first")})
    with pytest.raises(DataError, match="without cells"):
        Moments(**{**fields, "conditions": conditions.assign(n_cells=0)})


@pytest.mark.parametrize(("name", "value"), [("mean", np.nan), ("m2", -1.0), ("nnz", -1), ("nnz", 1000)])
def test_impossible_values_are_refused(cells, name, value):
    part = of(cells)
    part.check_values()
    getattr(part, name)[0, 0] = value
    with pytest.raises(DataError, match="Moments hold"):
        part.check_values()
