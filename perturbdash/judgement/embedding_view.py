"""Centroids in the plane of their first two components, and how far each prediction lands from its truth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from perturbdash.judgement.gene_view import reference_profiles
from perturbdash.statistics.geometry import CONTROL_MEAN, PERTURBED_CENTROID, plane
from perturbdash.vocabulary import Reference

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result
    from perturbdash.statistics.context import ContextStatistics

AVERAGE = "mean"
DISTANCE = "distance_"
"""Begins the name of a column of distances; the rest is the name of the prediction."""
ANCHORS: dict[Reference, str] = {"control": CONTROL_MEAN, "centroid": PERTURBED_CENTROID}
SUMMARY_COLUMNS = ("prediction", "distance", "average", "nearer", "spread", "n", "n_average")


@dataclass(frozen=True)
class CentroidView:
    """Observed and predicted centroids of one context.

    Parameters
    ----------
    points
        prediction (``observed`` or a model), perturbation, tested, x, y: components of the shift from the reference,
        fitted on all observed centroids. Models have points of tested perturbations alone.
    anchors
        anchor (``control mean``, ``perturbed centroid``), x, y; NaN where undefined.
    explained
        Share of the variance between the observed centroids on each of the two; NaN where they do not differ.
    distances
        perturbation, tested, norm (of the observed shift from the reference), then for the average (``distance_mean``)
        and each model (``distance_NAME``) the Euclidean distance of its prediction to the truth, NaN where there is
        none; log1p units, the tested first, then by norm.
    summary
        prediction, distance (mean over the tested perturbations that it predicts), average (the same mean of the
        average, over those of them for which it is defined), nearer (1 - distance / average over those), spread
        (mean distance of the predictions from their own mean, as a share of the same among the truths; NaN below
        two), n, n_average (of how many the two are).
    noise
        How far a truth lies from what more cells would give, from its own sampling noise: mean over the tested
        perturbations, or over all where none is, of the root of the summed variances of the means.
    n_genes
        Over which norms and distances are.
    reference
        Where shifts start; the control where the perturbed centroid is undefined.
    """

    points: pd.DataFrame
    anchors: pd.DataFrame
    explained: tuple[float, float]
    distances: pd.DataFrame
    summary: pd.DataFrame
    noise: float
    n_genes: int
    reference: Reference

    @property
    def n(self) -> int:
        """How many perturbations there are."""
        return len(self.distances)

    @property
    def n_tested(self) -> int:
        """How many of them are tested."""
        return int(self.distances["tested"].sum())

    def with_distances(self, points: pd.DataFrame) -> pd.DataFrame:
        """Return points with a column distance: of a predicted centroid to its truth, NaN for an observed one."""
        columns = [name for name in self.distances if str(name).startswith(DISTANCE)]
        long = self.distances.melt("perturbation", columns, "prediction", "distance")
        long["prediction"] = [str(name).removeprefix(DISTANCE) for name in long["prediction"]]
        return points.merge(long, on=["prediction", "perturbation"], how="left")

    def placed(self, layout: pd.DataFrame) -> CentroidView:
        """Return the view with points of another layout: prediction, perturbation, x, y; it has no anchors.

        Parameters
        ----------
        layout
            One row for each point that is drawn.
        """
        tested = dict(zip(self.distances["perturbation"], self.distances["tested"], strict=True))
        points = layout.assign(tested=layout["perturbation"].map(tested).astype(bool))
        return replace(self, points=points, anchors=self.anchors.iloc[:0])


def centroid_view(result: Result, context: str, reference: Reference) -> CentroidView:
    """Return the plane of centroids under one reference, and all distances between prediction and truth.

    With the setting ``targets`` ``"drop"``, norms and distances leave out the genes that a perturbation targets.
    """
    stats, plan = result.stats[context], result.plans[context]
    observed = stats.all_cells.mean
    predictions = predicted_profiles(result, context)
    control = stats.control.mean[0]
    subtracted = torch.from_numpy(reference_profiles(result, context, reference)).to(observed)
    centroids = torch.from_numpy(reference_profiles(result, context, "centroid")).to(observed)
    defined = centroids.isfinite().all(1)
    centre = centroids[defined].mean(0) if bool(defined.any()) else torch.full_like(control, torch.nan)
    found = plane(stats.perturbations, observed, predictions, control=control, centroid=centre)
    tested = np.asarray(plan.test)
    kept = _kept_genes(result, context)
    norms = _distances(observed, subtracted, kept)
    distances = pd.DataFrame({"perturbation": stats.perturbations, "tested": tested, "norm": norms})
    columns = {AVERAGE: _average(result, context)} | predictions
    for name, profiles in columns.items():
        distances[DISTANCE + name] = np.where(tested, _distances(profiles, observed, kept), np.nan)
    rows = [_summary(name, profiles, observed, distances) for name, profiles in predictions.items()]
    used = reference if bool(centre.isfinite().all()) else "control"
    points, anchors = _from_reference(found.points, found.anchors, used)
    place = dict(zip(stats.perturbations, tested.tolist(), strict=True))
    return CentroidView(
        points=points.assign(tested=points["perturbation"].map(place).astype(bool)),
        anchors=anchors,
        explained=found.explained,
        distances=distances.sort_values(
            ["tested", "norm", "perturbation"], ascending=[False, False, True], ignore_index=True
        ),
        summary=pd.DataFrame(rows, columns=list(SUMMARY_COLUMNS)),
        noise=_noise(stats, tested, kept),
        n_genes=len(stats.genes),
        reference=used,
    )


def predicted_profiles(result: Result, context: str) -> dict[str, Tensor]:
    """Return what each model predicts for the tested perturbations of a context.

    Returns
    -------
    dict
        By model ``(n_perturbations, n_genes)`` log1p, rows as in the context's statistics, NaN where there is none.
    """
    stats, plan = result.stats[context], result.plans[context]
    untested = torch.from_numpy(~np.asarray(plan.test)).to(stats.all_cells.mean.device)
    return {
        name: torch.tensor(profiles).to(stats.all_cells.mean).masked_fill_(untested[:, None], torch.nan)
        for name, profiles in result.cases[context].models.items()
    }


def _average(result: Result, context: str) -> Tensor:
    """Return the mean baseline of each perturbation, NaN where it is undefined."""
    observed = result.stats[context].all_cells.mean
    baseline = result.baselines[context].get(AVERAGE)
    profiles = torch.full_like(observed, torch.nan)
    if baseline is not None and len(baseline.rows):
        there = baseline.index >= 0
        profiles[there] = baseline.rows[baseline.index[there]].to(observed)
    return profiles


def _kept_genes(result: Result, context: str) -> Tensor | None:
    """Return which genes count for each perturbation, or ``None`` where all do."""
    if result.settings.targets != "drop":
        return None
    return ~result.cases[context].target_mask(result.stats[context].perturbations).to(result.device)


def _distances(one: Tensor, other: Tensor, kept: Tensor | None) -> NDArray[np.float64]:
    difference = one - other
    if kept is not None:
        difference = difference * kept
    norms: NDArray[np.float64] = difference.norm(dim=1).cpu().numpy()
    return norms


def _noise(stats: ContextStatistics, tested: NDArray[np.bool_], kept: Tensor | None) -> float:
    variance = stats.all_cells.variance() / stats.all_cells.n[:, None]
    lengths = (variance if kept is None else variance * kept).sum(1).sqrt().cpu().numpy()
    own = lengths[tested if tested.any() else slice(None)]
    own = own[np.isfinite(own)]
    return float(own.mean()) if own.size else float("nan")


def _summary(name: str, profiles: Tensor, observed: Tensor, distances: pd.DataFrame) -> dict[str, object]:
    own = distances[DISTANCE + name].to_numpy(dtype=float)
    average = distances[DISTANCE + AVERAGE].to_numpy(dtype=float)
    there = np.isfinite(own)
    both = there & np.isfinite(average)
    mean_of_average = float(average[both].mean()) if both.any() else float("nan")
    nearer = 1 - float(own[both].mean()) / mean_of_average if mean_of_average > 0 else float("nan")
    rows = torch.from_numpy(there).to(observed.device)
    return {
        "prediction": name,
        "distance": float(own[there].mean()) if there.any() else float("nan"),
        "average": mean_of_average,
        "nearer": nearer,
        "spread": _spread(profiles[rows], observed[rows]),
        "n": int(there.sum()),
        "n_average": int(both.sum()),
    }


def _spread(predicted: Tensor, observed: Tensor) -> float:
    if len(predicted) < 2:
        return float("nan")
    own, truth = (float((rows - rows.mean(0)).norm(dim=1).mean()) for rows in (predicted, observed))
    return own / truth if truth > 0 else float("nan")


def _from_reference(
    points: pd.DataFrame, anchors: pd.DataFrame, reference: Reference
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Put zero of both axes to the reference."""
    names = {"pc1": "x", "pc2": "y"}
    points, anchors = points.rename(columns=names), anchors.rename(columns=names)
    zero = anchors.loc[anchors["anchor"] == ANCHORS[reference], ["x", "y"]].iloc[0]
    for axis in ("x", "y"):
        points[axis] -= float(zero[axis])
        anchors[axis] -= float(zero[axis])
    return points, anchors
