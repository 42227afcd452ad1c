"""What is scored in one context, and models as predictions of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from perturbdash.metrics.prediction import Prediction
from perturbdash.metrics.truth import TruthTests, run_tests
from perturbdash.vocabulary import CELLS_FOR_HALVES

if TYPE_CHECKING:
    from perturbdash.statistics.context import ContextStatistics


@dataclass(frozen=True)
class ContextCase:
    """What is scored in one context.

    Parameters
    ----------
    index
        Place of the context among all.
    stats
        Statistics of all its perturbations.
    models
        By name, ``(n_perturbations, n_genes)`` float64 profiles, NaN rows where a model predicts nothing.
    parts, targets
        By perturbation: what it is combined of, and its parts that are genes of the panel.
    """

    index: int
    stats: ContextStatistics
    models: Mapping[str, NDArray[np.float64]]
    parts: Mapping[str, tuple[str, ...]]
    targets: Mapping[str, tuple[str, ...]]

    @cached_property
    def tests(self) -> TruthTests:
        """Differential expression of all cells."""
        return run_tests(self.stats.all_cells, self.stats.control)

    def target_mask(self, perturbations: Sequence[str]) -> torch.Tensor:
        """Return ``(n_perturbations, n_genes)`` bool: the genes that each perturbation targets."""
        place = {gene: i for i, gene in enumerate(self.stats.genes)}
        mask = torch.zeros((len(perturbations), len(place)), dtype=torch.bool)
        for row, perturbation in enumerate(perturbations):
            for gene in self.targets.get(perturbation, ()):
                if gene in place:
                    mask[row, place[gene]] = True
        return mask.to(self.stats.control.mean.device)


def model_prediction(
    name: str,
    profiles: NDArray[np.float64],
    device: torch.device,
    rows: NDArray[np.intp] | None = None,
) -> Prediction:
    """Return a model's profiles as a prediction; rows of NaN are missing.

    Parameters
    ----------
    profiles
        ``(n_perturbations, n_genes)``.
    rows
        Of the profiles, those that are asked for; all by default.
    """
    asked = np.arange(len(profiles)) if rows is None else rows
    present: NDArray[np.bool_] = np.asarray(~np.isnan(profiles).any(axis=1))[asked]
    index = np.full(len(asked), -1, dtype=np.int64)
    index[present] = np.arange(int(present.sum()))
    found = torch.from_numpy(profiles[asked[present]]).to(device)
    return Prediction(name=name, kind="model", rows=found, index=torch.from_numpy(index).to(device))


def calibrated_rows(stats: ContextStatistics) -> NDArray[np.intp]:
    """Return the perturbations with enough cells in each of two halves."""
    smaller = torch.minimum(stats.first.n, stats.second.n).cpu().numpy()
    rows: NDArray[np.intp] = np.flatnonzero(smaller >= CELLS_FOR_HALVES // 2)
    return rows
