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
        for start, cosines, pairs in _blocks(units[reference]):
            places = ((cosines + 1) * (BINS / 2)).long().clamp_(0, BINS - 1)
            counts[reference] += torch.bincount(places, minlength=BINS).cpu()
            if reference == "centroid":
                best = _best(best, cosines.cpu(), pairs.cpu() + torch.tensor([start, start]))
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
    for block in row_blocks(len(rows), ROWS):
        own = rows[block]
        cosines = (units["centroid"][own] @ units["centroid"].T).clamp_(-1, 1).cpu()
        column = torch.arange(len(names))
        again = torch.isin(column, rows)[None] & (column[None] <= own[:, None])
        where = torch.nonzero(~again)
        pairs = torch.stack([own[where[:, 0]], where[:, 1]], dim=1)
        best = _best(best, cosines[where[:, 0], where[:, 1]], pairs)
    return _nearest(names, best, units["control"])


def unit_shifts(result: Result, context: str, reference: Reference) -> Tensor:
    """Return the shifts of all perturbations of a context, each of norm 1, or 0 where there is no shift."""
    stats = result.stats[context]
    centroids = stats.all_cells.mean
    shifts = centroids - (stats.control.mean[0] if reference == "control" else centroids.mean(0))
    norms = shifts.norm(dim=1, keepdim=True)
    nothing = norms <= ZERO * centroids.norm(dim=1, keepdim=True)
    return torch.where(nothing, 0.0, shifts / norms)


def _blocks(units: Tensor) -> Iterator[tuple[int, Tensor, Tensor]]:
    """Yield the first row of a block, the cosines of its pairs, and their rows counted from the first."""
    n = len(units)
    for rows in row_blocks(n, ROWS):
        cosines = (units[rows] @ units[rows.start :].T).clamp_(-1, 1)
        upper = torch.triu_indices(*cosines.shape, offset=1, device=units.device)
        yield rows.start, cosines[upper[0], upper[1]], upper.T


def _nothing() -> tuple[Tensor, Tensor]:
    """Return no cosine and no pair."""
    return torch.empty(0, dtype=torch.float64), torch.empty((0, 2), dtype=torch.int64)


def _best(best: tuple[Tensor, Tensor], cosines: Tensor, pairs: Tensor) -> tuple[Tensor, Tensor]:
    """Keep the pairs with the largest cosines."""
    if not cosines.numel():
        return best
    top = torch.topk(cosines, min(NEAREST, cosines.numel()))
    values, rows = torch.cat([best[0], top.values]), torch.cat([best[1], pairs[top.indices]])
    order = torch.argsort(-values, stable=True)[:NEAREST]
    return values[order], rows[order]


def _nearest(names: Sequence[str], best: tuple[Tensor, Tensor], control: Tensor) -> pd.DataFrame:
    values, pairs = best
    first, second = (pairs[:, i].tolist() for i in (0, 1))
    along = (control[first] * control[second]).sum(1).clamp(-1, 1).tolist() if len(values) else []
    columns = ([names[i] for i in first], [names[i] for i in second], values.tolist(), along)
    return pd.DataFrame(dict(zip(NEAREST_COLUMNS, columns, strict=True)))
