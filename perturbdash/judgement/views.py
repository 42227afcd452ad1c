"""Tables for one look at a result: one perturbation gene by gene, the plane of shifts, covariates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from perturbdash.judgement.baselines import centroids
from perturbdash.judgement.calibration import negative_control_of
from perturbdash.metrics.registry import METRICS
from perturbdash.statistics.geometry import Plane, mean_pairwise_cosine, plane
from perturbdash.vocabulary import ALL_CELLS, COMBINATION_SEPARATOR, Reference

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PerturbationView:
    """One perturbation, gene by gene, under one reference.

    Parameters
    ----------
    genes
        gene, observed (shift), t, p, p_adj, deg, target, mean_group, mean_reference; tests against control.
    predicted
        gene, prediction, kind, shift.
    agreement
        prediction, kind, r, r_degs, slope, nir: over all genes, over DEGs, and among all candidates.
    n_cells, n_control_cells
        How many cells stand behind the observed shift.
    """

    genes: pd.DataFrame
    predicted: pd.DataFrame
    agreement: pd.DataFrame
    n_cells: int
    n_control_cells: int


def reference_profiles(result: Result, context: str, reference: Reference) -> Floats:
    """Return what is subtracted for each perturbation, ``(n_perturbations, n_genes)``; NaN where undefined.

    The perturbed centroid is that of the fold in which a perturbation is tested; for perturbations that are
    never tested it is that of the first fold.
    """
    stats, plan = result.stats[context], result.plans[context]
    n = len(stats.perturbations)
    if reference == "control":
        control: Floats = np.broadcast_to(stats.control.mean.cpu().numpy(), (n, len(stats.genes)))
        return control
    mean: Floats = centroids(stats, plan).cpu().numpy()
    return mean[np.maximum(plan.fold, 0)]


def perturbation_view(
    result: Result, context: str, perturbation: str, reference: Reference, *, drop_targets: bool = False
) -> PerturbationView:
    """Return one perturbation gene by gene.

    Parameters
    ----------
    drop_targets
        Leave the targeted genes out of the tables and of the agreement.
    """
    stats, tests = result.stats[context], result.tests[context]
    row = stats.perturbations.index(perturbation)
    subtracted = reference_profiles(result, context, reference)[row]
    mean = stats.all_cells.mean[row].cpu().numpy()
    targets = np.isin(np.array(stats.genes, dtype=object), list(result.dataset.targets.get(perturbation, ())))
    genes = pd.DataFrame(
        {
            "gene": list(stats.genes),
            "observed": mean - subtracted,
            "t": tests.control.t[row].cpu().numpy(),
            "p": tests.control.p[row].cpu().numpy(),
            "p_adj": tests.control.p_adj[row].cpu().numpy(),
            "deg": tests.degs("control")[row],
            "target": targets,
            "mean_group": mean,
            "mean_reference": subtracted,
        }
    )
    predicted, agreement = [], []
    for name, kind, profile in _profiles(result, context, row):
        shift = profile - subtracted
        predicted.append(
            pd.DataFrame({"gene": genes["gene"], "prediction": name, "kind": kind, "shift": shift})
        )
        keep = ~targets if drop_targets else np.ones(len(targets), dtype=bool)
        observed = genes["observed"].to_numpy()
        degs = keep & genes["deg"].to_numpy()
        agreement.append(
            {
                "prediction": name,
                "kind": kind,
                "r": _pearson(shift[keep], observed[keep], profile),
                "r_degs": _pearson(shift[degs], observed[degs], profile),
                "slope": _slope(shift[keep], observed[keep]),
                "nir": _score(result, name, "nir", context, perturbation),
            }
        )
    table = (
        pd.concat(predicted, ignore_index=True)
        if predicted
        else pd.DataFrame(columns=["gene", "prediction", "kind", "shift"])
    )
    if drop_targets:
        dropped = set(genes.loc[targets, "gene"])
        genes, table = (
            genes[~targets].reset_index(drop=True),
            table[~table["gene"].isin(dropped)].reset_index(drop=True),
        )
    return PerturbationView(
        genes=genes,
        predicted=table,
        agreement=pd.DataFrame(agreement, columns=["prediction", "kind", "r", "r_degs", "slope", "nir"]),
        n_cells=int(stats.all_cells.n[row]),
        n_control_cells=int(stats.control.n.sum()),
    )


def _profiles(result: Result, context: str, row: int) -> list[tuple[str, str, Floats]]:
    """Return the mean baseline and every model that predicts this perturbation."""
    stats = result.stats[context]
    mean = result.baselines[context]["mean"]
    found: list[tuple[str, str, Floats]] = []
    if len(mean.rows):
        found.append(("mean", "baseline", mean.rows[max(int(mean.index[row]), 0)].cpu().numpy()))
    place = result.dataset.perturbations.index(stats.perturbations[row])
    models = [(p.name, p.profiles[context][place]) for p in result.aligned if context in p.profiles]
    return found + [(name, "model", own) for name, own in models if not np.isnan(own).any()]


def _pearson(a: Floats, b: Floats, profile: Floats) -> float:
    """Correlate two shifts; NaN below three genes or where one is constant."""
    if len(a) < 3:
        return np.nan
    a, b = a - a.mean(), b - b.mean()
    norms = np.linalg.norm(a), np.linalg.norm(b)
    if min(norms) <= 1e-9 * max(float(np.linalg.norm(profile)), np.finfo(float).tiny):
        return np.nan
    return float(a @ b / (norms[0] * norms[1]))


def _slope(predicted: Floats, observed: Floats) -> float:
    centred = observed - observed.mean()
    spread = float(centred @ centred)
    return float(predicted @ centred / spread) if spread > 0 else np.nan


def _score(result: Result, name: str, metric: str, context: str, perturbation: str) -> float:
    scores = result.all_cells
    if name not in scores.value:
        return np.nan
    place = scores.labels.index(perturbation), scores.contexts.index(context)
    return float(scores.value[name][scores.metrics.index(metric)][place])


@dataclass(frozen=True)
class ReferenceView:
    """The plane of observed centroids with both references, and how alike the shifts are.

    Parameters
    ----------
    cosines
        prediction (``observed`` or a model), reference, mean_pairwise_cosine, cosine_to_average_effect, n.
    """

    plane: Plane
    cosines: pd.DataFrame


def reference_view(result: Result, context: str) -> ReferenceView:
    """Return the plane of the first two components of the observed test centroids, and the cosines of shifts."""
    stats, plan = result.stats[context], result.plans[context]
    tested = plan.fold >= 0 if (plan.fold >= 0).any() else np.ones(len(stats.perturbations), dtype=bool)
    place = {label: i for i, label in enumerate(result.dataset.perturbations)}
    rows = np.flatnonzero(tested)
    take = torch.from_numpy(rows).to(result.device)
    labels = [stats.perturbations[i] for i in rows]
    observed = stats.all_cells.mean[take]
    predictions = {
        p.name: torch.from_numpy(p.profiles[context][[place[label] for label in labels]]).to(result.device)
        for p in result.aligned
        if context in p.profiles
    }
    control = stats.control.mean[0]
    centroid = torch.from_numpy(reference_profiles(result, context, "centroid")[rows]).to(result.device)
    shown = stats.all_cells.mean.mean(0) if not bool(centroid.isfinite().all()) else centroid.mean(0)
    found = plane(labels, observed, predictions, control=control, centroid=shown)
    cosines = []
    effect = shown - control
    for name, profiles in {"observed": observed, **predictions}.items():
        present = profiles.isfinite().all(1)
        for reference, subtracted in (("control", control.expand_as(profiles)), ("centroid", centroid)):
            shifts = (profiles - subtracted)[present & subtracted.isfinite().all(1)]
            norms = shifts.norm(dim=1) * effect.norm()
            toward = (shifts @ effect / norms)[norms > 0]
            cosines.append(
                {
                    "prediction": name,
                    "reference": reference,
                    "mean_pairwise_cosine": float(mean_pairwise_cosine(shifts))
                    if len(shifts) > 1
                    else np.nan,
                    "cosine_to_average_effect": float(toward.mean()) if len(toward) else np.nan,
                    "n": len(shifts),
                }
            )
    return ReferenceView(found, pd.DataFrame(cosines))


def covariates(result: Result) -> pd.DataFrame:
    """Return, for each condition, what may explain whether it can be told: DEGs, cells, effect size, kind."""
    frames = []
    for context, stats in result.stats.items():
        shift = stats.all_cells.mean - stats.control.mean
        frames.append(
            pd.DataFrame(
                {
                    "context": context,
                    "perturbation": list(stats.perturbations),
                    "n_degs": result.tests[context].degs("control").sum(1),
                    "n_cells": stats.all_cells.n.cpu().numpy().astype(int),
                    "shift_norm": shift.norm(dim=1).cpu().numpy(),
                    "combination": [COMBINATION_SEPARATOR in label for label in stats.perturbations],
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def dynamic_ranges(result: Result, context: str) -> pd.DataFrame:
    """Return metric and dynamic_range: the distance of negative and positive control, averaged over the halves."""
    published = result.settings.calibration == "published"
    summary = result.metric_summary
    halves = summary[(summary["context"] == context) & (summary["truth"] != ALL_CELLS)]
    means = halves.groupby(["prediction", "metric"], sort=False)["mean"].mean()
    rows = []
    for metric, spec in METRICS.items():
        negative = means.get((negative_control_of(metric, published=published), metric), np.nan)
        positive = means.get(("interpolated_duplicate", metric), np.nan)
        rows.append({"metric": metric, "dynamic_range": spec.direction * (positive - negative)})
    return pd.DataFrame(rows)
