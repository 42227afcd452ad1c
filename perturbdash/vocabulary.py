"""The words of the field and of the tables: labels, column names, and one number for each random purpose."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Literal

Reference = Literal["control", "centroid"]
Truth = Literal["first_half", "second_half", "all_cells"]
Kind = Literal["baseline", "negative_control", "positive_control", "model"]
Space = Literal["counts", "log1p"]
Gate = Literal["informative", "weak", "uninformative", "too_few"]
Outcome = Literal["beats", "no_difference", "loses", "too_few", "undefined"]
Mode = Literal["default", "published"]
PositiveControl = Literal["interpolated_duplicate", "technical_duplicate"]

CONTROL = "control"
ALL_CONTEXTS = "all"
POOLED = "pooled"
COMBINATION_SEPARATOR = "+"

FIRST = "first"
SECOND = "second"
BLOCKS_PER_HALF = 10
CELLS_FOR_HALVES = 4

FIRST_HALF: Truth = "first_half"
SECOND_HALF: Truth = "second_half"
ALL_CELLS: Truth = "all_cells"

BASELINES = ("mean", "control", "matching_mean", "additive", "linear", "transfer_mean")
POSITIVE_CONTROLS: tuple[PositiveControl, ...] = ("interpolated_duplicate", "technical_duplicate")
GLOBAL_MEAN = "global_mean"
HEADLINE = ("wmse", "pearson_delta_centroid", "nir", "direction_match_degs")

DRF_GATE = 0.05
BDS_GATE = 0.5
"""What the lower ends of both intervals must lie above, so that a metric is informative."""

MAX_SEED = 10**16 - 1

Progress = Callable[[float, str], None]
"""Called with the share done, 0 to 1, and a short text; it may raise ``Cancelled`` to stop the work."""


class Purpose(IntEnum):
    """One integer for each independent use of randomness, for ``numpy.random.default_rng([seed, purpose])``."""

    CONTROL_DIVISIONS = 1
    BOOTSTRAP = 2
    SIGN_FLIP = 3
    SIMULATED_TRUTH = 4
    SIMULATED_CELLS = 5
    SIMULATED_PREDICTIONS = 6
    SPACE_SAMPLE = 7
    PCA = 8
    NULL_LABELS = 9
    TITRATION = 10
    PROBE_NOISE = 11
    PROBE_SHUFFLE = 12
    PLAYGROUND = 13
    CELL_SAMPLE = 14
    LAYOUT = 15


def control_part(half: str, block: int) -> str:
    """Return the part name of a block of control cells.

    Parameters
    ----------
    half
        ``"first"`` or ``"second"``.
    block
        0 to 9 within the half.

    Examples
    --------
    >>> control_part("first", 3)
    'first_3'
    """
    return f"{half}_{block}"
