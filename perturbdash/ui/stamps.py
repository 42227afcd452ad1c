"""What a file is: the digest of its content, or of what the disk says of a file that is too large to be read for it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from perturbdash.ui.recent import Recent

LARGEST_READ = 256 * 2**20
"""Bytes; a larger file, or a folder, is known by size and time of change."""
MOST_STAMPS = 4000

_known: Recent[str] = Recent(MOST_STAMPS)


def identity(path: Path) -> str:
    """Return what changes when a file does: path, size, time of change, inode; of a folder, those of all its files.

    Raises
    ------
    OSError
        If it is not there.
    """
    return hashlib.sha256(repr((str(path), _on_disk(path))).encode()).hexdigest()


def stamp(path: Path) -> str:
    """Return what a file is, by content where it can be read quickly; the same for a copy of it.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    return _known.get_or(identity(path), lambda: _stamp(path))


def _stamp(path: Path) -> str:
    if path.is_file() and path.stat().st_size <= LARGEST_READ:
        return f"sha256:{digest(path)}"
    stats = [item[:3] for item in _on_disk(path)]
    return f"disk:{hashlib.sha256(repr(stats).encode()).hexdigest()}"


def digest(path: Path) -> str:
    """Return the SHA-256 of a file's content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _on_disk(path: Path) -> list[tuple[str, int, int, int]]:
    files = sorted(item for item in path.rglob("*") if item.is_file()) if path.is_dir() else [path]
    found = []
    for file in files:
        stat = file.stat()
        found.append((file.relative_to(path).as_posix(), stat.st_size, stat.st_mtime_ns, stat.st_ino))
    return found
