"""What proves that a win rests on targeted genes, or that the data set has no effect: tables for one picture each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from perturbdash.judgement.behind_warnings import behind_warning
from perturbdash.judgement.proof import Proof, limits
from perturbdash.judgement.verdict import ALPHA
from perturbdash.metrics.registry import METRICS
from perturbdash.statistics.systematic import NOISE_THRESHOLD
from perturbdash.vocabulary import BDS_GATE, DRF_GATE, POSITIVE_CONTROLS

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result

SHOWN = ("metric", "genes", "baseline", "difference", "low", "high", "p", "outcome", "n")


def target_gene_only(result: Result, model: str, context: str) -> Proof:
    """Judge the wins of a model once more without the targeted genes, beside the scores of each perturbation.

    The verdict is that of ``context``, which may be ``"pooled"``.
    """
    kept = _verdict(result.verdict, model, context)
    won = kept[kept["outcome"] == "beats"]["metric"]
    dropped = _verdict(result.verdict_without_targets, model, context)
    table = pd.concat([kept.assign(genes="all genes"), dropped.assign(genes="without targets")])
    table = table[table["metric"].isin(won)].reset_index(drop=True)
    points = behind_warning(result, "target_gene_only", context=context, models=[model])
    labels = {METRICS[metric].label for metric in won}
    scores = points[points["metric"].isin(labels)] if len(points) else points
    lines = limits(("p", ALPHA, f"p = {ALPHA:g}"), ("difference", 0.0, "0: no better than the baseline"))
    return Proof(table[list(SHOWN)], lines, int(table["n"].max()) if len(table) else 0, scores)


def _verdict(verdict: pd.DataFrame, model: str, context: str) -> pd.DataFrame:
    own = verdict[(verdict["context"] == context) & (verdict["model"] == model) & verdict["headline"]]
    return own.assign(p=own["p_holm"].fillna(own["p_value"]).astype(float))


def no_effect(result: Result, context: str) -> Proof:
    """Set the cosine to the average effect as published beside that with the controls split, by perturbation."""
    table = result.systematic_variation
    own = table[(table["context"] == context) & (table["reference"] == "control")]
    points = own[["perturbation", "cosine", "cosine_split_control", "shift_norm", "n_cells"]]
    points = points[points["cosine"].notna() & points["cosine_split_control"].notna()]
    lines = limits(("gap", NOISE_THRESHOLD, f"published − {NOISE_THRESHOLD:g}"))
    gap = points["cosine"] - points["cosine_split_control"]
    return Proof(
        points.loc[gap.sort_values(ascending=False, kind="stable").index].reset_index(drop=True),
        lines,
        len(points),
    )


def no_metric(result: Result, context: str) -> Proof:
    """Return the calibration of every metric, none of which passes the gate."""
    table = result.calibration_summary
    own = table[(table["context"] == context) & (table["positive_control"] == POSITIVE_CONTROLS[0])]
    lines = limits(("drf", DRF_GATE, f"gate: {DRF_GATE:g}"), ("bds", BDS_GATE, f"gate: {BDS_GATE:g}"))
    return Proof(own.reset_index(drop=True), lines, int(own["n"].max()) if len(own) else 0)
