"""A part of the work: some rows of a file with their groups, which is all that is sent to a worker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from perturbdash import __version__
from perturbdash.io.joined import FileOfCells, JoinedSource
from perturbdash.statistics.normalise import given_totals
from perturbdash.vocabulary import Space

if TYPE_CHECKING:
    from perturbdash.io.cell_dataset import CellDataset
    from perturbdash.statistics.halves import Groups

PARTS_PER_THREAD = 3
"""So many parts for each thread keep all of them busy to the end."""
FEWEST_VALUES, MOST_VALUES = 64_000_000, 1_000_000_000
"""Stored values of a part: fewer are not worth a table of moments, more take long to do again."""


@dataclass(frozen=True, eq=False)
class Part:
    """Rows of a file, and the group of each.

    Attributes
    ----------
    name
        The data set's name, for messages.
    path, layer
        The file, as every machine sees it, and the matrix in it.
    shape
        Cells and genes of the file.
    identity
        What the file was when the work was planned.
    start, stop
        Rows; all of them where the matrix is stored by gene.
    groups
        Numbers of the groups that occur, rising, int32 ``(n_groups,)``.
    codes
        For each row an index into `groups`, -1 where the cell is left out, ``(stop - start,)``.
    space
        What the matrix holds.
    totals
        Totals by which the counts of each row are scaled; None for the sums of rows.
    columns
        Position in the file of each gene of the result; None for all in the order of the file.
    device
        Where to compute.
    version
        Of perturbdash, which must be the same everywhere.
    """

    name: str
    path: str
    layer: str | None
    shape: tuple[int, int]
    identity: dict[str, object]
    start: int
    stop: int
    groups: NDArray[np.int32]
    codes: NDArray[Any]
    space: Space
    totals: NDArray[np.float64] | None
    columns: NDArray[np.int32] | None
    device: str
    version: str = __version__

    @property
    def words(self) -> str:
        """What it is, for messages."""
        return f"rows {self.start:,} to {self.stop:,} of {self.path}"


@dataclass(frozen=True)
class Plan:
    """How cells are cut into parts.

    Attributes
    ----------
    rows
        Rows of a part; None: by the number of stored values and of threads.
    threads
        Threads that will work, on all machines.
    genes
        Positions of the genes that are wanted, in the order of the result; None for all.
    device
        Where to compute.
    """

    rows: int | None = None
    threads: int = 1
    genes: NDArray[np.int64] | None = None
    device: str = "auto"

    def parts(self, dataset: CellDataset, groups: Groups) -> Iterator[Part]:
        """Yield the parts of a data set whose source is a `JoinedSource`; rows without a group are left out.

        Parameters
        ----------
        groups
            The group of each cell.
        """
        source = dataset.source
        if not isinstance(source, JoinedSource):
            raise TypeError(f"a {type(source).__name__} cannot be cut into parts")
        totals = given_totals(dataset) if dataset.schema.space == "counts" else None
        values = sum(file.source.n_stored for file in source.files)
        for file, first in zip(source.files, source.starts, strict=True):
            here = slice(first, first + len(file.rows))
            codes = np.full(file.source.n_cells, -1, dtype=np.int32)
            codes[file.rows] = groups.codes[here]
            own = None
            if totals is not None:
                own = np.ones(file.source.n_cells)
                own[file.rows] = totals[here]
            for start, stop in self._cuts(file, codes, values):
                yield self._part(dataset, file, codes=codes, totals=own, rows=(start, stop))

    def _cuts(self, file: FileOfCells, codes: NDArray[np.int32], values: int) -> Iterator[tuple[int, int]]:
        """Yield ranges of rows with cells that have a group; a file by gene is one, for its columns hold all cells."""
        used = np.flatnonzero(codes >= 0)
        if not used.size:
            return
        if file.source.layout == "csc":
            yield 0, codes.size
            return
        step = self.rows or self._rows(file, values)
        for start in range(int(used[0]), int(used[-1]) + 1, step):
            inside = used[np.searchsorted(used, start) : np.searchsorted(used, start + step)]
            if inside.size:
                yield int(inside[0]), int(inside[-1]) + 1

    def _rows(self, file: FileOfCells, values: int) -> int:
        wanted = min(max(values // (self.threads * PARTS_PER_THREAD), FEWEST_VALUES), MOST_VALUES)
        a_row = max(1.0, file.source.n_stored / max(1, file.source.n_cells))
        return max(1, int(wanted / a_row))

    def _part(
        self,
        dataset: CellDataset,
        file: FileOfCells,
        *,
        codes: NDArray[np.int32],
        totals: NDArray[np.float64] | None,
        rows: tuple[int, int],
    ) -> Part:
        start, stop = rows
        present, local = np.unique(codes[start:stop], return_inverse=True)
        missing = int(np.searchsorted(present, 0))
        local = (local - missing).astype(np.min_scalar_type(-max(2, present.size)))
        columns = file.columns if self.genes is None else file.columns[self.genes]
        source = file.source
        whole = np.array_equal(columns, np.arange(source.n_genes))
        return Part(
            name=dataset.name,
            path=str(source.path),
            layer=source.layer,
            shape=(source.n_cells, source.n_genes),
            identity=source.identity(),
            start=start,
            stop=stop,
            groups=present[missing:].astype(np.int32),
            codes=local,
            space=dataset.schema.space,
            totals=None if totals is None else totals[start:stop],
            columns=None if whole else columns.astype(np.int32),
            device=self.device,
        )
