"""Bring a prediction: by upload or by a path below the data folder, as a new one or in place of another."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from perturbdash.errors import PerturbdashError
from perturbdash.ui import files
from perturbdash.ui.blocks import note
from perturbdash.ui.library import library
from perturbdash.ui.records import Record, Source
from perturbdash.ui.start.change import show
from perturbdash.ui.start.naming import free_name

SUFFIXES = ["csv", "tsv", "gz", "parquet", "h5ad"]
TURN = "pd-prediction-turn"

Taken = Callable[[Record, Sequence[Source]], Record]


def turn() -> int:
    """Return a number that changes with every file that was brought, so that fields are empty again."""
    count: int = st.session_state.get(TURN, 0)
    return count


def add(record: Record) -> None:
    """Draw the fields that add predictions."""
    _fields(record, "prediction", _added, several=True)


def replace(record: Record, name: str) -> None:
    """Draw the fields that put another file in the place of a prediction; name, colour and symbol stay."""
    _fields(record, "replacement", lambda old, sources: old.replaced(name, sources[0]), several=False)


def _added(record: Record, sources: Sequence[Source]) -> Record:
    for source in sources:
        wanted = source.title.split(".")[0] or source.title
        record = record.with_prediction(free_name(record, wanted), source)
    return record


def _fields(record: Record, what: str, taken: Taken, *, several: bool) -> None:
    limit = st.get_option("server.maxUploadSize")
    uploads = st.file_uploader(
        "Upload one or more files" if several else "Upload another file",
        type=SUFFIXES,
        accept_multiple_files=several,
        key=f"pd-{what}-upload-{turn()}",
        help=f"CSV, TSV, Parquet or .h5ad, up to {limit} MB each; the name of the file names the model."
        if several
        else f"CSV, TSV, Parquet or .h5ad, up to {limit} MB; name, colour and symbol of the model stay.",
    )
    found = uploads if isinstance(uploads, list) else [uploads] if uploads is not None else []
    if found:
        try:
            sources = [library().uploads.add(upload.name, upload.getbuffer()) for upload in found]
        except PerturbdashError as error:
            note(str(error), "finding")
            return
        _take(record, sources, taken)
        st.rerun()
    if files.data_root() is None:
        st.caption(
            f"Up to {limit} MB each. Larger files: start perturbdash with `--data-root DIR` and open them by path."
        )
        return
    path = f"pd-{what}-path"

    def open_path() -> None:
        typed = st.session_state.get(path)
        if typed:
            st.session_state[path] = None
            _take(record, [Source("root", files.completed(str(typed), listed))], taken)

    listed = files.listed(files.PREDICTION_FILES)
    st.selectbox(
        "Or a path below the data folder",
        list(listed),
        index=None,
        key=path,
        accept_new_options=True,
        placeholder="Choose or type a path",
        on_change=open_path,
        help=f"Of any size; an upload may have {limit} MB.",
    )


def _take(record: Record, sources: Sequence[Source], taken: Taken) -> None:
    st.session_state[TURN] = turn() + 1
    show(taken(record, sources))
