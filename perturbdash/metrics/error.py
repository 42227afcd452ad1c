"""Metrics that compare profiles as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from perturbdash.metrics.outcome import (
    FEWER_THAN_2_CELLS,
    NO_GENES,
    NO_WEIGHTS,
    Flags,
    Outcome,
)

if TYPE_CHECKING:
    from perturbdash.metrics.pair import Pair
    from perturbdash.metrics.truth import Truth


def mse(pair: Pair) -> Outcome:
    """Mean squared difference of predicted and observed profile."""
    sums = pair.sums("all")
    return Outcome(sums.squared_error / sums.total, (no_genes(pair.truth),))


def rmse(pair: Pair) -> Outcome:
    """Root of :func:`mse`."""
    value, undefined = mse(pair)
    return Outcome(np.sqrt(value), undefined)


def mae(pair: Pair) -> Outcome:
    """Mean absolute difference of predicted and observed profile."""
    sums = pair.sums("all")
    return Outcome(sums.absolute_error / sums.total, (no_genes(pair.truth),))


def mse_unbiased(pair: Pair) -> Outcome:
    """:func:`mse` without what the observed mean's own sampling noise adds to it."""
    noise = pair.truth.noise.numpy(force=True)
    value, undefined = mse(pair)
    return Outcome(value - noise, (*undefined, (FEWER_THAN_2_CELLS, np.isnan(noise))))


def wmse(pair: Pair) -> Outcome:
    """Weighted mean squared difference of predicted and observed profile."""
    return Outcome(pair.sums("weighted").squared_error, (no_weights(pair.truth),))


def l2_heg1000(pair: Pair) -> Outcome:
    """Euclidean distance on the genes with the highest control mean."""
    return Outcome(np.sqrt(pair.sums("heg1000").squared_error), (no_genes(pair.truth),))


def no_genes(truth: Truth) -> tuple[str, Flags]:
    """Where every gene is dropped."""
    return NO_GENES, truth.n_genes() == 0


def no_weights(truth: Truth) -> tuple[str, Flags]:
    """Where no weights can be made."""
    return NO_WEIGHTS, truth.remember(
        "no weights", lambda: torch.isnan(truth.weights).any(1).numpy(force=True)
    )
