"""A small screen made cell by cell, its truth, and predictions of every kind."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from perturbdash.metrics.prediction import Prediction
from perturbdash.metrics.truth import Truth, build_truth
from perturbdash.statistics.context import Group

N_PERTURBATIONS = 14
N_GENES = 60
N_FOLDS = 3


@dataclass(frozen=True)
class Case:
    cells: list[np.ndarray]
    control_cells: np.ndarray
    targets: np.ndarray
    fold: np.ndarray
    candidates: np.ndarray
    drop_targets: bool

    @cached_property
    def observed(self) -> np.ndarray:
        return np.stack([means(cells) for cells in self.cells])

    @cached_property
    def control(self) -> np.ndarray:
        return self.control_cells.mean(0)

    @cached_property
    def centroids(self) -> np.ndarray:
        return np.stack([np.nanmean(self.observed[self.fold != k], 0) for k in range(N_FOLDS)])

    @cached_property
    def truth(self) -> Truth:
        return build_truth(
            group(self.cells),
            perturbations=[f"P{i}" for i in range(len(self.cells))],
            genes=[f"G{i}" for i in range(self.control_cells.shape[1])],
            control=group([self.control_cells]),
            centroids=torch.from_numpy(self.centroids),
            fold=torch.from_numpy(self.fold),
            targets=torch.from_numpy(self.targets),
            drop_targets=self.drop_targets,
            candidates=torch.from_numpy(self.candidates),
        )

    def take(self, *, genes: np.ndarray | None = None, perturbations: np.ndarray | None = None) -> Case:
        """The same screen with its genes or perturbations in another order."""
        n = len(self.cells)
        g = np.arange(self.control_cells.shape[1]) if genes is None else genes
        p = np.arange(n) if perturbations is None else perturbations
        place = np.argsort(p)
        return Case(
            cells=[self.cells[i][:, g] for i in p],
            control_cells=self.control_cells[:, g],
            targets=self.targets[p][:, g],
            fold=self.fold[p],
            candidates=place[self.candidates],
            drop_targets=self.drop_targets,
        )


def means(cells: np.ndarray) -> np.ndarray:
    return cells.mean(0) if len(cells) else np.full(cells.shape[1], np.nan)


def group(blocks: list[np.ndarray]) -> Group:
    mean = np.stack([means(block) for block in blocks])
    m2 = np.stack([((block - center) ** 2).sum(0) for block, center in zip(blocks, mean, strict=True)])
    m2[[len(block) == 0 for block in blocks]] = np.nan
    n = np.array([float(len(block)) for block in blocks])
    return Group(*(torch.from_numpy(array) for array in (n, mean, m2)))


def make_case(*, drop_targets: bool = False, restricted: bool = False, seed: int = 0) -> Case:
    """Perturbations with strong, weak and no effects, 18 to 26 cells each; one is not tested in any fold."""
    rng = np.random.default_rng(seed)
    base = rng.gamma(1.0, 1.5, N_GENES) + 0.05
    shared = np.exp(rng.normal(0, 0.3, N_GENES))
    targets = np.zeros((N_PERTURBATIONS, N_GENES), dtype=bool)
    for p in range(0, N_PERTURBATIONS, 2):
        targets[p, rng.integers(0, N_GENES, 1 + p % 3)] = True
    cells = []
    for p in range(N_PERTURBATIONS):
        effect = np.where(rng.random(N_GENES) < 0.25, np.exp(rng.normal(0, 1.2, N_GENES)), 1.0)
        effect[targets[p]] = 5.0
        rate = base * (shared * effect if p % 5 else 1.0)
        cells.append(np.log1p(rng.poisson(rate, (18 + p % 9, N_GENES))).astype(np.float64))
    cells[3][:, 7] = 0.0  # a gene that control cells express and this perturbation does not
    fold = np.arange(N_PERTURBATIONS) % N_FOLDS
    fold[5] = -1
    everything = np.arange(N_PERTURBATIONS)
    return Case(
        cells=cells,
        control_cells=np.log1p(rng.poisson(base, (40, N_GENES))).astype(np.float64),
        targets=targets,
        fold=fold,
        candidates=everything[everything % 3 != 1] if restricted else everything,
        drop_targets=drop_targets,
    )


def make_predictions(case: Case, seed: int = 1) -> dict[str, Prediction]:
    """Noise with gaps, rounded values full of ties, one profile a fold, one for all, the truth, and nothing."""
    rng = np.random.default_rng(seed)
    n = len(case.cells)
    noisy = case.observed + 0.3 * rng.normal(size=case.observed.shape)
    rounded = case.observed.round(0)
    rounded[4] = case.observed[9]
    gaps = np.arange(n)
    gaps[[2, 6]] = -1
    everyone, one = np.arange(n), np.zeros(n, dtype=np.int64)
    return {
        "noisy": prediction("noisy", noisy, gaps),
        "rounded": prediction("rounded", rounded, everyone),
        "mean": prediction("mean", case.centroids, np.maximum(case.fold, 0)),
        "control": prediction("control", case.control[None], one),
        "truth": prediction("truth", case.observed, everyone),
        "nothing": prediction("nothing", np.empty((0, case.observed.shape[1])), one - 1),
    }


def prediction(name: str, rows: np.ndarray, index: np.ndarray) -> Prediction:
    return Prediction(name, "model", torch.from_numpy(rows.copy()), torch.from_numpy(index.astype(np.int64)))


def profiles_of(given: Prediction) -> np.ndarray:
    """One row a perturbation, NaN where there is no prediction."""
    rows, index = given.rows.numpy(), given.index.numpy()
    full = np.full((len(index), rows.shape[1]), np.nan)
    full[index >= 0] = rows[index[index >= 0]]
    return full
