"""The same table of moments in torch, for a graphics card: scatter-adds in float64, chunk by chunk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from perturbdash.statistics import normalise
from perturbdash.statistics.matrices import (
    as_count,
    as_float,
    checked_pointers,
    refuse_duplicates,
    refuse_outside,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perturbdash.io.source import CscChunk, CsrChunk, DenseChunk
    from perturbdash.statistics.halves import Groups


class DeviceTable:
    """Moments of groups of cells on a torch device, to which chunks are added.

    A chunk's sums are taken about its own means, two passes over values that lie on the device, and merged
    by the pairwise update of Chan, Golub & LeVeque (1979), Stanford STAN-CS-79-773.

    Parameters
    ----------
    groups, n_genes, totals, name
        As of `perturbdash.statistics.table.Table`.
    device
        Where the table lies.
    """

    def __init__(
        self,
        groups: Groups,
        n_genes: int,
        *,
        totals: NDArray[np.float64] | None,
        name: str,
        device: torch.device,
    ) -> None:
        self._device, self._name, self._n_genes = device, name, n_genes
        self._codes = self._tensor(groups.codes).long()
        self._sizes = self._tensor(groups.sizes).double()
        self._totals = None if totals is None else self._tensor(totals)
        self._mean, self._m2, self._count, self._positive = torch.zeros(
            (4, self._sizes.numel() * n_genes), dtype=torch.float64, device=device
        )

    def close(self) -> None:
        """Do nothing; there are no threads to end."""

    def add_csr(self, chunk: CsrChunk) -> None:
        """Add a chunk of rows; parameters and errors as of `Table.add_csr`."""
        indptr = checked_pointers(chunk.indptr, chunk.indices, self._name)
        cells, genes = self._coordinates(indptr, chunk.indices, self._n_genes, chunk.start)
        self._add(cells, genes, self._values(cells, chunk.data))

    def add_csc(self, chunk: CscChunk) -> None:
        """Add a chunk of columns; parameters and errors as of `Table.add_csr`."""
        indptr = checked_pointers(chunk.indptr, chunk.indices, self._name)
        genes, cells = self._coordinates(indptr, chunk.indices, self._codes.numel(), chunk.start)
        self._add(cells, genes, self._values(cells, chunk.data))

    def add_dense(self, chunk: DenseChunk) -> None:
        """Add a chunk of whole rows; parameters and errors as of `Table.add_csr`."""
        values = self._tensor(as_count(chunk.values))
        rows, genes = torch.nonzero(values, as_tuple=True)
        cells = rows + chunk.start
        self._add(cells, genes, self._values(cells, values[rows, genes]))

    def finish(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
        """Return mean, m2 and nnz ``(n_groups, n_genes)``; the table is spent."""
        shape = (self._sizes.numel(), self._n_genes)
        mean, m2, count = (x.reshape(shape) for x in (self._mean, self._m2, self._count))
        share = count / self._sizes[:, None]
        m2 += mean.square() * count * (1 - share)
        mean *= share
        nnz = self._positive.reshape(shape).long()
        return mean.cpu().numpy(), m2.cpu().numpy(), nnz.cpu().numpy()

    def _tensor(self, array: NDArray[Any]) -> torch.Tensor:
        """Copy to the device: chunks live in buffers that the reader fills again."""
        return torch.tensor(np.ascontiguousarray(array), device=self._device)

    def _coordinates(
        self, indptr: NDArray[np.int64], indices: NDArray[Any], size: int, start: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return row and column (CSC: column and row) of each stored value, none beyond the matrix or twice."""
        refuse_outside(indices, size, self._name)
        major = torch.repeat_interleave(self._tensor(np.diff(indptr))) + start
        minor = self._tensor(indices).long()
        if bool(((minor[1:] <= minor[:-1]) & (major[1:] == major[:-1])).any()):
            refuse_duplicates(indptr, indices, size, self._name)
        return major, minor

    def _values(self, cells: torch.Tensor, data: NDArray[Any] | torch.Tensor) -> torch.Tensor:
        """Return log1p values in float64; counts are normalised and rounded to float32 as scanpy does."""
        if self._totals is None:
            stored = data if isinstance(data, torch.Tensor) else self._tensor(as_float(data))
            return stored.double()
        counts = data if isinstance(data, torch.Tensor) else self._tensor(as_count(data))
        x = counts.double()
        if bool((x < 0).any()):
            normalise.refuse_status(normalise.NOT_A_COUNT, self._name)
        sums = torch.zeros_like(self._totals).index_add_(0, cells, x)
        totals = torch.where(self._totals.isnan(), sums, self._totals)[cells]
        if bool(((totals == 0) & (x > 0)).any()):
            normalise.refuse_status(normalise.NO_TOTAL, self._name)
        scaled = torch.where(x == 0, 0.0, x / (totals / normalise.TARGET))
        return scaled.float().double().log1p().float().double()

    def _add(self, cells: torch.Tensor, genes: torch.Tensor, x: torch.Tensor) -> None:
        group = self._codes[cells]
        kept = (group >= 0) & (x != 0)
        x, place = x[kept], (group * self._n_genes + genes)[kept]
        self._positive.index_add_(0, place, (x > 0).double())
        n = torch.zeros_like(self._count).index_add_(0, place, torch.ones_like(x))
        divisor = n.clamp(min=1)
        mean = torch.zeros_like(n).index_add_(0, place, x) / divisor
        deviation = x - mean[place]
        residue = torch.zeros_like(n).index_add_(0, place, deviation)
        m2 = torch.zeros_like(n).index_add_(0, place, deviation.square())
        m2 = (m2 - residue.square() / divisor).clamp(min=0)
        mean += residue / divisor
        total = (self._count + n).clamp(min=1)
        delta = mean - self._mean
        self._m2 += m2 + delta.square() * (self._count * n / total)
        self._mean += delta * (n / total)
        self._count += n
