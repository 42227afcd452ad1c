"""What cannot be had from moments, as the beginning of the sentence that says so."""

from __future__ import annotations

ANOTHER_HALVING = "Another halving"
HALVES_BY_COLUMN = "A repeat by guide, replicate or batch"
NULL_CHECK = "A null check, which permutes labels,"
TITRATION = "A titration, which takes fewer cells,"
CELLS_IN_THE_PLANE = "An embedding of cells"
