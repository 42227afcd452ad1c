"""What proves that a model collapsed, is the mean, or has the wrong scale: tables for one picture each."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from perturbdash.judgement.finding import Judged
from perturbdash.judgement.proof import Proof, limits
from perturbdash.judgement.warnings import (
    COLLAPSE_COSINE,
    COLLAPSE_VARIANCE,
    MEAN_COSINE,
    MEAN_COSINE_OBSERVED,
    SCALE_HIGH,
    SCALE_LOW,
)
from perturbdash.statistics.geometry import mean_pairwise_cosine

BINS = 80
BLOCK = 512


def collapse(judged: Judged) -> Proof:
    """Count pairs of shifts by their cosine, predicted and observed, and compare the variances."""
    edges = np.linspace(-1, 1, BINS + 1)
    frames, means, variances = [], {}, {}
    for kind, profiles in (("observed", judged.observed), ("predicted", judged.predicted)):
        shifts = profiles - judged.control
        pairs = _pairs(shifts)
        frames.append(pd.DataFrame({"kind": kind, "low": edges[:-1], "high": edges[1:], "pairs": pairs}))
        means[kind] = mean_pairwise_cosine(shifts)
        variances[kind] = float((shifts - shifts.mean(0)).square().sum() / max(len(shifts) - 1, 1))
    ratio = variances["predicted"] / max(variances["observed"], np.finfo(float).tiny)
    values = pd.DataFrame(
        {
            "kind": ["observed", "predicted"],
            "mean_cosine": [means["observed"], means["predicted"]],
            "variance": [variances["observed"], variances["predicted"]],
            "variance_ratio": [1.0, ratio],
        }
    )
    alike = means["observed"] + COLLAPSE_COSINE
    lines = limits(
        ("cosine", alike, f"observed mean + {COLLAPSE_COSINE:g} = {alike:.2f}"),
        ("variance", COLLAPSE_VARIANCE, f"{COLLAPSE_VARIANCE:g} of the observed"),
    )
    return Proof(pd.concat(frames, ignore_index=True), lines, len(judged.predicted), values)


def _pairs(shifts: Tensor) -> np.ndarray:
    """Count the pairs of rows in bins of their cosine, ``(BINS,)``; a zero shift has cosine 0."""
    norms = shifts.norm(dim=1, keepdim=True)
    units = torch.where(norms > 0, shifts / norms, torch.zeros_like(shifts))
    counts = torch.zeros(BINS, dtype=torch.float64)
    columns = torch.arange(len(units), device=units.device)
    for start in range(0, len(units), BLOCK):
        rows = slice(start, start + BLOCK)
        cosines = (units[rows] @ units.T).clamp_(-1, 1)
        counts += torch.histc(cosines[columns[rows, None] < columns[None, :]], BINS, -1, 1).cpu()
    found: np.ndarray = counts.numpy().astype(int)
    return found


def is_the_mean(judged: Judged) -> Proof:
    """Compare each shift, predicted and observed, with the average effect."""
    effect = judged.average_effect
    cosines = {}
    for kind, profiles in (("observed", judged.observed), ("predicted", judged.predicted)):
        shifts = profiles - judged.control
        norms = shifts.norm(dim=1) * effect.norm()
        cosines[kind] = torch.where(norms > 0, shifts @ effect / norms, torch.zeros_like(norms)).clamp(-1, 1)
    table = pd.DataFrame({"perturbation": list(judged.perturbations)}).assign(
        **{kind: values.cpu().numpy() for kind, values in cosines.items()}
    )
    lines = limits(
        ("predicted", MEAN_COSINE, f"predicted: above {MEAN_COSINE:g}"),
        ("observed", MEAN_COSINE_OBSERVED, f"observed: below {MEAN_COSINE_OBSERVED:g}"),
    )
    table = table.sort_values("predicted", ascending=False, kind="stable", ignore_index=True)
    return Proof(table, lines, len(table))


def scale(judged: Judged) -> Proof:
    """Give slope and norms of predicted and observed shifts, one row a perturbation."""
    predicted, observed = judged.predicted - judged.control, judged.observed - judged.control
    centred = observed - observed.mean(1, keepdim=True)
    spread = centred.square().sum(1)
    norms = observed.norm(dim=1)
    table = pd.DataFrame(
        {
            "perturbation": list(judged.perturbations),
            "observed_norm": norms.cpu().numpy(),
            "predicted_norm": predicted.norm(dim=1).cpu().numpy(),
            "ratio": torch.where(norms > 0, predicted.norm(dim=1) / norms, torch.nan).cpu().numpy(),
            "slope": torch.where(spread > 0, (predicted * centred).sum(1) / spread, torch.nan).cpu().numpy(),
        }
    )
    lines = limits(
        ("scale", SCALE_LOW, f"{SCALE_LOW:g}: half the size"),
        ("right", 1.0, "1: right size"),
        ("scale", SCALE_HIGH, f"{SCALE_HIGH:g}: twice the size"),
    )
    worst = (
        table["ratio"]
        .where(table["ratio"] > 0)
        .map(np.log)
        .abs()
        .sort_values(ascending=False, kind="stable")
        .index
    )
    return Proof(table.loc[worst].reset_index(drop=True), lines, len(table))
