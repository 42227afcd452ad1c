"""The demo: its files in ``data``, and the record that opens them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from perturbdash.errors import DataError
from perturbdash.ui.files import app_folder
from perturbdash.ui.records import Record, Source

DATA = "demo.h5ad"


def folder() -> Path:
    """Return the folder of the demo's files."""
    return app_folder() / "data"


@cache
def record() -> Record:
    """Return the demo: simulated cells and three predictions, in the order of their file names.

    Raises
    ------
    DataError
        If the files are not installed.
    """
    if not (folder() / DATA).is_file():
        raise DataError(
            "The demo's files are not installed; install perturbdash again, or load data of your own."
        )
    predictions = sorted(path for path in folder().glob("*.csv") if path.is_file())
    return Record(
        Source("demo", DATA),
        predictions=tuple((path.stem, Source("demo", path.name)) for path in predictions),
    )
