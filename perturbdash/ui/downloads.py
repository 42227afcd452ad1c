"""Everything as one file: the tables of a result, as the command line writes them, zipped."""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.ui.frame import csv

if TYPE_CHECKING:
    from perturbdash.io.dataset import Dataset
    from perturbdash.judgement.result import Result
    from perturbdash.ui.view import View


def file_stem(name: str) -> str:
    """Return a name as part of a file's name, on every system.

    Examples
    --------
    >>> file_stem("Demo (simulated)"), file_stem("***")
    ('Demo_simulated', 'results')
    """
    return re.sub(r"[^\w.-]+", "_", name).strip("_") or "results"


def tables_zip(result: Result) -> bytes:
    """Return all tables, ``de.h5ad`` and ``run.json`` as a zip archive."""
    buffer = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix="perturbdash-") as folder:
        result.save(folder)
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(Path(folder).rglob("*")):
                if path.is_file():
                    archive.write(path, path.relative_to(folder).as_posix())
    return buffer.getvalue()


def all_tables(view: View) -> None:
    """Offer all tables of the view's result; they are written when the button is pressed."""
    result = view.result
    if result is None:
        return
    st.download_button(
        "All tables",
        lambda: tables_zip(result),
        f"perturbdash_{file_stem(result.dataset.name)}.zip",
        "application/zip",
        icon=":material/download:",
        key="pd-all-tables",
        on_click="ignore",
        help="A zip of every table as CSV and Parquet, differential expression as .h5ad, and every setting "
        "and version as run.json: what `perturbdash evaluate` writes.",
    )


def prediction_template(dataset: Dataset, label: str, *, key: str) -> None:
    """Offer an empty prediction table for a data set; it is made when the button is pressed."""

    def empty() -> bytes:
        from perturbdash.io.template import template

        return csv(template(dataset))

    st.download_button(
        label,
        empty,
        "prediction_template.csv",
        "text/csv",
        icon=":material/download:",
        key=key,
        on_click="ignore",
        help="An empty table with every perturbation and gene of this data set, ready to be filled.",
    )
