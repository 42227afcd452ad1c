"""The one folder whose files may be opened by path from a browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

from perturbdash.errors import DataError

DATA_SUFFIXES = (".h5ad", ".zarr")
TABLE_SUFFIXES = (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".parquet")
MOST_FILES = 2_000


def resolve_below(root: Path, relative: str) -> Path:
    """Return the real path of a file or folder that lies below ``root`` and nowhere else.

    Parameters
    ----------
    root
        The allowed folder.
    relative
        A path as typed by a user, relative to it.

    Raises
    ------
    DataError
        If the path is absolute, holds ``..``, leads out through a symbolic link, or does not exist.
    """
    text = relative.strip()
    windows = PureWindowsPath(text)
    if not text or "\0" in text:
        raise DataError("The path is empty or holds a zero character; give a path below the data folder.")
    if text.startswith("~") or PurePosixPath(text).is_absolute() or windows.drive or windows.root:
        raise DataError(f"{text} is an absolute path; give one relative to the data folder.")
    if ".." in windows.parts or ".." in PurePosixPath(text).parts:
        raise DataError(f"{text} holds '..', which could lead out of the data folder; give a path below it.")
    real_root = Path(os.path.realpath(root))
    found = Path(os.path.realpath(real_root / text))
    if not found.is_relative_to(real_root):
        raise DataError(f"{text} leads out of the data folder by a symbolic link; copy the file into it.")
    if not _exists(found):
        raise DataError(f"There is no {text} below the data folder; check its name.")
    if found.is_dir() and _leads_out(found, real_root):
        raise DataError(f"{text} holds a symbolic link out of the data folder; copy the files into it.")
    return found


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # such as a name that is too long
        return False


def _leads_out(folder: Path, real_root: Path) -> bool:
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(place, name)
            if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(real_root):
                return True
    return False


def openable_below(root: Path, suffixes: tuple[str, ...] = DATA_SUFFIXES + TABLE_SUFFIXES) -> tuple[str, ...]:
    """List what below ``root`` could be opened, as sorted relative paths with forward slashes.

    Hidden files, and links that lead out of the folder, are not listed; at most ``MOST_FILES`` are.
    """
    real_root = Path(os.path.realpath(root))
    found: list[str] = []
    for path in _walk(real_root, suffixes):
        if Path(os.path.realpath(path)).is_relative_to(real_root):
            found.append(path.relative_to(real_root).as_posix())
        if len(found) >= MOST_FILES:
            break
    return tuple(sorted(found))


def _walk(root: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    for place, folders, files in os.walk(root):
        stores = [name for name in folders if name.lower().endswith(".zarr")]
        folders[:] = sorted(name for name in folders if name not in stores and not name.startswith("."))
        for name in sorted((*stores, *files)):
            if name.lower().endswith(suffixes) and not name.startswith("."):
                yield Path(place, name)
