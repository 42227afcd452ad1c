"""Small documents in the store, so that a link opens again after a restart."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path

from perturbdash.errors import DataError
from perturbdash.ui.recent import Recent

DIGEST = re.compile(r"[0-9a-f]{24}")
DIGEST_LENGTH = 24
SECRET_FILE = "secret"
SECRET_BYTES = 32
LARGEST = 8 * 2**20
"""Bytes of a document; more is none of ours."""

Json = dict[str, object]

_log = logging.getLogger("perturbdash")


class Shelf:
    """Documents by the digest of their content, also on disk where there is a folder.

    The digest is keyed with the secret of the store: only a document that this store wrote, byte for byte, lies
    under its digest, and no digest can be guessed from what a document holds.

    Parameters
    ----------
    folder
        Where documents are kept; ``None`` keeps them in memory alone.
    secret
        Of the store, see `secret_of`.
    most
        How many documents are held in memory.

    Examples
    --------
    >>> shelf = Shelf(None, b"secret", 10)
    >>> shelf.get(shelf.put({"a": 1}))
    {'a': 1}
    """

    def __init__(self, folder: Path | None, secret: bytes, most: int) -> None:
        self._folder = folder
        self._secret = secret
        self._recent: Recent[bytes] = Recent(most)

    def put(self, document: Json) -> str:
        """Keep a document and return its digest; one that cannot be written is held in memory alone."""
        content = json.dumps(document, sort_keys=True, indent=1).encode()
        name = self._name(content)
        self._recent.put(name, content)
        path = self._path(name)
        if path is not None and not path.is_file():
            try:
                write_whole(path, content)
            except OSError as error:
                _log.warning("%s cannot be written (%s); it is kept until the server stops.", path, error)
        return name

    def get(self, name: str) -> Json | None:
        """Return a document, or ``None`` where there is none of this name.

        Raises
        ------
        DataError
            If the file is not what this store wrote.
        """
        content = self._recent.get(name) or self._read(name)
        if content is None:
            return None
        self._recent.put(name, content)
        document: Json = json.loads(content)
        return document

    def has(self, name: str) -> bool:
        """Return whether a document lies on disk."""
        path = self._path(name)
        return path is not None and path.is_file()

    def _read(self, name: str) -> bytes | None:
        path = self._path(name)
        if path is None or not path.is_file():
            return None
        try:
            content = path.read_bytes() if path.stat().st_size <= LARGEST else b""
        except OSError as error:
            raise DataError(
                f"The record of this link cannot be read ({error.strerror}); try again."
            ) from error
        if not hmac.compare_digest(self._name(content), name):
            raise DataError(
                "The record of this link was changed after it was made, or comes from another server, so it is not "
                "opened; load the file again."
            )
        return content

    def _path(self, name: str) -> Path | None:
        if self._folder is None or not DIGEST.fullmatch(name):
            return None
        return self._folder / f"{name}.json"

    def _name(self, content: bytes) -> str:
        return hmac.new(self._secret, content, hashlib.sha256).hexdigest()[:DIGEST_LENGTH]


def write_whole(path: Path, content: bytes | memoryview, mode: int = 0o644) -> None:
    """Write a file under another name in the same folder, which then takes the name.

    Raises
    ------
    OSError
        If it cannot be written; nothing is left of it then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
            stream.write(content)
        part.replace(path)
    except OSError:
        with suppress(OSError):
            part.unlink()
        raise


def secret_of(store: Path) -> bytes:
    """Return the secret of a store, made on the first use; only its owner can read it.

    Raises
    ------
    OSError
        If the folder cannot be written or the secret not be read.
    """
    path = store / SECRET_FILE
    if not path.is_file():
        made = store / f".{SECRET_FILE}.{os.getpid()}-{secrets.token_hex(4)}.part"
        write_whole(made, secrets.token_hex(SECRET_BYTES).encode(), 0o600)
        with suppress(FileExistsError):
            os.link(made, path)  # of several servers that start at once, one secret stays
        made.unlink()
    found = path.read_bytes()
    if len(found) != 2 * SECRET_BYTES:
        raise OSError(f"{path} does not hold a secret of perturbdash")
    return found
