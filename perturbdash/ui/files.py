"""Files that a visitor may open: the demo, below the data root, uploaded, or named on the command line."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

from perturbdash.errors import DataError
from perturbdash.io.allowed import DATA_SUFFIXES, TABLE_SUFFIXES, openable_below, resolve_below
from perturbdash.ui.records import Place, Record, Source

DATA_ROOT = "PERTURBDASH_DATA_ROOT"
OPEN_DATA = "PERTURBDASH_OPEN_DATA"
OPEN_PREDICTIONS = "PERTURBDASH_OPEN_PREDICTIONS"
OPEN_OPTIONS = "PERTURBDASH_OPEN_OPTIONS"
NO_STORE = "PERTURBDASH_NO_STORE"

CELL_FILES = DATA_SUFFIXES
PREDICTION_FILES = (*TABLE_SUFFIXES, ".h5ad")


def data_root() -> Path | None:
    """Return the folder whose files may be opened by path, or ``None`` where there is none."""
    given = os.environ.get(DATA_ROOT)
    if not given:
        return None
    root = Path(given).expanduser()
    return root.resolve() if root.is_dir() else None


def below_root(name: str) -> Path:
    """Return the file at a path below the data root.

    Raises
    ------
    DataError
        If no root is set, the path leads out of it (also by a link), or nothing is there.
    """
    root = data_root()
    if root is None:
        raise DataError(
            f"No data folder is set on this server, so “{name}” cannot be opened; set {DATA_ROOT}."
        )
    return resolve_below(root, name)


def listed(suffixes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the paths below the data root that end with one of the suffixes, sorted."""
    root = data_root()
    return () if root is None else openable_below(root, suffixes)


def completed(typed: str, listed: tuple[str, ...]) -> str:
    """Return the one listed path that holds what was typed, or what was typed where none or several do.

    Examples
    --------
    >>> completed("Norman", ("screens/norman.h5ad", "kang.h5ad")), completed("h5ad", ("a.h5ad", "b.h5ad"))
    ('screens/norman.h5ad', 'h5ad')
    """
    typed = typed.strip()
    if typed in listed:
        return typed
    found = [path for path in listed if typed.casefold() in path.casefold()]
    return found[0] if len(found) == 1 else typed


def store_folder() -> Path | None:
    """Return the folder of the store, or ``None`` where the server was started without one."""
    if os.environ.get(NO_STORE):
        return None
    from perturbdash.statistics.store import default_store

    return default_store()


@cache
def app_folder() -> Path:
    """Return the folder that holds ``app.py``, ``pages`` and ``data``: inside the package, or the repository.

    Raises
    ------
    DataError
        If neither is there.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "_app", package.parent):
        if (folder / "app.py").is_file():
            return folder
    raise DataError("The files of the dashboard are not installed; install perturbdash again.")


def given() -> Record | None:
    """Return what the command line named: data, predictions, and what it said of schema and settings."""
    data = os.environ.get(OPEN_DATA)
    if not data:
        return None
    named = json.loads(os.environ.get(OPEN_PREDICTIONS) or "[]")
    options = json.loads(os.environ.get(OPEN_OPTIONS) or "{}")
    record = Record(
        Source("given", data), predictions=tuple((name, Source("given", path)) for name, path in named)
    )
    return record.only_schema(options.get("schema", {})).only_settings(_hashable(options.get("settings", {})))


def _hashable(options: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in options.items()}


def kinds(place: Place) -> str:
    """Return how a screen names the place of a file."""
    return {"demo": "demo", "root": "data folder", "upload": "upload", "given": "command line"}[place]
