"""Differential expression from the moments, for every condition at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from perturbdash.statistics.context import Group, inverse_df
from perturbdash.statistics.pvalues import benjamini_hochberg, two_sided_p
from perturbdash.statistics.rowwise import serial_blocks

Method = Literal["t-test_overestim_var", "t-test"]

_NO_VARIANCE = 1e-9
_CANCELLED = 1e-6


@dataclass(frozen=True)
class Tests:
    """Test statistic, two-sided p-value and its Benjamini–Hochberg adjustment.

    Parameters
    ----------
    t, p, p_adj
        ``(n_conditions, n_genes)``; NaN where one of the groups has fewer than two cells.
    """

    __test__ = False  # pytest takes a class of this name for tests

    t: Tensor
    p: Tensor
    p_adj: Tensor


def rest(group: Group) -> Group:
    """Return, for each group, all other groups merged.

    It is the total minus the group's own share, and a merge of the others for the genes where nearly all
    variance is the group's own.

    Parameters
    ----------
    group
        ``(n_groups, n_genes)``; groups may be empty.

    Returns
    -------
    Group
        ``(n_groups, n_genes)``; NaN where nothing else has cells.

    Examples
    --------
    >>> column = torch.tensor([[0.0], [2.0], [4.0]], dtype=torch.float64)
    >>> others = rest(Group(torch.ones(3, dtype=torch.float64), column, 0 * column))
    >>> others.n.tolist(), others.mean[:, 0].tolist(), others.m2[:, 0].tolist()
    ([2.0, 2.0, 2.0], [3.0, 2.0, 1.0], [2.0, 8.0, 2.0])
    """
    own = _without_nan(group)
    total = group.pooled()
    others = total.n - own.n
    mean, m2 = torch.empty_like(own.mean), torch.empty_like(own.m2)
    for rows in serial_blocks(*own.mean.shape):
        weight = (own.n[rows] / others[rows])[:, None]
        delta = own.mean[rows] - total.mean
        mean[rows] = torch.addcmul(total.mean, delta, weight, value=-1)
        m2[rows] = (
            (total.m2 - own.m2[rows]).addcmul_(delta.square_(), weight * total.n, value=-1).clamp_(min=0)
        )
    _repair_cancellation(own, total, mean, m2)
    nothing = others == 0
    if bool(nothing.any()):
        mean[nothing] = m2[nothing] = torch.nan
    return Group(others, mean, m2)


def welch(group: Group, reference: Group, *, method: Method) -> Tests:
    """Test each group against its reference with Welch's t, as ``scanpy.tl.rank_genes_groups`` does.

    Where neither group has variance (a standard deviation up to 1e-9 of the mean), equal means give t = 0,
    p = 1 and different means t = ±inf, p = 0.

    Parameters
    ----------
    group
        ``(n_conditions, n_genes)``, log1p.
    reference
        One row, or one for each condition.
    method
        ``"t-test"``, or ``"t-test_overestim_var"``, which takes the group's number of cells for that of the
        reference also.

    References
    ----------
    Welch, B. L. Biometrika 34, 28-35 (1947), 10.1093/biomet/34.1-2.28.
    Wolf, Angerer & Theis, Genome Biol. 19, 15 (2018), 10.1186/s13059-017-1382-0.

    Examples
    --------
    >>> def group(n, mean, m2):
    ...     return Group(*(torch.tensor(x, dtype=torch.float64) for x in ([n], [mean], [m2])))
    >>> tests = welch(group(4, [2.0, 1.0], [3.0, 0.0]), group(9, [1.0, 1.0], [8.0, 0.0]), method="t-test")
    >>> tests.t.numpy().round(3).tolist(), tests.p.numpy().round(3).tolist()
    ([[1.664, 0.0]], [[0.149, 1.0]])
    """
    t, df = torch.empty_like(group.mean), torch.empty_like(group.mean)
    for rows, own, other, n_other in _blocks(group, reference, method):
        t[rows], df[rows] = _t_and_df(own, other, n_other)
    p = two_sided_p(t, df)
    return Tests(t, p, benjamini_hochberg(p))


def welch_t(group: Group, reference: Group, *, method: Method) -> Tensor:
    """Return the statistic of :func:`welch` alone, ``(n_conditions, n_genes)``.

    Parameters
    ----------
    group, reference, method
        As for :func:`welch`.
    """
    t = torch.empty_like(group.mean)
    for rows, own, other, n_other in _blocks(group, reference, method):
        t[rows], _ = _t_and_df(own, other, n_other)
    return t


def _blocks(group: Group, reference: Group, method: Method) -> Iterator[tuple[slice, Group, Group, Tensor]]:
    """Yield rows, their group, its reference, and the number of cells to count the reference as."""
    one = len(reference.n) == 1
    for rows in serial_blocks(*group.mean.shape):
        own = Group(group.n[rows], group.mean[rows], group.m2[rows])
        other = reference if one else Group(reference.n[rows], reference.mean[rows], reference.m2[rows])
        yield rows, own, other, own.n if method == "t-test_overestim_var" else other.n


def _t_and_df(group: Group, reference: Group, n_reference: Tensor) -> tuple[Tensor, Tensor]:
    n_group, n_reference = group.n[:, None], n_reference[:, None]
    a = group.m2 * (inverse_df(group.n)[:, None] / n_group)
    b = reference.m2 * (inverse_df(reference.n)[:, None] / n_reference)
    squared_error = a + b
    difference = group.mean - reference.mean
    t = difference * squared_error.rsqrt()  # torch spreads even 2,048 square roots over threads
    df = a.square_().div_(n_group - 1).addcdiv_(b.square_(), n_reference - 1)
    df = squared_error.square().div_(df)
    floor = (group.mean.square() / n_group).addcdiv_(reference.mean.square(), n_reference)
    still = squared_error <= floor.mul_(_NO_VARIANCE**2)
    if bool(still.any()):
        largest = torch.maximum(group.mean.abs(), reference.mean.abs())
        equal = difference.abs() <= _NO_VARIANCE * largest
        apart = torch.where(equal, 0.0, torch.copysign(torch.full_like(t, torch.inf), difference))
        t, df = torch.where(still, apart, t), df.masked_fill_(still, 1.0)
    return t, df


def _without_nan(group: Group) -> Group:
    empty = group.n == 0
    if not bool(empty.any()):
        return group
    mean, m2 = (table.masked_fill(empty[:, None], 0.0) for table in (group.mean, group.m2))
    return Group(group.n, mean, m2)


def _repair_cancellation(own: Group, total: Group, mean: Tensor, m2: Tensor) -> None:
    """Merge the others directly, in place, where the subtraction left few digits; few entries need it."""
    varies = total.m2 > _NO_VARIANCE**2 * total.n * total.mean.square()
    rows, genes = ((m2 <= _CANCELLED * total.m2) & varies).nonzero(as_tuple=True)
    for chunk in serial_blocks(len(rows), len(own.n)):
        row, gene = rows[chunk], genes[chunk]
        n = own.n[:, None].repeat(1, len(row))
        n[row, torch.arange(len(row), device=n.device)] = 0.0
        means = own.mean[:, gene]
        merged = (n * means).sum(0) / n.sum(0)
        between = (n * (means - merged).square_()).sum(0)
        within = torch.where(n > 0, own.m2[:, gene], 0.0).sum(0)
        mean[row, gene], m2[row, gene] = merged, between + within
