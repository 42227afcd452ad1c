"""How alike shifts are, and where they point, from control and from the perturbed centroid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from perturbdash.judgement.gene_view import reference_profiles
from perturbdash.statistics.geometry import OBSERVED, Plane, cosines_to, mean_pairwise_cosine, plane

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result

ZERO = 1e-9
COSINE_COLUMNS = ("prediction", "reference", "mean_pairwise_cosine", "cosine_to_average_effect", "n")


@dataclass(frozen=True)
class ReferenceView:
    """The plane of observed centroids with both references, and how alike the shifts are.

    Parameters
    ----------
    plane
        Fitted on the observed centroids; predictions are projected.
    cosines
        prediction (``observed`` or a model), reference, mean_pairwise_cosine and cosine_to_average_effect (over
        all genes; a zero shift has cosine 0), n (shifts that are there).
    longest
        Perturbations by the length of their observed shift from control, the longest first.
    missing
        How many perturbations each model does not predict.
    n_genes
        Over which the cosines are.
    """

    plane: Plane
    cosines: pd.DataFrame
    longest: tuple[str, ...]
    missing: dict[str, int]
    n_genes: int


def reference_view(result: Result, context: str) -> ReferenceView:
    """Return plane and cosines of the perturbations that are tested, or of all where none is.

    Each shift is taken from the centroid of the fold in which its perturbation is tested; the plane shows the
    mean of these centroids.
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
    cosines = [
        {"prediction": name, "reference": reference, **_cosines(profiles, subtracted, shown - control)}
        for name, profiles in {OBSERVED: observed, **predictions}.items()
        for reference, subtracted in (("control", control.expand_as(observed)), ("centroid", centroid))
    ]
    norms = (observed - control).norm(dim=1).cpu().numpy()
    return ReferenceView(
        plane=plane(labels, observed, predictions, control=control, centroid=shown),
        cosines=pd.DataFrame(cosines, columns=list(COSINE_COLUMNS)),
        longest=tuple(labels[i] for i in np.argsort(-norms, kind="stable")),
        missing={name: int((~own.isfinite().all(1)).sum()) for name, own in predictions.items()},
        n_genes=len(stats.genes),
    )


def _cosines(profiles: Tensor, subtracted: Tensor, effect: Tensor) -> dict[str, float]:
    """Return mean pairwise cosine, mean cosine to the average effect, and over how many shifts."""
    shifts = profiles - subtracted
    there = shifts.isfinite().all(1)
    shifts, sizes = shifts[there], profiles[there].norm(dim=1)
    shifts = torch.where(shifts.norm(dim=1, keepdim=True) <= ZERO * sizes[:, None], 0.0, shifts)
    toward = cosines_to(shifts, effect) if len(shifts) else shifts.new_empty(0)
    return {
        "mean_pairwise_cosine": mean_pairwise_cosine(shifts),
        "cosine_to_average_effect": float(toward.mean()) if len(toward) else float("nan"),
        "n": len(shifts),
    }
