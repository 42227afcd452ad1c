"""How much of what perturbations do is one effect that they all share: systematic variation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from perturbdash.statistics.context import ContextStatistics, Group
from perturbdash.statistics.rowwise import row_blocks, serial_blocks
from perturbdash.vocabulary import Purpose, Reference

DIVISIONS = 10
NOISE_THRESHOLD = 0.1
ZERO = 1e-9
_ROWS_PER_PRODUCT = 256
COSINES = ("cosine", "cosine_leave_one_out", "cosine_split_control")
COLUMNS = ("context", "perturbation", "reference", *COSINES, "shift_norm", "n_cells")


def systematic_variation(stats: ContextStatistics, *, seed: int) -> pd.DataFrame:
    """Compare the shift of each perturbation with the average effect of all, in one context.

    ``cosine`` is the published form. ``cosine_leave_one_out`` takes the perturbation out of the average
    effect. ``cosine_split_control`` (reference control) does so too, and takes the shift from one half of the
    control blocks and the average effect from the other, averaged over 10 random divisions: it is 0 where
    there is no effect, while all shifts of the published form share the noise of one control mean.

    Parameters
    ----------
    stats
        Centroids of all cells, and control blocks.
    seed
        Of the divisions of the control blocks; the same divisions in every context.

    Returns
    -------
    pandas.DataFrame
        Columns context, perturbation, reference (``"control"``, then ``"centroid"``), the three cosines,
        shift_norm (Euclidean, log1p) and n_cells. A zero vector has cosine 0. With one perturbation the
        cosines are NaN.

    References
    ----------
    Viñas Torné et al., Nat. Biotechnol. (2025), 10.1038/s41587-025-02777-8.
    """
    centroids, control = stats.all_cells.mean, stats.control.mean[0]
    frames = []
    against: tuple[tuple[Reference, Tensor], ...] = (("control", control), ("centroid", centroids.mean(0)))
    for reference, vector in against:
        products = _products(centroids, vector, control)
        split = torch.full_like(products.shift, torch.nan)
        if reference == "control" and len(split) > 1:
            split = _split_control(stats, products, seed)
        columns = (*_cosines(stats, products), split, products.shift, stats.all_cells.n)
        frames.append(_frame(stats, reference, columns))
    return pd.concat(frames, ignore_index=True)


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Average the table of :func:`systematic_variation` over perturbations.

    Parameters
    ----------
    table
        Rows of one context or of several.

    Returns
    -------
    pandas.DataFrame
        One row for each context and reference: n (perturbations whose cosine is defined), n_zero (of them,
        those with a zero vector), the mean of each cosine and its standard error (``…_se``, ddof = 1),
        noise_share (mean ``cosine`` − mean ``cosine_split_control``), and part_is_noise (noise_share above
        0.1: part of the cosine is noise in the control mean).

    Examples
    --------
    >>> rows = [("all", p, "control", c, c, c - 0.3, 1.0, 9) for p, c in (("A", 0.4), ("B", 0.6))]
    >>> summary(pd.DataFrame(rows, columns=list(COLUMNS)))[["n", "cosine", "cosine_se", "part_is_noise"]]
       n  cosine  cosine_se  part_is_noise
    0  2     0.5        0.1           True
    """
    rows = []
    for (context, reference), group in table.groupby(["context", "reference"], sort=False):
        row: dict[str, object] = {"context": context, "reference": reference}
        row["n"] = int(group["cosine"].notna().sum())
        row["n_zero"] = int((group["cosine"] == 0).sum())
        for name in COSINES:
            row[name] = group[name].mean()
            row[f"{name}_se"] = group[name].sem(ddof=1)
        rows.append(row)
    names = ["context", "reference", "n", "n_zero", *(c + end for c in COSINES for end in ("", "_se"))]
    result = pd.DataFrame(rows, columns=names)
    result["noise_share"] = result["cosine"] - result["cosine_split_control"]
    result["part_is_noise"] = result["noise_share"] > NOISE_THRESHOLD
    return result


def zero_vectors(table: pd.DataFrame) -> pd.DataFrame:
    """Name the perturbations whose cosine is 0 because the shift, or the average effect, is a zero vector.

    Parameters
    ----------
    table
        As :func:`systematic_variation` returns it.

    Returns
    -------
    pandas.DataFrame
        Columns context, reference, perturbation.
    """
    names = table.loc[table["cosine"] == 0, ["context", "reference", "perturbation"]]
    return names.reset_index(drop=True)


def control_divisions(blocks: Group, seed: int) -> tuple[Tensor, Tensor]:
    """Return the control means of the two sides of each random division of the control blocks.

    Parameters
    ----------
    blocks
        The control blocks; those without cells take no part.
    seed
        Of the divisions.

    Returns
    -------
    tuple of Tensor
        Two of ``(n_divisions, n_genes)``, means over cells: the side of the shift, and that of the average
        effect. NaN with fewer than two blocks that have cells.
    """
    filled = blocks.take(blocks.n > 0)
    n_blocks = len(filled.n)
    rng = np.random.default_rng([seed, Purpose.CONTROL_DIVISIONS])
    shuffled = np.stack([rng.permutation(n_blocks) for _ in range(DIVISIONS)])
    weights = torch.zeros((2, DIVISIONS, n_blocks), dtype=torch.float64)
    half = n_blocks // 2
    for side, chosen in enumerate((shuffled[:, :half], shuffled[:, half:])):
        weights[side].scatter_(1, torch.from_numpy(chosen), 1.0)
    weights = weights.to(filled.n.device) * filled.n
    means = (weights / weights.sum(2, keepdim=True)) @ filled.mean
    if half == 0:
        means = torch.full_like(means, torch.nan)
    return means[0], means[1]


@dataclass(frozen=True)
class _Products:
    """Norms of the shifts d, of their profiles and of the average effects without p, and inner products."""

    shift: Tensor
    profile: Tensor
    others: Tensor
    shift_effect: Tensor
    shift_others: Tensor


def _products(centroids: Tensor, reference: Tensor, control: Tensor) -> _Products:
    n = len(centroids)
    effect = centroids.mean(0) - control
    out = torch.empty((5, n), dtype=centroids.dtype, device=centroids.device)
    for rows in serial_blocks(*centroids.shape):
        shifts = centroids[rows] - reference
        others = (n * effect - (centroids[rows] - control)) / (n - 1)
        vectors = (shifts, centroids[rows], others)
        out[:3, rows] = torch.stack([vector.norm(dim=1) for vector in vectors])
        out[3, rows], out[4, rows] = (shifts * effect).sum(1), (shifts * others).sum(1)
    return _Products(*out)


def _cosines(stats: ContextStatistics, products: _Products) -> tuple[Tensor, Tensor]:
    """Return the cosines to the average effect of all, and to that without the perturbation itself."""
    mean = stats.all_cells.mean.mean(0)
    size = mean.norm()
    shift = _zeroed(products.shift, products.profile)
    effect = _zeroed((mean - stats.control.mean[0]).norm(), size)
    published = _cosine(products.shift_effect, shift, effect)
    leave_one_out = _cosine(products.shift_others, shift, _zeroed(products.others, size))
    if len(shift) == 1:
        return torch.full_like(shift, torch.nan), torch.full_like(shift, torch.nan)
    return published, leave_one_out


def _split_control(stats: ContextStatistics, products: _Products, seed: int) -> Tensor:
    """Mean over divisions of cos(μ_p − a, μ̄ without p − b), a and b the control means of the two sides.

    With u = μ_c − a and v = μ_c − b these are the shift plus u and the average effect without p plus v.
    """
    centroids, control = stats.all_cells.mean, stats.control.mean[0]
    n = len(centroids)
    mean = centroids.mean(0)
    u, v = (control - side for side in control_divisions(stats.control_blocks, seed))
    noise = torch.cat([u, v]).T
    along = torch.empty((n, 2 * DIVISIONS), dtype=centroids.dtype, device=centroids.device)
    for rows in row_blocks(n, _ROWS_PER_PRODUCT):
        along[rows] = (centroids[rows] - control) @ noise
    others_along = (n * ((mean - control) @ noise) - along) / (n - 1)
    dot = products.shift_others[:, None] + along[:, DIVISIONS:] + others_along[:, :DIVISIONS] + (u * v).sum(1)
    shift = _norm_of_sum(products.shift[:, None], along[:, :DIVISIONS], u.norm(dim=1))
    others = _norm_of_sum(products.others[:, None], others_along[:, DIVISIONS:], v.norm(dim=1))
    cosines = _cosine(dot, _zeroed(shift, products.profile[:, None]), _zeroed(others, mean.norm()))
    return cosines.mean(1)


def _norm_of_sum(norm_a: Tensor, dot: Tensor, norm_b: Tensor) -> Tensor:
    return (norm_a.square() + 2 * dot + norm_b.square()).clamp(min=0).sqrt()


def _zeroed(norm: Tensor, profile_norm: Tensor) -> Tensor:
    """Set a norm to 0 where it is the rounding residue of the profile that the vector came from."""
    return torch.where(norm <= ZERO * profile_norm, 0.0, norm)


def _cosine(dot: Tensor, norm: Tensor, other: Tensor) -> Tensor:
    return torch.where((norm == 0) | (other == 0), 0.0, (dot / (norm * other)).clamp(-1, 1))


def _frame(stats: ContextStatistics, reference: Reference, columns: tuple[Tensor, ...]) -> pd.DataFrame:
    table = pd.DataFrame(dict(zip(COLUMNS[3:], (c.cpu().numpy() for c in columns), strict=True)))
    table.insert(0, "context", stats.context)
    table.insert(1, "perturbation", np.array(stats.perturbations, dtype=object))
    table.insert(2, "reference", reference)
    return table.astype({"n_cells": np.int64})
