"""How alike the shifts of any two perturbations are, from control and from the perturbed centroid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from perturbdash.statistics.geometry import mean_pairwise_cosine
from perturbdash.statistics.rowwise import row_blocks
from perturbdash.vocabulary import Reference

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result

BINS = 100
NEAREST = 50
ZERO = 1e-9
ROWS = 256
REFERENCES: tuple[Reference, ...] = ("control", "centroid")
NEAREST_COLUMNS = ("perturbation", "other", "cosine_centroid", "cosine_control")


@dataclass(frozen=True)
class PairwiseView:
    """The cosines of all pairs of shifts of one context.

    Parameters
    ----------
    counts
        reference, low, high (of a bin), pairs.
    means
        reference, mean, n_pairs; the mean is over all pairs, not over bins. NaN without a pair.
    nearest
        perturbation, other, cosine_centroid, cosine_control: the pairs that are most alike once the shared effect
        is taken away, the most alike first.
    """

    counts: pd.DataFrame
    means: pd.DataFrame
    nearest: pd.DataFrame


def pairwise_view(result: Result, context: str) -> PairwiseView:
    """Return the cosines of all pairs of shifts, upper triangle, both references, all perturbations and cells.

    A zero shift has cosine 0 with any other, as in the published systematic variation.

    Source: Viñas Torné et al. 2025, 10.1038/s41587-025-02777-8.
    """
    stats = result.stats[context]
    units = {reference: unit_shifts(result, context, reference) for reference in REFERENCES}
    n = len(stats.perturbations)
    edges = np.linspace(-1, 1, BINS + 1)
    counts = {reference: torch.zeros(BINS, dtype=torch.int64) for reference in REFERENCES}
    best = _nothing()
    for reference in REFERENCES:
        for cosines, rows, columns in _blocks(units[reference]):
            counts[reference] += torch.histc(cosines[~cosines.isnan()], BINS, -1, 1).long().cpu()
            if reference == "centroid":
                best = _best(best, cosines, rows, columns)
    frames = [
        pd.DataFrame({"reference": r, "low": edges[:-1], "high": edges[1:], "pairs": counts[r].numpy()})
        for r in REFERENCES
    ]
    means = [
        {"reference": r, "mean": mean_pairwise_cosine(units[r]), "n_pairs": n * (n - 1) // 2}
        for r in REFERENCES
    ]
    return PairwiseView(
        pd.concat(frames, ignore_index=True),
        pd.DataFrame(means),
        _nearest(stats.perturbations, best, units["control"]),
    )


def mean_among(result: Result, context: str, perturbations: Sequence[str]) -> dict[Reference, float]:
    """Return the mean cosine between the shifts of some perturbations, by reference; NaN for fewer than two."""
    chosen = set(perturbations)
    rows = [i for i, name in enumerate(result.stats[context].perturbations) if name in chosen]
    return {r: mean_pairwise_cosine(unit_shifts(result, context, r)[rows]) for r in REFERENCES}


def nearest_to(result: Result, context: str, perturbations: Sequence[str]) -> pd.DataFrame:
    """Return the pairs of these perturbations with any other that are most alike from the perturbed centroid.

    Returns
    -------
    pandas.DataFrame
        As ``PairwiseView.nearest``, each pair once.
    """
    names = result.stats[context].perturbations
    chosen = set(perturbations)
    rows = torch.tensor([i for i, name in enumerate(names) if name in chosen], dtype=torch.int64)
    units = {reference: unit_shifts(result, context, reference) for reference in REFERENCES}
    best = _nothing()
    rows, columns = rows.to(units["control"].device), torch.arange(len(names), device=units["control"].device)
    for block in row_blocks(len(rows), ROWS):
        own = rows[block]
        cosines = (units["centroid"][own] @ units["centroid"].T).clamp_(-1, 1)
        cosines[torch.isin(columns, rows)[None] & (columns[None] <= own[:, None])] = torch.nan
        best = _best(best, cosines, own, columns)
    return _nearest(names, best, units["control"])


def unit_shifts(result: Result, context: str, reference: Reference) -> Tensor:
    """Return the shifts of all perturbations of a context, each of norm 1, or 0 where there is no shift."""
    stats = result.stats[context]
    centroids = stats.all_cells.mean
    shifts = centroids - (stats.control.mean[0] if reference == "control" else centroids.mean(0))
    norms = shifts.norm(dim=1, keepdim=True)
    nothing = norms <= ZERO * centroids.norm(dim=1, keepdim=True)
    return torch.where(nothing, 0.0, shifts / norms)


def _blocks(units: Tensor) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Yield cosines ``(n_rows, n_columns)`` of blocks of the upper triangle, with their rows and columns.

    Pairs of the blocks on the diagonal that stand there twice are NaN the second time.
    """
    numbers = torch.arange(len(units), device=units.device)
    for rows in row_blocks(len(units), ROWS):
        own = units[rows]
        square = (own @ own.T).clamp_(-1, 1)
        square[numbers[: len(own), None] >= numbers[None, : len(own)]] = torch.nan
        yield square, numbers[rows], numbers[rows]
        if rows.stop < len(units):
            yield (own @ units[rows.stop :].T).clamp_(-1, 1), numbers[rows], numbers[rows.stop :]


def _nothing() -> tuple[Tensor, Tensor]:
    """Return no cosine and no pair."""
    return torch.empty(0, dtype=torch.float64), torch.empty((0, 2), dtype=torch.int64)


def _best(
    best: tuple[Tensor, Tensor], cosines: Tensor, rows: Tensor, columns: Tensor
) -> tuple[Tensor, Tensor]:
    """Keep the pairs with the largest cosines; NaN is no pair."""
    flat = cosines.flatten().nan_to_num(-torch.inf)
    if not flat.numel() or (len(best[0]) == NEAREST and float(flat.max()) <= float(best[0][-1])):
        return best
    top = torch.topk(flat, min(NEAREST, flat.numel()))
    there = top.values > -torch.inf
    places = top.indices[there]
    width = len(columns)
    pairs = torch.stack([rows[places // width], columns[places % width]], dim=1)
    values = torch.cat([best[0], top.values[there].cpu()])
    found = torch.cat([best[1], pairs.cpu()])
    order = torch.argsort(-values, stable=True)[:NEAREST]
    return values[order], found[order]


def _nearest(names: Sequence[str], best: tuple[Tensor, Tensor], control: Tensor) -> pd.DataFrame:
    values, pairs = best
    first, second = (pairs[:, i].tolist() for i in (0, 1))
    along = (control[first] * control[second]).sum(1).clamp(-1, 1).tolist() if len(values) else []
    columns = ([names[i] for i in first], [names[i] for i in second], values.tolist(), along)
    return pd.DataFrame(dict(zip(NEAREST_COLUMNS, columns, strict=True)))
