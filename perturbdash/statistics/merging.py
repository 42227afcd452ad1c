"""The pairwise update of moments, compiled: one walk over both, without temporaries."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perturbdash.statistics.rowwise import compiled

Array = NDArray[Any]


@compiled
def merge_rows(
    rows: Array,
    share: Array,
    between: Array,
    mean: Array,
    m2: Array,
    nnz: Array,
    whole_mean: Array,
    whole_m2: Array,
    whole_nnz: Array,
) -> None:
    """Add each row of a part to the row of the whole that `rows` names, in place.

    `share` is the part's share of the cells of both, `between` what the squared distance of the means counts.
    """
    for k in range(rows.size):
        added_mean, added_m2, added_nnz = mean[k], m2[k], nnz[k]
        mean_row, m2_row, nnz_row = whole_mean[rows[k]], whole_m2[rows[k]], whole_nnz[rows[k]]
        for i in range(added_mean.size):
            delta = added_mean[i] - mean_row[i]
            mean_row[i] += delta * share[k]
            m2_row[i] += delta * delta * between[k] + added_m2[i]
            nnz_row[i] += added_nnz[i]


def warm() -> None:
    """Compile the loop for the types in use, or load it from the cache."""
    row, one = np.ones((1, 2)), np.ones(1)
    for count_type in (np.int32, np.int64):
        count = np.ones((1, 2), dtype=count_type)
        merge_rows(
            np.zeros(1, dtype=np.int64), one, one, row, row, count, row.copy(), row.copy(), count.copy()
        )
