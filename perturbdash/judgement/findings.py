"""All warnings of a result: of each model in each context, of its verdicts, and of the data set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch

from perturbdash.judgement.baselines import centroids
from perturbdash.judgement.finding import (
    WARNING_COLUMNS,
    Finding,
    Judged,
    no_effect_findings,
    target_gene_findings,
)
from perturbdash.judgement.scores import Scores
from perturbdash.judgement.scoring import score_all_cells
from perturbdash.judgement.verdict import ALPHA, verdict_table
from perturbdash.judgement.warnings import measured
from perturbdash.metrics.registry import METRICS
from perturbdash.vocabulary import ALL_CELLS

if TYPE_CHECKING:
    from perturbdash.io.alignment import AlignedPrediction
    from perturbdash.judgement.result import Result


def findings_table(found: Sequence[Finding], *, near: bool = False) -> pd.DataFrame:
    """Return every finding as a row (table ``warnings``), or every value that is near to one."""
    rows = [asdict(finding) for finding in found if finding.near == near]
    return pd.DataFrame(rows, columns=list(WARNING_COLUMNS))


def all_measured(result: Result) -> list[Finding]:
    """Return every finding, and the values that are near to one."""
    found: list[Finding] = []
    for context in result.contexts:
        found += _of_the_data(result, context)
        last: Judged | None = None
        for prediction in result.aligned:
            if context in prediction.profiles:
                last = judged(result, prediction, context, beside=last)
                found += measured(last)
    return [*found, *_of_the_targets(result)]


def _of_the_data(result: Result, context: str) -> list[Finding]:
    table = result.systematic_variation
    own = table[(table["context"] == context) & (table["reference"] == "control")]
    gates = [gate for (name, _), gate in result.gates.items() if name == context]
    return no_effect_findings(
        context,
        float(own["cosine"].mean()),
        float(own["cosine_split_control"].mean()),
        any_informative="informative" in gates,
    )


def judged(
    result: Result, prediction: AlignedPrediction, context: str, *, beside: Judged | None = None
) -> Judged:
    """Put a model beside what was observed on the test perturbations that it predicts.

    Parameters
    ----------
    beside
        Another model of the context, whose measures of what was observed serve where the perturbations are the same.
    """
    stats, plan = result.stats[context], result.plans[context]
    profiles = result.cases[context].models[prediction.name]
    present = ~np.isnan(profiles).any(1)
    tested = plan.fold >= 0
    chosen = np.flatnonzero(present & tested)
    whole = len(chosen) == len(profiles)
    rows = slice(None) if whole else torch.from_numpy(chosen).to(result.device)
    mean = centroids(stats, plan)
    effect = (
        mean.mean(0) if len(mean) else torch.full_like(stats.control.mean[0], torch.nan)
    ) - stats.control.mean[0]
    drift = prediction.predicted_control.get(context)
    degs = torch.from_numpy(result.tests[context].degs("control")).to(result.device)
    names = tuple(stats.perturbations[i] for i in chosen)
    found = Judged(
        context=context,
        model=prediction.name,
        predicted=torch.from_numpy(profiles[chosen]).to(result.device),
        observed=stats.all_cells.mean[rows],
        first=stats.first.mean[rows],
        second=stats.second.mean[rows],
        degs=degs[rows],
        control=stats.control.mean[0],
        control_halves=(stats.control_first.mean[0], stats.control_second.mean[0]),
        average_effect=effect,
        predicted_control=None if drift is None else torch.from_numpy(drift).to(result.device),
        n_missing=int((tested & ~present).sum()),
        n_test=int(tested.sum()),
        n_train_predicted=int((present & plan.train.any(0) & ~tested).sum()),
        genes_missing=len(prediction.report.genes_missing),
        perturbations=names,
    )
    return found.with_observed_of(beside) if beside is not None and beside.perturbations == names else found


def _of_the_targets(result: Result) -> list[Finding]:
    """Judge the headline metrics once more without the targeted genes, and name the verdicts that turn."""
    scored = result.settings.targets == "keep" and result.aligned and any(result.dataset.targets.values())
    if not scored:
        return []
    verdict = result.verdict[result.verdict["headline"]]
    if not (verdict["outcome"] == "beats").any():
        return []
    without = result.verdict_without_targets
    labels = {metric: METRICS[metric].label for metric in result.settings.headline}
    decisive = without["p_holm"].fillna(without["p_value"])
    return target_gene_findings(
        _by_verdict(verdict, verdict["outcome"]),
        _by_verdict(without, without["outcome"]),
        labels,
        p_dropped=_by_verdict(without, decisive),
        alpha=ALPHA,
    )


def without_targets(result: Result) -> pd.DataFrame:
    """Return the verdict without the targeted genes on the headline metrics that decide what becomes of a win."""
    settings = replace(result.settings, targets="drop")
    return verdict_table(result.scores_without_targets, result.gates, {}, settings, blocks=result.block_codes)


def scores_without_targets(result: Result) -> Scores:
    """Score baselines and winning models once more, without the targeted genes, on what decides their wins."""
    settings = replace(result.settings, targets="drop")
    models, metrics = _scored_again(result)
    old = result.all_cells
    scores = Scores(ALL_CELLS, metrics, old.labels, old.contexts)
    for context, case in result.cases.items():
        judged = {name: profiles for name, profiles in case.models.items() if name in models}
        score_all_cells(
            case, scores, result.plans[context], settings, result.baselines[context], models=judged
        )
    return scores


def _scored_again(result: Result) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the models that win on a headline metric, and the metrics that decide whether they still do.

    These are the metrics of the wins and, since Holm's correction counts them, the informative ones beside them.
    """
    verdict = result.verdict[result.verdict["headline"]]
    wins = verdict[verdict["outcome"] == "beats"]
    deciding = set(wins["metric"])
    informative = verdict[verdict["gate"] == "informative"]
    corrected = wins.loc[wins["gate"] == "informative", ["context", "model"]].drop_duplicates()
    deciding |= set(informative.merge(corrected)["metric"])
    return frozenset(wins["model"]), tuple(m for m in result.settings.headline if m in deciding)


def _by_verdict(verdict: pd.DataFrame, values: pd.Series) -> dict[tuple[str, str, str], Any]:
    keys = zip(verdict["context"], verdict["model"], verdict["metric"], strict=True)
    return dict(zip(keys, values, strict=True))
