"""Two-sided p-values of Student's t and their Benjamini–Hochberg adjustment, for whole matrices."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from perturbdash.statistics.rowwise import compiled, for_row_blocks, row_blocks

TERMS = 8
_GAMMA_RATIO_FALLING = (180323 / 134217728, -671 / 524288, 21 / 8192, -1 / 64, 1.0)
"""Γ(a + ½)/Γ(a + 1) = √w (1 − w²/64 + 21 w⁴/8192 − …) with w = 1/(a + ¼)."""
_LARGEST_RATIO = 1e300
_LARGEST_EXPONENT = 2000.0
_NAN_KEY = 0x7FFF_FFFF_FFFF_FFFF
_LEAST_INDEX_BITS = 13
_VALUES_AT_ONCE = 16384


def two_sided_p(t: Tensor, df: Tensor) -> Tensor:
    r"""Return P(\|T\| ≥ \|t\|) of Student's t distribution, right to 1e-9 from 0.5 degrees of freedom on.

    Eight terms of the recurrence that raises the degrees of freedom by two, all positive, then Hill's normal
    transform for the rest. Values below 1e-308 lose digits and end at 0.

    Parameters
    ----------
    t
        ``(n_conditions, n_genes)``, float64; ±inf gives 0, NaN gives NaN.
    df
        Degrees of freedom, positive, of a shape that broadcasts to that of ``t``.

    Returns
    -------
    Tensor
        ``(n_conditions, n_genes)``, float64.

    References
    ----------
    Hill, G. W. Algorithm 395: Student's t-distribution. Commun. ACM 13, 617 (1970), 10.1145/355598.355599.
    Recurrence: Abramowitz & Stegun, Handbook of Mathematical Functions (1964), 26.7.3-4.

    Examples
    --------
    >>> t = torch.tensor([[0.0, 1.0, torch.inf]], dtype=torch.float64)
    >>> two_sided_p(t, torch.ones((1, 1), dtype=torch.float64)).numpy().round(9).tolist()
    [[1.0, 0.5, 0.0]]
    """
    df = df.expand(t.shape)
    if t.device.type == "cpu":
        return _two_sided_p_compiled(t, df)
    return _two_sided_p_torch(t, df)


def benjamini_hochberg(p: Tensor) -> Tensor:
    """Adjust the p-values of each row for the number of its genes.

    Parameters
    ----------
    p
        ``(n_conditions, n_genes)``, float64. NaN stays NaN and does not count as a gene.

    Returns
    -------
    Tensor
        ``(n_conditions, n_genes)``, float64.

    References
    ----------
    Benjamini, Y. & Hochberg, Y. J. R. Stat. Soc. B 57, 289-300 (1995), 10.1111/j.2517-6161.1995.tb02031.x.

    Examples
    --------
    >>> benjamini_hochberg(torch.tensor([[0.01, 0.5, 0.02, torch.nan]], dtype=torch.float64)).tolist()
    [[0.03, 0.5, 0.03, nan]]
    """
    if p.device.type == "cpu":
        return _benjamini_hochberg_compiled(p)
    return _benjamini_hochberg_torch(p)


def warm() -> None:
    """Load or compile the loops of this module."""
    one = torch.ones((1, 2), dtype=torch.float64)
    _benjamini_hochberg_compiled(_two_sided_p_compiled(one, one))


def _two_sided_p_compiled(t: Tensor, df: Tensor) -> Tensor:
    values, degrees = (np.ascontiguousarray(x.numpy(), dtype=np.float64) for x in (t, df))
    p = np.empty(values.shape)

    def work(block: slice) -> None:
        p_of(values[block].reshape(-1), degrees[block].reshape(-1), p[block].reshape(-1))

    for_row_blocks(work, len(values))
    return torch.from_numpy(p)


def p_of(t: NDArray[np.float64], df: NDArray[np.float64], p: NDArray[np.float64]) -> None:
    """Write the p-values of a stretch; torch's logarithm, exponential and erfc take eight values at a time."""
    for part in row_blocks(len(t), _VALUES_AT_ONCE):
        ratio, normal = np.empty((2, part.stop - part.start))
        out = p[part]
        _ratios(t[part], df[part], ratio)
        np.copyto(out, ratio)
        torch.from_numpy(out).log1p_()
        _exponents(df[part], out, normal)
        torch.from_numpy(out).exp_()
        torch.from_numpy(normal).erfc_()
        _sum_terms(t[part], df[part], ratio, normal, out)


@compiled
def _ratios(t: NDArray[np.float64], df: NDArray[np.float64], ratio: NDArray[np.float64]) -> None:
    for j in range(len(t)):
        ratio[j] = min(t[j] * t[j] / df[j], _LARGEST_RATIO)


@compiled
def _exponents(df: NDArray[np.float64], exponent: NDArray[np.float64], normal: NDArray[np.float64]) -> None:
    """Turn log(1 + t²/df) into the exponent of the first term, and Hill's normal deviate by the root of two."""
    for j in range(len(df)):
        b = df[j] + (2 * TERMS - 0.5)
        y = min(b * exponent[j], _LARGEST_EXPONENT)
        b *= 48.0 * b
        z = (((-0.4 * y - 3.3) * y - 24.0) * y - 85.5) / (0.8 * y * y + 100.0 + b)
        normal[j] = ((z + y + 3.0) / b + 1.0) * math.sqrt(0.5 * y)
        exponent[j] *= -0.5 * df[j]


@compiled
def _sum_terms(
    t: NDArray[np.float64],
    df: NDArray[np.float64],
    ratio: NDArray[np.float64],
    normal: NDArray[np.float64],
    p: NDArray[np.float64],
) -> None:
    """Add the terms, of which ``p`` holds the power, to the normal tail."""
    for j in range(len(t)):
        a = 0.5 * df[j]
        x = 1.0 / (1.0 + ratio[j])
        upper, lower, product = 1.0, 1.0, a + (TERMS - 0.5)
        for k in range(TERMS - 2, -1, -1):
            lower *= a + (k + 1)
            upper = lower + x * (a + (k + 0.5)) * upper
            product *= a + (k + 0.5)
        w = 1.0 / (a + (TERMS + 0.25))
        series = 0.0
        for coefficient in _GAMMA_RATIO_FALLING:
            series = series * w * w + coefficient
        first = p[j] * math.sqrt(ratio[j] * x / math.pi * w)
        terms = first * series * ((a + TERMS) * upper / product)
        total = min(terms + normal[j], 1.0)
        if math.isinf(t[j]):
            total = 0.0
        p[j] = math.nan if math.isnan(t[j]) or math.isnan(df[j]) else total


def _two_sided_p_torch(t: Tensor, df: Tensor) -> Tensor:
    """Sum the terms in Horner's form over a common denominator, then add Hill's p at df + 16.

    With a = df/2 and x = 1/(1 + t²/df), term 0 is x^a √((1 − x)/π) Γ(a + ½)/Γ(a + 1) and term k + 1 is
    term k times x (a + k + ½)/(a + k + 1). The ratio of Γ comes from its series at a + 8.
    """
    a = 0.5 * df
    ratio = (t * t).div_(df).clamp_(max=_LARGEST_RATIO)
    x = 1.0 / (1.0 + ratio)
    exponent = torch.log1p(ratio)
    upper, lower, product = torch.ones_like(a), torch.ones_like(a), a + (TERMS - 0.5)
    for k in range(TERMS - 2, -1, -1):
        lower.mul_(a + (k + 1))
        step = a + (k + 0.5)
        product.mul_(step)
        upper.mul_(step).mul_(x).add_(lower)
    w = 1.0 / (a + (TERMS + 0.25))
    series = torch.zeros_like(a)
    for coefficient in _GAMMA_RATIO_FALLING:
        series.mul_(w).mul_(w).add_(coefficient)
    first = torch.exp(-a * exponent).mul_((ratio * x / math.pi).mul_(w).sqrt_())
    p = first.mul_(series).mul_((a + TERMS).mul_(upper).div_(product))
    p.add_(_hill(df + (2 * TERMS - 0.5), exponent)).clamp_(max=1.0)
    return p.masked_fill_(torch.isinf(t), 0.0)


def _hill(a: Tensor, exponent: Tensor) -> Tensor:
    """Two-sided p of t with a + ½ degrees of freedom and log(1 + t²/df) = ``exponent``."""
    b = 48.0 * a * a
    y = (a * exponent).clamp_(max=_LARGEST_EXPONENT)
    z = (-0.4 * y).sub_(3.3).mul_(y).sub_(24.0).mul_(y).sub_(85.5)
    z.div_((0.8 * y).mul_(y).add_(100.0).add_(b))
    z.add_(y).add_(3.0).div_(b).add_(1.0).mul_(y.sqrt_())
    return torch.erfc(z.mul_(math.sqrt(0.5)))


def _benjamini_hochberg_compiled(p: Tensor) -> Tensor:
    values = np.ascontiguousarray(p.numpy(), dtype=np.float64)
    adjusted = np.empty(values.shape)
    index_bits = max(_LEAST_INDEX_BITS, values.shape[1].bit_length())

    def work(block: slice) -> None:
        keys = np.empty(values[block].shape, dtype=np.int64)
        _pack(values[block].view(np.int64), index_bits, keys)
        keys.sort(axis=1)
        _walk_down(values[block], keys, index_bits, adjusted[block])

    for_row_blocks(work, len(values))
    return torch.from_numpy(adjusted)


@compiled
def _pack(bits: NDArray[np.int64], index_bits: int, keys: NDArray[np.int64]) -> None:
    """Put the gene in the low bits of non-negative float64 values, whose bits sort as integers do."""
    infinity = 0x7FF0_0000_0000_0000
    for i in range(bits.shape[0]):
        source = bits[i]
        target = keys[i]
        for j in range(len(source)):
            magnitude = source[j] & _NAN_KEY
            if magnitude > infinity:
                magnitude = _NAN_KEY
            target[j] = ((magnitude >> index_bits) << index_bits) | j


@compiled
def _walk_down(
    p: NDArray[np.float64], keys: NDArray[np.int64], index_bits: int, adjusted: NDArray[np.float64]
) -> None:
    gene = (1 << index_bits) - 1
    nan = _NAN_KEY >> index_bits
    for i in range(keys.shape[0]):
        row = keys[i]
        source = p[i]
        out = adjusted[i]
        n = len(row)
        while n > 0 and (row[n - 1] >> index_bits) == nan:
            n -= 1
            out[row[n] & gene] = np.nan
        least = 1.0
        for rank in range(n, 0, -1):
            j = row[rank - 1] & gene
            least = min(least, source[j] * n / rank)
            out[j] = least


def _benjamini_hochberg_torch(p: Tensor) -> Tensor:
    values, order = p.sort(dim=1)
    n = (~torch.isnan(values)).sum(1, keepdim=True)
    rank = torch.arange(1, p.shape[1] + 1, dtype=p.dtype, device=p.device)
    scaled = torch.where(torch.isnan(values), torch.inf, values * n / rank)
    least = scaled.flip(1).cummin(1).values.flip(1).clamp(max=1.0)
    adjusted = torch.where(torch.isnan(values), torch.nan, least)
    return torch.empty_like(p).scatter_(1, order, adjusted)
