"""Chunks of cells with a word about how far the reading is, also while a chunk is awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perturbdash.io.source import CHUNK_VALUES
from perturbdash.io.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perturbdash.io.source import CellSource, Chunk
    from perturbdash.vocabulary import Progress


def stream(
    source: CellSource,
    progress: Progress | None,
    *,
    text: str = "Reading cells",
    values: int = CHUNK_VALUES,
) -> Iterator[Chunk]:
    """Yield all chunks of a source.

    Parameters
    ----------
    source
        The cells.
    progress
        Told after each chunk, and a few times a second between, what share of rows (columns, for CSC) is done;
        it may raise ``Cancelled``.
    text
        What is being done, for progress.
    values
        As of `CellSource.chunks`.
    """
    size, unit = (source.n_genes, "genes") if source.layout == "csc" else (source.n_cells, "cells")
    done = 0

    def report() -> None:
        if progress is not None:
            progress(done / max(size, 1), f"{text}: {done:,} of {size:,} {unit}")

    with Workers(report) as workers:
        for chunk in source.chunks(values, workers=workers):
            yield chunk
            done = chunk.stop
            report()
