"""The matrix of distances in the order in which it is drawn."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from perturbdash.judgement.groups import Groups, Tree
    from perturbdash.judgement.retrieval_distances import Nearness

MOST_SHOWN_ALONE = 60


@dataclass(frozen=True)
class MatrixView:
    """Ranks and distances with their rows and columns in the order of the tree, or of the groups of a table.

    Parameters
    ----------
    ranks, distances
        Index: perturbations that are predicted; columns: the candidates.
    group_of
        The group by which a perturbation stands where it does; of several the first.
    n_candidates
        Ranks go up to this, also where few columns are shown.
    alone
        Only the selected rows and columns are shown, since all would be too many for names.
    by_table
        Rows stand group by group of a table, and within a group in the order of the tree.
    """

    ranks: pd.DataFrame
    distances: pd.DataFrame
    group_of: dict[str, str]
    n_candidates: int
    alone: bool
    by_table: bool

    @property
    def n_first_shown(self) -> int:
        """Rows whose nearest truth is among the columns."""
        return int((self.ranks.to_numpy() == 1).any(1).sum())

    def table(self) -> pd.DataFrame:
        """Return one row a cell: perturbation, candidate, rank, distance."""
        n_rows, n_columns = self.ranks.shape
        return pd.DataFrame(
            {
                "perturbation": np.repeat(self.ranks.index.to_numpy(), n_columns),
                "candidate": np.tile(self.ranks.columns.to_numpy(), n_rows),
                "rank": self.ranks.to_numpy().ravel(),
                "distance": self.distances.to_numpy().ravel(),
            }
        )


def matrix_view(found: Nearness, tree: Tree, groups: Groups, *, selected: Collection[str] = ()) -> MatrixView:
    """Put rows and columns in the order of the tree; with a table of groups, group by group.

    Parameters
    ----------
    selected
        Of a matrix too large for names only these are shown, where they are 2 to 60.
    """
    group_of: dict[str, str] = {}
    for group, names in groups.members.items():
        for name in names:
            group_of.setdefault(name, group)
    order = _order(tree, groups, group_of)
    predicted, candidates = set(found.rows), set(found.columns)
    rows = [name for name in order if name in predicted]
    columns = [name for name in order if name in candidates]
    chosen = set(selected) & set(rows)
    large = max(len(rows), len(columns)) > MOST_SHOWN_ALONE
    alone = large and 2 <= len(chosen) <= MOST_SHOWN_ALONE
    if alone:
        rows, columns = ([name for name in names if name in chosen] for names in (rows, columns))
    down = _places(found.rows, rows)
    across = _places(found.columns, columns)
    ranks, distances = (
        pd.DataFrame(values[np.ix_(down, across)], index=rows, columns=columns)
        for values in (found.ranks, found.distances)
    )
    return MatrixView(
        ranks, distances, group_of, len(found.columns), alone=alone, by_table=groups.kind == "table"
    )


def _order(tree: Tree, groups: Groups, group_of: dict[str, str]) -> list[str]:
    leaves = [tree.names[i] for i in tree.order.tolist()]
    if groups.kind == "clusters":
        return leaves
    place = {group: i for i, group in enumerate(groups.members)}
    return sorted(leaves, key=lambda name: place.get(group_of.get(name, ""), len(place)))


def _places(names: tuple[str, ...], wanted: list[str]) -> np.ndarray:
    place = {name: i for i, name in enumerate(names)}
    return np.array([place[name] for name in wanted], dtype=np.intp)
