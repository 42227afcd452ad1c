"""Differential expression from the moments, for every condition at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import torch
from torch import Tensor

from perturbdash.statistics.context import Group, inverse_df
from perturbdash.statistics.pvalues import benjamini_hochberg, two_sided_p
from perturbdash.statistics.rowwise import for_row_blocks, serial_blocks
from perturbdash.statistics.significance import significant
from perturbdash.statistics.welch_kernels import NO_VARIANCE, subtract_rows, welch_rows

Method = Literal["t-test_overestim_var", "t-test"]

_CANCELLED = 1e-6


@dataclass(frozen=True, eq=False)
class Tests:
    """Welch's t with its p-values, which are computed when they are first asked for.

    Parameters
    ----------
    t, df
        ``(n_conditions, n_genes)``, statistic and degrees of freedom; NaN where one of the groups has fewer than
        two cells.
    """

    __test__ = False  # pytest takes a class of this name for tests

    t: Tensor
    df: Tensor

    @cached_property
    def p(self) -> Tensor:
        """Two-sided p-values, ``(n_conditions, n_genes)``."""
        return two_sided_p(self.t, self.df)

    @cached_property
    def p_adj(self) -> Tensor:
        """Their Benjamini–Hochberg adjustment within each condition, ``(n_conditions, n_genes)``."""
        return benjamini_hochberg(self.p)

    def significant(self, level: float) -> Tensor:
        """Return where the adjusted p lies below a level, boolean ``(n_conditions, n_genes)``."""
        if "p_adj" in self.__dict__:
            return self.p_adj < level
        return significant(self.t, self.df, level)


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
    subtract = _subtract_compiled if mean.device.type == "cpu" else _subtract_torch
    subtract(own, total, mean, m2)
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
    return Tests(*_t_and_df(group, reference, method))


def welch_t(group: Group, reference: Group, *, method: Method) -> Tensor:
    """Return the statistic of :func:`welch` alone, ``(n_conditions, n_genes)``.

    Parameters
    ----------
    group, reference, method
        As for :func:`welch`.
    """
    return _t_and_df(group, reference, method)[0]


def _t_and_df(group: Group, reference: Group, method: Method) -> tuple[Tensor, Tensor]:
    n_reference = group.n if method == "t-test_overestim_var" else reference.n.expand(len(group.n))
    one_by_one = _t_and_df_compiled if group.mean.device.type == "cpu" else _t_and_df_torch
    return one_by_one(group, reference, n_reference)


def _t_and_df_compiled(group: Group, reference: Group, n_reference: Tensor) -> tuple[Tensor, Tensor]:
    t, df = torch.empty_like(group.mean), torch.empty_like(group.mean)
    tables = [x.contiguous().numpy() for x in (group.n, group.mean, group.m2, n_reference)]
    other = [x.contiguous().numpy() for x in (reference.n, reference.mean, reference.m2)]
    one, out = len(reference.n) == 1, (t.numpy(), df.numpy())

    def work(rows: slice) -> None:
        welch_rows(
            *(x[rows] for x in tables), *(x if one else x[rows] for x in other), *(x[rows] for x in out)
        )

    for_row_blocks(work, len(t))
    return t, df


def _t_and_df_torch(group: Group, reference: Group, n_reference: Tensor) -> tuple[Tensor, Tensor]:
    n_group, n_reference = group.n[:, None], n_reference[:, None]
    a = group.m2 * (inverse_df(group.n)[:, None] / n_group)
    b = reference.m2 * (inverse_df(reference.n)[:, None] / n_reference)
    squared_error = a + b
    difference = group.mean - reference.mean
    t = difference / squared_error.sqrt()
    df = squared_error.square() / (a.square() / (n_group - 1) + b.square() / (n_reference - 1))
    floor = group.mean.square() / n_group + reference.mean.square() / n_reference
    still = squared_error <= floor * NO_VARIANCE**2
    largest = torch.maximum(group.mean.abs(), reference.mean.abs())
    equal = difference.abs() <= NO_VARIANCE * largest
    apart = torch.where(equal, 0.0, torch.copysign(torch.full_like(t, torch.inf), difference))
    return torch.where(still, apart, t), torch.where(still, 1.0, df)


def _subtract_compiled(own: Group, total: Group, mean: Tensor, m2: Tensor) -> None:
    n, means, seconds = (x.contiguous().numpy() for x in (own.n, own.mean, own.m2))
    whole = (total.mean[0].numpy(), total.m2[0].numpy())
    out, out_m2 = mean.numpy(), m2.numpy()

    def work(rows: slice) -> None:
        subtract_rows(n[rows], means[rows], seconds[rows], float(total.n), *whole, out[rows], out_m2[rows])

    for_row_blocks(work, len(mean))


def _subtract_torch(own: Group, total: Group, mean: Tensor, m2: Tensor) -> None:
    weight = (own.n / (total.n - own.n))[:, None]
    delta = own.mean - total.mean
    torch.addcmul(total.mean, delta, weight, value=-1, out=mean)
    torch.addcmul(total.m2 - own.m2, delta.square_(), weight * total.n, value=-1, out=m2).clamp_(min=0)


def _without_nan(group: Group) -> Group:
    empty = group.n == 0
    if not bool(empty.any()):
        return group
    mean, m2 = (table.masked_fill(empty[:, None], 0.0) for table in (group.mean, group.m2))
    return Group(group.n, mean, m2)


def _repair_cancellation(own: Group, total: Group, mean: Tensor, m2: Tensor) -> None:
    """Merge the others directly, in place, where the subtraction left few digits; few entries need it."""
    varies = total.m2 > NO_VARIANCE**2 * total.n * total.mean.square()
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
