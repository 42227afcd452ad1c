"""A part of the cells to its moments, on whichever machine it is called."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perturbdash import __version__
from perturbdash.errors import DataError
from perturbdash.io.joining import bare_source
from perturbdash.io.opening import open_source
from perturbdash.io.source import CellSource, Chunk
from perturbdash.io.workers import Workers
from perturbdash.statistics.accumulate import add_chunk, open_table, refuse_values, sums_of_cells
from perturbdash.statistics.cluster.part import Part
from perturbdash.statistics.cluster.selection import chosen_genes, log1p_chunks
from perturbdash.statistics.halves import Groups
from perturbdash.statistics.partial import Partial
from perturbdash.vocabulary import Progress

_OPENED_AT_MOST = 4


def reduce(part: Part, progress: Progress | None = None) -> Partial:
    """Reduce some rows of a file to the moments of their groups.

    Parameters
    ----------
    part
        Which rows, and the group of each.
    progress
        Called after each chunk with the share of the part that is done; it may raise ``Cancelled``.

    Raises
    ------
    DataError
        If the file is not there, is another than when the work was planned, is damaged, or holds values that are
        not finite, or not counts where it should; if perturbdash is of another version here.
    """
    if part.version != __version__:
        raise DataError(
            f"perturbdash is {__version__} on {socket.gethostname()} and {part.version} where the work was planned; "
            "expected the same everywhere: install one version."
        )
    source = _source(part)
    moments = _moments(source, part, progress)
    _refuse_changed(source, part)
    return moments


def _source(part: Part) -> CellSource:
    if not Path(part.path).exists():
        raise DataError(
            f"There is no file {part.path} on {socket.gethostname()}; expected one that every machine sees under the "
            "same path: put it on a shared disk."
        )
    source = _opened(part.path, part.layer, part.shape, repr(sorted(part.identity.items())))
    _refuse_changed(source, part)
    return source


@lru_cache(_OPENED_AT_MOST)
def _opened(path: str, layer: str | None, shape: tuple[int, int], identity: str) -> CellSource:  # noqa: ARG001
    """Keep a source whose pointers are read, for the next part of the same file as it was."""
    return bare_source(Path(path), layer=layer, shape=shape)


def _refuse_changed(source: CellSource, part: Part) -> None:
    found = source.identity()
    if found != part.identity:
        changed = [name for name, value in part.identity.items() if found.get(name) != value]
        raise DataError(
            f"{part.path} has changed since the work was planned ({', '.join(changed)}); expected the same file: "
            "start again once nobody writes to it."
        )


def _moments(source: CellSource, part: Part, progress: Progress | None) -> Partial:
    codes = part.codes.astype(np.int32)
    sizes = np.bincount(codes[codes >= 0], minlength=len(part.groups)).astype(np.int64)
    groups = Groups(codes, pd.DataFrame({"n_cells": sizes}))
    columns = None if part.columns is None else np.sort(part.columns).astype(np.int64)
    n_genes = source.n_genes if columns is None else columns.size
    totals, chunks = _totals(source, part), _chunks(source, part, progress)
    if columns is not None and totals is not None and source.layout != "csc":
        chunks, totals = log1p_chunks(chunks, totals, part.name), None
    if columns is not None:
        chunks = chosen_genes(chunks, columns, source.n_genes)
    with closing(open_table(groups, n_genes, totals=totals, name=part.name, device=part.device)) as table:
        for chunk in chunks:
            add_chunk(table, chunk)
        mean, m2, nnz = table.finish()
    if not (np.isfinite(mean).all() and np.isfinite(m2).all()):
        genes = open_source(part.path, layer=part.layer).genes
        refuse_values(_chunks(source, part, None), codes, genes=genes, name=part.path)
    order = slice(None) if part.columns is None else np.searchsorted(np.asarray(columns), part.columns)
    return Partial(part.groups, sizes, mean[:, order], m2[:, order], nnz.astype(np.int32)[:, order])


def _chunks(source: CellSource, part: Part, progress: Progress | None) -> Iterator[Chunk]:
    """Yield the chunks of the part, by row from its first one on."""
    low, high, first = part.start, part.stop, part.start
    if source.layout == "csc":
        low, high, first = 0, source.n_genes, 0
        if part.columns is not None:
            low, high = int(part.columns.min()), int(part.columns.max()) + 1
    done = low

    def report() -> None:
        if progress is not None:
            progress((done - low) / max(high - low, 1), part.words)

    with Workers(report) as workers:
        for chunk in source.chunks(start=low, stop=high, workers=workers):
            yield replace(chunk, start=chunk.start - first, stop=chunk.stop - first)
            done = chunk.stop
            report()


def _totals(source: CellSource, part: Part) -> NDArray[np.float64] | None:
    """Return the totals of the rows where the matrix holds counts, NaN for a row's own sum."""
    if part.space != "counts":
        return None
    if part.totals is not None:
        return part.totals
    if source.layout == "csc":
        return sums_of_cells(source.chunks(), source.n_cells, part.name)
    return np.full(part.stop - part.start, np.nan)
