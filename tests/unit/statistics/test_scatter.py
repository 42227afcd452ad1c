from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import sparse
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from perturbdash.errors import DataError
from perturbdash.statistics import scatter
from perturbdash.statistics.accumulate import add_chunk, moments
from perturbdash.statistics.halves import assign_groups
from perturbdash.statistics.scatter import DeviceTable
from perturbdash.statistics.staging import SLOTS, Staging
from tests.unit.statistics.cells import Cells, counts, dataset

CPU = torch.device("cpu")
LAYOUTS = {"csr": sparse.csr_matrix, "csc": sparse.csc_matrix, "dense": np.ascontiguousarray}


def scattered(cells: Cells, totals=None):
    groups = assign_groups(cells, seed=0)
    table = DeviceTable(groups, cells.source.n_genes, totals=totals, name="cells", device=CPU)
    for chunk in cells.source.chunks():
        add_chunk(table, chunk)
    found = table.finish()
    table.close()
    return found


def assert_close(found, expected) -> None:
    for mine, theirs in zip(found[:2], (expected.mean, expected.m2), strict=True):
        assert np.abs(mine - theirs).max() <= 1e-10 * np.ptp(theirs)
    assert (found[2] == expected.nnz).all()


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("batch", [1, 40, 1000])
def test_the_size_of_a_batch_does_not_matter(layout, batch, monkeypatch) -> None:
    values = np.log1p(counts())
    values[::7] *= -0.5
    cells = dataset(LAYOUTS[layout](values))
    cells.source.values = 900
    monkeypatch.setattr(scatter, "BATCH_VALUES", batch)
    assert_close(scattered(cells), moments(cells, device="cpu"))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_groups_whose_cells_are_empty(layout) -> None:
    values = counts()
    cells = dataset(LAYOUTS[layout](values))
    values[cells.label_codes == 2] = 0.0
    cells.source.matrix = LAYOUTS[layout](values)
    assert_close(scattered(cells), moments(cells, device="cpu"))


class Largest(TorchDispatchMode):
    """How many values of eight bytes the largest tensor holds that an operation makes."""

    n_values = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        found = function(*args, **(kwargs or {}))
        mine = {leaf.data_ptr() for leaf in tree_leaves(args) if isinstance(leaf, torch.Tensor)}
        made = [leaf for leaf in tree_leaves(found) if isinstance(leaf, torch.Tensor)]
        sizes = [leaf.nbytes // 8 for leaf in made if leaf.data_ptr() not in mine]
        self.n_values = max([self.n_values, *sizes])
        return found


@pytest.mark.parametrize("layout", LAYOUTS)
def test_temporaries_are_as_large_as_a_batch_and_not_as_the_table(layout, monkeypatch) -> None:
    cells = dataset(LAYOUTS[layout](counts(600, 300)), n_perturbations=80)
    groups = assign_groups(cells, seed=0)
    monkeypatch.setattr(scatter, "BATCH_VALUES", 2000)
    monkeypatch.setattr(Staging, "submit", lambda self, work, arrays: work(self._slots[0].fill(arrays)))
    cells.source.values = 1500
    table = DeviceTable(groups, 300, totals=None, name="cells", device=CPU)
    with Largest() as seen:
        for chunk in cells.source.chunks():
            add_chunk(table, chunk)
        table.finish()
    table.close()
    assert len(groups.conditions) * 300 > 40_000
    assert 500 < seen.n_values <= 2500


def test_staging_keeps_the_order_and_frees_the_readers_buffer() -> None:
    staging, seen, buffer = Staging(CPU), [], np.zeros(3)
    for number in range(5 * SLOTS):
        buffer[:] = number
        staging.submit(
            lambda tensors: seen.append(tensors["x"].sum().item()), {"x": buffer[: 1 + number % 3]}
        )
    staging.drain()
    staging.close()
    assert seen == [number * (1 + number % 3) for number in range(5 * SLOTS)]


def test_an_error_in_a_chunk_is_raised_by_the_end() -> None:
    matrix = sparse.csr_matrix(counts())
    matrix.indices[5] = 99
    cells = dataset(matrix)
    cells.labels[:] = "P1"
    with pytest.raises(DataError, match="index lies outside"):
        scattered(cells)
