"""The same table of moments in torch, for a graphics card: sorted by group and gene, summed in float64."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from perturbdash.io.source import cuts
from perturbdash.statistics import kernels, normalise
from perturbdash.statistics.matrices import (
    as_count,
    as_float,
    checked_pointers,
    refuse_duplicates,
    refuse_status,
)
from perturbdash.statistics.staging import Staging, Tensors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perturbdash.io.source import CscChunk, CsrChunk, DenseChunk
    from perturbdash.statistics.halves import Groups

BATCH_VALUES = 1 << 22
"""Values that are computed at a time, each with about 100 bytes of temporaries."""


class DeviceTable:
    """Moments of groups of cells on a torch device, to which chunks are added.

    The values of a batch are sorted by group and gene, so that sums are over segments, the same at every run, and
    temporaries are as large as the batch, whatever the size of the table. They are taken about the batch's own
    means, in two passes, and merged by the pairwise update of Chan, Golub & LeVeque (1979), Stanford
    STAN-CS-79-773. float64 throughout: in float32 the second moment of values around 1,000 that spread by 0.01
    has no right digit left, and sorting, not arithmetic, takes the time.

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
        self._host_codes, self._sizes = groups.codes, groups.sizes
        self._codes = self._tensor(groups.codes)
        self._totals = None if totals is None else self._tensor(totals)
        size = self._sizes.size * n_genes
        self._mean, self._m2 = torch.zeros((2, size), dtype=torch.float64, device=device)
        self._count, self._positive = torch.zeros((2, size), dtype=torch.int32, device=device)
        self._staging = Staging(device)

    def close(self) -> None:
        """End the thread that computes."""
        self._staging.close()

    def add_csr(self, chunk: CsrChunk) -> None:
        """Add a chunk of rows; parameters as of `Table.add_csr`, errors also of the chunks before."""
        indptr = checked_pointers(chunk.indptr, chunk.indices, self._name).copy()
        self._staging.submit(partial(self._rows, chunk.start, indptr), self._stored(chunk, indptr))

    def add_csc(self, chunk: CscChunk) -> None:
        """Add a chunk of columns; parameters and errors as of `add_csr`."""
        indptr = checked_pointers(chunk.indptr, chunk.indices, self._name).copy()
        self._staging.submit(partial(self._columns, chunk.start, indptr), self._stored(chunk, indptr))

    def add_dense(self, chunk: DenseChunk) -> None:
        """Add a chunk of whole rows; parameters and errors as of `add_csr`."""
        codes = self._host_codes[chunk.start : chunk.stop]
        rows = np.argsort(codes, kind="stable")
        rows = rows[np.searchsorted(codes[rows], 0) :]
        arrays = {"values": as_count(chunk.values), "rows": rows, "codes": codes[rows]}
        self._staging.submit(partial(self._block, chunk.start), arrays)

    def finish(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
        """Return mean, m2 and nnz ``(n_groups, n_genes)``; the table is spent."""
        self._staging.drain()
        shape = (self._sizes.size, self._n_genes)
        mean, m2 = np.empty((2, *shape))
        nnz = np.empty(shape, dtype=np.int64)
        table = [x.reshape(shape) for x in (self._mean, self._m2, self._count, self._positive)]
        step = max(1, BATCH_VALUES // max(1, self._n_genes))
        for start in range(0, shape[0], step):
            block = slice(start, start + step)
            means, m2s, count, positive = (x[block] for x in table)
            share = count.double() / self._tensor(self._sizes[block])[:, None]
            m2[block] = (m2s + means.square() * count * (1 - share)).cpu().numpy()
            mean[block] = (means * share).cpu().numpy()
            nnz[block] = positive.cpu().numpy()
        return mean, m2, nnz

    def _tensor(self, array: NDArray[Any]) -> torch.Tensor:
        return torch.tensor(np.ascontiguousarray(array), device=self._device)

    def _stored(self, chunk: CsrChunk | CscChunk, indptr: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
        convert = as_float if self._totals is None else as_count
        indices = chunk.indices[: indptr[-1]]
        if indices.dtype not in (np.int32, np.int64):
            indices = indices.astype(np.int64)
        return {"indices": indices, "data": convert(chunk.data[: indptr[-1]])}

    def _rows(self, start: int, indptr: NDArray[np.int64], stored: Tensors) -> None:
        self._check(indptr, stored["indices"], self._n_genes)
        for first, last in cuts(indptr, BATCH_VALUES):
            part = slice(int(indptr[first]), int(indptr[last]))
            lengths = self._tensor(np.diff(indptr[first : last + 1]))
            rows = torch.repeat_interleave(lengths, output_size=part.stop - part.start)
            cells = slice(start + first, start + last)
            x = stored["data"][part].double()
            if self._totals is not None:
                totals = self._totals[cells]
                sums = torch.segment_reduce(x, "sum", lengths=lengths, initial=0.0)
                x = self._log1p(x, torch.where(totals.isnan(), sums, totals)[rows])
            self._add(self._codes[cells][rows], stored["indices"][part], x)

    def _columns(self, start: int, indptr: NDArray[np.int64], stored: Tensors) -> None:
        self._check(indptr, stored["indices"], self._codes.numel())
        for first, last in cuts(indptr, BATCH_VALUES):
            part = slice(int(indptr[first]), int(indptr[last]))
            lengths = self._tensor(np.diff(indptr[first : last + 1]))
            genes = torch.repeat_interleave(lengths, output_size=part.stop - part.start) + (start + first)
            cells = stored["indices"][part]
            x = stored["data"][part].double()
            if self._totals is not None:
                x = self._log1p(x, self._totals[cells])
            self._add(self._codes[cells], genes, x)

    def _block(self, start: int, dense: Tensors) -> None:
        values, rows, codes = dense["values"], dense["rows"], dense["codes"]
        step = max(1, BATCH_VALUES // max(1, self._n_genes))
        for first in range(0, rows.numel(), step):
            at = rows[first : first + step]
            x = values[at].double()
            if self._totals is not None:
                totals = self._totals[at + start]
                totals = torch.where(totals.isnan(), x.sum(1), totals)
                x = self._log1p(x, totals[:, None])
            groups, n = torch.unique_consecutive(codes[first : first + step], return_counts=True)
            genes = torch.arange(self._n_genes, device=self._device)
            place = (groups.long()[:, None] * self._n_genes + genes).reshape(-1)
            self._merge(place, n, x)

    def _check(self, indptr: NDArray[np.int64], indices: torch.Tensor, size: int) -> None:
        """Refuse an index beyond the matrix, or one that a row (CSC: a column) holds twice."""
        if not indices.numel():
            return
        lowest, highest = torch.aminmax(indices)
        if int(lowest) < 0 or int(highest) >= size:
            refuse_status(kernels.OUT_OF_RANGE, self._name)
        starts = torch.zeros(indices.numel() + 1, dtype=torch.bool, device=self._device)
        starts[self._tensor(indptr)] = True
        if bool(((indices[1:] <= indices[:-1]) & ~starts[1:-1]).any()):
            refuse_duplicates(indptr, indices.cpu().numpy(), size, self._name)

    def _log1p(self, counts: torch.Tensor, totals: torch.Tensor) -> torch.Tensor:
        """Normalise counts as scanpy does, rounded to float32."""
        if bool((counts < 0).any()):
            normalise.refuse_status(normalise.NOT_A_COUNT, self._name)
        if bool(((totals == 0) & (counts > 0)).any()):
            normalise.refuse_status(normalise.NO_TOTAL, self._name)
        scaled = torch.where(counts == 0, 0.0, counts / (totals / normalise.TARGET))
        return scaled.float().double().log1p().float().double()

    def _add(self, groups: torch.Tensor, genes: torch.Tensor, x: torch.Tensor) -> None:
        """Add stored values, each of a group (-1: of none) and a gene."""
        kept = (groups >= 0) & (x != 0)
        place, order = torch.sort((groups.long() * self._n_genes + genes)[kept], stable=True)
        place, n = torch.unique_consecutive(place, return_counts=True)
        self._merge(place, n, x[kept][order])

    def _merge(self, place: torch.Tensor, n: torch.Tensor, x: torch.Tensor) -> None:
        """Merge runs of n values (of n rows of values) into the table at their places."""
        if not x.numel():
            return
        each = n if x.dim() == 1 else n[:, None]
        mean = _sums(x, n) / each
        deviation = x - mean.repeat_interleave(n, 0, output_size=x.shape[0])
        residue = _sums(deviation, n)
        m2 = (_sums(deviation.square(), n) - residue.square() / each).clamp(min=0).reshape(-1)
        mean = (mean + residue / each).reshape(-1)
        added = each.expand(residue.shape).reshape(-1)
        before = self._count[place].double()  # integers would be divided in float32
        delta, share = mean - self._mean[place], added / (before + added)
        self._m2[place] += m2 + delta.square() * (before * share)
        self._mean[place] += delta * share
        self._count[place] += added.int()
        self._positive[place] += _sums((x > 0).double(), n).reshape(-1).int()


def _sums(x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Return the sums of runs of values (of rows), the same at every run of the program."""
    return torch.segment_reduce(x, "sum", lengths=lengths, axis=0, initial=0.0)
