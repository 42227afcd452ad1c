"""A selection that comes with a link: what of it is in the data set, said in full."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.figures.names import cut
from perturbdash.ui import address, selection
from perturbdash.ui.numbers import plural
from perturbdash.ui.pasted_list import Found, Names, find

if TYPE_CHECKING:
    from perturbdash.io.dataset import Dataset


REPORT = "pd-selection-report"
MOST_NAMED = 12
LOST = (
    "The selection of this link is not on this server any more, so nothing is selected. Choose the perturbations "
    "again, or paste their list under Select."
)


def names_of(dataset: Dataset) -> Names:
    """Return the perturbations of a data set, to be found under other spellings."""
    return Names(dataset.perturbations, canonical=dataset.canonical, separator=dataset.naming.separator)


def settle(dataset: Dataset) -> None:
    """Keep what the data set has of a link's selection, and say what it has not."""
    asked = address.read().selection
    if not asked:
        return
    if selection.is_kept(asked) and not selection.current():
        selection.clear()
        address.notice(LOST)
        return
    names = selection.current()
    if not set(names) - set(dataset.perturbations):
        return
    found = find(names, names_of(dataset))
    selection.choose(found.names)
    st.session_state[REPORT] = found
    if not found.is_complete:
        address.notice(_sentence(found))


def _sentence(found: Found) -> str:
    lost = [*found.missing, *found.controls, *(label for label, _ in found.ambiguous)]
    many = plural(found.n_labels, "perturbation", "perturbations")
    kept = f"{len(found.names):,} found and selected" if found.names else "none of them is in this data set"
    return f"The link selects {many}: {kept}; not found: {listed(lost)}."


def listed(labels: Sequence[str], most: int = MOST_NAMED, *, where: str = "Select") -> str:
    """Return the first labels in one line, long ones cut, and how many more ``where`` lists.

    Examples
    --------
    >>> listed(["A", "B", "C"], 2)
    'A, B and 1 more, which Select lists'
    """
    shown = ", ".join(cut(label) for label in labels[:most])
    more = len(labels) - most
    return f"{shown} and {more:,} more, which {where} lists" if more > 0 else shown
