"""Columns of a table of sums over genes; after the last three stand mean, spread and cross of a shift."""

from __future__ import annotations

TOTAL = 0
NORM = 1
SQUARED = 2
ABSOLUTE = 3
SAME_SIGN = 4
NONE = 5
CONTROL = 8
CENTROID = 11
N_COLUMNS = 14

ROUNDING = 1e-12
"""A shift that is a smaller share of the profile's value is the rounding of equal numbers."""

NEGLIGIBLE = 1e-9
"""A shift whose norm is a smaller share of the profile's norm is zero; one whose spread is, is constant."""
