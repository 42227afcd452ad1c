"""The store of moments: what was computed once for the same cells, schema and seed is read the next time."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from perturbdash import __version__
from perturbdash.errors import DataError
from perturbdash.io.moments_dataset import MomentsDataset
from perturbdash.io.store_facts import StoreFacts
from perturbdash.statistics.moments_file import (
    is_moments_file,
    moments_from_file,
    read_moments,
    write_moments,
)

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.io.cell_dataset import CellDataset
    from perturbdash.io.dataset import Dataset
    from perturbdash.statistics.moments import Moments
    from perturbdash.vocabulary import Progress

__all__ = [
    "default_store",
    "is_moments_file",
    "moments_from_file",
    "open_moments",
    "read_moments",
    "write_moments",
]

ENVIRONMENT = "PERTURBDASH_STORE"

_FORMAT = "1"  # raised when the same input would give other moments or another layout
_log = logging.getLogger("perturbdash")


def default_store() -> Path:
    """Return the folder of moments: ``PERTURBDASH_STORE``, else one in the user's cache folder."""
    chosen = os.environ.get(ENVIRONMENT, "").strip()
    if chosen:
        return Path(chosen).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("perturbdash", appauthor=False) / "moments"


def open_moments(
    dataset: Dataset,
    *,
    seed: int = 0,
    halves: pd.DataFrame | None = None,
    store: Path | Literal[False] | None = None,
    device: str = "auto",
    progress: Progress | None = None,
) -> Moments:
    """Return the moments of a data set: its own file, or from the store where they are there, else computed and kept.

    A store that cannot be read or written never stops the work; the logger ``perturbdash`` says so.

    Parameters
    ----------
    dataset, seed, halves, device, progress
        As for `perturbdash.statistics.accumulate.moments`.
    store
        Folder of the store; None for `default_store`, False for none.

    Raises
    ------
    DataError, SettingsError
        As `perturbdash.statistics.accumulate.moments`.
    """
    if isinstance(dataset, MomentsDataset):
        return moments_from_file(dataset.path)
    from perturbdash.statistics.accumulate import moments as compute

    dataset = dataset.cells_for("Taking moments")
    if store is False:
        return compute(dataset, seed=seed, halves=halves, device=device, progress=progress)
    key = entry_key(dataset, seed=seed, halves=halves)
    path = (store or default_store()) / f"{key}.moments.h5ad"
    kept = _kept(path, key, dataset)
    if kept is not None:
        return kept
    computed = compute(dataset, seed=seed, halves=halves, device=device, progress=progress)
    if dataset.source.path is not None and entry_key(dataset, seed=seed, halves=halves) != key:
        _log.warning("%s changed while it was read; its moments are not kept.", dataset.name)
        return computed
    try:
        facts = StoreFacts.of(dataset, seed=seed, halves="seeded" if halves is None else "given")
        write_moments(path, computed, {**facts.texts(), "key": key, "version": __version__})
    except OSError as error:
        _log.warning("Moments cannot be kept in %s (%s); they are computed each time.", path.parent, error)
    return computed


def entry_key(dataset: CellDataset, *, seed: int, halves: pd.DataFrame | None = None) -> str:
    """Return the digest of all that decides the moments: cells, schema, seed, given halves, version.

    Parameters
    ----------
    dataset, seed, halves
        As for `open_moments`.
    """
    parts = [dataset.identity(), str(seed), _halves_digest(halves), __version__, _FORMAT]
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()


def _halves_digest(halves: pd.DataFrame | None) -> str:
    if halves is None:
        return ""
    digest = hashlib.blake2b(digest_size=16)
    for column in halves.columns:
        digest.update(json.dumps([str(column), *halves[column].astype(str)]).encode())
    return digest.hexdigest()


def _kept(path: Path, key: str, dataset: CellDataset) -> Moments | None:
    if not path.is_file():
        return None
    try:
        moments = read_moments(path, {"key": key})
    except DataError as error:
        _log.warning("An entry of the store is not used: %s", error)
        return None
    if moments.genes != tuple(dataset.genes) or int(moments.n_cells.sum()) > dataset.n_cells:
        _log.warning("An entry of the store is not used: %s is of other data.", path.name)
        return None
    return moments
