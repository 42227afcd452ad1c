"""What predictions are most often taken for, and whether a miss stays within its group."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from perturbdash.judgement.groups import Groups
    from perturbdash.judgement.retrieval_distances import Nearness

NAMED = 3


@dataclass(frozen=True)
class Confusions:
    """The misses of one model: predictions to which another truth is nearest.

    Parameters
    ----------
    prediction
        Whose.
    n_rows, n_misses
        Predictions, and those with another truth first.
    taken_for
        (perturbation, times): what they are most often taken for, twice or more, the most frequent first.
    n_grouped, n_within
        Misses of perturbations that are in a group, and those of them that are taken for a member of it.
    """

    prediction: str
    n_rows: int
    n_misses: int
    taken_for: tuple[tuple[str, int], ...]
    n_grouped: int
    n_within: int


def confusions(found: Nearness, groups: Groups) -> Confusions:
    """Count for what predictions are taken when their own truth is not the nearest."""
    first = found.first
    misses = np.flatnonzero(first != found.own)
    pairs = [(found.rows[i], found.columns[first[i]]) for i in misses.tolist()]
    counted = Counter(taken for _, taken in pairs)
    often = sorted(((name, n) for name, n in counted.items() if n > 1), key=lambda item: (-item[1], item[0]))
    grouped = [pair for pair in pairs if groups.of(pair[0])]
    return Confusions(
        found.prediction,
        len(found.rows),
        len(pairs),
        tuple(often[:NAMED]),
        len(grouped),
        groups.together(grouped),
    )
