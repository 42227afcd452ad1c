"""The published code's own values, from groups made naively from the cells."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from anndata import read_h5ad
from scipy import stats

from perturbdash.metrics.compute import MetricValues, compute
from perturbdash.metrics.prediction import Prediction
from perturbdash.metrics.truth import Truth, build_truth
from perturbdash.statistics.context import Group

LOOSE = ("wmse", "weighted_r2_delta_control", "weighted_r2_delta_centroid")
SIX = ("mean", "control", "technical_duplicate", "interpolated_duplicate", "sharp", "collapsed")


@dataclass(frozen=True)
class Norman:
    """The cells, and every random choice as it was written down."""

    folder: Path
    genes: list[str]
    cells: dict[str, dict[str, np.ndarray]]
    control: np.ndarray
    fold: np.ndarray

    @property
    def perturbations(self) -> list[str]:
        return sorted(self.cells)

    def of(self, part: str) -> list[np.ndarray]:
        return [self.cells[name][part] for name in self.perturbations]

    def centroids(self) -> np.ndarray:
        means = np.stack([cells.mean(0) for cells in self.of("all")])
        return np.stack([means[self.fold != k].mean(0) for k in range(self.fold.max() + 1)])

    def truth(self, part: str) -> Truth:
        place = {gene: i for i, gene in enumerate(self.genes)}
        targets = torch.zeros((len(self.cells), len(self.genes)), dtype=torch.bool)
        for row, name in enumerate(self.perturbations):
            for gene in name.split("+"):
                if gene in place:
                    targets[row, place[gene]] = True
        return build_truth(
            group(self.of(part)),
            perturbations=self.perturbations,
            genes=self.genes,
            control=group([self.control]),
            centroids=torch.from_numpy(self.centroids()),
            fold=torch.from_numpy(self.fold),
            targets=targets,
        )

    def prediction(self, name: str) -> Prediction:
        everyone = torch.arange(len(self.cells))
        if name == "mean":
            return Prediction(
                name, "baseline", torch.from_numpy(self.centroids()), torch.from_numpy(self.fold)
            )
        if name == "control":
            rows = torch.from_numpy(self.control.mean(0)[None])
            return Prediction(name, "baseline", rows, torch.zeros_like(everyone))
        if name in ("sharp", "collapsed"):
            table = pd.read_csv(self.folder / f"prediction_{name}.csv", index_col=0)
            profiles = table.loc[self.perturbations, self.genes].to_numpy()
            return Prediction(name, "model", torch.from_numpy(profiles.copy()), everyone)
        duplicate = np.stack([cells.mean(0) for cells in self.of("second")])
        if name == "interpolated_duplicate":
            duplicate = self.interpolated(duplicate)
        return Prediction(name, "positive_control", torch.from_numpy(duplicate), everyone)

    def interpolated(self, duplicate: np.ndarray) -> np.ndarray:
        """Move each gene towards the mean of the fold, the less the surer it is that it changes."""
        halves = self.of("second")
        alpha = np.empty_like(duplicate)
        for p, cells in enumerate(halves):
            rest = np.concatenate([other for q, other in enumerate(halves) if q != p])
            with np.errstate(divide="ignore", invalid="ignore"):
                p_value = stats.ttest_ind_from_stats(
                    cells.mean(0), cells.std(0, ddof=1), len(cells),
                    rest.mean(0), rest.std(0, ddof=1), len(cells),
                    equal_var=False,
                ).pvalue  # fmt: skip
            alpha[p] = 1 - stats.false_discovery_control(np.where(np.isnan(p_value), 1.0, p_value))
        return alpha * duplicate + (1 - alpha) * self.centroids()[self.fold]


def group(blocks: list[np.ndarray]) -> Group:
    means = np.stack([block.mean(0) for block in blocks])
    m2 = np.stack([((block - mean) ** 2).sum(0) for block, mean in zip(blocks, means, strict=True)])
    n = np.array([float(len(block)) for block in blocks])
    return Group(*(torch.from_numpy(array) for array in (n, means, m2)))


@pytest.fixture(scope="module")
def norman(shared: Path) -> Norman:
    folder = shared / "golden" / "norman250"
    data = read_h5ad(shared / "data" / "norman19_k562_perturbench_250g.h5ad")
    values = data.X.toarray().astype(np.float64)
    half = pd.read_csv(folder / "halves.csv", index_col="cell")["half"].loc[data.obs_names].to_numpy()
    label = data.obs["perturbation"].astype(str).to_numpy()
    fold = pd.read_csv(folder / "folds.csv", index_col="perturbation")["fold"]
    names = sorted(set(label) - {"control"})
    return Norman(
        folder=folder,
        genes=list(data.var_names),
        cells={
            name: {
                "all": values[label == name],
                "first": values[(label == name) & (half == "first")],
                "second": values[(label == name) & (half == "second")],
            }
            for name in names
        },
        control=values[label == "control"],
        fold=fold.loc[names].to_numpy().astype(np.int64),
    )


@pytest.fixture(scope="module")
def first_half(norman: Norman) -> dict[str, MetricValues]:
    truth = norman.truth("first")
    return {name: compute(truth, norman.prediction(name)) for name in SIX}


@pytest.fixture(scope="module")
def all_cells(norman: Norman) -> dict[str, MetricValues]:
    truth = norman.truth("all")
    return {name: compute(truth, norman.prediction(name)) for name in ("sharp", "collapsed")}


def ours(values: MetricValues, metric: str, norman: Norman) -> pd.Series:
    return pd.Series(values.value[values.metrics.index(metric)], index=norman.perturbations)


@pytest.mark.parametrize("name", SIX)
def test_every_metric_as_cellsimbench_gives_it(name, norman, first_half):
    table = pd.read_csv(norman.folder / "cellsimbench_metrics_first_half_truth.csv.gz")
    table = table[table["prediction"] == name]
    assert table["metric"].nunique() == 13
    for metric, rows in table.groupby("metric"):
        expected = rows.set_index("perturbation")["value"].loc[norman.perturbations]
        np.testing.assert_allclose(
            ours(first_half[name], str(metric), norman),
            expected,
            rtol=1e-6,
            atol=1e-4 if metric in LOOSE else 1e-12,
            err_msg=str(metric),
        )


@pytest.mark.parametrize("name", ["sharp", "collapsed"])
def test_nir_as_systema_centroid_accuracy(name, norman, all_cells):
    table = pd.read_csv(norman.folder / "systema_centroid_accuracy.csv", index_col="perturbation")
    np.testing.assert_allclose(
        ours(all_cells[name], "nir", norman), table.loc[norman.perturbations, name], rtol=1e-6
    )


@pytest.mark.parametrize("metric", ["pds_l1", "pds_l2", "pds_cosine"])
@pytest.mark.parametrize("name", ["sharp", "collapsed"])
def test_pds_as_cell_eval2(name, metric, norman, all_cells):
    table = pd.read_csv(norman.folder / "cell_eval2_pds.csv")
    rows = table[(table["prediction"] == name) & (table["metric"] == metric)].set_index("perturbation")[
        "value"
    ]
    np.testing.assert_allclose(
        ours(all_cells[name], metric, norman), rows.loc[norman.perturbations], rtol=1e-6
    )


def test_differential_expression_behind_the_masks(norman):
    table = pd.read_csv(norman.folder / "scanpy_de_rest_first_half.csv.gz")
    significant = table[table["p_adj"] < 0.05].groupby("perturbation")["gene"].agg(set)
    degs = norman.truth("first").degs_rest.numpy()
    genes = np.array(norman.genes)
    for p, name in enumerate(norman.perturbations):
        assert set(genes[degs[p]]) == significant.get(name, set())
