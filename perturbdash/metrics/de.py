"""Metrics of differentially expressed genes: their direction, their size and their place in a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from perturbdash.metrics.outcome import (
    FEWER_THAN_2_CELLS,
    FEWER_THAN_10_DEGS,
    NO_DEG,
    ONLY_DEGS,
    Flags,
    Floats,
    Outcome,
)
from perturbdash.metrics.places import area_under_roc, average_precision, count_among, wanted
from perturbdash.statistics.rowwise import serial_blocks

if TYPE_CHECKING:
    from perturbdash.metrics.pair import Pair
    from perturbdash.metrics.truth import Truth

FEWEST_DEGS = 10


def direction_match_degs(pair: Pair) -> Outcome:
    """Share of differentially expressed genes that are predicted to move the way they do; no move is a miss."""
    sums = pair.sums("degs_control")
    hits = np.where(pair.sums("all").zero("control"), 0.0, sums.same_sign)
    return Outcome(_ratio(hits, sums.total), (_no_deg(pair.truth),))


def lfc_nmae(pair: Pair) -> Outcome:
    """Sum of absolute errors over differentially expressed genes, by the sum of their absolute shifts."""
    truth = pair.truth
    size = truth.remember("sum of DEG shifts", lambda: _sum_of_deg_shifts(truth))
    too_few = truth.lists("degs_control").sizes < FEWEST_DEGS
    return Outcome(_ratio(pair.sums("degs_control").absolute_error, size), ((FEWER_THAN_10_DEGS, too_few),))


def jaccard_top20(pair: Pair) -> Outcome:
    """Jaccard index of the genes with the largest observed t and those with the largest predicted shift."""
    truth = pair.truth
    k = wanted(truth, "top20")
    common = count_among(pair.places("top20"), len(k))
    listed = truth.lists("top20").sizes
    return Outcome(_ratio(common, listed + k - common), ((FEWER_THAN_2_CELLS, listed == 0),))


def overlap_at_50(pair: Pair) -> Outcome:
    """Share of the largest significant changes that are among as many largest predicted ones."""
    k = wanted(pair.truth, "overlap")
    return Outcome(_ratio(count_among(pair.places("overlap"), len(k)), k), (_no_deg(pair.truth),))


def deg_auprc(pair: Pair) -> Outcome:
    """Average precision of differentially expressed genes, scored by the size of the predicted shift."""
    truth = pair.truth
    area = average_precision(pair.places("degs_control"), truth.lists("degs_control"), len(truth.genes))
    return Outcome(area, (_no_deg(truth), _only_degs(truth)))


def deg_auroc(pair: Pair) -> Outcome:
    """Area under the ROC curve of differentially expressed genes, scored by the size of the predicted shift."""
    area = area_under_roc(pair.places("degs_control"), pair.truth.n_genes())
    return Outcome(area, (_no_deg(pair.truth), _only_degs(pair.truth)))


def _no_deg(truth: Truth) -> tuple[str, Flags]:
    return NO_DEG, truth.lists("degs_control").sizes == 0


def _only_degs(truth: Truth) -> tuple[str, Flags]:
    return ONLY_DEGS, truth.lists("degs_control").sizes == truth.n_genes()


def _sum_of_deg_shifts(truth: Truth) -> Floats:
    degs = truth.mask("degs_control")
    parts = [
        torch.where(degs[rows], (truth.observed[rows] - truth.control).abs(), 0.0).sum(1)
        for rows in serial_blocks(*degs.shape)
    ]
    return torch.cat(parts).numpy(force=True) if parts else np.empty(0)


def _ratio(part: Floats, whole: Floats | NDArray[np.int64]) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: Floats = part / whole
    return ratio
