"""From several paths to one source of cells: genes aligned by name, single contexts taken."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perturbdash.errors import DataError, SchemaError, SettingsError
from perturbdash.io.columns import Columns, shown
from perturbdash.io.frames import Frames
from perturbdash.io.joined import FileOfCells, JoinedSource
from perturbdash.io.opening import open_source
from perturbdash.io.source import CellSource


def join_files(
    paths: Sequence[str | Path],
    *,
    layer: str | None = None,
    context_key: str | None = None,
    contexts: Sequence[str] = (),
) -> JoinedSource:
    """Open files of cells as one experiment, in the order of their real paths, however they are named.

    Annotations of one file at a time are in memory beside those of the cells that are taken.

    Parameters
    ----------
    paths
        ``.h5ad`` files and ``.zarr`` folders.
    layer
        Read this layer instead of X.
    context_key, contexts
        Take only the cells with one of these levels in a column of ``obs``; with no levels all cells.

    Raises
    ------
    DataError
        If a file cannot be read, is named twice, or is over other genes than the first.
    SchemaError
        If a file lacks the column of contexts.
    SettingsError
        If no cell has one of the levels, or their column is not named.
    """
    real = sorted(Path(os.path.realpath(Path(path).expanduser())) for path in paths)
    for before, after in pairwise(real):
        if before == after:
            raise DataError(f"{after.name} is named twice; name each file of cells once.")
    first = open_source(real[0], layer=layer)
    files, parts, levels = [], [], set[str]()
    for path in real:
        source = first if path == real[0] else open_source(path, layer=layer)
        rows = _taken(source, context_key, contexts, levels)
        if len(rows):
            files.append(FileOfCells(_bare(source), rows, _columns(first, source)))
            parts.append((source.obs.iloc[rows], source.cell_names[rows], source.layers))
    if not files:
        raise SettingsError(
            f"No cell has {shown(list(contexts))} in {context_key!r}; found {shown(sorted(levels))}."
        )
    layers = set(first.layers).intersection(*(part[2] for part in parts))
    frames = Frames(
        obs=_joined([part[0] for part in parts]),
        var=first.var,
        cell_names=np.concatenate([part[1] for part in parts]),
        genes=first.genes,
        layers=tuple(sorted(layers)),
    )
    name = first.name if len(real) == 1 else f"{first.name} and {len(real) - 1} more"
    return JoinedSource(files, frames, name)


def bare_source(path: Path, *, layer: str | None, shape: tuple[int, int]) -> CellSource:
    """Open the matrix of a file of cells alone, without reading annotations or names.

    Parameters
    ----------
    path
        A ``.h5ad`` file or a ``.zarr`` folder.
    layer
        Read this layer instead of X.
    shape
        Number of cells and of genes.

    Raises
    ------
    DataError
        If there is no such file.
    """
    from perturbdash.io.h5ad import H5adSource
    from perturbdash.io.zarr_store import ZarrSource

    if not path.exists():
        raise DataError(f"There is no file {path}; check its name and folder.")
    cells, genes = (np.broadcast_to(np.array([""], dtype=object), size) for size in shape)
    frames = Frames(pd.DataFrame(), pd.DataFrame(), cells, genes, ())
    kind = ZarrSource if path.is_dir() else H5adSource
    return kind(path, layer=layer, frames=frames)


def _bare(source: CellSource) -> CellSource:
    if source.path is None:
        raise DataError(f"{source.name} has no place on disk; expected a file of cells.")
    return bare_source(source.path, layer=source.layer, shape=(source.n_cells, source.n_genes))


def _taken(source: CellSource, key: str | None, contexts: Sequence[str], seen: set[str]) -> NDArray[np.int64]:
    if not contexts:
        return np.arange(source.n_cells, dtype=np.int64)
    if key is None:
        raise SettingsError(
            f"Only {shown(list(contexts))} is asked for; say in which column of obs: name the context key."
        )
    try:
        levels = Columns(source.obs).require_levels(key, "context")
    except SchemaError as problem:
        raise SchemaError(f"{_file(source)}: {problem}") from problem
    seen.update(levels.names)
    wanted = np.array([name in contexts for name in levels.names] + [False])
    return np.flatnonzero(wanted[levels.codes]).astype(np.int64)


def _columns(first: CellSource, other: CellSource) -> NDArray[np.int64]:
    """Return the place in a file of each gene of the first."""
    ours, theirs = pd.Index(first.genes), pd.Index(other.genes)
    if not theirs.is_unique:
        again = theirs[theirs.duplicated()][0]
        raise DataError(
            f"{_file(other)} holds the gene {again!r} twice; genes are matched by name: make them unique."
        )
    more, fewer = theirs.difference(ours), ours.difference(theirs)
    found = []
    if len(more):
        found.append(f"has {len(more):,} more ({shown(more.tolist())})")
    if len(fewer):
        found.append(f"lacks {len(fewer):,} of them ({shown(fewer.tolist())})")
    if found:
        raise DataError(
            f"{_file(other)} is not over the genes of {_file(first)}: it {' and '.join(found)}; expected the same "
            "genes in every file, in any order: write the files over the genes that they share."
        )
    return theirs.get_indexer(ours).astype(np.int64)


def _file(source: CellSource) -> str:
    return source.name if source.path is None else source.path.name


def _joined(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the columns that all files have, categories united."""
    from pandas.api.types import union_categoricals

    common = [name for name in parts[0].columns if all(name in part.columns for part in parts)]
    joined: dict[str, Any] = {}
    for name in common:
        columns = [part[name] for part in parts]
        if all(isinstance(column.dtype, pd.CategoricalDtype) for column in columns):
            joined[name] = union_categoricals(columns, sort_categories=False, ignore_order=True)
        else:
            joined[name] = pd.concat(columns, ignore_index=True)
    return pd.DataFrame(joined, index=pd.RangeIndex(sum(len(part) for part in parts)))
