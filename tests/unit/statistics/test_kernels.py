from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from perturbdash.statistics import kernels, normalise
from perturbdash.statistics.accumulate import moments
from tests.unit.statistics.cells import counts, dataset

LOOPS = {
    **{name: getattr(kernels, name) for name in ("add_rows", "add_columns", "add_block", "finish")},
    **{name: getattr(kernels, name) for name in ("count_negative", "has_duplicates")},
    **{
        name: getattr(normalise, name)
        for name in ("normalise_rows", "normalise_values", "tabulate", "add_totals")
    },
}


@pytest.mark.parametrize("space", ["log1p", "counts"])
@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, np.int64])
def test_warm_compiles_all_that_a_pass_needs(dtype, index, space):
    kernels.warm()
    known = {name: len(loop.signatures) for name, loop in LOOPS.items()}
    values = counts()
    values[::2] *= -1 if space == "log1p" else 1
    for layout in (sparse.csr_matrix, sparse.csc_matrix, np.array):
        matrix = layout(values)
        if sparse.issparse(matrix):
            matrix.data, matrix.indices = matrix.data.astype(dtype), matrix.indices.astype(index)
        else:
            matrix = matrix.astype(dtype)
        moments(dataset(matrix, space=space), device="cpu")
    assert {name: len(loop.signatures) for name, loop in LOOPS.items()} == known


@pytest.mark.parametrize(("indices", "expected"), [([0, 2, 1, 0], False), ([0, 2, 0, 0], True)])
def test_duplicates_are_found_within_a_row_only(indices, expected):
    assert kernels.has_duplicates(np.array([0, 3, 4]), np.array(indices, dtype=np.int32), 3) == expected
