"""Does a prediction lie with its group, if not with its own truth? ROC curves of groups of perturbations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perturbdash.judgement.group_scores import GroupScores
from perturbdash.statistics.rowwise import row_blocks

if TYPE_CHECKING:
    from perturbdash.judgement.groups import Groups
    from perturbdash.judgement.result import Result
    from perturbdash.vocabulary import Progress

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
FEWEST = 3
GROUPS = 64
CURVE_COLUMNS = ("group", "prediction", "false_positive", "true_positive")
AREA_COLUMNS = ("group", "prediction", "auc", "n_members", "n_positive", "n_negative", "reason")
TOO_FEW, NO_OTHERS, NO_SHIFT = (
    "fewer than 3 members with a score",
    "no other perturbation",
    "no shift of the prediction, or of the group",
)


@dataclass(frozen=True)
class GroupCurves:
    """How well predictions of a group's members are told from those of others.

    Parameters
    ----------
    curves
        group, prediction, false_positive, true_positive: the corners of each curve.
    areas
        group, prediction, auc (NaN with a reason), n_members (of the group in this context), n_positive and
        n_negative (members and others with a score; none in a group of fewer than three, which is not scored),
        reason.
    """

    curves: pd.DataFrame
    areas: pd.DataFrame


@dataclass(frozen=True)
class _One:
    """A group of the context: its place among all groups, its name and its members."""

    place: int
    name: str
    own: Indices


def group_curves(
    result: Result, context: str, groups: Groups, models: Sequence[str], progress: Progress | None = None
) -> GroupCurves:
    """Rank the predictions by their nearness to each group's observed centroid, members as positives.

    The score of a prediction ``y_p`` for a group is the cosine of its shift ``y_p − μ̄`` to ``m − μ̄``, where ``m`` is
    the mean of the observed centroids of the members without p itself, and ``μ̄`` the perturbed centroid of the fold
    that tests p. So a member does not score by its own truth. Positives are the members among the test perturbations
    that the model predicts, negatives all others of these; a prediction without a shift has no score. The paper takes
    the difference of two squared distances, to the centroid of the group and to that of the others, with p's truth
    inside.

    Source: after figure 5 of Viñas Torné et al. 2025, 10.1038/s41587-025-02777-8.

    Parameters
    ----------
    progress
        Called before each block of groups; it may raise ``Cancelled``.
    """
    everyone = _members(result.stats[context].perturbations, groups)
    measured = [one for one in everyone if len(one.own) >= FEWEST]
    frames: list[pd.DataFrame] = []
    areas: list[tuple[object, ...]] = []
    for place, model in enumerate(models):
        rows: dict[int, tuple[object, ...]] = {
            one.place: (one.name, model, np.nan, len(one.own), 0, 0, TOO_FEW)
            for one in everyone
            if len(one.own) < FEWEST
        }
        scores = GroupScores(result, context, model) if measured else None
        for block in row_blocks(len(measured), GROUPS):
            assert scores is not None
            if progress is not None:
                share = (place + block.start / len(measured)) / len(models)
                progress(share, f"{model}: measuring {block.start:,} of {len(measured):,} groups")
            found = scores.of([one.own for one in measured[block]])
            for one, score in zip(measured[block], found, strict=True):
                curve, row = _curve(one, model, score)
                rows[one.place] = row
                if curve is not None:
                    frames.append(curve)
        areas += [rows[i] for i in range(len(everyone))]
    curves = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(CURVE_COLUMNS))
    return GroupCurves(curves, pd.DataFrame(areas, columns=list(AREA_COLUMNS)))


def _members(names: Sequence[str], groups: Groups) -> list[_One]:
    place = {name: i for i, name in enumerate(names)}
    return [
        _One(i, group, np.array(sorted({place[name] for name in own if name in place}), dtype=np.intp))
        for i, (group, own) in enumerate(groups.members.items())
    ]


def _curve(one: _One, model: str, score: Floats) -> tuple[pd.DataFrame | None, tuple[object, ...]]:
    """Return the corners of a curve, where there is one, and its row of the areas."""
    from sklearn.metrics import auc, roc_curve

    positive = np.zeros(len(score), dtype=bool)
    positive[one.own] = True
    scored = ~np.isnan(score)
    positive, score = positive[scored], score[scored]
    n_positive = int(positive.sum())
    n_negative = len(score) - n_positive
    reason = _reason(n_positive, n_negative)
    counts = (len(one.own), n_positive, n_negative, reason)
    if reason:
        return None, (one.name, model, np.nan, *counts)
    away, found, _ = roc_curve(positive, score)
    corners = {"group": one.name, "prediction": model, "false_positive": away, "true_positive": found}
    return pd.DataFrame(corners), (one.name, model, float(auc(away, found)), *counts)


def _reason(n_positive: int, n_negative: int) -> str:
    if not n_positive + n_negative:
        return NO_SHIFT
    return TOO_FEW if n_positive < FEWEST else NO_OTHERS if not n_negative else ""
