"""The compiled loop of `perturbdash.judgement.draws`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perturbdash.statistics.rowwise import compiled


@compiled
def count_drawn(drawn: NDArray[np.int32], counts: NDArray[Any]) -> None:
    """Add to each unit of a row how often it was drawn; both ``(n_resamples, n_units)``."""
    for i in range(drawn.shape[0]):
        row = counts[i]
        for unit in drawn[i]:
            row[unit] += 1


def warm() -> None:
    """Load or compile the loop for small and large numbers of units."""
    for dtype in (np.uint8, np.uint16):
        count_drawn(np.zeros((1, 1), dtype=np.int32), np.zeros((1, 1), dtype=dtype))
