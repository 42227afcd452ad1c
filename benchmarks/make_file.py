"""Write a benchmark file: simulated cells, as large as asked for, and two predictions.

    python -m benchmarks.make_file --out /tmp/bench

100,000 cells × 5,000 genes, 17 % of the values stored, 500 perturbations and 8 % control cells in random order,
log1p float32, CSR with int32 indices, not compressed. Perturbations move some genes, and two models predict them.
Written in chunks, so that a file may be larger than the memory (CSC is put together in memory). One seed gives the
same cells in every layout, format and space.
"""

from __future__ import annotations

import argparse
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from benchmarks.cell_files import CellFile, Layout, create
from benchmarks.simulated import (
    DENSITY,
    Means,
    draw_codes,
    draw_counts,
    draw_means,
    modelled_means,
    normalised,
)

if TYPE_CHECKING:
    from scipy import sparse

CHUNK_VALUES = 10_000_000
MODELS = {"average": 0.0, "skilled": 0.6}
PREDICTED = "predicted.h5ad"
FORMAT = 1  # raised when the same choices give other files
ENVIRONMENT = "PERTURBDASH_BENCH"


@dataclass(frozen=True)
class Choices:
    """What a benchmark file is like.

    Parameters
    ----------
    predicted_cells
        Write ``predicted.h5ad`` too: the cells that a model of some skill expects, and the observed control cells.
    """

    cells: int = 100_000
    genes: int = 5_000
    perturbations: int = 500
    layout: Layout = "csr"
    compression: Literal["none", "gzip", "lzf"] = "none"
    values: Literal["log1p", "counts"] = "log1p"
    format: Literal["h5ad", "zarr"] = "h5ad"
    seed: int = 0
    predicted_cells: bool = False

    @property
    def name(self) -> str:
        """Name of a folder for the files."""
        size = f"{self.cells}x{self.genes}x{self.perturbations}"
        kind = f"{self.format}-{self.layout}-{self.compression}-{self.values}"
        return f"{size}-{kind}-seed{self.seed}{'-predicted' * self.predicted_cells}-v{FORMAT}"


@dataclass(frozen=True)
class Files:
    """What was written: the cells, predicted profiles, and the predicted cells where they were asked for."""

    cells: Path
    predictions: tuple[Path, ...]

    @property
    def predicted(self) -> Path:
        """The predicted cells."""
        return self.cells.with_name(PREDICTED)

    @property
    def megabytes(self) -> float:
        """Size of the cells on disk."""
        files = self.cells.rglob("*") if self.cells.is_dir() else [self.cells]
        return sum(file.stat().st_size for file in files if file.is_file()) / 1e6


def files_in(folder: Path, choices: Choices) -> Files:
    """Return the paths of the files that a folder holds."""
    return Files(folder / f"cells.{choices.format}", tuple(folder / f"{n}.parquet" for n in MODELS))


def default_root() -> Path:
    """Return where files are kept: ``PERTURBDASH_BENCH``, else a folder in the user's cache folder."""
    chosen = os.environ.get(ENVIRONMENT, "").strip()
    if chosen:
        return Path(chosen).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("perturbdash", appauthor=False) / "benchmarks"


def made_once(choices: Choices, root: Path) -> Files:
    """Return the files of these choices below a folder, made where they are not there yet."""
    folder = root / choices.name
    if not folder.is_dir():
        unfinished = root / f"{choices.name}.part"
        shutil.rmtree(unfinished, ignore_errors=True)
        make(choices, unfinished)
        unfinished.rename(folder)
    return files_in(folder, choices)


def make(choices: Choices, folder: Path) -> Files:
    """Write the files of these choices into a folder and say so."""
    started = time.perf_counter()
    folder.mkdir(parents=True, exist_ok=True)
    files = files_in(folder, choices)
    rng = np.random.default_rng(choices.seed)
    means = draw_means(choices.genes, choices.perturbations, rng)
    codes = draw_codes(choices.cells, choices.perturbations, rng)
    cells = _cell_file(files.cells, means, codes, choices)
    predicted = _PredictedCells(files.predicted, means, codes, choices) if choices.predicted_cells else None
    sums = np.zeros(means.values.shape)
    stored = 0
    step = max(1, CHUNK_VALUES // choices.genes)
    for start in range(0, choices.cells, step):
        part = codes[start : start + step]
        counts = draw_counts(means.values, part, rng)
        logs = normalised(counts)
        cells.append(logs if choices.values == "log1p" else counts)
        if predicted is not None:
            predicted.append(logs, part)
        _add_to_groups(sums, logs, part)
        stored += counts.nnz
    cells.close()
    if predicted is not None:
        predicted.close()
    write_predictions(
        sums / np.maximum(1, np.bincount(codes, minlength=len(sums)))[:, None], means, files, rng
    )
    share, seconds = stored / (choices.cells * choices.genes), time.perf_counter() - started
    size = f"{choices.cells:,} × {choices.genes:,}, {share:.1%} stored, {files.megabytes:,.0f} MB"
    print(f"{files.cells}: {size}, {seconds:.0f} s", flush=True)
    return files


def write_predictions(centroids: np.ndarray, means: Means, files: Files, rng: np.random.Generator) -> None:
    """Write a model that knows the average and one that knows more, as profiles."""
    average = centroids[1:].mean(0)
    spread = centroids[1:].std(0)
    for path in files.predictions:
        noise = 0.5 * spread * rng.standard_normal(centroids[1:].shape)
        values = np.maximum(0, average + MODELS[path.stem] * (centroids[1:] - average) + noise)
        index = pd.Index(means.labels[1:], name="perturbation")
        pd.DataFrame(values, index=index, columns=means.genes).to_parquet(path)


def _cell_file(path: Path, means: Means, codes: np.ndarray, choices: Choices) -> CellFile:
    obs = pd.DataFrame(
        {"perturbation": pd.Categorical.from_codes(codes, means.labels)},
        index=[f"cell{i:07d}" for i in range(len(codes))],
    )
    return create(
        path,
        obs,
        pd.DataFrame(index=means.genes),
        layout=choices.layout,
        compression=None if choices.compression == "none" else choices.compression,
        expected_values=round(len(codes) * len(means.genes) * DENSITY),
    )


class _PredictedCells:
    """The cells that the skilled model expects; control cells are the observed ones."""

    def __init__(self, path: Path, means: Means, codes: np.ndarray, choices: Choices) -> None:
        self._rng = np.random.default_rng([choices.seed, 1])
        self._means = modelled_means(means, MODELS["skilled"], self._rng)
        self._file = _cell_file(path, means, codes, choices)

    def append(self, observed: sparse.csr_matrix, codes: np.ndarray) -> None:
        from scipy import sparse

        expected = normalised(draw_counts(self._means, codes, self._rng))
        place = np.arange(len(codes))
        rows = np.where(codes == 0, place, place + len(codes))
        self._file.append(sparse.vstack([observed, expected], format="csr")[rows])

    def close(self) -> None:
        self._file.close()


def _add_to_groups(sums: np.ndarray, rows: sparse.csr_matrix, codes: np.ndarray) -> None:
    from scipy import sparse

    groups, member = np.unique(codes, return_inverse=True)
    ones = np.ones(len(codes))
    indicator = sparse.csr_matrix((ones, (member, np.arange(len(codes)))), shape=(len(groups), len(codes)))
    sums[groups] += (indicator @ rows).toarray()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--cells", type=int, default=Choices.cells)
    parser.add_argument("--genes", type=int, default=Choices.genes)
    parser.add_argument("--perturbations", type=int, default=Choices.perturbations)
    parser.add_argument("--layout", choices=("csr", "csc", "dense"), default=Choices.layout)
    parser.add_argument("--compression", choices=("none", "gzip", "lzf"), default=Choices.compression)
    parser.add_argument("--values", choices=("log1p", "counts"), default=Choices.values)
    parser.add_argument("--format", choices=("h5ad", "zarr"), default=Choices.format)
    parser.add_argument("--seed", type=int, default=Choices.seed)
    parser.add_argument("--predicted-cells", action="store_true", help="write predicted.h5ad too")
    arguments = vars(parser.parse_args())
    folder = arguments.pop("out")
    make(Choices(**arguments), folder)


if __name__ == "__main__":
    main()
