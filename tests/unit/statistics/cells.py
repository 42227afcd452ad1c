"""A small data set in memory, whose labels are given and whose chunks can be of any size."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from perturbdash.io.labels import Naming
from perturbdash.io.schema import Schema
from perturbdash.io.source import Chunk, CscChunk, CsrChunk, DenseChunk, cuts


@dataclass
class Source:
    matrix: Any
    obs: pd.DataFrame
    values: int = 16_000_000
    path: Path | None = None
    passes: int = 0

    @property
    def layout(self) -> str:
        return getattr(self.matrix, "format", "dense")

    @property
    def n_cells(self) -> int:
        return self.matrix.shape[0]

    @property
    def n_genes(self) -> int:
        return self.matrix.shape[1]

    def chunks(
        self, values: int | None = None, *, start: int = 0, stop: int | None = None, workers: Any = None
    ) -> Iterator[Chunk]:
        """Yield through buffers that the next chunk overwrites, as a file does."""
        self.passes += 1
        size = min(values or self.values, self.values)
        if self.layout == "dense":
            step = max(1, size // self.n_genes)
            buffer = np.empty((step, self.n_genes), dtype=self.matrix.dtype)
            end = self.n_cells if stop is None else stop
            for low in range(start, end, step):
                high = min(low + step, end)
                buffer[: high - low] = self.matrix[low:high]
                yield DenseChunk(low, high, buffer[: high - low])
            return
        kind = CsrChunk if self.layout == "csr" else CscChunk
        indptr = self.matrix.indptr.astype(np.int64)
        indices, data = np.empty_like(self.matrix.indices), np.empty_like(self.matrix.data)
        for low, high in cuts(indptr, size, (start, indptr.size - 1 if stop is None else stop)):
            n = int(indptr[high] - indptr[low])
            indices[:n] = self.matrix.indices[indptr[low] : indptr[high]]
            data[:n] = self.matrix.data[indptr[low] : indptr[high]]
            yield kind(low, high, indptr[low : high + 1] - indptr[low], indices[:n], data[:n])


@dataclass
class Cells:
    source: Source
    labels: np.ndarray
    context_of: np.ndarray
    cell_names: np.ndarray
    space: str = "log1p"
    totals_key: str | None = None
    name: str = "cells"
    split: None = None
    dropped_contexts: tuple[str, ...] = ()
    genes: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.genes = tuple(f"g{i}" for i in range(self.source.n_genes))

    @property
    def schema(self) -> Any:
        return Schema("label", "control", space=self.space, totals_key=self.totals_key)

    @property
    def n_cells(self) -> int:
        return self.source.n_cells

    @property
    def left_out(self) -> dict[str, int]:
        return {"without a label": int((self.labels == "").sum())}

    @property
    def parts(self) -> dict[str, tuple[str, ...]]:
        return {label: (label,) for label in self.perturbations}

    @property
    def targets(self) -> dict[str, tuple[str, ...]]:
        return dict.fromkeys(self.perturbations, ())

    @property
    def naming(self) -> Naming:
        return Naming("control", known=frozenset(self.perturbations))

    def cells_for(self, what: str) -> Cells:
        return self

    @property
    def perturbations(self) -> tuple[str, ...]:
        return tuple(sorted(set(self.labels) - {"control", ""}))

    @cached_property
    def label_codes(self) -> np.ndarray:
        codes = {label: i for i, label in enumerate(self.perturbations)} | {"control": -1, "": -2}
        return np.array([codes[label] for label in self.labels], dtype=np.int32)

    @property
    def contexts(self) -> tuple[str, ...]:
        return tuple(sorted(set(self.context_of)))

    @cached_property
    def context_codes(self) -> np.ndarray:
        return np.array([self.contexts.index(context) for context in self.context_of], dtype=np.int32)

    def identity(self) -> str:
        matrix = self.source.matrix
        dense = matrix.toarray() if sparse.issparse(matrix) else matrix
        parts = (np.ascontiguousarray(dense).tobytes(), "".join([*self.labels, *self.cell_names]).encode())
        return hashlib.sha256(b"".join(parts)).hexdigest()


def counts(n_cells: int = 400, n_genes: int = 37, seed: int = 0) -> np.ndarray:
    """Integer counts, about a third of them above zero, the first gene never."""
    rng = np.random.default_rng(seed)
    rates = rng.gamma(0.5, 1.0, n_genes)
    rates[0] = 0.0
    return rng.poisson(rates, (n_cells, n_genes)).astype(np.float64)


def dataset(matrix: Any, *, seed: int = 0, n_perturbations: int = 5, **fields: Any) -> Cells:
    """Give labels (a quarter control, some left out) and two contexts to the rows of a matrix."""
    rng = np.random.default_rng(seed)
    n_cells = matrix.shape[0]
    choices = ["control"] * 2 + [""] + [f"P{i}" for i in range(n_perturbations)]
    labels = np.array(choices, dtype=object)[rng.integers(0, len(choices), n_cells)]
    contexts = np.array(["K562", "RPE1"], dtype=object)[rng.integers(0, 2, n_cells)]
    names = np.array([f"cell-{i:06d}" for i in rng.permutation(n_cells)], dtype=object)
    obs = pd.DataFrame(index=names)
    return Cells(Source(matrix, obs), labels, contexts, names, **fields)


def permuted(cells: Cells, seed: int = 1) -> Cells:
    """The same cells in another row order."""
    return taken(cells, np.random.default_rng(seed).permutation(cells.n_cells))


def taken(cells: Cells, rows: np.ndarray) -> Cells:
    """Some of the cells, in the order of their rows."""
    return Cells(
        Source(cells.source.matrix[rows], cells.source.obs.iloc[rows]),
        cells.labels[rows],
        cells.context_of[rows],
        cells.cell_names[rows],
        space=cells.space,
        totals_key=cells.totals_key,
    )
