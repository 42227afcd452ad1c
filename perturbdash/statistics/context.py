"""The groups of cells of one context: perturbations whole and in halves, and control in halves and blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from perturbdash.errors import DataError
from perturbdash.statistics.rowwise import for_row_blocks, serial_blocks, serial_rows
from perturbdash.vocabulary import BLOCKS_PER_HALF, CONTROL, FIRST, SECOND, control_part

if TYPE_CHECKING:
    from perturbdash.statistics.moments import Moments


@dataclass(frozen=True)
class Group:
    """Number, mean and centred second moment of the cells of some groups, float64 on one device.

    Parameters
    ----------
    n
        ``(n_groups,)``, cells.
    mean
        ``(n_groups, n_genes)``, log1p; NaN where ``n`` is 0.
    m2
        ``(n_groups, n_genes)``, Σ(x − mean)²; NaN where ``n`` is 0.

    Examples
    --------
    >>> a, b = (torch.tensor([[x]], dtype=torch.float64) for x in (1.0, 3.0))
    >>> one = torch.ones(1, dtype=torch.float64)
    >>> both = Group(one, a, 0 * a).merged(Group(one, b, 0 * b))
    >>> both.n.item(), both.mean.item(), both.variance().item()
    (2.0, 2.0, 2.0)
    """

    n: Tensor
    mean: Tensor
    m2: Tensor

    def variance(self) -> Tensor:
        """Sample variances, ``(n_groups, n_genes)``; NaN for fewer than two cells."""
        return self.m2 * inverse_df(self.n)[:, None]

    def take(self, rows: Tensor) -> Group:
        """Return the groups ``rows``, indices or a mask."""
        return Group(self.n[rows], self.mean[rows], self.m2[rows])

    def merged(self, other: Group) -> Group:
        """Merge group i with group i of ``other``; either may be empty.

        References
        ----------
        Chan, Golub & LeVeque, Am. Stat. 37, 242-247 (1983), 10.1080/00031305.1983.10483115.
        """
        n = self.n + other.n
        share = (other.n / n)[:, None]
        weight = self.n[:, None] * share
        mean, m2 = torch.empty_like(self.mean), torch.empty_like(self.m2)

        def work(rows: slice) -> None:
            delta = other.mean[rows] - self.mean[rows]
            torch.addcmul(self.mean[rows], delta, share[rows], out=mean[rows])
            torch.add(self.m2[rows], other.m2[rows], out=m2[rows]).addcmul_(delta.square_(), weight[rows])

        for_row_blocks(work, len(mean), size=serial_rows(mean.shape[1]))
        for empty, kept in ((self.n == 0, other), (other.n == 0, self)):
            if bool(empty.any()):
                mean[empty], m2[empty] = kept.mean[empty], kept.m2[empty]
        return Group(n, mean, m2)

    def pooled(self) -> Group:
        """Merge all groups into one group, of no cells where there are none."""
        some = self if bool((self.n > 0).all()) else self.take(self.n > 0)
        n = some.n.sum()
        mean = (some.n @ some.mean) / n
        m2 = torch.zeros_like(mean) if len(some.n) else torch.full_like(mean, torch.nan)
        for rows in serial_blocks(*some.mean.shape):
            between = (some.mean[rows] - mean).square_().mul_(some.n[rows, None])
            m2 += between.add_(some.m2[rows]).sum(0)
        return Group(n[None], mean[None], m2[None])


@dataclass(frozen=True)
class ContextStatistics:
    """What is known of one context without its cells.

    Parameters
    ----------
    context
        Its name.
    perturbations
        Those with at least one cell, sorted; the rows of ``all_cells``, ``first`` and ``second``.
    genes
        The columns of every group.
    all_cells, first, second
        All cells of each perturbation, and its halves; a half may be empty.
    control, control_first, control_second
        All control cells of the context, and their halves: one row each.
    control_blocks
        Twenty rows: the ten blocks of the first half, then those of the second.
    """

    context: str
    perturbations: tuple[str, ...]
    genes: tuple[str, ...]
    all_cells: Group
    first: Group
    second: Group
    control: Group
    control_first: Group
    control_second: Group
    control_blocks: Group

    def keep(self, rows: Tensor) -> ContextStatistics:
        """Return the same context with the perturbations ``rows``, indices or a mask; itself with all of them."""
        index = rows.nonzero()[:, 0] if rows.dtype == torch.bool else rows
        if index.tolist() == list(range(len(self.perturbations))):
            return self
        return ContextStatistics(
            context=self.context,
            perturbations=tuple(self.perturbations[i] for i in index.tolist()),
            genes=self.genes,
            all_cells=self.all_cells.take(rows),
            first=self.first.take(rows),
            second=self.second.take(rows),
            control=self.control,
            control_first=self.control_first,
            control_second=self.control_second,
            control_blocks=self.control_blocks,
        )


def context_statistics(moments: Moments, context: str, device: torch.device) -> ContextStatistics:
    """Gather and merge the moments of one context.

    Parameters
    ----------
    moments
        Of all contexts.
    context
        One of the contexts of ``moments``.
    device
        Where the tensors go.

    Raises
    ------
    DataError
        If ``moments`` has no such context.
    """
    conditions = moments.conditions
    here = np.flatnonzero(conditions["context"].to_numpy() == context)
    if not len(here):
        known = ", ".join(sorted(map(str, conditions["context"].unique())))
        raise DataError(f"There is no context {context!r} in these cells; choose one of: {known}.")
    rows = conditions.iloc[here]
    labels = rows["perturbation"].astype(str).to_numpy()
    perturbations = sorted(set(labels[labels != CONTROL]))
    keys = pd.MultiIndex.from_arrays([labels, rows["part"].astype(str).to_numpy()])

    def gather(names: list[tuple[str, str]]) -> Group:
        found = keys.get_indexer(pd.MultiIndex.from_tuples(names)) if names else np.empty(0, dtype=np.intp)
        return gather_rows(moments, np.where(found >= 0, here[found], -1), device)

    first, second = (gather([(name, half) for name in perturbations]) for half in (FIRST, SECOND))
    blocks = [(CONTROL, control_part(half, i)) for half in (FIRST, SECOND) for i in range(BLOCKS_PER_HALF)]
    control_blocks = gather(blocks)
    block = torch.arange(len(blocks), device=device)
    control_first = control_blocks.take(block[:BLOCKS_PER_HALF]).pooled()
    control_second = control_blocks.take(block[BLOCKS_PER_HALF:]).pooled()
    return ContextStatistics(
        context=context,
        perturbations=tuple(perturbations),
        genes=tuple(moments.genes),
        all_cells=first.merged(second),
        first=first,
        second=second,
        control=control_first.merged(control_second),
        control_first=control_first,
        control_second=control_second,
        control_blocks=control_blocks,
    )


def inverse_df(n: Tensor) -> Tensor:
    """1 / (n − 1), NaN for fewer than two cells."""
    return torch.where(n >= 2, 1.0 / (n - 1), torch.nan)


def gather_rows(moments: Moments, rows: NDArray[np.intp], device: torch.device) -> Group:
    """Return the groups ``rows`` of the table, empty where a row is -1."""
    n = np.where(rows >= 0, moments.conditions["n_cells"].to_numpy()[rows], 0)
    mean, m2 = (np.asarray(table[rows], dtype=np.float64) for table in (moments.mean, moments.m2))
    mean[n == 0] = m2[n == 0] = np.nan
    return Group(torch.from_numpy(n.astype(np.float64)).to(device), *_to(device, mean, m2))


def _to(device: torch.device, *arrays: NDArray[np.float64]) -> tuple[Tensor, ...]:
    return tuple(torch.from_numpy(array).to(device) for array in arrays)
