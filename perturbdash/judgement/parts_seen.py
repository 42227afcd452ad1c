"""Which parts of a combination a model may have seen as single perturbations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from perturbdash.judgement.splits import Plan

NOT_SEEN = -1
NO_PART = -2


def parts_seen(
    perturbations: Sequence[str], plan: Plan, parts: Mapping[str, Sequence[str]]
) -> NDArray[np.int64]:
    """For each perturbation, the rows of its parts as singles of its train set.

    A perturbation is never its own part, also where nothing is held out.

    Returns
    -------
    ``(n_perturbations, n_parts)``; ``NOT_SEEN`` where a part is not in train, ``NO_PART`` beyond the last.
    """
    place = {label: i for i, label in enumerate(perturbations)}
    widest = max((len(parts[p]) for p in perturbations), default=1)
    rows = np.full((len(place), widest), NO_PART, dtype=np.int64)
    for i, label in enumerate(perturbations):
        for j, part in enumerate(parts[label]):
            at = place.get(part, NOT_SEEN)
            trained = at not in (NOT_SEEN, i) and plan.train[plan.fold[i], at]
            rows[i, j] = at if trained else NOT_SEEN
    return rows
