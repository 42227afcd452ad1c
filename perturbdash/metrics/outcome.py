"""What a metric returns: values, and for each perturbation why it has none."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

MISSING = "missing"
NOT_FINITE = "not finite"
NO_CELLS = "no observed cells"
FEWER_THAN_2_CELLS = "fewer than 2 cells"
NO_WEIGHTS = "no weights"
NO_DEG = "no DEG"
ONLY_DEGS = "every gene is a DEG"
FEWER_THAN_3_GENES = "fewer than 3 genes"
FEWER_THAN_10_DEGS = "fewer than 10 DEGs"
NO_GENES = "no genes left"
NO_CENTROID = "no centroid"
FEWER_THAN_2_CANDIDATES = "fewer than 2 candidates"
CONSTANT_OBSERVED = "constant observed"
ZERO_OBSERVED = "zero observed"
FEWER_THAN_2_PREDICTIONS = "fewer than 2 predictions"
CONSTANT_PREDICTION = "constant prediction"
ZERO_PREDICTION = "zero prediction"
PUT_OFF = "still computed: quadratic in perturbations"

PREDICTION_REASONS = (
    MISSING,
    FEWER_THAN_2_PREDICTIONS,
    CONSTANT_PREDICTION,
    ZERO_PREDICTION,
    NOT_FINITE,
)
"""Reasons that lie in the prediction."""

TRUTH_REASONS = (
    NO_CELLS,
    FEWER_THAN_2_CELLS,
    NO_GENES,
    NO_WEIGHTS,
    NO_DEG,
    ONLY_DEGS,
    FEWER_THAN_10_DEGS,
    FEWER_THAN_3_GENES,
    FEWER_THAN_2_CANDIDATES,
    NO_CENTROID,
    CONSTANT_OBSERVED,
    ZERO_OBSERVED,
)
"""Reasons for which no prediction at all has a value."""

REASONS: tuple[str, ...] = ("", *PREDICTION_REASONS, *TRUTH_REASONS, PUT_OFF)
"""Why a value is undefined; the first means that it is defined, the last that it is not computed yet."""


class Outcome(NamedTuple):
    """Values of one metric.

    Parameters
    ----------
    value
        ``(n_perturbations,)``; what stands where a reason holds does not matter.
    undefined
        Reasons, each with ``(n_perturbations,)`` flags of where it holds. Flags of a reason that lies in the
        truth are made from the truth alone. Those of the truth go first, then the order given here.
    """

    value: Floats
    undefined: tuple[tuple[str, Flags], ...] = ()


def coded(outcomes: tuple[tuple[str, Flags], ...], n: int) -> tuple[NDArray[np.int8], Flags]:
    """Return the code of the reason that counts, ``(n,)``, and whether the truth alone allows a value.

    Examples
    --------
    >>> flags = np.array([True, False])
    >>> code, allowed = coded((("constant prediction", ~flags), ("no DEG", flags)), 2)
    >>> [REASONS[i] for i in code], allowed.tolist()
    (['no DEG', 'constant prediction'], [False, True])
    """
    code = np.zeros(n, dtype=np.int8)
    of_truth = np.zeros(n, dtype=bool)
    for reason, flags in outcomes:
        if reason in TRUTH_REASONS:
            code[flags & (code == 0)] = REASONS.index(reason)
            of_truth |= flags
    for reason, flags in outcomes:
        if reason in PREDICTION_REASONS:
            code[flags & (code == 0)] = REASONS.index(reason)
    return code, ~of_truth
