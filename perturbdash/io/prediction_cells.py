"""Predictions as AnnData, one row a cell or one row a condition: streamed to one mean a condition."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perturbdash.errors import PredictionError
from perturbdash.io.prediction_files import as_text
from perturbdash.io.prediction_labels import label_candidates, special_columns
from perturbdash.io.prediction_rows import Floats, Form, Names, PredictionRows, known_genes, names_from, whole
from perturbdash.io.source import Chunk, CscChunk, CsrChunk

if TYPE_CHECKING:
    from perturbdash.io.dataset import Dataset
    from perturbdash.io.source import CellSource

CHUNK_VALUES = 8_000_000
SINGLE_SHARE = 0.5


def rows_of_cells(source: CellSource, dataset: Dataset, where: str) -> PredictionRows:
    """Reduce the rows of an AnnData to one mean a condition.

    Parameters
    ----------
    source
        X (or a layer), rows cells or conditions; read in chunks.

    Raises
    ------
    PredictionError
        If genes, labels or numbers are not as expected.
    """
    if source.n_cells == 0:
        raise PredictionError(f"{where} holds no row; expected predicted cells, or one row a perturbation.")
    columns, notices = _gene_names(source, dataset)
    found = known_genes(columns, dataset, where)
    names = _names(source, dataset, where)
    codes, groups = _groups(names)
    n = np.bincount(codes[codes >= 0], minlength=len(groups.perturbations)).astype(np.int64)
    if (codes < 0).any():
        notices.append(f"{int((codes < 0).sum())} rows have no perturbation label and were left out.")
    form: Form = "profiles" if n.max() == 1 else "cells"
    if form == "cells" and np.mean(n == 1) > SINGLE_SHARE:
        twice = groups.perturbations[int(n.argmax())]
        raise PredictionError(
            f"{where} has {int(n.max())} rows of {twice!r} but most conditions have one; expected one row a condition, "
            "or many cells of each; keep one row, or name contexts and models in obs columns 'context' and 'model'."
        )
    sums, integers = _sums(source, codes, len(n), np.array(found), where)
    genes = frozenset(found)
    return PredictionRows(
        where,
        form,
        groups,
        tuple(columns[i] for i in found),
        tuple(name for i, name in enumerate(columns) if i not in genes),
        sums / n[:, None],
        None if form == "profiles" else n,
        integers,
        tuple(notices),
    )


def _gene_names(source: CellSource, dataset: Dataset) -> tuple[tuple[str, ...], list[str]]:
    """Return the names of the columns; another column of ``var`` where the index has no gene of the data set."""
    genes = frozenset(dataset.genes)
    names = tuple(map(str, source.genes))
    if not genes.isdisjoint(names):
        return names, []
    for column in source.var.columns:
        other = tuple(source.var[column].astype(str))
        if not genes.isdisjoint(other):
            return other, [f"Genes are named by the var column {column!r}."]
    return names, []


def _names(source: CellSource, dataset: Dataset, where: str) -> Names:
    """Find out what the rows are called, from ``obs`` and its index."""
    obs = source.obs
    columns = (*map(str, obs.columns), "")
    named, others = label_candidates(columns, dataset)
    special = [i for i in special_columns(columns, dataset) if i is not None]
    texts = [i for i in others if i == len(columns) - 1 or not _is_measure(obs.iloc[:, i])]
    chosen = sorted({*named, *texts, *special})
    frames = [
        pd.Series(source.cell_names) if i == len(columns) - 1 else as_text(obs.iloc[:, i]) for i in chosen
    ]
    text = pd.concat(frames, axis=1, ignore_index=True)
    return names_from(tuple(columns[i] for i in chosen), text, dataset, where)


def _is_measure(column: pd.Series) -> bool:
    return bool(pd.api.types.is_float_dtype(column.dtype) or pd.api.types.is_integer_dtype(column.dtype))


def _groups(names: Names) -> tuple[NDArray[np.intp], Names]:
    """Return the number of each row's condition, in order of appearance (-1 without a label), and the conditions."""
    empty = [""] * len(names.perturbations)
    frame = pd.DataFrame({"m": names.models or empty, "c": names.contexts or empty, "p": names.perturbations})
    codes = frame.groupby(["m", "c", "p"], sort=False).ngroup().to_numpy()
    unlabelled = (frame["p"] == "").to_numpy()
    first = frame[~unlabelled].assign(code=codes[~unlabelled]).drop_duplicates("code")
    place = np.full(codes.max() + 1, -1, dtype=np.intp)
    place[first["code"].to_numpy()] = np.arange(len(first))
    models = None if names.models is None else first["m"].tolist()
    contexts = None if names.contexts is None else first["c"].tolist()
    return place[codes], Names(models, contexts, first["p"].tolist())


def _sums(
    source: CellSource, codes: NDArray[np.intp], n_groups: int, found: NDArray[np.intp], where: str
) -> tuple[Floats, bool]:
    """Sum the rows of each group, ``(n_groups, n_genes)`` over the found genes; tell whether all were integers."""
    sums = np.zeros((n_groups, source.n_genes))
    integers = True
    for chunk in source.chunks(CHUNK_VALUES):
        values = chunk.values if hasattr(chunk, "values") else chunk.data
        if not np.issubdtype(values.dtype, np.integer):
            if not np.isfinite(values).all():
                raise PredictionError(
                    f"{where} holds values that are missing or infinite; expected log1p expression in every cell."
                )
            integers = integers and whole(values)
        _add(sums, chunk, codes)
    return np.ascontiguousarray(sums[:, found]), integers


def _add(sums: Floats, chunk: Chunk, codes: NDArray[np.intp]) -> None:
    """Add the rows of a chunk to their groups."""
    from scipy import sparse

    if isinstance(chunk, CscChunk):
        shape = (len(codes), chunk.stop - chunk.start)
        block = sparse.csc_matrix((chunk.data.astype(np.float64), chunk.indices, chunk.indptr), shape=shape)
        sums[:, chunk.start : chunk.stop] += (_indicator(codes, len(sums)) @ block).toarray()
        return
    rows = codes[chunk.start : chunk.stop]
    if isinstance(chunk, CsrChunk):
        shape = (len(rows), sums.shape[1])
        block = sparse.csr_matrix((chunk.data.astype(np.float64), chunk.indices, chunk.indptr), shape=shape)
        for start, stop in _slices(len(sums)):
            product = (_indicator(rows, len(sums))[start:stop] @ block).toarray()
            sums[start:stop] += product
        return
    sums += _indicator(rows, len(sums)) @ chunk.values.astype(np.float64)


def _slices(n: int, size: int = 256) -> Iterator[tuple[int, int]]:
    for start in range(0, n, size):
        yield start, min(n, start + size)


def _indicator(codes: NDArray[np.intp], n_groups: int) -> Any:
    """Return the CSR matrix ``(n_groups, n_rows)`` that sums rows by group."""
    from scipy import sparse

    rows = np.flatnonzero(codes >= 0)
    return sparse.csr_matrix((np.ones(len(rows)), (codes[rows], rows)), shape=(n_groups, len(codes)))
