"""What one data set shows beside others: size, DEGs, shared effect, what the average scores, and its gates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from perturbdash.judgement.scores import Scores, context_views
from perturbdash.judgement.splits import calibration_plan
from perturbdash.vocabulary import ALL_CELLS, POOLED, POSITIVE_CONTROLS, Reference

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result
    from perturbdash.judgement.scoring import ContextCase

REFERENCES: tuple[Reference, ...] = ("control", "centroid")
PEARSON = tuple(f"pearson_delta_{reference}" for reference in REFERENCES)
AVERAGE = "mean"
FORMS = ("cosine", "cosine_split_control")
SCORES = ("context", "prediction", "kind", "reference", "score", "n")
CALIBRATION = ("context", "metric", "drf", "drf_low", "drf_high", "bds", "gate", "n", "headline")
FACTS = (
    "context",
    "n_perturbations",
    "n_cells",
    "n_controls",
    "cells_each",
    "mean_degs",
    "share_without_deg",
    "mean_degs_control",
    *FORMS,
    "n_genes",
    "informative",
    "n_headline",
)


@dataclass(frozen=True)
class Standing:
    """Tables of one data set; a row for each context, and one called ``"pooled"`` where there are several.

    Parameters
    ----------
    facts
        Columns context, n_perturbations, n_cells (with controls), n_controls, cells_each, mean_degs and
        share_without_deg (against the other perturbed cells), mean_degs_control, cosine (published form, reference
        control) and cosine_split_control, n_genes, informative and n_headline (of the
        headline metrics, those that can tell anything, and all).
    scores
        Columns context, prediction, kind, reference, score (mean Pearson Δ, truth all cells), n.
    calibration
        Columns context, metric, headline, drf, drf_low, drf_high, bds, gate, n; positive control the interpolated
        duplicate.
    models
        In order of loading.
    """

    facts: pd.DataFrame
    scores: pd.DataFrame
    calibration: pd.DataFrame
    models: tuple[str, ...]

    @property
    def contexts(self) -> tuple[str, ...]:
        """Names of the contexts, without ``"pooled"``."""
        return tuple(name for name in self.facts["context"] if name != POOLED)


def standing(result: Result) -> Standing:
    """Return what a result shows beside those of other data sets."""
    calibration = _calibration(result)
    return Standing(_facts(result, calibration), _scores(result), calibration, result.models)


def side_by_side(
    standings: Mapping[str, Standing], *, pooled: bool, only: Mapping[str, str] | None = None
) -> Standing:
    """Return the tables of several data sets in one, with columns dataset (its name) and name (what a figure writes).

    Parameters
    ----------
    standings
        By the name of the data set, in the order in which they are shown.
    pooled
        All contexts of a data set together, else each context by itself.
    only
        By the name of a data set, the one context of it that is shown.
    """
    kept: dict[str, list[pd.DataFrame]] = {"facts": [], "scores": [], "calibration": []}
    for dataset, one in standings.items():
        several, asked = len(one.contexts) > 1, (only or {}).get(dataset, POOLED)
        wanted = [POOLED] if pooled and several else list(one.contexts)
        wanted = [asked] if asked in one.contexts else wanted
        for table, found in kept.items():
            source: pd.DataFrame = getattr(one, table)
            rows = source[source["context"].isin(wanted)]
            names = [f"{dataset} · {c}" if several and c != POOLED else dataset for c in rows["context"]]
            found.append(rows.assign(dataset=dataset, name=names))
    columns = {"facts": FACTS, "scores": SCORES, "calibration": CALIBRATION}
    made = {
        table: pd.concat(found, ignore_index=True)
        if found
        else pd.DataFrame(columns=[*columns[table], "dataset", "name"])
        for table, found in kept.items()
    }
    models = dict.fromkeys(model for one in standings.values() for model in one.models)
    return Standing(made["facts"], made["scores"], made["calibration"], tuple(models))


def _calibration(result: Result) -> pd.DataFrame:
    rows = result.calibration_summary
    rows = rows[rows["positive_control"] == POSITIVE_CONTROLS[0]].rename(columns={"drf_mean": "drf"})
    rows = rows.assign(headline=rows["metric"].isin(result.settings.headline))
    return rows[list(CALIBRATION)].reset_index(drop=True)


def _facts(result: Result, calibration: pd.DataFrame) -> pd.DataFrame:
    from perturbdash.statistics.systematic import summary

    means = summary(result.systematic_variation)
    control = means[means["reference"] == "control"].set_index("context")
    rows = []
    for context, own in result.conditions.groupby("context", sort=False):
        cells, rest, n_control = own["n_cells"], own["n_degs_rest"], int(own["n_control"].iloc[0])
        rows.append(
            {
                "context": context,
                "n_perturbations": len(own),
                "n_cells": int(cells.sum()) + n_control,
                "n_controls": n_control,
                "cells_each": float(cells.mean()),
                "mean_degs": float(rest.mean()),
                "share_without_deg": float((rest == 0).mean()) if len(own) > 1 else np.nan,
                "mean_degs_control": float(own["n_degs"].mean()),
                **{form: float(control[form].get(context, np.nan)) for form in FORMS},
            }
        )
    facts = pd.DataFrame(rows)
    if len(facts) > 1:
        facts = pd.concat([facts, _pooled(facts, result)], ignore_index=True)
    headline = calibration[calibration["headline"]]
    told = headline[headline["gate"] == "informative"].groupby("context").size()
    facts = facts.assign(
        n_genes=len(result.dataset.genes),
        informative=[int(told.get(context, 0)) for context in facts["context"]],
        n_headline=len(result.settings.headline),
    )
    return facts[list(FACTS)]


def _pooled(facts: pd.DataFrame, result: Result) -> pd.DataFrame:
    """Add cells up, count each perturbation once, and average all else over contexts."""
    averaged = facts.drop(columns="context").mean().to_frame().T
    names = {name for found in result.perturbations.values() for name in found}
    whole = {"n_perturbations": len(names), **{c: int(facts[c].sum()) for c in ("n_cells", "n_controls")}}
    return averaged.assign(context=POOLED, **whole)


def _scores(result: Result) -> pd.DataFrame:
    """Average Pearson Δ within each context, and those means over contexts."""
    found = result.all_cells if AVERAGE in result.all_cells.value else _average_alone(result)
    rows = []
    for name in found.names("baseline", "model"):
        if name != AVERAGE and found.kinds[name] != "model":
            continue
        for metric, reference in zip(PEARSON, REFERENCES, strict=True):
            values = found.value[name][found.metrics.index(metric)]
            for context, where in context_views(found.contexts):
                known = values[:, where]
                means = [column[~np.isnan(column)].mean() for column in known.T if not np.isnan(column).all()]
                rows.append(
                    {
                        "context": context,
                        "prediction": name,
                        "kind": found.kinds[name],
                        "reference": reference,
                        "score": float(np.mean(means)) if len(means) == known.shape[1] else np.nan,
                        "n": int((~np.isnan(known)).any(1).sum()),
                    }
                )
    return pd.DataFrame(rows, columns=list(SCORES))


def _average_alone(result: Result) -> Scores:
    """Score the average where no prediction says what is tested: every perturbation in its fold of the calibration."""
    from perturbdash.judgement.baselines import baselines
    from perturbdash.judgement.scoring import score_all_cells

    scores = Scores(ALL_CELLS, PEARSON, result.calibrated.halves[0].labels, tuple(result.cases))
    for case in cast("dict[str, ContextCase]", result.cases).values():
        plan = calibration_plan(case.stats.perturbations, result.folds)
        made = baselines(case.stats, plan, parts=case.parts, targets=case.targets, only=(AVERAGE,))
        score_all_cells(case, scores, plan, result.settings, made)
    return scores
