"""How alike shifts are, and where they point, from control and from the perturbed centroid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from perturbdash.judgement.gene_view import reference_profiles
from perturbdash.statistics.geometry import (
    OBSERVED,
    Plane,
    cosines_to,
    mean_pairwise_cosine,
    pairwise_cosines,
    plane,
)

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result

ZERO = 1e-9
MOST_IN_PAIRS = 1500
SPREAD = (0.1, 0.9)
COSINE_COLUMNS = (
    "prediction",
    "reference",
    "mean_pairwise_cosine",
    "pairwise_sd",
    "pairwise_low",
    "pairwise_high",
    "cosine_to_average_effect",
    "n",
    "n_zero",
)
ANGLE_COLUMNS = ("prediction", "reference", "perturbation", "angle")


@dataclass(frozen=True)
class ReferenceView:
    """The plane of observed centroids with both references, and how alike the shifts are.

    Parameters
    ----------
    plane
        Fitted on the observed centroids; predictions are projected.
    cosines
        prediction (``observed`` or a model), reference, mean_pairwise_cosine, its spread over pairs (pairwise_sd,
        and pairwise_low and pairwise_high, between which eight tenths of the pairs lie), cosine_to_average_effect
        (over all genes; a zero shift has cosine 0), n (shifts that are there), n_zero (zero shifts among them).
    angles
        prediction, reference, perturbation, angle (degrees) of the shift to the average effect over all genes; NaN
        where one of them is zero and so points nowhere.
    longest
        Perturbations by the length of their observed shift from control, the longest first.
    missing
        How many perturbations each model does not predict.
    n_genes
        Over which cosines and angles are.
    in_pairs
        Over how many perturbations the spread of the pairs is: all, or every k-th of a large screen.
    """

    plane: Plane
    cosines: pd.DataFrame
    angles: pd.DataFrame
    longest: tuple[str, ...]
    missing: dict[str, int]
    n_genes: int
    in_pairs: int


def reference_view(result: Result, context: str) -> ReferenceView:
    """Return plane, cosines and angles of the perturbations that are tested, or of all where none is.

    Each shift is taken from the centroid of the fold in which its perturbation is tested; the plane and the
    average effect show the mean of these centroids.
    """
    stats, plan = result.stats[context], result.plans[context]
    rows = np.flatnonzero(plan.test if plan.test.any() else np.ones(len(plan.fold), dtype=bool))
    labels = [stats.perturbations[row] for row in rows]
    observed = stats.all_cells.mean[torch.from_numpy(rows).to(result.device)]
    place = {label: i for i, label in enumerate(result.dataset.perturbations)}
    places = [place[label] for label in labels]
    predictions = {
        model.name: torch.from_numpy(model.profiles[context][places]).to(observed)
        for model in result.aligned
        if context in model.profiles
    }
    control = stats.control.mean[0]
    centroid = torch.from_numpy(reference_profiles(result, context, "centroid")[rows]).to(observed)
    shown = centroid.mean(0)
    effect = _effect(shown, control)
    names = np.array(labels, dtype=object)
    cosines, angles = [], []
    for name, profiles in {OBSERVED: observed, **predictions}.items():
        for reference, subtracted in (("control", control.expand_as(observed)), ("centroid", centroid)):
            shifts, there = _shifts(profiles, subtracted)
            toward = cosines_to(shifts, effect) if len(shifts) else shifts.new_empty(0)
            key = {"prediction": name, "reference": reference}
            cosines.append(key | _cosines(shifts, toward))
            degrees = _angles(shifts, toward, defined=bool(effect.any()))
            angles.append(pd.DataFrame(key | {"perturbation": names[there], "angle": degrees}))
    norms = (observed - control).norm(dim=1).cpu().numpy()
    return ReferenceView(
        plane=plane(labels, observed, predictions, control=control, centroid=shown),
        cosines=pd.DataFrame(cosines, columns=list(COSINE_COLUMNS)),
        angles=pd.concat(angles, ignore_index=True)[list(ANGLE_COLUMNS)],
        longest=tuple(labels[i] for i in np.argsort(-norms, kind="stable")),
        missing={name: int((~own.isfinite().all(1)).sum()) for name, own in predictions.items()},
        n_genes=len(stats.genes),
        in_pairs=len(_thinned(observed)),
    )


def _effect(centroid: Tensor, control: Tensor) -> Tensor:
    effect = centroid - control
    return torch.zeros_like(effect) if effect.norm() <= ZERO * centroid.norm() else effect


def _shifts(profiles: Tensor, subtracted: Tensor) -> tuple[Tensor, np.ndarray]:
    """Return the shifts that are there, residues of rounding made 0, and which they are."""
    shifts = profiles - subtracted
    there = shifts.isfinite().all(1)
    shifts, sizes = shifts[there], profiles[there].norm(dim=1, keepdim=True)
    zero = shifts.norm(dim=1, keepdim=True) <= ZERO * sizes
    return torch.where(zero, 0.0, shifts), there.cpu().numpy()


def _cosines(shifts: Tensor, toward: Tensor) -> dict[str, float]:
    """Return mean and spread of the pairwise cosines, mean cosine to the average effect, and over how many shifts."""
    few = _thinned(shifts)
    pairs = pairwise_cosines(few)[tuple(torch.triu_indices(len(few), len(few), 1))].cpu().numpy()
    low, high = np.quantile(pairs, SPREAD) if pairs.size else (np.nan, np.nan)
    return {
        "mean_pairwise_cosine": mean_pairwise_cosine(shifts),
        "pairwise_sd": float(pairs.std(ddof=1)) if pairs.size > 1 else np.nan,
        "pairwise_low": float(low),
        "pairwise_high": float(high),
        "cosine_to_average_effect": float(toward.mean()) if len(toward) else np.nan,
        "n": len(shifts),
        "n_zero": int((shifts == 0).all(1).sum()),
    }


def _thinned(shifts: Tensor) -> Tensor:
    """Return every k-th row, so that all pairs of them can be looked at."""
    return shifts[:: max(1, -(-len(shifts) // MOST_IN_PAIRS))]


def _angles(shifts: Tensor, toward: Tensor, *, defined: bool) -> np.ndarray:
    """Return angles in degrees; NaN for a shift that points nowhere, or where the average effect does."""
    angles: np.ndarray = torch.rad2deg(torch.arccos(toward)).cpu().numpy()
    angles[(shifts == 0).all(1).cpu().numpy() | (not defined)] = np.nan
    return angles
