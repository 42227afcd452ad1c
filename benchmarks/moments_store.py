"""Write a store of simulated moments of any size, block by block, and predictions for it."""

from __future__ import annotations

import argparse
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perturbdash.statistics.moments import Moments
from perturbdash.statistics.moments_file import write_moments
from perturbdash.vocabulary import BLOCKS_PER_HALF, CONTROL, FIRST, SECOND, control_part

CELLS_A_HALF = 50
CELLS_A_BLOCK = 200
CHANGED = 60
ROWS = 250

Floats = NDArray[np.float64]


class Simulated:
    """Means and variances of perturbations that share one effect and have some genes of their own."""

    def __init__(self, n_perturbations: int, n_genes: int, seed: int = 0) -> None:
        self._random = np.random.default_rng(seed)
        self.genes = tuple(f"G{i:05d}" for i in range(n_genes))
        self.perturbations = tuple(self.genes[i % n_genes] for i in range(n_perturbations))
        self.base = self._random.gamma(0.6, 0.5, n_genes)
        self._shared = self._random.normal(0, 0.05, n_genes) * (self._random.random(n_genes) < 0.2)

    def truths(self, n: int) -> Floats:
        """Return the means of ``n`` perturbations, ``(n, n_genes)``."""
        means = np.tile(self.base + self._shared, (n, 1))
        for row in means:
            genes = self._random.integers(0, row.size, CHANGED)
            row[genes] += self._random.normal(0, 0.4, CHANGED)
        return np.maximum(means, 0.0)

    def groups(self, truths: Floats, cells: int) -> tuple[Floats, Floats, NDArray[np.int64]]:
        """Return mean, centred second moment and non-zero count of a sample of cells for each truth."""
        variance = 0.05 + 0.4 * truths
        mean = np.maximum(self._random.normal(truths, np.sqrt(variance / cells)), 0.0)
        m2 = variance * self._random.chisquare(cells - 1, truths.shape)
        nnz = np.rint(cells * (1 - np.exp(-2 * mean))).astype(np.int64)
        return mean, m2, nnz


def conditions(simulated: Simulated) -> pd.DataFrame:
    """Return the groups: twenty blocks of control cells, then two halves of each perturbation."""
    parts = [control_part(half, i) for half in (FIRST, SECOND) for i in range(BLOCKS_PER_HALF)]
    control = pd.DataFrame(
        {"context": "all", "perturbation": CONTROL, "part": parts, "n_cells": CELLS_A_BLOCK}
    )
    names = np.array(simulated.perturbations, dtype=object)
    halves = pd.DataFrame(
        {
            "context": "all",
            "perturbation": np.repeat(names, 2),
            "part": [FIRST, SECOND] * len(names),
            "n_cells": CELLS_A_HALF,
        }
    )
    return pd.concat([control, halves], ignore_index=True)


def write(folder: Path, n_perturbations: int, n_genes: int, seed: int = 0) -> tuple[Path, Path]:
    """Write ``store.h5ad`` and ``skilled.parquet`` into a folder, and return both."""
    simulated = Simulated(n_perturbations, n_genes, seed)
    store, prediction = folder / "store.h5ad", folder / "skilled.parquet"
    folder.mkdir(parents=True, exist_ok=True)
    rows = conditions(simulated)
    empty = np.zeros((len(rows), 0))
    write_moments(store, Moments(rows, (), empty, empty, empty.astype(np.int64)), {"seed": "0"})
    with h5py.File(store, "a") as file:
        predicted = _write_layers(file, simulated, len(rows), np.random.default_rng(seed + 1))
        _write_genes(file, simulated.genes)
    table = pd.DataFrame(predicted, columns=list(simulated.genes))
    table.insert(0, "perturbation", list(simulated.perturbations))
    table.to_parquet(prediction, index=False)
    return store, prediction


def _write_layers(
    file: h5py.File, simulated: Simulated, n_rows: int, random: np.random.Generator
) -> NDArray[np.float32]:
    """Write mean, m2 and nnz, some perturbations at a time, and return a prediction."""
    n_genes, n = len(simulated.genes), len(simulated.perturbations)
    del file["layers"]
    layers = file.create_group("layers")
    for name, kind in (("mean", "f8"), ("m2", "f8"), ("nnz", "i4")):
        layers.create_dataset(name, (n_rows, n_genes), kind)
    n_blocks = 2 * BLOCKS_PER_HALF
    _put(layers, slice(0, n_blocks), simulated.groups(np.tile(simulated.base, (n_blocks, 1)), CELLS_A_BLOCK))
    predicted = np.empty((n, n_genes), dtype=np.float32)
    for start in range(0, n, ROWS):
        truths = simulated.truths(min(ROWS, n - start))
        rows = slice(n_blocks + 2 * start, n_blocks + 2 * (start + len(truths)))
        _put(layers, rows, simulated.groups(np.repeat(truths, 2, axis=0), CELLS_A_HALF))
        known = 0.5 * truths + 0.5 * simulated.base
        predicted[start : start + len(truths)] = known + random.normal(0, 0.02, truths.shape)
    return predicted


def _put(layers: h5py.Group, rows: slice, values: tuple[Floats, Floats, NDArray[np.int64]]) -> None:
    for name, array in zip(("mean", "m2", "nnz"), values, strict=True):
        layers[name][rows] = array


def _write_genes(file: h5py.File, genes: tuple[str, ...]) -> None:
    del file["var"]
    var = file.create_group("var")
    var.attrs.update({"encoding-type": "dataframe", "encoding-version": "0.2.0", "_index": "_index"})
    var.attrs["column-order"] = np.array([], dtype=np.float64)
    var.create_dataset("_index", data=np.array(genes, dtype=object), dtype=h5py.string_dtype())


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--perturbations", type=int, default=5_000)
    parser.add_argument("--genes", type=int, default=8_000)
    arguments = parser.parse_args()
    print(*write(arguments.folder, arguments.perturbations, arguments.genes))


if __name__ == "__main__":
    main()
