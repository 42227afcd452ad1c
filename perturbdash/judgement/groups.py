"""Groups of perturbations, and clusters of their observed shifts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

    from perturbdash.judgement.result import Result
    from perturbdash.vocabulary import Progress

Floats = NDArray[np.float64]
MOST_CLUSTERS = 20
ROWS = 256


@dataclass(frozen=True)
class Groups:
    """Named groups of perturbations of one context; they may overlap where a table says so.

    Parameters
    ----------
    kind
        Where they come from.
    members
        By name of the group, in the order of the table or of the tree.
    """

    kind: Literal["clusters", "table"]
    members: Mapping[str, tuple[str, ...]]

    def of(self, perturbation: str) -> frozenset[str]:
        """Return the groups that a perturbation belongs to."""
        return self._of.get(perturbation, frozenset())

    @cached_property
    def _of(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for group, names in self.members.items():
            for name in names:
                found.setdefault(name, set()).add(group)
        return {name: frozenset(groups) for name, groups in found.items()}

    def together(self, pairs: Sequence[tuple[str, str]]) -> int:
        """Count the pairs of perturbations that share a group."""
        of = self._of
        nowhere: frozenset[str] = frozenset()
        return sum(bool(of.get(a, nowhere) & of.get(b, nowhere)) for a, b in pairs)


@dataclass(frozen=True)
class Tree:
    """Perturbations by how alike their observed shifts are.

    Parameters
    ----------
    names
        The leaves, as in the context.
    linkage
        ``(n_names − 1, 4)``, as scipy gives it; empty for fewer than two names.
    order
        ``(n_names,)``: the leaves from one end to the other.
    """

    names: tuple[str, ...]
    linkage: Floats
    order: NDArray[np.intp]


def shift_tree(result: Result, context: str, progress: Progress | None = None) -> Tree:
    """Join perturbations by average linkage on 1 − cosine of their observed shifts from the perturbed centroid.

    The centroid is the mean over all perturbations of the context, as for systematic variation; a perturbation
    without a shift has cosine 0 with all.

    Parameters
    ----------
    progress
        Called before each block of perturbations; it may raise ``Cancelled``.
    """
    from scipy.cluster.hierarchy import leaves_list, linkage

    from perturbdash.judgement.pairwise_view import unit_shifts

    names = result.stats[context].perturbations
    if len(names) < 2:
        return Tree(names, np.empty((0, 4)), np.arange(len(names)))
    joined = linkage(_condensed(unit_shifts(result, context, "centroid"), progress), method="average")
    return Tree(names, joined, leaves_list(joined).astype(np.intp))


def _condensed(units: Tensor, progress: Progress | None) -> Floats:
    """Return 1 − cosine of all pairs, row by row of the upper triangle, as scipy takes it."""
    n = len(units)
    found = np.empty(n * (n - 1) // 2)
    start = 0
    for top in range(0, n, ROWS):
        if progress is not None:
            progress(top / n, f"Comparing {top:,} of {n:,} observed shifts")
        away = (1.0 - units[top : top + ROWS] @ units[top:].T).clamp_(0.0, 2.0).cpu().numpy()
        for row in range(len(away)):
            stop = start + away.shape[1] - row - 1
            found[start:stop] = away[row, row + 1 :]
            start = stop
    if progress is not None:
        progress(1.0, "Joining them into a tree")
    return found


def usual_number(n: int) -> int:
    """Return how many clusters of n perturbations are shown at first.

    Examples
    --------
    >>> [usual_number(n) for n in (3, 33, 500, 5000)]
    [2, 6, 12, 12]
    """
    return int(np.clip(round(n**0.5), 2, 12))


def cluster(tree: Tree, n: int) -> Groups:
    """Cut a tree into at most n clusters, numbered from one end of its leaves to the other.

    Parameters
    ----------
    n
        Fewer come out where several joins have the same height.
    """
    from scipy.cluster.hierarchy import fcluster

    if not len(tree.linkage):
        return Groups("clusters", {"group 1": tree.names} if tree.names else {})
    cut = fcluster(tree.linkage, t=n, criterion="maxclust")
    members: dict[int, list[str]] = {}
    for leaf in tree.order.tolist():
        members.setdefault(int(cut[leaf]), []).append(tree.names[leaf])
    return Groups("clusters", {f"group {i}": tuple(own) for i, own in enumerate(members.values(), 1)})
