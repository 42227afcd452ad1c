"""What an address stands for: records of views and long selections, kept in the store where there is one."""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from perturbdash.errors import DataError
from perturbdash.ui import demo, files
from perturbdash.ui.record_file import document_of, files_of, record_of
from perturbdash.ui.records import DEMO, Record, Source
from perturbdash.ui.shelf import DIGEST, SECRET_BYTES, Shelf, secret_of
from perturbdash.ui.stamps import stamp
from perturbdash.ui.uploads import Uploads

MOST_RECORDS = 2000
MOST_SELECTIONS = 500
NAMES = "names"
CHANGEABLE = ("root", "given")
"""Places whose files may change; the name of an upload is its content, and the demo comes with the version."""

_log = logging.getLogger("perturbdash")


class Views:
    """Records by address.

    Parameters
    ----------
    store
        Folder of the store, which then has the folders ``views``, ``selections`` and ``uploads`` beside the
        moments; ``None`` keeps everything for as long as this object lives.

    Attributes
    ----------
    lasting
        Whether what is kept outlives the server.
    """

    def __init__(self, store: Path | None) -> None:
        secret = None if store is None else _opened(store)
        folder = store if secret is not None else None
        self.lasting = folder is not None
        secret = secret or secrets.token_bytes(SECRET_BYTES)
        self.uploads = Uploads(None if folder is None else folder / "uploads")
        self._records = Shelf(None if folder is None else folder / "views", secret, MOST_RECORDS)
        self._selections = Shelf(None if folder is None else folder / "selections", secret, MOST_SELECTIONS)

    def address(self, record: Record) -> str:
        """Return the ``dataset`` parameter under which a record is found again."""
        if record.data.place == "demo" and record == demo.record():
            return DEMO
        if record.data.place == "root" and record.is_plain:
            return record.data.name
        return self._records.put(
            document_of(record, {source: _stamp_of(source) for source in files_of(record)})
        )

    def record(self, dataset: str) -> Record:
        """Return what a ``dataset`` parameter stands for.

        Raises
        ------
        DataError
            If the server knows no such data set.
        """
        if dataset == DEMO:
            return demo.record()
        document = self._records.get(dataset)
        if document is not None:
            return record_of(document)[0]
        try:
            files.below_root(dataset)
        except DataError as error:
            if files.data_root() is not None and not DIGEST.fullmatch(dataset):
                raise
            raise DataError(self._unknown()) from error
        return Record(Source("root", dataset))

    def _unknown(self) -> str:
        if self.lasting:
            return (
                "The link's data set is not known to this server: the link was made on another one, or its record was "
                "removed from the store. Load the file again."
            )
        return (
            "The link's data set is not on this server any more: it keeps no store, so uploads and changes last until "
            "it stops. Load the file again."
        )

    def lasts(self, dataset: str) -> bool:
        """Return whether a ``dataset`` parameter opens the same after a restart of the server."""
        return not DIGEST.fullmatch(dataset) or self._records.has(dataset)

    def changed(self, dataset: str) -> dict[str, str]:
        """Return the files that are no more what they were when the record was made, with what they are now.

        A file that is gone is none of them: what asks for it says so.
        """
        document = self._records.get(dataset)
        stamps = {} if document is None else record_of(document)[1]
        now = {source: _stamp_of(source) for source, was in stamps.items() if was}
        return {
            source.name if source.place == "root" else source.title: stamp
            for source, stamp in now.items()
            if stamp and stamp != stamps[source]
        }

    def keep_selection(self, names: Sequence[str]) -> str:
        """Keep a selection that is too long for an address, and return the name under which it is found."""
        return self._selections.put({NAMES: list(names)})

    def selection(self, name: str) -> tuple[str, ...] | None:
        """Return a selection that was kept, ``None`` where it is not known."""
        with suppress(DataError):
            document = self._selections.get(name) or {}
            names = document.get(NAMES)
            if isinstance(names, list) and all(isinstance(item, str) for item in names):
                return tuple(names)
        return None

    def selection_lasts(self, name: str) -> bool:
        """Return whether a selection that was kept is found again after a restart of the server."""
        return self._selections.has(name)

    def path(self, source: Source) -> Path:
        """Return where a file lies.

        Raises
        ------
        DataError
            If it is not there, or may not be opened.
        """
        if source.place == "root":
            return files.below_root(source.name)
        if source.place == "upload":
            return self.uploads.path(source)
        path = demo.folder() / source.name if source.place == "demo" else Path(source.name)
        if not path.exists():
            raise DataError(
                f"There is no file “{path}”, where “{source.title}” is expected; put it back there, or load it from "
                "where it is now."
            )
        return path


def _stamp_of(source: Source) -> str:
    """Return what a file is now; empty where that cannot be said, or where the name says it."""
    if source.place not in CHANGEABLE:
        return ""
    try:
        return stamp(files.below_root(source.name) if source.place == "root" else Path(source.name))
    except (DataError, OSError):
        return ""


def _opened(store: Path) -> bytes | None:
    """Return the secret of a store, or ``None`` where nothing can be kept in it."""
    try:
        secret = secret_of(store)
        for name in ("views", "selections", "uploads"):
            (store / name).mkdir(exist_ok=True)
            if not os.access(store / name, os.W_OK):
                raise PermissionError(f"{store / name} cannot be written")
    except OSError as error:
        _log.warning("Views cannot be kept in %s (%s); links end with the server.", store, error)
        return None
    return secret
