"""The demo: its files in ``data``, and the record that opens them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from perturbdash.errors import DataError
from perturbdash.ui.files import app_folder
from perturbdash.ui.records import Record, Source

DATA = "demo.h5ad"
FIRST = ("skilled",)
"""The model that learnt something has the first colour."""


def folder() -> Path:
    """Return the folder of the demo's files."""
    return app_folder() / "data"


@cache
def record() -> Record:
    """Return the demo: simulated cells and three predictions, one CSV a model.

    Raises
    ------
    DataError
        If the files are not installed.
    """
    if not (folder() / DATA).is_file():
        raise DataError(
            "The demo's files are not installed; install perturbdash again, or load data of your own."
        )
    files = {path.stem: Source("demo", path.name) for path in sorted(folder().glob("*.csv"))}
    order = [name for name in FIRST if name in files] + [name for name in files if name not in FIRST]
    return Record(Source("demo", DATA), predictions=tuple((name, files[name]) for name in order))
