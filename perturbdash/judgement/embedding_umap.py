"""UMAP of centroids: observed and predicted ones laid out together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch

from perturbdash.judgement.embedding_view import predicted_profiles
from perturbdash.statistics.geometry import OBSERVED
from perturbdash.statistics.layout import FEWEST_ROWS, principal_components, umap_layout

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result
    from perturbdash.vocabulary import Progress

NEIGHBOURS = 15
MOST_ROWS = 20_000


@dataclass(frozen=True)
class CentroidMap:
    """A layout of centroids by UMAP.

    Parameters
    ----------
    points
        prediction (``observed`` or a model), perturbation, x, y.
    n_components, n_neighbours
        What UMAP was given: principal components, and rows that count as near.
    left_out
        Models whose predictions found no place among 20,000 centroids.
    """

    points: pd.DataFrame
    n_components: int
    n_neighbours: int
    left_out: tuple[str, ...]


def centroid_map(result: Result, context: str, *, seed: int, progress: Progress | None = None) -> CentroidMap:
    """Lay out observed and predicted centroids of all models by one UMAP, fitted on them together.

    Fitted on the observed alone and the predictions put among them, a prediction that is far from every truth would
    land on the nearest one, and look right. Rows are taken in the order of names, so that neither the order of
    perturbations nor that of models changes anything.

    Parameters
    ----------
    seed
        Of the layout.
    progress
        It may raise ``Cancelled``, between the steps that `umap_layout` names.

    Raises
    ------
    ValueError
        If there are fewer than five perturbations.
    """
    stats = result.stats[context]
    order = np.argsort(np.array(stats.perturbations, dtype=object), kind="stable")
    names = np.array(stats.perturbations, dtype=object)[order]
    rows, keys, left_out = [stats.all_cells.mean[order]], [(OBSERVED, names)], []
    for model, profiles in sorted(predicted_profiles(result, context).items()):
        own = profiles[order]
        there = own.isfinite().all(1)
        if sum(map(len, rows)) + int(there.sum()) > MOST_ROWS:
            left_out.append(model)
            continue
        rows.append(own[there])
        keys.append((model, names[there.cpu().numpy()]))
    scores = principal_components(torch.cat(rows).cpu().numpy(), seed=seed).scores
    if len(names) < FEWEST_ROWS:
        raise ValueError(f"UMAP of {len(names)} perturbations; expected {FEWEST_ROWS} or more")
    n_neighbours = min(NEIGHBOURS, len(names) - 1)
    layout = umap_layout(scores, n_neighbours=n_neighbours, seed=seed, progress=progress)
    points = pd.DataFrame(
        {
            "prediction": np.repeat(
                np.array([key for key, _ in keys], dtype=object), [len(own) for _, own in keys]
            ),
            "perturbation": np.concatenate([own for _, own in keys]),
            "x": layout[:, 0],
            "y": layout[:, 1],
        }
    )
    return CentroidMap(points, scores.shape[1], n_neighbours, tuple(left_out))
