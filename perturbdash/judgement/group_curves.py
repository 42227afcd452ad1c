"""Does a prediction lie with its group, if not with its own truth? ROC curves of groups of perturbations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perturbdash.judgement.gene_view import fold_references

if TYPE_CHECKING:
    from perturbdash.judgement.groups import Groups
    from perturbdash.judgement.result import Result

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
FEWEST = 3
ZERO = 1e-9
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
        n_negative (members and others with a score), reason.
    """

    curves: pd.DataFrame
    areas: pd.DataFrame


def group_curves(result: Result, context: str, groups: Groups, models: Sequence[str]) -> GroupCurves:
    """Rank the predictions by their nearness to each group's observed centroid, members as positives.

    The score of a prediction ``y_p`` for a group is the cosine of its shift ``y_p − μ̄`` to ``m − μ̄``, where ``m`` is
    the mean of the observed centroids of the members without p itself, and ``μ̄`` the perturbed centroid of the fold
    that tests p. So a member does not score by its own truth. Positives are the members among the test perturbations
    that the model predicts, negatives all others of these; a prediction without a shift has no score. The paper takes
    the difference of two squared distances, to the centroid of the group and to that of the others, with p's truth
    inside.

    Source: after figure 5 of Viñas Torné et al. 2025, 10.1038/s41587-025-02777-8.
    """
    from sklearn.metrics import roc_auc_score, roc_curve

    names = result.stats[context].perturbations
    members = {
        group: np.isin(np.array(names, dtype=object), list(own)) for group, own in groups.members.items()
    }
    frames, areas = [], []
    for model in models:
        scores = group_scores(result, context, list(members.values()), model)
        for (group, positive), score in zip(members.items(), scores, strict=True):
            scored = ~np.isnan(score)
            n_positive, n_negative = int((positive & scored).sum()), int((~positive & scored).sum())
            reason = _reason(n_positive, n_negative, scored)
            area = np.nan
            if not reason:
                away, found, _ = roc_curve(positive[scored], score[scored])
                area = float(roc_auc_score(positive[scored], score[scored]))
                frames.append(
                    pd.DataFrame(
                        {"group": group, "prediction": model, "false_positive": away, "true_positive": found}
                    )
                )
            areas.append((group, model, area, int(positive.sum()), n_positive, n_negative, reason))
    curves = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(CURVE_COLUMNS))
    return GroupCurves(curves, pd.DataFrame(areas, columns=list(AREA_COLUMNS)))


def _reason(n_positive: int, n_negative: int, scored: Flags) -> str:
    if not scored.any():
        return NO_SHIFT
    return TOO_FEW if n_positive < FEWEST else NO_OTHERS if not n_negative else ""


def group_scores(result: Result, context: str, members: Sequence[Flags], model: str) -> Floats:
    """Return the cosine of each predicted shift to the mean observed shift of each group, the own truth left out.

    Parameters
    ----------
    members
        For each group ``(n_perturbations,)``: who belongs to it.

    Returns
    -------
    numpy.ndarray
        ``(n_groups, n_perturbations)``; NaN where p is not tested or not predicted, or a shift is zero.
    """
    stats, plan = result.stats[context], result.plans[context]
    observed = stats.all_cells.mean.cpu().numpy()
    references, which = fold_references(result, context, "centroid")
    profiles = result.cases[context].models[model]
    rows = np.flatnonzero(plan.test & np.isfinite(profiles).all(1) & np.isfinite(references[which]).all(1))
    found = np.full((len(members), len(observed)), np.nan)
    if not rows.size:
        return found
    centre = references[which[rows]]
    shifts = _units(profiles[rows] - centre, profiles[rows])
    for group, own in enumerate(members):
        inside = own[rows]
        n = own.sum() - inside
        total = observed[own].sum(0)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = (total - np.where(inside[:, None], observed[rows], 0.0)) / n[:, None]
        found[group, rows] = (shifts * _units(mean - centre, mean)).sum(1)
    return found


def _units(shifts: Floats, profiles: Floats) -> Floats:
    """Return shifts of norm 1; NaN where the shift is zero beside the profile that it came from."""
    norms = np.linalg.norm(shifts, axis=1)
    with np.errstate(invalid="ignore"):
        there = norms > ZERO * np.linalg.norm(profiles, axis=1)
    return np.where(there[:, None], shifts / np.where(there, norms, 1.0)[:, None], np.nan)
