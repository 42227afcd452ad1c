"""One perturbation gene by gene: what was observed, what is predicted, and how well the two agree."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perturbdash.judgement.baselines import centroids
from perturbdash.judgement.expression import ALPHA
from perturbdash.judgement.perturbation_rows import perturbation_metrics
from perturbdash.statistics.context import Group
from perturbdash.statistics.de import welch
from perturbdash.vocabulary import Reference

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

CONSTANT = 1e-9
FEWEST_GENES = 3
PREDICTED_COLUMNS = ("gene", "prediction", "kind", "shift")
AGREEMENT_COLUMNS = ("prediction", "kind", "r", "r_degs", "slope", "nir")


@dataclass(frozen=True)
class PerturbationView:
    """One perturbation, gene by gene, under one reference.

    Parameters
    ----------
    genes
        gene, observed (shift from the reference), t, p, p_adj, deg, target, mean_group, mean_reference: tests and
        ``mean_reference`` are those of the control, whatever the reference; log1p units.
    predicted
        gene, prediction, kind, shift (from the reference).
    agreement
        prediction, kind, r (Pearson over all genes), r_degs (over DEGs), slope (of predicted on observed), nir.
    missing
        Models that do not predict this perturbation.
    left_out
        Targeted genes that are in none of these tables.
    parts
        What the perturbation's name is made of; those that are genes of the panel are its targets.
    n_cells, n_control_cells
        How many cells stand behind the observed shift.
    n_others
        How many other perturbations the retrieval metric tells apart.
    tested, in_mean
        Whether it is scored, and whether the mean baseline is made with it.
    """

    perturbation: str
    reference: Reference
    genes: pd.DataFrame
    predicted: pd.DataFrame
    agreement: pd.DataFrame
    missing: tuple[str, ...]
    left_out: tuple[str, ...]
    parts: tuple[str, ...]
    n_cells: int
    n_control_cells: int
    n_others: int
    tested: bool
    in_mean: bool

    def only(self, models: Collection[str]) -> PerturbationView:
        """Return the view with these models and the baseline."""
        kept = [name for name in self.agreement["prediction"] if name in models]
        kept += list(self.agreement.loc[self.agreement["kind"] != "model", "prediction"])
        return replace(
            self,
            predicted=self.predicted[self.predicted["prediction"].isin(kept)].reset_index(drop=True),
            agreement=self.agreement[self.agreement["prediction"].isin(kept)].reset_index(drop=True),
            missing=tuple(name for name in self.missing if name in models),
        )

    def table(self) -> pd.DataFrame:
        """Return one row a gene, the largest abs t first, with a column ``shift_NAME`` for each prediction."""
        order = np.argsort(-self.genes["t"].abs().fillna(-1.0).to_numpy(), kind="stable")
        table = self.genes.iloc[order].reset_index(drop=True)
        shifts = self.predicted.set_index("gene")
        for name in self.agreement["prediction"]:
            own = shifts.loc[shifts["prediction"] == name, "shift"]
            table[f"shift_{name}"] = table["gene"].map(own)
        return table


def reference_profiles(result: Result, context: str, reference: Reference) -> Floats:
    """Return what is subtracted for each perturbation, ``(n_perturbations, n_genes)``; NaN where undefined.

    The perturbed centroid is that of the fold in which a perturbation is tested; for perturbations that are
    never tested it is that of the first fold. A perturbation that is the whole train set has none.
    """
    means, fold = fold_references(result, context, reference)
    return means[fold]


def fold_references(result: Result, context: str, reference: Reference) -> tuple[Floats, NDArray[np.intp]]:
    """Return the distinct profiles that are subtracted, and which of them each perturbation gets.

    Returns
    -------
    tuple of ndarray
        ``(n_distinct, n_genes)``, the last of them NaN, and ``(n_perturbations,)`` into it.
    """
    stats, plan = result.stats[context], result.plans[context]
    everybody = np.arange(len(stats.perturbations))
    if reference == "control":
        means: Floats = stats.control.mean.cpu().numpy()
        fold = np.zeros(len(everybody), dtype=np.intp)
    else:
        means = centroids(stats, plan).cpu().numpy()
        fold = np.maximum(plan.fold, 0).astype(np.intp)
        train = plan.train[fold]
        alone = train[everybody, everybody] & (train.sum(1) == 1)
        fold = np.where(alone, len(means), fold)
    return np.concatenate([means, np.full((1, means.shape[1]), np.nan)]), fold


def perturbation_view(
    result: Result, context: str, perturbation: str, reference: Reference, *, drop_targets: bool = False
) -> PerturbationView:
    """Return one perturbation gene by gene.

    Parameters
    ----------
    drop_targets
        Leave the targeted genes out of the tables and of the agreement.
    """
    stats, plan = result.stats[context], result.plans[context]
    row = stats.perturbations.index(perturbation)
    means, fold_of = fold_references(result, context, reference)
    subtracted = means[fold_of[row]]
    genes = _genes(result, context, row, subtracted)
    kept = ~genes["target"].to_numpy() if drop_targets else np.ones(len(genes), dtype=bool)
    profiles, missing = predicted_profiles(result, context, row)
    fold = max(int(plan.fold[row]), 0)
    candidates = plan.test if result.settings.candidates == "test" else np.ones(len(plan.fold), dtype=bool)
    agreement = _agreement(genes[kept], profiles, subtracted[kept], kept)
    nir = _nir(perturbation_metrics(result, context, perturbation))
    return PerturbationView(
        perturbation=perturbation,
        reference=reference,
        genes=genes[kept].reset_index(drop=True),
        predicted=_predicted(genes, profiles, subtracted, kept),
        agreement=agreement.assign(nir=agreement["prediction"].map(nir).astype(float)),
        missing=missing,
        left_out=tuple(genes["gene"][~kept]),
        parts=tuple(result.dataset.parts.get(perturbation, (perturbation,))),
        n_cells=int(stats.all_cells.n[row]),
        n_control_cells=int(stats.control.n.sum()),
        n_others=int(candidates.sum()) - int(candidates[row]),
        tested=bool(plan.test[row]),
        in_mean=bool(plan.train[fold, row]),
    )


def _genes(result: Result, context: str, row: int, subtracted: Floats) -> pd.DataFrame:
    stats = result.stats[context]
    label = stats.perturbations[row]
    own, cells = slice(row, row + 1), stats.all_cells
    group = Group(cells.n[own], cells.mean[own], cells.m2[own])
    tests = welch(group, stats.control, method="t-test_overestim_var")
    targets = np.isin(np.array(stats.genes, dtype=object), list(result.dataset.targets.get(label, ())))
    dropped = targets & (result.settings.targets == "drop")
    mean = stats.all_cells.mean[row].cpu().numpy()
    names = np.array(stats.genes, dtype=object)
    p_adj = tests.p_adj[0].cpu().numpy()
    return pd.DataFrame(
        {
            "gene": names,
            "observed": mean - subtracted,
            "t": tests.t[0].cpu().numpy(),
            "p": tests.p[0].cpu().numpy(),
            "p_adj": p_adj,
            "deg": (p_adj < ALPHA) & ~dropped,
            "target": targets,
            "mean_group": mean,
            "mean_reference": stats.control.mean[0].cpu().numpy(),
        }
    )


def predicted_profiles(
    result: Result, context: str, row: int
) -> tuple[list[tuple[str, str, Floats]], tuple[str, ...]]:
    """Return (name, kind, profile) of the mean and of the models, and the models without this perturbation."""
    stats = result.stats[context]
    mean = result.baselines[context]["mean"]
    found: list[tuple[str, str, Floats]] = []
    if len(mean.rows):
        own: Floats = mean.rows[max(int(mean.index[row]), 0)].cpu().numpy()
        if np.isfinite(own).all():
            found.append(("mean", "baseline", own))
    place = result.dataset.perturbations.index(stats.perturbations[row])
    missing = []
    for model in result.aligned:
        profile = model.profiles[context][place] if context in model.profiles else None
        if profile is None or not np.isfinite(profile).all():
            missing.append(model.name)
        else:
            found.append((model.name, "model", profile))
    return found, tuple(missing)


def _predicted(
    genes: pd.DataFrame, profiles: list[tuple[str, str, Floats]], subtracted: Floats, kept: Flags
) -> pd.DataFrame:
    frames = [
        pd.DataFrame(
            {
                "gene": genes["gene"][kept],
                "prediction": name,
                "kind": kind,
                "shift": (profile - subtracted)[kept],
            }
        )
        for name, kind, profile in profiles
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(PREDICTED_COLUMNS))


def _agreement(
    genes: pd.DataFrame, profiles: list[tuple[str, str, Floats]], subtracted: Floats, kept: Flags
) -> pd.DataFrame:
    observed, degs = genes["observed"].to_numpy(), genes["deg"].to_numpy()
    size = float(np.linalg.norm(genes["mean_group"]))
    rows = []
    for name, kind, profile in profiles:
        own = profile[kept]
        shift, sizes = own - subtracted, (float(np.linalg.norm(own)), size)
        r, slope = _line(shift, observed, sizes)
        r_degs = _line(shift[degs], observed[degs], sizes)[0]
        rows.append({"prediction": name, "kind": kind, "r": r, "r_degs": r_degs, "slope": slope})
    return pd.DataFrame(rows, columns=[name for name in AGREEMENT_COLUMNS if name != "nir"])


def _line(predicted: Floats, observed: Floats, sizes: tuple[float, float]) -> tuple[float, float]:
    """Return Pearson's r and the slope of predicted on observed; NaN below three genes or where one is constant.

    Parameters
    ----------
    sizes
        Norms of the profiles that the two shifts came from.
    """
    if len(observed) < FEWEST_GENES:
        return np.nan, np.nan
    y, x = predicted - predicted.mean(), observed - observed.mean()
    up, across = float(np.linalg.norm(y)), float(np.linalg.norm(x))
    if not (up > CONSTANT * sizes[0] and across > CONSTANT * sizes[1]):
        return np.nan, np.nan
    return float(y @ x) / (up * across), float(y @ x) / across**2


def _nir(metrics: pd.DataFrame) -> dict[str, float]:
    own = metrics[metrics["metric"] == "nir"]
    return dict(zip(own["prediction"], own["value"].astype(float), strict=True))
