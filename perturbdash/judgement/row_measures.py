"""Measures of tables of profiles that hold only a block of rows at a time beside the tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from perturbdash.statistics.rowwise import for_row_blocks, serial_blocks, serial_rows

LARGEST_LOG1P = 50.0
TOLD_APART_BY = 128
"""Genes that tell nearly all different rows apart."""


@dataclass(frozen=True)
class ProfileMeasures:
    """What warnings need to know of some profiles and their shifts from control.

    Parameters
    ----------
    norm, cosine, total
        ``(n_perturbations,)``: norm of the shift, its cosine to the average effect (0 for a zero shift), and the sum
        of the counts that a log1p profile stands for.
    lowest, highest
        Of all values.
    variance
        Sum over genes of the sample variances.
    mean_cosine
        Mean over pairs of different rows; a zero shift has cosine 0.
    """

    norm: np.ndarray
    cosine: np.ndarray
    total: np.ndarray
    lowest: float
    highest: float
    variance: float
    mean_cosine: float


def profile_measures(profiles: Tensor, control: Tensor, effect: Tensor) -> ProfileMeasures:
    """Measure ``(n_perturbations, n_genes)`` log1p profiles in one pass.

    Parameters
    ----------
    control, effect
        ``(n_genes,)``: the control mean and the average effect.
    """
    centre, size, n = profiles.mean(0), effect.norm(), len(profiles)

    def measure(rows: Tensor) -> Tensor:
        shifts = rows - control
        norm = shifts.norm(dim=1)
        cosine = torch.where(norm > 0, shifts @ effect / (norm * size), 0.0)
        spread = shifts.copy_(rows).sub_(centre).square_().sum(1)
        low, high = rows.aminmax(dim=1)
        total = rows.clamp(max=LARGEST_LOG1P).expm1_().sum(1)
        return torch.stack([norm, cosine, spread, low, high, total], dim=1)

    norm, cosine, spread, low, high, total = per_row(measure, profiles).T
    inverse = np.divide(1.0, norm, out=np.zeros_like(norm), where=norm > 0)
    directions = torch.from_numpy(inverse).to(profiles) @ profiles - float(inverse.sum()) * control
    pairs = max(n * (n - 1), 1)
    return ProfileMeasures(
        norm=norm,
        cosine=cosine,
        total=total,
        lowest=float(low.min()),
        highest=float(high.max()),
        variance=float(spread.sum() / max(n - 1, 1)),
        mean_cosine=(float(directions.square().sum()) - int((norm > 0).sum())) / pairs,
    )


def per_row(measure: Callable[..., Tensor], *tables: Tensor) -> np.ndarray:
    """Measure blocks of rows, and put what is found behind one another.

    Parameters
    ----------
    measure
        Called with the same rows of each table, gives ``(n_rows, ...)``.
    tables
        ``(n_perturbations, n_genes)`` each.

    Examples
    --------
    >>> per_row(lambda rows: rows.sum(1), torch.ones((3, 2)))
    array([2., 2., 2.], dtype=float32)
    """
    found: dict[int, Tensor] = {}

    def work(block: slice) -> None:
        found[block.start] = measure(*(table[block] for table in tables))

    n_rows, n_genes = tables[0].shape
    for_row_blocks(work, n_rows, size=serial_rows(n_genes))
    values: np.ndarray = torch.cat([found[start] for start in sorted(found)]).numpy(force=True)
    return values


def whole_numbers(profiles: Tensor) -> bool:
    """Return whether all values are whole numbers."""
    return all(
        bool((profiles[rows] == profiles[rows].round()).all()) for rows in serial_blocks(*profiles.shape)
    )


def n_distinct_rows(profiles: Tensor) -> int:
    """Count the rows that differ from each other.

    Examples
    --------
    >>> n_distinct_rows(torch.tensor([[0.0, 1.0], [-0.0, 1.0], [1.0, 1.0]]))
    2
    """
    like: defaultdict[bytes, list[int]] = defaultdict(list)
    for i, start in enumerate((profiles[:, :TOLD_APART_BY] + 0.0).numpy(force=True)):  # -0 becomes 0
        like[start.tobytes()].append(i)
    return sum(1 if len(rows) == 1 else len(torch.unique(profiles[rows], dim=0)) for rows in like.values())
