"""Sufficient statistics of groups of cells: number, mean, centred second moment and non-zero count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from perturbdash.errors import DataError
from perturbdash.statistics import partial
from perturbdash.vocabulary import CONTROL

if TYPE_CHECKING:
    from numpy.typing import NDArray

KEYS = ["context", "perturbation", "part"]
COLUMNS = [*KEYS, "n_cells"]


@dataclass(frozen=True, eq=False)
class Moments:
    """Sufficient statistics of each (context, perturbation, half) and of each block of control cells.

    Attributes
    ----------
    conditions
        Columns context, perturbation, part, n_cells; one row a group, none of them empty.
    genes
        Names of the columns below.
    mean
        Mean expression in log1p space, float64 ``(n_groups, n_genes)``.
    m2
        Sum of squared deviations from that mean, float64 ``(n_groups, n_genes)``.
    nnz
        Number of cells above zero, int64 ``(n_groups, n_genes)``.

    Raises
    ------
    DataError
        If shapes or columns do not fit together, a group is empty or occurs twice.
    """

    conditions: pd.DataFrame
    genes: tuple[str, ...]
    mean: NDArray[np.float64]
    m2: NDArray[np.float64]
    nnz: NDArray[np.int64]

    def __post_init__(self) -> None:
        if list(self.conditions.columns) != COLUMNS:
            msg = (
                f"Moments need the columns {', '.join(COLUMNS)}; found {', '.join(self.conditions.columns)}."
            )
            raise DataError(msg)
        shape = (len(self.conditions), len(self.genes))
        for name, dtype in (("mean", np.float64), ("m2", np.float64), ("nnz", np.int64)):
            array = getattr(self, name)
            if array.shape != shape or array.dtype != dtype:
                found = f"{array.shape} {array.dtype}"
                msg = f"Moments of {shape[0]} groups and {shape[1]} genes cannot have a {name} of {found}."
                raise DataError(msg)
        if self.conditions.duplicated(KEYS).any():
            msg = "Moments hold the same group twice; merge them first."
            raise DataError(msg)
        if (self.n_cells < 1).any():
            msg = "Moments hold a group without cells; leave it out."
            raise DataError(msg)

    @property
    def n_cells(self) -> NDArray[np.int64]:
        """Number of cells of each group, ``(n_groups,)``."""
        return self.conditions["n_cells"].to_numpy(np.int64)

    def check_values(self) -> None:
        """Raise ``DataError`` where the numbers cannot be moments: not finite, negative, more than all cells."""
        finite = np.isfinite(self.mean).all() and np.isfinite(self.m2).all()
        if not finite or (self.m2 < 0).any() or (self.nnz < 0).any():
            msg = "Moments hold values that are not finite, or sums of squares or counts below zero."
            raise DataError(msg)
        if self.nnz.size and (self.nnz.max(axis=1) > self.n_cells).any():
            msg = "Moments hold a gene that is above zero in more cells than its group has."
            raise DataError(msg)

    def take_genes(self, index: NDArray[np.integer[Any]] | Sequence[int]) -> Moments:
        """Return the moments of some genes, in the order of their positions.

        Parameters
        ----------
        index
            Positions of genes, ``(n,)``.
        """
        index = np.asarray(index, dtype=np.intp)
        genes = tuple(self.genes[i] for i in index)
        return Moments(self.conditions, genes, self.mean[:, index], self.m2[:, index], self.nnz[:, index])

    def merge(self, other: Moments) -> Moments:
        """Return the moments of the cells of both, group by group.

        The pairwise update of Chan, Golub & LeVeque (1979), Stanford STAN-CS-79-773, in float64.

        Parameters
        ----------
        other
            Moments of other cells over the same genes in the same order.

        Raises
        ------
        DataError
            If the genes differ.

        Examples
        --------
        >>> def one(x, n):
        ...     group = pd.DataFrame([["all", "A", "first", n]], columns=COLUMNS)
        ...     return Moments(group, ("g",), np.array([[x]]), np.zeros((1, 1)), np.full((1, 1), n))
        >>> both = one(1.0, 1).merge(one(4.0, 2))
        >>> both.mean.item(), both.m2.item(), both.nnz.item()
        (3.0, 6.0, 3)
        """
        return merge([self, other])


def merge(parts: Sequence[Moments]) -> Moments:
    """Merge the moments of disjoint sets of cells into one.

    Parameters
    ----------
    parts
        At least one, all over the same genes in the same order.

    Raises
    ------
    DataError
        If there is none, or the genes differ.
    """
    if not parts:
        msg = "There are no moments to merge; give at least one part."
        raise DataError(msg)
    genes = parts[0].genes
    if any(part.genes != genes for part in parts):
        msg = "Moments over different genes cannot be merged; bring them to the same genes in the same order."
        raise DataError(msg)
    conditions = _union(parts)
    rows = pd.MultiIndex.from_frame(conditions[KEYS])
    whole = partial.empty(np.arange(len(conditions), dtype=np.int32), len(genes), np.dtype(np.int64))
    for part in parts:
        target = rows.get_indexer(pd.MultiIndex.from_frame(part.conditions[KEYS]))
        numbered = target.astype(np.int32)
        partial.add(whole, partial.Partial(numbered, part.n_cells, part.mean, part.m2, part.nnz), target)
    return Moments(conditions.assign(n_cells=whole.n_cells), genes, whole.mean, whole.m2, whole.nnz)


def _union(parts: Sequence[Moments]) -> pd.DataFrame:
    """Return the groups of all parts, control first within a context."""
    groups = pd.concat([part.conditions for part in parts], ignore_index=True).drop_duplicates(KEYS)
    order = groups.assign(treated=groups["perturbation"] != CONTROL)
    order = order.sort_values(["context", "treated", "perturbation", "part"], kind="stable")
    return order[COLUMNS].reset_index(drop=True)
