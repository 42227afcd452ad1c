"""What this visitor has open: addresses and titles only, never data."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import PurePosixPath

import streamlit as st

from perturbdash.ui import address, files
from perturbdash.ui.library import library
from perturbdash.ui.records import DEMO, Record, Source
from perturbdash.ui.uploads import Lease

OPENED = "pd-opened"
CLOSED = "pd-closed"
LEASE = "pd-lease"
MOST_OPENED = 12


def opened() -> dict[str, str]:
    """Return title by ``dataset`` parameter, the latest last; no two have the same."""
    known = _known()
    return dict(zip(known, _titles(tuple(known.values())), strict=True))


def _known() -> dict[str, Source]:
    return dict(st.session_state.get(OPENED, {}))


def remember(dataset: str, record: Record) -> None:
    """Add a data set to the visitor's list; another view of the same data takes its place."""
    _lease().hold((record.data, *(source for _, source in record.predictions)))
    known = _known()
    if known.get(dataset) == record.data:
        return
    kept = {key: data for key, data in known.items() if key != dataset and data != record.data}
    kept[dataset] = record.data
    st.session_state[OPENED] = dict(list(kept.items())[-MOST_OPENED:])


def _lease() -> Lease:
    """Return what keeps the uploads that this visitor opened, as long as the visit lasts."""
    if LEASE not in st.session_state:
        st.session_state[LEASE] = library().uploads.lease()
    lease: Lease = st.session_state[LEASE]
    return lease


def title(record: Record) -> str:
    """Return how screens name the data of a record: by its file, and by more where others of the visit share that."""
    known = tuple(dict.fromkeys([*_known().values(), record.data]))
    return _titles(known)[known.index(record.data)]


def _titles(known: Sequence[Source]) -> list[str]:
    """Return a title for each; titles that repeat have the folder, and numbers where that is no help."""
    plain = [_plain_title(data) for data in known]
    return told_apart(
        [
            f"{name} ({folder})" if plain.count(name) > 1 and (folder := _folder(data)) else name
            for name, data in zip(plain, known, strict=True)
        ]
    )


def _plain_title(data: Source) -> str:
    if data.place == "demo":
        return "Demo (simulated)"
    return data.title.removesuffix(".h5ad").removesuffix(".zarr")


def _folder(data: Source) -> str:
    """Return the folder below the data root, or the last one of a path of the command line; else nothing."""
    parent = PurePosixPath(data.name).parent
    return {"root": str(parent) if parent.name else "", "given": parent.name}.get(data.place, "")


def told_apart(names: Sequence[str]) -> list[str]:
    """Give a number to names that repeat, one that no other has.

    Examples
    --------
    >>> told_apart(["x", "x", "x (2)"])
    ['x', 'x (3)', 'x (2)']
    """
    taken, seen, apart = set(names), set[str](), []
    for name in names:
        free, n = name, 2
        while name in seen and free in taken:
            free, n = f"{name} ({n})", n + 1
        seen.add(name)
        taken.add(free)
        apart.append(free)
    return apart


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
