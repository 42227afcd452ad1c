"""How near the predictions of a model come to groups of observed profiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from perturbdash.judgement.gene_view import fold_references
from perturbdash.statistics.rowwise import row_blocks

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
ROWS = 256
ZERO = 1e-9


class GroupScores:
    """The scores of one model's predictions for any groups of perturbations, ``group_curves`` says which.

    Parameters
    ----------
    model
        Whose predictions; their shifts are made once.
    """

    def __init__(self, result: Result, context: str, model: str) -> None:
        self._observed: Floats = result.stats[context].all_cells.mean.cpu().numpy()
        profiles = result.cases[context].models[model]
        self._centres, self._fold = fold_references(result, context, "centroid")
        there = np.isfinite(self._centres[self._fold]).all(1)
        self._rows: Indices = np.flatnonzero(
            result.plans[context].test & np.isfinite(profiles).all(1) & there
        )
        self._place = np.full(len(self._observed), -1, dtype=np.intp)
        self._place[self._rows] = np.arange(len(self._rows))
        self._shifts = np.empty((len(self._rows), self._observed.shape[1]))
        for block in row_blocks(len(self._rows), ROWS):
            own = self._rows[block]
            self._shifts[block] = _units(profiles[own] - self._centres[self._fold[own]], profiles[own])

    def of(self, members: Sequence[Indices]) -> Floats:
        """Return the cosine of each predicted shift to the mean observed shift of each group, the own truth left out.

        For a perturbation outside of a group its mean is the same for all of a fold, so that one product of matrices
        gives the cosines; members are measured one by one, which is once each over groups that do not overlap.

        Parameters
        ----------
        members
            For each group who belongs to it, places in the context.

        Returns
        -------
        numpy.ndarray
            ``(n_groups, n_perturbations)``; NaN where p is not tested or not predicted, or a shift is zero.
        """
        found = np.full((len(members), len(self._observed)), np.nan)
        if not len(members) or not self._rows.size:
            return found
        n = np.array([len(own) for own in members], dtype=np.float64)[:, None]
        totals = np.array([self._observed[own].sum(0) for own in members])
        with np.errstate(invalid="ignore", divide="ignore"):
            means = totals / n
        fold = self._fold[self._rows]
        for one in np.unique(fold):
            tested = np.flatnonzero(fold == one)
            found[:, self._rows[tested]] = _units(means - self._centres[one], means) @ self._shifts[tested].T
        for group, own in enumerate(members):
            scored = own[self._place[own] >= 0]
            for block in row_blocks(len(scored), ROWS):
                found[group, scored[block]] = self._inside(scored[block], totals[group], len(own) - 1)
        return found

    def _inside(self, rows: Indices, total: Floats, n_others: int) -> Floats:
        """Return the scores of members, each against the mean of the others."""
        with np.errstate(invalid="ignore", divide="ignore"):
            means = (total - self._observed[rows]) / n_others
        shifts = _units(means - self._centres[self._fold[rows]], means)
        scores: Floats = np.einsum("ij,ij->i", self._shifts[self._place[rows]], shifts)
        return scores


def _units(shifts: Floats, profiles: Floats) -> Floats:
    """Return shifts of norm 1; NaN where the shift is zero beside the profile that it came from."""
    norms = np.linalg.norm(shifts, axis=1)
    with np.errstate(invalid="ignore"):
        there = norms > ZERO * np.linalg.norm(profiles, axis=1)
    return np.where(there[:, None], shifts / np.where(there, norms, 1.0)[:, None], np.nan)
