"""Sums over genes of a predicted and an observed profile, from which errors and correlations follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from perturbdash.metrics.kernels.columns import (
    ABSOLUTE,
    CENTROID,
    CONTROL,
    N_COLUMNS,
    NEGLIGIBLE,
    NONE,
    NORM,
    SAME_SIGN,
    SQUARED,
    TOTAL,
)
from perturbdash.metrics.kernels.sums_torch import weighted_sums
from perturbdash.metrics.outcome import Flags, Floats
from perturbdash.statistics.rowwise import for_row_blocks
from perturbdash.vocabulary import Reference

if TYPE_CHECKING:
    from perturbdash.metrics.truth import Truth


@dataclass(frozen=True)
class ShiftSums:
    """Sums of a shift, ``(n_perturbations,)`` each.

    Parameters
    ----------
    mean, spread
        Of the predicted shift: mean, and sum of squares about it.
    cross
        Sum of products of predicted and observed shift, both about their means.
    """

    mean: Floats
    spread: Floats
    cross: Floats


@dataclass(frozen=True)
class Sums:
    """Sums over a set of genes, perhaps weighted, ``(n_perturbations,)`` each; NaN without a prediction.

    Parameters
    ----------
    total
        Number of genes, or sum of weights.
    norm
        Σ y².
    squared_error, absolute_error
        Σ (y − x)², Σ abs(y − x).
    same_sign
        Number of genes whose predicted and observed shift from control have the same sign.
    shift
        By reference; ``None`` is the profile itself.
    """

    total: Floats
    norm: Floats
    squared_error: Floats
    absolute_error: Floats
    same_sign: Floats
    shift: Mapping[Reference | None, ShiftSums]

    @classmethod
    def of(cls, columns: NDArray[np.float64]) -> Sums:
        """Name the columns of ``(n_perturbations, N_COLUMNS)``."""
        table = columns.T
        offsets: dict[Reference | None, int] = {None: NONE, "control": CONTROL, "centroid": CENTROID}
        return cls(
            total=table[TOTAL],
            norm=table[NORM],
            squared_error=table[SQUARED],
            absolute_error=table[ABSOLUTE],
            same_sign=table[SAME_SIGN],
            shift={key: ShiftSums(*table[start : start + 3]) for key, start in offsets.items()},
        )

    def constant(self, reference: Reference | None) -> Flags:
        """Whether a shift is constant: its spread is nothing beside the profile that it came from."""
        flags: Flags = self.shift[reference].spread <= NEGLIGIBLE**2 * self.norm
        return flags

    def zero(self, reference: Reference) -> Flags:
        """Whether a shift is zero: its norm is nothing beside that of the profile that it came from."""
        flags: Flags = self.squared_norm(reference) <= NEGLIGIBLE**2 * self.norm
        return flags

    def squared_norm(self, reference: Reference) -> Floats:
        """Squared norm of a shift, ``(n_perturbations,)``."""
        shift = self.shift[reference]
        squared: Floats = shift.spread + self.total * shift.mean**2
        return squared


def sums_of(truth: Truth, rows: Tensor, index: NDArray[np.int64], genes: str) -> dict[str, Sums]:
    """Compute the sums over a set of genes, and others that come in the same pass.

    Parameters
    ----------
    truth
        Observed profiles and references.
    rows, index
        Distinct profiles, and which of them a perturbation gets; -1 for none.
    genes
        ``"all"``, ``"weighted"``, or a set of genes of the truth.

    Returns
    -------
    The sums for ``genes``, and for what else was computed, by name.
    """
    n = len(truth.perturbations)
    if not truth.compiled:
        return {genes: Sums.of(_portable(truth, rows, index, genes))}
    from perturbdash.metrics.kernels import sums_compiled

    centroids, fold = truth.references("centroid")
    arrays = (
        rows.numpy(),
        index,
        truth.observed.numpy(),
        truth.control.numpy(),
        centroids.numpy(),
        fold.numpy(),
    )
    plain = np.empty((n, N_COLUMNS))
    if genes not in ("all", "weighted"):
        lists = truth.lists(genes)

        def gather(block: slice) -> None:
            sums_compiled.listed(*arrays, lists.start, lists.genes, plain, block.start, block.stop)

        for_row_blocks(gather, n)
        return {genes: Sums.of(plain)}
    weights = truth.weights.numpy()
    dropped = truth.lists("dropped")
    weighted = np.empty_like(plain)

    def stream(block: slice) -> None:
        sums_compiled.whole(
            *arrays, weights, dropped.start, dropped.genes, plain, weighted, block.start, block.stop
        )

    for_row_blocks(stream, n)
    return {"all": Sums.of(plain), "weighted": Sums.of(weighted)}


def _portable(truth: Truth, rows: Tensor, index: NDArray[np.int64], genes: str) -> NDArray[np.float64]:
    weights = truth.weights if genes == "weighted" else truth.mask(genes)
    places = torch.from_numpy(index).to(rows.device)
    centroids, fold = truth.references("centroid")
    return weighted_sums(
        rows, places, truth.observed, truth.control, centroids=centroids, fold=fold, weights=weights
    ).numpy(force=True)
