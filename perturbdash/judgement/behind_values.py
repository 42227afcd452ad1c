"""What proves another space, controls that drift, or knowledge of these very cells: tables for one picture each."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch

from perturbdash.judgement.finding import NEAR, Judged
from perturbdash.judgement.proof import Proof, limits
from perturbdash.judgement.warnings_space import LEAKAGE, SPACE_FOLD, distance_ratios

BINS = 120


def space(judged: Judged) -> Proof:
    """Count predicted and observed values in bins of their signed root, and give each profile's implied total."""
    kinds = {"observed": judged.observed, "predicted": judged.predicted}
    roots = {kind: values.sign() * values.abs().sqrt() for kind, values in kinds.items()}
    low = min(float(values.min()) for values in roots.values())
    high = max(float(values.max()) for values in roots.values())
    high = high if high > low else low + 1.0
    edges = np.linspace(low, high, BINS + 1)
    squares = np.sign(edges) * edges**2
    frames = []
    for kind, values in roots.items():
        counts = torch.histc(values, BINS, low, high).cpu().numpy()
        frames.append(
            pd.DataFrame(
                {
                    "kind": kind,
                    "low": squares[:-1],
                    "high": squares[1:],
                    "share": counts / max(values.numel(), 1),
                }
            )
        )
    totals = {
        kind: torch.expm1(values.clamp(max=50.0)).sum(1).cpu().numpy() for kind, values in kinds.items()
    }
    profiles = pd.DataFrame({"perturbation": list(judged.perturbations), **totals})
    largest = float(judged.observed.max())
    middle = float(np.median(totals["observed"]))
    lines = limits(
        ("values", 0.0, "0: nothing lies below in log1p"),
        (
            "values",
            SPACE_FOLD * largest,
            f"{SPACE_FOLD:g} × the highest observed = {SPACE_FOLD * largest:.2f}",
        ),
        ("totals", middle / SPACE_FOLD, f"observed median / {SPACE_FOLD:g} = {middle / SPACE_FOLD:,.0f}"),
        ("totals", middle * SPACE_FOLD, f"observed median × {SPACE_FOLD:g} = {middle * SPACE_FOLD:,.0f}"),
    )
    return Proof(pd.concat(frames, ignore_index=True), lines, len(profiles), profiles)


def control_drift(judged: Judged, genes: tuple[str, ...]) -> Proof:
    """Give, for each gene, predicted − observed control, and how far two halves of the controls lie apart.

    The distances that the warning compares are the roots of the summed squares; divided by the root of the number of
    genes they are the typical difference of a gene, which is what the lines show.
    """
    assert judged.predicted_control is not None
    first, second = judged.control_halves
    table = pd.DataFrame(
        {
            "gene": list(genes),
            "observed": judged.control.cpu().numpy(),
            "difference": (judged.predicted_control - judged.control).cpu().numpy(),
            "between_halves": (second - first).cpu().numpy(),
        }
    )
    root = np.sqrt(len(table))
    noise = float((first - second).norm())
    drift = float((judged.predicted_control - judged.control).norm())
    lines = limits(
        ("halves", noise / root, f"two halves: {noise:.2f} over all genes"),
        ("predicted", drift / root, f"predicted: {drift:.2f} over all genes"),
    )
    return Proof(table, lines, len(table))


def leakage(judged: Judged) -> Proof:
    """Give the ratio of squared distances of each perturbation."""
    table = pd.DataFrame(
        {
            "perturbation": list(judged.perturbations),
            "ratio": distance_ratios(judged),
            "genes": (~judged.degs).sum(1).cpu().numpy(),
        }
    )
    table = table[table["ratio"].notna()].sort_values("ratio", kind="stable", ignore_index=True)
    lines = limits(
        ("ratio", LEAKAGE, f"{LEAKAGE:g}: knows the exact truth"),
        ("ratio", LEAKAGE * NEAR, f"{LEAKAGE * NEAR:g}: honest models lie above"),
    )
    return Proof(table, lines, len(table))
