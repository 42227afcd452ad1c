"""Inner loops, compiled with numba for the processor and written in torch for everything else."""

from __future__ import annotations


def warm() -> None:
    """Compute every metric of a tiny prediction, with and without targets, so that each loop is ready."""
    import torch

    from perturbdash.metrics.compute import compute
    from perturbdash.metrics.prediction import Prediction
    from perturbdash.metrics.truth import build_truth
    from perturbdash.statistics.context import Group

    def group(n: int, mean: torch.Tensor) -> Group:
        return Group(
            torch.full((len(mean),), float(n), dtype=torch.float64), mean, torch.full_like(mean, 0.1)
        )

    profiles = torch.arange(24, dtype=torch.float64).reshape(3, 8) ** 2 % 7
    for drop_targets in (False, True):
        truth = build_truth(
            group(5, profiles),
            perturbations=("a", "b", "c"),
            genes=tuple("stuvwxyz"),
            control=group(9, profiles.mean(0, keepdim=True) + 1),
            centroids=profiles.mean(0, keepdim=True),
            fold=torch.zeros(3, dtype=torch.int64),
            targets=torch.eye(3, 8, dtype=torch.bool),
            drop_targets=drop_targets,
        )
        compute(truth, Prediction("warm", "model", profiles + 0.5, torch.arange(3)))
