"""Angles between shifts, and the plane of the first two components of the observed centroids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from perturbdash.statistics.leading import leading_eigenvectors
from perturbdash.statistics.rowwise import serial_blocks

OBSERVED = "observed"
CONTROL_MEAN = "control mean"
PERTURBED_CENTROID = "perturbed centroid"
_ZERO = 1e-9
_DENSE_EIGENVECTORS = 1500


def cosines_to(shifts: Tensor, direction: Tensor, *, profile_norm: Tensor | None = None) -> Tensor:
    """Return the cosine of each shift to one direction; 0 for a zero vector, NaN for a row with NaN.

    Parameters
    ----------
    shifts
        ``(n_perturbations, n_genes)``.
    direction
        ``(n_genes,)``, such as the average effect.
    profile_norm
        ``(n_perturbations,)`` norms of the profiles that the shifts came from: a shift of 1e-9 of it is a
        zero vector. By default only an exact 0 is.

    Examples
    --------
    >>> cosines_to(torch.tensor([[2.0, 0.0], [0.0, 0.0]]), torch.tensor([1.0, 0.0])).tolist()
    [1.0, 0.0]
    """
    return (_unit(shifts, profile_norm) @ _unit(direction[None])[0]).clamp(-1, 1)


def angles_to(shifts: Tensor, direction: Tensor) -> Tensor:
    """Return the angle of each shift to one direction in degrees, 90 for a zero vector.

    Parameters
    ----------
    shifts, direction
        As for :func:`cosines_to`.

    Examples
    --------
    >>> angles_to(torch.tensor([[0.0, 3.0]]), torch.tensor([1.0, 0.0])).tolist()
    [90.0]
    """
    return torch.rad2deg(torch.arccos(cosines_to(shifts, direction)))


def pairwise_cosines(shifts: Tensor, *, profile_norm: Tensor | None = None) -> Tensor:
    """Return the cosines of all pairs of shifts, ``(n_perturbations, n_perturbations)``.

    Parameters
    ----------
    shifts, profile_norm
        As for :func:`cosines_to`.

    Examples
    --------
    >>> pairwise_cosines(torch.tensor([[1.0, 0.0], [-2.0, 0.0]])).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    unit = _unit(shifts, profile_norm)
    return (unit @ unit.T).clamp_(-1, 1)


def mean_pairwise_cosine(profiles: Tensor, origin: Tensor | None = None) -> float:
    """Return the mean cosine over pairs of different rows; rows with NaN take no part, NaN without a pair.

    Parameters
    ----------
    profiles
        ``(n_perturbations, n_genes)``.
    origin
        ``(n_genes,)`` that they are measured from; by default 0.

    Examples
    --------
    >>> mean_pairwise_cosine(torch.tensor([[1.0, 0.0], [3.0, 0.0], [0.0, 1.0]], dtype=torch.float64))
    0.333...
    """
    n, squares = 0, 0.0
    total = profiles.new_zeros(profiles.shape[1])
    for rows in serial_blocks(*profiles.shape):
        unit = _unit(profiles[rows] if origin is None else profiles[rows] - origin)
        unit = unit[~torch.isnan(unit).any(1)]
        total += unit.sum(0)
        squares += float(unit.square().sum())
        n += len(unit)
    if n < 2:
        return float("nan")
    return (float(total.square().sum()) - squares) / (n * (n - 1))


@dataclass(frozen=True)
class Plane:
    """Profiles on the first two principal components of the observed centroids.

    Parameters
    ----------
    points
        Columns prediction (``"observed"`` or the name of a model), perturbation, pc1, pc2.
    anchors
        Columns anchor (``"control mean"``, ``"perturbed centroid"``), pc1, pc2.
    explained
        Share of the variance of the observed centroids on each of the two.
    """

    points: pd.DataFrame
    anchors: pd.DataFrame
    explained: tuple[float, float]


def plane(
    perturbations: Sequence[str],
    observed: Tensor,
    predictions: Mapping[str, Tensor],
    *,
    control: Tensor,
    centroid: Tensor,
) -> Plane:
    """Fit two principal components to the observed centroids and project everything on them.

    The sign of a component is that of its largest loading, made positive.

    Parameters
    ----------
    perturbations
        Names of the rows.
    observed
        ``(n_perturbations, n_genes)``, log1p.
    predictions
        The same by model; rows with NaN are missing and get no point.
    control, centroid
        ``(n_genes,)``: the control mean and the perturbed centroid.
    """
    origin = observed.mean(0)
    axes, explained = _components(observed - origin, float(observed.norm()))
    names = np.array(perturbations, dtype=object)
    frames = []
    for name, profiles in {OBSERVED: observed, **predictions}.items():
        scores = ((profiles - origin) @ axes.T).cpu().numpy()
        there = ~np.isnan(scores).any(axis=1)
        frames.append(
            pd.DataFrame(
                {
                    "prediction": name,
                    "perturbation": names[there],
                    "pc1": scores[there, 0],
                    "pc2": scores[there, 1],
                }
            )
        )
    ends = ((torch.stack([control, centroid]) - origin) @ axes.T).cpu().numpy()
    anchors = pd.DataFrame(
        {"anchor": [CONTROL_MEAN, PERTURBED_CENTROID], "pc1": ends[:, 0], "pc2": ends[:, 1]}
    )
    return Plane(pd.concat(frames, ignore_index=True), anchors, explained)


def _unit(vectors: Tensor, profile_norm: Tensor | None = None) -> Tensor:
    norm = vectors.norm(dim=1, keepdim=True)
    least = torch.zeros_like(norm) if profile_norm is None else _ZERO * profile_norm[:, None]
    return torch.where(norm <= least, 0.0, vectors / norm)


def _components(centred: Tensor, profile_norm: float) -> tuple[Tensor, tuple[float, float]]:
    """Return the first two right singular vectors as rows, 0 where there is no variance, and their shares."""
    tall = centred.shape[0] > centred.shape[1]
    values, vectors = _largest_two(centred.T if tall else centred)
    total = float(centred.square().sum())
    axes = torch.zeros((2, centred.shape[1]), dtype=centred.dtype, device=centred.device)
    shares = [0.0, 0.0] if total > (_ZERO * profile_norm) ** 2 else [float("nan")] * 2
    for i, value in enumerate(values.tolist()):
        if not value > max(_ZERO**1.5 * total, (_ZERO * profile_norm) ** 2):
            continue
        axis = vectors[:, i] if tall else centred.T @ vectors[:, i]
        axis = axis / axis.norm()
        axes[i] = axis * torch.sign(axis[axis.abs().argmax()])
        shares[i] = value / total
    return axes, (shares[0], shares[1])


def _largest_two(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Return the two largest eigenvalues, falling, and eigenvectors of ``matrix @ matrix.T``."""
    if len(matrix) <= _DENSE_EIGENVECTORS:
        values, vectors = torch.linalg.eigh(matrix @ matrix.T)
        return values[-2:].flip(0), vectors[:, -2:].flip(1)
    return leading_eigenvectors(lambda columns: matrix @ (matrix.T @ columns), len(matrix), 2, like=matrix)
