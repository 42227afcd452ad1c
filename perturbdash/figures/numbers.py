"""How numbers are written on screen: decimals, minus sign, intervals, p-values."""

from __future__ import annotations

import math
from collections.abc import Iterable

UNDEFINED = "–"
MINUS = "\N{MINUS SIGN}"
FOUR_DECIMALS = frozenset({"mse", "mse_unbiased", "rmse", "mae"})
SMALL_SCALE = 0.1
SMALLEST_P = 0.001


def decimals_for(metric: str, values: Iterable[float] = (), *, error: bool = False) -> int:
    """Return the decimals of a metric's scores: four for plain errors, two otherwise.

    An error that is small throughout its row (all below 0.1) is also written with four,
    else the row would read 0.00.

    Parameters
    ----------
    values
        What else stands in the same row.
    error
        Whether the metric is an error without upper bound.

    Examples
    --------
    >>> decimals_for("mse"), decimals_for("nir"), decimals_for("wmse", [0.02, 0.03], error=True)
    (4, 2, 4)
    """
    if metric in FOUR_DECIMALS:
        return 4
    sizes = [abs(v) for v in values if math.isfinite(v)]
    return 4 if error and sizes and max(sizes) < SMALL_SCALE else 2


def number(value: float, decimals: int = 2) -> str:
    """Write a number with a true minus sign, one decimal from 10 on, never ``-0.00``.

    Examples
    --------
    >>> number(-0.001), number(-1.5), number(12.345), number(float("nan"))
    ('0.00', '−1.50', '12.3', '–')
    """
    value = float(value)
    if math.isnan(value):
        return UNDEFINED
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    text = f"{value:.{1 if abs(value) >= 10 else decimals}f}"
    if text.startswith("-"):
        text = text[1:] if not text.strip("-0.") else MINUS + text[1:]
    return text


def bounds(low: float, high: float, decimals: int = 2) -> str:
    """Write an interval in brackets; empty where it is undefined.

    Examples
    --------
    >>> bounds(0.41, 0.68)
    '(0.41 to 0.68)'
    """
    if math.isnan(low) or math.isnan(high):
        return ""
    return f"({number(low, decimals)} to {number(high, decimals)})"


def interval(value: float, low: float, high: float, *, decimals: int = 2) -> str:
    """Write a value with its interval.

    Examples
    --------
    >>> interval(0.54, 0.41, 0.68)
    '0.54 (0.41 to 0.68)'
    """
    return f"{number(value, decimals)} {bounds(low, high, decimals)}".rstrip()


def with_error(value: float, error: float, decimals: int = 2) -> str:
    """Write a value with its standard error.

    Examples
    --------
    >>> with_error(0.36, 0.09), with_error(0.36, float("nan"))
    ('0.36 ± 0.09', '0.36')
    """
    own = number(value, decimals)
    return own if math.isnan(error) else f"{own} ± {number(error, decimals)}"


def p_value(p: float) -> str:
    """Write a p-value with two significant digits.

    Examples
    --------
    >>> p_value(0.0341), p_value(0.5), p_value(0.0002), p_value(1.0)
    ('0.034', '0.50', '< 0.001', '1.0')
    """
    if math.isnan(p):
        return UNDEFINED
    if p < SMALLEST_P:
        return "< 0.001"
    rounded = float(f"{p:.1e}")
    return f"{rounded:.{1 - math.floor(math.log10(rounded))}f}"


def small_p(p: float) -> str:
    """Write a p-value with two significant digits, below 0.001 with an exponent.

    Examples
    --------
    >>> small_p(0.0341), small_p(4.6e-42)
    ('0.034', '4.6e−42')
    """
    return p_value(p) if not p < SMALLEST_P else f"{p:.1e}".replace("-", MINUS)


def percent(share: float) -> str:
    """Write a share as whole per cent.

    Examples
    --------
    >>> percent(0.836)
    '84 %'
    """
    return UNDEFINED if math.isnan(share) else f"{100 * share:.0f} %".replace("-", MINUS)


def count(value: float) -> str:
    """Write a count with commas.

    Examples
    --------
    >>> count(12345)
    '12,345'
    """
    return UNDEFINED if math.isnan(value) else f"{int(value):,}"
