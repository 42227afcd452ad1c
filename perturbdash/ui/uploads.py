"""Uploaded files, by the digest of their content: in the store, or for one visit of the server."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import shutil
import tempfile
import threading
import time
import weakref
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from perturbdash.errors import DataError
from perturbdash.ui.record_file import UPLOAD
from perturbdash.ui.records import Source
from perturbdash.ui.shelf import DIGEST, DIGEST_LENGTH, write_whole
from perturbdash.ui.stamps import digest, identity

ROOM = "PERTURBDASH_UPLOAD_ROOM"
ROOM_GB = 20.0
GB = 10**9
LONGEST = 150
"""Bytes of a file name."""
QUIET_SECONDS = 3600
"""Another server on the same store may use what was opened within this time."""

_log = logging.getLogger("perturbdash")


def room_gb() -> float:
    """Return how many GB of uploads a store keeps: ``PERTURBDASH_UPLOAD_ROOM``, else 20."""
    try:
        found = float(os.environ.get(ROOM, ""))
    except ValueError:
        return ROOM_GB
    return found if found >= 0 else ROOM_GB


class Lease:
    """The uploads that one visitor has open; they are not removed while this object lives."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def hold(self, sources: Iterable[Source]) -> None:
        """Add uploads to those that are open."""
        self.names |= {source.name.split("/")[0] for source in sources if source.place == "upload"}


class Uploads:
    """Uploaded files, each in a folder named by the digest of its content.

    Parameters
    ----------
    folder
        Where they are kept; ``None`` for a temporary folder that goes with this object.
    room
        Bytes above which those go first that nobody opened for longest and nobody has open.
    """

    def __init__(self, folder: Path | None = None, room: float | None = None) -> None:
        self._room = room_gb() * GB if room is None else room
        self._checked: set[str] = set()
        self._leases: weakref.WeakSet[Lease] = weakref.WeakSet()
        self._lock = threading.Lock()
        if folder is None:
            folder = Path(tempfile.mkdtemp(prefix="perturbdash-"))
            self._clean = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.folder = folder

    def lease(self) -> Lease:
        """Return what holds the uploads of one visitor."""
        with self._lock:
            made = Lease()
            self._leases.add(made)
        return made

    def add(self, name: str, content: memoryview | bytes) -> Source:
        """Keep an upload; the same content under the same name is kept once.

        Raises
        ------
        DataError
            If it cannot be written.
        """
        key = hashlib.sha256(content).hexdigest()[:DIGEST_LENGTH]
        safe = _harmless(name)
        path = self.folder / key / safe
        try:
            if not path.is_file() or digest(path)[:DIGEST_LENGTH] != key:
                write_whole(path, content)
            os.utime(path.parent)
        except OSError as error:
            raise DataError(
                f"The upload “{name}” cannot be kept on the server ({error.strerror}); make room on its disk, or "
                "open the file by its path."
            ) from error
        self._make_room(key)
        return Source("upload", f"{key}/{safe}")

    def path(self, source: Source) -> Path:
        """Return where an upload lies; its content is what its name says.

        Raises
        ------
        DataError
            If the server no longer has it.
        """
        gone = DataError(
            f"The server no longer has the upload “{source.title}” among the uploads that it keeps; upload it again."
        )
        if not UPLOAD.fullmatch(source.name):
            raise gone
        path = self.folder / source.name
        key = source.name.split("/")[0]
        if not path.is_file() or not path.resolve().is_relative_to(self.folder.resolve() / key):
            raise gone
        found = identity(path)
        if found not in self._checked:
            if digest(path)[:DIGEST_LENGTH] != key:
                raise DataError(
                    f"The upload “{source.title}” was changed on the server's disk after it was loaded, so it is "
                    "not opened; upload it again."
                )
            self._checked.add(found)
        with suppress(OSError):
            os.utime(path.parent)
        return path

    def _make_room(self, new: str) -> None:
        """Remove what nobody opened for longest until the rest fits; never what somebody has open."""
        with self._lock:
            held = {new}.union(*(lease.names for lease in self._leases))
        kept = [folder for folder in self.folder.iterdir() if DIGEST.fullmatch(folder.name)]
        sizes = {folder: _size(folder) for folder in kept}
        total = sum(size for size, _ in sizes.values())
        for folder, (size, used) in sorted(sizes.items(), key=lambda item: item[1][1]):
            if total <= self._room:
                return
            if folder.name in held or time.time() - used < QUIET_SECONDS:
                continue
            shutil.rmtree(folder, ignore_errors=True)
            total -= size
            _log.info("The upload %s was removed to make room.", folder.name)


def _harmless(name: str) -> str:
    """Return a file name that means nothing to a shell or a file system, its end kept where it is long."""
    safe = re.sub(r"[^\w.+-]+", "_", Path(name).name)
    return safe.encode()[-LONGEST:].decode(errors="ignore").lstrip(".") or "upload"


def _size(folder: Path) -> tuple[int, float]:
    """Return the bytes in a folder, and when it was last opened."""
    with suppress(OSError):
        return sum(file.stat().st_size for file in folder.iterdir()), folder.stat().st_mtime
    return 0, 0.0
