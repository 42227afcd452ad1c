"""The observed profiles of one context, and all that metrics need to know beside them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from perturbdash.metrics.lists import GeneLists, list_genes, mark_largest, mean_noise, non_dropout
from perturbdash.metrics.outcome import Flags
from perturbdash.metrics.weights import gene_weights
from perturbdash.statistics.context import Group
from perturbdash.statistics.de import Tests, rest, welch, welch_t
from perturbdash.statistics.ranking import top_k_mask
from perturbdash.statistics.rowwise import row_blocks
from perturbdash.vocabulary import Reference

SIGNIFICANT = 0.05
HIGHEST_GENES = 1000
OVERLAP_GENES = 50
TOP_GENES = (20, 50)
ROWS_AT_ONCE = 512

Value = TypeVar("Value")


@dataclass(eq=False)
class Truth:
    """Observed profiles, references and lists of genes; all tensors on one device, float64.

    What metrics derive from it is kept in it, so that it is computed once for all predictions.

    Parameters
    ----------
    perturbations, genes
        Names of rows and columns.
    observed
        ``(n_perturbations, n_genes)``, log1p; a row of NaN where there are no cells.
    control
        ``(n_genes,)``, the control mean.
    centroids, fold
        ``(n_folds, n_genes)`` and ``(n_perturbations,)``: the perturbed centroid of each fold's training set,
        and the fold that tests a perturbation, -1 for none.
    noise
        ``(n_perturbations,)``, sampling variance of ``observed``, mean over the genes that count; NaN below two cells.
    weights
        ``(n_perturbations, n_genes)``, each row sums to 1; NaN where undefined.
    degs_rest, degs_control
        Boolean ``(n_perturbations, n_genes)``: genes that differ from the other perturbed cells, from control.
    top20, top50
        Boolean ``(n_perturbations, n_genes)``: genes with the largest t against control.
    heg1000
        Boolean ``(n_genes,)``: genes with the highest control mean.
    targets
        Boolean ``(n_perturbations, n_genes)``: genes that a perturbation targets.
    drop_targets
        Whether a perturbation's own targets are left out of its row.
    candidates
        Rows that retrieval metrics compare with.
    """

    perturbations: tuple[str, ...]
    genes: tuple[str, ...]
    observed: Tensor
    control: Tensor
    centroids: Tensor
    fold: Tensor
    noise: Tensor
    weights: Tensor
    degs_rest: Tensor
    degs_control: Tensor
    top20: Tensor
    top50: Tensor
    heg1000: Tensor
    targets: Tensor
    drop_targets: bool
    candidates: Tensor
    _kept: dict[Hashable, object] = field(default_factory=dict, init=False, repr=False)

    @property
    def compiled(self) -> bool:
        """Whether the compiled loops can be used: the tensors are in the memory of the processor."""
        return self.observed.device.type == "cpu"

    def remember(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return what ``make`` returned when it was first called for ``key``."""
        if key not in self._kept:
            self._kept[key] = make()
        return cast(Value, self._kept[key])

    def exists(self) -> Flags:
        """Return which perturbations have observed cells, ``(n_perturbations,)``."""
        return self.remember("exists", lambda: ~torch.isnan(self.observed).any(1).cpu().numpy())

    def has_centroid(self) -> Flags:
        """Return which perturbations have a perturbed centroid to be compared with, ``(n_perturbations,)``."""

        def make() -> Flags:
            rows, index = self.references("centroid")
            defined: Flags = (~torch.isnan(rows).any(1))[index].cpu().numpy()
            return defined

        return self.remember("has_centroid", make)

    def references(self, reference: Reference) -> tuple[Tensor, Tensor]:
        """Return the distinct profiles of a reference and which of them each perturbation gets."""

        def make() -> tuple[Tensor, Tensor]:
            if reference == "control":
                return self.control[None].contiguous(), torch.zeros_like(self.fold)
            nothing = torch.full_like(self.control, torch.nan)[None]
            known = len(self.centroids)
            return torch.cat([self.centroids, nothing]), torch.where(self.fold < 0, known, self.fold)

        return self.remember(("references", reference), make)

    def mask(self, genes: str) -> Tensor:
        """Return a set of genes as boolean ``(n_perturbations, n_genes)``, without dropped targets."""
        if genes == "overlap":
            return self.remember("overlap", self._overlap_genes)
        masks = {"heg1000": self.heg1000, "degs": self.degs_rest, "all": torch.ones_like(self.heg1000)}
        chosen = (masks[genes] if genes in masks else cast(Tensor, getattr(self, genes))).expand(
            self.targets.shape
        )
        return chosen & ~self.targets if self.drop_targets else chosen

    def lists(self, genes: str) -> GeneLists:
        """Return a set of genes, or ``"dropped"`` targets, as lists."""

        def make() -> GeneLists:
            if genes == "dropped" and not self.drop_targets:
                return list_genes(torch.zeros((len(self.perturbations), 0), dtype=torch.bool))
            return list_genes(self.targets if genes == "dropped" else self.mask(genes))

        return self.remember(("lists", genes), make)

    def n_genes(self) -> NDArray[np.int64]:
        """Return the number of genes that count for each perturbation, ``(n_perturbations,)``."""
        return len(self.genes) - self.lists("dropped").sizes

    def _overlap_genes(self) -> Tensor:
        k = torch.from_numpy(np.minimum(self.lists("degs_control").sizes, OVERLAP_GENES)).to(
            self.observed.device
        )
        marked = torch.zeros_like(self.targets)
        for rows in row_blocks(len(marked), ROWS_AT_ONCE):
            shift = self.observed[rows] - self.control
            marked[rows] = mark_largest(shift, k[rows], self.mask("degs_control")[rows])
        return marked


@dataclass(frozen=True)
class TruthTests:
    """Differential expression of the truth's cells.

    Parameters
    ----------
    control, rest
        Against all control cells, and against the other perturbed cells.
    """

    control: Tests
    rest: Tests


def run_tests(cells: Group, control: Group) -> TruthTests:
    """Test every perturbation against control and against the others."""
    return TruthTests(
        control=welch(cells, control, method="t-test_overestim_var"),
        rest=welch(cells, rest(cells), method="t-test_overestim_var"),
    )


def build_truth(
    cells: Group,
    *,
    perturbations: Sequence[str],
    genes: Sequence[str],
    control: Group,
    centroids: Tensor,
    fold: Tensor,
    targets: Tensor,
    drop_targets: bool = False,
    candidates: Tensor | None = None,
    tests: TruthTests | None = None,
) -> Truth:
    """Test every perturbation and collect what metrics need.

    Parameters
    ----------
    cells
        The cells of the truth, one group for each perturbation: one half, or all.
    perturbations, genes
        Names.
    control
        All control cells of the context, one group.
    centroids
        ``(n_folds, n_genes)``, the mean of the all-cell centroids of each fold's training perturbations.
    fold
        ``(n_perturbations,)`` int64, -1 where a perturbation is never tested.
    targets
        Boolean ``(n_perturbations, n_genes)``.
    drop_targets
        Whether a perturbation's own targets are taken out of everything in its row.
    candidates
        Rows that retrieval metrics compare with; all that have cells by default.
    tests
        What ``run_tests`` gives for these cells, where it is known already.
    """
    tests = run_tests(cells, control) if tests is None else tests
    device = cells.mean.device
    tables = _tables(tests, cells, control, targets.to(device) if drop_targets else None)
    chosen = torch.arange(len(cells.n), device=device) if candidates is None else candidates.to(device)
    mean = control.mean[0]
    return Truth(
        perturbations=tuple(perturbations),
        genes=tuple(genes),
        observed=cells.mean.contiguous(),
        control=mean.contiguous(),
        centroids=centroids.to(device=device, dtype=torch.float64),
        fold=fold.to(device=device, dtype=torch.int64),
        noise=mean_noise(cells, targets.to(device) if drop_targets else None),
        heg1000=top_k_mask(mean[None], HIGHEST_GENES)[0],
        targets=targets.to(device),
        drop_targets=drop_targets,
        candidates=chosen[cells.n[chosen] > 0],
        **tables,
    )


def _tables(tests: TruthTests, cells: Group, control: Group, without: Tensor | None) -> dict[str, Any]:
    """Weights, DEGs against both references and lists of the largest statistics."""
    kept = True if without is None else ~without
    return {
        "weights": gene_weights(tests.rest.t, without=without),
        "degs_rest": tests.rest.significant(SIGNIFICANT) & kept,
        "degs_control": tests.control.significant(SIGNIFICANT) & kept,
        **_top_lists(cells, control, without),
    }


def _top_lists(cells: Group, control: Group, without: Tensor | None) -> dict[str, Tensor]:
    """Mark the genes with the largest t against control, without those that are absent in the perturbation alone."""
    marked = {f"top{k}": torch.zeros_like(cells.mean, dtype=torch.bool) for k in TOP_GENES}
    for rows in row_blocks(len(cells.n), ROWS_AT_ONCE):
        some = Group(cells.n[rows], cells.mean[rows], cells.m2[rows])
        t = welch_t(some, control, method="t-test")
        eligible = non_dropout(some.mean, control.mean[0], None if without is None else without[rows])
        for k in TOP_GENES:
            marked[f"top{k}"][rows] = mark_largest(t, torch.full_like(some.n, k, dtype=torch.int64), eligible)
    return marked
