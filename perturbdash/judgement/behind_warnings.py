"""The perturbations or genes behind a warning, as a table: for a look, and to mend a file with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch

from perturbdash.judgement.findings import judged
from perturbdash.judgement.sentences import joined
from perturbdash.judgement.warnings_space import distance_ratios
from perturbdash.metrics.registry import METRICS
from perturbdash.vocabulary import POOLED

if TYPE_CHECKING:
    from perturbdash.io.alignment import AlignedPrediction
    from perturbdash.judgement.result import Result


def behind_warning(result: Result, warning: str, *, context: str, models: Sequence[str]) -> pd.DataFrame:
    """Return the perturbations or genes that a warning is about, one a row; empty where it has no such table.

    Parameters
    ----------
    warning
        ``leakage``, ``missing``, ``identical``, ``train_predictions``, ``control_drift``, ``target_gene_only`` or
        ``space``.
    context
        A context, or ``"pooled"`` for all.
    models
        Those that have the warning.

    Returns
    -------
    Columns model, context, perturbation or gene, then what the warning measured there; the worst first.
    """
    if warning == "target_gene_only":
        return _target_genes(result, context, models)
    if warning not in TABLES:
        return pd.DataFrame()
    frames = []
    for prediction, own in _each(result, context, models):
        frame = TABLES[warning](result, prediction, own)
        frame.insert(0, "context", own)
        frame.insert(0, "model", prediction.name)
        frames.append(frame)
    found = [frame for frame in frames if len(frame)]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def _each(result: Result, context: str, models: Sequence[str]) -> Iterator[tuple[AlignedPrediction, str]]:
    for prediction in result.aligned:
        if prediction.name in models:
            for own in result.contexts:
                if context in (POOLED, own) and own in prediction.profiles:
                    yield prediction, own


def _leakage(result: Result, prediction: AlignedPrediction, context: str) -> pd.DataFrame:
    case = judged(result, prediction, context)
    ratios = distance_ratios(case)
    genes = (~case.degs).sum(1).cpu().numpy()
    table = pd.DataFrame({"perturbation": case.perturbations, "ratio": ratios, "genes": genes})
    return table[table["ratio"].notna()].sort_values("ratio", kind="stable")


def _missing(result: Result, prediction: AlignedPrediction, context: str) -> pd.DataFrame:
    plan, stats = result.plans[context], result.stats[context]
    present = set(judged(result, prediction, context).perturbations)
    tested = [label for label, test in zip(stats.perturbations, plan.test, strict=True) if test]
    names = [label for label in tested if label not in present]
    genes = list(prediction.report.genes_missing)
    kinds = ["perturbation"] * len(names) + ["gene"] * len(genes)
    return pd.DataFrame({"missing": [*names, *genes], "kind": kinds})


def _identical(result: Result, prediction: AlignedPrediction, context: str) -> pd.DataFrame:
    case = judged(result, prediction, context)
    _, group, sizes = torch.unique(case.predicted, dim=0, return_inverse=True, return_counts=True)
    group, sizes = group.cpu().numpy(), sizes.cpu().numpy()
    table = pd.DataFrame({"perturbation": case.perturbations, "group": group, "same_profile": sizes[group]})
    table = table[table["same_profile"] > 1].sort_values(["same_profile", "group"], ascending=[False, True])
    return table.assign(group=pd.factorize(table["group"])[0] + 1)


def _train(result: Result, prediction: AlignedPrediction, context: str) -> pd.DataFrame:
    plan, stats = result.plans[context], result.stats[context]
    place = {label: i for i, label in enumerate(result.dataset.perturbations)}
    profiles = prediction.profiles[context][[place[label] for label in stats.perturbations]]
    rows = np.flatnonzero(~np.isnan(profiles).any(1) & plan.train.any(0) & ~plan.test)
    n = stats.all_cells.n.cpu().numpy().astype(int)[rows]
    return pd.DataFrame({"perturbation": [stats.perturbations[i] for i in rows], "n_cells": n})


def _control_drift(result: Result, prediction: AlignedPrediction, context: str) -> pd.DataFrame:
    case = judged(result, prediction, context)
    if case.predicted_control is None:
        return pd.DataFrame()
    first, second = case.control_halves
    table = pd.DataFrame(
        {
            "gene": list(result.stats[context].genes),
            "predicted": case.predicted_control.cpu().numpy(),
            "observed": case.control.cpu().numpy(),
            "difference": (case.predicted_control - case.control).cpu().numpy(),
            "between_halves": (second - first).cpu().numpy(),
        }
    )
    return table.sort_values("difference", key=lambda values: -values.abs(), kind="stable")


def _space(result: Result, prediction: AlignedPrediction, context: str) -> pd.DataFrame:
    case = judged(result, prediction, context)
    columns: dict[str, object] = {"perturbation": case.perturbations}
    for words, profiles in (("predicted", case.predicted), ("observed", case.observed)):
        columns[f"{words}_lowest"] = profiles.amin(1).cpu().numpy()
        columns[f"{words}_highest"] = profiles.amax(1).cpu().numpy()
    totals = [torch.expm1(profiles.clamp(max=50.0)).sum(1) for profiles in (case.predicted, case.observed)]
    columns["total_fold_log10"] = (totals[0] / totals[1]).log10().cpu().numpy()
    return pd.DataFrame(columns).sort_values("predicted_highest", ascending=False, kind="stable")


TABLES: dict[str, Callable[[Result, AlignedPrediction, str], pd.DataFrame]] = {
    "leakage": _leakage,
    "missing": _missing,
    "identical": _identical,
    "train_predictions": _train,
    "control_drift": _control_drift,
    "space": _space,
}


def _target_genes(result: Result, context: str, models: Sequence[str]) -> pd.DataFrame:
    """Score the metrics that turned once more without the targeted genes, perturbation by perturbation."""
    table = result.warnings
    verdict = result.verdict
    turned = set(table.loc[table["warning"] == "target_gene_only", "model"]) & set(models)
    won = verdict[verdict["model"].isin(turned) & verdict["headline"] & (verdict["outcome"] == "beats")][
        "metric"
    ]
    metrics = tuple(dict.fromkeys(won))
    if not metrics:
        return pd.DataFrame()
    old, without = result.all_cells, result.scores_without_targets
    frames = []
    for model in (model for model in models if model in turned):
        for place, own in enumerate(old.contexts):
            if context in (POOLED, own):
                for metric in metrics:
                    rows = np.flatnonzero(old.scope_of[model][:, place])
                    kept = old.value[model][old.metrics.index(metric), rows, place]
                    dropped = without.value[model][without.metrics.index(metric), rows, place]
                    targets = [joined(result.dataset.targets.get(old.labels[i], ())) for i in rows]
                    frames.append(
                        pd.DataFrame(
                            {
                                "model": model,
                                "context": own,
                                "perturbation": [old.labels[i] for i in rows],
                                "targets": targets,
                                "metric": METRICS[metric].label,
                                "with_targets": kept,
                                "without_targets": dropped,
                                "lost": METRICS[metric].direction * (kept - dropped),
                            }
                        )
                    )
    found = pd.concat(frames, ignore_index=True)
    return found.sort_values(["model", "metric", "lost"], ascending=[True, True, False], kind="stable")
