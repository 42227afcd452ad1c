"""A simulated Perturb-seq experiment: cells with counts, and the truth that they were drawn from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from perturbdash.simulation.counts import PER, draw_counts, draw_totals
from perturbdash.simulation.settings import SimulationSettings
from perturbdash.simulation.truth import SimulatedTruth, draw_truth
from perturbdash.vocabulary import CONTROL, Progress, Purpose, Space

if TYPE_CHECKING:
    import anndata as ad

REPLICATES = 3


@dataclass(frozen=True)
class Simulated:
    """Cells and truth of a simulated experiment.

    Parameters
    ----------
    counts
        CSR matrix ``(n_cells, n_genes)`` of int32 counts, rows in random order.
    obs
        One row a cell: ``perturbation``, ``cell_line``, ``replicate``, ``total_counts``.
    """

    settings: SimulationSettings
    truth: SimulatedTruth
    counts: Any = field(repr=False)
    obs: pd.DataFrame = field(repr=False)

    def to_anndata(self, space: Space = "counts") -> ad.AnnData:
        """Return the cells as an AnnData of counts, or of log1p counts per 10,000 of each cell's total."""
        import anndata as ad

        matrix = self.counts.astype(np.float32)
        if space == "log1p":
            per_cell = PER / self.obs["total_counts"].to_numpy(dtype=np.float64)
            stored = np.repeat(per_cell, np.diff(matrix.indptr))
            matrix.data = np.log1p(self.counts.data * stored).astype(np.float32)
        var = pd.DataFrame(index=pd.Index(self.truth.genes, dtype=object))
        return ad.AnnData(X=matrix, obs=self.obs.copy(), var=var)


def simulate(settings: SimulationSettings, *, progress: Progress | None = None) -> Simulated:
    """Simulate an experiment; the same settings give the same cells.

    Parameters
    ----------
    settings
        All choices, the seed among them.
    progress
        Called with the share done and a short text between conditions.

    Examples
    --------
    >>> small = simulate(SimulationSettings(n_genes=40, n_singles=3, n_combinations=1, cells_per_perturbation=5,
    ...                                     n_control_cells=8))
    >>> small.truth.perturbations
    ('G0023', 'G0029', 'G0029+G0038', 'G0038')
    >>> small.counts.shape[1]
    40
    """
    from scipy import sparse

    truth = draw_truth(settings)
    rng = np.random.default_rng([settings.seed, Purpose.SIMULATED_CELLS])
    conditions = [(v, p) for v in range(len(truth.contexts)) for p in range(-1, len(truth.perturbations))]
    sizes = _sizes(conditions, settings, rng)
    totals = draw_totals(int(sizes.sum()), settings, rng)
    blocks, start = [], 0
    for done, ((v, p), size) in enumerate(zip(conditions, sizes, strict=True)):
        if progress is not None:
            progress(done / len(conditions), "Simulating cells")
        lfc = truth.control_bias[v] if p < 0 else truth.log_fold_changes[v, p]
        fraction = truth.fractions[v] * np.exp(lfc)
        block = draw_counts(fraction, totals[start : start + size], settings, rng)
        blocks.append(sparse.csr_matrix(block))
        start += size
    order = rng.permutation(len(totals))
    obs = _obs(truth, conditions, sizes, totals, rng).iloc[order]
    obs.index = pd.Index([f"cell{i + 1:06d}" for i in range(len(obs))], dtype=object)
    return Simulated(settings, truth, sparse.vstack(blocks, format="csr")[order], obs)


def _sizes(
    conditions: list[tuple[int, int]], settings: SimulationSettings, rng: np.random.Generator
) -> np.ndarray:
    """Return the number of cells of each condition."""
    factor = 1 + settings.cell_spread * rng.uniform(-1, 1, len(conditions))
    varied = np.maximum(1, np.rint(settings.cells_per_perturbation * factor))
    control = np.array([p < 0 for _, p in conditions])
    return np.where(control, settings.n_control_cells, varied).astype(np.int64)


def _obs(
    truth: SimulatedTruth,
    conditions: list[tuple[int, int]],
    sizes: np.ndarray,
    totals: np.ndarray,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return the table of cells, condition by condition."""
    labels = [CONTROL if p < 0 else truth.perturbations[p] for _, p in conditions]
    lines = [truth.contexts[v] for v, _ in conditions]
    replicate = rng.integers(1, REPLICATES + 1, len(totals))
    return pd.DataFrame(
        {
            "perturbation": pd.Categorical(np.repeat(labels, sizes)),
            "cell_line": pd.Categorical(np.repeat(lines, sizes)),
            "replicate": pd.Categorical([f"r{i}" for i in replicate]),
            "total_counts": totals,
        }
    )
