"""Metrics of the pattern: correlation, direction and explained variance of profiles and shifts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perturbdash.metrics.error import no_weights
from perturbdash.metrics.outcome import (
    CONSTANT_OBSERVED,
    CONSTANT_PREDICTION,
    FEWER_THAN_3_GENES,
    NO_CENTROID,
    ZERO_OBSERVED,
    ZERO_PREDICTION,
    Flags,
    Floats,
    Outcome,
)
from perturbdash.vocabulary import Reference

if TYPE_CHECKING:
    from perturbdash.metrics.pair import Pair

FEWEST_GENES = 3


def pearson_expression(pair: Pair) -> Outcome:
    """Correlation of predicted and observed profile."""
    return _pearson(pair, None, "all")


def pearson_delta(pair: Pair, *, reference: Reference, genes: str = "all") -> Outcome:
    """Correlation of predicted and observed shift on a set of genes, or weighted."""
    return _pearson(pair, reference, genes)


def cosine_delta(pair: Pair, *, reference: Reference) -> Outcome:
    """Cosine of the angle between predicted and observed shift."""
    sums, own = pair.sums("all"), pair.observed_sums("all")
    ours, theirs = sums.shift[reference], own.shift[reference]
    product = ours.cross + sums.total * ours.mean * theirs.mean
    norms = np.sqrt(sums.squared_norm(reference) * own.squared_norm(reference))
    undefined = (
        *_not_comparable(pair, reference, "all"),
        (ZERO_OBSERVED, own.zero(reference)),
        (ZERO_PREDICTION, sums.zero(reference)),
    )
    return Outcome(_bounded_ratio(product, norms), undefined)


def spearman_delta(pair: Pair, *, reference: Reference) -> Outcome:
    """Rank correlation of predicted and observed shift, average ranks for ties."""
    sums, own = pair.sums("all"), pair.observed_sums("all")
    undefined = (
        *_not_comparable(pair, reference, "all"),
        (CONSTANT_OBSERVED, own.constant(reference)),
        (CONSTANT_PREDICTION, sums.constant(reference)),
    )
    return Outcome(pair.rank_correlation(reference), undefined)


def r2_delta(pair: Pair, *, reference: Reference, genes: str = "all") -> Outcome:
    """Share of the observed shift's variance that is explained, on a set of genes, or weighted; no floor."""
    sums, own = pair.sums(genes), pair.observed_sums(genes)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = 1.0 - sums.squared_error / own.shift[reference].spread
    undefined = (
        *_not_comparable(pair, reference, genes),
        (CONSTANT_OBSERVED, own.constant(reference)),
    )
    return Outcome(value, undefined)


def _pearson(pair: Pair, reference: Reference | None, genes: str) -> Outcome:
    sums, own = pair.sums(genes), pair.observed_sums(genes)
    shift = sums.shift[reference]
    scale = np.sqrt(shift.spread) * np.sqrt(own.shift[reference].spread)
    undefined = (
        *_not_comparable(pair, reference, genes),
        (CONSTANT_OBSERVED, own.constant(reference)),
        (CONSTANT_PREDICTION, sums.constant(reference)),
    )
    return Outcome(_bounded_ratio(shift.cross, scale), undefined)


def _not_comparable(pair: Pair, reference: Reference | None, genes: str) -> tuple[tuple[str, Flags], ...]:
    """Why the truth has nothing to compare with: no centroid, no weights, too few genes in the set."""
    truth = pair.truth
    reasons: list[tuple[str, Flags]] = []
    if genes == "weighted":
        reasons.append(no_weights(truth))
    elif genes != "all":
        reasons.append((FEWER_THAN_3_GENES, truth.lists(genes).sizes < FEWEST_GENES))
    if reference == "centroid":
        reasons.append((NO_CENTROID, ~truth.has_centroid()))
    return tuple(reasons)


def _bounded_ratio(product: Floats, scale: Floats) -> Floats:
    """Divide, and cut what rounding adds beyond 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: Floats = np.clip(product / scale, -1.0, 1.0)
    return ratio
