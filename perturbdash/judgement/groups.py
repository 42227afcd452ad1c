"""Groups of perturbations: a table that somebody wrote, or clusters of the observed shifts."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from perturbdash.errors import DataError
from perturbdash.vocabulary import CONTROL

if TYPE_CHECKING:
    from torch import Tensor

    from perturbdash.judgement.result import Result
    from perturbdash.vocabulary import Progress

Floats = NDArray[np.float64]
MOST_CLUSTERS = 20
ROWS = 256
DELIMITERS = ",;\t"
PERTURBATION_HEADS = frozenset(
    {"perturbation", "perturbations", "gene", "target", "condition", "name", "label"}
)
GROUP_HEADS = frozenset({"group", "groups", "cluster", "class", "pathway", "complex", "program", "programme"})
EXPECTED = "expected two columns, perturbation and group, parted by commas, semicolons or tabs"


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


@dataclass(frozen=True)
class GroupTable:
    """What a table of groups holds, and what became of each of its rows.

    Parameters
    ----------
    groups
        Members that are in the data set, each once a group; groups without any are in ``empty``.
    n_rows
        Rows with a perturbation and a group.
    missing
        Labels that name nothing in the data set, each once.
    ambiguous
        (label, perturbations) where a label fits several.
    controls
        Labels that mean unperturbed cells.
    respelled
        (label, perturbation) where the table spells it otherwise.
    empty
        Groups of which no member is in the data set.
    without_group
        Perturbations of rows without a group.
    """

    groups: Groups
    n_rows: int
    missing: tuple[str, ...] = ()
    ambiguous: tuple[tuple[str, tuple[str, ...]], ...] = ()
    controls: tuple[str, ...] = ()
    respelled: tuple[tuple[str, str], ...] = ()
    empty: tuple[str, ...] = ()
    without_group: tuple[str, ...] = ()

    @property
    def n_found(self) -> int:
        """Perturbations of the data set that are in a group."""
        return len({name for names in self.groups.members.values() for name in names})


@dataclass
class _Report:
    members: dict[str, dict[str, None]] = field(default_factory=dict)
    missing: dict[str, None] = field(default_factory=dict)
    ambiguous: dict[str, tuple[str, ...]] = field(default_factory=dict)
    controls: dict[str, None] = field(default_factory=dict)
    respelled: dict[str, str] = field(default_factory=dict)

    def take(self, label: str, group: str, meant: tuple[str, ...]) -> None:
        own = self.members.setdefault(group, {})
        if not meant:
            self.missing[label] = None
        elif meant == (CONTROL,):
            self.controls[label] = None
        elif len(meant) > 1:
            self.ambiguous[label] = meant
        else:
            own[meant[0]] = None
            if label != meant[0]:
                self.respelled[label] = meant[0]


def read_groups(text: str, meant: Callable[[str], tuple[str, ...]]) -> GroupTable:
    r"""Read a table of perturbations and groups.

    A head is understood where it names the columns; without one the first column is the perturbation. A
    perturbation may stand in several groups.

    Parameters
    ----------
    meant
        Returns the perturbations that a label may mean: one, several, none, or ``("control",)``.

    Raises
    ------
    DataError
        If it has not two columns, or no row.

    Examples
    --------
    >>> found = read_groups("perturbation,group\nA,x\nB,x\nQ,y", lambda name: (name,) if name in "AB" else ())
    >>> dict(found.groups.members), found.missing, found.empty
    ({'x': ('A', 'B')}, ('Q',), ('y',))
    """
    rows = [[cell.strip() for cell in row] for row in _rows(text)]
    rows = [row for row in rows if any(row)]
    if not rows:
        raise DataError(f"The table of groups is empty; {EXPECTED}.")
    short = next((row for row in rows if len(row) < 2), None)
    if short is not None:
        raise DataError(f"The table of groups has the row “{short[0][:60]}” with one column; {EXPECTED}.")
    name, group, headed = _columns(rows[0])
    report, n_rows = _Report(), 0
    without_group: dict[str, None] = {}
    for row in rows[1:] if headed else rows:
        label, own = (row[i] if i < len(row) else "" for i in (name, group))
        if label and own:
            n_rows += 1
            report.take(label, own, meant(label))
        elif label:
            without_group[label] = None
    if not n_rows:
        raise DataError(f"The table of groups has no row with a perturbation and a group; {EXPECTED}.")
    members = {key: tuple(names) for key, names in report.members.items() if names}
    return GroupTable(
        Groups("table", members),
        n_rows,
        tuple(report.missing),
        tuple(report.ambiguous.items()),
        tuple(report.controls),
        tuple(report.respelled.items()),
        tuple(key for key, names in report.members.items() if not names),
        tuple(without_group),
    )


def _rows(text: str) -> list[list[str]]:
    text = text.lstrip("\ufeff")
    first = text.strip().partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    try:
        return list(csv.reader(io.StringIO(text), delimiter=delimiter, skipinitialspace=True))
    except csv.Error as error:
        raise DataError(f"The table of groups cannot be read ({error}); {EXPECTED}.") from error


def _columns(head: Sequence[str]) -> tuple[int, int, bool]:
    """Return the places of perturbation and group, and whether the first row is a head."""
    words = [word.casefold() for word in head]
    name = next((i for i, word in enumerate(words) if word in PERTURBATION_HEADS), None)
    group = next((i for i, word in enumerate(words) if word in GROUP_HEADS and i != name), None)
    if group is None:
        return 0, 1, name == 0 and "group" in words[1]
    if name is None:
        name = 0 if group else 1
    return name, group, True
