"""Differential expression of all cells as tables that leave the program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from perturbdash.statistics.de import Tests, rest
from perturbdash.statistics.pvalues import two_sided_p

if TYPE_CHECKING:
    import anndata as ad
    import torch

    from perturbdash.judgement.scoring import ContextCase
    from perturbdash.statistics.context import ContextStatistics, Group

ALPHA = 0.05
DEG_COLUMNS = (
    "context",
    "perturbation",
    "gene",
    "reference",
    "t",
    "p",
    "p_adj",
    "mean_group",
    "mean_reference",
    "shift",
)


@dataclass(frozen=True)
class ContextDe:
    """Tests of one context, all cells, against control and against the other perturbed cells.

    Parameters
    ----------
    control, rest
        t, p and adjusted p, ``(n_perturbations, n_genes)``.
    cells
        All cells of each perturbation.
    dropped
        ``(n_perturbations, n_genes)`` bool: targeted genes that are taken out; they are never DEGs.
    """

    control: Tests
    rest: Tests
    cells: Group
    dropped: np.ndarray

    @cached_property
    def rest_mean(self) -> torch.Tensor:
        """Mean of the other perturbed cells, ``(n_perturbations, n_genes)``."""
        return rest(self.cells).mean

    @cached_property
    def significant(self) -> dict[str, np.ndarray]:
        """By reference ``(n_perturbations, n_genes)`` bool: adjusted p below 0.05."""
        return {
            name: tests.significant(ALPHA).cpu().numpy()
            for name, tests in (("control", self.control), ("rest", self.rest))
        }

    def degs(self, reference: str) -> np.ndarray:
        """Return ``(n_perturbations, n_genes)`` bool: adjusted p below 0.05, without genes that are taken out."""
        found: np.ndarray = self.significant[reference] & ~self.dropped
        return found

    def listed(self, reference: str) -> ListedTests:
        """Return the tests of the DEGs, of which alone p-values are made.

        The adjustment of a significant p needs none that is not: it is the least of p·n/rank from there on, and the
        first that is not significant lies above 0.05.
        """
        tests = self.control if reference == "control" else self.rest
        row, column = np.nonzero(self.significant[reference])
        t, df = tests.t.cpu()[row, column], tests.df.cpu()[row, column]
        p = two_sided_p(t[None], df[None])[0].numpy()
        listed = ListedTests(row, column, t.numpy(), p, _adjusted(p, row, _n_tested(tests, row)))
        return listed.take(~self.dropped[row, column])


@dataclass(frozen=True)
class ListedTests:
    """Tests of listed genes: their row and column among all, t, p and adjusted p, ``(n_listed,)`` each."""

    row: np.ndarray
    column: np.ndarray
    t: np.ndarray
    p: np.ndarray
    p_adj: np.ndarray

    def take(self, kept: np.ndarray) -> ListedTests:
        """Return those of a mask."""
        return ListedTests(*(getattr(self, field.name)[kept] for field in fields(self)))


def _n_tested(tests: Tests, row: np.ndarray) -> np.ndarray:
    """Count the genes with a test in the row of each listed gene."""
    listed, which = np.unique(row, return_inverse=True)
    t = tests.t.cpu().numpy()
    counts = np.array([np.count_nonzero(~np.isnan(t[i])) for i in listed], dtype=np.int64)
    return counts[which]


def _adjusted(p: np.ndarray, row: np.ndarray, n_tested: np.ndarray) -> np.ndarray:
    """Adjust the smallest p-values of some rows by Benjamini and Hochberg; ``row`` ascends."""
    order = np.lexsort((p, row))
    rank = np.arange(len(p)) - np.searchsorted(row, row) + 1
    scaled = pd.Series(np.minimum(p[order] * n_tested[order] / rank, 1.0))
    falling = scaled[::-1].groupby(row[::-1], sort=False).cummin()[::-1]
    adjusted = np.empty_like(p)
    adjusted[order] = falling.to_numpy()
    return adjusted


def context_de(case: ContextCase, *, drop: bool) -> ContextDe:
    """Put the tests of all cells of a context together, without the targeted genes where these are dropped."""
    stats = case.stats
    targets = case.target_mask(stats.perturbations).cpu().numpy()
    return ContextDe(
        control=case.tests.control,
        rest=case.tests.rest,
        cells=stats.all_cells,
        dropped=targets & drop,
    )


def degs_table(stats: Mapping[str, ContextStatistics], tests: Mapping[str, ContextDe]) -> pd.DataFrame:
    """Return one row for each differentially expressed gene and reference (table ``degs``)."""
    frames = []
    for context, one in stats.items():
        mean = one.all_cells.mean.cpu().numpy()
        genes, labels = np.array(one.genes, dtype=object), np.array(one.perturbations, dtype=object)
        control = np.broadcast_to(one.control.mean.cpu().numpy(), mean.shape)
        for reference, against in (
            ("control", control),
            ("rest", tests[context].rest_mean.cpu().numpy()),
        ):
            found = tests[context].listed(reference)
            row, column = found.row, found.column
            frames.append(
                pd.DataFrame(
                    {
                        "context": context,
                        "perturbation": labels[row],
                        "gene": genes[column],
                        "reference": reference,
                        "t": found.t,
                        "p": found.p,
                        "p_adj": found.p_adj,
                        "mean_group": mean[row, column],
                        "mean_reference": against[row, column],
                        "shift": mean[row, column] - against[row, column],
                    }
                )
            )
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(DEG_COLUMNS))


def de_anndata(stats: Mapping[str, ContextStatistics], tests: Mapping[str, ContextDe]) -> ad.AnnData:
    """Return all genes as an AnnData of conditions × genes (``de.h5ad``)."""
    import anndata as ad

    obs: list[pd.DataFrame] = []
    layers: dict[str, list[np.ndarray]] = {name: [] for name in LAYERS}
    for context, one in stats.items():
        mean = one.all_cells.mean.cpu().numpy()
        obs.append(
            pd.DataFrame(
                {
                    "context": context,
                    "perturbation": list(one.perturbations),
                    "n_cells": one.all_cells.n.cpu().numpy().astype(int),
                }
            )
        )
        layers["mean"].append(mean)
        layers["shift"].append(mean - one.control.mean.cpu().numpy())
        for reference in ("control", "rest"):
            result: Tests = getattr(tests[context], reference)
            for value in ("t", "p", "p_adj"):
                layers[f"{value}_{reference}"].append(getattr(result, value).cpu().numpy())
    table = pd.concat(obs, ignore_index=True)
    table.index = pd.Index(
        [
            f"{c} {p}" if len(stats) > 1 else p
            for c, p in zip(table["context"], table["perturbation"], strict=True)
        ]
    )
    genes = next(iter(stats.values())).genes
    return ad.AnnData(
        obs=table,
        var=pd.DataFrame(index=pd.Index(genes)),
        layers={
            name: parts[0] if len(parts) == 1 else np.concatenate(parts) for name, parts in layers.items()
        },
    )


LAYERS = ("mean", "shift", "t_control", "p_control", "p_adj_control", "t_rest", "p_rest", "p_adj_rest")
