"""A few cells of a stored matrix, read without reading the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import scipy.sparse

    from perturbdash.io.matrix import Matrix
    from perturbdash.io.readers import PieceReader, Readers

Ints = NDArray[np.int64]


def read_sample(readers: Readers, matrix: Matrix, rows: Ints) -> scipy.sparse.csr_matrix:
    """Read some cells of an open matrix.

    Parameters
    ----------
    readers
        Of the matrix.
    matrix
        What it is.
    rows
        Cells in order, ``(n,)``; the first n where it is stored by gene.

    Returns
    -------
    scipy.sparse.csr_matrix
        ``(n, n_genes)``, of the stored type.
    """
    if readers.indices is None:
        return _of_dense(readers.values, rows)
    indptr = cast(Ints, matrix.indptr)
    if matrix.layout == "csc":
        return _by_gene(readers.values, readers.indices, indptr, len(rows))
    return _by_cell(readers.values, readers.indices, indptr, rows=rows, n_genes=matrix.n_genes)


def _of_dense(values: PieceReader, rows: Ints) -> scipy.sparse.csr_matrix:
    from scipy.sparse import csr_matrix

    first, last = _ranges(rows)
    return csr_matrix(values.gather(first, last + 1))


def _by_cell(
    values: PieceReader, indices: PieceReader, indptr: Ints, *, rows: Ints, n_genes: int
) -> scipy.sparse.csr_matrix:
    from scipy.sparse import csr_matrix

    first, last = _ranges(rows)
    ranges = indptr[first], indptr[last + 1]
    pointers = np.concatenate([[0], np.cumsum(indptr[rows + 1] - indptr[rows])])
    genes = indices.gather(*ranges)
    genes = genes.astype(np.int64) if genes.dtype.kind == "u" else genes
    return csr_matrix((values.gather(*ranges), genes, pointers), shape=(len(rows), n_genes))


def _by_gene(values: PieceReader, indices: PieceReader, indptr: Ints, n_rows: int) -> scipy.sparse.csr_matrix:
    """Read the first entries of each gene, which are its first cells as long as indices are sorted."""
    from scipy.sparse import csc_matrix, csr_matrix

    n_genes = len(indptr) - 1
    starts, stops = indptr[:-1], np.minimum(indptr[1:], indptr[:-1] + n_rows)
    cells, genes = indices.gather(starts, stops), np.repeat(np.arange(n_genes), stops - starts)
    falls = (cells[1:] <= cells[:-1]) & (genes[1:] == genes[:-1])
    unsorted = np.unique(genes[1:][falls])
    wanted = (cells < n_rows) & ~np.isin(genes, unsorted)
    found = [(values.gather(starts, stops)[wanted], cells[wanted], genes[wanted])]
    for gene in unsorted:
        whole = indptr[gene : gene + 1], indptr[gene + 1 : gene + 2]
        cells = indices.gather(*whole)
        wanted = cells < n_rows
        found.append((values.gather(*whole)[wanted], cells[wanted], np.full(wanted.sum(), gene)))
    data, cells, genes = (np.concatenate(part) for part in zip(*found, strict=True))
    return csr_matrix(csc_matrix((data, (cells.astype(np.int64), genes)), shape=(n_rows, n_genes)))


def _ranges(rows: Ints) -> tuple[Ints, Ints]:
    """Return the first and the last row of each run of rows that follow one another."""
    first = np.flatnonzero(np.diff(rows, prepend=-2) != 1)
    return rows[first], rows[np.append(first[1:], len(rows)) - 1]
