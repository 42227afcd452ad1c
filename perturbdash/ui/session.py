"""What this visitor has open: addresses and titles only, never data."""

from __future__ import annotations

import os

import streamlit as st

from perturbdash.ui import address, files
from perturbdash.ui.library import library
from perturbdash.ui.records import DEMO, Record
from perturbdash.ui.uploads import Lease

OPENED = "pd-opened"
CLOSED = "pd-closed"
LEASE = "pd-lease"
MOST_OPENED = 12


def opened() -> dict[str, str]:
    """Return title by ``dataset`` parameter, the latest last."""
    return dict(st.session_state.get(OPENED, {}))


def remember(dataset: str, record: Record) -> None:
    """Add a data set to the visitor's list; another view of the same data takes its place."""
    _lease().hold((record.data, *(source for _, source in record.predictions)))
    known = opened()
    if known.get(dataset) == title(record):
        return
    same = title(record)
    kept = {key: name for key, name in known.items() if key != dataset and name != same}
    kept[dataset] = same
    st.session_state[OPENED] = dict(list(kept.items())[-MOST_OPENED:])


def _lease() -> Lease:
    """Return what keeps the uploads that this visitor opened, as long as the visit lasts."""
    if LEASE not in st.session_state:
        st.session_state[LEASE] = library().uploads.lease()
    lease: Lease = st.session_state[LEASE]
    return lease


def title(record: Record) -> str:
    """Return how screens name the data of a record."""
    if record.data.place == "demo":
        return "Demo (simulated)"
    return record.data.title.removesuffix(".h5ad").removesuffix(".zarr")


def first_dataset() -> str | None:
    """Return what is open where the address says nothing: what the command line named, until it is closed."""
    if st.session_state.get(CLOSED):
        return None
    if os.environ.get(files.OPEN_DATA) == DEMO:
        return DEMO
    given = files.given()
    return None if given is None else library().address(given)


def close() -> None:
    """Leave the data set; the start page then offers others."""
    st.session_state[CLOSED] = True
    address.assume(None)


def reopen() -> None:
    """Forget that the visitor left what the command line named."""
    st.session_state.pop(CLOSED, None)
